"""Walking a stack as libpam does: what comes of the codes that its modules may return."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from facelatch.pam.stack import Action, Code, Entry, Kind

MOST_STATES: Final = 20_000
"""States of one walk; real stacks need under 200."""


class Impression(enum.Enum):
    """What the modules so far add up to."""

    NONE = "none"
    GOOD = "good"
    BAD = "bad"


class Mood(NamedTuple):
    """The standing of a walk: it grants only where the impression is good and the code is success."""

    impression: Impression
    code: Code


class Step(NamedTuple):
    """What a module may do: the code it returns, and all notes from there on, which are the caller's."""

    code: Code
    notes: frozenset[str]


class End(NamedTuple):
    """One way a walk may end; `notes` are those taken on the way."""

    granted: bool
    notes: frozenset[str]


class State(NamedTuple):
    """Where a walk stands; `saved` are the moods at the beginning of each substack it is in."""

    at: int
    mood: Mood
    saved: tuple[Mood, ...]
    notes: frozenset[str]


@dataclass(slots=True)
class Walk:
    """All ends of the walks through a stack, and the entries they came by; `given_up` where there were too many."""

    ends: set[End] = field(default_factory=set)
    reached: set[int] = field(default_factory=set)
    given_up: bool = False


_START: Final = Mood(Impression.NONE, Code.PERM_DENIED)


def walk(entries: tuple[Entry, ...], answers: Callable[[Entry, frozenset[str]], Iterable[Step]]) -> Walk:
    """Walk through a stack in every way there is; `answers` says what a module may do, given the notes so far."""
    found = Walk()
    waiting = [State(0, _START, (_START,), frozenset())]
    seen = set(waiting)
    while waiting:
        state = waiting.pop()
        if state.at >= len(entries):
            found.ends.add(End(state.mood == Mood(Impression.GOOD, Code.SUCCESS), state.notes))
            continue
        found.reached.add(state.at)
        fresh = set(_onwards(entries, state, answers)) - seen
        if len(seen) + len(fresh) > MOST_STATES:
            found.given_up = True
            return found
        seen |= fresh
        waiting += fresh
    return found


def _onwards(
    entries: tuple[Entry, ...], state: State, answers: Callable[[Entry, frozenset[str]], Iterable[Step]]
) -> Iterator[State]:
    """Yield where the walk may stand after the entry it stands before."""
    entry = entries[state.at]
    saved = (*state.saved, state.mood) if entry.level >= len(state.saved) else state.saved[: entry.level + 1]
    if entry.kind is Kind.SUBSTACK:
        yield State(state.at + 1, state.mood, saved, state.notes)
        return
    steps = (Step(Code.PERM_DENIED, state.notes),) if entry.kind is Kind.BROKEN else answers(entry, state.notes)
    for code, notes in steps:
        at, mood = _after(entries, state, entry.control.action(code), code, saved[entry.level])
        yield State(at, mood, saved, notes)


def _after(
    entries: tuple[Entry, ...], state: State, action: Action | int, code: Code, before: Mood
) -> tuple[int, Mood]:
    """Return the next entry and the mood after an action; `before` is the mood that `reset` goes back to."""
    mood = state.mood
    if isinstance(action, int):
        at, short = landing(entries, state.at, action)
        return at, Mood(Impression.BAD, Code.PERM_DENIED) if short else mood
    if action is Action.RESET:
        return state.at + 1, before
    if action in (Action.OK, Action.DONE):
        if mood.impression is Impression.NONE or mood == (Impression.GOOD, Code.SUCCESS):
            mood = Mood(Impression.GOOD, code)
        decided = action is Action.DONE and mood.impression is Impression.GOOD
        return _leave(entries, state.at) if decided else state.at + 1, mood
    if action in (Action.BAD, Action.DIE):
        if mood.impression is not Impression.BAD:
            mood = Mood(Impression.BAD, Code.PERM_DENIED if code is Code.IGNORE else code)
        return _leave(entries, state.at) if action is Action.DIE else state.at + 1, mood
    return state.at + 1, mood


def landing(entries: tuple[Entry, ...], at: int, count: int) -> tuple[int, bool]:
    """Return the entry behind `count` more of the same depth, substacks as one, and whether there were too few."""
    level = entries[at].level
    at += 1
    while count and at < len(entries) and entries[at].level >= level:
        at += 1
        while at < len(entries) and entries[at].level > level:
            at += 1
        count -= 1
    return at, count > 0


def _leave(entries: tuple[Entry, ...], at: int) -> int:
    """Return the first entry behind the substack that `at` is in, else the end."""
    level = entries[at].level
    while at < len(entries) and entries[at].level >= level:
        at += 1
    return at
