"""Cameras: what the eye needs of one, and how one can fail it.

What opens a camera imports neither NumPy nor OpenCV: they load while it starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from facelatch_eye.messages import CameraInfo, ProblemKind

if TYPE_CHECKING:
    from facelatch_models.face import Picture


class CameraError(Exception):
    """A camera that cannot be used; the text names it, says what is wrong and, where one can, what to do."""

    kind: ClassVar[ProblemKind] = ProblemKind.CAMERA_FAILED


class CameraMissing(CameraError):
    """No such camera."""

    kind = ProblemKind.NO_CAMERA


class CameraBusy(CameraError):
    """Somebody else holds the camera."""

    kind = ProblemKind.CAMERA_BUSY


class CameraLost(CameraError):
    """The camera was unplugged or stopped working."""


class CameraEnded(CameraError):
    """The camera has no more frames and never will: a file camera played once."""

    kind = ProblemKind.CAMERA_ENDED


class CameraTimeout(Exception):
    """No frame came in time; another `read` may bring one."""


class BrokenFrame(Exception):
    """One frame could not be decoded; the next may be whole. USB cameras cut off frames when they start."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame. picture: (height, width, 3) uint8, blue, green, red. captured: monotonic seconds.

    took: milliseconds spent decoding it.
    """

    picture: Picture
    captured: float
    took: float


class Camera(Protocol):
    """A camera that is open between `__enter__` and `__exit__`; both may be slow, `read` waits as long as it is told.

    `width`, `height` and `rate` (frames a second) are what the camera said when it was opened.
    """

    @property
    def place(self) -> str:
        """What only one can hold at a time, whatever name the camera was found by."""

    @property
    def info(self) -> CameraInfo:
        """What the camera is, and how it is known again."""

    @property
    def companion(self) -> Camera | None:
        """The infrared camera of the same device, which is not open; None where there is none."""

    width: int
    height: int
    rate: float

    def stands_for(self, wanted: Camera) -> bool:
        """Return whether this one, which is open, is what `wanted`, which is not, would become by being opened."""

    def __enter__(self) -> Self:
        """Open it; raises `CameraError`."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""

    def read(self, timeout: float) -> Shot:
        """Return the newest frame, waiting up to `timeout` seconds for one.

        Raises `CameraTimeout`, `BrokenFrame`, `CameraLost` and `CameraEnded`.
        """
