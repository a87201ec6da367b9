"""Cameras that run ahead of a look: while the networks are loaded, held ready, and handed over."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

import cv2
import pytest

from facelatch_eye.camera import Camera, CameraBusy, CameraLost, Shot
from facelatch_eye.camera.custody import Custody
from facelatch_eye.camera.files import FileAddress, FileCamera
from facelatch_eye.camera.node import Filled
from facelatch_eye.camera.roster import Roster
from facelatch_eye.camera.v4l2 import STALE, Machine
from facelatch_eye.duty import Unheard
from facelatch_eye.eye import LONGEST_WARM, Eye
from facelatch_eye.failure import Failure
from facelatch_eye.gaze import Gaze
from facelatch_eye.loading import Loading
from facelatch_eye.messages import (
    Answer,
    Describe,
    Description,
    Observation,
    Opened,
    Problem,
    ProblemKind,
    Request,
    Warm,
    Watch,
)
from facelatch_eye.sight import Sight
from facelatch_models.pack import Pack
from tests.unit.facelatch_eye.fake import (
    INTERNAL,
    NO_SUCH_DEVICE,
    FakeClock,
    FakeNode,
    fake_machine,
    fake_networks,
    noisy,
    plug_in,
    yuyv,
)
from tests.unit.facelatch_eye.heard import ask, loaded


class LiveNode(FakeNode):
    """A camera in real time; like a real one it stops with its first four frames while nobody takes them."""

    every = 1 / 50
    silent = False

    def start(self) -> None:
        super().start()
        self.begun = time.monotonic()
        self.silent = "silent" in self.fails
        self.fails.pop("silent", None)

    def wait(self, timeout: float) -> bool:
        if self.queue:
            return super().wait(timeout)
        time.sleep(min(timeout, self.every))
        if self.silent or timeout < self.every:
            return False
        self.queue.append(Filled(yuyv(120), time.monotonic(), True))
        return True

    def fill(self, tone: int = 120) -> None:
        """Let the queue run full, as it does while the camera is held ready."""
        now = time.monotonic()
        self.queue.extend(Filled(yuyv(tone), now, True) for _ in range(4))


class Talk:
    """A conversation in a thread of its own."""

    def __init__(self, eye: Eye, request: Request) -> None:
        self.answers: list[Answer] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(eye, request), daemon=True)
        self._thread.start()

    def _run(self, eye: Eye, request: Request) -> None:
        with contextlib.suppress(Unheard):
            eye.serve(request, self)  # type: ignore[arg-type]

    def beat(self) -> None:
        if self._stopped.is_set():
            raise Unheard

    def answer(self, message: Answer) -> None:
        self.beat()
        self.answers.append(message)

    def has(self, wanted: type[Answer]) -> bool:
        return any(isinstance(answer, wanted) for answer in self.answers)

    def stop(self) -> list[Answer]:
        """End it, as `Stop` and the connection's end do."""
        self._stopped.set()
        return self.end()

    def end(self) -> list[Answer]:
        """Wait for its end."""
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.answers


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture
def node() -> LiveNode:
    return LiveNode(FakeClock())


@pytest.fixture
def roster(tmp_path: Path, node: LiveNode) -> Roster:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", ""))
    machine = fake_machine(tmp_path, {"video0": node}, FakeClock())
    return Roster(Machine(machine.devices, machine.sysfs, machine.open_node))


@pytest.fixture
def sight(pack: Pack) -> Sight:
    return Sight(pack, Gaze(fake_networks()))


@pytest.fixture
def custody() -> Custody:
    return Custody(patience=5.0, linger=0.0)


@pytest.fixture
def eye(roster: Roster, sight: Sight, custody: Custody) -> Eye:
    return Eye(roster, loaded(sight), custody)


@pytest.fixture(autouse=True)
def nothing_stays_open(custody: Custody, node: LiveNode) -> Iterator[None]:
    """Whatever a test does: at its end no camera is held, and each that was opened has been closed."""
    yield
    assert not custody._holders
    assert node.calls.count("start") == node.calls.count("stop")
    assert node.calls.count("open") == node.calls.count("close")


def starts(node: LiveNode) -> int:
    return node.calls.count("start")


# --- while the networks are loaded ---


def test_the_camera_runs_before_the_networks_are_loaded_and_the_first_look_waits_for_them(
    roster: Roster, sight: Sight, custody: Custody, node: LiveNode
) -> None:
    release = threading.Event()

    def load() -> Sight:
        release.wait(20)
        return sight

    loading = Loading(load)
    loading.start()
    eye = Eye(roster, loading, custody)
    watch, describe = Talk(eye, Watch(seconds=20)), Talk(eye, Describe())
    until(lambda: starts(node) == 1)
    time.sleep(0.05)
    assert watch.answers == describe.answers == []
    release.set()

    until(lambda: watch.has(Observation))
    assert isinstance(watch.stop()[0], Opened)
    assert [type(answer) for answer in describe.end()] == [Description]


def test_networks_that_cannot_be_loaded_close_the_camera_that_was_opened_for_them(
    roster: Roster, custody: Custody, node: LiveNode
) -> None:
    release = threading.Event()

    def load() -> Sight:
        release.wait(20)
        raise Failure(ProblemKind.PACK_DAMAGED, "embedder.onnx: is damaged")

    loading = Loading(load)
    loading.start()
    eye = Eye(roster, loading, custody)
    talks = [Talk(eye, Watch(seconds=20)), Talk(eye, Watch(cameras=("/dev/video9",)))]
    until(lambda: starts(node) == 1)
    release.set()

    for talk in talks:
        (problem,) = talk.end()
        assert isinstance(problem, Problem)
        assert problem.kind is ProblemKind.PACK_DAMAGED
    for request in (Watch(), Warm()):
        (problem,) = ask(eye, request)
        assert isinstance(problem, Problem)
        assert problem.kind is ProblemKind.PACK_DAMAGED
    assert starts(node) == 1


def test_a_look_that_ends_while_the_networks_are_loaded_closes_its_camera(
    roster: Roster, sight: Sight, custody: Custody, node: LiveNode
) -> None:
    talk = Talk(Eye(roster, Loading(lambda: sight), custody), Watch(seconds=20))
    until(lambda: starts(node) == 1)

    assert talk.stop() == []


# --- held ready ---


def test_a_camera_is_held_ready_until_its_time_is_over(eye: Eye, node: LiveNode) -> None:
    (opened,) = ask(eye, Warm(seconds=0.3))

    assert isinstance(opened, Opened)
    assert opened.camera.path.endswith("video0")
    assert node.calls[-2:] == ["stop", "close"]


def test_a_camera_is_held_ready_until_nobody_wishes_it_any_more(eye: Eye, node: LiveNode) -> None:
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: warm.has(Opened))
    assert "stop" not in node.calls

    warm.stop()
    assert node.calls[-2:] == ["stop", "close"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), LONGEST_WARM + 0.1])
def test_no_camera_is_held_ready_for_no_sensible_time(eye: Eye, node: LiveNode, seconds: float) -> None:
    (problem,) = ask(eye, Warm(seconds=seconds))

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.BAD_REQUEST
    assert not starts(node)


def test_a_camera_that_another_program_uses_cannot_be_held_ready(eye: Eye, node: LiveNode) -> None:
    node.fails["set_mode"] = errno.EBUSY

    (problem,) = ask(eye, Warm())

    assert isinstance(problem, Problem)
    assert problem.kind is CameraBusy.kind
    node.fails.clear()


def test_a_fault_while_a_camera_is_held_ready_closes_it(
    eye: Eye, node: LiveNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("facelatch_eye.eye._opened", fault)
    with pytest.raises(ZeroDivisionError):
        ask(eye, Warm())
    assert node.calls[-2:] == ["stop", "close"]


# --- handed over ---


def test_a_look_takes_over_the_camera_that_was_held_ready(eye: Eye, node: LiveNode) -> None:
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: warm.has(Opened))
    watch = Talk(eye, Watch(seconds=20))
    warm.end()
    until(lambda: watch.has(Observation))

    assert watch.stop()[0] == warm.answers[0]
    assert starts(node) == 1


def test_a_camera_is_held_ready_behind_a_look_without_being_closed(eye: Eye, node: LiveNode, custody: Custody) -> None:
    watch = Talk(eye, Watch(seconds=20))
    until(lambda: watch.has(Opened))
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: len(custody._waiting) == 1)
    assert not warm.answers
    watch.stop()
    until(lambda: warm.has(Opened))
    again = Talk(eye, Watch(seconds=20))
    until(lambda: again.has(Observation))
    again.stop()

    assert starts(node) == 1


def test_one_who_waits_for_a_camera_to_hold_it_ready_gives_up_when_his_time_is_over(eye: Eye, node: LiveNode) -> None:
    watch = Talk(eye, Watch(seconds=20))
    until(lambda: watch.has(Opened))
    (problem,) = ask(eye, Warm(seconds=0.2))
    watch.stop()

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.CAMERA_BUSY


def test_a_look_right_behind_another_finds_the_camera_running(eye: Eye, node: LiveNode, custody: Custody) -> None:
    first = Talk(eye, Watch(seconds=20))
    until(lambda: first.has(Opened))
    second = Talk(eye, Watch(seconds=20))
    until(lambda: len(custody._waiting) == 1)
    first.stop()
    until(lambda: second.has(Observation))
    second.stop()

    assert starts(node) == 1


def test_frames_from_before_the_look_that_waited_in_the_queue_are_not_judged(eye: Eye, node: LiveNode) -> None:
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: warm.has(Opened))
    node.fill(tone=40)
    time.sleep(STALE + 0.05)
    asked = time.monotonic()
    watch = Talk(eye, Watch(seconds=20))
    until(lambda: watch.has(Observation))

    seen = [answer for answer in watch.stop() if isinstance(answer, Observation)]
    assert all(one.captured > asked for one in seen)
    assert all(one.light > 100 for one in seen)


def test_a_camera_that_was_handed_over_and_sends_nothing_is_opened_again_once(
    eye: Eye, node: LiveNode, caplog: pytest.LogCaptureFixture
) -> None:
    node.fails["silent"] = 1
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: warm.has(Opened))
    watch = Talk(eye, Watch(seconds=20))
    until(lambda: watch.has(Observation))
    watch.stop()

    assert starts(node) == 2
    assert "handed over" in caplog.text


def test_a_camera_that_was_unplugged_while_it_was_held_ready_is_told_of(
    eye: Eye, node: LiveNode, tmp_path: Path
) -> None:
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: warm.has(Opened))
    node.queue.append(NO_SUCH_DEVICE)
    (tmp_path / "sysfs" / "video0").unlink()
    plug_in(tmp_path / "new", "video0", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0", ("0c45", "6a08", ""))
    (tmp_path / "sysfs" / "video0").symlink_to(tmp_path / "new/sysfs/video0")
    (problem,) = Talk(eye, Watch(cameras=("pci-0000:00:14.0-usb-6:1.0/0c45:6a08",))).end()
    warm.stop()

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.NO_CAMERA


def test_another_camera_that_has_the_number_of_the_one_held_ready_is_opened_as_what_it_is(
    eye: Eye, node: LiveNode, tmp_path: Path
) -> None:
    warm = Talk(eye, Warm(seconds=20))
    until(lambda: warm.has(Opened))
    (tmp_path / "sysfs" / "video0").unlink()
    plug_in(tmp_path / "new", "video0", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0", ("0c45", "6a08", ""))
    (tmp_path / "sysfs" / "video0").symlink_to((tmp_path / "new/sysfs/video0").resolve())
    watch = Talk(eye, Watch(cameras=(str(tmp_path / "dev/video0"),), seconds=20))
    until(lambda: watch.has(Observation))
    opened = watch.stop()[0]

    assert isinstance(opened, Opened)
    assert opened.camera.bus.endswith("usb-2:1.0")
    assert starts(node) == 2


def test_an_infrared_camera_that_failed_is_not_handed_over_running(
    tmp_path: Path, sight: Sight, custody: Custody
) -> None:
    """The next look opens it anew: else whoever tries again would do without it again, and be refused."""
    opened: list[FileCamera] = []

    class Infrared(FileCamera):
        def __enter__(self) -> Self:
            opened.append(self)
            return super().__enter__()

        def read(self, timeout: float) -> Shot:
            if self is opened[0]:
                raise CameraLost("its stream has stopped")
            return super().read(timeout)

    class Colour(FileCamera):
        @property
        def companion(self) -> FileCamera:
            return Infrared(FileAddress(tmp_path / "infrared"), infrared=True)

    class Cameras(Roster):
        def find(self, addresses: Sequence[str]) -> Camera:
            return Colour(FileAddress(tmp_path / "colour", 50.0))

    for name in ("colour", "infrared"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), noisy())
    eye = Eye(Cameras(), loaded(sight), custody)
    first = Talk(eye, Watch(seconds=20.0, companion=True))
    until(lambda: first.has(Observation))
    second = Talk(eye, Watch(seconds=20.0, companion=True))
    until(lambda: len(custody._waiting) == 1)
    first.stop()
    until(lambda: any(isinstance(seen, Observation) and seen.infrared for seen in second.answers))
    second.stop()
    assert len(opened) == 2
