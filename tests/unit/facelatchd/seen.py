"""Observations made up for tests of the judge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelatch.types import Pose
from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.pack import InputSpec, Kind, Manifest, Pack, PackFile, Role
from facelatch_models.scale import LEVELS, PASSED, Calibration, Figure
from facelatch_models.yardstick import Yardstick
from facelatchd.shots import FEWEST_SHOTS, WANTED

DIMENSION = 16
CALIBRATION = Calibration(
    slope=40.0,
    intercept=-12.0,
    correlation=0.5,
    bounds={"convenient": 9.2, "balanced": 11.5, "strict": 13.8},
    measured="made up",
)


def part(role: Role, kind: Kind, digit: str) -> PackFile:
    """A network's entry in a manifest."""
    return PackFile(
        role=role,
        kind=kind,
        name=f"{role.value}.onnx",
        sha256=digit * 64,
        bytes=1,
        licence="none",
        source="made up",
        input=InputSpec(width=8, height=8, points=((0.5, 0.5),) * 5),
        dimension=DIMENSION if role is Role.EMBEDDER else 0,
    )


MANIFEST = Manifest(
    id="made_up",
    version="1",
    title="Made up",
    licence="none",
    file=(
        part(Role.DETECTOR, Kind.YUNET, "a"),
        part(Role.EMBEDDER, Kind.VECTOR, "b"),
        part(Role.LIVENESS, Kind.MINIFASNET, "c"),
    ),
    calibration=CALIBRATION,
    figure=tuple(
        Figure(name=PASSED + level, value=0.0, low=0.0, high=rate, data="made up", command="none")
        for level, rate in LEVELS.items()
    ),
)


PACK = Pack(Path("/nonexistent"), MANIFEST)
YARDSTICK = Yardstick(CALIBRATION)


def unit(cosine: float = 1.0) -> NDArray[np.float32]:
    """A unit vector with the given cosine to `unit()`."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[0] = cosine
    vector[1] = np.sqrt(max(0.0, 1 - cosine * cosine))
    return vector


def face(
    vector: NDArray[np.float32] | None, live: float | None = 0.99, yaw: float = 0.0, pitch: float = 0.0
) -> SeenFace:
    """A face as the eye reports it."""
    return SeenFace(
        box=(100.0, 100.0, 150.0, 150.0),
        landmarks=((130.0, 150.0), (210.0, 150.0), (170.0, 190.0), (140.0, 220.0), (200.0, 220.0)),
        confidence=0.9,
        yaw=yaw,
        pitch=pitch,
        roll=0.0,
        sharpness=100.0,
        light=120.0,
        embedding=None if vector is None else vector.astype("<f4").tobytes(),
        live=live,
    )


def seen(view: View = View.CLEAR, *faces: SeenFace, sequence: int = 0) -> Observation:
    """A frame with its faces; the first is the best where the view is clear."""
    return Observation(
        sequence=sequence,
        captured=0.0,
        width=640,
        height=480,
        view=view,
        light=120.0,
        faces=faces,
        best=0 if faces and view is View.CLEAR else None,
        took={"detect": 2.0},
    )


def varied(index: int) -> NDArray[np.float32]:
    """Vectors of one person, none too much like another: all pairs have the cosine 0.81."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[0], vector[1 + index % (DIMENSION - 1)] = 0.9, np.sqrt(1 - 0.81)
    return vector


ANGLES = {Pose.STRAIGHT: (0, 0), Pose.LEFT: (20, 0), Pose.RIGHT: (-20, 0), Pose.UP: (0, 20), Pose.DOWN: (0, -20)}


def shot(index: int, pose: Pose = Pose.STRAIGHT, live: float | None = 0.99) -> Observation:
    """A frame from which an enrolment can take a shot."""
    yaw, pitch = ANGLES[pose]
    return seen(View.CLEAR, face(varied(index), live=live, yaw=yaw, pitch=pitch))


POSES = [pose for pose, count in WANTED.items() for _ in range(count)]
ALL_POSES = [shot(index, pose) for index, pose in enumerate(POSES)]
STRAIGHT_ONLY = [shot(index) for index in range(FEWEST_SHOTS)]
NOBODY = seen(View.NO_FACE)
USER = seen(View.CLEAR, face(unit(0.95)))
STRANGER = seen(View.CLEAR, face(unit(0.0)))
