"""`facelatch import-howdy`: from Howdy to here, and Howdy out of PAM."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from facelatch.cli.failure import CommandFailed, ExitCode, Trouble, refused, wrong_use
from facelatch.cli.options import JsonOption, daemon_of, sendable
from facelatch.cli.output import counted, emit, paint, say, show_table
from facelatch.cli.pam.options import refused_plan
from facelatch.errors import BusError
from facelatch.types import CameraSummary, Reason

if TYPE_CHECKING:
    from facelatch.howdy.folder import Installation
    from facelatch.howdy.mapping import Entry
    from facelatch.howdy.models import Model
    from facelatch.howdy.options import Options
    from facelatch.pam.change import Plan
    from facelatch.sync import Daemon

ROOT: Final = Path("/")


class HowdyFace(msgspec.Struct, frozen=True):
    """A face that Howdy knew: its label there and here, the day it was enrolled, the line to type to enrol it anew."""

    former: str
    label: str
    enrolled: str
    command: str


class HowdyUser(msgspec.Struct, frozen=True):
    """A person whom Howdy knew; who has no account here is left out, and no line is told for his faces."""

    name: str
    account: bool
    faces: tuple[HowdyFace, ...]


class HowdyImport(msgspec.Struct, frozen=True):
    """What was found, and what became of it. `settings` is the drop-in, empty where nothing is to be set.

    `written` is its file, empty where none was written. `unread` are other places that hold something of Howdy's.
    `faces` says why its numbers are not taken over. `pam` are PAM's files with lines of Howdy's, `services` whose ways
    to get in these change.
    """

    config: str
    models: str
    unread: tuple[str, ...]
    options: tuple[Entry, ...]
    users: tuple[HowdyUser, ...]
    faces: str
    settings: str
    pam: tuple[str, ...]
    services: tuple[str, ...]
    written: str = ""


def import_howdy(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            show_default=False,
            help="The folder that has Howdy's config.ini and models. Default: where Howdy 2 and 3 have them.",
        ),
    ] = None,
    user: Annotated[
        list[str] | None,
        typer.Option(
            "--user",
            "-u",
            metavar="NAME",
            show_default=False,
            help="Only this person's faces; may be given more than once. Default: everybody's.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would become of it, and change nothing.")
    ] = False,
    keep_pam: Annotated[bool, typer.Option("--keep-pam", help="Leave Howdy's lines in PAM's files.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before PAM's files are changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take over from Howdy what can be: its options, as settings; users and labels, as lines to type.

    The faces themselves must be enrolled anew. Run it with sudo. Nothing of Howdy's is removed but its lines in PAM's
    files, and those as `facelatch pam apply` does it: shown, asked for, and put back unless you confirm it from a new
    login. With --json they are told, not removed.
    """
    if os.geteuid() != 0 and not dry_run:
        text = "what Howdy left, and what is written, is root's: run it with sudo, or with --dry-run"
        raise CommandFailed(Reason.NOT_PERMITTED, text, ExitCode.NOT_PERMITTED)
    # Here and below, not above: other commands do without what reads Howdy's files and writes TOML.
    from facelatch.howdy.folder import at, find

    with _howdys_faults(), contextlib.ExitStack() as stack:
        found = find(ROOT) if source is None else at(source)
        people = _people(found, tuple(sendable(name, "--user") for name in user or ()))
        options = _options(found)
        plan = None if keep_pam else _pam_plan()
        daemon = _daemon(context, stack, needed=not dry_run)
        result = _told(found, people, options, None if daemon is None else daemon.status().cameras, plan)
        if daemon is not None and not dry_run and result.settings:
            result = msgspec.structs.replace(result, written=str(_taken_up(daemon, result.settings)))
    if as_json:
        emit(result)
        return
    _show(result)
    if plan is not None and plan.changes:
        _remove_lines(plan, dry_run=dry_run, assume_yes=yes)
    say("Howdy itself, its faces and the pictures it kept stay where they are: remove them when all works without it.")
    if dry_run:
        say("Nothing was changed.")


@contextlib.contextmanager
def _howdys_faults() -> Iterator[None]:
    from facelatch.howdy.folder import HowdyError

    try:
        yield
    except HowdyError as error:
        raise CommandFailed(Reason.BAD_REQUEST, f"{error}. Nothing was changed", ExitCode.NOTHING) from error


def _people(found: Installation, wanted: tuple[str, ...]) -> dict[str, tuple[Model, ...]]:
    from facelatch.howdy.folder import read_people
    from facelatch.howdy.models import read_models

    if found.models is None:
        if wanted:
            raise wrong_use(f"--user: no faces of Howdy's were found beside {found.config}")
        return {}
    contents = read_people(found.models, wanted)
    return {name: read_models(content, str(found.models / f"{name}.dat")) for name, content in contents.items()}


def _options(found: Installation) -> Options | None:
    from facelatch.howdy.folder import read_config
    from facelatch.howdy.options import Options

    return None if found.config is None else Options.parse(read_config(found.config), str(found.config))


def _daemon(context: typer.Context, stack: contextlib.ExitStack, *, needed: bool) -> Daemon | None:
    """Return the daemon, None where there is none and none is needed."""
    try:
        return stack.enter_context(daemon_of(context).connected())
    except CommandFailed as failure:
        if needed or failure.error is not Trouble.NO_DAEMON:
            raise
        return None


def _told(
    found: Installation,
    people: dict[str, tuple[Model, ...]],
    options: Options | None,
    cameras: Sequence[CameraSummary] | None,
    plan: Plan | None,
) -> HowdyImport:
    from facelatch.howdy import dropin
    from facelatch.howdy.mapping import entries
    from facelatch.howdy.models import NOT_ADOPTED

    fates = dropin.settled(entries(options, cameras), dropin.SETTINGS) if options is not None else ()
    return HowdyImport(
        config=str(found.config or ""),
        models=str(found.models or ""),
        unread=tuple(map(str, found.unread)),
        options=fates,
        users=tuple(_user(name, models) for name, models in people.items()),
        faces=NOT_ADOPTED,
        settings=dropin.text_of(fates),
        pam=tuple(str(change.path) for change in plan.changes if change.listed) if plan is not None else (),
        services=plan.services if plan is not None else (),
    )


def _user(name: str, models: tuple[Model, ...]) -> HowdyUser:
    from facelatch.howdy.models import labels_of

    try:
        pwd.getpwnam(name)
        account = True
    except KeyError:
        account = False
    return HowdyUser(
        name,
        account,
        tuple(
            HowdyFace(model.label, label, model.day, _command(name, label) if account else "")
            for model, label in zip(models, labels_of(models), strict=True)
        ),
    )


def _command(name: str, label: str) -> str:
    return f"sudo facelatch enroll --user={shlex.quote(name)} --label={shlex.quote(label)}"


def _taken_up(daemon: Daemon, text: str) -> Path:
    """Write the settings and have the daemon take them up; where it does not, they are gone again."""
    from facelatch.howdy import dropin

    with dropin.written(text, dropin.SETTINGS) as path:
        try:
            policy = daemon.reload()
        except BusError as error:
            refusal = refused(error)
            told = f"{refusal.text}. The settings of before hold; {path} was not kept"
            raise CommandFailed(refusal.error, told, refusal.code) from error
        if str(path) not in policy.sources:
            read = ", ".join(policy.sources) or "no file"
            told = f"the daemon does not read {path}, but {read}; set it there by hand"
            raise CommandFailed(Trouble.UNWRITTEN, told, ExitCode.NOTHING)
    return path


def _pam_plan() -> Plan:
    """Return the plan that takes Howdy's lines out of PAM's files; made before anything is written."""
    from facelatch.howdy.lines import is_howdys
    from facelatch.pam.planning import PlanRefused, without

    try:
        return without(ROOT, is_howdys)
    except PlanRefused as refusal:
        text = f"Howdy's lines in PAM's files: {refusal}; nothing was changed, --keep-pam does the rest"
        raise refused_plan(refusal, text) from refusal


def _remove_lines(plan: Plan, *, dry_run: bool, assume_yes: bool) -> None:
    say("How Howdy's lines leave PAM's files:")
    if dry_run:
        from facelatch.cli.pam.plan import show_plan

        show_plan(plan, ROOT)
        return
    from facelatch.cli.pam.apply import carry_out

    try:
        carry_out(plan, ROOT, again=_pam_plan, assume_yes=assume_yes)
    except (CommandFailed, typer.Abort) as failure:
        if isinstance(failure, CommandFailed) and failure.error is not Reason.CANCELLED:
            raise
        text = "PAM's files stay as they are; the rest is done"
        raise CommandFailed(Reason.CANCELLED, text, ExitCode.NOTHING) from failure
    say("When that is confirmed, put in the face's own lines: sudo facelatch pam apply")


def _show(result: HowdyImport) -> None:
    from facelatch.howdy.mapping import Fate

    styles = {Fate.TAKEN: "green", Fate.REFUSED: "yellow", Fate.UNKNOWN: "yellow"}
    if result.config:
        say(f"Howdy's options, in {result.config}:")
        show_table(
            ("OPTION", "VALUE", "", "WHY"),
            [
                (f"{entry.section}.{entry.name}", entry.value, paint(entry.fate.value, styles.get(entry.fate, "dim")),
                 entry.text)
                for entry in result.options
            ],
        )  # fmt: skip
        say("")
    _show_users(result)
    if result.settings:
        say(f"Settings written to {result.written}, in force now:" if result.written else "Settings to be written:")
        for line in result.settings.splitlines():
            say(f"    {line}".rstrip())
    elif result.config:
        say("No settings to write: what Howdy had set holds here anyway.")
    for place in result.unread:
        say(f"Not read: {place}, which is there, too; --from takes its folder instead.")


def _show_users(result: HowdyImport) -> None:
    if not result.users:
        say("No faces of Howdy's were found.")
        return
    say(f"Faces, in {result.models}: to be enrolled anew. {result.faces}")
    for user in result.users:
        names = ", ".join(f"{face.former!r} of {face.enrolled}" for face in user.faces) or "none"
        what = counted(len(user.faces), "face")
        say(
            f"  {user.name}: {what} ({names})" if user.account else f"  {user.name}: no account here, left out ({what})"
        )
        for face in user.faces if user.account else ():
            say(f"    {face.command}")
    say("One face a person does for most; another one is for another look, such as glasses.")
