"""Whether a change of PAM's files may be made: every service is walked as it was and as it would be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from facelatch.pam.cast import CONDITIONS, FAILURES, MODULE, PASSWORDS, Cast, Note, known, refuses_locked
from facelatch.pam.stack import Action, Code, Entry, Kind, Reading, Stack, read_stack
from facelatch.pam.tree import Tree
from facelatch.pam.walk import End, Step, landing, walk
from facelatch.pam.wiring import Wired, Wiring, explain, services

_BAD = frozenset({Wired.LOCKOUT, Wired.OPEN, Wired.UNCLEAR})


@dataclass(frozen=True, slots=True)
class Case:
    """A service as it was and as it would be."""

    service: str
    before: Wiring
    after: Wiring


def cases(before: Tree, after: Tree) -> tuple[Case, ...]:
    """Return the services whose lines would change, also where these are another program's and the face stays."""
    found = (Case(name, explain(name, before), explain(name, after)) for name in _names(before, after))
    return tuple(
        case
        for case in found
        if _meaning(case.before) != _meaning(case.after)
        or read_stack(case.service, before).manner != read_stack(case.service, after).manner
    )


def objection(
    before: Tree,
    after: Tree,
    *,
    names: Collection[str] | None = None,
    wanted: Collection[str] = (),
    foreign: bool = False,
) -> str:
    """Return why a change may not be made, with the file and the line; nothing where it is safe.

    All services are looked at, or those of `names`. In the `wanted` ones a face must open; `foreign` says that ways in
    of another program may go.
    """
    for name in _names(before, after) if names is None else names:
        old, new = read_stack(name, before), read_stack(name, after)
        if old == new and name not in wanted:
            continue
        for complaint in _complaints(name, old, new, before, after, wanted, foreign=foreign):
            wiring = explain(name, after)
            at = f"{wiring.file}:{wiring.line}" if wiring.line else wiring.file or f"/etc/pam.d/{name}"
            return f"{at}: {name}: {complaint}"
    return ""


def _names(before: Tree, after: Tree) -> tuple[str, ...]:
    return tuple(sorted({*services(before), *services(after)}))


def _meaning(wiring: Wiring) -> tuple[object, ...]:
    return wiring.wired, wiring.sentence, wiring.passed, wiring.passed_early, wiring.again, wiring.options


def _complaints(
    name: str, old: Stack, new: Stack, before: Tree, after: Tree, wanted: Collection[str], *, foreign: bool
) -> Iterator[str]:
    """Yield what is wrong with one service."""
    was, now = explain(name, before), explain(name, after)
    if now.wired is Wired.ABSENT and was.wired in (Wired.BESIDE, Wired.LOCKOUT):
        # A file goes that was there for the face alone.
        return
    if new.reading is not Reading.WHOLE:
        yield f"PAM would not take it in ({'; '.join(new.faults[:2])})" if new.faults else "PAM would not take it in"
        return
    if set(new.faults) - set(old.faults) and len(new.faults) > len(old.faults):
        yield f"PAM could not follow a line ({new.faults[-1]})"
    if now.wired in _BAD and was.wired is not now.wired:
        yield now.sentence
    if name in wanted and now.wired not in (Wired.FIRST, Wired.AFTER, Wired.BESIDE):
        yield now.sentence
    if now.above_faillock and not was.above_faillock:
        yield "a face would open an account that pam_faillock has locked"
    if now.passed_early and not was.passed_early:
        yield "the daemon would be told of an accepted password where it was wrong"
    if now.again and not was.again:
        yield (
            "a face that failed would be tried a second time; take its own line out first: "
            f"facelatch pam apply --remove --service {name}"
        )
    if now.wired is Wired.BESIDE:
        # A face alone may decide here: the password is asked by the service beside it.
        return
    yield from _misled(old, new, before, after)
    yield from _lost(old, new, same=not foreign and was.wired not in {*_BAD, Wired.BESIDE})
    yield from _bypassed(new)


def _lost(old: Stack, new: Stack, *, same: bool) -> Iterator[str]:
    """Yield what a face that fails, or is not there, would change: nobody more gets in, and everybody still does."""
    if old.reading is not Reading.WHOLE:
        return
    for code in FAILURES:
        for stranger in (True, False):
            ends_before, ends_after = _ends(old, code, stranger=stranger), _ends(new, code, stranger=stranger)
            if ends_before is None or ends_after is None:
                yield "there are too many ways through these lines to tell"
            elif stranger and _grants(ends_after) and not _grants(ends_before):
                yield "somebody with neither face nor password would get in"
            elif not stranger and _by_password(ends_before) and not _by_password(ends_after):
                yield "the right password would not open any more where the face fails"
            elif same and ends_before != ends_after:
                yield "what follows a face that fails would not be what it was"
    if same and _locked_out(old) != _locked_out(new):
        yield "an account that pam_faillock has locked would be treated otherwise"
    before, after = (walk(stack.entries, _Mute(Code.AUTH_ERR, stranger=True).answers) for stack in (old, new))
    if _grants(frozenset(after.ends)) and not _grants(frozenset(before.ends)):
        yield "somebody would get in where a module takes no side"
    if any(_tells(new.entries[at]) for at in after.reached) and not any(
        _tells(old.entries[at]) for at in before.reached
    ):
        yield "the daemon would be told of a password where a module takes no side"


def _locked_out(stack: Stack) -> frozenset[End]:
    return frozenset(walk(stack.entries, _Locked(Code.AUTH_ERR, stranger=False).answers).ends)


class _Locked(Cast):
    """Knows the password of an account that is locked."""

    def answers(self, entry: Entry, notes: frozenset[str]) -> Iterator[Step]:
        if refuses_locked(entry):
            yield Step(Code.AUTH_ERR, notes)
        else:
            yield from super().answers(entry, notes)


def _tells(entry: Entry) -> bool:
    return entry.name == MODULE and "passed" in entry.options


class _Mute(Cast):
    """A stranger, and modules for a password that may look the other way: `pam_sss` does for those it does not know."""

    def answers(self, entry: Entry, notes: frozenset[str]) -> Iterator[Step]:
        yield from super().answers(entry, notes)
        if entry.name in PASSWORDS:
            yield Step(Code.IGNORE, notes)


def _ends(stack: Stack, face: Code, *, stranger: bool) -> frozenset[End] | None:
    found = walk(stack.entries, Cast(face, stranger=stranger).answers)
    return None if found.given_up else frozenset(found.ends)


def _grants(ends: frozenset[End]) -> bool:
    return any(end.granted for end in ends)


def _by_password(ends: frozenset[End]) -> bool:
    return any(end.granted and Note.PASSWORD in end.notes for end in ends)


class _Anybody(Cast):
    """Knows the password or has the face; all else may answer either way, which is noted, and answers so again."""

    def __init__(self, face: Code, *, knows: bool) -> None:
        super().__init__(face, stranger=not knows)

    def answers(self, entry: Entry, notes: frozenset[str]) -> Iterator[Step]:
        if not (_may_be_gate(entry) or _asks_again(entry, notes)):
            yield from super().answers(entry, notes)
            return
        question = _question(entry)
        codes = (Code.SUCCESS, Code.AUTH_ERR)
        said = [code for code in codes if f"{question} {code.value}" in notes]
        for code in said or codes:
            yield Step(code, notes | {f"{question} {code.value}"})


def _question(entry: Entry) -> str:
    """Return what a line asks: an account is locked, and a user local, wherever one looks."""
    if refuses_locked(entry):
        return "pam_faillock"
    options = " ".join(entry.options)
    return f"{entry.name} {options if entry.name in CONDITIONS else f'{entry.file}:{entry.line}'}"


def _bypassed(stack: Stack) -> Iterator[str]:
    """Yield what a face would get past that a right password does not: where it opens, that has to open, too."""
    by_face = walk(stack.entries, _Anybody(Code.SUCCESS, knows=False).answers)
    by_password = walk(stack.entries, _Anybody(Code.AUTH_ERR, knows=True).answers)
    if by_face.given_up or by_password.given_up:
        yield "there are too many ways through these lines to tell"
        return
    shut = [_answers(end) for end in by_password.ends if not end.granted]
    for opened in (_answers(end) for end in by_face.ends if end.granted):
        for closed in shut:
            if all(closed.get(question, code) == code for question, code in opened.items()):
                beyond = [question for question in set(closed) - set(opened) if closed[question] == Code.AUTH_ERR.value]
                gates = [entry for entry in stack.entries if _question(entry) in beyond]
                gate = gates[-1] if gates else stack.entries[-1]
                yield f"a face would get past {gate.name} ({gate.file}:{gate.line}), which a password does not"
                return


def _answers(end: End) -> dict[str, str]:
    """Return what was answered on a way, by what was asked."""
    told = (note.rpartition(" ") for note in end.notes)
    return {question: code for question, _space, code in told if question}


def _asks_again(entry: Entry, notes: frozenset[str]) -> bool:
    """Whether a line asks anew behind a right password: RADIUS may ask for a one-time code so."""
    again = entry.name in PASSWORDS and not {"use_first_pass", "try_first_pass"} & set(entry.options)
    return again and Note.PASSWORD in notes


def _may_be_gate(entry: Entry) -> bool:
    if entry.kind is not Kind.MODULE or entry.name == MODULE or entry.name in PASSWORDS:
        return False
    return refuses_locked(entry) or entry.name in CONDITIONS or known(entry) is None


def _misled(old: Stack, new: Stack, before: Tree, after: Tree) -> Iterator[str]:
    """Yield where a jump in a file that does not change would lead elsewhere: into one that does, or past it.

    Those of a file that changes are kept right as it is written.
    """
    # A file that is read no more is hidden by another of its name.
    changed = {file for file in {*old.files, *new.files} if _raw(before, file) != _raw(after, file)}
    changed |= set(old.files) ^ set(new.files)
    kept_old = [at for at, entry in enumerate(old.entries) if entry.file not in changed]
    kept_new = [at for at, entry in enumerate(new.entries) if entry.file not in changed]
    if [old.entries[at] for at in kept_old] != [new.entries[at] for at in kept_new]:
        yield "what is taken in would change"
        return
    for at_old, at_new in zip(kept_old, kept_new, strict=True):
        entry = old.entries[at_old]
        for count in _counts(entry):
            goals = _goal(old, at_old, count, kept_old), _goal(new, at_new, count, kept_new)
            # In the middle of a file that changes, the same count is another line.
            if goals[0] != goals[1] or goals[0].within > 0:
                yield f"the jump of {entry.file}:{entry.line} would lead elsewhere than it does"


def _raw(tree: Tree, file: str) -> bytes | None:
    return tree.read(file) if tree.find(file) is not None else None


def _counts(entry: Entry) -> set[int]:
    actions = {*entry.control.actions.values(), entry.control.default}
    return {action for action in actions if not isinstance(action, Action)}


class _Goal(NamedTuple):
    """Where a jump leads: behind how many lines that stay, how far into others, and whether it falls short."""

    passed: int
    within: int
    short: bool


def _goal(stack: Stack, at: int, count: int, kept: list[int]) -> _Goal:
    there, short = landing(stack.entries, at, count)
    passed = sum(place < there for place in kept)
    last = kept[passed - 1] if passed else -1
    within = there < len(stack.entries) and there not in kept
    return _Goal(passed, there - last - 1 if within else -1, short)
