"""The questions to the daemon and to the bus, on a real one; a daemon, or a bus, that hangs hangs nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facelatch.bus import BusError
from facelatch.doctor.answers import Answers, Silence, Trouble, ask_daemon
from facelatch.doctor.bus import BusDown, CallFailed, SystemBus, names, properties
from facelatch.doctor.scene import real_scene
from facelatch.types import PackReport, PolicyReport, Reason
from tests.unit.facelatch.fake import Act, Bus, Call, FakeDaemon, Fault
from tests.unit.facelatch_doctor.scenes import STANDING, attempt, face, status

GOOD: dict[str, Any] = {
    "GetStatus": status(),
    "GetPack": PackReport(id="open"),
    "GetPolicy": PolicyReport(classes=(), camera="", sources=()),
    "ListEnrolledFaces": (face(),),
    "History": (attempt("2027-01-15T08:00:00+00:00"),),
    "GetStanding": STANDING,
}


def test_the_examination_asks_on_the_bus_that_the_environment_names(
    bus: Bus, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELATCH_BUS", bus.address)
    told = real_scene()
    assert told.answers.status == status()
    assert told.other_bus == bus.address
    assert "org.facelatch" in names(told.bus)[0]


def test_the_systems_bus_in_other_words_is_no_other(bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACELATCH_BUS", raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    (tmp_path / "link").symlink_to(bus.socket)
    assert [real_scene(one).other_bus for one in ("", bus.address, f"unix:path={tmp_path}/link")] == ["", "", ""]


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    running = Bus(tmp_path_factory.mktemp("bus"))
    yield running
    running.stop()


@pytest.fixture
def daemon(bus: Bus) -> Iterator[FakeDaemon]:
    fake = FakeDaemon(bus).answering(**GOOD)
    yield fake
    fake.stop()


def trouble(answer: object) -> Trouble:
    assert isinstance(answer, Trouble), answer
    return answer


def test_all_questions_are_answered(bus: Bus, daemon: FakeDaemon) -> None:
    assert ask_daemon(bus.address, "alice") == Answers(*GOOD.values())
    assert Call("ListEnrolledFaces", ("alice",)) in daemon.calls
    assert Call("History", ("alice", 1)) in daemon.calls
    assert Call("GetStanding", ("alice",)) in daemon.calls


def test_a_refusal_hinders_no_other_question(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=BusError(Reason.NOT_PERMITTED, "you are not here"))
    told = ask_daemon(bus.address, "")
    assert trouble(told.faces) == Trouble(Silence.REFUSED, "you are not here")
    assert told.newest == GOOD["History"]


def test_a_daemon_that_hangs_is_asked_once(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=Act.NOTHING)
    told = ask_daemon(bus.address, "", patience=0.2)
    assert trouble(told.status).silence is Silence.MUTE
    assert told.status == told.pack == told.faces == told.newest
    assert daemon.members == ["GetStatus"]


def test_a_daemon_that_hangs_over_polkit_keeps_what_it_said_before(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=Act.NOTHING)
    told = ask_daemon(bus.address, "", patience=0.5)
    assert told.status == GOOD["GetStatus"]
    assert trouble(told.newest).silence is trouble(told.faces).silence is Silence.MUTE
    assert "History" not in daemon.members


def test_an_answer_that_means_nothing_is_none(bus: Bus, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=Fault("org.example.Strange", "what?"))
    assert trouble(ask_daemon(bus.address, "").status).silence in (Silence.MUTE, Silence.REFUSED)


def test_a_bus_without_the_daemon_is_told_from_one_that_is_not_there(bus: Bus, tmp_path: Path) -> None:
    for address in (bus.address, f"unix:path={tmp_path}/none"):
        assert trouble(ask_daemon(address, "").status).silence is Silence.UNREACHABLE


@pytest.fixture
def dumb(tmp_path: Path) -> Iterator[str]:
    """The address of a bus that lets everybody in and says nothing."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "dumb"))
        listener.listen(8)
        yield f"unix:path={tmp_path}/dumb"


def test_a_bus_that_says_nothing_hangs_nobody(dumb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trouble(ask_daemon(dumb, "", patience=0.2).status).silence is Silence.MUTE
    monkeypatch.setattr("facelatch.doctor.bus.PATIENCE", 0.1)
    with pytest.raises(BusDown):
        names(SystemBus(dumb))


@pytest.mark.parametrize(
    "address", ["tcp:host=localhost,port=1", "nonsense", "unix:path=/none", "unix:abstract=none-such"]
)
def test_an_address_that_leads_nowhere_is_a_bus_that_is_down(address: str) -> None:
    with pytest.raises(BusDown):
        names(SystemBus(address))


def test_names_and_properties_are_told(bus: Bus, daemon: FakeDaemon) -> None:
    owned, startable = names(SystemBus(bus.address))
    assert "org.facelatch" in owned
    assert startable == {"org.freedesktop.DBus"}
    the_bus = "org.freedesktop.DBus"
    found = properties(SystemBus(bus.address), the_bus, "/org/freedesktop/DBus", the_bus)
    assert isinstance(found["Interfaces"], list)


def test_an_error_in_reply_is_raised_with_its_name(bus: Bus) -> None:
    with pytest.raises(CallFailed) as caught:
        SystemBus(bus.address).call("org.nobody", "/", "org.nobody", "Nothing")
    assert caught.value.name == "org.freedesktop.DBus.Error.ServiceUnknown"


def test_a_call_carries_texts_and_numbers(bus: Bus) -> None:
    the_bus = "org.freedesktop.DBus"
    (answer,) = SystemBus(bus.address).call(
        the_bus, "/org/freedesktop/DBus", the_bus, "RequestName", "org.facelatch", 4
    )
    assert answer == 1


def test_a_whole_traceback_in_reply_is_cut_to_a_line() -> None:
    assert str(CallFailed("org.example.Failed", "it failed\n  File x\n" * 50)) == "it failed"
    assert str(CallFailed("org.example.Failed", "")) == "org.example.Failed"
