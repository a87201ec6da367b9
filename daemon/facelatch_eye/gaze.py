"""The gaze: what one picture shows. Knows networks, and neither sockets nor cameras nor templates."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from facelatch_eye.messages import Observation, SeenAttribute, SeenFace, Task, View
from facelatch_models.components import components_of
from facelatch_models.face import Face, Openness, Picture, Told
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import Pack
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


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of a face beyond its eyes, as far as somebody asked."""

    embedding: bytes | None = None
    live: float | None = None
    quality: dict[str, float] = field(default_factory=dict)
    attributes: tuple[Told, ...] = ()


_UNTOLD: Final = _Told()


def open_gaze(pack: Pack, threads: int) -> Gaze:
    """Return a gaze with a pack's networks, which uses so many processor cores; raises `PackDamaged`.

    From two on, two networks work beside each other, each with half of them: a second thread within networks as small
    as those of `open` saved a tenth of their time, for a quarter more work.
    """
    aside = ThreadPoolExecutor(1, thread_name_prefix="aside") if threads > 1 else None
    return Gaze(load_networks(pack, max(1, threads // 2)), aside)


class Gaze:
    """Turns pictures into observations. One thread at a time."""

    def __init__(
        self, networks: Networks, aside: Executor | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Take loaded networks, and who works beside the thread that looks; without, one stage follows the other."""
        self._networks = networks
        self._aside = aside
        self._clock = clock

    def look(self, picture: Picture, tasks: Collection[Task], moment: Moment) -> Observation:
        """Return what a frame shows; its best face is embedded and checked for life where the view is clear.

        While the eyes are closed the view is not clear, and neither is told.

        picture: (height, width, 3) uint8, blue, green, red. Raises `facelatch_models.runtime.NetworkFailed`.
        """
        took = dict(moment.took)
        with self._timed(took, "detect"):
            light = light_of(picture)
            found, more = _candidates(picture, self._networks.detector.detect(picture), MOST_FACES)
            view = view_of(found) if found else _view_without_face(picture, light)
        faces = [_seen(candidate) for candidate in found]
        if view is View.CLEAR:
            best, told = self._judged(picture, found, tasks, took)
            view = best.view
            faces[0] = _seen(best, told)
        return _observation(picture, moment, view, light, faces, more, took)

    def analyse(
        self, picture: Picture, tasks: Collection[Task], moment: Moment, pause: Callable[[], None] = lambda: None
    ) -> Observation:
        """Return what a picture shows, every face of it (up to `MOST_ANALYSED`) put to every task.

        `pause` is called before each face; another thread may look meanwhile. Raises
        `facelatch_models.runtime.NetworkFailed`, and what `pause` raises.
        """
        took = dict(moment.took)
        with self._timed(took, "detect"):
            light = light_of(picture)
            found, more = _candidates(picture, self._networks.detector.search(picture), MOST_ANALYSED)
        faces = []
        for index in range(len(found)):
            pause()
            found[index] = self._with_eyes(picture, found[index], tasks, took)
            faces.append(_seen(found[index], self._told(picture, index, found, tasks, took)))
        view = view_of(found) if found else _view_without_anybody(light)
        return _observation(picture, moment, view, light, faces, more, took)

    def _judged(
        self, picture: Picture, found: list[_Candidate], tasks: Collection[Task], took: dict[str, float]
    ) -> tuple[_Candidate, _Told]:
        """Return the best face with its eyes, and what else is told of it: nothing where they are closed.

        The eyes take about as long as everything else.
        """
        if self._aside is None:
            best = self._with_eyes(picture, found[0], tasks, took)
            return best, _UNTOLD if best.closed else self._told(picture, 0, found, tasks, took)
        apart: dict[str, float] = {}
        eyes = self._aside.submit(self._with_eyes, picture, found[0], tasks, apart)
        try:
            told = self._told(picture, 0, found, tasks, took)
        finally:
            wait([eyes])  # whatever failed: networks are for one picture at a time
        took.update(apart)
        best = eyes.result()
        return best, _UNTOLD if best.closed else told

    def _with_eyes(
        self, picture: Picture, candidate: _Candidate, tasks: Collection[Task], took: dict[str, float]
    ) -> _Candidate:
        """Return a face with how far open its eyes are, if that is asked and can be told.

        Both have to be closed to count, since one alone may be hidden.
        """
        network = self._networks.eyes
        if network is None or Task.EYES not in tasks:
            return candidate
        with self._timed(took, "eyes"):
            eyes = network.openness(picture, candidate.face)
        return replace(candidate, eyes=eyes, closed=max(eyes) < network.threshold)

    def _told(
        self, picture: Picture, index: int, found: list[_Candidate], tasks: Collection[Task], took: dict[str, float]
    ) -> _Told:
        """Return what is asked of one of the faces found but for its eyes; the others count for how alone it is."""
        face, networks = found[index].face, self._networks
        told = _UNTOLD
        if Task.EMBED in tasks:
            with self._timed(took, "embed"):
                told = replace(told, embedding=networks.embedder.embed(picture, face).astype("<f4").tobytes())
        if Task.LIVENESS in tasks and networks.liveness is not None:
            with self._timed(took, "liveness"):
                told = replace(told, live=networks.liveness.live(picture, face))
        if Task.QUALITY in tasks:
            with self._timed(took, "quality"):
                told = replace(told, quality=_components(picture, found, index))
        if Task.ATTRIBUTES in tasks and networks.attributes is not None:
            with self._timed(took, "attributes"):
                told = replace(told, attributes=networks.attributes.tell(picture, face))
        return told

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


def _seen(candidate: _Candidate, told: _Told = _UNTOLD) -> SeenFace:
    face = candidate.face
    return SeenFace(
        box=face.box,
        landmarks=tuple((float(x), float(y)) for x, y in face.points),
        confidence=face.confidence,
        yaw=candidate.pose.yaw,
        pitch=candidate.pose.pitch,
        roll=candidate.pose.roll,
        sharpness=candidate.quality.sharpness,
        light=candidate.quality.light,
        embedding=told.embedding,
        live=told.live,
        view=candidate.view,
        eyes=candidate.eyes,
        quality=told.quality,
        attributes=tuple(SeenAttribute(each.name, each.label, each.probability) for each in told.attributes),
    )


def _observation(
    picture: Picture,
    moment: Moment,
    view: View,
    light: float,
    faces: list[SeenFace],
    more: int,
    took: dict[str, float],
) -> Observation:
    height, width = picture.shape[:2]
    return Observation(
        sequence=moment.sequence,
        captured=moment.captured,
        width=width,
        height=height,
        view=view,
        light=light,
        faces=tuple(faces),
        best=0 if view is View.CLEAR else None,
        more=more,
        took=took,
    )


def view_of(faces: list[_Candidate]) -> View:
    """Return what kept a frame with faces from being useful, the first that applies in the order of `View`.

    faces: the largest first, at least one. The best one's own light counts, not the frame's: an infrared camera shows a
    bright face before a black room.
    """
    best = faces[0]
    crowded = any(other.area >= BYSTANDER * best.area for other in faces[1:])
    return View.SEVERAL_FACES if crowded and best.view is not View.DARK else best.view


def _view_without_face(picture: Picture, light: float) -> View:
    """Return why there is no face in a frame, as far as it says; `light` is its mean luma."""
    return View.COVERED if structure_of(picture) < LEAST_STRUCTURE else _view_without_anybody(light)


def _view_without_anybody(light: float) -> View:
    """Return why there is no face in a still picture, which nobody covers."""
    return View.DARK if light < DARKEST else View.NO_FACE
