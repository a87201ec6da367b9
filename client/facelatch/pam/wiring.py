"""What PAM really does for a service: whether a face is tried, and what becomes of the password.

Told from the service's files alone: every way through the stack is walked with the face saying yes, no, or nothing, and
with the password right and wrong. A module that is not known here may do either.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from facelatch.pam.cast import FAILURES, MODULE, PASSWORDS, Cast, Note, is_preauth
from facelatch.pam.stack import FOLDERS, Code, Kind, Reading, Stack, read_stack
from facelatch.pam.tree import Tree
from facelatch.pam.walk import Walk, walk

BESIDE: Final = {
    "kde-face": "kde",
    "kde-fingerprint": "kde",
    "gdm-fingerprint": "gdm-password",
}
"""Services that a greeter runs beside another one, which has the password: the face alone may decide them."""

LEFTOVERS: Final = (
    *("~", ".bak", ".old", ".orig", ".save", ".pam-old", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-bak"),
    *(".ucf-old", ".ucf-dist", ".rpmsave", ".rpmnew", ".rpmorig", ".pacnew", ".pacsave"),
)
"""Ends of names that no program asks PAM for: what tools leave behind of older and newer files."""


class Wired(enum.Enum):
    """What a service does with the face."""

    ABSENT = "absent"
    """There is no such service here."""
    NONE = "none"
    """No face is tried."""
    FIRST = "first"
    """A face, and the password where that fails: as it should be."""
    AFTER = "after"
    """The password, and a face where that fails."""
    BESIDE = "beside"
    """A face alone, in a service that runs beside the one with the password."""
    IDLE = "idle"
    """A face is tried, and does not open: what follows is asked in any case."""
    UNREACHED = "unreached"
    """There is a line, and no way to it."""
    LOCKOUT = "lockout"
    """Where the face fails, nothing else opens."""
    OPEN = "open"
    """It opens to anybody, whatever the face says."""
    UNCLEAR = "unclear"
    """The files cannot be read from here, or libpam refuses them."""


class Wiring(msgspec.Struct, frozen=True):
    """What PAM does for a service. `file` and `line` are where the face is asked for; nowhere: its own file, and 0.

    `faults` are lines for a person about what is wrong in the files, each with its file and line.
    """

    service: str
    wired: Wired
    sentence: str
    file: str = ""
    line: int = 0
    control: str = ""
    module: str = ""
    """The module as the line names it: with a folder, or without one for PAM's own."""
    options: tuple[str, ...] = ()
    again: bool = False
    """A face that failed is tried a second time, by another line."""
    above_faillock: bool = False
    """A face opens an account that `pam_faillock` has locked."""
    passed: bool = False
    """A line tells the judge of an accepted password, which ends a lock-out of the face."""
    passed_early: bool = False
    """That line is reached where the password was wrong, too."""
    files: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The sentence, and where that matters whether the judge is told of a password."""
        if self.passed:
            return f"{self.sentence} The daemon is told of a password that was right."
        if self.wired in (Wired.FIRST, Wired.AFTER):
            return f"{self.sentence} The daemon is not told of the password."
        return self.sentence


def explain(service: str, root: Path | Tree = Path("/")) -> Wiring:
    """Return what PAM does for a service, going by the files under `root`. Raises nothing for what they hold."""
    stack = read_stack(service, root)
    if stack.fallback and not any(Path(file).name == service.lower() for file in stack.files):
        return _wiring(service, stack, Wired.ABSENT, f"There is no service {service} here.")
    if stack.reading is not Reading.WHOLE:
        why = "PAM refuses this service" if stack.reading is Reading.REFUSED else "it cannot be told from here"
        sentence = f"What happens is not clear, {why}: {'; '.join(stack.faults[:2]) or 'there is no service other'}."
        return _wiring(service, stack, Wired.UNCLEAR, sentence)
    return _Case(service, stack).wiring()


def _wiring(service: str, stack: Stack, wired: Wired, sentence: str) -> Wiring:
    file = stack.files[0] if stack.files else ""
    return Wiring(service, wired, sentence, file, files=stack.files, faults=stack.faults)


class _Case:
    """One stack, and the walks through it."""

    def __init__(self, service: str, stack: Stack) -> None:
        self._service = service
        self._stack = stack
        entries = stack.entries
        ours = [at for at, entry in enumerate(entries) if entry.kind is Kind.MODULE and entry.name == MODULE]
        self._faces = [at for at in ours if "passed" not in entries[at].options]
        self._passed = [at for at in ours if "passed" in entries[at].options]

    def wiring(self) -> Wiring:
        """Return what the walks come to."""
        if not self._faces:
            sentence = "No face is tried here."
            return msgspec.structs.replace(
                _wiring(self._service, self._stack, Wired.NONE, sentence), passed=bool(self._passed)
            )
        refused = self._walk(Code.AUTH_ERR, stranger=True)
        wired, sentence = self._standing(refused)
        entry = self._stack.entries[self._faces[0]]
        return Wiring(
            self._service,
            wired,
            sentence,
            entry.file,
            entry.line,
            entry.control.written,
            entry.module,
            entry.options,
            again=len(refused.reached.intersection(self._faces)) > 1,
            above_faillock=self._above_faillock(),
            passed=bool(self._walk(Code.AUTH_ERR, stranger=False).reached.intersection(self._passed)),
            passed_early=bool(refused.reached.intersection(self._passed)),
            files=self._stack.files,
            faults=self._stack.faults,
        )

    def _walk(self, face: Code, *, stranger: bool) -> Walk:
        return walk(self._stack.entries, Cast(face, stranger=stranger).answers)

    def _standing(self, refused: Walk) -> tuple[Wired, str]:
        """Return what the service does with the face, and the sentence for it; `refused` is the walk of a stranger."""
        matched = self._walk(Code.SUCCESS, stranger=True)
        strangers = [refused, *(self._walk(code, stranger=True) for code in FAILURES[1:])]
        fallen = {code: self._walk(code, stranger=False) for code in FAILURES}
        if any(way.given_up for way in (matched, *strangers, *fallen.values())):
            return Wired.UNCLEAR, "What happens is not clear: there are too many ways through these lines."
        if any(end.granted for way in strangers for end in way.ends):
            return Wired.OPEN, "This opens to anybody, whatever the face and the password are."
        if not matched.reached.intersection(self._faces):
            return Wired.UNREACHED, "There is a line for the face, but no way leads to it."
        # Where a password is asked for at all, nothing else makes up for it: a fingerprint is not what everybody has.
        means = Note.PASSWORD if any(entry.name in PASSWORDS for entry in self._stack.entries) else Note.OTHER
        if locked := [
            code for code, way in fallen.items() if not any(end.granted and means in end.notes for end in way.ends)
        ]:
            return self._locked(locked)
        asked = "the password is asked" if means is Note.PASSWORD else "something else is asked for"
        return self._fallback(matched, refused, asked)

    def _locked(self, locked: list[Code]) -> tuple[Wired, str]:
        beside = BESIDE.get(self._service)
        if beside is not None:
            return Wired.BESIDE, f"Only a face is tried here; the password is asked beside it, by the service {beside}."
        if Code.AUTH_ERR in locked and Code.AUTHINFO_UNAVAIL in locked:
            return Wired.LOCKOUT, "Without the face nobody gets in here: where it fails, no password helps."
        if Code.AUTH_ERR in locked:
            return Wired.LOCKOUT, "A face that is refused ends the login: no password helps then."
        if Code.AUTHINFO_UNAVAIL in locked:
            return Wired.LOCKOUT, "Where no face can be judged, nobody gets in: no password helps then."
        return Wired.LOCKOUT, "Should the module be removed, nobody gets in here: no password helps then."

    def _fallback(self, matched: Walk, refused: Walk, asked: str) -> tuple[Wired, str]:
        # Without the face none of these ways opens, else it were OPEN.
        if not any(end.granted for end in matched.ends):
            return Wired.IDLE, f"A face is tried but opens nothing: {asked} in any case."
        before = self._stack.entries[: self._faces[0]]
        if any(entry.name in PASSWORDS for at, entry in enumerate(before) if at in refused.reached):
            return Wired.AFTER, "The password is asked first; if it is not right, a face is tried."
        return Wired.FIRST, f"A face is tried first; if it fails, {asked}."

    def _above_faillock(self) -> bool:
        """Whether the face opens before `pam_faillock` has looked at the account."""
        checks = [at for at, entry in enumerate(self._stack.entries) if is_preauth(entry)]
        return bool(checks) and self._faces[0] < checks[0]


def taken_in(cases: Iterable[Wiring]) -> frozenset[str]:
    """Return the names of files that services take in: what they do is told with these, not on its own."""
    return frozenset(Path(file).name for case in cases for file in case.files[1:])


def services(root: Path | Tree = Path("/")) -> tuple[str, ...]:
    """Return the names of the services that have a file under `root`, in order."""
    tree = Tree.of(root)
    found = frozenset().union(*(tree.names(f"/{folder}") for folder in FOLDERS))
    return tuple(sorted(name for name in found if not name.endswith(LEFTOVERS)))
