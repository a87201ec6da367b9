"""`facelatch pam revert`: PAM's files as they were before the last change."""

from __future__ import annotations

from typing import Annotated

import typer

from facelatch.cli.failure import CommandFailed, ExitCode
from facelatch.cli.output import local_time, say
from facelatch.cli.pam.apply import MACHINE, failed, is_machine, need_root
from facelatch.cli.pam.options import RootOption
from facelatch.types import Reason


def revert(
    root: RootOption = MACHINE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
) -> None:
    """Put back what was there before the last `facelatch pam apply`, as root.

    A change that is not confirmed yet is undone at once. One that was confirmed is undone if nobody has changed its
    files since; to take out the lines of the face alone: `facelatch pam apply --remove`.
    """
    need_root()
    from facelatch.pam import reversion
    from facelatch.pam.backup import Backups, Busy, Damaged, Shelf
    from facelatch.pam.rollback import Systemd

    backups = Backups(root)
    try:
        shelf = reversion.revertible(backups)
        if shelf is Shelf.LAST and not yes:
            record = backups.record(shelf)
            say(f"The change of {local_time(record.when)}: {', '.join(record.paths)}")
            if not typer.confirm("Put these files back as they were before it?"):
                raise CommandFailed(Reason.CANCELLED, "given up, nothing was changed", ExitCode.NOTHING)
        for line in reversion.revert(backups, shelf, Systemd() if is_machine(root) else None).splitlines():
            say(line)
    except (reversion.NotReverted, Busy, Damaged) as error:
        raise failed(error) from error
    say("Every file is as it was before the change.")
