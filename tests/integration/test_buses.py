"""The bus that tests are run on lets in and through what the system's would, and its polkit goes by our policy."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from jeepney import DBusAddress, DBusErrorResponse, HeaderFields, MatchRule, MessageType, new_method_call

from tests import buses, mocks
from tests.buses import AUTHORITY, BUS, POLKIT, PrivateBus, call, check, check_message
from tests.mocks import Answer, Asked, Logind, PolicyPolkit, Polkit, Session
from tests.places import TREE

ALICE: Final = 4242
JUDGE: Final = 4250
PEOPLE: Final = {"alice": ALICE}
VERIFY, ENROLL, DELETE = "org.facelatch.verify", "org.facelatch.enroll", "org.facelatch.delete"
MANAGE, CONFIGURE = "org.facelatch.manage-others", "org.facelatch.configure"
OPEN: Final = (
    "org.facelatch.Manager",
    "org.facelatch.Camera",
    "org.freedesktop.DBus.Introspectable",
    "org.freedesktop.DBus.Properties",
    "org.freedesktop.DBus.Peer",
)

pytestmark = pytest.mark.skipif(bool(mocks.obstacle()), reason=mocks.obstacle())
root_only = pytest.mark.skipif(os.getuid() != 0, reason="to be another user on the bus takes root")


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    with PrivateBus(people=PEOPLE) as bus:
        yield bus


def request_name(bus: PrivateBus, uid: int | None, name: str) -> int:
    with bus.connect(uid) as connection:
        return int(call(connection, *BUS, "RequestName", "su", name, 4)[0])


@root_only
@pytest.mark.parametrize("uid", [None, ALICE])
def test_nobody_but_the_judges_user_may_have_its_name_not_even_root(uid: int | None) -> None:
    with PrivateBus(owner=JUDGE, people=PEOPLE) as bus:
        with pytest.raises(DBusErrorResponse, match="AccessDenied"):
            request_name(bus, uid, "org.facelatch")
        assert request_name(bus, JUDGE, "org.facelatch") == 1


@root_only
def test_a_stranger_reaches_the_judges_interfaces_and_no_others() -> None:
    with PrivateBus(owner=JUDGE, people=PEOPLE) as bus, bus.connect(JUDGE) as judge, bus.connect(ALICE) as alice:
        call(judge, *BUS, "RequestName", "su", "org.facelatch", 4)
        for interface in OPEN:
            alice.send(new_method_call(DBusAddress("/", bus_name="org.facelatch", interface=interface), "Anything"))
            assert receive(judge, MessageType.method_call).header.fields[HeaderFields.interface] == interface
        for interface in (
            "org.facelatch.Door",
            "org.freedesktop.DBus.ObjectManager",
            "org.freedesktop.DBus.Mock",
            None,
        ):
            with pytest.raises(DBusErrorResponse, match="AccessDenied"):
                call(alice, "org.facelatch", "/", interface, "Anything")


def receive(connection: Any, kind: MessageType) -> Any:
    """Return the next message of a kind: the bus itself says a word to everybody who is new."""
    while (message := connection.receive(timeout=5)).header.message_type is not kind:
        pass
    return message


def test_a_child_takes_the_private_bus_for_the_systems(bus: PrivateBus) -> None:
    code = (
        "from jeepney.io.blocking import open_dbus_connection as connect; import time;"
        "from jeepney import message_bus; from jeepney.io.blocking import Proxy;"
        "Proxy(message_bus, connect('SYSTEM')).RequestName('org.freedesktop.login1'); time.sleep(60)"
    )
    child = bus.spawn([sys.executable, "-c", code], "org.freedesktop.login1")
    assert child.poll() is None


def test_a_program_that_dies_before_it_has_its_name_is_told_of_with_its_last_words(bus: PrivateBus) -> None:
    with pytest.raises(RuntimeError, match="out of coffee"):
        bus.spawn([sys.executable, "-c", "raise SystemExit('out of coffee')"], "org.facelatch")


def processes_of(folder: str) -> list[str]:
    """Return the command lines of the processes that know of a folder, from their arguments or their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended, or is somebody else's
            command = (process / "cmdline").read_bytes()
            if folder.encode() in command + (process / "environ").read_bytes():
                found.append(command.replace(b"\0", b" ").decode())
    return found


def test_nothing_is_left_of_a_bus_that_has_ended() -> None:
    with PrivateBus() as bus:
        Logind(bus)
        assert len(processes_of(str(bus.folder))) == 2
    assert processes_of(str(bus.folder)) == []
    assert not bus.folder.exists()


def test_nothing_lives_on_where_the_tests_are_killed() -> None:
    code = (
        "import sys; from tests.buses import PrivateBus; from tests.mocks import Logind;"
        "bus = PrivateBus().__enter__(); Logind(bus);"
        "print(bus.folder, flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TREE)
    assert child.stdout is not None
    folder = child.stdout.readline().decode().strip()
    try:
        assert len(processes_of(folder)) == 2
        child.kill()
        child.communicate()
        deadline = time.monotonic() + buses.PATIENCE
        while processes_of(folder) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert processes_of(folder) == []
    finally:
        child.kill()
        shutil.rmtree(folder)


def test_logind_tells_everybody_of_sleep_and_waking(bus: PrivateBus) -> None:
    logind = Logind(bus)
    rule = MatchRule(type="signal", interface="org.freedesktop.login1.Manager", member="PrepareForSleep")
    with bus.connect() as listener, listener.filter(rule, bufsize=2) as heard:
        call(listener, *BUS, "AddMatch", "s", rule.serialise())
        for asleep in (True, False):
            logind.prepare_for_sleep(asleep)
            assert listener.recv_until_filtered(heard, timeout=5).body == (asleep,)


def test_the_mocked_polkit_allows_denies_and_hangs_as_told(bus: PrivateBus) -> None:
    polkit = Polkit(bus)
    with bus.connect() as asking, bus.connect() as waiting:
        assert not check(asking, asking, VERIFY).granted
        polkit.allow(VERIFY)
        assert check(asking, asking, VERIFY).granted
        assert not check(asking, asking, ENROLL).granted
        polkit.hang(VERIFY)
        waiting.send(check_message(waiting, VERIFY))
        assert not check(asking, asking, ENROLL).granted
        while not polkit.hanging:
            time.sleep(0.01)
        polkit.release()
        assert receive(waiting, MessageType.method_return).body[0][0]
        assert not polkit.hanging


@root_only
@pytest.mark.parametrize(
    ("session", "answer", "granted"),
    [
        (Session.ACTIVE, Answer.ADMIN_PASSWORD, {VERIFY, ENROLL, DELETE, MANAGE, CONFIGURE}),
        (Session.ACTIVE, Answer.OWN_PASSWORD, {VERIFY, ENROLL, DELETE}),
        (Session.ACTIVE, Answer.DISMISSED, {VERIFY}),
        (Session.ACTIVE, Answer.NO_AGENT, {VERIFY}),
        (Session.INACTIVE, Answer.ADMIN_PASSWORD, set()),
        (Session.NONE, Answer.ADMIN_PASSWORD, set()),
    ],
)
def test_our_policy_grants_by_session_and_password(
    bus: PrivateBus, session: Session, answer: Answer, granted: set[str]
) -> None:
    PolicyPolkit(bus).seat(ALICE, session, answer)
    actions = (VERIFY, ENROLL, DELETE, MANAGE, CONFIGURE)
    with bus.connect(ALICE) as alice, bus.connect() as root:
        assert {action for action in actions if check(root, alice, action).granted} == granted
        assert all(check(root, root, action, interactive=False).granted for action in actions)


@root_only
def test_a_password_is_remembered_for_deleting_and_never_for_enrolling(bus: PrivateBus) -> None:
    polkit = PolicyPolkit(bus)
    polkit.seat(ALICE, Session.ACTIVE, Answer.OWN_PASSWORD)
    with bus.connect(ALICE) as alice, bus.connect() as root:
        for action in (ENROLL, ENROLL, DELETE, DELETE):
            assert check(root, alice, action).granted
        dialogs = [(asked.action, asked.dialog) for asked in polkit.asked()]
        assert dialogs == [(ENROLL, True), (ENROLL, True), (DELETE, True), (DELETE, False)]
        polkit.forget()
        check(root, alice, DELETE)
        assert polkit.asked() == [Asked(ALICE, DELETE, interactive=True, dialog=True)]


@root_only
def test_no_dialog_opens_where_the_caller_did_not_allow_one(bus: PrivateBus) -> None:
    polkit = PolicyPolkit(bus)
    polkit.seat(ALICE, Session.ACTIVE, Answer.OWN_PASSWORD)
    with bus.connect(ALICE) as alice, bus.connect() as root:
        answer = check(root, alice, ENROLL, interactive=False)
    assert (answer.granted, answer.challenge) == (False, True)
    assert polkit.asked() == [Asked(ALICE, ENROLL, interactive=False, dialog=False)]


@root_only
@pytest.mark.parametrize("authorised", [True, False])
def test_a_dialog_stays_open_until_it_is_answered(bus: PrivateBus, authorised: bool) -> None:
    polkit = PolicyPolkit(bus)
    polkit.seat(ALICE, Session.ACTIVE, Answer.AWAITED)
    with bus.connect(ALICE) as alice, bus.connect() as root, bus.connect() as waiting:
        waiting.send(check_message(alice, ENROLL))
        while not polkit.open_dialogs:
            time.sleep(0.01)
        assert check(root, alice, VERIFY).granted  # nobody else waits for it
        polkit.close_dialogs(authorised=authorised)
        assert receive(waiting, MessageType.method_return).body[0][0] is authorised
        assert polkit.open_dialogs == 0


@root_only
def test_a_dialog_closes_when_its_check_is_cancelled(bus: PrivateBus) -> None:
    polkit = PolicyPolkit(bus)
    polkit.seat(ALICE, Session.ACTIVE, Answer.AWAITED)
    with bus.connect(ALICE) as alice, bus.connect() as waiting:
        waiting.send(check_message(alice, ENROLL))
        while not polkit.open_dialogs:
            time.sleep(0.01)
        bus.call(POLKIT, AUTHORITY, f"{POLKIT}.Authority", "CancelCheckAuthorization", "s", f"cancel {ENROLL}")
        assert receive(waiting, MessageType.method_return).body == ((False, False, {}),)
        assert (polkit.cancelled, polkit.open_dialogs) == (1, 0)


@root_only
def test_only_root_and_the_actions_owner_may_ask_about_others() -> None:
    with PrivateBus(owner=JUDGE, people=PEOPLE) as bus, bus.connect(JUDGE) as judge, bus.connect(ALICE) as alice:
        PolicyPolkit(bus).seat(ALICE, Session.ACTIVE)
        assert check(judge, alice, VERIFY).granted
        assert check(alice, alice, VERIFY).granted
        with pytest.raises(DBusErrorResponse, match="NotAuthorized"):
            check(alice, judge, VERIFY)
