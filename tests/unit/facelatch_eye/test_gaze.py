from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from facelatch_eye import gaze as gaze_module
from facelatch_eye.gaze import BYSTANDER, MOST_ANALYSED, MOST_FACES, Gaze, Moment, open_gaze
from facelatch_eye.messages import Observation, SeenAttribute, Task, View
from facelatch_models.components import Component
from facelatch_models.face import Face, Openness, Picture, Vector
from facelatch_models.networks import Networks
from facelatch_models.pack import Pack
from facelatch_models.runtime import NetworkFailed
from tests.unit.facelatch_eye.fake import (
    FakeAttributes,
    FakeDetector,
    FakeEmbedder,
    FakeLiveness,
    blurry,
    face_at,
    fake_networks,
    noisy,
)
from tests.unit.facelatch_models.samples import manifest

EVERYTHING = (Task.EMBED, Task.LIVENESS, Task.EYES)

BOTH = (Task.EMBED, Task.LIVENESS)
FACE = face_at(200, 100, 200)


def look(picture: Picture, *faces: Face, tasks: tuple[Task, ...] = BOTH) -> Observation:
    return Gaze(fake_networks(*faces)).look(picture, tasks, Moment(3, 5.5))


def room(light: float = 1.0) -> Picture:
    """Return a room in which there is something to see."""
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[:, 200:] = 200
    picture[300:, :450] = 90
    return (picture * light).astype(np.uint8)


@dataclass
class FakeEyes:
    """Finds the eyes as open as it is told, face after face; counts the faces."""

    answers: list[Openness]
    threshold: float = 0.05
    seen: list[Face] = field(default_factory=list)

    def openness(self, picture: Picture, face: Face) -> Openness:
        self.seen.append(face)
        return self.answers[(len(self.seen) - 1) % len(self.answers)]


def eyed(*faces: Face, eyes: Openness = (0.3, 0.3), more: tuple[Openness, ...] = ()) -> tuple[Gaze, FakeEyes]:
    network = FakeEyes([eyes, *more])
    return Gaze(replace(fake_networks(*faces), eyes=network)), network


def counted(*faces: Face, eyes: FakeEyes | None = None) -> tuple[Gaze, FakeEmbedder, FakeLiveness]:
    embedder, liveness = FakeEmbedder(), FakeLiveness()
    return Gaze(Networks(FakeDetector(list(faces)), embedder, liveness, eyes=eyes)), embedder, liveness


@pytest.mark.parametrize(
    ("picture", "faces", "view"),
    [
        (noisy(), [FACE], View.CLEAR),
        (room(), [], View.NO_FACE),
        (room(0.08), [], View.DARK),
        (noisy(tone=0) // 4, [], View.COVERED),
        (noisy(), [], View.COVERED),
        (noisy(tone=0) // 4, [FACE], View.DARK),
        (noisy(), [FACE, face_at(420, 100, 110)], View.SEVERAL_FACES),
        (noisy(), [face_at(200, 100, 20)], View.FAR),
        (blurry(), [FACE], View.BLURRED),
        (noisy(), [face_at(200, 100, 200, yaw=0.8)], View.TURNED),
    ],
)
def test_what_kept_a_frame_from_being_useful_is_named(picture: Picture, faces: list[Face], view: View) -> None:
    observation = look(picture, *faces)

    assert observation.view is view
    assert observation.best == (0 if view is View.CLEAR else None)


def test_of_several_faults_the_first_in_the_order_of_the_views_is_named() -> None:
    small_turned = face_at(200, 100, 20, yaw=0.8)

    assert look(noisy(tone=0) // 4, small_turned, small_turned).view is View.DARK
    assert look(noisy(), small_turned, small_turned).view is View.SEVERAL_FACES
    assert look(noisy(), small_turned).view is View.FAR


def test_what_speaks_against_each_face_by_itself_is_told_whoever_else_is_there() -> None:
    seen = look(noisy(), FACE, face_at(420, 100, 190, yaw=0.8), face_at(10, 10, 20))
    assert seen.view is View.SEVERAL_FACES
    assert [face.view for face in seen.faces] == [View.CLEAR, View.TURNED, View.FAR]


def test_a_bright_face_before_a_black_room_is_not_dark() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[100:360, 200:400] = noisy(200, 260)

    assert look(picture, FACE).view is View.CLEAR


@pytest.mark.parametrize(("share", "view"), [(0.9, View.CLEAR), (1.1, View.SEVERAL_FACES)])
def test_a_second_face_counts_from_a_quarter_of_the_bests_area(share: float, view: View) -> None:
    other = face_at(420, 100, 200 * (BYSTANDER * share) ** 0.5)

    assert look(noisy(), FACE, other).view is view


def test_the_largest_face_is_the_best_however_confident_the_detector_is_of_another() -> None:
    observation = look(noisy(), face_at(10, 10, 60), FACE)

    assert observation.best == 0
    assert observation.faces[0].box == FACE.box
    assert observation.faces[0].embedding is not None
    assert observation.faces[1].embedding is None


def test_a_clear_face_is_embedded_as_little_endian_floats_and_checked_for_life() -> None:
    face = look(noisy(), FACE).faces[0]

    assert face.embedding is not None
    assert np.frombuffer(face.embedding, "<f4") == pytest.approx([0.6, 0.8, 0.0, 0.0])
    assert face.live == 0.75


@pytest.mark.parametrize("tasks", [(), (Task.EMBED,), (Task.LIVENESS,)])
def test_nothing_is_worked_out_that_nobody_asked_for(tasks: tuple[Task, ...]) -> None:
    gaze, embedder, liveness = counted(FACE)

    gaze.look(noisy(), tasks, Moment())

    assert len(embedder.seen) == (Task.EMBED in tasks)
    assert len(liveness.seen) == (Task.LIVENESS in tasks)


def test_a_face_in_an_unclear_view_is_not_embedded() -> None:
    gaze, embedder, liveness = counted(FACE, face_at(420, 100, 190))

    observation = gaze.look(noisy(), BOTH, Moment())

    assert observation.view is View.SEVERAL_FACES
    assert not embedder.seen
    assert not liveness.seen


@pytest.mark.parametrize("yaw", [-0.18, 0.18])
def test_a_face_turned_a_little_as_enrolment_wants_it_is_embedded(yaw: float) -> None:
    observation = look(noisy(), face_at(200, 100, 200, yaw=yaw))

    assert observation.view is View.CLEAR
    assert 10 < abs(observation.faces[0].yaw) < 35
    assert observation.faces[0].embedding is not None


def test_a_pack_without_liveness_leaves_it_out() -> None:
    observation = Gaze(fake_networks(FACE, liveness=False)).look(noisy(), BOTH, Moment())

    assert observation.faces[0].live is None
    assert observation.faces[0].embedding is not None


def test_an_observation_tells_which_frame_it_is_of_and_how_long_each_stage_took() -> None:
    observation = Gaze(fake_networks(FACE)).look(noisy(), BOTH, Moment(3, 5.5, {"wait": 1.0, "decode": 2.0}))

    assert (observation.sequence, observation.captured) == (3, 5.5)
    assert (observation.width, observation.height) == (640, 480)
    assert list(observation.took) == ["wait", "decode", "detect", "embed", "liveness"]
    assert observation.took["decode"] == 2.0
    assert all(milliseconds >= 0 for milliseconds in observation.took.values())


def test_every_face_of_an_analysed_picture_is_embedded_whatever_the_view() -> None:
    gaze, _, liveness = counted(FACE, face_at(420, 100, 190), face_at(10, 10, 20))

    observation = gaze.analyse(noisy(), BOTH, Moment())

    assert observation.view is View.SEVERAL_FACES
    assert observation.best is None
    assert [face.embedding is not None for face in observation.faces] == [True, True, True]
    assert len(liveness.seen) == 3


def test_a_crowd_costs_no_more_than_a_bounded_number_of_faces() -> None:
    gaze, embedder, _ = counted(*(face_at(10 + number, 10, 40) for number in range(100)))

    observation = gaze.analyse(noisy(), BOTH, Moment())

    assert len(observation.faces) == len(embedder.seen) == MOST_ANALYSED
    assert observation.more == 100 - MOST_ANALYSED


def test_a_crowd_before_the_camera_costs_a_login_less_than_one_in_a_picture() -> None:
    gaze, _, _ = counted(*(face_at(10 + number, 10, 40) for number in range(100)))

    observation = gaze.look(noisy(), BOTH, Moment())

    assert len(observation.faces) == MOST_FACES
    assert observation.more == 100 - MOST_FACES


def test_of_a_crowd_the_largest_are_told_of() -> None:
    found = [face_at(10 + number, 10, 20 + number) for number in range(100)]

    observation = Gaze(fake_networks(*found)).analyse(noisy(), BOTH, Moment())

    assert [face.box[2] for face in observation.faces] == [119 - number for number in range(MOST_ANALYSED)]


@pytest.mark.parametrize("tasks", [(), BOTH])
def test_neither_quality_nor_looks_are_worked_out_for_who_did_not_ask(tasks: tuple[Task, ...]) -> None:
    networks = replace(fake_networks(FACE), attributes=FakeAttributes())

    observation = Gaze(networks).analyse(noisy(), tasks, Moment())

    assert (observation.faces[0].quality, observation.faces[0].attributes) == ({}, ())
    assert not {"quality", "attributes"} & set(observation.took)


def test_quality_is_told_of_every_face_by_the_names_of_the_standard() -> None:
    observation = Gaze(fake_networks(FACE, face_at(420, 100, 100))).analyse(noisy(), [Task.QUALITY], Moment())

    first, second = (face.quality for face in observation.faces)
    assert set(first) == set(second) == {component.value for component in Component}
    assert first["single-face-present"] > 0
    assert second["single-face-present"] == 0
    assert observation.faces[0].embedding is None


def test_a_single_face_is_single() -> None:
    observation = Gaze(fake_networks(FACE)).analyse(noisy(), [Task.QUALITY], Moment())

    assert observation.faces[0].quality["single-face-present"] == 100


def test_looks_are_told_as_the_network_tells_them() -> None:
    networks = replace(fake_networks(FACE), attributes=FakeAttributes())

    observation = Gaze(networks).analyse(noisy(), [Task.ATTRIBUTES], Moment())

    assert observation.faces[0].attributes == (SeenAttribute("glasses", "unsure", 0.5),)


def test_a_pack_without_a_network_for_looks_leaves_them_out() -> None:
    observation = Gaze(fake_networks(FACE)).analyse(noisy(), [Task.ATTRIBUTES], Moment())

    assert observation.faces[0].attributes == ()


def test_a_failing_network_is_passed_on() -> None:
    networks = Networks(FakeDetector([], fails=True), FakeEmbedder(), None)

    with pytest.raises(NetworkFailed):
        Gaze(networks).look(noisy(), BOTH, Moment())


# --- covers and eyes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tone", [0, 40, 120, 255])
def test_a_frame_of_one_tone_is_covered_and_not_dark(tone: int) -> None:
    assert look(np.full((480, 640, 3), tone, np.uint8)).view is View.COVERED


def test_a_face_before_a_plain_wall_is_not_covered() -> None:
    picture = np.full((480, 640, 3), 180, np.uint8)
    picture[100:360, 200:400] = noisy(200, 260)

    assert look(picture, FACE).view is View.CLEAR


def test_nobody_covers_a_picture_that_is_analysed() -> None:
    plain = np.full((480, 640, 3), 120, np.uint8)

    assert Gaze(fake_networks()).analyse(plain, BOTH, Moment()).view is View.NO_FACE


def test_how_far_the_eyes_are_open_is_told_of_a_clear_face() -> None:
    gaze, _ = eyed(FACE, eyes=(0.31, 0.25))

    observation = gaze.look(noisy(), EVERYTHING, Moment())

    assert observation.view is View.CLEAR
    assert observation.faces[0].eyes == (0.31, 0.25)
    assert observation.faces[0].embedding is not None
    assert "eyes" in observation.took


def test_a_face_whose_eyes_are_both_closed_is_not_embedded() -> None:
    gaze, _ = eyed(FACE, eyes=(0.04, 0.03))

    observation = gaze.look(noisy(), EVERYTHING, Moment())

    face = observation.faces[0]
    assert (observation.view, face.view) == (View.EYES_CLOSED, View.EYES_CLOSED)
    assert observation.best is None
    assert (face.embedding, face.live) == (None, None)
    assert face.eyes == (0.04, 0.03)


@pytest.mark.parametrize("eyes", [(0.01, 0.3), (0.3, 0.01), (0.05, 0.01)])
def test_one_closed_eye_is_not_enough_and_one_at_the_threshold_is_open(eyes: Openness) -> None:
    gaze, _ = eyed(FACE, eyes=eyes)

    assert gaze.look(noisy(), EVERYTHING, Moment()).view is View.CLEAR


def test_closed_eyes_are_the_last_thing_to_be_named() -> None:
    gaze, eyes = eyed(face_at(200, 100, 200, yaw=0.8), eyes=(0.0, 0.0))

    assert gaze.look(noisy(), EVERYTHING, Moment()).view is View.TURNED
    assert not eyes.seen


def test_the_eyes_of_bystanders_cost_a_login_nothing() -> None:
    gaze, eyes = eyed(FACE, face_at(420, 100, 60))

    observation = gaze.look(noisy(), EVERYTHING, Moment())

    assert observation.view is View.CLEAR
    assert eyes.seen == [FACE]
    assert observation.faces[1].eyes is None


def test_nobody_looks_at_eyes_who_was_not_asked() -> None:
    gaze, eyes = eyed(FACE, eyes=(0.0, 0.0))

    observation = gaze.look(noisy(), BOTH, Moment())

    assert observation.view is View.CLEAR
    assert not eyes.seen
    assert "eyes" not in observation.took


def test_a_pack_without_a_network_for_the_eyes_cannot_tell() -> None:
    observation = look(noisy(), FACE, tasks=EVERYTHING)

    assert observation.view is View.CLEAR
    assert observation.faces[0].eyes is None
    assert observation.faces[0].embedding is not None


def test_the_eyes_of_every_face_of_an_analysed_picture_are_told() -> None:
    gaze, _ = eyed(FACE, face_at(420, 100, 190), eyes=(0.3, 0.2), more=((0.0, 0.01),))

    observation = gaze.analyse(noisy(), EVERYTHING, Moment())

    assert [face.eyes for face in observation.faces] == [(0.3, 0.2), (0.0, 0.01)]
    assert [face.view for face in observation.faces] == [View.CLEAR, View.EYES_CLOSED]
    assert all(face.embedding is not None for face in observation.faces)


# --- two networks beside each other -----------------------------------------------------------------------------------

LONG = 10.0
"""Seconds: what waits longer waits for ever."""


@pytest.fixture
def aside() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def timeless(observation: Observation) -> Observation:
    return msgspec.structs.replace(observation, took=dict.fromkeys(sorted(observation.took), 0.0))


@pytest.mark.parametrize("tasks", [(), BOTH, EVERYTHING, tuple(Task)])
@pytest.mark.parametrize("eyes", [(0.3, 0.3), (0.01, 0.3), (0.05, 0.05)])
@pytest.mark.parametrize("faces", [[], [FACE], [FACE, face_at(420, 100, 60)], [FACE, face_at(420, 100, 190)]])
def test_beside_each_other_networks_tell_the_same_as_one_after_the_other(
    aside: Executor, faces: list[Face], eyes: Openness, tasks: tuple[Task, ...]
) -> None:
    networks = replace(fake_networks(*faces), eyes=FakeEyes([eyes]), attributes=FakeAttributes())

    after = Gaze(networks).look(noisy(), tasks, Moment(3, 5.5))
    beside = Gaze(networks, aside).look(noisy(), tasks, Moment(3, 5.5))

    assert timeless(beside) == timeless(after)


def test_beside_each_other_too_a_face_whose_eyes_are_closed_has_neither_vector_nor_life(aside: Executor) -> None:
    networks = replace(fake_networks(FACE), eyes=FakeEyes([(0.04, 0.03)]))

    observation = Gaze(networks, aside).look(noisy(), tuple(Task), Moment())

    face = observation.faces[0]
    assert (observation.view, face.view, observation.best) == (View.EYES_CLOSED, View.EYES_CLOSED, None)
    assert (face.embedding, face.live, face.quality, face.attributes) == (None, None, {}, ())
    assert face.eyes == (0.04, 0.03)


def test_one_after_the_other_nothing_is_worked_out_of_a_face_whose_eyes_are_closed() -> None:
    gaze, embedder, liveness = counted(FACE, eyes=FakeEyes([(0.0, 0.0)]))

    gaze.look(noisy(), EVERYTHING, Moment())

    assert not embedder.seen
    assert not liveness.seen


class Meeting:
    """An embedder and eyes that wait for each other: they answer only if both work at the same time."""

    dimension = 4
    threshold = 0.05

    def __init__(self) -> None:
        self._both = threading.Barrier(2, timeout=LONG)

    def embed(self, picture: Picture, face: Face) -> Vector:
        self._both.wait()
        return np.array([1.0, 0.0, 0.0, 0.0], np.float32)

    def openness(self, picture: Picture, face: Face) -> Openness:
        self._both.wait()
        return 0.3, 0.3


def test_the_eyes_are_looked_at_while_the_face_is_embedded(aside: Executor) -> None:
    meeting = Meeting()

    observation = Gaze(Networks(FakeDetector([FACE]), meeting, None, eyes=meeting), aside).look(
        noisy(), EVERYTHING, Moment()
    )

    assert observation.view is View.CLEAR


def test_stages_that_overlap_are_each_told_in_full(aside: Executor) -> None:
    ticks = itertools.count()
    networks = replace(fake_networks(FACE), eyes=FakeEyes([(0.3, 0.3)]))

    observation = Gaze(networks, aside, clock=lambda: float(next(ticks))).look(noisy(), EVERYTHING, Moment())

    assert set(observation.took) == {"detect", "eyes", "liveness", "embed"}
    assert all(milliseconds >= 1000 for milliseconds in observation.took.values())


@dataclass
class Failing:
    """Networks that fail, each when it is asked, after `before` has been called."""

    before: Callable[[], object] = lambda: None
    dimension: int = 4
    threshold: float = 0.05

    def embed(self, picture: Picture, face: Face) -> Vector:
        self.before()
        raise NetworkFailed("embedder.onnx: cannot be run (broken)")

    def openness(self, picture: Picture, face: Face) -> Openness:
        self.before()
        raise NetworkFailed("eyes.onnx: cannot be run (broken)")

    def live(self, picture: Picture, face: Face) -> float:
        self.before()
        raise NetworkFailed("liveness.onnx: cannot be run (broken)")


@pytest.mark.parametrize("which", ["embedder", "liveness", "eyes"])
@pytest.mark.parametrize("beside", [False, True])
def test_whichever_network_fails_the_look_does(aside: Executor, which: str, beside: bool) -> None:
    whole = replace(fake_networks(FACE), eyes=FakeEyes([(0.3, 0.3)]))
    broken = Networks(
        whole.detector,
        Failing() if which == "embedder" else whole.embedder,
        Failing() if which == "liveness" else whole.liveness,
        eyes=Failing() if which == "eyes" else whole.eyes,
    )
    gaze = Gaze(broken, aside if beside else None)

    for _ in range(2):  # and the next look finds the thread at hand
        with pytest.raises(NetworkFailed, match=rf"{which}\.onnx"):
            gaze.look(noisy(), EVERYTHING, Moment())


def test_a_look_that_fails_leaves_no_network_at_work(aside: Executor) -> None:
    failed, done = threading.Event(), threading.Event()

    class Late(FakeEyes):
        def openness(self, picture: Picture, face: Face) -> Openness:
            assert failed.wait(LONG)
            done.set()
            return super().openness(picture, face)

    networks = Networks(FakeDetector([FACE]), Failing(before=failed.set), None, eyes=Late([(0.3, 0.3)]))

    with pytest.raises(NetworkFailed, match="embedder"):
        Gaze(networks, aside).look(noisy(), EVERYTHING, Moment())

    assert done.is_set()


@pytest.mark.parametrize(("threads", "each", "at_once"), [(1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 2, 2), (8, 4, 2)])
def test_a_gaze_uses_no_more_cores_than_it_is_given(
    monkeypatch: pytest.MonkeyPatch, samples_pack: Pack, threads: int, each: int, at_once: int
) -> None:
    asked: list[int] = []
    at_work = Counting()

    def load(pack: Pack, threads: int) -> Networks:
        asked.append(threads)
        return Networks(FakeDetector([FACE]), at_work, at_work, eyes=at_work)

    monkeypatch.setattr(gaze_module, "load_networks", load)
    gaze = open_gaze(samples_pack, threads)
    for _ in range(5):
        gaze.look(noisy(), EVERYTHING, Moment())

    assert asked == [each]
    assert len(at_work.threads) == at_once
    assert each * at_once <= threads


@dataclass
class Counting:
    """Networks that note in which threads they work."""

    dimension: int = 4
    threshold: float = 0.05
    threads: set[int] = field(default_factory=set)

    def embed(self, picture: Picture, face: Face) -> Vector:
        self.threads.add(threading.get_ident())
        return np.array([1.0, 0.0, 0.0, 0.0], np.float32)

    def openness(self, picture: Picture, face: Face) -> Openness:
        self.threads.add(threading.get_ident())
        return 0.3, 0.3

    def live(self, picture: Picture, face: Face) -> float:
        self.threads.add(threading.get_ident())
        return 0.75


@pytest.fixture
def samples_pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path, manifest())
