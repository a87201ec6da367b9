"""The frames that eye and peers are shown: webcam frames of many people, else a few portraits."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tests.bench.speed.setting import NoPictures, Setting
from tests.clips import Cast, portrait_cast
from tests.places import TREE

QUALITY = 90
"""Of the JPEG that a portrait's frame becomes; a webcam's are between 85 and 95."""


class Footage(NamedTuple):
    """Frames of 640x480 as a webcam sends them: JPEG. `origin` says where they are from."""

    origin: str
    frames: list[bytes]


def footage(setting: Setting, count: int) -> Footage:
    """Return so many frames, spread over people and sessions; raises `NoPictures`."""
    if (live := recordings(setting)) is not None:
        chosen = spread(sorted(live.glob("*/*.jpg")), count)
        people = len({path.parent for path in chosen})
        return Footage(f"{len(chosen)} webcam frames of {people} people (NUAA)", [path.read_bytes() for path in chosen])
    cast = portraits(setting)
    chosen = spread([*cast.enrolment, *cast.later, *(cast.stranger or ())], count)
    return Footage(f"{len(chosen)} frames made of 4 portraits, moved and re-lit", [_as_jpeg(path) for path in chosen])


def recordings(setting: Setting) -> Path | None:
    """Return the folder of webcam frames, one below it for each person; None where there is none."""
    live = setting.data / "nuaa" / "live" if setting.data is not None else None
    return live if live is not None and live.is_dir() else None


def portraits(setting: Setting) -> Cast:
    """Return what is made of portraits where there are no webcam frames; raises `NoPictures`."""
    cast = portrait_cast(TREE / "build" / "pictures", setting.scratch / "portraits")
    if cast is None:
        raise NoPictures("there are neither webcam frames (set FACELATCH_SHARED) nor portraits (make faces)")
    return cast


def spread(paths: list[Path], count: int) -> list[Path]:
    """Return so many of them at even distances, all where there are fewer; raises `NoPictures` where there are none."""
    if not paths:
        raise NoPictures("there is no picture in the folder of webcam frames")
    return [paths[int(at)] for at in np.linspace(0, len(paths) - 1, min(count, len(paths)))]


def _as_jpeg(path: Path) -> bytes:
    _, jpeg = cv2.imencode(".jpg", cv2.imread(str(path)), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(jpeg)
