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
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote

from facelatch_eye.camera import BrokenFrame, Camera, CameraEnded, CameraError, CameraMissing, CameraTimeout, Shot
from facelatch_eye.messages import CameraInfo

if TYPE_CHECKING:
    from facelatch_eye.camera.reel import Reel

SCHEME: Final = "file:"
LONGEST_ADDRESS: Final = 4096
SLOWEST: Final = 0.1
FASTEST: Final = 120.0
USUAL_RATE: Final = 15.0
OPTIONS: Final = ("rate", "loop", "infrared", "alternate")

UNLIT: Final = 12
"""What a file camera's dark frames are divided by: an emitter is several times as bright as a room."""


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


def _printable(path: Path) -> str:
    """Return a path as text that can be shown and sent: names of files may hold bytes that are none."""
    text = str(path).encode(errors="replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in text)


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

    def stands_for(self, wanted: Camera) -> bool:
        """Return whether it plays the same in the same way; what is played once begins anew for each who watches."""
        return isinstance(wanted, FileCamera) and wanted._address == self._address and self._address.loop

    def __enter__(self) -> Self:
        """Open the files; raises `CameraMissing`."""
        from facelatch_eye.camera.reel import open_reel  # imported late: it decodes

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
            from facelatch_eye.camera.reel import grey

            picture = grey(picture) // (UNLIT if self._address.alternate and number % 2 else 1)
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
