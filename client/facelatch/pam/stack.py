"""The `auth` stack of a PAM service, read from its files as libpam reads them; libpam itself is not used.

The rules are those of Linux-PAM 1.5; the tests hold them against the libpam of the machine. Nothing here raises for
what a file holds: what libpam could not follow is an entry that fails, and `faults` says where and why.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam.tree import Tree

FOLDERS: Final = ("etc/pam.d", "usr/lib/pam.d", "usr/share/pam.d")
"""Where libpam looks for a service, the first first."""

DEEPEST: Final = 16
"""Includes within includes that Linux-PAM follows (`PAM_SUBSTACK_MAX_LEVEL`)."""

LARGEST_FILE: Final = 256 * 1024
MOST_ENTRIES: Final = 500
"""Lines of one stack, and files read for it: two files that include each other twice would make 2^16."""

_CODES: Final = (
    "success|open_err|symbol_err|service_err|system_err|buf_err|perm_denied|auth_err|cred_insufficient|authinfo_unavail|"
    "user_unknown|maxtries|new_authtok_reqd|acct_expired|session_err|cred_unavail|cred_expired|cred_err|no_module_data|"
    "conv_err|authtok_err|authtok_recover_err|authtok_lock_busy|authtok_disable_aging|try_again|ignore|abort|"
    "authtok_expired|module_unknown|bad_item|conv_again|incomplete|default"
)
"""What may stand before a `=` in a control's brackets."""

_BLANK: Final = " \t\n\v\f\r"
TOKEN: Final = re.compile(r"\[((?:\\\]|[^\]])*)\]?|([^ \n\t]+)")
RULE: Final = re.compile(rf"\s*({_CODES})\s*=\s*(ignore|ok|done|bad|die|reset|[0-9]+)", re.ASCII)
TYPES: Final = frozenset({"auth", "account", "session", "password"})


class Code(enum.Enum):
    """What a module may return, as far as the walk tells it apart."""

    SUCCESS = "success"
    AUTH_ERR = "auth_err"
    AUTHINFO_UNAVAIL = "authinfo_unavail"
    PERM_DENIED = "perm_denied"
    MODULE_UNKNOWN = "module_unknown"
    IGNORE = "ignore"


class Action(enum.Enum):
    """What a control makes of a code; a jump is a positive number instead."""

    IGNORE = "ignore"
    OK = "ok"
    DONE = "done"
    BAD = "bad"
    DIE = "die"
    RESET = "reset"


class Kind(enum.Enum):
    """What an entry of a stack is."""

    MODULE = "module"
    SUBSTACK = "substack"
    """The line that opens a substack; jumps count it, with all that is in it, as one."""
    BROKEN = "broken"
    """A line that libpam cannot follow: it fails when it is reached."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control word, or the rules in brackets; `written` is how it stands in the file."""

    written: str
    actions: Mapping[str, Action | int]
    default: Action | int

    def action(self, code: Code) -> Action | int:
        """Return what becomes of a module's code."""
        return self.actions.get(code.value, self.default)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the stack, where it stands, and how many substacks deep it is."""

    kind: Kind
    file: str
    line: int
    level: int
    control: Control
    module: str = ""
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The module without folder and ending: `pam_unix`."""
        return PurePosixPath(self.module).name.removesuffix(".so")


class Reading(enum.Enum):
    """How far a stack could be read."""

    WHOLE = "whole"
    REFUSED = "refused"
    """libpam refuses the whole service: nobody gets in."""
    UNCLEAR = "unclear"
    """A file could not be read from here, or there is too much of it."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The `auth` stack of a service. `files` are those read, the service's own first; `faults` are lines for a person.

    `fallback` says that the service `other` stands in for it.
    """

    entries: tuple[Entry, ...]
    files: tuple[str, ...]
    faults: tuple[str, ...]
    reading: Reading = Reading.WHOLE
    fallback: bool = False

    @property
    def manner(self) -> tuple[object, ...]:
        """What stands in it, wherever the lines stand: services that ask alike have the same."""
        return tuple(
            (entry.kind, entry.level, entry.control.written, entry.name, entry.options * (entry.kind is Kind.MODULE))
            for entry in self.entries
        )


def _good(action: Action) -> dict[str, Action | int]:
    return {"success": action, "new_authtok_reqd": action}


_WORDS: Final[dict[str, tuple[dict[str, Action | int], Action]]] = {
    "required": (_good(Action.OK) | {"ignore": Action.IGNORE}, Action.BAD),
    "requisite": (_good(Action.OK) | {"ignore": Action.IGNORE}, Action.DIE),
    "optional": (_good(Action.OK), Action.IGNORE),
    "sufficient": (_good(Action.DONE), Action.IGNORE),
}
_FAILING: Final = Control("", {}, Action.BAD)


def read_stack(service: str, root: Path | Tree = Path("/")) -> Stack:
    """Return the `auth` stack of a service; that of `other` where the service has no file, or no `auth` line in it."""
    # libpam, too, takes the last part of the name only, in small letters.
    name = PurePosixPath(service.replace("\0", "")).name.lower()
    tree = Tree.of(root)
    own = _Reader(tree)
    whole = own.read(name) if name else False
    if own.entries or own.unclear or (own.files and not whole):
        return own.stack(whole)
    other = _Reader(tree)
    whole = other.read("other")
    other.files[:0] = own.files
    other.faults[:0] = own.faults
    return other.stack(whole, fallback=True)


def read_included(name: str, root: Path | Tree = Path("/")) -> Stack:
    """Return what a file brings into the stack of a service that takes it in."""
    reader = _Reader(Tree.of(root))
    return reader.stack(reader.read(name))


class _Reader:
    """Collects the entries of one service from its files."""

    def __init__(self, tree: Tree) -> None:
        self.entries: list[Entry] = []
        self.files: list[str] = []
        self.faults: list[str] = []
        self.unclear = False
        self._tree = tree
        self._reads = 0

    def stack(self, whole: bool, fallback: bool = False) -> Stack:
        """Return what was collected; `whole` is what `read` said of the first file."""
        reading = Reading.UNCLEAR if self.unclear else Reading.WHOLE if whole else Reading.REFUSED
        return Stack(tuple(self.entries), tuple(self.files), tuple(self.faults), reading, fallback)

    def read(self, name: str, depth: int = 0, level: int = 0) -> bool:
        """Take in a file and what it includes; False where libpam would give it up, or where there is none."""
        path = self._find(name) if depth < DEEPEST else None
        text = self._text(path) if path is not None else None
        if path is None or text is None:
            return False
        self._reads += 1
        file = str(path)
        if file not in self.files:
            self.files.append(file)
        for line, _last, words in statements(text):
            if line == UNFINISHED:
                self._fault(f"{file}: the last line ends in a backslash, and nothing follows")
                return False
            if max(len(self.entries), self._reads) >= MOST_ENTRIES:
                self.unclear = True
                self._fault(f"{file}:{line}: more than {MOST_ENTRIES} lines or files, with what is included")
                return False
            if not self._take(tokens(words), file, line, depth, level):
                return False
        return True

    def _fault(self, text: str) -> None:
        """Note a fault; files that include each other come by it again and again."""
        if text not in self.faults:
            self.faults.append(text)

    def _find(self, name: str) -> PurePosixPath | None:
        """Return the file of that name, None where there is none."""
        places = [name] if name.startswith("/") else [f"/{folder}/{name}" for folder in FOLDERS]
        try:
            return next((PurePosixPath(place) for place in places if self._tree.find(place) is not None), None)
        except (OSError, ValueError):
            # A name too long for a file, or with a null byte: libpam finds no such file either.
            return None

    def _text(self, path: PurePosixPath) -> str | None:
        """Return what a file holds, None (and why among the faults) where that cannot be read from here."""
        try:
            raw = self._tree.read(path, LARGEST_FILE + 1)
        except OSError as error:
            self.unclear = True
            self._fault(f"{path}: cannot be read ({error.strerror})")
            return None
        if len(raw) > LARGEST_FILE:
            self.unclear = True
            self._fault(f"{path}: larger than {LARGEST_FILE} bytes")
            return None
        return raw.decode(errors="replace")

    def _take(self, words: list[str], file: str, line: int, depth: int, level: int) -> bool:
        """Take in one line; False where libpam would give up the file at it."""
        first = words.pop(0) if words else ""
        if first.lower() == "@include":
            if words and self.read(words[0], depth + 1, level):
                return True
            self._fault(f"{file}:{line}: @include of a file that cannot be taken in: {' '.join(words[:1])}")
            return False
        kind = first.removeprefix("-").lower()
        if kind in TYPES and kind != "auth":
            return True
        broken = "" if kind == "auth" else f"no type of line: {first}"
        word = words.pop(0) if words else None
        if word is not None and word.lower() in ("include", "substack"):
            if broken:
                self._fault(f"{file}:{line}: {broken}")
            self._include(words[0] if words else "", word.lower(), file, line, depth, level)
            return True
        control, complaint = read_control(word)
        broken = broken or complaint or ("" if words else "no module is named")
        if broken:
            self._fault(f"{file}:{line}: {broken}")
        fails = kind != "auth" or word is None or not words
        self.entries.append(
            Entry(
                Kind.BROKEN if fails else Kind.MODULE,
                file, line, level, control, words[0] if words else "", tuple(words[1:]),
            )
        )  # fmt: skip
        return True

    def _include(self, name: str, word: str, file: str, line: int, depth: int, level: int) -> None:
        deeper = word == "substack"
        if deeper:
            self.entries.append(Entry(Kind.SUBSTACK, file, line, level, _FAILING, name))
        if not name or not self.read(name, depth + 1, level + deeper):
            self._fault(f"{file}:{line}: {word} of a file that cannot be taken in: {name or 'none is named'}")
            self.entries.append(Entry(Kind.BROKEN, file, line, level, _FAILING))


UNFINISHED: Final = 0
"""In place of a line's number: the file ended in the middle of it."""


def statements(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what says something, without comments, continued lines joined: its first line, its last, and the words."""
    begun, held = 0, ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.lstrip(_BLANK)
        if not line or line.startswith("#"):
            continue
        body, comment, _rest = line.partition("#")
        begun = begun or number
        stripped = body.rstrip(_BLANK)
        if stripped.endswith("\\") and not comment:
            held += stripped[:-1] + " "
            continue
        yield begun, number, held + (body if comment else stripped)
        begun, held = 0, ""
    if begun:
        yield UNFINISHED, UNFINISHED, held


def tokens(line: str) -> list[str]:
    """Return the words of a line; what stands in brackets is one, and loses them."""
    return [match[2] if match[2] is not None else match[1].replace("\\]", "]") for match in TOKEN.finditer(line)]


def read_control(word: str | None) -> tuple[Control, str]:
    """Return a control, and what is wrong with it: libpam takes each code for a failure then."""
    if word is None:
        return _FAILING, "no control is given"
    if (known := _WORDS.get(word.lower())) is not None:
        return Control(word, *known), ""
    actions: dict[str, Action | int] = {}
    default: Action | int | None = None
    at = 0
    while rest := word[at:].strip(_BLANK):
        match = RULE.match(word, at)
        action = _action(match[2]) if match else None
        if match is None or action is None:
            return Control(f"[{word}]", {}, Action.BAD), f"a control that means nothing: {rest}"
        if match[1] != "default":
            actions[match[1]] = action
        elif default is None:
            default = action
        at = match.end()
    return Control(f"[{word}]", actions, Action.BAD if default is None else default), ""


def _action(word: str) -> Action | int | None:
    """Return an action or a jump, None for a jump of nothing; nine digits are more lines than there are anywhere."""
    return (int(word[:9]) or None) if word.isdigit() else Action(word)
