"""What a file camera plays: the pictures of a folder, or a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np

from facelatch_eye.camera import BrokenFrame, CameraMissing
from facelatch_eye.camera.files import FASTEST, SLOWEST
from facelatch_models.face import Picture
from facelatch_models.picture import PictureError
from facelatch_models.picture import decode as decode_picture

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


class Reel(Protocol):
    """Frames that can be had by number. `length` is how many there are, None where that shows only at the end."""

    length: int | None
    rate: float | None

    def frame(self, number: int) -> Picture | None:
        """Return a frame, None behind the last; numbers grow, or start again. Raises `BrokenFrame`."""

    def close(self) -> None:
        """Free what it holds."""


class PictureReel:
    """The pictures of a folder."""

    rate: float | None = None

    def __init__(self, folder: Path) -> None:
        """List the folder; raises `CameraMissing` where it cannot be read or holds no picture."""
        try:
            self._paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        except OSError as error:
            raise CameraMissing(f"{folder}: cannot be read ({error.strerror})") from error
        if not self._paths:
            raise CameraMissing(f"{folder}: has no picture in it ({', '.join(sorted(PICTURES))})")
        self.length: int | None = len(self._paths)

    def frame(self, number: int) -> Picture | None:
        """Return a picture, None behind the last; raises `BrokenFrame`."""
        if number >= len(self._paths):
            return None
        path = self._paths[number]
        try:
            return decode_picture(path.read_bytes())
        except (OSError, PictureError) as error:
            raise BrokenFrame(f"{path}: {error}") from error

    def close(self) -> None:
        """Nothing is held."""


class VideoReel:
    """The frames of a video file, through OpenCV; frames that are skipped are not decoded to pictures."""

    length: int | None = None

    def __init__(self, path: Path) -> None:
        """Open the file; raises `CameraMissing` where it is no video."""
        self._path = path
        self._next = 0
        self._video = self._opened()
        rate = float(self._video.get(cv2.CAP_PROP_FPS))
        self.rate: float | None = rate if SLOWEST <= rate <= FASTEST else None

    def _opened(self) -> Any:
        video = cv2.VideoCapture(str(self._path))
        if not video.isOpened():
            raise CameraMissing(f"{self._path}: is neither a folder of pictures nor a video that can be read")
        return video

    def frame(self, number: int) -> Picture | None:
        """Return a frame, None behind the last."""
        if number < self._next:
            self._video.release()
            self._video, self._next = self._opened(), 0
        while self._next <= number:
            if not self._video.grab():
                self.length = self._next
                return None
            self._next += 1
        found, picture = self._video.retrieve()
        if not found:
            raise BrokenFrame(f"{self._path}: frame {number} cannot be decoded")
        return np.asarray(picture, np.uint8)

    def close(self) -> None:
        """Close the file."""
        self._video.release()


def grey(picture: Picture) -> Picture:
    """Return a picture without its colours, as an infrared camera's frame is decoded."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def open_reel(path: Path) -> Reel:
    """Open what a path holds; raises `CameraMissing`."""
    if not path.exists():
        raise CameraMissing(f"{path}: there is no such file or folder")
    return PictureReel(path) if path.is_dir() else VideoReel(path)
