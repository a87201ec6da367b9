"""The gaze: what one picture shows. Knows networks, and neither sockets nor cameras nor templates."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from facelatch_eye.messages import Observation, SeenAttribute, SeenFace, Task, View
from facelatch_models.components import components_of
from facelatch_models.face import Eyes, Face, Openness, Picture, Told
from facelatch_models.networks import Networks
from facelatch_models.pose import Pose, pose_of
from facelatch_models.quality import DARKEST, LEAST_STRUCTURE, Quality, light_of, quality_of, structure_of

BYSTANDER: Final = 0.25
"""Area, as a share of the best face's, from which a second face counts: that of somebody twice as far away.

At a laptop the user sits at about half a metre, so a person within a metre makes it two faces; a portrait on the wall
and the next desk do not.
"""

MOST_FACES: Final = 16
"""Faces of one frame that are looked at, the largest first: a poster of a crowd shall not cost a login its time."""

MOST_ANALYSED: Final = 64
"""Faces of one picture that are looked at, the largest first: a school class, in seconds."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Which frame a picture is. captured: monotonic seconds. took: milliseconds spent on it so far, by stage."""

    sequence: int = 0
    captured: float = 0.0
    took: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A face with what can be said of it without its embedding. `eyes` and `closed` once somebody has looked."""

    face: Face
    quality: Quality
    pose: Pose
    eyes: Openness | None = None
    closed: bool = False

    @property
    def area(self) -> float:
        return self.face.box[2] * self.face.box[3]

    @property
    def view(self) -> View:
        """What speaks against it, whoever else is there; the first that applies."""
        checks = (
            (View.DARK, self.quality.dark),
            (View.FAR, self.quality.far),
            (View.BLURRED, self.quality.blurred),
            (View.TURNED, self.pose.turned),
            (View.EYES_CLOSED, self.closed),
        )
        return next((view for view, applies in checks if applies), View.CLEAR)


class Gaze:
    """Turns pictures into observations. One thread at a time."""

    def __init__(self, networks: Networks, clock: Callable[[], float] = time.perf_counter) -> None:
        self._networks = networks
        self._clock = clock

    def look(self, picture: Picture, tasks: Collection[Task], moment: Moment) -> Observation:
        """Return what a frame shows; its best face is embedded and checked for life where the view is clear.

        The eyes come before both: while they are closed, the view is not clear.

        picture: (height, width, 3) uint8, blue, green, red. Raises `facelatch_models.runtime.NetworkFailed`.
        """
        return self._observe(picture, tasks, moment, every=False)

    def analyse(
        self, picture: Picture, tasks: Collection[Task], moment: Moment, pause: Callable[[], None] = lambda: None
    ) -> Observation:
        """Return what a picture shows, every face of it (up to `MOST_ANALYSED`) put to every task.

        `pause` is called before each face; another thread may look meanwhile. Raises
        `facelatch_models.runtime.NetworkFailed`, and what `pause` raises.
        """
        return self._observe(picture, tasks, moment, every=True, pause=pause)

    def _observe(
        self,
        picture: Picture,
        tasks: Collection[Task],
        moment: Moment,
        every: bool,
        pause: Callable[[], None] = lambda: None,
    ) -> Observation:
        took = dict(moment.took)
        with self._timed(took, "detect"):
            light = light_of(picture)
            detector = self._networks.detector
            there = detector.search(picture) if every else detector.detect(picture)
            found, more = _candidates(picture, there, MOST_ANALYSED if every else MOST_FACES)
            view = view_of(found) if found else _view_without_face(picture, light, every)
        eyes = self._networks.eyes
        if eyes is not None and Task.EYES in tasks:
            for index in range(len(found)) if every else range(view is View.CLEAR):
                pause()
                with self._timed(took, "eyes"):
                    found[index] = _with_eyes(picture, found[index], eyes)
            view = view_of(found) if found else view
        best = 0 if view is View.CLEAR else None
        worth = range(len(found)) if every else range(0 if best is None else 1)
        faces = []
        for index in range(len(found)):
            pause()
            faces.append(self._seen(picture, index, found, tasks if index in worth else (), took))
        height, width = picture.shape[:2]
        return Observation(
            sequence=moment.sequence,
            captured=moment.captured,
            width=width,
            height=height,
            view=view,
            light=light,
            faces=tuple(faces),
            best=best,
            more=more,
            took=took,
        )

    def _seen(
        self, picture: Picture, index: int, found: list[_Candidate], tasks: Collection[Task], took: dict[str, float]
    ) -> SeenFace:
        """Return what is told of one of the faces found; the others count for how alone it is."""
        candidate, networks = found[index], self._networks
        face = candidate.face
        embedding, live = None, None
        components: dict[str, float] = {}
        told: tuple[Told, ...] = ()
        if Task.EMBED in tasks:
            with self._timed(took, "embed"):
                embedding = networks.embedder.embed(picture, face).astype(np.dtype("<f4")).tobytes()
        if Task.LIVENESS in tasks and networks.liveness is not None:
            with self._timed(took, "liveness"):
                live = networks.liveness.live(picture, face)
        if Task.QUALITY in tasks:
            with self._timed(took, "quality"):
                components = _components(picture, found, index)
        if Task.ATTRIBUTES in tasks and networks.attributes is not None:
            with self._timed(took, "attributes"):
                told = networks.attributes.tell(picture, face)
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
            view=candidate.view,
            eyes=candidate.eyes,
            quality=components,
            attributes=tuple(SeenAttribute(each.name, each.label, each.probability) for each in told),
        )

    @contextmanager
    def _timed(self, took: dict[str, float], stage: str) -> Iterator[None]:
        """Add the block's milliseconds to a stage."""
        start = self._clock()
        yield
        took[stage] = took.get(stage, 0.0) + (self._clock() - start) * 1000


def _components(picture: Picture, found: list[_Candidate], index: int) -> dict[str, float]:
    """Return the quality components of one of the faces found, the largest first, by their names."""
    candidate = found[index]
    largest_other = max((other.area for other in (*found[:index], *found[index + 1 :])), default=0.0)
    measured = components_of(picture, candidate.face, candidate.quality, candidate.pose, largest_other)
    return {component.value: value for component, value in measured.items()}


def _candidates(picture: Picture, faces: list[Face], most: int) -> tuple[list[_Candidate], int]:
    """Return the faces, the largest, which is the nearest, first, and how many there are beyond `most`."""
    faces = sorted(faces, key=lambda face: -face.box[2] * face.box[3])
    found = [_Candidate(face, quality_of(picture, face), pose_of(face.points)) for face in faces[:most]]
    return found, len(faces) - len(found)


def _with_eyes(picture: Picture, candidate: _Candidate, network: Eyes) -> _Candidate:
    """Return a face with how far open its eyes are; both have to be closed to count, since one alone may be hidden."""
    eyes = network.openness(picture, candidate.face)
    return replace(candidate, eyes=eyes, closed=max(eyes) < network.threshold)


def view_of(faces: list[_Candidate]) -> View:
    """Return what kept a frame with faces from being useful, the first that applies in the order of `View`.

    faces: the largest first, at least one. The best one's own light counts, not the frame's: an infrared camera shows a
    bright face before a black room.
    """
    best = faces[0]
    crowded = any(other.area >= BYSTANDER * best.area for other in faces[1:])
    return View.SEVERAL_FACES if crowded and best.view is not View.DARK else best.view


def _view_without_face(picture: Picture, light: float, still: bool) -> View:
    """Return why there is no face, as far as the picture says; `light` is its mean luma. Nobody covers a still one."""
    if not still and structure_of(picture) < LEAST_STRUCTURE:
        return View.COVERED
    return View.DARK if light < DARKEST else View.NO_FACE
