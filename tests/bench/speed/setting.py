"""What the sections of `make bench` measure with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.speed.record import Measure


@dataclasses.dataclass(frozen=True)
class Setting:
    """One run.

    pack: the folder of the pack that is measured. data: a folder of pictures (`nuaa` and others lie in it), None where
    there is none. quick: whether a few repetitions must do. scratch: an empty folder of the section's own, which other
    users may enter.
    """

    pack: Path
    data: Path | None
    quick: bool
    scratch: Path

    def times(self, usual: int, quick: int) -> int:
        """Return how often to repeat something."""
        return quick if self.quick else usual


class NoPictures(Exception):
    """A section needs pictures that are not here."""


Section = Callable[[Setting], Iterator[Measure]]
"""A section is a module with a function `measures` of this kind; what it could take before it failed stays."""
