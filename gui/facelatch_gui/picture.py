"""Picture files: opened within limits, and saved without writing over what is there unasked. For threads, all of it."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QSaveFile, Qt
from PySide6.QtGui import QImage, QImageWriter

from facelatch.limits import LARGEST_PICTURE
from facelatch_gui.frame import decoded, kind_of, reader_of

MOST_PIXELS: Final = 40_000_000
"""Pixels that the eye takes; here they need 160 MB."""


MOST_SHOWN: Final = 1600
"""Pixels of the longer side of what is painted. In a view of 800x600, 40 million pixels took 10 to 15 ms, these 2."""

JPEG_QUALITY: Final = 92

translate = QCoreApplication.translate


class PictureProblem(Exception):
    """A picture that cannot be opened or saved; the text says why, and what to do, in the window's language."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is on disk, and as it is seen: turned as its EXIF data says."""

    name: str
    content: bytes
    image: QImage
    small: QImage
    """The same in the size of a screen at most: what is painted again and again must be quick to paint."""


def open_picture(path: Path) -> Picture:
    """Read and decode a picture file; raises `PictureProblem`."""
    content = read_picture(path)
    kind = kind_of(content)
    if kind is None:
        raise PictureProblem(
            translate("Picture", "“{name}” is not a picture that can be read. Choose a JPEG, PNG or WebP file.").format(
                name=path.name
            )
        )
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = reader_of(buffer, kind)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.width() * size.height() > MOST_PIXELS:
        raise PictureProblem(
            translate(
                "Picture", "“{name}” has more than {most} million pixels. Save a smaller copy and open that."
            ).format(name=path.name, most=MOST_PIXELS // 1_000_000)
        )
    image = reader.read()
    if image.isNull():
        raise PictureProblem(
            translate("Picture", "“{name}” is damaged and cannot be shown. Choose another file.").format(name=path.name)
        )
    return Picture(path.name, content, image, _small(image))


def of_camera(name: str, jpeg: bytes) -> Picture:
    """Return a frame of the camera's as a picture; one that cannot be decoded is empty."""
    image = decoded(jpeg)
    return Picture(name, jpeg, image, _small(image))


def _small(image: QImage) -> QImage:
    if max(image.width(), image.height()) <= MOST_SHOWN:
        return image
    return image.scaled(
        MOST_SHOWN, MOST_SHOWN, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def read_picture(path: Path) -> bytes:
    """Return what is in a regular file; anything else, a pipe say, could keep its reader for ever.

    Raises `PictureProblem`.
    """
    try:
        with open(path, "rb", opener=_unwaiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise PictureProblem(
                    translate("Picture", "“{name}” is not a file. Choose a picture file.").format(name=path.name)
                )
            content = file.read(LARGEST_PICTURE + 1)
    except IsADirectoryError as error:
        raise PictureProblem(
            translate("Picture", "“{name}” is a folder. Choose one picture in it.").format(name=path.name)
        ) from error
    except OSError as error:
        raise PictureProblem(
            translate("Picture", "“{name}” cannot be read: {problem}.").format(name=path.name, problem=_problem(error))
        ) from error
    if len(content) > LARGEST_PICTURE:
        raise PictureProblem(
            translate("Picture", "“{name}” is larger than {most} MiB. Save a smaller copy and open that.").format(
                name=path.name, most=LARGEST_PICTURE // 1024 // 1024
            )
        )
    if not content:
        raise PictureProblem(translate("Picture", "“{name}” is empty. Choose another file.").format(name=path.name))
    return content


def _unwaiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def save_picture(image: QImage, path: Path, *, replace: bool) -> None:
    """Write a picture in the format of the file's ending, whole or not at all.

    Raises `FileExistsError` where the file is there and may not be replaced, `PictureProblem` for everything else.
    """
    kind = {".jpg": b"jpeg", ".jpeg": b"jpeg", ".webp": b"webp", ".png": b"png"}.get(path.suffix.lower())
    if kind is None:
        raise PictureProblem(
            translate(
                "Picture", "“{name}” does not say which kind of picture to save. Let the name end in .png or .jpg."
            ).format(name=path.name)
        )
    content, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind))
    writer.setQuality(JPEG_QUALITY if kind == b"jpeg" else -1)
    if not writer.write(image):
        raise PictureProblem(translate("Picture", "The picture could not be encoded. Save it as .png."))
    try:
        _write(path, bytes(content.data()), replace)
    except FileExistsError:
        raise
    except OSError as error:
        raise PictureProblem(
            translate("Picture", "“{name}” cannot be saved: {problem}. Choose another place.").format(
                name=path.name, problem=_problem(error)
            )
        ) from error


def _write(path: Path, content: bytes, replace: bool) -> None:
    if replace:
        file = QSaveFile(str(path))
        if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(content) == len(content) and file.commit()):
            raise PictureProblem(
                translate("Picture", "“{name}” cannot be saved: {problem}. Choose another place.").format(
                    name=path.name, problem=file.errorString().rstrip(".")
                )
            )
        return
    with path.open("xb") as new:
        try:
            new.write(content)
            new.flush()
        except OSError:
            path.unlink()
            raise


def _problem(error: OSError) -> str:
    """Return what went wrong in the window's language, for what goes wrong often; else in the system's words."""
    known = {
        errno.ENOENT: translate("Picture", "it is not there"),
        errno.EACCES: translate("Picture", "you are not allowed to"),
        errno.ENOSPC: translate("Picture", "the disk is full"),
        errno.EROFS: translate("Picture", "the disk is read-only"),
    }
    return known.get(error.errno or 0, error.strerror or str(error))
