"""Screen lockers of this machine, run as an ordinary user, who asks PAM herself: nobody there is root."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.house import House
from tests.integration.screen import PATIENCE, Screen, wait_until
from tests.integration.sudo_machine import ALICE, ENVIRONMENT, SudoMachine
from tests.places import DOOR

STACKS: Final = {
    "i3lock": "auth include login\n",
    "login": "@include common-auth\n",
    "xsecurelock": "@include common-auth\n",
    "other": "@include common-auth\naccount required pam_permit.so\n",
    "common-auth": """\
auth [success=4 default=ignore] {door} socket={socket} judge=root timeout=5 max_tries=1
auth [success=2 default=ignore] pam_unix.so nullok try_first_pass nodelay
auth [default=ignore] pam_exec.so quiet /bin/sh {folder}/note refused
auth requisite pam_deny.so
auth [default=ignore] pam_exec.so quiet /bin/sh {folder}/note password
auth required pam_permit.so
auth optional {door} socket={socket} judge=root passed
""",
}
"""What Debian gives them, with both profiles of ours in common-auth. Two lines note what became of the password, and
`nodelay` spares the two seconds after a wrong one."""

NOTE: Final = 'echo "$1" >> {folder}/notes\n'


@dataclasses.dataclass(frozen=True)
class Kind:
    """A locker: how it is started, and what has to be pressed before it asks PAM."""

    command: tuple[str, ...]
    package: str
    service: str
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    key: str = "Return"
    """After which it asks PAM, while nothing is typed."""
    wakes: bool = False
    """Whether that key must come before a password, too: it brings PAM's prompt, and adds nothing to what is typed."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.command[0]


I3LOCK: Final = Kind(("i3lock", "--nofork"), "i3lock", "i3lock")
XSECURELOCK: Final = Kind(
    ("xsecurelock",),
    "xsecurelock",
    "xsecurelock",
    # Debian's own choice, common-auth, is a name that any program may use, so that the judge refuses it.
    {"XSECURELOCK_PAM_SERVICE": "xsecurelock", "XSECURELOCK_SAVER": "saver_blank"},
    key="BackSpace",
    wakes=True,
)


XSECURELOCK_OF_DEBIAN: Final = dataclasses.replace(XSECURELOCK, environment={"XSECURELOCK_SAVER": "saver_blank"})


class Locker:
    """A locker that has locked a screen."""

    def __init__(self, kind: Kind, screen: Screen, process: subprocess.Popen[bytes], notes: Path) -> None:
        self.kind = kind
        self.screen = screen
        self._process = process
        self._notes = notes

    @property
    def notes(self) -> list[str]:
        """What has become of the passwords so far: `password` or `refused` each; a face leaves none."""
        return self._notes.read_text().split()

    def ask(self) -> None:
        """Press the one key after which it asks PAM."""
        self.screen.press(self.kind.key)

    def give(self, password: str) -> None:
        """Type a password and Enter, woken up before if that is the locker's way."""
        if self.kind.wakes:
            self.ask()
        self.screen.type(password)
        self.screen.press("Return")

    def must_refuse(self, password: str) -> None:
        """Type a password, wait until PAM has refused it, and see that the screen is locked still."""
        before = len(self.notes)
        self.give(password)
        wait_until(lambda: len(self.notes) > before, "PAM has an answer to the password")
        assert self.notes[before:] == ["refused"]
        self.must_be_locked()

    def must_be_locked(self) -> None:
        """See that it lives, that it has the keyboard, and that nobody else hears what is typed."""
        assert self._process.poll() is None, f"{self.kind.name} has ended with {self._process.returncode}"
        assert self.screen.probe.keyboard_is_held()
        assert self.screen.probe.keys() == 0

    def must_open(self) -> None:
        """Wait until it has gone in good order; the keyboard is free, and no key was heard before."""
        assert self._process.wait(PATIENCE) == 0
        assert self.screen.probe.keys() == 0, "what was typed into the locker was heard beside it"
        wait_until(lambda: not self.screen.probe.keyboard_is_held(), "the keyboard is free")
        self.screen.press("a")
        assert self.screen.probe.keys() == 1


class Desk:
    """Alice's screen, on a machine whose /etc is a scratch folder. She may enter her house's folder, and this one."""

    def __init__(self, folder: Path, house: House, screen: Screen) -> None:
        self.house = house
        self.screen = screen
        self._folder = folder
        self._machine = SudoMachine(folder, house)
        # What reads it for pam_unix where nobody is root has Debian's group for that, or is root itself.
        real = Path("/etc/shadow").stat()
        os.chown(folder / "etc" / "shadow", 0, real.st_gid)
        (folder / "etc" / "shadow").chmod(stat.S_IMODE(real.st_mode) & ~stat.S_IRWXO)
        door = folder / DOOR.name
        shutil.copy(DOOR, door)  # the tree may be shut to her
        for name, text in STACKS.items():
            stack = text.format(door=door, socket=house.runtime / "door.sock", folder=folder)
            (folder / "etc" / "pam.d" / name).write_text(stack)
        (folder / "note").write_text(NOTE.format(folder=folder))
        self._notes = folder / "notes"
        self._notes.touch()
        os.chown(self._notes, ALICE, ALICE)

    def close(self) -> None:
        """End the machine."""
        self._machine.close()

    @contextlib.contextmanager
    def locked(self, kind: Kind) -> Iterator[Locker]:
        """Lock the screen as alice, and wait until it is; at the end the locker is gone, whatever became of it."""
        self._notes.write_text("")
        enter = ["nsenter", f"--mount=/proc/{self._machine.pid}/ns/mnt"]
        become = ["setpriv", f"--reuid={ALICE}", f"--regid={ALICE}", "--clear-groups"]
        environment = ENVIRONMENT | {"DISPLAY": self.screen.display, "HOME": "/", **kind.environment}
        with (self._folder / f"{kind.name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*enter, *become, *kind.command], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        probe = self.screen.probe
        try:
            wait_until(lambda: process.poll() is not None or probe.keyboard_is_held(), f"{kind.name} has locked")
            locker = Locker(kind, self.screen, process, self._notes)
            locker.must_be_locked()
            yield locker
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
