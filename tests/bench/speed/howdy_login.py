"""A login as Howdy does it, in a process of its own each time: load dlib's networks, then look until a face matches.

As Howdy 3 sets it: frames are brought down to a height of 320, a distance under 0.35 matches, four seconds are given.
Ends with 0 for a match, 11 where the time was over (Howdy's own number), 1 where nothing could be enrolled.

    python -m tests.bench.speed.howdy_login enrol FRAMES NUMBERS.npy
    python -m tests.bench.speed.howdy_login login FRAMES NUMBERS.npy RATE
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from facelatch_models.face import Picture
from tests.bench.howdy_eye import HowdyEye

HEIGHT: Final = 320
CERTAIN: Final = 0.35
SECONDS: Final = 4.0
TIMED_OUT: Final = 11


def main() -> int:
    """Enrol or log in; returns the exit status."""
    way, frames, numbers, *rest = sys.argv[1:]
    paths = sorted(Path(frames).iterdir())
    howdy = HowdyEye()
    return enrol(howdy, paths, Path(numbers)) if way == "enrol" else login(howdy, paths, Path(numbers), float(rest[0]))


def enrol(howdy: HowdyEye, paths: list[Path], numbers: Path) -> int:
    """Keep the numbers of the first frame with one face in it."""
    for path in paths:
        picture = read(path)
        faces = howdy.faces(picture)
        if len(faces) == 1:
            np.save(numbers, howdy.encode(picture, faces[0]))
            return 0
    return 1


def login(howdy: HowdyEye, paths: list[Path], numbers: Path, rate: float) -> int:
    """Look at frames as a camera of that rate gives them until one matches."""
    known = np.load(numbers)
    for picture in camera(paths, rate):
        small = cv2.resize(picture, None, fx=HEIGHT / picture.shape[0], fy=HEIGHT / picture.shape[0])
        small = np.asarray(small, np.uint8)
        for face in howdy.faces(small):
            if np.linalg.norm(known - howdy.encode(small, face)) < CERTAIN:
                return 0
    return TIMED_OUT


def camera(paths: list[Path], rate: float) -> Iterator[Picture]:
    """Yield frames when they are due, from now on; whoever reads late gets the newest."""
    began, shown = time.monotonic(), -1
    while (passed := time.monotonic() - began) < SECONDS:
        due = max(shown + 1, int(passed * rate))
        time.sleep(max(0.0, began + due / rate - time.monotonic()))
        shown = due
        yield read(paths[due % len(paths)])


def read(path: Path) -> Picture:
    """Return a picture, blue first; raises OSError."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise OSError(f"{path}: is no picture")
    return np.asarray(picture, np.uint8)


if __name__ == "__main__":
    sys.exit(main())
