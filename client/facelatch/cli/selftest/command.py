"""The command: what can be asked for, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from facelatch.cli.failure import wrong_use
from facelatch.cli.newfile import want_new, write_new
from facelatch.cli.options import CameraOption, JsonOption, UserOption, about_self, daemon_of, sendable, user_or_self
from facelatch.cli.output import emit, readable, say
from facelatch.types import Attack


def selftest(
    context: typer.Context,
    looks: Annotated[int, typer.Option("--looks", "-n", min=1, max=100, help="How often to look at you.")] = 20,
    attack: Annotated[
        Attack | None,
        typer.Option(
            "--attack", show_default=False, help="Then see whether a picture of you gets in. Default: you are asked."
        ),
    ] = None,
    presentations: Annotated[
        int, typer.Option("--presentations", min=1, max=100, help="How often a picture is held up.")
    ] = 10,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="Ask and guide nobody: looks only, with a pause between them.")
    ] = False,
    camera: CameraOption = "",
    user: UserOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            show_default=False,
            help="Write the report as JSON to this file, too. Never over one that is there.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well it works here: how long a look takes, how often you are refused, whether pictures get in.

    It opens nothing. A refusal counts like one at a login, towards the lock-out: at three on record it ends, or asks.

    The report has no picture, score, name or serial number in it. Ctrl-C ends with a report of what was done so far.

    Exits 0 when it is done, 1 where a picture got in, no look opened, or it ended before the face would be locked.
    """
    _want_sense(attack, unattended=unattended, as_json=as_json)
    name, camera = user_or_self(user), sendable(camera, "--camera")
    if to is not None:
        want_new(to)
    # Here, not above: other commands do without the time that loading it takes.
    from facelatch.cli.selftest.course import Wish, code_of, take_test

    wish = Wish(name, camera, looks, attack, presentations, guided=not unattended, silent=as_json)
    with daemon_of(context).connected(asks=not about_self(name)) as daemon:
        report = take_test(daemon, wish)
    if as_json:
        emit(report)
    else:
        from facelatch.cli.selftest.report import show_report

        show_report(report)
    # Last: a disk that is full shall not lose what is shown.
    if to is not None:
        write_new(to, readable(report))
        if not as_json:
            say(f"Written to {to}.")
    raise typer.Exit(code_of(report))


def _want_sense(attack: Attack | None, *, unattended: bool, as_json: bool) -> None:
    """Raise `CommandFailed` where nobody could do what would be asked of him."""
    if unattended and attack is not None:
        raise wrong_use("--attack and --unattended exclude each other: somebody has to hold the picture up")
    if as_json and not unattended:
        raise wrong_use("selftest guides you, and --json leaves no place for it; say --unattended, or take --to FILE")
    if not unattended and not _on_terminal():
        raise wrong_use("selftest guides you, and there is no terminal to do it on; say --unattended for looks alone")


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
