"""Debian's own polkitd on a private bus, with our actions only, and sessions that exist in its mount namespace only.

Nothing of the real machine is changed: the files that polkitd reads lie over the real ones where it sees them, and the
kernel takes the namespace down with it. polkitd goes by what logind writes about a process's session; here the test
writes that, about itself, so that it sits where it says.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jeepney import HeaderFields, Message, new_error, new_method_return
from jeepney.io.blocking import DBusConnection

from tests import buses
from tests.buses import AUTHORITY, POLKIT, PrivateBus, call
from tests.integration import sudo_machine
from tests.mocks import POLKIT_POLICY, Session

POLKITD: Final = Path("/usr/lib/polkit-1/polkitd")
ALICE, BOB, JUDGE = 4242, 4243, 4250
AGENT: Final = "/org/facelatch/test/agent"

FOREIGN: Final = """\
<policyconfig>
  <action id="org.example.open">
    <description>Something that is not ours</description>
    <message>Authentication is required</message>
    <defaults><allow_any>yes</allow_any><allow_inactive>yes</allow_inactive><allow_active>yes</allow_active></defaults>
  </action>
</policyconfig>
"""

COVER: Final = """\
set -eu
folder=$1 watched=$2
shift 2
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$folder/group" /etc/group
mount --bind "$folder/actions" /usr/share/polkit-1/actions
mount --bind "$folder/rules" /usr/share/polkit-1/rules.d
mount --bind "$folder/rules" /etc/polkit-1/rules.d
mount --bind "$folder/logind" /run/systemd
mount --bind "$folder/cgroup" "/proc/$watched/cgroup"
exec "$@"
"""

SLICE: Final = "/user.slice/user-{uid}.slice/session-c1.scope"
USER: Final = "NAME=alice\nDISPLAY=c1\nSESSIONS=c1\nSTATE={state}\n"
SESSION: Final = (
    "UID={uid}\nUSER=alice\nCLASS=user\nTYPE=wayland\nREMOTE=0\nSEAT=seat0\nACTIVE={active:d}\nSTATE={state}\n"
)


def obstacle() -> str:
    """Return why polkitd cannot be run here, empty where it can."""
    if not POLKITD.is_file():
        return f"{POLKITD} is not there: apt-get install polkitd"
    return sudo_machine.obstacle() or buses.obstacle()


class PolkitMachine:
    """The bus, polkitd on it, and where the test's own process sits."""

    def __init__(self, bus: PrivateBus, rules: str) -> None:
        self.bus = bus
        for name in ("actions", "rules", "logind/seats", "logind/sessions", "logind/users", "logind/machines"):
            (bus.folder / name).mkdir(parents=True)
        shutil.copy(POLKIT_POLICY, bus.folder / "actions")
        (bus.folder / "actions" / "org.example.policy").write_text(FOREIGN)
        (bus.folder / "rules" / "50-facelatch.rules").write_text(rules)
        with (bus.folder / "group").open("a") as groups:
            groups.write("helpdesk:x:4300:bob\n")
        self.sit(Session.NONE)
        cover = ["unshare", "--mount", "--propagation", "private", "sh", "-c", COVER, "cover"]
        bus.spawn([*cover, bus.folder, str(os.getpid()), POLKITD, "--no-debug"], POLKIT)

    def sit(self, session: Session) -> None:
        """Put this process, whoever it connects as, into a session of alice's, or into none."""
        seated = session is not Session.NONE
        active = session is Session.ACTIVE
        path = SLICE.format(uid=ALICE) if seated else "/"
        state = "active" if active else "online"
        # In place: it is these very files that polkitd sees. Whose slice a process is in tells polkit 122 the user, and
        # of him it takes the graphical session, which is active where any of his is.
        (self.bus.folder / "cgroup").write_text(f"1:name=systemd:{path}\n0::{path}\n")
        logind = self.bus.folder / "logind"
        (logind / "users" / str(ALICE)).write_text(USER.format(state=state))
        (logind / "sessions" / "c1").write_text(SESSION.format(uid=ALICE, active=active, state=state))

    def actions(self, language: str = "C") -> dict[str, tuple[Any, ...]]:
        """Return what polkitd knows of every action, by its id."""
        (known,) = self.bus.call(POLKIT, AUTHORITY, f"{POLKIT}.Authority", "EnumerateActions", "s", language)
        return {action[0]: action[1:] for action in known}


@contextlib.contextmanager
def polkit_machine(rules: str = "") -> Iterator[PolkitMachine]:
    """Run polkitd, with a file of rules where there are any."""
    people = {"alice": ALICE, "bob": BOB, "polkitd": pwd.getpwnam("polkitd").pw_uid}
    with PrivateBus(owner=JUDGE, people=people) as bus:
        yield PolkitMachine(bus, rules)


class Agent:
    """What shows alice polkit's dialogs in her session; the test answers them."""

    def __init__(self, bus: PrivateBus, language: str = "C") -> None:
        self._bus = bus
        self._connection: DBusConnection = bus.connect(ALICE)
        session = ("unix-session", {"session-id": ("s", "c1")})
        self._call("RegisterAuthenticationAgent", "(sa{sv})ss", session, language, AGENT)

    def _call(self, member: str, signature: str, *body: object) -> None:
        call(self._connection, POLKIT, AUTHORITY, f"{POLKIT}.Authority", member, signature, *body)

    def dialog(self) -> Message:
        """Wait for the next dialog: action, message, icon, details, cookie, whose password would do."""
        return self._next("BeginAuthentication")

    def cancelled(self) -> str:
        """Wait until a dialog is taken away, and return its cookie."""
        return str(self._next("CancelAuthentication").body[0])

    def _next(self, member: str) -> Message:
        while True:
            message = self._connection.receive(timeout=buses.PATIENCE)
            if message.header.fields.get(HeaderFields.member) == member:
                return message

    def type_password(self, dialog: Message) -> None:
        """Let the password be right; polkit's setuid helper would say so, as root."""
        *_, cookie, identities = dialog.body
        self._bus.call(
            POLKIT, AUTHORITY, f"{POLKIT}.Authority", "AuthenticationAgentResponse2", "us(sa{sv})",
            ALICE, cookie, identities[0],
        )  # fmt: skip
        self._connection.send(new_method_return(dialog))

    def type_wrong_password(self, dialog: Message) -> None:
        """Give the dialog up after a wrong password."""
        self._connection.send(new_method_return(dialog))

    def dismiss(self, dialog: Message) -> None:
        """Close the dialog without a password."""
        self._connection.send(new_error(dialog, f"{POLKIT}.Error.Cancelled"))

    def close(self) -> None:
        """Leave the session."""
        self._connection.close()
