"""What the eye may say of a picture. It decodes what others made, so nothing that it says is believed unseen."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from facelatch_eye.messages import Observation, SeenFace
from facelatchd.store.sealing import vector_fault

MOST_FACES: Final = 64
"""As many as the eye looks at in one picture."""

MOST_WORDS: Final = 64
"""Components of quality, attributes or stages."""

LONGEST_EMBEDDING: Final = 4 * 4096
"""Bytes of a vector of the largest dimension that a pack may have."""

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def fault(seen: Observation, dimension: int | None = None) -> str:
    """Return what is wrong with an observation, empty where nothing is.

    dimension: the pack's, where embeddings are to be compared; without one, no use may be made of any.
    """
    return next(_faults(seen, dimension), "")


def _faults(seen: Observation, dimension: int | None) -> Iterator[str]:
    if len(seen.faces) > MOST_FACES:
        yield f"{len(seen.faces)} faces"
    if seen.best is not None and not 0 <= seen.best < len(seen.faces):
        yield f"face {seen.best} of {len(seen.faces)}"
    if seen.width < 1 or seen.height < 1 or seen.more < 0:
        yield f"a picture of {seen.width}x{seen.height} with {seen.more} more faces"
    if not _in_range([seen.light], 255) or not math.isfinite(seen.captured):
        yield "a light or a time that is none"
    if not _named(seen.took) or not _in_range(seen.took.values(), math.inf):
        yield "stages that are none"
    for face in seen.faces:
        yield from _face_faults(face)
        if dimension is not None and face.embedding is not None and not _is_unit(face.embedding, dimension):
            yield "an embedding that is no unit vector of the pack's dimension"


def _face_faults(face: SeenFace) -> Iterator[str]:
    numbers = (*face.box, *(number for point in face.landmarks for number in point), face.yaw, face.pitch, face.roll)
    if len(face.landmarks) != 5 or not all(map(math.isfinite, numbers)):
        yield "a face that lies nowhere"
    if not _in_range([face.confidence, *([] if face.live is None else [face.live])], 1):
        yield "a probability outside [0, 1]"
    if not _in_range([face.light], 255) or not _in_range([face.sharpness], math.inf):
        yield "light or sharpness out of range"
    if face.embedding is not None and len(face.embedding) > LONGEST_EMBEDDING:
        yield f"an embedding of {len(face.embedding)} bytes"
    if not _named(face.quality) or not _in_range(face.quality.values(), 100):
        yield "a quality that is none"
    if not _named([each.name for each in face.attributes]) or not _named({each.label for each in face.attributes}):
        yield "an attribute that is none"
    if not _in_range([each.probability for each in face.attributes], 1):
        yield "an attribute's probability outside [0, 1]"


def _is_unit(embedding: bytes, dimension: int) -> bool:
    """Return whether it is a vector of length 1; one with a number that is none has no length."""
    return len(embedding) == 4 * dimension and not vector_fault(np.frombuffer(embedding, "<f4"))


def _named(words: Collection[str]) -> bool:
    return len(words) <= MOST_WORDS and all(map(_WORD.fullmatch, words))


def _in_range(numbers: Collection[float], most: float) -> bool:
    """Return whether all lie in [0, most] and are finite; what is no number does not."""
    return all(0 <= number <= most and math.isfinite(number) for number in numbers)
