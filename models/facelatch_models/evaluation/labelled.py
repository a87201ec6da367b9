"""Aligned faces of which somebody has said how old they look, whether they look male or female, or wear a mask.

What a network is asked about a face is named here too, since it is learnt and measured by the same words.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.face import Picture
from facelatch_models.picture import PictureError, decode
from facelatch_models.train.data import INDEX
from facelatch_models.train.mixtures import SIDE

UNKNOWN: Final = -1

VOCABULARY: Final = {
    "gender": ("female", "male"),
    "age": ("child", "young", "middle-aged", "senior"),
    "mask": ("worn", "absent"),
}
"""What is told of a face, and the words for it."""

BANDS: Final = (13, 40, 60)
"""The first year of every age band but the first. Youths have no band: most were taken for young adults."""

ADULT: Final = 18

HELD: Final = 5
"""Every fifth picture of an archive is kept for figures, by the recipe of the pack's embedder as well."""

GROUPS: Final = ("White", "Black", "Asian", "Indian", "others")
"""The words of UTKFace's authors for what they labelled; they name neither skin tone nor descent reliably."""

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Aligned faces, (n, SIDE, SIDE, 3), and what is known of each, (n,), `UNKNOWN` where nothing is.

    ages: in years. genders: index of the word in `VOCABULARY`, so are masks. groups: index in `GROUPS`.
    """

    faces: NDArray[np.uint8]
    ages: Labels
    genders: Labels
    groups: Labels
    masks: Labels

    def only(self, chosen: NDArray[np.bool_]) -> Labelled:
        """Return the faces that are chosen, (n,)."""
        return Labelled(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def truth(self, name: str) -> Labels:
        """Return, for something of `VOCABULARY`, the index of each face's word, `UNKNOWN` where it is not known."""
        if name == "age":
            return np.where(self.ages < 0, UNKNOWN, np.digitize(self.ages, BANDS))
        return {"gender": self.genders, "mask": self.masks}[name]


def read_labelled(path: Path) -> Labelled:
    """Return an archive's faces: UTKFace (age, gender, group), masks (`mask` or `plain`) or any other, without masks.

    Nobody has looked for masks in UTKFace and other archives: they are older than the habit. Raises `GalleryError`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            rows = [line.split("\t") for line in archive.read(INDEX).decode().splitlines()]
            faces = np.stack([decode(archive.read(row[0])) for row in rows])
        if faces.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"its pictures are {faces.shape[2]}x{faces.shape[1]}")
        known = np.array([_known(row[1:]) for row in rows], np.int64)
    except (OSError, KeyError, IndexError, ValueError, PictureError, zipfile.BadZipFile) as error:
        raise GalleryError(f"{path}: expected a zip of {SIDE}x{SIDE} pictures and {INDEX} ({error})") from error
    return Labelled(faces, *known.T)


def joined(parts: Sequence[Labelled]) -> Labelled:
    """Return all faces, one part after the other."""
    return Labelled(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Labelled)))


def held_out(count: int) -> NDArray[np.bool_]:
    """Return which of an archive's pictures nothing of ours learns from, (count,)."""
    return np.asarray(np.arange(count) % HELD == HELD - 1, np.bool_)


def nothings(faces: NDArray[np.uint8], count: int = 500, seed: int = 1) -> NDArray[np.uint8]:
    """Return `count` pictures of no face, (count, SIDE, SIDE, 3): faces cut into 16 tiles and put together anew."""
    random = np.random.default_rng(seed)
    return np.stack([shuffled(faces[index % len(faces)], random) for index in range(count)])


def shuffled(face: Picture, random: np.random.Generator) -> Picture:
    """Return an aligned face cut into 16 tiles that were put together in another order."""
    size = SIDE // 4
    tiles = face.reshape(4, size, 4, size, 3).transpose(0, 2, 1, 3, 4).reshape(16, size, size, 3)
    mixed = tiles[random.permutation(16)].reshape(4, 4, size, size, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(mixed.reshape(face.shape))


def _known(words: list[str]) -> tuple[int, int, int, int]:
    """Return age, gender, group and mask of a line of the index."""
    bare = VOCABULARY["mask"].index("absent")
    if len(words) == 3:
        age, gender, group = map(int, words)
        if not (0 <= age < 130 and gender in (0, 1) and 0 <= group < len(GROUPS)):
            raise ValueError(f"age, gender and group {words}")
        return age, VOCABULARY["gender"].index(("male", "female")[gender]), group, bare
    worn = words[:1] == ["mask"]
    return UNKNOWN, UNKNOWN, UNKNOWN, VOCABULARY["mask"].index("worn") if worn else bare
