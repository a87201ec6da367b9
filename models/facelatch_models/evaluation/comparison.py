"""All comparisons among the pictures of a gallery: who with whom, and how alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import Gallery, GalleryError

Pairs = frozenset[tuple[str, str]]
"""Pairs of files, each in the order of their names."""


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Every pair of two pictures, once.

    genuine: cosines of pairs of one person, (pairs,) float32, minus infinity where one of the pictures could not be
    acquired, so that it never matches. owner: index of the person, (pairs,). impostors: cosines of pairs of two people,
    sorted, acquired pictures only, so that failures do not dilute the false match rate. lost: impostor pairs left out
    because of that. suspect: impostor pairs left out because they are probably one person.
    """

    genuine: NDArray[np.float32]
    owner: NDArray[np.int64]
    impostors: NDArray[np.float32]
    lost: int
    suspect: int


def read_suspects(path: Path) -> Pairs:
    """Return the pairs of a JSON list of two file names each; raises `GalleryError`."""
    try:
        pairs = json.loads(path.read_text())
        return frozenset((min(first, second), max(first, second)) for first, second in pairs)
    except (OSError, ValueError, TypeError) as error:
        raise GalleryError(f"{path}: expected a JSON list of pairs of PERSON/PICTURE.jpg ({error})") from error


def compare_all(gallery: Gallery, suspects: Iterable[tuple[str, str]] = ()) -> Comparisons:
    """Compare every picture with every other; pairs of two people named in `suspects` are left out.

    Memory: 4 bytes a pair, twice while sorting (13,000 pictures: 700 MB).
    """
    vectors = np.nan_to_num(gallery.vectors)
    acquired, people = gallery.acquired, gallery.people
    row_of = {file: row for row, file in enumerate(gallery.files)}
    doubtful: dict[int, list[int]] = {}
    for first, second in suspects:
        if first in row_of and second in row_of:
            low, high = sorted((row_of[first], row_of[second]))
            doubtful.setdefault(low, []).append(high)
    genuine, owner, impostors, lost, left_out = [], [], [], 0, 0
    for row in range(len(people) - 1):
        cosines = vectors[row + 1 :] @ vectors[row]
        both = acquired[row + 1 :] & acquired[row]
        same = people[row + 1 :] == people[row]
        genuine.append(np.where(both[same], cosines[same], -np.inf).astype(np.float32))
        owner.append(np.full(int(same.sum()), people[row]))
        others = ~same
        for column in doubtful.get(row, ()):
            left_out += int(others[column - row - 1])
            others[column - row - 1] = False
        lost += int((others & ~both).sum())
        impostors.append(cosines[others & both])
    return Comparisons(
        np.concatenate(genuine), np.concatenate(owner), np.sort(np.concatenate(impostors)), lost, left_out
    )
