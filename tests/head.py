"""A head that moves before a camera, as the judge hears of it: projected from three dimensions, with slips.

There are no recordings of people who were asked for gestures, so these stand for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Gesture
from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models import pose as poses
from facelatch_models.pose import MOST_YAW, pose_of

HEAD: Final = poses._HEAD
"""The five points of a head, in distances of the eyes."""

EYES: Final = 0.063
"""Metres between the eyes."""

FOCAL: Final = 640.0
"""Pixels: of a camera of 640 x 480 that sees 53 degrees across."""

OPEN: Final = 0.3
CLOSED: Final = 0.08
"""Height over width of an open and of a closed eye."""


class Posture(msgspec.Struct, frozen=True):
    """How a head is held: degrees, positive towards the person's left and upwards; metres; whether eyes are closed."""

    yaw: float = 0.0
    pitch: float = 0.0
    aside: float = 0.0
    distance: float = 0.6
    shut: bool = False


Course = Callable[[float], Posture]
"""Where a head is at a time, in seconds."""


def points_of(posture: Posture, head: NDArray[np.float64] = HEAD) -> NDArray[np.float64]:
    """Return the five points of a head in a frame of 640 x 480 pixels, shape (5, 2)."""
    yaw, pitch = math.radians(posture.yaw), math.radians(posture.pitch)
    turned = head @ np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    bent = turned @ np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    x, y, z = (bent * EYES).T
    away = posture.distance + z
    return np.stack([320 + FOCAL * (x + posture.aside) / away, 200 + FOCAL * y / away], axis=1)


def observed(
    points: NDArray[np.float64], time: float, *, shut: bool = False, embedding: bytes | None = None, sequence: int = 0
) -> Observation:
    """Return the frame in which the five points were found at a time."""
    pose = pose_of(points)
    width = 2.3 * float(np.linalg.norm(points[1] - points[0]) / max(math.cos(math.radians(pose.yaw)), 0.3))
    middle = points[[0, 1, 3, 4]].mean(axis=0)
    view = View.EYES_CLOSED if shut else View.TURNED if abs(pose.yaw) > MOST_YAW else View.CLEAR
    eyes = CLOSED if shut else OPEN
    face = SeenFace(
        box=(float(middle[0]) - width / 2, float(middle[1]) - width / 2, width, 1.2 * width),
        landmarks=tuple((float(x), float(y)) for x, y in points),
        confidence=0.9,
        yaw=pose.yaw,
        pitch=pose.pitch,
        roll=pose.roll,
        sharpness=0.1,
        light=120.0,
        embedding=embedding if view is View.CLEAR else None,
        live=0.99 if view is View.CLEAR and embedding else None,
        view=view,
        eyes=(eyes, eyes),
    )
    best = 0 if view is View.CLEAR else None
    return Observation(sequence, time, 640, 480, view, light=100.0, faces=(face,), best=best)


def still(_time: float) -> Posture:
    """Hold still."""
    return Posture()


def showing(gesture: Gesture, start: float, size: float = 0.0, seconds: float = 1.0) -> Course:
    """Return the course of a gesture of so many degrees, there and back; with size 0 of 25, for a nod 18."""

    def course(time: float) -> Posture:
        share = (time - start) / seconds
        if not 0 < share < 1:
            return Posture()
        angle = (size or (18.0 if gesture is Gesture.NOD else 25.0)) * (1 - math.cos(2 * math.pi * share)) / 2
        return {
            Gesture.TURN_LEFT: Posture(yaw=angle),
            Gesture.TURN_RIGHT: Posture(yaw=-angle),
            Gesture.NOD: Posture(pitch=-angle),
            Gesture.BLINK: Posture(shut=0.25 < share < 0.75),
        }[gesture]

    return course


def frames(
    course: Course,
    seconds: float,
    rate: float = 15.0,
    start: float = 0.0,
    *,
    slip: float = 0.0,
    random: np.random.Generator | None = None,
    head: NDArray[np.float64] = HEAD,
) -> Iterator[Observation]:
    """Yield the frames of a course; points slip by `slip` distances of the eyes (standard deviation)."""
    for number in range(round(seconds * rate)):
        time = start + number / rate
        posture = course(time)
        points = points_of(posture, head)
        if random is not None:
            points = points + random.normal(0, slip * EYES * FOCAL / posture.distance, points.shape)
        yield observed(points, time, shut=posture.shut, sequence=number)
