from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelatch_eye.camera import Camera, CameraLost, Shot
from facelatch_eye.camera.files import FileAddress, FileCamera
from facelatch_eye.camera.node import Filled
from facelatch_eye.camera.roster import Roster
from facelatch_eye.duty import Unheard
from facelatch_eye.eye import AFTERTIME, FIRST_FRAME, LONGEST_WATCH, SILENCE, Eye
from facelatch_eye.gaze import Gaze
from facelatch_eye.messages import (
    Analyse,
    Answer,
    Describe,
    Description,
    Frame,
    Observation,
    Opened,
    Problem,
    ProblemKind,
    Request,
    Stop,
    Task,
    View,
    Watch,
)
from facelatch_models.face import Face, Picture, Vector
from facelatch_models.networks import Networks
from facelatch_models.pack import InputSpec, Kind, Manifest, Pack, PackFile, Role
from facelatch_models.scale import Calibration
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

FACE = face_at(200, 100, 200)


class Heard:
    """A duty without a thread; collects answers, and is stopped after `most` of them."""

    def __init__(self, most: int = 100) -> None:
        self.answers: list[Answer] = []
        self._most = most

    def beat(self) -> None:
        if len(self.answers) >= self._most:
            raise Unheard

    def answer(self, message: Answer) -> None:
        self.answers.append(message)
        self.beat()


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
def pack() -> Pack:
    parts = ((Role.DETECTOR, Kind.YUNET), (Role.EMBEDDER, Kind.VECTOR))
    files = tuple(
        PackFile(
            role=role,
            kind=kind,
            name=f"{role.value}.onnx",
            sha256="0" * 64,
            bytes=1,
            licence="",
            source="",
            input=InputSpec(width=32, height=32),
            dimension=4,
        )
        for role, kind in parts
    )
    calibration = Calibration(slope=1.0, intercept=0.0, correlation=0.0, bounds={}, measured="")
    manifest = Manifest(id="toy", version="3", title="", licence="", file=files, calibration=calibration)
    return Pack(Path("/nowhere"), manifest)


@pytest.fixture
def eye(roster: Roster, pack: Pack, clock: FakeClock) -> Eye:
    return Eye(roster, pack, Gaze(fake_networks()), clock=clock)


def ask(eye: Eye, request: Request, most: int = 100) -> list[Answer]:
    heard = Heard(most)
    try:
        eye.serve(request, heard)  # type: ignore[arg-type]
    except Unheard:
        assert len(heard.answers) == most
    return heard.answers


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
    eye = Eye(roster, pack, Gaze(fake_networks(FACE)), clock=clock)

    (watched,) = [one for one in ask(eye, Watch(), most=2) if isinstance(one, Observation)]
    (analysed,) = [one for one in ask(eye, Analyse(encoded(noisy()))) if isinstance(one, Observation)]

    assert list(watched.took) == ["wait", "decode", "detect", "embed", "liveness"]
    assert list(analysed.took) == ["decode", "detect", "embed", "liveness"]


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
    (observation,) = ask(Eye(roster, pack, Gaze(fake_networks(FACE))), Analyse(encoded(noisy())))

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
                while not busy._waiting and time.monotonic() < deadline:
                    time.sleep(0.001)
            return super().embed(picture, face)

    faces = [FACE, face_at(20, 20, 150), face_at(20, 200, 150)]
    busy = Eye(roster, pack, Gaze(Networks(Detector(faces), Embedder(), None)), clock=clock)
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
    busy = Eye(roster, pack, Gaze(Networks(FakeDetector(faces), embedder, None)))
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

    eye = Eye(roster, pack, Gaze(Networks(Faulty([]), FakeEmbedder(), None)), clock=clock)

    for _ in range(2):
        problem = ask(eye, request_)[-1]
        assert isinstance(problem, Problem)
        assert problem.kind is ProblemKind.NETWORK_FAILED


def test_a_network_that_fails_is_a_problem(roster: Roster, pack: Pack) -> None:
    eye = Eye(roster, pack, Gaze(Networks(FakeDetector([], fails=True), FakeEmbedder(), None)))

    (problem,) = ask(eye, Analyse(encoded(noisy())))

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.NETWORK_FAILED
    assert "detector.onnx" in problem.text


@pytest.mark.parametrize("kind", [ProblemKind.NO_PACK, ProblemKind.PACK_DAMAGED])
def test_without_a_pack_cameras_are_described_and_nothing_is_opened(
    roster: Roster, node: SteadyNode, kind: ProblemKind
) -> None:
    missing = Problem(kind, "no pack: mend it so")
    eye = Eye(roster, None, None, missing)

    (description,) = ask(eye, Describe())

    assert isinstance(description, Description)
    assert description.problem == missing
    assert len(description.cameras) == 1
    assert ask(eye, Watch()) == ask(eye, Analyse(encoded(noisy()))) == [missing]
    assert "start" not in node.calls


# --- the infrared camera beside it ---

BRIGHT = np.full((480, 640, 3), 120, np.uint8)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder for each of two cameras, and what a file camera needs to play both."""
    for name in ("colour", "infrared"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), noisy() if name == "colour" else BRIGHT)
    return tmp_path


def looks(clips: Path, options: str, pack: Pack, networks: Networks, most: int, **watch: Any) -> list[Answer]:
    eye = Eye(Roster(fake_machine(clips, {}, FakeClock()), files=True), pack, Gaze(networks))
    address = f"file:{clips / 'colour'}?rate=50{options}"
    return ask(eye, Watch(cameras=(address,), seconds=20.0, **watch), most)


def test_both_cameras_of_a_device_are_watched_where_that_is_wished(clips: Path, pack: Pack) -> None:
    networks = fake_networks(FACE)
    opened, *seen = looks(clips, f"&infrared={clips / 'infrared'}&alternate=1", pack, networks, 20, companion=True)

    assert isinstance(opened, Opened)
    assert opened.infrared is not None
    assert (opened.infrared.id, opened.infrared.infrared) == (opened.camera.companion, True)
    sights = [answer for answer in seen if isinstance(answer, Observation)]
    assert len(sights) == len(seen)
    colour = [sight for sight in sights if not sight.infrared]
    beside = [sight for sight in sights if sight.infrared]
    assert [sight.sequence for sight in colour] == list(range(len(colour)))
    assert [sight.sequence for sight in beside] == list(range(len(beside)))
    assert [sight.captured for sight in beside] == sorted(sight.captured for sight in beside)

    lit = [sight for sight in beside if sight.view is not View.DARK]
    dark = [sight for sight in beside if sight.view is View.DARK]
    assert lit
    assert dark
    assert lit[-1].lit == pytest.approx(120, abs=1)
    assert dark[-1].lit == pytest.approx(10, abs=1)
    assert not any(sight.faces for sight in dark), "the networks are for what the emitter lights"
    assert all(sight.lit is None for sight in colour)


def test_a_face_in_infrared_is_embedded_and_its_life_is_not_asked_for(clips: Path, pack: Pack) -> None:
    tasks = (Task.EMBED, Task.LIVENESS, Task.QUALITY)
    answers = looks(
        clips, f"&infrared={clips / 'infrared'}", pack, fake_networks(FACE), 12, companion=True, tasks=tasks
    )
    colour, beside = (
        [seen for seen in answers if isinstance(seen, Observation) and seen.infrared is infrared and seen.faces]
        for infrared in (False, True)
    )

    assert colour[0].faces[0].live is not None
    assert beside
    for seen in beside:
        assert seen.faces[0].live is None
        assert not seen.faces[0].quality
        assert (seen.faces[0].embedding is not None) is (seen.best is not None)


def test_without_the_wish_the_infrared_camera_stays_closed(clips: Path, pack: Pack) -> None:
    opened, *seen = looks(clips, f"&infrared={clips / 'infrared'}", pack, fake_networks(), 6)

    assert isinstance(opened, Opened)
    assert opened.infrared is None
    assert not any(isinstance(sight, Observation) and sight.infrared for sight in seen)


@pytest.mark.parametrize("infrared", ["", "nowhere", "empty"])
def test_an_infrared_camera_that_does_not_open_never_fails_the_look(
    clips: Path, pack: Pack, infrared: str, caplog: pytest.LogCaptureFixture
) -> None:
    (clips / "empty").mkdir()
    caplog.set_level("INFO")
    options = f"&infrared={clips / infrared}" if infrared else ""
    opened, *seen = looks(clips, options, pack, fake_networks(), 4, companion=True)

    assert isinstance(opened, Opened)
    assert opened.infrared is None
    assert len(seen) == 3
    assert "infrared camera" in caplog.text


def test_an_infrared_camera_that_fails_meanwhile_is_silent_and_the_look_goes_on(
    clips: Path, pack: Pack, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(FileCamera):
        def read(self, timeout: float) -> Shot:
            raise CameraLost("was unplugged")

    class FailingBeside(FileCamera):
        @property
        def companion(self) -> FileCamera:
            return Failing(FileAddress(clips / "infrared"), infrared=True)

    class Cameras(Roster):
        def find(self, addresses: Sequence[str]) -> Camera:
            return FailingBeside(FileAddress(clips / "colour", 50.0, infrared=clips / "infrared"))

    eye = Eye(Cameras(fake_machine(clips, {}, FakeClock())), pack, Gaze(fake_networks()))
    opened, *seen = ask(eye, Watch(companion=True), 8)

    assert isinstance(opened, Opened)
    assert opened.infrared is not None
    assert len(seen) == 7
    assert not any(isinstance(sight, Observation) and sight.infrared for sight in seen)
    assert "was unplugged" in caplog.text


def test_two_looks_one_after_the_other_find_both_cameras_free(clips: Path, pack: Pack) -> None:
    eye = Eye(Roster(fake_machine(clips, {}, FakeClock()), files=True), pack, Gaze(fake_networks()))
    address = f"file:{clips / 'colour'}?rate=50&infrared={clips / 'infrared'}"
    for _ in range(2):
        opened = ask(eye, Watch(cameras=(address,), companion=True), 3)[0]
        assert isinstance(opened, Opened)
        assert opened.infrared is not None


class SlowDetector(FakeDetector):
    """Takes longer than a frame does, and counts."""

    def detect(self, picture: Picture) -> list[Face]:
        time.sleep(0.03)
        return super().detect(picture)


def test_networks_that_are_slower_than_the_camera_see_two_colour_frames_for_one_of_the_other(
    clips: Path, pack: Pack
) -> None:
    networks = Networks(SlowDetector([]), FakeEmbedder(), None)
    answers = looks(clips, f"&infrared={clips / 'infrared'}", pack, networks, 16, companion=True)
    seen = [answer.infrared for answer in answers if isinstance(answer, Observation)]

    assert seen == [number % 3 == 2 for number in range(15)]


def test_the_frames_of_the_infrared_camera_are_not_shown(clips: Path, pack: Pack) -> None:
    options = f"&infrared={clips / 'infrared'}"
    answers = looks(clips, options, pack, fake_networks(), 16, companion=True, preview=True)[1:]
    for frame, seen in itertools.pairwise(answers):
        if isinstance(frame, Frame):
            assert isinstance(seen, Observation)
            assert not seen.infrared
    assert any(isinstance(seen, Observation) and seen.infrared for seen in answers)


def test_of_several_cameras_the_first_that_is_there_is_opened(eye: Eye) -> None:
    opened = ask(eye, Watch(cameras=("/dev/video7", "pci-0000:00:14.0-usb-6:1.0/0c45:6a08")), 1)[0]
    assert isinstance(opened, Opened)
    assert opened.camera.path.endswith("video0")
    (problem,) = ask(eye, Watch(cameras=("/dev/video7", "/dev/video8")))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.NO_CAMERA
    assert "/dev/video8" in problem.text
    assert "usb-6:1.0" in problem.text
