"""The lines of the face in plain files: of single services, and of what they share where no tool writes that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from facelatch.pam import authselect, profiles
from facelatch.pam.cast import MODULE
from facelatch.pam.draft import Draft, PlanRefused
from facelatch.pam.insertion import insert
from facelatch.pam.safety import objection
from facelatch.pam.source import MARK, Line, Source
from facelatch.pam.stack import FOLDERS, Entry, read_stack
from facelatch.pam.tree import Tree
from facelatch.pam.wiring import explain, services

ETC: Final = PurePosixPath("/etc/pam.d")

COPIED: Final = "# A copy of"
"""How a file of ours begins that hides the distribution's own of that name."""

MADE: Final = f"# Made by facelatch pam apply  {MARK}"
"""How a file begins that was not there before us."""

HIDES: Final = "{new} hides {old} from now on: what updates change there is not taken in"

UNTOLD: Final = (
    "{file}: no place is known in it where only a right password leads, so the daemon is not told of passwords there. "
    "After a start of the computer the face opens only once another service has told it, and a password in these "
    "services ends no lock-out of the face."
)


def add_service(draft: Draft, service: str) -> None:
    """Add the lines to a service's own file. Raises `PlanRefused`, `Unchangeable` or OSError."""
    file = _own_file(draft.tree, service)
    _refuse_managed(draft.tree, file)
    add_lines(draft, service, file)


def add_shared(draft: Draft, name: str) -> None:
    """Add the lines to a file that others take in. Raises `PlanRefused`, `Unchangeable` or OSError."""
    add_lines(draft, name, ETC / name)
    if draft.tree.find("/usr/sbin/pam-config") is not None:
        draft.remarks.append(
            f"pam-config writes {draft.tree.target(ETC / name)} anew whenever it is run, and the lines are gone then: "
            "look with facelatch pam status after updates"
        )


def add_lines(draft: Draft, service: str, file: PurePosixPath) -> None:
    """Add the lines to a file, whoever writes it. Raises `PlanRefused`, `Unchangeable` or OSError."""
    tree = draft.tree
    raw = tree.read(file)
    source = Source.read(str(file), raw, tree)
    place = ETC / file.name
    origin = hidden(source) if place == file else file
    if any((line.ours and line.auth) or line.was is not None for line in source.lines):
        # Ours of an earlier time are made anew.
        source.restore()
        raw = source.text()
    before = draft.with_text(file, raw)
    there = explain(service, before)
    if there.line and not there.file.startswith(str(file)):
        raise PlanRefused(f"{service} asks for a face already, by way of {there.file}, line {there.line}")
    if there.line:
        raise PlanRefused(f"{there.file}:{there.line}: there is a line for the face already, written by somebody else")
    users = tuple(name for name in services(before) if {str(file), str(place)} & {*read_stack(name, before).files})

    def after(text: bytes) -> Tree:
        return draft.with_text(place, text)

    def judged(text: bytes) -> str:
        return objection(before, after(text), names=users, wanted=(service,))

    def told(text: bytes) -> bool:
        found = explain(service, after(text))
        return found.passed and not found.passed_early

    insertion = insert(str(file), raw, before, judged, told)
    text = insertion.text if origin is None else copied(origin) + insertion.text
    if place != file:
        draft.remarks.append(HIDES.format(new=place, old=file))
    draft.write(place, text)
    draft.wanted.append(service)
    if not insertion.passed:
        draft.remarks.append(UNTOLD.format(file=place))


def copied(file: PurePosixPath) -> bytes:
    """Return how a file begins that is ours and hides the distribution's own."""
    return f"{COPIED} {file}, with lines for the face  {MARK}\n".encode()


def file_of(tree: Tree, service: str) -> PurePosixPath | None:
    """Return a service's own file, None where it has none."""
    places = (PurePosixPath(f"/{folder}/{service}") for folder in FOLDERS)
    return next((place for place in places if tree.find(place) is not None), None)


def _own_file(tree: Tree, service: str) -> PurePosixPath:
    """Return the file that a service's lines are in. Raises `PlanRefused`."""
    if not service or "/" in service or service != service.lower() or service.startswith("."):
        raise PlanRefused(f"{service!r} is no name of a service; see which there are: facelatch pam status")
    if (file := file_of(tree, service)) is None:
        raise PlanRefused(f"There is no service {service} here; see which there are: facelatch pam status")
    return file


def _refuse_managed(tree: Tree, file: PurePosixPath) -> None:
    if profiles.manages(tree) and file.name in profiles.COMMON:
        raise PlanRefused(f"{file} is written by pam-auth-update: leave --service out, and it is told of the face")
    if authselect.writes(tree, file):
        raise PlanRefused(f"{file} is written by authselect: leave --service out, and it is told of the face")


def remove_service(draft: Draft, service: str) -> None:
    """Take our lines out of a service's own file. Raises `PlanRefused`, `Unchangeable` or OSError."""
    file = _own_file(draft.tree, service)
    if not remove(draft, file):
        draft.remarks.append(f"{file}: there are no lines of Facelatch's in it")


def remove_all(draft: Draft) -> None:
    """Take our lines out of all files that PAM reads. Raises `Unchangeable` or OSError."""
    for name in sorted(draft.tree.names(ETC)):
        file = ETC / name
        if not authselect.writes(draft.tree, file):
            remove(draft, file)


def remove(draft: Draft, file: PurePosixPath) -> bool:
    """Take our lines out of a file, and say whether there were any. Raises `Unchangeable` or OSError."""
    tree = draft.tree
    raw = tree.read(file)
    if MARK.encode() in raw:
        source = Source.read(str(file), raw, tree)
        origin, made = hidden(source), source.lines[0].text == MADE
        source.restore()
        text: bytes | None = source.text()
        if (made and not (text or b"").strip()) or (
            origin is not None and tree.find(origin) is not None and tree.read(origin) == text
        ):
            text = None
        draft.write(file, text)
        raw = text or b""
    _tell_of_others(draft, file, raw)
    return draft.tree is not tree


def hidden(source: Source) -> PurePosixPath | None:
    """Return the file that this one was copied from, None where it was not."""
    first = source.lines[0].text if source.lines else ""
    if first.startswith(COPIED) and first.endswith(MARK):
        return PurePosixPath(first.removeprefix(COPIED).partition(",")[0].strip())
    return None


def _tell_of_others(draft: Draft, file: PurePosixPath, raw: bytes) -> None:
    if MODULE.encode() not in raw or (profiles.manages(draft.tree) and file.name in profiles.COMMON):
        return
    for line in Source.read(str(file), raw, draft.tree).lines:
        if line.entry is not None and line.entry.name == MODULE and not line.ours:
            draft.remarks.append(
                f"{file}:{line.number}: this line for the face was written by somebody else, and stays"
            )


def drop_foreign(draft: Draft, is_foreign: Callable[[Entry], bool]) -> None:
    """Take another program's lines out of all files in PAM's folders. Raises `Unchangeable` or OSError."""

    def unwanted(line: Line) -> bool:
        return line.entry is not None and is_foreign(line.entry)

    for name in services(draft.tree):
        file = _own_file(draft.tree, name) if name == name.lower() and not name.startswith(".") else ETC / name
        if draft.tree.find(file) is None:
            continue
        source = Source.read(str(file), draft.tree.read(file), draft.tree)
        if not any(unwanted(line) for line in source.lines):
            continue
        if authselect.writes(draft.tree, file):
            raise PlanRefused(f"{file} is written by authselect: take the lines out of its profile, and apply that")
        source.remove(unwanted)
        source.unmarked()
        draft.write(ETC / file.name, source.text())
        if file.parent != ETC:
            draft.remarks.append(HIDES.format(new=ETC / file.name, old=file))
