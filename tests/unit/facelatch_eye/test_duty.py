from __future__ import annotations

import asyncio
import logging
import threading

import pytest

from facelatch_eye.duty import Duty
from facelatch_eye.messages import Answer, Problem, ProblemKind

HELLO = Problem(ProblemKind.NO_PACK, "hello")


async def nowhere(answer: Answer) -> None:
    raise AssertionError("nothing was to be sent")


def test_an_answer_given_in_the_thread_is_delivered_in_the_loop() -> None:
    delivered: list[tuple[Answer, int]] = []

    async def deliver(answer: Answer) -> None:
        delivered.append((answer, threading.get_ident()))

    async def run() -> None:
        await Duty(lambda duty: duty.answer(HELLO), deliver).start()

    asyncio.run(run())

    assert delivered == [(HELLO, threading.get_ident())]


def test_work_that_is_asked_to_stop_ends_at_its_next_sign_of_life() -> None:
    async def run() -> bool:
        def work(duty: Duty) -> None:
            started.set()
            while True:
                duty.beat()

        started = threading.Event()
        duty = Duty(work, nowhere)
        ended = duty.start()
        await asyncio.to_thread(started.wait)
        duty.stop()
        await asyncio.wait_for(ended, 10)
        return ended.done()

    assert asyncio.run(run())


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError()])
def test_work_ends_when_nobody_reads_its_answers(error: Exception) -> None:
    given: list[int] = []

    async def deliver(answer: Answer) -> None:
        raise error

    def work(duty: Duty) -> None:
        for number in range(10):
            given.append(number)
            duty.answer(HELLO)

    async def run() -> None:
        await asyncio.wait_for(Duty(work, deliver).start(), 10)

    asyncio.run(run())

    assert given == [0]


def test_a_fault_in_the_work_ends_it_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def work(duty: Duty) -> None:
        raise KeyError("a bug")

    async def run() -> None:
        await asyncio.wait_for(Duty(work, nowhere).start(), 10)

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())

    assert "a bug" in caplog.text


def test_silence_grows_while_the_work_is_stuck_and_is_nothing_once_it_has_ended() -> None:
    release = threading.Event()

    async def run() -> tuple[float, float]:
        duty = Duty(lambda duty: release.wait(10) and None, nowhere)
        ended = duty.start()
        await asyncio.sleep(0.05)
        stuck = duty.silence
        release.set()
        await asyncio.wait_for(ended, 10)
        return stuck, duty.silence

    stuck, over = asyncio.run(run())

    assert stuck >= 0.05
    assert over == 0.0
