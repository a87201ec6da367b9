"""The text of one PAM file, to be changed: lines come and go, and the jumps of all others still lead where they led."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from facelatch.pam.stack import (
    RULE,
    TOKEN,
    TYPES,
    UNFINISHED,
    Action,
    Control,
    Entry,
    Kind,
    Reading,
    read_control,
    read_included,
    statements,
    tokens,
)
from facelatch.pam.tree import Tree

MARK: Final = "# facelatch"
"""The end of every line that we wrote or changed."""

WAS: Final = "# facelatch was: "
"""What a line that we changed said before stands above it, behind this."""

OFF: Final = "# facelatch off: "
"""Behind this stands a line that we put out of action."""


class Unchangeable(Exception):
    """A line that would have to be changed cannot be; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a jump leads: to a line, or behind the last where it is None; `beyond` counts on from there."""

    line: Line | None
    beyond: int = 0


@dataclass(eq=False, slots=True)
class Line:
    """One line of the file, with the physical lines that it is continued on.

    `entry` is what it is to libpam, if it names a module. `width` is what jumps count it for: nothing unless it is an
    `auth` line. `was` is what it said before we changed it; `ours` says that we wrote it.
    """

    text: str
    number: int = 0
    entry: Entry | None = None
    auth: bool = False
    included: str = ""
    """The file that it takes in."""
    inline: bool = False
    """As if that file's lines stood here, not as a substack."""
    width: int = 0
    targets: tuple[Target, ...] = ()
    was: str | None = None
    ours: bool = False

    @property
    def control(self) -> Control | None:
        """The control of a line that names a module."""
        return self.entry.control if self.entry is not None else None


@dataclass(slots=True)
class Source:
    """A file's lines, as they were read and as they are to be. `_ends`: the last one ended in a line break."""

    file: str
    lines: list[Line]
    _ends: bool = True

    @classmethod
    def read(cls, file: str, raw: bytes, root: Path | Tree) -> Source:
        """Take a file in. Raises `Unchangeable` where libpam would refuse it."""
        text = raw.decode(errors="surrogateescape")
        physical = text.split("\n")
        ends = physical[-1] == ""
        if ends:
            physical.pop()
        starts = {first: (last, words) for first, last, words in statements(text)}
        if UNFINISHED in starts:
            raise Unchangeable(f"{file}: the last line ends in a backslash, and nothing follows")
        lines: list[Line] = []
        number, was = 1, None
        while number <= len(physical):
            last, words = starts.get(number, (number, ""))
            whole = "\n".join(physical[number - 1 : last])
            if not words and whole.startswith(WAS):
                was = whole.removeprefix(WAS)
                lines.append(Line(whole, number, ours=True))
            elif not words:
                lines.append(Line(whole, number, ours=_marked(whole)))
            else:
                line = _line(_bare(whole), words, file, number, root)
                if _marked(whole):
                    line.ours, line.was = was is None, was
                    if was is not None:
                        lines.pop()
                lines.append(line)
            if words:
                was = None
            number = last + 1
        source = cls(file, lines, ends)
        source._aim()
        return source

    def text(self) -> bytes:
        """Return the file as it is to be. Raises `Unchangeable`."""
        self._settle()
        return self._written().encode(errors="surrogateescape")

    def auth(self) -> list[Line]:
        """Return the lines of the `auth` stack in order."""
        return [line for line in self.lines if line.auth]

    def insert(self, line: Line, before: Line | None) -> None:
        """Put a line of ours in; behind the last `auth` line where `before` is None."""
        auth = self.auth()
        if before is not None:
            at = self.lines.index(before)
        else:
            at = self.lines.index(auth[-1]) + 1 if auth else len(self.lines)
        self.lines.insert(at, line)

    def remove(self, unwanted: Callable[[Line], bool]) -> None:
        """Take lines out; jumps that led to one lead to what comes behind it."""
        auth = self.auth()
        heirs: dict[int, Line | None] = {}
        heir: Line | None = None
        for line in reversed(auth):
            if unwanted(line):
                heirs[id(line)] = heir
            else:
                heir = line
        self.lines = [line for line in self.lines if not unwanted(line)]
        for line in self.lines:
            line.targets = tuple(
                Target(heirs[id(target.line)]) if target.line is not None and id(target.line) in heirs else target
                for target in line.targets
            )

    def lead(self, old: Line, new: Line) -> None:
        """Have all jumps that lead to a line lead to another one."""
        for line in self.lines:
            if line is not new:
                line.targets = tuple(
                    Target(new) if target == Target(old) and not line.ours else target for target in line.targets
                )

    def rewrite(self, line: Line, control: str, targets: tuple[Target, ...] = ()) -> None:
        """Give a line another control. Raises `Unchangeable`."""
        self._replace(line, control)
        line.targets = targets

    def restore(self) -> None:
        """Take back what we wrote and changed; what somebody else has changed since stays as it is."""
        self.remove(lambda line: line.ours)
        for line in self.lines:
            if line.was is not None:
                self._restore(line, line.was)
            elif line.text.startswith(OFF):
                line.text = "\n".join(part.removeprefix(OFF) for part in line.text.split("\n"))

    def unmarked(self) -> None:
        """Write the jumps anew without a note of what they were: what was taken out does not come back."""
        noted = [line.was for line in self.lines]
        self._settle()
        for line, was in zip(self.lines, noted, strict=True):
            line.was = was

    def silence(self) -> None:
        """Put all `auth` lines out of action. An `@include` of everything would be of no use any more: it is refused.

        Raises `Unchangeable`.
        """
        for line in self.auth():
            if line.included and line.entry is None and not line.text.lstrip("-").lower().startswith("auth"):
                raise Unchangeable(f"{self.file}:{line.number}: what this line takes in cannot be told apart")
            line.text = "\n".join(f"{OFF}{part}" for part in line.text.split("\n"))
            line.auth, line.entry, line.targets, line.width = False, None, (), 0

    def _restore(self, line: Line, was: str) -> None:
        """Give a line of others its control back; all of it where nothing else was changed."""
        before = _control_span(was)
        if before is None:
            return
        word = was[before[0] : before[1]]
        if len(_jumps(word)) != len(line.targets):
            # We had made a jump of a word, or the other way round: what it said is what it says again.
            self._replace(line, word)
            line.targets = ()
        self._settle(only=line)
        span = _control_span(line.text)
        if span is not None and _jumps(line.text[span[0] : span[1]]) == _jumps(word):
            line.text = f"{line.text[: span[0]]}{word}{line.text[span[1] :]}"
        if line.text.rstrip() == was.rstrip():
            line.text = was
        line.was = None

    def _aim(self) -> None:
        """Find out where the jumps lead."""
        spots = [(line, beyond) for line in self.auth() for beyond in range(line.width)]
        at = 0
        for line in self.auth():
            span = _control_span(line.text)
            word = line.text[span[0] : span[1]] if span and line.entry else ""
            # What means nothing to libpam leads nowhere.
            jumps = [] if read_control(word.removeprefix("[").removesuffix("]"))[1] else _jumps(word)
            goals = [at + line.width + jump for jump in jumps]
            line.targets = tuple(
                Target(*spots[goal]) if goal < len(spots) else Target(None, goal - len(spots)) for goal in goals
            )
            at += line.width

    def _settle(self, only: Line | None = None) -> None:
        """Write the jumps' counts anew, as the lines now stand."""
        starts: dict[int, int] = {}
        at = 0
        for line in self.auth():
            starts[id(line)] = at
            at += line.width
        for line in self.auth() if only is None else [only]:
            behind = starts[id(line)] + line.width
            counts = [
                (at if target.line is None else starts[id(target.line)]) + target.beyond - behind
                for target in line.targets
            ]
            span = _control_span(line.text)
            if not counts or span is None or _jumps(word := line.text[span[0] : span[1]]) == counts:
                continue
            remaining = iter(counts)
            self._replace(line, "".join(_recount(word, remaining)))
            # A jump over nothing is no jump any more.
            line.targets = tuple(target for target, count in zip(line.targets, counts, strict=True) if count)

    def _replace(self, line: Line, control: str) -> None:
        span = _control_span(line.text)
        if span is None or "\n" in line.text:
            reason = "is continued on the next one, and would have to be changed; write it on one line"
            raise Unchangeable(f"{self.file}:{line.number}: this line {reason}")
        if line.was is None and not line.ours:
            line.was = line.text
        line.text = f"{line.text[: span[0]]}{control}{line.text[span[1] :]}"

    def _written(self) -> str:
        parts: list[str] = []
        for line in self.lines:
            if line.was is not None and line.was != line.text:
                parts += [f"{WAS}{line.was}", f"{line.text}  {MARK}"]
            elif line.ours and line.auth:
                parts.append(f"{line.text}  {MARK}")
            else:
                parts.append(line.text)
        return "\n".join(parts) + "\n" * (self._ends and bool(parts))


def _marked(text: str) -> bool:
    return text.rstrip(" \t\r").endswith(MARK)


def _bare(text: str) -> str:
    """Return a line without our mark."""
    return text.rstrip(" \t\r").removesuffix(MARK).rstrip(" \t") if _marked(text) else text


def _line(text: str, words: str, file: str, number: int, root: Path | Tree) -> Line:
    """Return a line that says something, as libpam takes it."""
    told = tokens(words)
    first = told[0].lower() if told else ""
    if first == "@include":
        name = told[1] if len(told) > 1 else ""
        counts = _width(name, root)
        return Line(text, number, auth=counts > 0, included=name, inline=True, width=counts)
    kind = first.removeprefix("-")
    auth = kind == "auth" or kind not in TYPES
    word = told[1].lower() if len(told) > 1 else ""
    if word in ("include", "substack"):
        name = told[2] if len(told) > 2 else ""
        inline = word == "include"
        counts = _width(name, root) if inline and auth else int(auth)
        return Line(text, number, auth=auth, included=name, inline=inline, width=counts)
    control, _complaint = read_control(told[1] if len(told) > 1 else None)
    module = told[2] if len(told) > 2 else ""
    known = Kind.MODULE if module and kind in TYPES else Kind.BROKEN
    entry = Entry(known, file, number, 0, control, module, tuple(told[3:]))
    return Line(text, number, entry, auth=auth, width=int(auth))


def _width(name: str, root: Path | Tree) -> int:
    """Return how many lines a jump counts for a file that is taken in."""
    stack = read_included(name, root)
    return sum(entry.level == 0 for entry in stack.entries) + (stack.reading is not Reading.WHOLE)


def ours(text: str, *targets: Target) -> Line:
    """Return a line of our own; the counts of its jumps are found when the file is written."""
    line = _line(text, text, "", 0, Path("/"))
    line.ours, line.targets = True, targets
    return line


def _control_span(text: str) -> tuple[int, int] | None:
    """Return where the control stands in a line, brackets included."""
    found = list(TOKEN.finditer(text.partition("#")[0].replace("\v", " ").replace("\f", " ")))
    return found[1].span() if len(found) > 1 else None


def rules(control: str) -> Iterator[tuple[str, Action | int]]:
    """Yield the codes and actions of a control in brackets as they stand in it, without the brackets."""
    at = 0
    while (match := RULE.match(control, at)) is not None:
        yield match[1], int(match[2][:9]) if match[2].isdigit() else Action(match[2])
        at = match.end()


def _rules(control: str) -> Iterator[tuple[int, int]]:
    """Yield where the jumps of a control stand in it."""
    if not control.startswith("["):
        return
    at = 1
    while (match := RULE.match(control, at)) is not None:
        if match[2].isdigit():
            yield match.span(2)
        at = match.end()


def _jumps(control: str) -> list[int]:
    return [int(control[start:end][:9]) for start, end in _rules(control)]


def _recount(control: str, counts: Iterator[int]) -> Iterator[str]:
    at = 0
    for start, end in _rules(control):
        yield control[at:start]
        yield str(next(counts) or "ignore")
        at = end
    yield control[at:]
