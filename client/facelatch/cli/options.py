"""Options that several commands share, and what they default to."""

from __future__ import annotations

import os
import pwd
from typing import Annotated

import typer

from facelatch.cli.daemon import Daemon
from facelatch.cli.failure import wrong_use

UserOption = Annotated[
    str,
    typer.Option(
        "--user",
        "-u",
        metavar="NAME",
        show_default=False,
        help="Whose faces. Default: yours; under sudo, those of the user who called sudo, which is a shorthand only: "
        "what you may do goes by the user id that asks.",
    ),
]
CameraOption = Annotated[
    str,
    typer.Option(
        "--camera",
        "-c",
        metavar="CAMERA",
        show_default=False,
        help="A camera's id or device, from `facelatch cameras`. Default: the first that is not virtual.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]


def daemon_of(context: typer.Context) -> Daemon:
    """Return the daemon that the global options name."""
    daemon = context.find_object(Daemon)
    assert daemon is not None
    return daemon


def user_or_self(user: str) -> str:
    """Return the user named, else the one who runs the command, else who called sudo."""
    if user:
        return sendable(user, "--user")
    if os.getuid() == 0 and (caller := os.environ.get("SUDO_USER")):
        return sendable(caller, "SUDO_USER")
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError as error:
        raise wrong_use(f"your user id {os.getuid()} has no name here; say whom you mean with --user NAME") from error


def sendable(text: str, what: str) -> str:
    """Return text from the command line if it was valid UTF-8, which is what travels; else raises `CommandFailed`."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise wrong_use(f"{what}: {text.encode('utf-8', 'backslashreplace').decode()!r} is not UTF-8") from error
    return text
