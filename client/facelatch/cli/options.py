"""Options that several commands share, and what they default to."""

from __future__ import annotations

import os
import pwd
import shlex
import unicodedata
from typing import Annotated, Final

import typer

from facelatch.address import REMEDY, VARIABLE, socket_paths
from facelatch.cli.daemon import Daemon
from facelatch.cli.failure import wrong_use

LONGEST_LABEL: Final = 64

UserOption = Annotated[
    str | None,
    typer.Option(
        "--user",
        "-u",
        metavar="NAME",
        show_default=False,
        help="Whom it is about; for others, an administrator's password is asked for. Default: you; under sudo, who "
        "called sudo, which is a shorthand only: what you may do goes by the user id that asks.",
    ),
]
CameraOption = Annotated[
    str,
    typer.Option(
        "--camera",
        "-c",
        metavar="CAMERA",
        show_default=False,
        help="A camera's id or device, from `facelatch cameras`. Default: the settings' choice, else one that "
        "the face was enrolled with, else the first that is not virtual.",
    ),
]
FACE_HELP: Final = "A face's id, a beginning of it that no other has, or its label."
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]


def daemon_of(context: typer.Context) -> Daemon:
    """Return the daemon that the global options name; raises `CommandFailed` for what is no address.

    Here, not where the options are read: help, and commands without a daemon, do not fall with a bad environment.
    """
    daemon = context.find_object(Daemon)
    assert daemon is not None
    if daemon.address and not any(socket_paths(daemon.address)):
        raise wrong_use(f"--bus / {VARIABLE}: {daemon.address!r} is no address of a bus; {REMEDY}")
    return daemon


def user_or_self(user: str | None) -> str:
    """Return the user named, else the one who runs the command, under sudo who called it."""
    if user is None:
        if not (name := caller()):
            raise wrong_use(f"your user id {os.getuid()} has no name here; say whom you mean with --user NAME")
        return sendable(name, "your user name")
    if not user:
        raise wrong_use("--user: the name is empty; leave the option out to mean yourself")
    return sendable(user, "--user")


def caller() -> str:
    """Return who runs the command, under sudo who called it; empty where the user id has no name."""
    if os.getuid() == 0 and (caller := os.environ.get("SUDO_USER")):
        return caller
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def invocation(command: str, user: str) -> str:
    """Return the line to type for a command about a user; `--user` is left out where that is the default."""
    return f"facelatch {command}" if about_self(user) else f"facelatch {command} --user {shlex.quote(user)}"


def about_self(user: str) -> bool:
    """Tell whether a user is the one who runs the command, under sudo who called it."""
    return user == caller()


def sendable(text: str, what: str) -> str:
    """Return text from the command line if it was valid UTF-8, which is what travels; else raises `CommandFailed`."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise wrong_use(f"{what}: {text.encode('utf-8', 'backslashreplace').decode()!r} is not UTF-8") from error
    return text


def named_face(face: str | None, what: str) -> str:
    """Return what an option names a face by, empty where the option is not there; raises `CommandFailed`."""
    if face == "":
        raise wrong_use(f"{what}: the face is empty; see which there are: facelatch list")
    return sendable(face or "", what)


def readable_label(text: str, what: str) -> str:
    """Return a label from the command line as it is; raises `CommandFailed` for one that the daemon would refuse.

    Asked before the daemon is, which would find out only when the look is over. The rule is the store's
    (`facelatchd.store.labels`), and the store has the last word.
    """
    label = unicodedata.normalize("NFC", sendable(text, what).strip(" "))
    if not label:
        raise wrong_use(f"{what}: the label is empty; give 1 to {LONGEST_LABEL} characters")
    if len(label) > LONGEST_LABEL:
        raise wrong_use(f"{what}: a label of {len(label)} characters; give 1 to {LONGEST_LABEL}")
    if not label.isprintable():
        raise wrong_use(f"{what}: {label!r} holds a character that does not print; leave it out")
    return text
