"""A folder of pictures, one sub-folder a person, turned into vectors."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Face, Picture, Vector
from facelatch_models.networks import Networks
from facelatch_models.pack import Pack, Role
from facelatch_models.picture import PictureError, decode

SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


class GalleryError(Exception):
    """A folder that holds no pictures to measure on; the text names it."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of many people as vectors, in the order of their paths.

    files: path of each picture below the folder, `PERSON/FILE`. people: index of the person, (n,) int64. vectors:
    (n, dimension) float32 of unit length; a row of "not a number" where no face was found or the file is no picture.
    """

    folder: Path
    files: tuple[str, ...]
    people: NDArray[np.int64]
    vectors: NDArray[np.float32]

    @property
    def acquired(self) -> NDArray[np.bool_]:
        """Which pictures gave a vector; the others are failures to acquire (FTA)."""
        return np.asarray(np.isfinite(self.vectors[:, 0]), np.bool_)

    def part(self, chosen: NDArray[np.bool_]) -> Gallery:
        """Return the pictures that were chosen, (n,)."""
        files = tuple(file for file, taken in zip(self.files, chosen.tolist(), strict=True) if taken)
        return Gallery(self.folder, files, self.people[chosen], self.vectors[chosen])


class Cache:
    """Vectors of pictures already seen, in one file: the same pictures are measured again and again while tuning.

    `key` must name everything that a vector depends on besides the picture's bytes.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
        self._vectors: dict[str, Vector] = {}
        if self._path.exists():
            with np.load(self._path) as stored:
                self._vectors = dict(zip(stored["pictures"].tolist(), stored["vectors"], strict=True))

    def __getitem__(self, picture: str) -> Vector | None:
        return self._vectors.get(picture)

    def __setitem__(self, picture: str, vector: Vector) -> None:
        self._vectors[picture] = vector

    def save(self) -> None:
        """Write the vectors back."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, pictures=np.array(list(self._vectors)), vectors=np.stack(list(self._vectors.values())))


def is_held_out(name: str, one_in: int) -> bool:
    """Return whether a person is one of those, one in so many, that training leaves aside; it follows from the name."""
    return zlib.crc32(name.encode()) % one_in == 0


def held_out(gallery: Gallery, one_in: int) -> NDArray[np.bool_]:
    """Return which pictures are of people that training leaves aside, (n,)."""
    return np.array([is_held_out(Path(file).parts[0], one_in) for file in gallery.files], np.bool_)


def vector_key(pack: Pack, engine: str) -> str:
    """Return the cache's key for a pack: everything of it that a vector depends on, and who runs it."""
    parts = (pack.manifest.part(Role.DETECTOR), pack.manifest.embedder)
    return f"{engine} " + " ".join(f"{part.sha256} {part.kind} {part.input} {part.threshold}" for part in parts if part)


def picture_files(folder: Path) -> list[str]:
    """Return the pictures `PERSON/FILE` below a folder, sorted; raises `GalleryError` where there are none."""
    files = sorted(
        str(path.relative_to(folder))
        for path in folder.glob("*/*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not files:
        raise GalleryError(f"{folder}: holds no pictures in folders of their person's name (PERSON/PICTURE.jpg)")
    return files


def read_gallery(
    folder: Path, networks: Networks, cache: Cache | None = None, progress: Callable[[int, int], None] | None = None
) -> Gallery:
    """Detect and embed the most central face of every picture; `progress` is told how many of how many are done.

    Raises `GalleryError` where there are no pictures, `NetworkFailed`.
    """
    files = picture_files(folder)
    names = sorted({Path(file).parts[0] for file in files})
    rows: list[Vector] = []
    for done, file in enumerate(files, start=1):
        rows.append(_vector((folder / file).read_bytes(), networks, cache))
        if progress:
            progress(done, len(files))
    people = np.array([names.index(Path(file).parts[0]) for file in files], np.int64)
    return Gallery(folder, tuple(files), people, np.stack(rows))


def most_central(faces: list[Face], picture: Picture) -> Face | None:
    """Return the face that a portrait is of: large and near the centre, None where there is none.

    Width of the box less twice the distance of its centre from the picture's; bystanders of a press photo are as
    confident as its subject.
    """
    centre = np.array((picture.shape[1], picture.shape[0])) / 2

    def merit(face: Face) -> float:
        x, y, width, height = face.box
        return width - 2 * float(np.hypot(*(np.array((x + width / 2, y + height / 2)) - centre)))

    return max(faces, key=merit, default=None)


def _vector(content: bytes, networks: Networks, cache: Cache | None) -> Vector:
    picture_hash = hashlib.sha256(content).hexdigest()
    if cache is not None and (known := cache[picture_hash]) is not None:
        return known
    vector = np.full(networks.embedder.dimension, np.nan, np.float32)
    try:
        picture = decode(content)
    except PictureError:
        return vector  # counted as a failure to acquire, like a picture without a face
    face = most_central(networks.detector.detect(picture), picture)
    if face is not None:
        vector = networks.embedder.embed(picture, face)
    if cache is not None:
        cache[picture_hash] = vector
    return vector
