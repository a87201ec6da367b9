#!/usr/bin/python3
"""A greeter for LightDM that shows nothing: alice is chosen at once, and types what lies in /run/vm/greeter/answer.

What it is told goes to /run/vm/greeter/told, a line each.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gi

gi.require_version("LightDM", "1")
from gi.repository import GLib, LightDM  # noqa: E402

FOLDER = Path("/run/vm/greeter")
SESSION = "vm"


def tell(line: str) -> None:
    with (FOLDER / "told").open("a") as told:
        told.write(f"{line}\n")


def answer(greeter: LightDM.Greeter, text: str, _kind: object) -> None:
    """Type what lies there, once it lies there."""
    tell(f"prompt: {text.strip()}")

    def look() -> bool:
        typed = FOLDER / "answer"
        if not typed.exists():
            return True
        greeter.respond(typed.read_text().strip())
        return False

    GLib.timeout_add(500, look)


def complete(greeter: LightDM.Greeter) -> None:
    if greeter.get_is_authenticated():
        tell("authenticated")
        greeter.start_session_sync(SESSION)
    else:
        tell("refused")
        greeter.authenticate("alice")


def main() -> int:
    greeter = LightDM.Greeter()
    greeter.connect("show-prompt", answer)
    greeter.connect("show-message", lambda _greeter, text, _kind: tell(f"message: {text.strip()}"))
    greeter.connect("authentication-complete", complete)
    if not greeter.connect_to_daemon_sync():
        tell("no daemon")
        return 1
    tell("greeting")
    greeter.authenticate("alice")
    GLib.MainLoop().run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
