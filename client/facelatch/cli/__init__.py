"""The command `facelatch`."""

from __future__ import annotations


def main() -> None:
    """Run the command with the process's arguments; exits with a code of docs/contracts.md."""
    try:
        from facelatch.cli.app import app
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    app()
