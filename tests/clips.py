"""Pictures to put before a file camera: real webcam frames where they are, else a few portraits."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.picture import decode
from tests.pictures import PICTURES

FRAMES = 24


@dataclasses.dataclass(frozen=True)
class Cast:
    """Who plays: alice to be enrolled, alice later, somebody else, and a photo of alice where there is one."""

    origin: str
    enrolment: list[Path]
    later: list[Path]
    stranger: list[Path] | None
    photo: list[Path] | None
    alive: bool = True
    """False for pictures that are still: liveness is not to be asked of them."""
    level: str = "balanced"
    """What a match is asked for: portraits of different years are harder than sessions before one webcam."""


def webcam_cast(data: Path, alice: str = "0001", stranger: str = "0004") -> Cast:
    """Return NUAA webcam frames: alice in one recorded session, and in another one weeks later."""
    sessions = sessions_of(data, alice)
    first, *_, last = sessions.values()
    return Cast(
        origin="webcam frames (NUAA), enrolled in one recorded session and verified in another",
        enrolment=first,
        later=last,
        stranger=next(iter(sessions_of(data, stranger).values())),
        photo=sorted((data / "nuaa" / "print" / alice).glob("*.jpg"))[:FRAMES],
    )


def sessions_of(data: Path, subject: str) -> dict[str, list[Path]]:
    """Return a NUAA subject's webcam frames by recorded session, in the order they were taken."""
    sessions: dict[str, list[Path]] = {}
    for frame in sorted((data / "nuaa" / "live" / subject).glob(f"{subject}_*.jpg")):
        sessions.setdefault(frame.stem.split("_")[3], []).append(frame)
    return sessions


def portrait_cast(portraits: Path, folder: Path) -> Cast | None:
    """Return clips made of the portraits of `tests.pictures`, None where these are not there."""
    if not all((portraits / name).is_file() for name in PICTURES):
        return None
    first, second, later, stranger = (_framed(portraits / name) for name in PICTURES)
    both = zip(make_clip(first, folder / "first", 1), make_clip(second, folder / "second", 2), strict=True)
    return Cast(
        origin="portraits of public figures (out of the Python package face_recognition), moved and re-lit; alice is "
        "enrolled from two and looked at in a third, of another year, so that the level is convenient (and the "
        "pictures are still, so that liveness is not asked for)",
        enrolment=list(itertools.chain.from_iterable(both)),
        later=make_clip(later, folder / "later", seed=3),
        stranger=make_clip(stranger, folder / "stranger", seed=4),
        photo=None,
        alive=False,
        level="convenient",
    )


def _framed(path: Path) -> NDArray[np.uint8]:
    """Return the upper part of a portrait, where the face is, as high as a webcam's frame."""
    portrait = decode(path.read_bytes())
    head = portrait[: min(portrait.shape[0], portrait.shape[1])]
    return np.asarray(
        cv2.resize(head, (480, 480 * head.shape[0] // head.shape[1]), interpolation=cv2.INTER_AREA), np.uint8
    )


def make_clip(portrait: NDArray[np.uint8], folder: Path, seed: int) -> list[Path]:
    """Write frames of a portrait that moves, turns and changes its light a little."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{n:04d}.png", frame) for n, frame in enumerate(_frames(portrait, seed))]


def _frames(portrait: NDArray[np.uint8], seed: int) -> Iterator[NDArray[np.uint8]]:
    random = np.random.default_rng(seed)
    height, width = portrait.shape[:2]
    for _ in range(FRAMES):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-6, 6), random.uniform(0.9, 1.15))
        turn[:, 2] += (640 - width) / 2 + random.uniform(-20, 20), (480 - height) / 2 + random.uniform(-15, 15)
        frame = cv2.warpAffine(portrait, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        lit = frame * random.uniform(0.8, 1.2) + random.normal(0, 4, frame.shape)
        yield np.clip(lit, 0, 255).astype(np.uint8)


def empty_room(folder: Path) -> list[Path]:
    """Write frames of a lit wall with nobody before it: a door and a shelf, or it would pass for a covered camera."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    wall = np.linspace(90, 170, 640)[None, :, None] + np.linspace(-25, 25, 480)[:, None, None]
    wall = np.repeat(wall, 3, axis=2)
    for (left, top, right, bottom), shade in (((60, 120, 220, 480), -60), ((380, 150, 600, 165), -80)):
        wall[top:bottom, left:right] += shade
    frames = [np.clip(wall + random.normal(0, 5, (480, 640, 3)), 0, 255).astype(np.uint8) for _ in range(8)]
    return [_write(folder / f"{n:04d}.png", frame) for n, frame in enumerate(frames)]


def _write(path: Path, frame: NDArray[np.uint8]) -> Path:
    if not cv2.imwrite(str(path), frame):
        raise OSError(f"{path}: cannot be written")
    return path
