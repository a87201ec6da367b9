"""The judge's place on the bus: it comes when the bus does, comes back when it was lost, and the door never waits."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import buses
from tests.buses import PrivateBus, call
from tests.unit.facelatchd.process import Judge, until

NAME = "org.facelatch"
MANAGER = (NAME, "/org/facelatch/Manager", "org.facelatch.Manager")
IMPATIENT = "import facelatchd.bus.service as service; service.AGAIN = 0.1; "
"""Makes a judge look for a lost bus ten times a second."""

with_bus = pytest.mark.skipif(bool(buses.obstacle()), reason=buses.obstacle())


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    judge = Judge(tmp_path, before=IMPATIENT)
    yield judge
    judge.end()


@contextlib.contextmanager
def bus_for(judge: Judge) -> Iterator[PrivateBus]:
    """A bus where the judge looks for one, during the block."""
    place = Path(judge.bus.removeprefix("unix:path="))
    with PrivateBus() as bus:
        place.symlink_to(bus.folder / "bus")
        try:
            yield bus
        finally:
            place.unlink()


def on_the_bus(judge: Judge, times: int = 1) -> Callable[[], bool]:
    return lambda: judge.log.count(f"on the bus as {NAME}") == times


def sudo(bus: PrivateBus) -> bool:
    """Whether the policy that the judge tells of allows sudo."""
    (policy,) = bus.call(*MANAGER, "GetPolicy")
    (allowed,) = (
        rule["allowed"][1] for _kind, rules in [policy["classes"]] for rule in rules if "sudo" in rule["services"][1]
    )
    return bool(allowed)


def test_a_judge_without_a_bus_serves_the_door_and_says_what_it_does(judge: Judge) -> None:
    judge.start()
    assert judge.allows("sudo")
    assert "no bus: " in judge.log
    assert "logins by face work meanwhile" in judge.log
    assert "Traceback" not in judge.log


def test_a_bus_that_says_nothing_keeps_nobody_from_the_door_nor_the_judge_from_stopping(judge: Judge) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(judge.bus.removeprefix("unix:path="))
        silent.listen()
        process = judge.begin()
        silent.settimeout(20)
        with silent.accept()[0]:
            assert judge.allows("sudo")
            assert "no bus" not in judge.log, "it still waits for an answer"
            process.send_signal(signal.SIGTERM)
            assert process.wait(2) == 0, "the bus has 5 s, which a stop does not wait for"
    assert "Traceback" not in judge.log


@with_bus
def test_a_judge_comes_onto_the_bus_when_there_is_one_and_again_after_that_one(judge: Judge) -> None:
    judge.start()
    for times in (1, 2):
        with bus_for(judge) as bus:
            until(on_the_bus(judge, times))
            assert sudo(bus)
        until(lambda times=times: judge.log.count("the place on the bus is lost") == times)  # type: ignore[misc]
        assert judge.allows("sudo")
    assert "Traceback" not in judge.log


@with_bus
def test_a_name_that_another_has_is_waited_for(judge: Judge) -> None:
    with bus_for(judge) as bus:
        with bus.connect() as other:
            call(other, *buses.BUS, "RequestName", "su", NAME, 4)
            judge.start()
            assert "another judge runs" in judge.log
            assert judge.allows("sudo")
        until(on_the_bus(judge))
        assert sudo(bus)


@with_bus
def test_a_stop_leaves_the_bus_and_ends_what_is_asked_there(judge: Judge) -> None:
    with bus_for(judge) as bus:
        process = judge.start()
        assert judge.log.count("on the bus") == 1, "it is ready when it is on the bus"
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert not bus.call(*buses.BUS, "NameHasOwner", "s", NAME)[0]
    assert "INFO: stopped" in judge.log
    assert "Traceback" not in judge.log


def choose(bus: PrivateBus, service_class: str, **rule: Any) -> None:
    bus.call(*MANAGER, "SetClassRule", "sa{sv}", service_class, {key: ("b", value) for key, value in rule.items()})


@with_bus
def test_what_is_chosen_over_the_bus_holds_at_the_door_and_after_a_restart(judge: Judge) -> None:
    judge.settings.write_text("[class.elevate]\nlevel = 'balanced'\n")
    with bus_for(judge) as bus:
        process = judge.start()
        choose(bus, "elevate", allowed=False)
        assert not judge.allows("sudo")
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        process = judge.start()
        assert not judge.allows("sudo")
        assert not sudo(bus)
        choose(bus, "elevate", allowed=True)
        assert judge.allows("sudo")
        (judge.folder / "state" / "choices.toml").write_text("[class.elevate]\nallowed = false\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: "is read anew" in judge.log)
        assert not judge.allows("sudo")
    assert judge.settings.read_text() == "[class.elevate]\nlevel = 'balanced'\n"


def test_broken_choices_are_named_at_the_start(judge: Judge) -> None:
    (judge.folder / "state").mkdir()
    (judge.folder / "state" / "choices.toml").write_text("[class.elevate]\nallowed = 'yes'\n")
    code, log = judge.refusal()
    assert code == 78
    assert "choices.toml:2: class.elevate.allowed: expected true or false" in log
