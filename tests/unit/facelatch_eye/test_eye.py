from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_eye.camera.custody import Custody
from facelatch_eye.camera.node import Filled
from facelatch_eye.camera.roster import Roster
from facelatch_eye.duty import Unheard
from facelatch_eye.eye import AFTERTIME, FIRST_FRAME, LONGEST_WATCH, SILENCE, Eye
from facelatch_eye.failure import Failure
from facelatch_eye.gaze import Gaze
from facelatch_eye.messages import (
    Analyse,
    Describe,
    Description,
    Frame,
    Observation,
    Opened,
    Problem,
    ProblemKind,
    Request,
    Stop,
    View,
    Watch,
)
from facelatch_eye.sight import Sight
from facelatch_models.face import Face, Picture, Vector
from facelatch_models.networks import Networks
from facelatch_models.pack import Pack
from tests.unit.facelatch_eye.fake import (
    NO_SUCH_DEVICE,
    FakeClock,
    FakeDetector,
    FakeEmbedder,
    FakeNode,
    face_at,
    fake_machine,
    fake_networks,
    noisy,
    plug_in,
    yuyv,
)
from tests.unit.facelatch_eye.heard import Heard, ask, loaded, seeing

FACE = face_at(200, 100, 200)


class SteadyNode(FakeNode):
    """A camera that sends a frame every thirtieth of a second, unless it is told otherwise."""

    every = 1 / 30
    frames = 10**9

    def wait(self, timeout: float) -> bool:
        if not self.queue and self.frames > 0 and timeout >= self.every:
            self.frames -= 1
            self.clock.sleep(self.every)
            self.queue.append(Filled(self.frame(), self.clock.now, True))
        return super().wait(timeout)

    def frame(self) -> bytes:
        return yuyv(120)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def node(clock: FakeClock) -> SteadyNode:
    return SteadyNode(clock)


@pytest.fixture
def roster(tmp_path: Path, clock: FakeClock, node: SteadyNode) -> Roster:
    plug_in(tmp_path, "video0", "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0", ("0c45", "6a08", ""))
    return Roster(fake_machine(tmp_path, {"video0": node}, clock))


@pytest.fixture
def eye(roster: Roster, pack: Pack, clock: FakeClock) -> Eye:
    return seeing(roster, pack, fake_networks(), clock)


def test_the_eye_describes_cameras_and_pack(eye: Eye) -> None:
    (description,) = ask(eye, Describe())

    assert isinstance(description, Description)
    assert [camera.path.rpartition("/")[2] for camera in description.cameras] == ["video0"]
    assert description.pack is not None
    assert (description.pack.id, description.pack.version, description.pack.dimension) == ("toy", "3", 4)
    assert description.problem is None


def test_a_watch_opens_the_camera_and_then_reports_frame_after_frame(eye: Eye) -> None:
    opened, *observations = ask(eye, Watch(), most=4)

    assert isinstance(opened, Opened)
    assert (opened.width, opened.height, opened.rate, opened.pack.id) == (640, 480, 30.0, "toy")
    assert [one.sequence for one in observations if isinstance(one, Observation)] == [0, 1, 2]


def test_a_watch_ends_a_little_after_its_time_without_another_word(
    eye: Eye, node: SteadyNode, clock: FakeClock
) -> None:
    start = clock.now

    answers = ask(eye, Watch(seconds=1.0))

    assert clock.now - start == pytest.approx(1.0 + AFTERTIME, abs=0.1)
    assert isinstance(answers[-1], Observation)
    assert node.calls[-1] == "close"


def test_a_stopped_watch_closes_the_camera(eye: Eye, node: SteadyNode) -> None:
    ask(eye, Watch(), most=3)

    assert node.calls[-2:] == ["stop", "close"]


def test_a_stage_by_stage_account_of_the_time_comes_with_each_observation(eye: Eye) -> None:
    observation = ask(eye, Watch(), most=3)[-1]

    assert isinstance(observation, Observation)
    assert observation.took["wait"] == pytest.approx(1000 / 30)
    assert {"wait", "decode", "detect"} <= set(observation.took)


def test_time_is_accounted_for_by_no_other_names_than_those_of_the_stages(
    roster: Roster, pack: Pack, node: SteadyNode, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sharp = cv2.cvtColor(noisy(), cv2.COLOR_BGR2YUV_YUYV).tobytes()
    monkeypatch.setattr(node, "frame", lambda: sharp, raising=True)
    eye = seeing(roster, pack, fake_networks(FACE), clock)

    (watched,) = [one for one in ask(eye, Watch(), most=2) if isinstance(one, Observation)]
    (analysed,) = [one for one in ask(eye, Analyse(encoded(noisy()))) if isinstance(one, Observation)]

    assert set(watched.took) == {"wait", "decode", "detect", "embed", "liveness"}
    assert set(analysed.took) == {"decode", "detect", "embed", "liveness"}


def test_each_preview_frame_comes_before_the_observation_of_the_same_number(eye: Eye) -> None:
    _, *answers = ask(eye, Watch(preview=True), most=5)

    frames = [answer for answer in answers if isinstance(answer, Frame)]
    assert [type(answer) for answer in answers] == [Frame, Observation, Frame, Observation]
    assert [frame.sequence for frame in frames] == [0, 1]
    assert cv2.imdecode(np.frombuffer(frames[0].jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (480, 640, 3)


def test_a_camera_that_never_sends_a_frame_fails_without_having_been_opened_for_the_judge(
    eye: Eye, node: SteadyNode, clock: FakeClock
) -> None:
    node.frames = 0
    start = clock.now

    answers = ask(eye, Watch(seconds=60))

    assert [(type(answer), answer.kind) for answer in answers] == [(Problem, ProblemKind.CAMERA_FAILED)]
    assert clock.now - start == pytest.approx(FIRST_FRAME, abs=0.2)


def test_a_camera_that_falls_silent_fails(eye: Eye, node: SteadyNode, clock: FakeClock) -> None:
    node.frames = 3

    *before, last = ask(eye, Watch(seconds=60))

    assert len(before) == 4
    assert isinstance(last, Problem)
    assert last.kind is ProblemKind.CAMERA_FAILED
    assert f"no whole picture for {SILENCE:g} s" in last.text


def test_broken_frames_are_skipped(eye: Eye, node: SteadyNode, clock: FakeClock) -> None:
    node.queue = deque([Filled(b"", clock.now, False)])

    assert [type(answer) for answer in ask(eye, Watch(), most=2)] == [Opened, Observation]


def test_a_camera_that_sends_nothing_but_broken_frames_fails(
    eye: Eye, node: SteadyNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "frame", lambda: b"short", raising=True)

    (problem,) = ask(eye, Watch(seconds=60))

    assert isinstance(problem, Problem)
    assert "were broken" in problem.text


def test_an_unplugged_camera_is_a_problem(eye: Eye, node: SteadyNode) -> None:
    node.queue = deque([NO_SUCH_DEVICE])

    (problem,) = ask(eye, Watch())

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.CAMERA_FAILED
    assert "unplugged" in problem.text


def test_a_camera_that_is_not_there_is_a_problem(eye: Eye) -> None:
    (problem,) = ask(eye, Watch(cameras=("/dev/video7",)))

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.NO_CAMERA


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), LONGEST_WATCH + 1])
def test_a_watch_of_no_sensible_length_is_refused(eye: Eye, seconds: float) -> None:
    (problem,) = ask(eye, Watch(seconds=seconds))

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.BAD_REQUEST


def test_there_is_nothing_to_stop_before_a_watch(eye: Eye) -> None:
    (problem,) = ask(eye, Stop())

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.BAD_REQUEST


def encoded(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()


def test_a_picture_is_analysed(roster: Roster, pack: Pack) -> None:
    (observation,) = ask(seeing(roster, pack, fake_networks(FACE)), Analyse(encoded(noisy())))

    assert isinstance(observation, Observation)
    assert observation.view is View.CLEAR
    assert observation.faces[0].embedding is not None
    assert "decode" in observation.took


def test_a_look_need_not_wait_for_all_faces_of_a_picture(roster: Roster, pack: Pack, clock: FakeClock) -> None:
    worked: list[str] = []
    looking = threading.Thread(target=lambda: ask(busy, Watch(), most=2))

    class Detector(FakeDetector):
        def detect(self, picture: Picture) -> list[Face]:
            worked.append("detect")
            return super().detect(picture)

    class Embedder(FakeEmbedder):
        def embed(self, picture: Picture, face: Face) -> Vector:
            worked.append("embed")
            if len(worked) == 2:
                looking.start()
                deadline = time.monotonic() + 10
                while not sight._waiting and time.monotonic() < deadline:
                    time.sleep(0.001)
            return super().embed(picture, face)

    faces = [FACE, face_at(20, 20, 150), face_at(20, 200, 150)]
    sight = Sight(pack, Gaze(Networks(Detector(faces), Embedder(), None)), clock)
    busy = Eye(roster, loaded(sight), Custody(), clock)
    (observation,) = ask(busy, Analyse(encoded(noisy())))
    looking.join(10)
    assert worked[:5] == ["detect", "embed", "detect", "embed", "embed"]
    assert isinstance(observation, Observation)
    assert len(observation.faces) == 3


def test_a_picture_that_nobody_waits_for_any_more_is_not_looked_at_to_the_end(roster: Roster, pack: Pack) -> None:
    embedder = FakeEmbedder()

    class Gone(Heard):
        def beat(self) -> None:
            if embedder.seen:
                raise Unheard

    faces = [FACE, face_at(20, 20, 150), face_at(20, 200, 150)]
    busy = seeing(roster, pack, Networks(FakeDetector(faces), embedder, None))
    with pytest.raises(Unheard):
        busy.serve(Analyse(encoded(noisy())), Gone())  # type: ignore[arg-type]
    assert len(embedder.seen) == 1
    (observation,) = ask(busy, Analyse(encoded(noisy())))
    assert isinstance(observation, Observation)


def test_a_picture_that_is_none_is_a_problem(eye: Eye) -> None:
    (problem,) = ask(eye, Analyse(b"garbage"))

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.BAD_PICTURE


def cannot_resize() -> None:
    cv2.resize(np.zeros((0, 0, 3), np.uint8), (10, 10))


def divides_by_zero() -> None:
    1 / 0  # noqa: B018


@pytest.mark.parametrize("fault", [cannot_resize, divides_by_zero])
@pytest.mark.parametrize("request_", [Watch(), Analyse(encoded(noisy()))])
def test_a_fault_in_the_networks_is_a_problem_and_no_dead_eye(
    roster: Roster, pack: Pack, clock: FakeClock, fault: Callable[[], None], request_: Request
) -> None:
    class Faulty(FakeDetector):
        def detect(self, picture: np.ndarray) -> list[object]:  # type: ignore[override]
            fault()
            return []

    eye = seeing(roster, pack, Networks(Faulty([]), FakeEmbedder(), None), clock)

    for _ in range(2):
        problem = ask(eye, request_)[-1]
        assert isinstance(problem, Problem)
        assert problem.kind is ProblemKind.NETWORK_FAILED


def test_a_network_that_fails_is_a_problem(roster: Roster, pack: Pack) -> None:
    eye = seeing(roster, pack, Networks(FakeDetector([], fails=True), FakeEmbedder(), None))

    (problem,) = ask(eye, Analyse(encoded(noisy())))

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.NETWORK_FAILED
    assert "detector.onnx" in problem.text


@pytest.mark.parametrize("kind", [ProblemKind.NO_PACK, ProblemKind.PACK_DAMAGED])
def test_without_a_pack_cameras_are_described_and_nothing_is_opened(
    roster: Roster, node: SteadyNode, kind: ProblemKind
) -> None:
    missing = Problem(kind, "no pack: mend it so")
    eye = Eye(roster, loaded(Failure(kind, missing.text)), Custody())

    (description,) = ask(eye, Describe())

    assert isinstance(description, Description)
    assert description.problem == missing
    assert len(description.cameras) == 1
    assert ask(eye, Watch()) == ask(eye, Analyse(encoded(noisy()))) == [missing]
    assert "start" not in node.calls


def test_of_several_cameras_the_first_that_is_there_is_opened(eye: Eye) -> None:
    opened = ask(eye, Watch(cameras=("/dev/video7", "pci-0000:00:14.0-usb-6:1.0/0c45:6a08")), 1)[0]
    assert isinstance(opened, Opened)
    assert opened.camera.path.endswith("video0")
    (problem,) = ask(eye, Watch(cameras=("/dev/video7", "/dev/video8")))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.NO_CAMERA
    assert "/dev/video8" in problem.text
    assert "usb-6:1.0" in problem.text
