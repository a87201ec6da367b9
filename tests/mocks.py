"""Polkit and logind on a private bus, as a test wants them to be."""

from __future__ import annotations

import enum
import json
import signal
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests import buses
from tests.buses import AUTHORITY, POLKIT, PrivateBus, end
from tests.places import TREE

POLKIT_POLICY: Final = TREE / "systemd" / "org.facelatch.policy"
TEMPLATES: Final = TREE / "tests" / "templates"
LOGIND: Final = "org.freedesktop.login1"
LOGIND_ROOT: Final = "/org/freedesktop/login1"
SYSTEMD: Final = "org.freedesktop.systemd1"
SYSTEMD_ROOT: Final = "/org/freedesktop/systemd1"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
MOCK: Final = "org.freedesktop.DBus.Mock"

SYSTEM_PYTHON: Final = "/usr/bin/python3"
"""python-dbusmock comes as a Debian package, for this Python; our virtual environment does not see it."""


def obstacle() -> str:
    """Return why there can be no private bus with mocks on it here, empty where there can."""
    tried = [SYSTEM_PYTHON, "-c", "import dbusmock"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(tried, capture_output=True, check=False).returncode != 0:
        return "python-dbusmock is not installed: apt-get install python3-dbusmock"
    return buses.obstacle()


class _Mock:
    """One of python-dbusmock's objects, in a process of its own."""

    def __init__(self, bus: PrivateBus, name: str, path: str, template: str | Path, **parameters: object) -> None:
        self._bus, self._name, self._path = bus, name, path
        command = [SYSTEM_PYTHON, "-m", "dbusmock", "--template", template, "--parameters", json.dumps(parameters)]
        self._process = bus.spawn(command, name)

    def _order(self, member: str, signature: str = "", *body: object) -> tuple[Any, ...]:
        return self._bus.call(self._name, self._path, MOCK, member, signature, *body)

    def end(self) -> None:
        """Let it leave the bus."""
        end(self._process)


class Polkit(_Mock):
    """python-dbusmock's polkitd: denies everything that is not allowed here, whoever asks, and hangs on demand."""

    def __init__(self, bus: PrivateBus) -> None:
        super().__init__(bus, POLKIT, AUTHORITY, "polkitd")
        self._order("AddMethod", "sssss", f"{POLKIT}.Authority", "CancelCheckAuthorization", "s", "", "")

    def allow(self, *actions: str) -> None:
        """Allow these actions and no others."""
        self._order("SetAllowed", "as", list(actions))

    def allow_all(self, allowed: bool = True) -> None:
        """Allow what `allow` does not name, or deny it again."""
        self._order("AllowUnknown", "b", allowed)

    def delay(self, seconds: float) -> None:
        """Let every check take so long, and whatever comes behind it wait."""
        self._order("SetDelay", "d", seconds)

    def hang(self, *actions: str) -> None:
        """Leave checks of these actions unanswered, of all where none is named, until `release`."""
        self._order("SimulateHangActions", "as", list(actions))
        self._order("SimulateHang", "b", not actions)

    @property
    def hanging(self) -> bool:
        """Whether a check waits for `release`."""
        return bool(self._order("HaveHangingCalls")[0])

    def release(self) -> None:
        """Answer the checks that hang, and those to come."""
        self._order("SimulateHangActions", "as", [])
        self._order("SimulateHang", "b", False)
        self._order("ReleaseHangingCalls")


class Session(enum.Enum):
    """Where a person sits, as polkit tells people apart."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NONE = "none"
    """No session at all, or a remote one."""


class Answer(enum.Enum):
    """What becomes of a dialog that polkit opens before a person."""

    OWN_PASSWORD = "own"
    ADMIN_PASSWORD = "admin"
    """The person is an administrator: that is good for every dialog."""
    DISMISSED = "dismissed"
    AWAITED = "awaited"
    """It stays open, until it is cancelled or `PolicyPolkit.close_dialogs`."""
    NO_AGENT = "no-agent"
    """There is nothing in the session that could show a dialog."""


class Asked(NamedTuple):
    """One check that polkit was asked for."""

    uid: int
    action: str
    interactive: bool
    """Whether polkit was allowed to open a dialog."""
    dialog: bool
    """Whether it opened one."""


class PolicyPolkit(_Mock):
    """A polkit that answers from our own policy file, for people whose sessions and passwords the test sets.

    Who is not set has no session and dismisses every dialog; root may everything.
    """

    def __init__(self, bus: PrivateBus, policy: Path = POLKIT_POLICY) -> None:
        template = TEMPLATES / "polkit_by_policy.py"
        super().__init__(bus, POLKIT, AUTHORITY, template, policy=str(policy), owner=bus.owner)

    def seat(self, uid: int, session: Session, answer: Answer = Answer.DISMISSED) -> None:
        """Say where a person sits, and what becomes of dialogs before her."""
        self._order("SetPerson", "uss", uid, session.value, answer.value)

    def asked(self) -> list[Asked]:
        """Return the checks asked for since the last time, oldest first."""
        return [Asked(*check) for check in self._order("TakeAsked")[0]]

    @property
    def open_dialogs(self) -> int:
        """How many dialogs wait for their answer."""
        return int(self._order("CountOpen")[0])

    @property
    def cancelled(self) -> int:
        """How many dialogs were closed because the caller cancelled its check."""
        return int(self._order("CountCancelled")[0])

    def close_dialogs(self, *, authorised: bool) -> None:
        """Answer every dialog that waits."""
        self._order("CloseOpen", "b", authorised)

    def forget(self) -> None:
        """Forget the passwords that were given for actions that keep them."""
        self._order("Forget")


class Systemd(_Mock):
    """python-dbusmock's systemd, with the units in which a test puts processes."""

    def __init__(self, bus: PrivateBus) -> None:
        super().__init__(bus, SYSTEMD, SYSTEMD_ROOT, "systemd")
        self._units: dict[int, str] = {}
        self._tell_units()

    def put(self, pid: int, unit: str) -> None:
        """Say that a process is in a unit."""
        path = f"{SYSTEMD_ROOT}/unit/u{len(self._units)}"
        self._order("AddObject", "ssa{sv}a(ssss)", path, f"{SYSTEMD}.Unit", {"Id": ("s", unit)}, [])
        self._units[pid] = path
        self._tell_units()

    def _tell_units(self) -> None:
        missing = f"dbus.exceptions.DBusException('in none', name='{SYSTEMD}.NoUnitForPID')"
        code = f"if args[0] not in {self._units}: raise {missing}\nret = {self._units}[args[0]]"
        self._order("AddMethod", "sssss", f"{SYSTEMD}.Manager", "GetUnitByPID", "u", "o", code)


class Logind(_Mock):
    """python-dbusmock's logind, with the sessions, seats and processes that a test puts there."""

    def __init__(self, bus: PrivateBus) -> None:
        super().__init__(bus, LOGIND, LOGIND_ROOT, "logind")
        self._places: dict[int, str] = {}
        self._users: dict[int, str] = {}
        self._order("AddProperties", "sa{sv}", f"{LOGIND}.Manager", {"LidClosed": ("b", False)})
        self._tell_places()

    def prepare_for_sleep(self, asleep: bool) -> None:
        """Say that the machine goes to sleep, or that it has woken."""
        self._order("EmitSignal", "sssav", f"{LOGIND}.Manager", "PrepareForSleep", "b", [("b", asleep)])

    def lid(self, *, closed: bool) -> None:
        """Close or open the lid."""
        self._order("UpdateProperties", "sa{sv}", f"{LOGIND}.Manager", {"LidClosed": ("b", closed)})

    def add_seat(self, seat: str) -> None:
        """Add a seat with nobody at it."""
        self._order("AddSeat", "s", seat)

    def add_session(
        self, name: str, uid: int, *, seat: str = "", active: bool = True, kind: str = "user", console: int = 0,
        remote: bool = False, locked: bool = False,
    ) -> None:  # fmt: skip
        """Add a session; one that is active at a seat takes the place of who was in front there."""
        seat_path = f"{LOGIND_ROOT}/seat/{seat}" if seat else "/"
        path = f"{LOGIND_ROOT}/session/{name}"
        properties = {
            "Id": ("s", name),
            "User": ("(uo)", (uid, f"{LOGIND_ROOT}/user/{uid}")),
            "Seat": ("(so)", (seat, seat_path)),
            "Class": ("s", kind),
            "VTNr": ("u", console),
            "Active": ("b", active),
            "Remote": ("b", remote),
            "LockedHint": ("b", locked),
        }
        self._order("AddObject", "ssa{sv}a(ssss)", path, f"{LOGIND}.Session", properties, [])
        if seat and active:
            front = ("(so)", (name, path))
            self._bus.call(LOGIND, seat_path, PROPERTIES, "Set", "ssv", f"{LOGIND}.Seat", "ActiveSession", front)

    def put(self, pid: int, session: str) -> None:
        """Say that a process is in a session."""
        self._places[pid] = f"{LOGIND_ROOT}/session/{session}"
        self._tell_places()

    def put_in_slice(self, pid: int, uid: int) -> None:
        """Say that a process is in no session, but in a user's slice."""
        path = f"{LOGIND_ROOT}/user/{uid}"
        self._order("AddObject", "ssa{sv}a(ssss)", path, f"{LOGIND}.User", {"UID": ("u", uid)}, [])
        self._users[pid] = path
        self._tell_places()

    def change(self, session: str, **properties: tuple[str, object]) -> None:
        """Change properties of a session, each a signature and a value."""
        path = f"{LOGIND_ROOT}/session/{session}"
        self._bus.call(LOGIND, path, MOCK, "UpdateProperties", "sa{sv}", f"{LOGIND}.Session", properties)

    def order_lock(self, session: str) -> None:
        """Tell a session to lock its screen, as `loginctl lock-session` does."""
        path = f"{LOGIND_ROOT}/session/{session}"
        self._bus.call(LOGIND, path, MOCK, "EmitSignal", "sssav", f"{LOGIND}.Session", "Lock", "", [])

    def hang(self) -> None:
        """Answer nothing any more."""
        self._process.send_signal(signal.SIGSTOP)

    def fail(self, error: str) -> None:
        """Answer with an error whenever a process's session is asked for."""
        self._tell_places(f"raise dbus.exceptions.DBusException('as the test wants it', name='{error}')\n")

    def end(self) -> None:
        """Let it leave the bus, also where it hangs."""
        self._process.send_signal(signal.SIGCONT)
        super().end()

    def _tell_places(self, before: str = "") -> None:
        for method, kind, known in (("Session", "Session", self._places), ("User", "User", self._users)):
            missing = f"dbus.exceptions.DBusException('in none', name='{LOGIND}.No{kind}ForPID')"
            code = f"{before}if args[0] not in {known}: raise {missing}\nret = {known}[args[0]]"
            self._order("AddMethod", "sssss", f"{LOGIND}.Manager", f"Get{method}ByPID", "u", "o", code)
