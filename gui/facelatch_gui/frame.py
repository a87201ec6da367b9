"""Decoding a camera's frames without holding up the window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

LARGEST: Final = 1920
"""Pixels of a frame's longer side; a larger one is shrunk while it is decoded, which is ten times as fast."""


SIGNS: Final = {
    b"jpeg": (0, b"\xff\xd8\xff"),
    b"png": (0, b"\x89PNG\r\n\x1a\n"),
    b"webp": (8, b"WEBP"),
    b"bmp": (0, b"BM"),
}
"""The formats that the eye takes, as Qt names them, and what stands where in a file of each."""


def kind_of(picture: bytes) -> bytes | None:
    """Return the format of an encoded picture, None where the eye would not take it."""
    return next((kind for kind, (place, sign) in SIGNS.items() if picture.startswith(sign, place)), None)


def reader_of(buffer: QBuffer, kind: bytes) -> QImageReader:
    """Return a reader for this format alone.

    Left to guess, Qt asks every decoder that is installed, to which a hostile file is so handed. One of them, for SVG,
    connects a signal, which waits for a lock of Qt's with Python's own held; the window's thread, in a `disconnect`,
    may hold the one and wait for the other: window and courier then stood still for ever.
    """
    reader = QImageReader(buffer, QByteArray(kind))
    reader.setAutoDetectImageFormat(False)
    return reader


def decoded(picture: bytes, part: QRect | None = None, largest: int = LARGEST) -> QImage:
    """Return an encoded picture, or the part of it that lies inside; null where it cannot be decoded.

    By a `QImageReader`, since that lets other threads run meanwhile: with `QImage.fromData` on the courier's thread, a
    picture of 4000 by 3000 kept the window waiting for 164 ms, with this for 12 ms.
    """
    kind = kind_of(picture)
    if kind is None:
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(picture))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = reader_of(buffer, kind)
    size = reader.size()
    inside = part.intersected(QRect(0, 0, size.width(), size.height())) if part is not None else QRect()
    if not inside.isEmpty():
        reader.setClipRect(inside)
        size = inside.size()
    if max(size.width(), size.height()) > largest:
        reader.setScaledSize(QSize(size).scaled(largest, largest, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
