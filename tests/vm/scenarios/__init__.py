"""What is shown of the machine, in this order: each is a function that takes the machine and asserts."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.vm.guest import Guest


class Skipped(Exception):
    """What a scenario needs is not in this machine; the text says what."""


class Length(enum.Enum):
    """Which runs a scenario is part of."""

    SHORT = "short"
    """Of each, the short form included."""
    WHOLE = "whole"


@dataclass(frozen=True)
class Scenario:
    """A scenario with the name that selects it."""

    name: str
    play: Callable[[Guest], None]
    length: Length = Length.WHOLE


def scenario(*plays: Callable[[Guest], None], length: Length = Length.WHOLE) -> list[Scenario]:
    """Return scenarios named as their functions are."""
    return [Scenario(play.__name__, play, length) for play in plays]


def chosen(scenarios: Sequence[Scenario], words: Sequence[str], *, short: bool) -> list[Scenario]:
    """Return the scenarios in whose names one of the words occurs, or all; with `short` those of that form only."""
    return [
        one
        for one in scenarios
        if (not words or any(word.replace(" ", "_") in one.name for word in words))
        and (not short or one.length is Length.SHORT)
    ]
