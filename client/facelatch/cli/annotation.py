"""Marked copies of pictures: boxes, five points and words drawn over what was analysed.

Drawn with OpenCV, which the project needs in any case; it takes 0.1 s to import, so that only `--annotate` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch.cli.failure import wrong_use
from facelatch.cli.photos import PhotoUnusable
from facelatch.types import AnalysedFace, Analysis

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp")

LIGHT: Final = (255, 255, 255)
SHADE: Final = (0, 0, 0)
"""Light lines with a dark edge can be seen on every picture."""

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
SMALLEST_TEXT: Final = 0.35
"""The scale of the font at which it can still be read."""


def places(output: Path, names: Sequence[str], *, several: bool) -> list[Path]:
    """Return where the marked copy of each picture goes: one file, or a file a picture in a folder that is made.

    Raises `CommandFailed` where something is there already, which is never written over, or the place cannot be.
    """
    if several or output.is_dir():
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise wrong_use(f"--annotate {output}: no folder can be made there ({error.strerror})") from error
        found = list(_free_names(output, names))
    else:
        if output.suffix.lower() not in SUFFIXES:
            raise wrong_use(f"--annotate {output}: say by the ending which kind of picture: {', '.join(SUFFIXES)}")
        if not output.parent.is_dir():
            raise wrong_use(f"--annotate {output}: there is no folder {output.parent}; make it, or name another place")
        found = [output]
    for path in found:
        if path.exists() or path.is_symlink():
            raise wrong_use(f"--annotate: {path} is there already; name another place, or remove it")
    return found


def _free_names(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Yield a file a picture; pictures of one name from several folders are numbered."""
    taken: set[str] = set()
    for name in names:
        stem, number = f"{Path(name).stem}-faces", 2
        free = stem
        while free in taken:
            free, number = f"{stem}-{number}", number + 1
        taken.add(free)
        yield folder / f"{free}.png"


def write(content: bytes, analysis: Analysis, path: Path) -> None:
    """Write a marked copy of a picture that was analysed; raises `PhotoUnusable`, and then leaves nothing behind."""
    # Turned as its EXIF data says and without transparency, as the eye has seen it.
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape[:2] != (analysis.height, analysis.width):
        raise PhotoUnusable("the picture cannot be decoded here as it was analysed, and has not been marked")
    encoded, marked = cv2.imencode(path.suffix.lower(), annotated(picture, analysis))
    if not encoded:
        raise PhotoUnusable(f"the marked copy cannot be encoded as {path.suffix}; choose .png")
    try:
        with path.open("xb") as file:
            try:
                file.write(marked.tobytes())
                file.flush()
            except OSError:
                path.unlink()
                raise
    except OSError as error:
        raise PhotoUnusable(f"the marked copy {path} cannot be written ({error.strerror})") from error


def annotated(picture: NDArray[Any], analysis: Analysis) -> NDArray[Any]:
    """Return a copy of the picture with every face's box, points and words in it."""
    marked = picture.copy()
    for number, face in enumerate(analysis.faces, start=1):
        x, y, width, height = (round(length) for length in face.box)
        # As thick as the picture's size wants it, but not so thick that a small face drowns.
        line = max(1, round(min(max(picture.shape[:2]) / 400, width / 50)))
        for thickness, colour in ((3 * line, SHADE), (line, LIGHT)):
            cv2.rectangle(marked, (x, y), (x + width, y + height), colour, thickness)
        for point in face.landmarks:
            at = (round(point[0]), round(point[1]))
            cv2.circle(marked, at, 2 * line, SHADE, -1)
            cv2.circle(marked, at, line, LIGHT, -1)
        _write_words(marked, caption(number, face), (x, y, width), line)
    return marked


def caption(number: int, face: AnalysedFace) -> str:
    """Return the words beside a face; the font has ASCII only."""
    words = [str(number)]
    if face.identified is not None:
        words.append(face.identified.user or "nobody")
    if face.live is not None:
        words.append("live" if face.live else "not live")
    words += [f"{told.name} {told.label}" for told in face.attributes]
    return ", ".join(words).encode("ascii", "replace").decode()


def _write_words(marked: NDArray[Any], words: str, top: tuple[int, int, int], line: int) -> None:
    """Write on a dark field above a box (x, y, width), or inside where the picture ends, about as wide as the box."""
    x, y, wanted = top
    (width, _height), _below = cv2.getTextSize(words, FONT, 1.0, line)
    scale = min(SMALLEST_TEXT * 2 * line, max(SMALLEST_TEXT, wanted / max(1, width)))
    (width, height), below = cv2.getTextSize(words, FONT, scale, line)
    left = max(0, min(x, marked.shape[1] - width - 2 * line))
    bottom = y - 2 * line if y >= height + below + 4 * line else max(y, 0) + height + below + 4 * line
    field = ((left, bottom - height - below - 2 * line), (left + width + 2 * line, bottom))
    cv2.rectangle(marked, *field, SHADE, -1)
    cv2.putText(marked, words, (left + line, bottom - below), FONT, scale, LIGHT, line, cv2.LINE_AA)
