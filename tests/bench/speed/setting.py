"""What the sections of `make bench` measure with."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

REST: Final = 0.1
"""Seconds before each turn of those that take turns in one process: threads of networks, OpenBLAS and OpenMP go on
spinning after their work, and would take a core from whoever is next. After a hundredth they still do."""


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
