"""What the eye may say of a picture. It decodes what others made, so nothing that it says is believed unseen."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from facelatch_eye.messages import CameraInfo, Description, Observation, Opened, SeenFace
from facelatchd.store.sealing import vector_fault

MOST_FACES: Final = 64
"""As many as the eye looks at in one picture."""

MOST_WORDS: Final = 64
"""Components of quality, attributes or stages."""

LONGEST_EMBEDDING: Final = 4 * 4096
"""Bytes of a vector of the largest dimension that a pack may have."""

MOST_CAMERAS: Final = 64

MOST_FORMATS: Final = 256
"""Of one camera: a device lists as many as its firmware says."""

LONGEST_NAME: Final = 256

LONGEST_PLACE: Final = 4608
"""Letters of an id or a path; a file camera's path may be as long as the system allows."""

WIDEST_EYE: Final = 2.0
"""Of how far an eye may be open, height over width: no eye is a circle, and landmarks err."""

LARGEST_SIDE: Final = 65535
"""Pixels of a camera's picture."""

FASTEST: Final = 10_000.0
"""Frames a second."""

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
    if seen.lit is not None and (not seen.infrared or not _in_range([seen.lit], 255)):
        yield "a light of the emitter that is none"
    if not _named(seen.took) or not _in_range(seen.took.values(), math.inf):
        yield "stages that are none"
    for face in seen.faces:
        yield from _face_faults(face)
        if dimension is not None and face.embedding is not None and not _is_unit(face.embedding, dimension):
            yield "an embedding that is no unit vector of the pack's dimension"


def opened_fault(opened: Opened, *, companion: bool) -> str:
    """Return what is wrong with the cameras that opened, empty where nothing is.

    companion: whether it was asked for.
    """
    return next(_opened_faults(opened, companion), "")


def _opened_faults(opened: Opened, companion: bool) -> Iterator[str]:
    camera, infrared = opened.camera, opened.infrared
    yield from _camera_faults(camera)
    if not (0 < opened.width <= LARGEST_SIDE and 0 < opened.height <= LARGEST_SIDE):
        yield f"a camera of {opened.width}x{opened.height}"
    if not _in_range([opened.rate], FASTEST):
        yield "a frame rate that is none"
    if infrared is None:
        return
    yield from _camera_faults(infrared)
    if not companion:
        yield "an infrared camera that nobody asked for"
    same = (camera.vendor_product, camera.serial) == (infrared.vendor_product, infrared.serial)
    if not infrared.infrared or camera.id == infrared.id or camera.companion != infrared.id or not same:
        yield "an infrared camera that is none, or not of the same device"


def description_fault(description: Description) -> str:
    """Return what is wrong with the cameras that are said to be there, empty where nothing is."""
    if len(description.cameras) > MOST_CAMERAS:
        return f"{len(description.cameras)} cameras"
    return next((fault for camera in description.cameras for fault in _camera_faults(camera)), "")


def _camera_faults(camera: CameraInfo) -> Iterator[str]:
    """What a camera is called ends up on terminals, in logs and in the store, and decides what it is good for."""
    if not camera.id or not _printable([camera.id, camera.path, camera.companion], LONGEST_PLACE):
        yield "a camera without an id or path that can be read"
    words = (camera.name, camera.driver, camera.vendor_product, camera.serial, *camera.formats)
    if not _printable(words, LONGEST_NAME) or not _printable([camera.bus], LONGEST_PLACE):
        yield "a camera with names that cannot be read"
    if len(camera.formats) > MOST_FORMATS:
        yield f"a camera of {len(camera.formats)} formats"


def _printable(texts: Collection[str], longest: int) -> bool:
    return all(len(text) <= longest and text.isprintable() for text in texts)


def _face_faults(face: SeenFace) -> Iterator[str]:
    numbers = (*face.box, *(number for point in face.landmarks for number in point), face.yaw, face.pitch, face.roll)
    if len(face.landmarks) != 5 or not all(map(math.isfinite, numbers)):
        yield "a face that lies nowhere"
    if not _in_range([face.confidence, *([] if face.live is None else [face.live])], 1):
        yield "a probability outside [0, 1]"
    if not _in_range([face.light], 255) or not _in_range([face.sharpness], math.inf):
        yield "light or sharpness out of range"
    if face.eyes is not None and not _in_range(face.eyes, WIDEST_EYE):
        yield "eyes that are no eyes"
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
