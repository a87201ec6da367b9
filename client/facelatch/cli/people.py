"""`facelatch people`: all who have a face, with an account or without."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from facelatch.cli.answers import PersonList
from facelatch.cli.failure import CommandFailed, ExitCode, wrong_use
from facelatch.cli.options import JsonOption, daemon_of, sendable
from facelatch.cli.output import counted, emit, paint, say, show_table
from facelatch.cli.question import said_yes
from facelatch.types import PersonSummary, Reason


def people(
    context: typer.Context,
    remove: Annotated[
        str | None,
        typer.Option("--remove", metavar="NAME", show_default=False, help="Remove this person and all that is stored."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before removing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List all who have a face, with an account or without; takes an administrator's password."""
    if remove == "":
        raise wrong_use("--remove: the name is empty; see who there is: facelatch people")
    if remove is not None and not yes and (as_json or not sys.stdin.isatty()):
        raise wrong_use("people --remove asks first, and there is no terminal to ask on; say --yes if you mean it")
    with daemon_of(context).connected(asks=True) as daemon:
        everybody = daemon.people()
        if remove is not None:
            person = _find(everybody, sendable(remove, "--remove"))
            faces = counted(person.faces, "face")
            if not yes and not said_yes(
                f"Remove {faces} of {person.name}, with the history and all else that is stored?"
            ):
                raise CommandFailed(Reason.CANCELLED, "nothing was removed", ExitCode.NOTHING)
            with daemon.claim_guest(person.name) if person.guest else daemon.claim(person.name) as claim:
                claim.delete_faces()
    if remove is not None:
        if as_json:
            emit(PersonList((person,)))
        else:
            say(f"Removed {faces} of {person.name}; nothing is stored about {person.name} any more.")
    elif as_json:
        emit(PersonList(everybody))
    else:
        _show(everybody)


def _find(everybody: tuple[PersonSummary, ...], name: str) -> PersonSummary:
    for person in everybody:
        if person.name == name:
            return person
    raise CommandFailed(
        Reason.NOT_ENROLLED, f"{name!r} has no face here; see who has: facelatch people", ExitCode.NOTHING
    )


def _show(everybody: tuple[PersonSummary, ...]) -> None:
    if not everybody:
        say("Nobody has a face. Enrol one: facelatch enroll; or many, from pictures: facelatch import DIR")
        return
    show_table(
        ("WHO", "FACES", "USABLE", "CAN LOG IN"),
        [
            (
                person.name,
                str(person.faces),
                paint(str(person.usable), "green" if person.usable else "red"),
                paint("no account", "dim") if person.guest else "yes",
            )
            for person in everybody
        ],
    )
