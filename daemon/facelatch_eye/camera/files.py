"""Cameras that play files: for tests and demonstrations, never for a login.

The address is `file:/path` of a folder of pictures (shown in the order of their names) or of one video, with what may
follow a question mark:

    file:/tmp/clip?rate=15&loop=1

`rate` is the frames a second, 0.1 to 120 (default 15, of a video its own); `loop=1` starts again at the end (default),
`loop=0` ends there. `infrared=/other/path` plays that beside it, as the infrared camera of the same device, and
`alternate=1` has its emitter light every second frame only: the others are dark. In a path, `%`, `?` and `&` are
written `%25`, `%3F` and `%26`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from facelatch_eye.camera import BrokenFrame, CameraEnded, CameraError, CameraMissing, CameraTimeout, Shot
from facelatch_eye.messages import CameraInfo

SCHEME: Final = "file:"
LONGEST_ADDRESS: Final = 4096
SLOWEST: Final = 0.1
FASTEST: Final = 120.0
USUAL_RATE: Final = 15.0
OPTIONS: Final = ("rate", "loop", "infrared", "alternate")

UNLIT: Final = 12
"""What a file camera's dark frames are divided by: an emitter is several times as bright as a room."""

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


class AddressError(ValueError):
    """An address of a file camera that is not one; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class FileAddress:
    """What a file camera plays and how; `rate` is None where the file's own, or the usual one, is meant.

    `infrared` is what the infrared camera beside it plays; `alternate` says that its emitter lights every second frame.
    """

    path: Path
    rate: float | None = None
    loop: bool = True
    infrared: Path | None = None
    alternate: bool = False


def parse_address(address: str) -> FileAddress:
    """Return the parts of an address; raises `AddressError`."""
    if not address.startswith(f"{SCHEME}/") or len(address) > LONGEST_ADDRESS:
        raise AddressError(f"expected file:/path?rate=15&loop=1 of at most {LONGEST_ADDRESS} letters")
    quoted, _, query = address.removeprefix(SCHEME).partition("?")
    path = _path(quoted)
    options: dict[str, str] = {}
    for pair in query.split("&") if query else []:
        key, equals, value = pair.partition("=")
        if key not in OPTIONS or not equals or key in options:
            known = " and ".join((", ".join(f"{name}=" for name in OPTIONS[:-1]), f"{OPTIONS[-1]}="))
            raise AddressError(f"behind the question mark: expected {known}, each once, found {pair!r}")
        options[key] = value
    return FileAddress(
        path,
        _rate(options.get("rate")),
        _flag("loop", options.get("loop", "1")),
        _path(options["infrared"]) if "infrared" in options else None,
        _flag("alternate", options.get("alternate", "0")),
    )


def _path(quoted: str) -> Path:
    try:
        path = unquote(quoted, errors="strict")
    except UnicodeDecodeError as error:
        raise AddressError("the path is not UTF-8") from error
    if "\0" in path:
        raise AddressError("the path has a zero byte in it")
    if not path.startswith("/"):
        raise AddressError(f"infrared={path}: expected a path that begins with /")
    return Path(path)


def _rate(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not SLOWEST <= rate <= FASTEST:
        raise AddressError(f"rate={text}: expected frames a second, {SLOWEST:g} to {FASTEST:g}")
    return rate


def _flag(option: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise AddressError(f"{option}={text}: expected 0 or 1")
    return text == "1"


class Reel(Protocol):
    """Frames that can be had by number. `length` is how many there are, None where that shows only at the end."""

    length: int | None
    rate: float | None

    def frame(self, number: int) -> NDArray[np.uint8] | None:
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

    def frame(self, number: int) -> NDArray[np.uint8] | None:
        """Return a picture, None behind the last; raises `BrokenFrame`."""
        from facelatch_models.picture import PictureError
        from facelatch_models.picture import decode as decode_picture

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
        rate = float(self._video.get(_cv2().CAP_PROP_FPS))
        self.rate: float | None = rate if SLOWEST <= rate <= FASTEST else None

    def _opened(self) -> Any:
        video = _cv2().VideoCapture(str(self._path))
        if not video.isOpened():
            raise CameraMissing(f"{self._path}: is neither a folder of pictures nor a video that can be read")
        return video

    def frame(self, number: int) -> NDArray[np.uint8] | None:
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


def _cv2() -> Any:
    import cv2

    return cv2


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture without its colours, as an infrared camera's frame is decoded."""
    cv2 = _cv2()
    return np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def _printable(path: Path) -> str:
    """Return a path as text that can be shown and sent: names of files may hold bytes that are none."""
    text = str(path).encode(errors="replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def open_reel(path: Path) -> Reel:
    """Open what a path holds; raises `CameraMissing`."""
    if not path.exists():
        raise CameraMissing(f"{path}: there is no such file or folder")
    return PictureReel(path) if path.is_dir() else VideoReel(path)


class FileCamera:
    """Plays a reel in real time: each frame is due at its time, and whoever reads late gets the newest."""

    def __init__(
        self,
        address: FileAddress,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        infrared: bool = False,
    ) -> None:
        self.width = self.height = 0
        self.rate = address.rate or USUAL_RATE
        self._address = address
        self._clock = clock
        self._sleep = sleep
        self._infrared = infrared
        self._reel: Reel | None = None
        self._start = 0.0
        self._shown = -1

    @property
    def place(self) -> str:
        """The path, as an address."""
        return f"{SCHEME}{self._address.path}"

    @property
    def info(self) -> CameraInfo:
        """What the camera is; its id says nothing about rate and loop."""
        path = _printable(self._address.path)
        return CameraInfo(
            id=SCHEME + path,
            name=Path(path).name,
            path=path,
            driver="file",
            bus="file",
            formats=("file",),
            infrared=self._infrared,
            virtual=True,
            removable=True,
            companion=SCHEME + _printable(self._address.infrared) if self._address.infrared else "",
        )

    @property
    def companion(self) -> FileCamera | None:
        """The infrared camera that plays beside this one, which is not open; None where there is none."""
        address = self._address
        if address.infrared is None:
            return None
        beside = FileAddress(address.infrared, address.rate, address.loop, alternate=address.alternate)
        return FileCamera(beside, self._clock, self._sleep, infrared=True)

    def __enter__(self) -> Self:
        """Open the files; raises `CameraMissing`."""
        self._reel = open_reel(self._address.path)
        try:
            first = self._reel.frame(0)
        except BrokenFrame as error:
            self._reel.close()
            raise CameraError(str(error)) from error
        if first is None:
            self._reel.close()
            raise CameraMissing(f"{self._address.path}: has no frame in it")
        self.height, self.width = first.shape[:2]
        self.rate = self._address.rate or self._reel.rate or USUAL_RATE
        self._start = self._clock()
        self._shown = -1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
        reel, self._reel = self._reel, None
        if reel is not None:
            reel.close()

    def read(self, timeout: float) -> Shot:
        """Return the frame that is due, waiting up to `timeout` seconds where the last one was shown already.

        Raises `CameraTimeout`, `BrokenFrame`, and `CameraEnded` behind the last frame where it does not loop.
        """
        assert self._reel is not None, "the camera is not open"
        shown = self._shown
        number = self._await_frame(timeout)
        start = self._clock()
        picture = self._reel.frame(self._in_round(number))
        if picture is None:
            # A video's end shows only here; from now on its length is known.
            self._shown = shown
            number = self._await_frame(timeout)
            picture = self._reel.frame(self._in_round(number))
        if picture is None:
            raise CameraError(f"{self._address.path}: became shorter while it was played")
        if self._infrared:
            picture = _grey(picture) // (UNLIT if self._address.alternate and number % 2 else 1)
        return Shot(picture, self._start + number / self.rate, (self._clock() - start) * 1000)

    def _await_frame(self, timeout: float) -> int:
        """Return the number, counted over all rounds, of the frame to show, once it is due."""
        due = self._last_of_round(int((self._clock() - self._start) * self.rate))
        if due <= self._shown:
            due = self._shown + 1
            if due > self._last_of_round(due):
                raise CameraEnded(f"{self._address.path}: was played to its end")
            wait = self._start + due / self.rate - self._clock()
            self._sleep(max(0.0, min(wait, timeout)))
            if wait > timeout:
                raise CameraTimeout(f"{self._address.path}: no frame within {timeout:g} s")
        self._shown = due
        return due

    def _last_of_round(self, number: int) -> int:
        """Return the number, or that of the last frame where the camera ends there: a late reader still sees it."""
        length = self._reel.length if self._reel else None
        return number if self._address.loop or length is None else min(number, length - 1)

    def _in_round(self, number: int) -> int:
        length = self._reel.length if self._reel else None
        return number if length is None else number % length
