"""The courier: work on its own thread, answers on the window's, and a daemon that comes and goes."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator

import pytest
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError, Daemon, DaemonUnreachable, PreviewFrame
from facelatch.types import Reason, StatusReport
from facelatch_gui import courier as courier_module
from facelatch_gui.courier import Courier
from tests.gui.double import DoubleDaemon
from tests.gui.samples import STATUS


class Answers:
    """Collects what is called back, and on which thread."""

    def __init__(self) -> None:
        self.items: list[object] = []
        self.errors: list[Exception] = []
        self.ended = False
        self.threads: set[int] = set()

    def each(self, item: object) -> None:
        self.items.append(item)
        self.threads.add(threading.get_ident())

    def then(self, item: object = None) -> None:
        self.each(item)
        self.ended = True

    def end(self) -> None:
        self.ended = True

    def failed(self, error: Exception) -> None:
        self.errors.append(error)
        self.ended = True


async def status(daemon: Daemon) -> StatusReport:
    return await daemon.status()


async def frames(daemon: Daemon) -> AsyncGenerator[PreviewFrame, None]:
    async with await daemon.claim() as claim:
        await claim.start_preview()
        number = 0
        while True:
            frame = await claim.next_frame(number)
            number = frame.number
            yield frame


def test_an_answer_comes_on_the_thread_of_the_window(qtbot: QtBot, courier: Courier) -> None:
    answers = Answers()
    courier.ask(status, answers.then, answers.failed)
    qtbot.waitUntil(lambda: answers.ended)
    assert answers.items == [STATUS]
    assert answers.threads == {threading.get_ident()}


def test_work_asked_for_before_the_connection_stands_waits_for_it(
    qtbot: QtBot, qapp: object, daemon: DoubleDaemon
) -> None:
    courier = Courier(daemon.connect)
    answers = Answers()
    courier.ask(status, answers.then, answers.failed)
    courier.start()
    qtbot.waitUntil(lambda: answers.ended)
    courier.stop()
    assert answers.items == [STATUS]


def test_an_error_of_the_daemon_is_handed_over(qtbot: QtBot, courier: Courier, daemon: DoubleDaemon) -> None:
    daemon.status_report = BusError(Reason.STORE_FAILED, "the disk is full")
    answers = Answers()
    courier.ask(status, answers.then, answers.failed)
    qtbot.waitUntil(lambda: answers.ended)
    assert isinstance(answers.errors[0], BusError)
    assert str(answers.errors[0]) == "the disk is full"


def test_a_fault_of_ours_is_handed_over_and_logged(
    qtbot: QtBot, courier: Courier, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(_daemon: Daemon) -> None:
        raise KeyError("nothing of that name")

    answers = Answers()
    courier.ask(stumble, answers.then, answers.failed)
    qtbot.waitUntil(lambda: answers.ended)
    assert isinstance(answers.errors[0], KeyError)
    assert "nothing of that name" in caplog.text


def test_the_next_item_is_asked_for_only_after_the_last_was_dealt_with(qtbot: QtBot, courier: Courier) -> None:
    produced = 0
    received = 0
    ahead: list[int] = []

    async def count(_daemon: Daemon) -> AsyncGenerator[int, None]:
        nonlocal produced
        for number in range(20):
            produced += 1
            yield number

    def each(_number: int) -> None:
        nonlocal received
        received += 1
        ahead.append(produced - received)

    answers = Answers()
    courier.follow(count, each, answers.end, answers.failed)
    qtbot.waitUntil(lambda: answers.ended)
    assert ahead == [0] * 20


def test_a_cancelled_stream_is_silent_and_lets_go_of_the_camera(
    qtbot: QtBot, courier: Courier, daemon: DoubleDaemon
) -> None:
    answers = Answers()
    errand = courier.follow(frames, answers.each, answers.end, answers.failed)
    qtbot.waitUntil(lambda: len(answers.items) > 2)
    errand.cancel()
    count = len(answers.items)
    qtbot.waitUntil(lambda: daemon.claims == 0)
    assert len(answers.items) == count
    assert not answers.ended


def test_work_begins_when_what_was_cancelled_before_it_has_let_go_of_the_camera(
    qtbot: QtBot, courier: Courier, daemon: DoubleDaemon
) -> None:
    for _turn in range(5):
        answers = Answers()
        errand = courier.follow(frames, answers.each, answers.end, answers.failed)
        qtbot.waitUntil(lambda: len(answers.items) > 1 or answers.ended)  # noqa: B023  # run at once
        errand.cancel()
        assert not answers.errors


def test_a_callback_that_fails_does_not_hold_up_the_stream(qtbot: QtBot, courier: Courier) -> None:
    seen: list[object] = []

    def each(item: PreviewFrame) -> None:
        seen.append(item)
        if len(seen) == 1:
            raise RuntimeError("a fault of a page's")

    answers = Answers()
    with qtbot.captureExceptions() as exceptions:
        courier.follow(frames, each, answers.end, answers.failed)
        qtbot.waitUntil(lambda: len(seen) > 3)
    assert [str(error) for _kind, error, _trace in exceptions] == ["a fault of a page's"]


def test_closing_the_window_lets_go_of_the_camera(qtbot: QtBot, qapp: object, daemon: DoubleDaemon) -> None:
    courier = Courier(daemon.connect)
    courier.start()
    answers = Answers()
    courier.follow(frames, answers.each, answers.end, answers.failed)
    qtbot.waitUntil(lambda: len(answers.items) > 2)
    courier.stop()
    assert daemon.claims == 0
    assert daemon.called("close")


def test_what_was_cancelled_just_before_closing_lets_go_of_the_camera_as_well(
    qtbot: QtBot, qapp: object, daemon: DoubleDaemon
) -> None:
    daemon.pace = 0.05
    courier = Courier(daemon.connect)
    courier.start()
    answers = Answers()
    errand = courier.follow(frames, answers.each, answers.end, answers.failed)
    qtbot.waitUntil(lambda: len(answers.items) > 0)
    errand.cancel()
    courier.stop()
    assert daemon.claims == 0


def test_blocking_work_runs_beside_both_threads(qtbot: QtBot, courier: Courier) -> None:
    answers = Answers()
    courier.run(threading.get_ident, answers.then, answers.failed)
    qtbot.waitUntil(lambda: answers.ended)
    assert answers.items != [threading.get_ident()]
    assert answers.threads == {threading.get_ident()}


def test_without_a_daemon_work_fails_instead_of_hanging(qtbot: QtBot, qapp: object, daemon: DoubleDaemon) -> None:
    daemon.present = False
    courier = Courier(daemon.connect)
    reachable: list[bool] = []
    courier.reachable.connect(reachable.append)
    answers = Answers()
    courier.ask(status, answers.then, answers.failed)
    courier.start()
    qtbot.waitUntil(lambda: answers.ended and bool(reachable))
    courier.stop()
    assert isinstance(answers.errors[0], DaemonUnreachable)
    assert reachable == [False]


def test_a_daemon_that_left_is_reported_once_and_found_again(qtbot: QtBot, qapp: object, daemon: DoubleDaemon) -> None:
    courier = Courier(daemon.connect)
    reachable: list[bool] = []
    courier.reachable.connect(reachable.append)
    courier.start()
    qtbot.waitUntil(lambda: reachable == [True])
    daemon.lose()
    answers = Answers()
    courier.ask(status, answers.then, answers.failed)
    qtbot.waitUntil(lambda: reachable == [True, False])
    assert isinstance(answers.errors[0], DaemonUnreachable)
    tries = len(daemon.called("connect"))
    qtbot.waitUntil(lambda: len(daemon.called("connect")) > tries + 3)
    assert reachable == [True, False]
    daemon.come_back()
    qtbot.waitUntil(lambda: reachable == [True, False, True])
    again = Answers()
    courier.ask(status, again.then, again.failed)
    qtbot.waitUntil(lambda: again.ended)
    courier.stop()
    assert again.items == [STATUS]


def test_a_daemon_that_left_while_nothing_was_asked_is_missed_all_the_same(
    qtbot: QtBot, qapp: object, daemon: DoubleDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "HEARTBEAT", 0.02)
    courier = Courier(daemon.connect)
    reachable: list[bool] = []
    courier.reachable.connect(reachable.append)
    courier.start()
    qtbot.waitUntil(lambda: reachable == [True])
    daemon.lose()
    qtbot.waitUntil(lambda: reachable == [True, False])
    courier.stop()


def test_a_retry_does_not_wait_for_the_pause(
    qtbot: QtBot, qapp: object, daemon: DoubleDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "FIRST_PAUSE", 1000.0)
    monkeypatch.setattr(courier_module, "LONGEST_PAUSE", 1000.0)
    daemon.present = False
    courier = Courier(daemon.connect)
    reachable: list[bool] = []
    courier.reachable.connect(reachable.append)
    courier.start()
    qtbot.waitUntil(lambda: reachable == [False])
    daemon.come_back()
    courier.retry()
    qtbot.waitUntil(lambda: reachable == [False, True])
    courier.stop()
