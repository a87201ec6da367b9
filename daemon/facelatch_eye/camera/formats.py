"""Which picture formats of a camera are understood, and which of its modes is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 480
"""The size aimed at: at arm's length a face is then 150 to 250 pixels wide, more than the embedder is fed with."""

LOWEST_RATE: Final = 15.0
"""Frames a second below which another size is preferred: a look at a clear face should end within two frames."""

ENOUGH_RATE: Final = 30.0
"""Frames a second above which more is no better: the networks do not keep up, and exposures get shorter and darker."""

UNDERSTOOD: Final = ("YUYV", "UYVY", "NV12", "YU12", "BGR3", "RGB3", "MJPG", "JPEG", "GREY")
"""By V4L2's four letters, the preferred first. Webcams have MJPG and YUYV, infrared ones GREY, loopbacks the rest."""

GREY_ONLY: Final = frozenset({"GREY", "Y6  ", "Y8  ", "Y10 ", "Y12 ", "Y14 ", "Y16 ", "Y10B", "Y10P", "Y12P", "Y8I "})
"""Formats without colour; a camera that has no other is an infrared one (its name proves nothing)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A way in which a camera can send pictures. rate: frames a second, 0 where the driver does not say.

    stride: bytes from one row to the next, 0 where rows are packed or the format is compressed.
    """

    format: str
    width: int
    height: int
    rate: float
    stride: int = 0


def infrared(formats: Iterable[str]) -> bool:
    """Whether a camera with these formats is an infrared one: it offers grey, and nothing but grey."""
    offered = set(formats)
    return bool(offered) and offered <= GREY_ONLY


def choose_mode(modes: Iterable[Mode]) -> Mode | None:
    """Return the understood mode that is nearest 640x480, of these the fastest; None where none is understood.

    Colour comes before grey, and among equals raw pictures before compressed ones, which cost time and sharpness.
    """
    understood = [mode for mode in modes if mode.format in UNDERSTOOD and mode.width > 0 and mode.height > 0]
    return min(understood, key=_distance, default=None)


def _distance(mode: Mode) -> tuple[bool, bool, float, float, int, float]:
    rate = mode.rate or ENOUGH_RATE
    size = abs(math.log(mode.width * mode.height / (WIDTH * HEIGHT)))
    format_rank = UNDERSTOOD.index(mode.format)
    return mode.format == "GREY", rate < LOWEST_RATE, round(size, 3), -min(rate, ENOUGH_RATE), format_rank, rate
