"""A system bus of its own for a test. Who is to be found on it is in `tests.mocks`."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from jeepney import DBusAddress, DBusErrorResponse, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.places import TREE, find_library

BUS_POLICY: Final = TREE / "systemd" / "org.facelatch.conf"
PATIENCE: Final = 10.0
"""Seconds to wait for what takes well under one."""

POLKIT: Final = "org.freedesktop.PolicyKit1"
AUTHORITY: Final = "/org/freedesktop/PolicyKit1/Authority"
BUS: Final = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")

CONFIGURATION: Final = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <auth>EXTERNAL</auth>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow own="org.freedesktop.login1"/>
    <allow own="org.freedesktop.systemd1"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
    <allow send_destination="org.freedesktop.login1"/>
    <allow send_destination="org.freedesktop.systemd1"/>
    <allow send_interface="org.freedesktop.PolicyKit1.AuthenticationAgent"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""
"""What a system bus allows, and no more, but that anybody may play polkit and logind."""


def obstacle() -> str:
    """Return why there can be no private bus here, empty where there can."""
    if missing := [tool for tool in ("dbus-daemon", "setpriv") if shutil.which(tool) is None]:
        return f"not installed: {', '.join(missing)}"
    try:
        find_library("libnss_wrapper.so*", "libnss-wrapper")
    except FileNotFoundError as error:
        return str(error)
    return ""


@contextlib.contextmanager
def acting_as(uid: int | None) -> Iterator[None]:
    """Be another user for as long as it takes to connect: the bus asks the kernel who that was. Takes root."""
    if uid is None:
        yield
        return
    own = os.geteuid()
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(own)


class PrivateBus:
    """A dbus-daemon of the system's kind, with our own bus policy, in a folder that every user may enter.

    The policy is the file that is installed; who `facelatch` is on this bus says `owner`, else it is whoever runs the
    tests. A bus lets nobody in who has no account: `people` are the others it knows, name to user id. Everything that
    was started on the bus ends with it, and with the test's process.
    """

    def __init__(self, owner: int | None = None, people: Mapping[str, int] | None = None) -> None:
        self.owner = os.getuid() if owner is None else owner
        self._people = dict(people or {})
        self.folder = Path()
        self.address = ""
        self._children: list[subprocess.Popen[bytes]] = []
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> PrivateBus:
        with contextlib.ExitStack() as exits:
            # Not pytest's folder: other users may not enter that one, and a socket's path has to be short.
            self.folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="facelatch-bus-")))
            self.folder.chmod(0o755)
            exits.callback(self._end_children)
            self._start_daemon()
            self._connection = exits.enter_context(self.connect())
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that is to take this bus for the system's."""
        return os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.address}

    @property
    def log(self) -> str:
        """What the bus and everybody started on it have written."""
        return (self.folder / "log").read_text(errors="replace")

    def connect(self, uid: int | None = None) -> DBusConnection:
        """Return a new connection, of another user where `uid` says so, which takes root."""
        with acting_as(uid):
            return open_dbus_connection(self.address)

    def call(
        self, name: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> tuple[Any, ...]:
        """Call a method as the test's user and return its answer; raises `DBusErrorResponse`, or `TimeoutError`."""
        return call(self._connection, name, path, interface, member, signature, *body)

    def spawn(
        self,
        command: Sequence[str | Path],
        name: str,
        *,
        environment: Mapping[str, str] | None = None,
        uid: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program, as another user where `uid` says so, and return when it has its name on the bus.

        Raises `RuntimeError` with its log where it does not get that far.
        """
        become = [] if uid is None else [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        process = self._popen(command, self.environment | dict(environment or {}), become=become)
        deadline = time.monotonic() + PATIENCE
        while self._holder(name) != process.pid:  # not just any: the bus may still know one that has ended
            if process.poll() is not None or time.monotonic() > deadline:
                end(process)
                raise RuntimeError(f"{command[0]} did not become {name}:\n{self.log}")
            time.sleep(0.01)
        return process

    def _holder(self, name: str) -> int:
        """Return the process that has a name, 0 where none has."""
        try:
            (pid,) = self.call(*BUS, "GetConnectionUnixProcessID", "s", name)
        except DBusErrorResponse:
            return 0
        return int(pid)

    def _start_daemon(self) -> None:
        own = pwd.getpwuid(os.getuid()).pw_name
        accounts = {"root": 0, own: os.getuid(), "facelatch": self.owner} | self._people
        for name, line in (("passwd", "{name}:x:{uid}:{uid}::/:/bin/sh\n"), ("group", "{name}:x:{uid}:\n")):
            text = "".join(line.format(name=account, uid=uid) for account, uid in accounts.items())
            (self.folder / name).write_text(text)
        environment = os.environ | {
            "LD_PRELOAD": str(find_library("libnss_wrapper.so*", "libnss-wrapper")),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }
        (self.folder / "bus.conf").write_text(CONFIGURATION.format(folder=self.folder, policy=BUS_POLICY))
        reading, writing = os.pipe()
        try:
            command = ["dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork", f"--print-address={writing}"]
            self._popen(command, environment, descriptors=(writing,))
        finally:
            os.close(writing)
        with os.fdopen(reading) as pipe:
            self.address = pipe.readline().strip()
        if not self.address:
            raise RuntimeError(f"the bus does not start:\n{self.log}")

    def _popen(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        become: Sequence[str] = (),
        descriptors: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *become, *command], env=environment, pass_fds=descriptors,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._children.append(child)
        return child

    def _end_children(self) -> None:
        for child in reversed(self._children):
            end(child)


def call(
    connection: DBusConnection, name: str, path: str, interface: str, member: str, signature: str = "", *body: object
) -> tuple[Any, ...]:
    """Call a method and return its answer; raises `DBusErrorResponse`, or `TimeoutError` after `PATIENCE`."""
    message = new_method_call(DBusAddress(path, name, interface), member, signature or None, body)
    return answer_to(connection, message)


def answer_to(connection: DBusConnection, message: Message) -> tuple[Any, ...]:
    """Send a method call and return its answer; raises `DBusErrorResponse`, or `TimeoutError` after `PATIENCE`."""
    reply = connection.send_and_get_reply(message, timeout=PATIENCE)
    if reply.header.message_type is MessageType.error:
        raise DBusErrorResponse(reply)
    return tuple(reply.body)


class Authorization(NamedTuple):
    """What polkit says to a check."""

    granted: bool
    challenge: bool
    """Whether a password would change the answer."""
    details: dict[str, str]


def check_message(subject: DBusConnection, action: str, *, interactive: bool = True) -> Message:
    """Return the message that asks polkit whether whoever holds a connection may do something.

    It is cancelled under the name "cancel " and the action.
    """
    who = ("system-bus-name", {"name": ("s", subject.unique_name)})
    address = DBusAddress(AUTHORITY, POLKIT, f"{POLKIT}.Authority")
    body: tuple[object, ...] = (who, action, {}, int(interactive), f"cancel {action}")
    return new_method_call(address, "CheckAuthorization", "(sa{sv})sa{ss}us", body)


def check(asking: DBusConnection, subject: DBusConnection, action: str, *, interactive: bool = True) -> Authorization:
    """Ask polkit as one about another and return its answer; raises like `call`."""
    return Authorization(*answer_to(asking, check_message(subject, action, interactive=interactive))[0])


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program, kindly at first."""
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
