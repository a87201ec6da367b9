"""What is trained on: aligned faces, and a part of them that training never sees.

People are held out, never pictures: a network is to know strangers apart. Who is held out follows from the name alone,
so that the split is the same on every machine and stays so when pictures are added.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch_models.align import aligned
from facelatch_models.evaluation.gallery import GalleryError, is_held_out, most_central, picture_files
from facelatch_models.face import Detector
from facelatch_models.pack import InputSpec
from facelatch_models.picture import PictureError, decode
from facelatch_models.train.mixtures import LAYOUT, SIDE

INDEX: Final = "index.tsv"
"""The file of an archive that says, a line a picture: its name, then what is known of it."""

Faces = NDArray[np.uint8]
Progress = Callable[[int, int], None]


class DataError(Exception):
    """Pictures that cannot be trained on; the text names the file."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where faces come from, as a recipe says it.

    path: below the data folder; a folder PERSON/PICTURE, or a zip of aligned faces with `index.tsv`. share: how often
    it is drawn from, against the others. held: one person (of a zip without names: picture) in so many is held out;
    0: none. named: the second column of the zip's index is who it is.
    """

    path: str
    share: float
    held: int = 0
    named: bool = False


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Aligned faces, (n, SIDE, SIDE, 3), and whose they are, (n,) of names; an empty name where that is not known."""

    faces: Faces
    people: NDArray[np.str_]

    def __post_init__(self) -> None:
        if self.faces.shape != (len(self.people), SIDE, SIDE, 3):
            raise ValueError(f"expected {len(self.people)} faces of {SIDE}x{SIDE}, found {self.faces.shape}")

    @classmethod
    def load(cls, path: Path) -> FaceSet:
        """Return what `save` wrote, without reading the faces: workers share one copy of them."""
        return cls(np.load(path.with_suffix(".faces.npy"), mmap_mode="r"), np.load(path.with_suffix(".people.npy")))

    def save(self, path: Path) -> None:
        """Write the set; `path` has no suffix."""
        np.save(path.with_suffix(".faces.npy"), self.faces)
        np.save(path.with_suffix(".people.npy"), self.people)

    def only(self, chosen: NDArray[np.bool_]) -> FaceSet:
        """Return the faces that are chosen, (n,)."""
        return FaceSet(self.faces[chosen], self.people[chosen])


def read_source(source: Source, data: Path, detector: Detector, progress: Progress | None = None) -> FaceSet:
    """Return a source's aligned faces; a folder's are found and aligned here (4 ms a picture).

    Raises `DataError`; `NetworkFailed` where the detector does.
    """
    path = data / source.path
    if path.suffix == ".zip":
        return _read_archive(path, named=source.named)
    return _align_folder(path, detector, progress)


def split(faces: FaceSet, held: int) -> tuple[FaceSet, FaceSet]:
    """Return what is trained on and what is held out: one person in `held`, or one picture where nobody has a name.

    No person is in both. Raises ValueError where `held` is negative or 1.
    """
    if held < 0 or held == 1:
        raise ValueError(f"one in {held} cannot be held out: expected 0 or at least 2")
    if held == 0:
        out = np.zeros(len(faces.people), np.bool_)
    elif (faces.people != "").all():
        out = np.array([is_held_out(name, held) for name in faces.people.tolist()], np.bool_)
    else:
        out = np.arange(len(faces.people)) % held == held - 1
    return faces.only(~out), faces.only(out)


def divided(
    found: Sequence[FaceSet], sources: Sequence[Source], apart: Set[str] = frozenset()
) -> tuple[list[FaceSet], FaceSet]:
    """Return what is trained on, one set a source, and all named people that are held out.

    Who is held out of one source is taken from every other too, and so is who is named in `apart`. Raises `DataError`
    where nothing is left of a source.
    """
    parts = [split(faces, source.held) for faces, source in zip(found, sources, strict=True)]
    held = [out for _, out in parts if (out.people != "").any()]
    if not held:
        raise DataError("nobody is held out: give a source of named people `held`, so that progress can be measured")
    watched = FaceSet(np.concatenate([out.faces for out in held]), np.concatenate([out.people for out in held]))
    names = apart | set(watched.people.tolist())
    kept = [faces.only(np.array([name not in names for name in faces.people.tolist()], np.bool_)) for faces, _ in parts]
    for faces, source in zip(kept, sources, strict=True):
        if not len(faces.people):
            raise DataError(f"{source.path}: nobody is left of it who may be learnt from")
    return kept, watched


def people_in(folder: Path) -> set[str]:
    """Return the names of the people of a folder PERSON/PICTURE; raises `DataError`."""
    try:
        return {Path(file).parts[0] for file in picture_files(folder)}
    except GalleryError as error:
        raise DataError(str(error)) from error


def _align_folder(folder: Path, detector: Detector, progress: Progress | None) -> FaceSet:
    """Align the most central face of every picture PERSON/PICTURE; pictures without one are left out."""
    spec = InputSpec(width=SIDE, height=SIDE, points=LAYOUT)
    try:
        files = picture_files(folder)
    except GalleryError as error:
        raise DataError(str(error)) from error
    faces, people = [], []
    for done, file in enumerate(files, start=1):
        try:
            picture = decode((folder / file).read_bytes())
        except PictureError:
            continue  # as the evaluation counts it: a picture without a face
        face = most_central(detector.detect(picture), picture)
        if face is not None:
            faces.append(aligned(picture, face.points, spec))
            people.append(Path(file).parts[0])
        if progress:
            progress(done, len(files))
    if not faces:
        raise DataError(f"{folder}: no face was found in any of {len(files)} pictures")
    return FaceSet(np.stack(faces), np.array(people))


def _read_archive(path: Path, *, named: bool) -> FaceSet:
    try:
        with zipfile.ZipFile(path) as archive:
            rows = [line.split("\t") for line in archive.read(INDEX).decode().splitlines()]
            faces = [decode(archive.read(row[0])) for row in rows]
        return FaceSet(np.stack(faces), np.array([row[1] if named else "" for row in rows]))
    except (OSError, KeyError, IndexError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: expected a zip of {SIDE}x{SIDE} pictures and {INDEX} ({error})") from error
