"""What showing the camera costs and how fresh the picture is: the real bus, a file camera of 30 frames a second.

A frame's way begins when the file camera opens its file, which a watch on the folder tells, and ends when the client
has its JPEG and what was seen in it. Which frame it is shows by the picture. How smooth the window is: `make stall`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch.sync import Claim, Daemon, PreviewFrame
from facelatch_eye.sight import PREVIEW_QUALITY
from facelatch_models.picture import decode
from tests.bench.speed.footage import Footage, footage
from tests.bench.speed.household import CLOSED, RATE, Household
from tests.bench.speed.openings import Openings
from tests.bench.speed.processes import NotReady
from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import Setting

SECTION: Final = "preview"

FRAMES: Final = 24
STARTS: Final = (5, 1)
SECONDS: Final = (15, 3)
"""How often a preview is begun, and for how long one is watched, usually and in a quick run."""

SKETCH: Final = (160, 120)
"""What pictures are brought down to so as to compare them."""


class Shown(NamedTuple):
    """A frame as the client had it: when, which number it has, and its JPEG."""

    arrived: float
    number: int
    jpeg: bytes


class Second(NamedTuple):
    """What a second of preview took: frames, and milliseconds of processor time."""

    frames: float
    eye: float
    judge: float


def measures(setting: Setting) -> Iterator[Measure]:
    """Measure a preview; raises `NoPictures`, `Impossible`."""
    shown = footage(setting, FRAMES)
    folder = setting.scratch / "frames"
    paths = _written(shown, folder)
    household = Household.of(setting)
    household.play(paths)
    with household.lived_in(), Daemon.connect(household.at_the_bus[1]) as daemon, daemon.claim("alice") as claim:
        _first_frame(claim)  # the eye starts
        starts = [_first_frame(claim) for _ in range(setting.times(*STARTS))]
        with Openings(folder) as openings:
            claim.start_preview()
            frames, seconds = _watch(household, claim, setting.times(*SECONDS))
            claim.stop_preview()
    ways = _ways(frames, paths, openings)
    if not ways:
        raise NotReady("no frame was seen to be taken")
    note = f"{shown.origin}, {RATE} a second"
    yield Measure(SECTION, OURS, "frames", "a second", tuple(one.frames for one in seconds), note)
    yield Measure(SECTION, OURS, "camera to client", "ms", ways)
    yield Measure(SECTION, OURS, "frame after frame", "ms", _gaps(frames))
    yield Measure(SECTION, OURS, "start to first frame", "ms", tuple(starts), "the eye runs, the camera is opened")
    yield Measure(SECTION, OURS, "a frame as JPEG", "kB", tuple(len(frame.jpeg) / 1000 for frame in frames))
    yield Measure(SECTION, OURS, "encode a frame as JPEG", "ms", _encoded(shown))
    yield Measure(SECTION, OURS, "eye, processor time", "ms a second", tuple(one.eye for one in seconds))
    yield Measure(SECTION, OURS, "judge, processor time", "ms a second", tuple(one.judge for one in seconds))


def _written(shown: Footage, folder: Path) -> list[Path]:
    """Write the frames into a folder in which nothing else is opened."""
    folder.mkdir()
    paths = [folder / f"{number:04d}.jpg" for number in range(len(shown.frames))]
    for path, frame in zip(paths, shown.frames, strict=True):
        path.write_bytes(frame)
    return paths


def _first_frame(claim: Claim) -> float:
    """Begin a preview, and return milliseconds until its first frame; it is ended again."""
    time.sleep(CLOSED)
    began = time.perf_counter()
    claim.start_preview()
    claim.next_frame()
    passed = time.perf_counter() - began
    claim.stop_preview()
    return 1000 * passed


def _watch(household: Household, claim: Claim, seconds: int) -> tuple[list[Shown], list[Second]]:
    """Take every frame that can be had for so many seconds, from the first frame on."""
    taken = [_shown(claim.next_frame())]
    spans: list[Second] = []
    while len(spans) < seconds:
        began, computed = time.perf_counter(), household.processor_seconds()
        first = len(taken)
        while time.perf_counter() < began + 1:
            taken.append(_shown(claim.next_frame(taken[-1].number)))
        passed, now = time.perf_counter() - began, household.processor_seconds()
        eye, judge = (1000 * (after - before) / passed for after, before in zip(now, computed, strict=True))
        spans.append(Second((len(taken) - first) / passed, eye, judge))
    return taken, spans


def _shown(frame: PreviewFrame) -> Shown:
    return Shown(time.perf_counter(), frame.number, frame.jpeg)


def _gaps(frames: list[Shown]) -> tuple[float, ...]:
    arrived = np.array([frame.arrived for frame in frames])
    return tuple((1000 * np.diff(arrived)).tolist())


def _ways(frames: list[Shown], paths: list[Path], openings: Openings) -> tuple[float, ...]:
    """Return the milliseconds from each frame's file to the client, without those whose opening was told too late."""
    sketches = np.stack([sketch(path.read_bytes()) for path in paths])
    found = []
    for frame in frames:
        name = paths[most_like(sketch(frame.jpeg), sketches)].name
        opened = openings.before(frame.arrived, name)
        if opened is not None:
            found.append(1000 * (frame.arrived - opened))
    return tuple(found)


def sketch(jpeg: bytes) -> NDArray[np.float32]:
    """Return a picture small and grey."""
    small = cv2.resize(cv2.cvtColor(decode(jpeg), cv2.COLOR_BGR2GRAY), SKETCH, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def most_like(picture: NDArray[np.float32], others: NDArray[np.float32]) -> int:
    """Return which of the others a picture is most like; others: (pictures, height, width)."""
    return int(np.abs(others - picture).mean(axis=(1, 2)).argmin())


def _encoded(shown: Footage) -> tuple[float, ...]:
    """Return the milliseconds that it takes to encode each frame as the eye does."""
    took = []
    for frame in shown.frames:
        picture = decode(frame)
        began = time.perf_counter()
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
        took.append(1000 * (time.perf_counter() - began))
    return tuple(took)
