"""`facelatch pam apply`: makes the planned change, with a way back that needs nobody to log in."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from facelatch.cli.failure import CommandFailed, ExitCode, Trouble
from facelatch.cli.output import counted, say
from facelatch.cli.pam.options import (
    RemoveOption,
    ReplaceFingerprintOption,
    RootOption,
    ServiceOption,
    SlotOption,
    planned,
)
from facelatch.types import Reason

if TYPE_CHECKING:
    from facelatch.pam.change import Plan
    from facelatch.pam.rollback import Systemd

MACHINE: Final = Path("/")
DEFAULT_SECONDS: Final = 300
SHORTEST_SECONDS: Final = 10
LONGEST_SECONDS: Final = 3600
"""Until the rollback: long enough to log in anew, and not so long that who is locked out gives up waiting."""


def apply(
    services: ServiceOption = None,
    slots: SlotOption = None,
    remove: RemoveOption = False,
    replace_fingerprint: ReplaceFingerprintOption = False,
    root: RootOption = MACHINE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    without_rollback: Annotated[
        bool,
        typer.Option(
            "--without-rollback",
            help="The change stays at once. For machines without systemd; keep a root shell open until you have seen "
            "that the password still works.",
        ),
    ] = False,
    rollback_after: Annotated[
        int,
        typer.Option(
            "--rollback-after",
            metavar="SECONDS",
            min=SHORTEST_SECONDS,
            max=LONGEST_SECONDS,
            help="When the change is undone, unless somebody confirms it.",
        ),
    ] = DEFAULT_SECONDS,
) -> None:
    """Make the change that `facelatch pam plan` shows, as root.

    Unless somebody confirms it from a new login (`facelatch pam confirm`), everything is put back after five minutes,
    or as soon as the machine is started anew. In an image (--root) it stays at once.
    """
    need_root()

    def make() -> Plan:
        return planned(services, slots, remove=remove, replace_fingerprint=replace_fingerprint, root=root)

    carry_out(make(), root, again=make, assume_yes=yes, without_rollback=without_rollback, seconds=rollback_after)


def need_root() -> None:
    """Raise `CommandFailed` for anybody but root."""
    if os.geteuid() != 0:
        raise CommandFailed(Reason.NOT_PERMITTED, "PAM's files are root's: run it with sudo", ExitCode.NOT_PERMITTED)


def carry_out(
    plan: Plan,
    root: Path,
    *,
    again: Callable[[], Plan],
    assume_yes: bool = False,
    without_rollback: bool = False,
    seconds: int = DEFAULT_SECONDS,
) -> None:
    """Show a plan, ask, and make the change; raises `CommandFailed` with nothing changed, or what was put back.

    `again` makes the plan anew once somebody has answered: what it rests on may be another by then, a file that it
    only takes in, too.
    """
    # Here, not above: help of other commands does without them.
    from facelatch.cli.pam.plan import show_plan
    from facelatch.pam import application
    from facelatch.pam.backup import Backups, Busy, Damaged, Shelf
    from facelatch.pam.rollback import Systemd

    show_plan(plan, root)
    if not plan.changes and not plan.commands:
        # Else who starts it a second time takes the first change for one that stays.
        if Backups(root).holds(Shelf.PENDING):
            say("An earlier change is not confirmed yet; log in anew, and there: sudo facelatch pam confirm")
        return
    rollback = None if without_rollback or not is_machine(root) else Systemd()
    try:
        application.want_none_pending(Backups(root))
        if rollback is not None:
            _look_ahead(rollback)
        if not assume_yes:
            _ask(plan, again)
        application.apply(plan, root, rollback, seconds)
    except (application.NotApplied, Busy, Damaged) as error:
        raise failed(error) from error
    except application.Undone as error:
        raise CommandFailed(Trouble.UNWRITTEN, f"the change was undone: {error}", ExitCode.NOTHING) from error
    except application.LeftHalfDone as error:
        raise CommandFailed(Trouble.UNWRITTEN, f"the change is half done: {error}", ExitCode.CANNOT_WORK) from error
    _say_done(plan, root, rollback, seconds)


def _ask(plan: Plan, again: Callable[[], Plan]) -> None:
    if not typer.confirm("Make this change?"):
        raise CommandFailed(Reason.CANCELLED, "given up, nothing was changed", ExitCode.NOTHING)
    if again() != plan:
        text = "PAM's files have changed meanwhile, nothing was written; look at the plan anew"
        raise CommandFailed(Trouble.UNWRITTEN, text, ExitCode.NOTHING)


def _look_ahead(rollback: Systemd) -> None:
    """Say before anybody is asked how far the rollback goes; raises `CommandFailed` where there can be none."""
    from facelatch.pam.rollback import SERVICE, NoRollback

    try:
        _, survives_restart = rollback.standing()
    except NoRollback as error:
        text = f"no rollback can be armed: {error}; with a root shell kept open elsewhere: --without-rollback"
        raise CommandFailed(Trouble.UNWRITTEN, text, ExitCode.CANNOT_WORK) from error
    if not survives_restart:
        say(f"A restart of the machine would NOT undo this, the timer alone does: {SERVICE} is not enabled.")


def is_machine(root: Path) -> bool:
    """Whether a root is this machine's own, and no image's."""
    return root.resolve() == MACHINE


def _say_done(plan: Plan, root: Path, rollback: Systemd | None, seconds: int) -> None:
    from facelatch.pam.restore import STATE

    kept = root / STATE.relative_to("/")
    say(f"Written: {counted(len(plan.changes), 'file')}. What was there before is kept in {kept}.")
    if rollback is None:
        undo = "facelatch pam revert" + ("" if is_machine(root) else f" --root {shlex.quote(str(root))}")
        say(f"It stays. To undo it: {undo}")
        return
    at = (datetime.now() + timedelta(seconds=seconds)).strftime("%H:%M:%S")
    say(f"Unless you confirm it, everything is put back at {at}, in {counted(seconds, 'second')}.")
    say("Leave this shell open. Log in anew (another console, ssh, or a new desktop session), and there:")
    say("    sudo facelatch pam confirm")
    say("To undo it at once: sudo facelatch pam revert")


def failed(error: Exception) -> CommandFailed:
    """Return the error for something that was not done, and has changed nothing."""
    return CommandFailed(Trouble.UNWRITTEN, str(error), ExitCode.NOTHING)
