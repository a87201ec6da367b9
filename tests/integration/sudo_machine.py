"""The real `sudo` of this machine, among accounts and PAM stacks that exist in a mount namespace of their own only.

Nothing of the real machine is changed, so nothing has to be put back: scratch files lie over /etc/passwd and its kin
where the processes inside see them, and the kernel takes the namespace down with the last process in it. That process
waits for the end of its standard input, which comes even where the tests are killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.house import House
from tests.places import DOOR

ALICE: Final = 4242
"""Her user id, the same as in the house's account database: judge and sudo must mean the same person."""

PASSWORD_HASH: Final = (
    "$6$facelatch$DnPnhdtD7dcIGNmBanrNy4oc/MtvdY8bWiGX4x1nyCHdCNU9wNAI2hR8gNFN9qBW2Elc4qfdHUhXAziP5sxep0"
)
"""What `openssl passwd -6 -salt facelatch` makes of `tests.house.PASSWORD`: Python 3.13 has no crypt any more."""

TOOLS: Final = ("sudo", "bash", "unshare", "nsenter", "setpriv", "setsid", "mount")
PROTECTED: Final = ("/etc/pam.d", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/sudoers.d")
TIMESTAMPS: Final = ("/run/sudo", "/var/lib/sudo")
PATIENCE: Final = 20.0
ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}

SUDOERS: Final = """\
Defaults !fqdn, !syslog, logfile={folder}/sudo.log, lecture=never, timestamp_timeout=0
Defaults env_reset, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
alice ALL=(ALL:ALL) ALL
"""

STACK: Final = """\
auth sufficient {door} socket={socket} judge=root timeout=5
auth required pam_unix.so
account required pam_unix.so
session required pam_permit.so
"""

COVER: Final = """\
set -eu
folder=$1
for name in pam.d passwd shadow group sudoers nsswitch.conf; do
    test ! -e "/etc/$name" || mount --bind "$folder/etc/$name" "/etc/$name"
done
mount -t tmpfs -o mode=0755 facelatch-test /run
test ! -d /var/lib/sudo || mount -t tmpfs -o mode=0711 facelatch-test /var/lib/sudo
echo covered
exec cat
"""
"""Run inside the namespace. An empty /run hides sudo's timestamps and every service that could answer for accounts."""


def obstacle() -> str:
    """Return why there can be no such machine here, empty where there can."""
    if os.getuid() != 0:
        return "a mount namespace with another /etc takes root"
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        return f"not installed: {', '.join(missing)}"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()


def fingerprint() -> dict[str, str]:
    """Return a hash of every real file that sudo reads, and of its timestamps and lectures, by path."""
    prints = {}
    for root in (*PROTECTED, *TIMESTAMPS):
        for path in (Path(root), *sorted(Path(root).rglob("*"))):
            if path.is_file():
                prints[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() + oct(path.stat().st_mode)
            elif path.is_dir():
                prints[str(path)] = "folder"
    return prints


class Terminal:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, command: list[str]) -> None:
        self.shown = ""
        self._seen = 0
        self._master, slave = pty.openpty()
        try:
            self._process = subprocess.Popen(
                ["setsid", "--ctty", *command], stdin=slave, stdout=slave, stderr=slave, env=ENVIRONMENT
            )
        finally:
            os.close(slave)

    def expect(self, text: str) -> str:
        """Read until `text` is shown, and return all that was shown since the last time; `AssertionError` without."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown[self._seen :]:
            assert self._read(deadline), f"{text!r} was not shown, but this:\n{self.shown}"
        end = self.shown.index(text, self._seen) + len(text)
        new, self._seen = self.shown[self._seen : end], end
        return new

    def type(self, keys: str) -> None:
        """Press keys; Enter is a line feed, ^C is `\\x03`."""
        os.write(self._master, keys.encode())

    def end(self) -> int:
        """Read until the program has ended, and return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self._process.wait(max(0.1, deadline - time.monotonic()))

    def close(self) -> None:
        """Take the terminal away from whoever still sits there."""
        os.close(self._master)
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self, deadline: float) -> bool:
        """Read what is shown next; False at the end, or where nothing is shown until the deadline."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            chunk = os.read(self._master, 4096)
        except OSError:  # EIO: the last program at the terminal has gone
            return False
        self.shown += chunk.decode("utf-8", "replace")
        return bool(chunk)


class SudoMachine:
    """The namespace, with alice in it, whose sudo asks the judge of `house`."""

    def __init__(self, folder: Path, house: House) -> None:
        self._folder = folder
        etc = folder / "etc"
        (etc / "pam.d").mkdir(parents=True)
        stack = STACK.format(door=DOOR, socket=house.runtime / "door.sock")
        for name, text, mode in (
            ("pam.d/sudo", stack, 0o644),
            ("pam.d/other", "auth required pam_deny.so\naccount required pam_deny.so\n", 0o644),
            ("passwd", f"root:x:0:0::/root:/bin/sh\nalice:x:{ALICE}:{ALICE}::/:/bin/sh\n", 0o644),
            ("shadow", f"root:*:19000:0:99999:7:::\nalice:{PASSWORD_HASH}:19000:0:99999:7:::\n", 0o600),
            ("group", f"root:x:0:\nalice:x:{ALICE}:\n", 0o644),
            ("sudoers", SUDOERS.format(folder=folder), 0o440),
            ("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n", 0o644),
        ):
            (etc / name).write_text(text)
            (etc / name).chmod(mode)
        self._keeper = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", COVER, "cover", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._keeper.stdout is not None
        assert self._keeper.stderr is not None
        if self._keeper.stdout.readline() != "covered\n":
            self._keeper.wait(PATIENCE)
            raise RuntimeError(f"the mount namespace cannot be made: {self._keeper.stderr.read()}")

    @property
    def pid(self) -> int:
        """The process that keeps the namespace."""
        return self._keeper.pid

    @property
    def log(self) -> str:
        """What sudo has logged."""
        path = self._folder / "sudo.log"
        return path.read_text() if path.exists() else ""

    def _as_alice(self, *command: str) -> list[str]:
        enter = ["nsenter", f"--mount=/proc/{self.pid}/ns/mnt"]
        become = ["setpriv", f"--reuid={ALICE}", f"--regid={ALICE}", "--clear-groups"]
        return [*enter, *become, *command]

    @contextlib.contextmanager
    def sudo(self, *arguments: str, name: str = "sudo") -> Iterator[Terminal]:
        """Run sudo as alice on a terminal of her own; `name` is its argv[0]."""
        terminal = Terminal(self._as_alice("bash", "-c", 'exec -a "$0" sudo "$@"', name, *arguments))
        try:
            yield terminal
        finally:
            terminal.close()

    def pipe(self, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run sudo as alice without a terminal, and `typed` on its standard input."""
        command = ["setsid", "--wait", *self._as_alice("sudo", *arguments)]
        return subprocess.run(
            command, input=typed, capture_output=True, text=True, timeout=PATIENCE, env=ENVIRONMENT, check=False
        )

    def close(self) -> None:
        """End the namespace."""
        self._keeper.communicate(timeout=PATIENCE)
