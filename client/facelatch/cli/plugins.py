"""Command groups that other packages bring, through the entry points `facelatch.commands`.

Each is loaded when its name is called or help is shown: `facelatch list` must not wait for somebody else's imports, nor
fall with them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from facelatch.cli.failure import CommandFailed, ExitCode, Trouble

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "facelatch.commands"

Command = TyperCommand | TyperGroup


@cache
def entries() -> dict[str, EntryPoint]:
    """Return the entry points by the name of their command; of two with one name the first."""
    from importlib import metadata

    found: dict[str, EntryPoint] = {}
    for entry in metadata.entry_points(group=GROUP):
        found.setdefault(entry.name, entry)
    return found


def command(name: str) -> Command | None:
    """Return the command that a package brings under a name; one that cannot be loaded says so when it is called."""
    entry = entries().get(name)
    if entry is None:
        return None
    try:
        return _load(entry)
    except CommandFailed as failure:
        return _stand_in(entry, failure)


def _load(entry: EntryPoint) -> Command:
    try:
        app = entry.load()
        if not isinstance(app, typer.Typer):
            raise TypeError(f"{entry.value} is a {type(app).__name__}, expected a typer.Typer")
        command = _command_of(app)
    except (Exception, SystemExit) as error:
        text = f"the command {entry.name} cannot be loaded from {entry.value}: {type(error).__name__}: {error}"
        remedy = "install its package again"
        raise CommandFailed(Trouble.BROKEN_PLUGIN, f"{text}; {remedy}", ExitCode.NOTHING) from error
    command.name = entry.name
    return command


def _stand_in(entry: EntryPoint, failure: CommandFailed) -> Command:
    app = typer.Typer(add_completion=False)

    @app.command(
        entry.name,
        help=f"(cannot be loaded from {entry.value})",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def complain() -> NoReturn:
        raise failure

    return _command_of(app)


def _command_of(app: typer.Typer) -> Command:
    command = get_command(app)
    if not isinstance(command, Command):
        raise TypeError(f"{type(command).__name__} is no command of Typer's")
    return command
