"""Who gets a camera next, and that no camera stays open without an owner."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Self

import pytest

from facelatch_eye.camera import Camera, CameraBusy, CameraError, CameraLost, Shot
from facelatch_eye.camera.custody import Custody, Loan
from facelatch_eye.messages import CameraInfo


class Shelf:
    """Every camera that was made; which are open, and what happened to them, in its order."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.open: list[str] = []
        self.broken: set[str] = set()


class ToyCamera:
    """A camera that only opens and closes. `mode`: one of another mode does not stand for it."""

    width = height = 1
    rate = 30.0

    def __init__(self, shelf: Shelf, place: str, mode: int = 0, infrared: str = "") -> None:
        self.shelf = shelf
        self.place = place
        self.mode = mode
        self.infrared = infrared

    @property
    def info(self) -> CameraInfo:
        return CameraInfo(self.place, self.place, self.place, "toy", "toy")

    @property
    def companion(self) -> ToyCamera | None:
        return ToyCamera(self.shelf, self.infrared) if self.infrared else None

    def stands_for(self, wanted: Camera) -> bool:
        return isinstance(wanted, ToyCamera) and (wanted.place, wanted.mode) == (self.place, self.mode)

    def __enter__(self) -> Self:
        if self.place in self.shelf.broken:
            raise CameraLost(f"{self.place}: is broken")
        assert self.place not in self.shelf.open, "opened twice"
        self.shelf.open.append(self.place)
        self.shelf.log.append(f"open {self.place}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shelf.open.remove(self.place)
        self.shelf.log.append(f"close {self.place}")

    def read(self, timeout: float) -> Shot:
        raise NotImplementedError


class CalledOff(Exception):
    pass


def nothing() -> None:
    pass


def called_off() -> None:
    raise CalledOff


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def custody() -> Custody:
    return Custody(patience=5.0, linger=0.0)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def queue_of(custody: Custody, length: int) -> None:
    """Wait until so many wait."""
    until(lambda: len(custody._waiting) == length)


def borrow(custody: Custody, camera: ToyCamera) -> None:
    """Borrow a camera for no time at all."""
    with custody.lend(camera, nothing):
        pass


class Borrower:
    """Borrows a camera in a thread of its own until it is told to end."""

    def __init__(self, pool: ThreadPoolExecutor, lend: Callable[[], AbstractContextManager[Loan]]) -> None:
        self.has = threading.Event()
        self.ends = threading.Event()
        self.loan: Loan | None = None
        self.done: Future[None] = pool.submit(self._run, lend)

    def _run(self, lend: Callable[[], AbstractContextManager[Loan]]) -> None:
        with lend() as loan:
            self.loan = loan
            self.has.set()
            assert self.ends.wait(10)

    def end(self) -> None:
        self.ends.set()
        self.done.result(10)


def holder(pool: ThreadPoolExecutor, lend: Callable[[], AbstractContextManager[Loan]]) -> Borrower:
    """Return somebody who has the camera."""
    borrower = Borrower(pool, lend)
    assert borrower.has.wait(10)
    return borrower


# --- one at a time ---


def test_a_camera_is_lent_open_and_closed_at_the_end(custody: Custody, shelf: Shelf) -> None:
    with custody.lend(ToyCamera(shelf, "a"), nothing) as loan:
        assert shelf.open == ["a"]
        assert not loan.inherited

    assert shelf.log == ["open a", "close a"]


def test_a_camera_is_lent_to_one_at_a_time(shelf: Shelf) -> None:
    custody = Custody(patience=0.1, linger=0.0)

    with (
        custody.lend(ToyCamera(shelf, "a"), nothing),
        pytest.raises(CameraBusy),
        custody.lend(ToyCamera(shelf, "a"), nothing),
    ):
        pass

    assert shelf.log == ["open a", "close a"]


def test_another_camera_is_lent_meanwhile(custody: Custody, shelf: Shelf) -> None:
    with custody.lend(ToyCamera(shelf, "a"), nothing), custody.lend(ToyCamera(shelf, "b"), nothing):
        assert shelf.open == ["a", "b"]


def test_whoever_waits_for_a_camera_can_be_called_off(custody: Custody, shelf: Shelf) -> None:
    with (
        custody.lend(ToyCamera(shelf, "a"), nothing),
        pytest.raises(CalledOff),
        custody.lend(ToyCamera(shelf, "a"), called_off),
    ):
        pass

    assert not custody._waiting
    assert shelf.open == []


def test_a_camera_that_does_not_open_is_free_for_the_next(custody: Custody, shelf: Shelf) -> None:
    shelf.broken.add("a")
    with pytest.raises(CameraLost), custody.lend(ToyCamera(shelf, "a"), nothing):
        pass
    shelf.broken.clear()

    with custody.lend(ToyCamera(shelf, "a"), nothing):
        assert shelf.open == ["a"]


@pytest.mark.parametrize("fault", [CameraLost("gone"), CalledOff(), ValueError("a fault of ours"), KeyboardInterrupt()])
def test_a_camera_is_closed_however_the_look_ends(custody: Custody, shelf: Shelf, fault: BaseException) -> None:
    with (
        pytest.raises(type(fault)),
        custody.lend(ToyCamera(shelf, "a", infrared="i"), nothing, companion=True),
    ):
        raise fault

    assert shelf.open == []
    assert not custody._holders


def test_a_camera_that_cannot_be_closed_well_is_free_all_the_same(custody: Custody, shelf: Shelf) -> None:
    class Stiff(ToyCamera):
        def __exit__(self, *_: object) -> None:
            raise CameraError("closed, and how")

    with custody.lend(Stiff(shelf, "a", infrared="i"), nothing, companion=True):
        pass

    assert not custody._holders


# --- from hand to hand ---


def test_a_camera_that_somebody_waits_for_is_handed_over_running(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    first = holder(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))
    second = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))
    queue_of(custody, 1)
    first.end()
    assert second.has.wait(10)

    assert second.loan is not None
    assert second.loan.inherited
    assert shelf.log == ["open a"]
    second.end()
    assert shelf.log == ["open a", "close a"]


def test_a_camera_is_handed_to_who_comes_just_as_its_holder_leaves(shelf: Shelf, threads: ThreadPoolExecutor) -> None:
    custody = Custody(patience=5.0, linger=20.0)
    first = threads.submit(borrow, custody, ToyCamera(shelf, "a"))
    until(lambda: first.running() and bool(shelf.open))
    with custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True) as loan:
        assert loan.inherited

    first.result(10)
    assert shelf.log == ["open a", "close a"]


def test_a_camera_that_failed_is_not_handed_over_running(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    with suppress(CameraLost), custody.lend(ToyCamera(shelf, "a"), nothing):
        second = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))
        queue_of(custody, 1)
        raise CameraLost("it fell silent")

    assert second.has.wait(10)
    assert second.loan is not None
    assert not second.loan.inherited
    second.end()
    assert shelf.log == ["open a", "close a", "open a", "close a"]


def test_a_camera_that_runs_otherwise_than_it_is_wanted_is_opened_anew(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    first = Borrower(
        threads, lambda: custody.lend(ToyCamera(shelf, "a", mode=1, infrared="i"), nothing, companion=True)
    )
    assert first.has.wait(10)
    second = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a", mode=2), nothing))
    queue_of(custody, 1)
    first.end()
    assert second.has.wait(10)
    second.end()

    assert second.loan is not None
    assert shelf.log == ["open a", "open i", "close i", "close a", "open a", "close a"]
    assert not custody._holders


def test_whoever_is_called_off_when_the_camera_was_handed_to_him_closes_it(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    """He has waited and goes away just as he gets it: nobody else would close it."""
    waited = threading.Event()

    def beat() -> None:
        if custody._holders["a"].granted:
            raise CalledOff
        waited.set()

    def lend() -> None:
        with custody.lend(ToyCamera(shelf, "a"), beat):
            pytest.fail("was called off")

    with custody.lend(ToyCamera(shelf, "a"), nothing):
        second = threads.submit(lend)
        assert waited.wait(10)

    with pytest.raises(CalledOff):
        second.result(10)
    assert shelf.log == ["open a", "close a"]
    assert not custody._holders


def test_whoever_gives_up_in_the_moment_in_which_the_camera_becomes_his_closes_it(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    first = holder(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))

    def beat() -> None:
        first.end()
        assert custody._holders["a"].granted
        raise CalledOff

    with pytest.raises(CalledOff), custody.lend(ToyCamera(shelf, "a"), beat):
        pytest.fail("was called off")

    assert shelf.log == ["open a", "close a"]
    assert not custody._holders


def test_who_looks_comes_before_who_only_holds_ready(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    first = holder(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))
    ahead = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True))
    queue_of(custody, 1)
    look = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))
    queue_of(custody, 2)
    first.end()

    assert look.has.wait(10)
    assert not ahead.has.is_set()
    look.end()
    assert ahead.has.wait(10)
    assert shelf.log == ["open a"]
    ahead.end()
    assert shelf.log == ["open a", "close a"]


def test_three_looks_in_a_row_are_served_in_the_order_in_which_they_came(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    looks = []
    for number in range(3):
        looks.append(Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing)))
        if number:
            queue_of(custody, number)
        else:
            assert looks[0].has.wait(10)
    for look in looks:
        assert look.has.wait(10)
        look.end()

    assert shelf.log == ["open a", "close a"]


def test_who_holds_ready_is_told_at_once_that_somebody_wants_to_look(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    with custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True) as loan:
        assert not loan.is_wanted(0.0)
        look = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing))
        assert loan.is_wanted(10.0)

    assert look.has.wait(10)
    assert look.loan is not None
    assert look.loan.inherited
    look.end()


def test_a_look_waits_longer_for_a_camera_that_is_opened_ahead_of_it_than_for_another_look(
    shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    """It would have had to open that slow camera itself: who holds it ready never costs a look its camera."""
    custody = Custody(patience=0.1, linger=0.0)
    waits: list[None] = []
    ahead = holder(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True))
    look = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), lambda: waits.append(None)))
    until(lambda: len(waits) == 3)
    ahead.end()

    assert look.has.wait(10)
    look.end()
    assert shelf.log == ["open a", "close a"]


def test_a_look_that_waits_for_a_camera_that_is_opened_ahead_of_it_can_be_called_off(
    shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    custody = Custody(patience=0.1, linger=0.0)

    with (
        custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True),
        pytest.raises(CalledOff),
        custody.lend(ToyCamera(shelf, "a"), called_off),
    ):
        pass


def test_who_holds_ready_is_not_disturbed_by_another_who_would(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    with custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True) as loan:
        other = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "a"), nothing, ahead=True))
        queue_of(custody, 1)
        assert not loan.is_wanted(0.0)

    assert other.has.wait(10)
    other.end()


# --- the infrared camera beside it ---


def test_the_companion_is_handed_over_with_its_camera(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    def lend() -> AbstractContextManager[Loan]:
        return custody.lend(ToyCamera(shelf, "a", infrared="i"), nothing, companion=True)

    first = holder(threads, lend)
    second = Borrower(threads, lend)
    queue_of(custody, 1)
    first.end()
    assert second.has.wait(10)
    assert second.loan is not None
    assert second.loan.beside is not None
    assert second.loan.beside.place == "i"
    second.end()

    assert shelf.log == ["open a", "open i", "close i", "close a"]
    assert not custody._holders


@pytest.mark.parametrize("had", [True, False])
def test_a_companion_is_closed_or_opened_as_the_next_wants_it(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor, had: bool
) -> None:
    camera = ToyCamera(shelf, "a", infrared="i")
    first = holder(threads, lambda: custody.lend(camera, nothing, companion=had))
    second = Borrower(threads, lambda: custody.lend(camera, nothing, companion=not had))
    queue_of(custody, 1)
    first.end()
    assert second.has.wait(10)

    assert sorted(shelf.open) == (["a"] if had else ["a", "i"])
    assert sorted(custody._holders) == sorted(shelf.open)
    second.end()
    assert shelf.open == []
    assert shelf.log.count("open a") == 1


def test_a_companion_that_is_busy_or_broken_never_keeps_the_camera_from_being_lent(
    custody: Custody, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        custody.lend(ToyCamera(shelf, "i"), nothing),
        custody.lend(ToyCamera(shelf, "a", infrared="i"), nothing, companion=True) as loan,
    ):
        assert loan.beside is None
    shelf.broken.add("i")
    with custody.lend(ToyCamera(shelf, "a", infrared="i"), nothing, companion=True) as loan:
        assert loan.beside is None

    assert caplog.text.count("looking without the infrared camera") == 2
    assert not custody._holders


def test_a_companion_that_cannot_be_closed_leaves_its_camera_to_be_closed_all_the_same(
    custody: Custody, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = ToyCamera(shelf, "a", infrared="i")
    close = ToyCamera.__exit__

    def fail(self: ToyCamera, *fault: object) -> None:
        close(self, None, None, None)
        if self.place == "i":
            raise BufferError("somebody looks at its memory")

    monkeypatch.setattr(ToyCamera, "__exit__", fail)
    with pytest.raises(BufferError), custody.lend(camera, nothing, companion=True):
        assert shelf.open == ["a", "i"]

    assert shelf.open == []
    assert not custody._holders


def test_who_holds_a_companion_ready_lets_go_for_a_look_at_that(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    with custody.lend(ToyCamera(shelf, "a", infrared="i"), nothing, companion=True, ahead=True) as loan:
        look = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "i"), nothing))
        assert loan.is_wanted(10.0)

    assert look.has.wait(10)
    assert shelf.open == ["i"]
    look.end()


def test_who_was_handed_a_companion_lets_go_for_a_look_at_that(
    custody: Custody, shelf: Shelf, threads: ThreadPoolExecutor
) -> None:
    camera = ToyCamera(shelf, "a", infrared="i")
    first = holder(threads, lambda: custody.lend(camera, nothing, companion=True))
    ahead = Borrower(threads, lambda: custody.lend(camera, nothing, companion=True, ahead=True))
    queue_of(custody, 1)
    first.end()
    assert ahead.has.wait(10)
    look = Borrower(threads, lambda: custody.lend(ToyCamera(shelf, "i"), nothing))
    queue_of(custody, 1)

    assert ahead.loan is not None
    assert ahead.loan.is_wanted(0.0)
    ahead.end()
    assert look.has.wait(10)
    look.end()


def test_cameras_that_are_opened_again_are_closed_before(custody: Custody, shelf: Shelf) -> None:
    with custody.lend(ToyCamera(shelf, "a", infrared="i"), nothing, companion=True) as loan:
        loan.reopen()
        assert shelf.open == ["a", "i"]
        assert not loan.inherited

    assert shelf.log == ["open a", "open i", "close i", "close a", "open a", "open i", "close i", "close a"]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_eight_callers_do_at_a_time_no_camera_is_open_twice_or_left_open(
    shelf: Shelf, threads: ThreadPoolExecutor, seed: int
) -> None:
    custody = Custody(patience=5.0, linger=0.0)

    def call(number: int) -> None:
        chance = random.Random(seed * 100 + number)

        def beat() -> None:
            if chance.random() < 0.1:
                raise CalledOff

        for _ in range(25):
            place = chance.choice("ai")
            camera = ToyCamera(shelf, place, mode=chance.randrange(4) // 3, infrared="i" if place == "a" else "")
            wishes = {"companion": chance.random() < 0.5, "ahead": chance.random() < 0.3}
            with suppress(CalledOff, CameraError), custody.lend(camera, beat, **wishes) as loan:
                assert loan.camera.place in shelf.open
                if chance.random() < 0.5:
                    time.sleep(0.001)
                if chance.random() < 0.1:
                    raise CameraLost("it fell silent")

    for done in [threads.submit(call, number) for number in range(8)]:
        done.result(30)
    assert shelf.open == []
    assert not custody._holders
    assert not custody._waiting
    assert shelf.log.count("open a") < 200, "never handed over"
