"""What is asked on the terminal, and what is typed there in answer."""

from __future__ import annotations

import sys

from facelatch.cli.output import plain


def reply_to(question: str) -> str | None:
    """Ask, and return what is typed, in small letters and without spaces around it; None for Ctrl-D."""
    sys.stderr.write(f"{plain(question)} ")
    sys.stderr.flush()
    reply = ""
    try:
        reply = sys.stdin.readline()
    finally:
        if not reply:
            # Ctrl-C and Ctrl-D leave the cursor behind the question.
            sys.stderr.write("\n")
    return reply.strip().lower() if reply else None


def said_yes(question: str) -> bool:
    """Ask; everything but a yes is a no."""
    return reply_to(f"{question} [y/N]") in ("y", "yes")
