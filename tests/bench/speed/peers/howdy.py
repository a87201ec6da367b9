"""Howdy's pipeline, which is that of the package `face_recognition`: dlib's HOG detector, five points, ResNet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2

from facelatch_models.face import Picture
from tests.bench.speed.peers import Offer, PeerMissing, Place

if TYPE_CHECKING:
    from tests.bench.howdy_eye import HowdyEye


class Howdy:
    """The pipeline, with frames of `rows` rows that are doubled in size `doubled` times before faces are looked for."""

    def __init__(self, eye: HowdyEye, rows: int, doubled: int) -> None:
        self._eye = eye
        self._rows = rows
        self._doubled = doubled

    def find(self, picture: Picture) -> tuple[Picture, Any] | None:
        """Return the frame as it is looked at, and dlib's rectangle in it."""
        scale = min(1.0, self._rows / picture.shape[0])
        frame = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        found = self._eye.faces(frame, self._doubled)
        return (frame, found[0]) if found else None

    def embed(self, _picture: Picture, face: tuple[Picture, Any]) -> Any:
        """Return 128 numbers."""
        return self._eye.encode(*face)


def _load(rows: int, doubled: int) -> Howdy:
    try:
        from tests.bench.howdy_eye import HowdyEye

        return Howdy(HowdyEye(), rows, doubled)
    except ImportError as error:
        raise PeerMissing(f"{error}: pip install dlib-bin face_recognition_models") from error


def built() -> str:
    """Say whether dlib multiplies matrices by a BLAS; its ResNet took 60 ms without, and 12 with OpenBLAS."""
    try:
        import dlib  # type: ignore[import-untyped]
    except ImportError:
        return ""
    if dlib.DLIB_USE_BLAS:
        return "; this dlib was built with a BLAS"
    return "; this dlib was built without a BLAS, with OpenBLAS its ResNet takes a fifth of the time"


def _offer(rows: int, doubled: int, note: str) -> Offer:
    def load(_place: Place) -> Howdy:
        return _load(rows, doubled)

    what = f"dlib HOG and ResNet, {rows} rows{', doubled' if doubled else ''}"
    return Offer(what, load, note)


OFFERS: Final = (
    _offer(320, 1, "Howdy as it comes: frames scaled down to max_height = 320, HOG looks for faces at twice that size"),
    _offer(480, 1, "Howdy with max_height = 480, and face_recognition's defaults"),
    _offer(320, 0, "less than Howdy does: HOG at the size of the frame"),
    _offer(480, 0, "less than Howdy does: HOG at the size of the frame"),
)
