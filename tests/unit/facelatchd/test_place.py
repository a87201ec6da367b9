"""Who sits where, and what that opens: each place that a request comes from in practice."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Reason, ServiceClass
from facelatchd.bouncer import Caller
from facelatchd.place import Kind, Place, Session, gate_of_place
from facelatchd.store import User

ALICE = User("alice", 1000)
BOB = User("bob", 1001)
GDM = 120
AS_ROOT = Caller(pid=4711, uid=0)
AS_ALICE = Caller(pid=4712, uid=ALICE.uid)

DESKTOP = Session(id="2", uid=ALICE.uid, kind=Kind.USER, seat="seat0", console=2, active=True)
LOCKED = msgspec.structs.replace(DESKTOP, locked=True)
BEHIND = msgspec.structs.replace(DESKTOP, active=False)
BOBS = Session(id="3", uid=BOB.uid, kind=Kind.USER, seat="seat0", console=3, active=True)
OTHER_SEAT = Session(id="4", uid=BOB.uid, kind=Kind.USER, seat="seat1", active=True)
GREETER = Session(id="c1", uid=GDM, kind=Kind.GREETER, seat="seat0", console=1, active=True)
LIGHT_LOCKER = Session(id="c2", uid=GDM, kind=Kind.LOCK_SCREEN, seat="seat0", console=8, active=True)
TERMINAL = msgspec.structs.replace(DESKTOP, remote=True)
SSH = Session(id="5", uid=ALICE.uid, kind=Kind.USER, active=True, remote=True)
XRDP = Session(id="6", uid=ALICE.uid, kind=Kind.USER, active=True)
MANAGER = Session(id="7", uid=ALICE.uid, kind=Kind.MANAGER, active=True)
CRON = Session(id="8", uid=ALICE.uid, kind=Kind.OTHER, active=True)

AT_DESKTOP = Place(DESKTOP, (DESKTOP,))
LOGIN, UNLOCK, ELEVATE = ServiceClass.LOGIN, ServiceClass.UNLOCK, ServiceClass.ELEVATE


def gate(
    place: Place, service_class: ServiceClass, user: User = ALICE, caller: Caller = AS_ROOT, tty: str = ""
) -> Reason | None:
    return gate_of_place(place, service_class=service_class, user=user, caller=caller, tty=tty)


@pytest.mark.parametrize(
    ("place", "service_class", "tty"),
    [
        pytest.param(Place(None, (GREETER,)), LOGIN, "/dev/tty1", id="gdm's worker, before its greeter"),
        pytest.param(Place(None, (GREETER,)), LOGIN, ":0", id="sddm or lightdm, with an X server"),
        pytest.param(Place(None, (GREETER,)), LOGIN, "", id="greetd"),
        pytest.param(Place(GREETER, (GREETER,)), LOGIN, "", id="a greeter that asks itself"),
        pytest.param(Place(None, (LOCKED,)), LOGIN, "/dev/tty2", id="gdm's worker, for GNOME's lock screen"),
        pytest.param(Place(None, (LIGHT_LOCKER,)), LOGIN, ":1", id="light-locker, which locks by a greeter"),
        pytest.param(Place(None, (OTHER_SEAT, GREETER)), LOGIN, ":0", id="a greeter, and somebody at another seat"),
        pytest.param(Place(None, ()), LOGIN, "tty1", id="login, with nobody logged in"),
        pytest.param(Place(None, (OTHER_SEAT,)), LOGIN, "tty1", id="login, and somebody at a seat without consoles"),
        pytest.param(Place(DESKTOP, (DESKTOP,)), LOGIN, "tty2", id="login in one's own console"),
        pytest.param(Place(LOCKED, (LOCKED,)), UNLOCK, "", id="kscreenlocker or swaylock"),
        pytest.param(Place(None, (LOCKED,)), UNLOCK, "", id="kscreenlocker as a user's unit"),
        pytest.param(Place(MANAGER, (LOCKED,)), UNLOCK, "", id="the same, since systemd 256"),
        pytest.param(Place(DESKTOP, (DESKTOP,)), UNLOCK, ":0", id="i3lock, which tells logind nothing"),
        pytest.param(AT_DESKTOP, ELEVATE, "/dev/pts/3", id="sudo in a terminal window"),
        pytest.param(Place(None, (DESKTOP,), asker=ALICE.uid), ELEVATE, "/dev/pts/4", id="sudo in a user's unit"),
        pytest.param(Place(MANAGER, (DESKTOP,)), ELEVATE, "/dev/pts/4", id="the same, since systemd 256"),
    ],
)
def test_whoever_sits_there_is_looked_at(place: Place, service_class: ServiceClass, tty: str) -> None:
    assert gate(place, service_class, tty=tty) is None


@pytest.mark.parametrize(
    ("place", "service_class", "tty"),
    [
        pytest.param(Place(None, (DESKTOP,)), LOGIN, "", id="a login, when nobody is before a greeter"),
        pytest.param(Place(None, (BOBS,)), LOGIN, "tty1", id="login at a console that nobody looks at"),
        pytest.param(Place(None, (GREETER,)), LOGIN, "ttyS0", id="login at a serial line"),
        pytest.param(Place(None, ()), LOGIN, "ttyS0", id="login at a serial line, with nobody logged in"),
        pytest.param(Place(None, (GREETER,)), LOGIN, "/dev/ttyUSB0", id="login at a modem"),
        pytest.param(Place(None, (GREETER,)), LOGIN, "hvc0", id="login at a hypervisor's console"),
        pytest.param(Place(None, (GREETER,)), LOGIN, "pts/3", id="telnet's login"),
        pytest.param(Place(None, (GREETER,)), LOGIN, "remote.example:0", id="a display manager for another machine"),
        pytest.param(Place(XRDP, (GREETER,)), LOGIN, "", id="a remote desktop's login while a greeter is shown"),
        pytest.param(Place(None, ()), LOGIN, "", id="a greeter that logind does not know"),
        pytest.param(Place(None, ()), UNLOCK, "tty1", id="a lock screen without a session"),
        pytest.param(Place(BEHIND, (BOBS,)), UNLOCK, "", id="a lock screen behind another user's session"),
        pytest.param(Place(BEHIND, (GREETER,)), UNLOCK, "", id="a lock screen behind a greeter"),
        pytest.param(Place(None, (GREETER,)), UNLOCK, "", id="a lock screen as a unit, behind a greeter"),
        pytest.param(Place(XRDP, (DESKTOP,)), UNLOCK, "", id="a remote desktop's lock screen, with its user here too"),
        pytest.param(Place(BEHIND, (BOBS,)), ELEVATE, "pts/1", id="sudo in a session behind another's"),
        pytest.param(Place(BEHIND, (DESKTOP,)), ELEVATE, "tty5", id="sudo in one's own second session"),
        pytest.param(Place(XRDP, (DESKTOP,)), ELEVATE, "pts/1", id="sudo in a remote desktop that hides to be one"),
        pytest.param(Place(CRON, (DESKTOP,)), ELEVATE, "", id="sudo in cron"),
        pytest.param(Place(None, (BOBS,)), ELEVATE, "", id="sudo in tmux, while another sits there"),
        pytest.param(Place(None, (GREETER,)), ELEVATE, "", id="sudo in tmux, with nobody logged in"),
        pytest.param(Place(None, (TERMINAL,)), ELEVATE, "", id="polkit's helper, with an X terminal at a seat"),
        pytest.param(Place(None, (LOCKED,)), ELEVATE, "", id="polkit's helper behind a locked screen"),
        pytest.param(Place(None, (DESKTOP,)), ELEVATE, "", id="polkit's helper as a unit, which names nobody"),
        pytest.param(Place(LOCKED, (LOCKED,)), ELEVATE, "", id="sudo behind a locked screen"),
        pytest.param(Place(GREETER, (GREETER,)), ELEVATE, "", id="pkexec in a greeter"),
        pytest.param(AT_DESKTOP, ServiceClass.OTHER, "", id="a service that no class names"),
    ],
)
def test_whoever_may_sit_elsewhere_is_not_looked_at(place: Place, service_class: ServiceClass, tty: str) -> None:
    assert gate(place, service_class, tty=tty) is Reason.NOT_AT_SEAT


def test_su_verifies_the_other_user_and_goes_by_who_asks() -> None:
    assert gate(AT_DESKTOP, ELEVATE, user=BOB) is None


def test_su_from_no_session_wants_the_other_user_himself_at_the_seat() -> None:
    assert gate(Place(None, (DESKTOP,)), ELEVATE, user=BOB) is Reason.NOT_AT_SEAT


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(Place(None, (BOBS,), asker=ALICE.uid), id="su in tmux"),
        pytest.param(Place(MANAGER, (BOBS,)), id="the same, since systemd 256"),
        pytest.param(Place(None, (OTHER_SEAT, DESKTOP), asker=ALICE.uid), id="su in tmux, while both sit there"),
    ],
)
def test_from_afar_nobody_becomes_who_sits_there(place: Place) -> None:
    assert gate(place, ELEVATE, user=BOB) is Reason.NOT_AT_SEAT


def test_sudo_in_ones_own_unit_is_asked_for_by_its_user() -> None:
    assert gate(Place(None, (DESKTOP,), asker=ALICE.uid), ELEVATE) is None


def test_sudo_over_ssh_is_remote_even_while_its_user_sits_there() -> None:
    assert gate(Place(SSH, (DESKTOP,)), ELEVATE) is Reason.REMOTE


def test_a_console_that_not_root_names_is_none() -> None:
    assert gate(Place(None, ()), LOGIN, caller=AS_ALICE, tty="tty1") is Reason.NOT_AT_SEAT


def test_another_users_locked_screen_lets_nobody_log_in() -> None:
    assert gate(Place(None, (LOCKED,)), LOGIN, user=BOB) is Reason.NOT_AT_SEAT


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("user", Kind.USER),
        ("user-early", Kind.USER),
        ("user-light", Kind.USER),
        ("user-early-light", Kind.USER),
        ("user-incomplete", Kind.USER),
        ("greeter", Kind.GREETER),
        ("lock-screen", Kind.LOCK_SCREEN),
        ("manager", Kind.MANAGER),
        ("manager-early", Kind.MANAGER),
        ("background", Kind.OTHER),
        ("background-light", Kind.OTHER),
        ("username", Kind.OTHER),
        ("", Kind.OTHER),
        ("none", Kind.OTHER),
    ],
)
def test_logind_s_classes_are_known_and_others_are_nobodys(word: str, kind: Kind) -> None:
    assert Kind.of(word) is kind


SESSIONS = st.builds(
    Session,
    id=st.just("1"),
    uid=st.sampled_from([0, ALICE.uid, BOB.uid, GDM]),
    kind=st.sampled_from(Kind),
    seat=st.sampled_from(["", "seat0", "seat1"]),
    console=st.integers(0, 3),
    active=st.booleans(),
    remote=st.booleans(),
    locked=st.booleans(),
)
PLACES = st.builds(Place, st.none() | SESSIONS, st.lists(SESSIONS, max_size=3).map(tuple), st.booleans())
REQUESTS = st.fixed_dictionaries(
    {
        "service_class": st.sampled_from(ServiceClass),
        "user": st.sampled_from([ALICE, BOB]),
        "caller": st.sampled_from([AS_ROOT, AS_ALICE]),
        "tty": st.sampled_from(["", ":0", "tty1", "/dev/tty2", "tty3", "ttyS0", "pts/1", "tty0", "tty-1", "ttyé"]),
    }
)  # fmt: skip


@given(PLACES, REQUESTS)
def test_no_place_with_a_remote_caller_opens(place: Place, request: dict[str, object]) -> None:
    if place.caller is not None:
        remote = msgspec.structs.replace(place, caller=msgspec.structs.replace(place.caller, remote=True))
        assert gate_of_place(remote, **request) is Reason.REMOTE  # type: ignore[arg-type]


@given(PLACES, REQUESTS)
def test_an_empty_front_opens_nothing_but_roots_login_at_a_console(place: Place, request: dict[str, object]) -> None:
    """There is no session before the first login, and whoever types at a console sits before the machine."""
    empty = msgspec.structs.replace(place, caller=None, front=())
    opens = gate_of_place(empty, **request) is None  # type: ignore[arg-type]
    at_console = request["tty"] in ("tty1", "/dev/tty2", "tty3")
    assert opens == (request["service_class"] is LOGIN and request["caller"] is AS_ROOT and at_console)


@given(PLACES, REQUESTS)
def test_sessions_that_are_not_in_front_make_no_difference(place: Place, request: dict[str, object]) -> None:
    front = tuple(session for session in place.front if session.in_front)
    less = msgspec.structs.replace(place, front=front)
    assert gate_of_place(place, **request) is gate_of_place(less, **request)  # type: ignore[arg-type]


@given(PLACES, REQUESTS)
def test_a_caller_behind_or_elsewhere_opens_nothing(place: Place, request: dict[str, object]) -> None:
    asking = place.caller
    opens = gate_of_place(place, **request) is None  # type: ignore[arg-type]
    if opens and asking is not None and asking.kind is not Kind.MANAGER:
        assert asking.in_front


@given(PLACES, REQUESTS)
def test_outside_sessions_nobody_is_elevated_to_somebody_else(place: Place, request: dict[str, object]) -> None:
    place, request = msgspec.structs.replace(place, caller=None, asker=ALICE.uid), request | {"service_class": ELEVATE}
    if gate_of_place(place, **request) is None:  # type: ignore[arg-type]
        assert request["user"] == ALICE


@given(PLACES, REQUESTS)
def test_an_unlock_opens_for_the_user_in_front_alone(place: Place, request: dict[str, object]) -> None:
    request |= {"service_class": UNLOCK}
    mine = [session.uid for session in place.front if session.in_front and session.kind is Kind.USER]
    if gate_of_place(place, **request) is None:  # type: ignore[arg-type]
        assert request["user"].uid in mine  # type: ignore[attr-defined]
