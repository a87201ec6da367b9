"""Where the lines of the face go in a file: every place worth a try is tried, and the first that is safe is taken.

A face leads to where a right password leads: to the same landing, out of the stack where the password is `sufficient`,
and behind the password where that is only one of several things that are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from facelatch.pam.cast import CONDITIONS, MODULE, PASSWORDS, is_preauth, known
from facelatch.pam.source import Line, Source, Target, Unchangeable, ours, rules
from facelatch.pam.stack import Action, Code, Kind, read_included
from facelatch.pam.tree import Tree

FACE: Final = "pam_facelatch.so timeout=5 max_tries=1"
"""The module, and what the lines say besides: a look takes 4 s at most as the settings come, and the answer its time.

A daemon that hangs keeps the password waiting so long, and no longer. Gestures take up to 8 s more: where the settings
want some, `facelatch doctor` says what the line needs.
"""

REPEATABLE: Final = CONDITIONS - {"pam_exec", "pam_script", "pam_tally", "pam_tally2", "pam_timestamp"}
"""Conditions that do nothing but look: saying them a second time changes nothing."""

PASSED: Final = "auth  optional  pam_facelatch.so passed"


class Insertion(NamedTuple):
    """A file with the face's lines; `passed` says whether the daemon is told of passwords there."""

    text: bytes
    passed: bool


def insert(
    file: str, raw: bytes, tree: Tree, judged: Callable[[bytes], str], told: Callable[[bytes], bool]
) -> Insertion:
    """Return a file with the lines of the face.

    `judged` says what is wrong with a text, nothing where it is safe; `told` whether the daemon hears of a password.
    Raises `Unchangeable` where no place is safe.
    """
    why = ""
    for place in _places(Source.read(file, raw, tree), tree):
        first = ""
        for telling in (*_tellings(Source.read(file, raw, tree), place), None):
            source = Source.read(file, raw, tree)
            try:
                _put(source, place, telling)
                text = source.text()
            except Unchangeable as reason:
                first = first or str(reason)
                continue
            wrong = judged(text)
            first = wrong or first if telling is None else first
            if not wrong and (telling is None or told(text)):
                return Insertion(text, telling is not None or told(text))
        why = why or first
    raise Unchangeable(why or f"{file}: there is no line that asks for a password")


class _Place(NamedTuple):
    """Where a face may stand: before one line of the `auth` stack, for the password that another asks for."""

    before: int
    asks: int
    checks: tuple[str, ...] = ()
    """Lines that have to be said before it, since they are only said in a file that is taken in."""


class _Telling(NamedTuple):
    """Where the daemon may be told: before a line, or by way of a landing of its own."""

    before: int | None
    landing: bool = False


def _places(source: Source, tree: Tree) -> Iterator[_Place]:
    auth = source.auth()
    asks = next((at for at, line in enumerate(auth) if _asks(line, tree)), None)
    if asks is None:
        return
    floor = max((at + 1 for at, line in enumerate(auth[:asks]) if line.entry and is_preauth(line.entry)), default=0)
    checks = _checks(auth[asks], tree)
    alternative = next((at for at, line in enumerate(auth[:asks]) if _is_alternative(line)), asks)
    for before in dict.fromkeys(
        (_above_jumps(auth, max(alternative, floor), floor), _above_jumps(auth, asks, floor), asks)
    ):
        yield _Place(before, asks, checks)


def _asks(line: Line, tree: Tree) -> bool:
    """Whether a line asks for a password, itself or by what it takes in."""
    if line.included:
        return any(entry.name in PASSWORDS for entry in read_included(line.included, tree).entries)
    return line.entry is not None and line.entry.kind is Kind.MODULE and line.entry.name in PASSWORDS


def _checks(line: Line, tree: Tree) -> tuple[str, ...]:
    """Return what a line takes in that everybody has to pass before the password: a face above it has to, too.

    Only what everybody comes by there may be said for everybody here.
    """
    checks: list[str] = []
    for entry in read_included(line.included, tree).entries if line.included else ():
        gate = is_preauth(entry) or entry.name in REPEATABLE
        if entry.kind is not Kind.MODULE or entry.control.action(Code.SUCCESS) not in (Action.OK, Action.IGNORE):
            break
        if gate and entry.control.action(Code.AUTH_ERR) in (Action.BAD, Action.DIE):
            silent = {"silent"} - set(entry.options) if is_preauth(entry) else ()
            checks.append(" ".join(("auth ", entry.control.written, "", entry.module, *entry.options, *silent)))
        elif gate or known(entry) is None:
            # This includes conditions that may not be looked at twice.
            break
    return tuple(checks)


def _is_alternative(line: Line) -> bool:
    """Whether a line may open instead of the password, as a fingerprint does."""
    entry = line.entry
    if entry is None or entry.kind is not Kind.MODULE or entry.name == MODULE or entry.name in CONDITIONS:
        return False
    action = entry.control.action(Code.SUCCESS)
    fails = entry.control.action(Code.AUTH_ERR)
    opens = action is Action.DONE or isinstance(action, int)
    return known(entry) is None and opens and fails not in (Action.BAD, Action.DIE)


def _above_jumps(auth: list[Line], at: int, floor: int) -> int:
    """Return the line above all those whose jumps would lead past a new line, so that none of them skips the face."""
    for above in range(at - 1, floor - 1, -1):
        if any(_behind(auth, target, above, at) for target in auth[above].targets):
            at = above
    return at


def _behind(auth: list[Line], target: Target, above: int, at: int) -> bool:
    goal = len(auth) if target.line is None else auth.index(target.line)
    return above < at and (goal > at or (goal == at and target.beyond > 0))


def _tellings(source: Source, place: _Place) -> Iterator[_Telling]:
    """Yield where the daemon may be told of a password, the last place first: all that is wanted was right there."""
    auth = source.auth()
    yield _Telling(None)
    for before in range(len(auth) - 1, place.asks, -1):
        yield _Telling(before)
    if auth[place.asks].entry is not None:
        yield _Telling(None, landing=True)


def _put(source: Source, place: _Place, telling: _Telling | None) -> None:
    """Put the lines in. Raises `Unchangeable`."""
    auth = source.auth()
    asks = auth[place.asks]
    told = None if telling is None or telling.before is None else auth[telling.before]
    action = asks.control.action(Code.SUCCESS) if asks.control is not None else Action.DONE
    new = [ours(check) for check in place.checks]
    if isinstance(action, int):
        face = ours(f"auth  [success=1 default=ignore]  {FACE}", _success_target(asks))
        if telling is not None and telling.landing:
            raise Unchangeable(f"{source.file}:{asks.number}: no place is known where only a right password leads")
        if telling is not None:
            source.insert(ours(PASSED), told)
    elif action is Action.DONE and not (asks.included and not asks.inline):
        face = ours(f"auth  sufficient  {FACE}")
        if telling is not None and telling.landing:
            _land_at_the_end(source, auth[place.asks :])
        elif telling is not None:
            source.insert(ours(PASSED), told)
    else:
        face = _beside(source, asks, telling, told)
    new.append(face)
    before = auth[place.before]
    for line in new:
        source.insert(line, before)
    source.lead(before, new[0])


def _success_target(line: Line) -> Target:
    """Return where a line's jump leads when it succeeds."""
    assert line.control is not None
    written = line.control.written.removeprefix("[").removesuffix("]")
    jumping = [code for code, action in rules(written) if isinstance(action, int)]
    return line.targets[jumping.index("success" if "success" in line.control.actions else "default")]


def _land_at_the_end(source: Source, auth: list[Line]) -> None:
    """Have passwords that end the stack lead to a landing at its end, where the daemon is told and the stack ends."""
    passed = ours(PASSED)
    source.insert(ours("auth  [default=2]  pam_permit.so", Target(None)), None)
    source.insert(passed, None)
    source.insert(ours("auth  sufficient  pam_permit.so"), None)
    for line in auth:
        if (
            line.entry is not None
            and line.entry.name in PASSWORDS
            and line.entry.control.written.lower() == "sufficient"
        ):
            source.rewrite(line, "[success=1 new_authtok_reqd=1 default=ignore]", (Target(passed), Target(passed)))


def _beside(source: Source, asks: Line, telling: _Telling | None, told: Line | None) -> Line:
    """Return the face for a password that is one of several things wanted: it leads behind it, and not out.

    Nothing but the face leads to its landing: what says `ignore` instead of yes must not find a success there.
    """
    auth = source.auth()
    behind = auth[auth.index(asks) + 1] if asks is not auth[-1] else None
    landing = ours("auth  optional  pam_permit.so")
    lines = [ours("auth  [default=1]  pam_permit.so", Target(behind)), landing]
    if telling is not None and telling.landing:
        passed = ours(PASSED)
        ends = {"required": "bad", "requisite": "die"}.get(asks.control.written.lower() if asks.control else "")
        if ends is None:
            raise Unchangeable(f"{source.file}:{asks.number}: no place is known where only a right password leads")
        control = f"[success=1 new_authtok_reqd=1 ignore=ignore default={ends}]"
        source.rewrite(asks, control, (Target(passed), Target(passed)))
        lines.insert(1, passed)
    elif telling is not None:
        source.insert(ours(PASSED), told)
    for line in lines:
        source.insert(line, behind)
    return ours(f"auth  [success=1 default=ignore]  {FACE}", Target(landing))
