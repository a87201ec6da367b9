"""What values there are for an argument that is being typed: faces, cameras, packs, services, users.

Nobody is asked for a password for it, nothing is started, and nobody waits: what cannot be told is left out.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from facelatch.cli.options import about_self, caller

PATIENCE: Final = 1.0
"""Seconds for the daemon, which answers in a few milliseconds."""

PACKS: Final = (Path("/etc/facelatch/packs"), Path("/usr/share/facelatch/packs"))
"""Where packs lie, beside the folders of the environment's FACELATCH_PACKS."""

PEOPLE: Final = range(1000, 60000)
"""The user ids of people."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be meant, and what it is."""

    value: str
    help: str = ""


def faces(address: str, user: str | None) -> Iterator[Candidate]:
    """Yield the labels of a user's faces; of others' only to root, whom nobody asks for a password."""
    name = user if user is not None else caller()
    if about_self(name) or os.getuid() == 0:
        answer = _ask(address, "Camera/default", "Camera", "ListEnrolledFaces", name) or []
        for face in answer:
            yield Candidate(face["label"][1], f"enrolled {face['enrolled'][1][:10]}")


def cameras(address: str) -> Iterator[Candidate]:
    """Yield the ids of the cameras that the daemon sees."""
    status = _ask(address, "Manager", "Manager", "GetStatus") or {}
    for camera in status.get("cameras", ("", []))[1]:
        yield Candidate(camera["id"][1], f"{camera['name'][1]}, {camera['path'][1]}")


def packs() -> Iterator[Candidate]:
    """Yield the names of the packs in the folders that packs are looked for in."""
    named = [Path(part) for part in os.environ.get("FACELATCH_PACKS", "").split(os.pathsep) if part]
    for folder in (*named, *PACKS):
        for name in _names(folder):
            if name != "current" and (folder / name / "pack.toml").is_file():
                yield Candidate(name, str(folder))


def services(root: Path) -> Iterator[Candidate]:
    """Yield the PAM services below a root."""
    from facelatch.pam import wiring

    for name in wiring.services(root):
        yield Candidate(name)


def slots() -> Iterator[Candidate]:
    """Yield the services that ask for a face alone."""
    from facelatch.pam.slots import OPTIONS

    for name in OPTIONS:
        yield Candidate(name)


def users() -> Iterator[Candidate]:
    """Yield the people who have an account here."""
    for entry in pwd.getpwall():
        if entry.pw_uid == 0 or entry.pw_uid in PEOPLE:
            yield Candidate(entry.pw_name, entry.pw_gecos.partition(",")[0])


def _names(folder: Path) -> Iterable[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # nobody who completes a word wants to hear of it; the command says it when it is run
        return []


def _ask(address: str, where: str, interface: str, method: str, *arguments: str) -> Any:
    """Return what a daemon that runs answers, None where it does not run, refuses, or takes its time."""
    from jeepney import DBusAddress, MessageFlag, MessageType, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    place = DBusAddress(f"/org/facelatch/{where}", "org.facelatch", f"org.facelatch.{interface}")
    call = new_method_call(place, method, "s" * len(arguments), arguments)
    call.header.flags |= MessageFlag.no_auto_start
    try:
        with open_dbus_connection(address or "SYSTEM", auth_timeout=PATIENCE) as connection:
            reply = connection.send_and_get_reply(call, timeout=PATIENCE)
    except (OSError, ValueError, RuntimeError, KeyError):  # no bus there, or no address of one
        return None
    return reply.body[0] if reply.header.message_type is MessageType.method_return else None
