"""Pictures to put before a file camera: real webcam frames where they are, else what installed packages bring."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.picture import decode

FRAMES = 24


@dataclasses.dataclass(frozen=True)
class Cast:
    """Who plays: alice to be enrolled, alice later, somebody else, and a photo of alice where there is one."""

    origin: str
    enrolment: list[Path]
    later: list[Path]
    stranger: list[Path] | None
    photo: list[Path] | None


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


def packaged_cast(folder: Path) -> Cast | None:
    """Return clips made of pictures that come with installed packages, None where none is installed."""
    astronaut = _packaged("skimage", "data/astronaut.png")
    crowd = _packaged("insightface", "data/images/t1.jpg")
    if astronaut is None:
        return None
    portrait = decode(astronaut.read_bytes())
    stranger = None
    if crowd is not None:
        one_of_them = decode(crowd.read_bytes())[190:490, 395:645]
        stranger = make_clip(cv2.resize(one_of_them, None, fx=1.5, fy=1.5), folder / "stranger", seed=3)
    return Cast(
        origin="a picture that comes with scikit-image, moved and re-lit (a still picture: liveness is not asked for)",
        enrolment=make_clip(portrait, folder / "enrolment", seed=1),
        later=make_clip(portrait, folder / "later", seed=2),
        stranger=stranger,
        photo=None,
    )


def _packaged(package: str, name: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / name
    return path if path.is_file() else None


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
    """Write frames of a lit wall with nobody before it."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    wall = np.linspace(90, 170, 640)[None, :, None] + np.linspace(-25, 25, 480)[:, None, None]
    frames = [np.clip(wall + random.normal(0, 5, (480, 640, 3)), 0, 255).astype(np.uint8) for _ in range(8)]
    return [_write(folder / f"{n:04d}.png", frame) for n, frame in enumerate(frames)]


def _write(path: Path, frame: NDArray[np.uint8]) -> Path:
    if not cv2.imwrite(str(path), frame):
        raise OSError(f"{path}: cannot be written")
    return path
