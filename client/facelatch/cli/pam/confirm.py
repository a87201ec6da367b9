"""`facelatch pam confirm`: the change may stay, since somebody has logged in after it and the password still works."""

from __future__ import annotations

import getpass
import pwd
from typing import TYPE_CHECKING, Annotated

import typer

from facelatch.cli.failure import CommandFailed, ExitCode, wrong_use
from facelatch.cli.output import local_time, plain, say
from facelatch.cli.pam.apply import MACHINE, failed, need_root
from facelatch.types import Reason

if TYPE_CHECKING:
    from facelatch.pam.backup import Backups, Written
    from facelatch.pam.confirmation import NotConfirmed
    from facelatch.pam.password import Style, Who


def confirm(
    user: Annotated[
        str,
        typer.Option(
            "--user",
            "-u",
            metavar="NAME",
            show_default=False,
            help="Whose password is tried. Default: who has logged in, also under sudo.",
        ),
    ] = "",
) -> None:
    """Let the change stay that `facelatch pam apply` has made, as root, from a login that is newer than the change.

    Asks for your password once, and tries it with the services that were changed; where none of them asks for one, with
    another. Until they take it, the rollback stays armed.
    """
    need_root()
    from facelatch.cli.pam import login
    from facelatch.doctor.bus import SystemBus
    from facelatch.pam import confirmation
    from facelatch.pam.application import BOOT
    from facelatch.pam.backup import Backups, Busy, Damaged, Shelf
    from facelatch.pam.rollback import Systemd

    backups = Backups(MACHINE)
    try:
        written = _pending(backups)
        session = login.find_session(SystemBus())
        confirmation.check_new(session, written, BOOT.read_text().strip())
        services = confirmation.to_try(backups.record(Shelf.PENDING).services)
        _try(services, _person(user or session.user, session.terminal))
        confirmation.settle(backups, written, Systemd())
    except confirmation.NotConfirmed as error:
        raise _not_confirmed(error, backups) from error
    except (Busy, Damaged) as error:
        raise failed(error) from error
    say("The change stays. To undo it later: sudo facelatch pam revert")


def _pending(backups: Backups) -> Written:
    """Return the notes of the change that waits; raises `CommandFailed` where none does, or it is not whole."""
    from facelatch.pam.backup import Shelf

    if not backups.holds(Shelf.PENDING):
        undone = ""
        if backups.holds(Shelf.UNDONE):
            undone = f"; the change of {local_time(backups.record(Shelf.UNDONE).when)} was undone"
        raise CommandFailed(Reason.BAD_REQUEST, f"no change waits to be confirmed{undone}", ExitCode.NOTHING)
    written = backups.written(Shelf.PENDING)
    if written is None:
        text = "the change was not written to its end; undo it: facelatch pam revert"
        raise CommandFailed(Reason.BAD_REQUEST, text, ExitCode.NOTHING)
    return written


def _person(name: str, terminal: str) -> Who:
    from facelatch.pam.password import Who

    try:
        return Who(name, pwd.getpwnam(name).pw_uid, terminal)
    except KeyError as error:
        raise wrong_use(f"--user: there is no account {name!r} here") from error


def _try(services: tuple[str, ...], who: Who) -> None:
    """Ask for the password and try it with each service, saying what came of it; raises `NotConfirmed`."""
    from facelatch.pam.confirmation import try_all
    from facelatch.pam.password import try_password

    say(f"It is tried with: {', '.join(services) or 'nothing'}.")
    password = _typed(f"Password of {who.name}: ", hidden=True) if services else ""
    for sentence in try_all(services, lambda service: try_password(service, who, Answers(password).converse)):
        say(sentence)


class Answers:
    """What a person says in one try: the password to the first hidden question, and to others what is typed then."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._asked = ""

    def converse(self, style: Style, text: str) -> str | None:
        """Answer a question or show a message; a password is not tried a second time, since tries may be counted."""
        from facelatch.pam.password import Style

        if not style.is_prompt:
            say(f"    {text}")
            return None
        if style is Style.PROMPT_HIDDEN and not self._asked:
            self._asked = text
            return self._password
        if text == self._asked:
            return None
        return _typed(text, hidden=style is Style.PROMPT_HIDDEN)


def _typed(question: str, *, hidden: bool) -> str:
    """Ask for something; raises `CommandFailed` where there is nobody to ask."""
    try:
        return getpass.getpass(plain(question)) if hidden else input(plain(question))
    except EOFError as error:
        text = "there is nobody to type the password; nothing was confirmed"
        raise CommandFailed(Reason.CANCELLED, text, ExitCode.NOTHING) from error


def _not_confirmed(error: NotConfirmed, backups: Backups) -> CommandFailed:
    """Return the error, with what becomes of the change now."""
    from facelatch.pam.backup import Shelf

    text = str(error)
    written = backups.written(Shelf.PENDING) if backups.holds(Shelf.PENDING) else None
    if written is not None:
        when = f"at {local_time(written.until)}" if written.until else "with the next start of the machine"
        text += f". The change is undone {when} unless you confirm it; at once: facelatch pam revert"
    return CommandFailed(Reason.BAD_REQUEST, text, ExitCode.NOTHING)
