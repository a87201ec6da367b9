"""A peer in a process of its own, as a program that uses it is: it says when it is loaded, and has seen a frame.

Writes `loaded`, then `seen` when it has found the face of a frame and has its numbers, then waits for the end of its
input. Ends with 3 and a line that says why where the peer cannot be had here.

    python -m tests.bench.speed.guest NAME SCRATCH FRAME MODELS
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.bench.speed.peers import Offer

Look = Callable[[str], object]
"""Looks at the picture in a file."""

MISSING: Final = 3
WRAPPED: Final = "face_recognition"
"""The package, which loads a second detector and a second set of points beside what Howdy loads."""


class Missing(Exception):
    """The peer cannot be had here; the text says why."""


def names(quick: bool = False) -> dict[str, str]:
    """Return the peers that are asked in, each as its authors' defaults have it, with what is said of it."""
    told = {WRAPPED: "`import face_recognition`, and its `face_encodings`"}
    return told | {offer.name: offer.note for offer in _offers(quick)}


def _offers(quick: bool = False) -> list[Offer]:
    """Return the first offer of each kind; in a quick run one stays away that takes seconds to load."""
    from tests.bench.speed.peers import howdy, insightface, opencv

    small = [howdy.OFFERS[0], insightface.OFFERS[0], opencv.OFFERS[0]]
    large = next(offer for offer in insightface.OFFERS if insightface.LARGE in offer.name)
    return small if quick else [*small, large]


def main() -> int:
    """Load the peer and look once; returns the exit status."""
    name, scratch, frame, models = sys.argv[1:]
    try:
        look = _wrapped() if name == WRAPPED else _offered(name, Path(models), Path(scratch))
    except Missing as why:
        print(why, file=sys.stderr)
        return MISSING
    print("loaded", flush=True)
    look(frame)
    print("seen", flush=True)
    sys.stdin.read()
    return 0


def _wrapped() -> Look:
    try:
        import face_recognition  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise Missing(f"{error}: pip install --no-deps face_recognition") from error

    return lambda frame: face_recognition.face_encodings(face_recognition.load_image_file(frame))


def _offered(name: str, models: Path, scratch: Path) -> Look:
    import os

    from facelatch_models.picture import decode
    from tests.bench.speed.peers import PeerMissing, Place

    place = Place(models if models.is_dir() else None, scratch, min(2, os.cpu_count() or 1))
    try:
        peer = next(offer for offer in _offers() if offer.name == name).load(place)
    except PeerMissing as why:
        raise Missing(str(why)) from why

    def look(frame: str) -> None:
        picture = decode(Path(frame).read_bytes())
        face = peer.find(picture)
        assert face is not None, f"{name} finds no face in {frame}"
        peer.embed(picture, face)

    return look


if __name__ == "__main__":
    sys.exit(main())
