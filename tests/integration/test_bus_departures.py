"""Clients that vanish, a machine that sleeps, a judge or a bus that goes and comes back."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from typing import Final

import pytest
from gi.events import GLibEventLoopPolicy
from gi.repository import GLib
from jeepney import DBusAddress, new_signal

from facelatchd.bus.adapter import DBUS, Bus, BusLost
from tests.buses import PrivateBus, end
from tests.integration.bus_client import NAME, PATIENCE, Client
from tests.integration.bus_judge import ALICE_THERE, PEOPLE, STRANGER_GOES, Judge, wait_until
from tests.integration.bus_states import (
    CAMERA_ON,
    State,
    claimed,
    enrolling,
    history,
    labels,
    leave,
    picturing,
    previewing,
    reviewing,
    verifying,
)
from tests.mocks import Logind, obstacle
from tests.unit.facelatchd.fake_eye import JPEG

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="whom polkit need not be asked about is root"),
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]


# --- clients that vanish ----------------------------------------------------------------------------------------------


def test_a_client_that_vanishes_leaves_the_camera_to_the_next_and_nothing_half_stored(
    judge: Judge, state: State
) -> None:
    with judge.client() as second:
        first = judge.client()
        second.watch(first.name)
        state(judge, first)
        judge.wait_for_camera(on=state in CAMERA_ON)
        first.vanish()
        second.hear_leaving(first.name)
        assert second.outcome("Claim", "alice") == ""
        judge.wait_for_camera(on=False)
        assert second.outcome("PreviewStart") == ""
        assert second.call("NextFrame", 0)[1] == JPEG
        leave(second)
    assert labels(judge) == ["made up"]


@pytest.mark.parametrize("end_it", ["vanish", "VerifyStop", "Release"])
def test_a_mismatch_that_is_interrupted_is_counted(judge: Judge, end_it: str) -> None:
    before = len(history(judge))
    judge.eye.scene = STRANGER_GOES
    client = judge.client()
    client.call("Claim", "alice")
    client.call("VerifyStart", "any", {})
    client.hear("VerifyStatus", "verify-no-face")
    if end_it != "vanish":
        client.call(end_it)
    client.vanish()
    wait_until(lambda: len(history(judge)) > before, "the attempt in the history")
    assert history(judge)[0] == ("facelatch-try", "another-face")
    judge.eye.scene = ALICE_THERE
    assert judge.door() == "matched"  # which ends the run of mismatches


def test_a_login_gets_the_camera_from_a_preview_and_the_previewer_is_told(judge: Judge, client: Client) -> None:
    previewing(judge, client)
    judge.eye.scene = ALICE_THERE
    assert judge.door() == "matched"
    ended = client.ending("PreviewStatus")
    assert (ended.result, ended.details["reason"]) == ("preview-busy", "busy")
    assert client.outcome("PreviewStart") == ""


# --- sleep, a new judge, a new bus ------------------------------------------------------------------------------------

SLEPT: Final = {
    verifying: ("VerifyStatus", "verify-cancelled"),
    enrolling: ("EnrollStatus", "enroll-failed"),
    picturing: ("EnrollStatus", "enroll-failed"),
    reviewing: ("EnrollStatus", "enroll-failed"),
    previewing: ("PreviewStatus", "preview-cancelled"),
}


@pytest.fixture(scope="module")
def logind(bus: PrivateBus) -> Iterator[Logind]:
    logind = Logind(bus)
    yield logind
    logind.end()


def test_what_runs_ends_when_the_machine_goes_to_sleep_and_its_client_is_told(
    judge: Judge, logind: Logind, client: Client, busy: State
) -> None:
    busy(judge, client)
    member, result = SLEPT[busy]
    logind.prepare_for_sleep(True)
    ended = client.ending(member)
    assert (ended.result, ended.details["reason"]) == (result, "cancelled")
    judge.wait_for_camera(on=False)
    logind.prepare_for_sleep(False)
    assert client.outcome("PreviewStart") == ""
    assert client.call("NextFrame", 0)[1] == JPEG
    assert labels(judge) == ["made up"]


def test_sleep_counts_a_mismatch_that_it_interrupts(judge: Judge, logind: Logind, client: Client) -> None:
    judge.eye.scene = STRANGER_GOES
    client.call("Claim", "alice")
    client.call("VerifyStart", "any", {})
    client.hear("VerifyStatus", "verify-no-face")
    logind.prepare_for_sleep(True)
    client.ending("VerifyStatus")
    assert history(judge)[0] == ("facelatch-try", "another-face")
    judge.eye.scene = ALICE_THERE
    assert judge.door() == "matched"


def test_sleep_tells_nobody_for_whom_nothing_runs(judge: Judge, logind: Logind, client: Client) -> None:
    claimed(judge, client)
    logind.prepare_for_sleep(True)
    judge.eye.scene = ALICE_THERE
    client.call("VerifyStart", "any", {})
    assert client.ending("VerifyStatus").result == "verify-match"
    logind.prepare_for_sleep(True)
    client.call("GetStatus")
    assert sum(signal.done for signal in client.signals) == 1


def test_whoever_pretends_to_be_logind_is_not_believed(judge: Judge, logind: Logind, client: Client) -> None:
    verifying(judge, client)
    with judge.client() as stranger:
        pretended = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")
        stranger.post(new_signal(pretended, "PrepareForSleep", "b", (True,)))
        stranger.call("GetStatus")
    assert judge.eye.watching
    assert client.outcome("VerifyStop") == ""


class FragileBus(PrivateBus):
    """A bus that can end, and be there again."""

    def break_down(self) -> None:
        end(self._children[0])
        (self.folder / "bus").unlink(missing_ok=True)

    def come_back(self) -> None:
        self._start_daemon()
        self._connection = self.connect()


def test_a_judge_that_starts_anew_knows_no_claims_and_its_clients_see_it_go(judge: Judge, client: Client) -> None:
    client.watch(NAME)
    verifying(judge, client)
    judge.stop()
    client.hear_leaving(NAME)
    assert not judge.eye.watching
    assert client.outcome("VerifyStop") == "org.freedesktop.DBus.Error.ServiceUnknown"
    judge.start()
    assert client.outcome("VerifyStop") == "ClaimCamera"
    assert client.outcome("Claim", "alice") == ""
    judge.eye.scene = ALICE_THERE
    assert client.outcome("VerifyStart", "any", {}) == ""
    assert client.ending("VerifyStatus").result == "verify-match"


def test_the_door_outlives_the_bus_and_the_judge_comes_back_to_it() -> None:
    with FragileBus(people=PEOPLE) as bus, Judge(bus) as judge:
        judge.enrol()
        judge.eye.scene = ALICE_THERE
        client = judge.client()
        previewing(judge, client)
        bus.break_down()
        assert judge.door() == "matched"
        judge.wait_for_camera(on=False)
        with pytest.raises((ConnectionError, socket.error)):
            client.call("NextFrame", 0)
        bus.come_back()
        with judge.client() as again:
            again.watch(NAME)
            wait_until(lambda: not again.outcome("GetStatus"), "the judge on the new bus")
            assert again.outcome("NextFrame", 0) == "ClaimCamera"
            assert again.outcome("Claim", "alice") == ""
        assert judge.alive
        assert "Traceback" not in bus.log


async def lose_the_name(address: str) -> None:
    place = await Bus.connect(address)
    await place.own(NAME)
    other = await Bus.connect(address)
    with pytest.raises(BusLost, match="another judge runs"):
        await other.own(NAME)
    assert not place.lost.is_set()
    arguments = GLib.Variant("(s)", (NAME,))
    await place.call(DBUS, "/org/freedesktop/DBus", DBUS, "ReleaseName", arguments)
    async with asyncio.timeout(PATIENCE):
        await place.lost.wait()
    for each in (place, other):
        await each.close(0.1)


def test_a_name_that_is_lost_is_noticed_and_one_that_is_taken_is_not_to_be_had() -> None:
    with PrivateBus() as bus, asyncio.Runner(loop_factory=GLibEventLoopPolicy().get_event_loop) as runner:
        runner.run(lose_the_name(bus.address))
