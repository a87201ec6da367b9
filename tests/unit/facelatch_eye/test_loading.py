"""How the networks are waited for while they are loaded, and what becomes of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest

from facelatch_eye.failure import Failure
from facelatch_eye.loading import LONGEST, Loading
from facelatch_eye.messages import ProblemKind
from tests.unit.facelatch_eye.fake import FakeClock

if TYPE_CHECKING:
    from facelatch_eye.sight import Sight

SIGHT = cast("Sight", object())


def nothing() -> None:
    pass


def test_the_sight_is_loaded_once_for_all_who_ask() -> None:
    loads: list[int] = []

    def load() -> Sight:
        loads.append(1)
        return SIGHT

    loading = Loading(load)
    assert loading.goes_on
    loading.start()

    assert loading.sight(nothing) is loading.sight(nothing) is SIGHT
    assert loads == [1]
    assert not loading.goes_on


def test_whoever_waits_gives_signs_of_life_and_can_be_called_off() -> None:
    class CalledOff(Exception):
        pass

    def beat() -> None:
        raise CalledOff

    with pytest.raises(CalledOff):
        Loading(lambda: SIGHT).sight(beat)


def test_what_is_wrong_with_the_pack_is_told_to_all_who_ask(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Sight:
        raise Failure(ProblemKind.NO_PACK, "no pack: mend it so")

    loading = Loading(load)
    loading.check()
    loading.run()

    for ask in (loading.check, lambda: loading.sight(nothing)):
        with pytest.raises(Failure, match="mend it so") as caught:
            ask()
        assert caught.value.kind is ProblemKind.NO_PACK
    assert "mend it so" in caplog.text


def test_a_library_that_is_missing_is_told_and_nobody_waits_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Sight:
        raise ImportError("libGL.so.1: cannot open shared object file")

    loading = Loading(load)
    loading.start()

    with pytest.raises(Failure, match="libGL") as caught:
        loading.sight(nothing)
    assert caught.value.kind is ProblemKind.NETWORK_FAILED
    assert "Traceback" in caplog.text


def test_loading_that_does_not_end_is_noticed_and_loading_that_takes_its_time_is_not() -> None:
    clock, release = FakeClock(), threading.Event()

    def load() -> Sight:
        release.wait(10)
        return SIGHT

    loading = Loading(load, clock)
    loading.start()

    clock.sleep(LONGEST - 1)
    assert not loading.hangs
    clock.sleep(2)
    assert loading.hangs
    release.set()
    loading.sight(nothing)
    assert not loading.hangs
