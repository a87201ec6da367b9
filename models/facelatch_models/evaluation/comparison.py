"""All comparisons among the pictures of a gallery: who with whom, and how alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import Gallery, GalleryError
from facelatch_models.yardstick import Held, Yardstick

Pairs = frozenset[tuple[str, str]]
"""Pairs of files, each in the order of their names."""


NEAREST: Final = 1000


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Every pair of two pictures, once.

    genuine: scores of pairs of one person, (pairs,) float32, minus infinity where one of the pictures could not be
    acquired, so that it never matches. owner: index of the person, (pairs,). impostors: scores of pairs of two people,
    sorted, acquired pictures only, so that failures do not dilute the false match rate. lost: impostor pairs left out
    because of that. suspect: impostor pairs left out because they are probably one person. nearest, nearest_people: the
    impostor pairs of the highest scores, one in `NEAREST` (that is what operating points rest on), and who they are of,
    (pairs,) and (pairs, 2). pictures: of each person, those that were acquired.
    """

    genuine: NDArray[np.float32]
    owner: NDArray[np.int64]
    impostors: NDArray[np.float32]
    lost: int
    suspect: int
    nearest: NDArray[np.float32]
    nearest_people: NDArray[np.int64]
    pictures: NDArray[np.int64]


def read_suspects(path: Path) -> Pairs:
    """Return the pairs of a JSON list of two file names each; raises `GalleryError`."""
    try:
        pairs = json.loads(path.read_text())
        return frozenset((min(first, second), max(first, second)) for first, second in pairs)
    except (OSError, ValueError, TypeError) as error:
        raise GalleryError(f"{path}: expected a JSON list of pairs of PERSON/PICTURE.jpg ({error})") from error


def scored(gallery: Gallery, yardstick: Yardstick | None) -> Held:
    """Return the gallery's vectors ready to be compared; rows of pictures that were not acquired are zeros."""
    vectors = np.nan_to_num(gallery.vectors)
    return Held(vectors, np.zeros(len(vectors), np.float32)) if yardstick is None else yardstick.hold(vectors)


def compare_all(
    gallery: Gallery, suspects: Iterable[tuple[str, str]] = (), yardstick: Yardstick | None = None
) -> Comparisons:
    """Compare every picture with every other; pairs of two people named in `suspects` are left out.

    The score of a pair is the yardstick's, or the cosine where there is none.
    Memory: 4 bytes a pair, twice while sorting (13,000 pictures: 700 MB).
    """
    doubtful = _doubtful(gallery, suspects)
    genuine, owner, impostors, lost, left_out = [], [], [], 0, 0
    for row, scores in _rows(gallery, yardstick):
        both, same = (
            gallery.acquired[row + 1 :] & gallery.acquired[row],
            gallery.people[row + 1 :] == gallery.people[row],
        )
        genuine.append(np.where(both[same], scores[same], -np.inf).astype(np.float32))
        owner.append(np.full(int(same.sum()), gallery.people[row]))
        others = ~same
        before = int(others.sum())
        others[doubtful.get(row, [])] = False
        left_out += before - int(others.sum())
        lost += int((others & ~both).sum())
        impostors.append(scores[others & both])
    sorted_impostors = np.sort(np.concatenate(impostors))
    nearest, people = _nearest(gallery, yardstick, doubtful, sorted_impostors)
    counts = np.bincount(gallery.people, weights=gallery.acquired).astype(np.int64)
    return Comparisons(
        np.concatenate(genuine), np.concatenate(owner), sorted_impostors, lost, left_out, nearest, people, counts
    )


def _rows(gallery: Gallery, yardstick: Yardstick | None) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield each picture's row and its scores with all later pictures."""
    held = scored(gallery, yardstick)
    vectors, crowding = held.vectors, held.crowding / 2
    for row in range(len(vectors) - 1):
        yield row, vectors[row + 1 :] @ vectors[row] - (crowding[row + 1 :] + crowding[row])


def _doubtful(gallery: Gallery, suspects: Iterable[tuple[str, str]]) -> dict[int, list[int]]:
    """Return, for each row, which of the later pictures are left out, counted from the next."""
    row_of = {file: row for row, file in enumerate(gallery.files)}
    doubtful: dict[int, list[int]] = {}
    for first, second in suspects:
        if first in row_of and second in row_of:
            low, high = sorted((row_of[first], row_of[second]))
            doubtful.setdefault(low, []).append(high - low - 1)
    return doubtful


def _nearest(
    gallery: Gallery, yardstick: Yardstick | None, doubtful: dict[int, list[int]], impostors: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the impostor pairs of the highest scores, and whose they are."""
    if len(impostors) == 0:
        return np.empty(0, np.float32), np.empty((0, 2), np.int64)
    bar = impostors[-(1 + len(impostors) // NEAREST)]
    found, people = [], []
    for row, scores in _rows(gallery, yardstick):
        near = (scores >= bar) & (gallery.people[row + 1 :] != gallery.people[row]) & gallery.acquired[row + 1 :]
        near &= gallery.acquired[row]
        near[doubtful.get(row, [])] = False
        found.append(scores[near])
        others = gallery.people[row + 1 :][near]
        people.append(np.column_stack((np.full(len(others), gallery.people[row]), others)))
    return np.concatenate(found), np.concatenate(people)
