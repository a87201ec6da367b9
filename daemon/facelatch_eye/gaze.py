"""The gaze: what one picture shows. Knows networks, and neither sockets nor cameras nor templates."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from facelatch_eye.messages import Observation, SeenFace, Task, View
from facelatch_models.face import Face, Picture
from facelatch_models.networks import Networks
from facelatch_models.pose import Pose, pose_of
from facelatch_models.quality import DARKEST, Quality, light_of, quality_of

BYSTANDER: Final = 0.25
"""Area, as a share of the best face's, from which a second face counts: that of somebody twice as far away.

At a laptop the user sits at about half a metre, so a person within a metre makes it two faces; a portrait on the wall
and the next desk do not.
"""

MOST_FACES: Final = 16
"""Faces of one picture that are looked at, the largest first: a poster of a crowd shall not cost seconds."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Which frame a picture is. captured: monotonic seconds. took: milliseconds spent on it so far, by stage."""

    sequence: int = 0
    captured: float = 0.0
    took: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A face with what can be said of it without its embedding."""

    face: Face
    quality: Quality
    pose: Pose

    @property
    def area(self) -> float:
        return self.face.box[2] * self.face.box[3]


class Gaze:
    """Turns pictures into observations. One thread at a time."""

    def __init__(self, networks: Networks, clock: Callable[[], float] = time.perf_counter) -> None:
        self._networks = networks
        self._clock = clock

    def look(self, picture: Picture, tasks: Collection[Task], moment: Moment) -> Observation:
        """Return what a frame shows; its best face is embedded and checked for life where the view is clear.

        picture: (height, width, 3) uint8, blue, green, red. Raises `facelatch_models.runtime.NetworkFailed`.
        """
        return self._observe(picture, tasks, moment, every=False)

    def analyse(self, picture: Picture, tasks: Collection[Task], moment: Moment) -> Observation:
        """Return what a picture shows, every face of it (up to `MOST_FACES`) embedded and checked for life.

        Raises `facelatch_models.runtime.NetworkFailed`.
        """
        return self._observe(picture, tasks, moment, every=True)

    def _observe(self, picture: Picture, tasks: Collection[Task], moment: Moment, every: bool) -> Observation:
        took = dict(moment.took)
        with self._timed(took, "detect"):
            light = light_of(picture)
            found = self._candidates(picture)
        view = view_of(found, light)
        best = 0 if view is View.CLEAR else None
        worth = range(len(found)) if every else range(0 if best is None else 1)
        faces = tuple(
            self._seen(picture, one, tasks if index in worth else (), took) for index, one in enumerate(found)
        )
        height, width = picture.shape[:2]
        return Observation(
            sequence=moment.sequence,
            captured=moment.captured,
            width=width,
            height=height,
            view=view,
            light=light,
            faces=faces,
            best=best,
            took=took,
        )

    def _candidates(self, picture: Picture) -> list[_Candidate]:
        """Return the faces, the largest, which is the nearest, first."""
        faces = sorted(self._networks.detector.detect(picture), key=lambda face: -face.box[2] * face.box[3])
        return [_Candidate(face, quality_of(picture, face), pose_of(face.points)) for face in faces[:MOST_FACES]]

    def _seen(
        self, picture: Picture, candidate: _Candidate, tasks: Collection[Task], took: dict[str, float]
    ) -> SeenFace:
        face, networks = candidate.face, self._networks
        embedding, live = None, None
        if Task.EMBED in tasks:
            with self._timed(took, "embed"):
                embedding = networks.embedder.embed(picture, face).astype(np.dtype("<f4")).tobytes()
        if Task.LIVENESS in tasks and networks.liveness is not None:
            with self._timed(took, "liveness"):
                live = networks.liveness.live(picture, face)
        return SeenFace(
            box=face.box,
            landmarks=tuple((float(x), float(y)) for x, y in face.points),
            confidence=face.confidence,
            yaw=candidate.pose.yaw,
            pitch=candidate.pose.pitch,
            roll=candidate.pose.roll,
            sharpness=candidate.quality.sharpness,
            light=candidate.quality.light,
            embedding=embedding,
            live=live,
        )

    @contextmanager
    def _timed(self, took: dict[str, float], stage: str) -> Iterator[None]:
        """Add the block's milliseconds to a stage."""
        start = self._clock()
        yield
        took[stage] = took.get(stage, 0.0) + (self._clock() - start) * 1000


def view_of(faces: list[_Candidate], light: float) -> View:
    """Return what kept a frame from being useful, the first that applies in the order of `View`; faces largest first.

    The face's own light counts where there is a face: an infrared camera shows a bright face before a black room.
    """
    if not faces:
        return View.DARK if light < DARKEST else View.NO_FACE
    best = faces[0]
    checks = (
        (View.DARK, best.quality.dark),
        (View.SEVERAL_FACES, any(other.area >= BYSTANDER * best.area for other in faces[1:])),
        (View.FAR, best.quality.far),
        (View.BLURRED, best.quality.blurred),
        (View.TURNED, best.pose.turned),
    )
    return next((view for view, applies in checks if applies), View.CLEAR)
