"""The machine as somebody at its console and before its screen has it."""

from __future__ import annotations

import contextlib
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.vm.console import Console, Done, Silent
from tests.vm.emulator import Monitor
from tests.vm.patience import Patience

ADMINISTRATOR, ADMINISTRATORS_PASSWORD = "root", "battery staple"
PASSWORD: Final = "correct horse"
"""Alice's and bob's."""

BROUGHT: Final = "/run/brought"
HANDS: Final = f"{BROUGHT}/guest"
CAMERA: Final = "/dev/video20"
SETTINGS: Final = "/etc/facelatch/conf.d/machine.toml"

_MATCH: Final = re.compile(r"match \(matched\), \d+ frames? in ([\d.]+) s")
_JUDGED: Final = re.compile(r"^facelatchd\.verification: INFO: '[^']+' for '[^']+': [a-z]+ \([a-z-]+\)")
_TOLD: Final = r"facelatch|sudo|su\[|su:|login|sshd|lightdm|i3lock|polkit|systemd-sleep|pam_|dpkg"
"""Whose lines of the journal say what happened in a scenario."""

EXCERPT: Final = 40
"""Lines of the journal that a scenario is shown with."""

REDRAW: Final = 0.5
"""Seconds between two looks at the screen."""


class Screen:
    """The virtual terminal that the screen shows, and the keyboard before it."""

    def __init__(self, console: Console, monitor: Monitor, patience: Patience) -> None:
        self._console = console
        self._monitor = monitor
        self._patience = patience

    def text(self) -> str:
        """Return what it shows, without what is empty."""
        shown = self._console.read('n=$(cat /sys/class/tty/tty0/active); n=${n#tty}; '
                                   'fold -w "$(stty -F /dev/tty$n size | cut -d" " -f2)" /dev/vcs$n')  # fmt: skip
        return "\n".join(line.rstrip() for line in shown.splitlines() if line.strip())

    def expect(self, pattern: str, within: float | None = None) -> str:
        """Wait until it shows something, and return all that it shows; raises `Silent`."""
        seconds = self._patience.moment if within is None else within
        deadline = time.monotonic() + seconds
        while not re.search(pattern, text := self.text(), re.MULTILINE):
            if time.monotonic() > deadline:
                raise Silent(f"{pattern}: is not on the screen after {seconds:.0f} s, which shows:\n{text}")
            time.sleep(REDRAW)
        return text

    def type(self, text: str) -> None:
        """Type on the machine's keyboard."""
        self._monitor.type(text)

    def press(self, *keys: str) -> None:
        """Press keys at once, by qemu's names."""
        self._monitor.press(*keys)

    def give_password(self, password: str) -> None:
        """Type a password, a moment after it was asked for: what comes before the echo is off is thrown away."""
        time.sleep(1.0)
        self.type(f"{password}\n")

    def command(self, command: str) -> None:
        """Type a command where a shell waits, with nothing else left on the screen but what follows."""
        self.type(f"clear; {command}\n")

    def switch(self, terminal: int) -> None:
        """Go to another virtual terminal as a person does."""
        self.press("ctrl", "alt", f"f{terminal}")
        deadline = time.monotonic() + self._patience.moment
        while self._console.read("cat /sys/class/tty/tty0/active") != f"tty{terminal}":
            if time.monotonic() > deadline:
                raise Silent(f"tty{terminal} does not get to the screen")
            time.sleep(REDRAW)


class Guest:
    """The machine, with root's shell on its serial console. `reached` are the states that it is in."""

    def __init__(self, console: Console, monitor: Monitor, patience: Patience) -> None:
        self.console = console
        self.monitor = monitor
        self.patience = patience
        self.screen = Screen(console, monitor, patience)
        self.reached: set[str] = set()
        self._cursor = ""

    # --- the console ----------------------------------------------------------------------------------------------

    def come_up(self) -> None:
        """Wait for the console's prompt after a start, log in there as root, and take what was brought."""
        self.console.log_in(ADMINISTRATOR, ADMINISTRATORS_PASSWORD, self.patience.work)
        mounted = f"-t 9p -o trans=virtio,version=9p2000.L brought {BROUGHT}"
        self.read(f"modprobe 9pnet_virtio && mkdir -p {BROUGHT} && mount {mounted} && {HANDS}/settle.sh")
        # Somebody may log in only when the machine is up; there is nothing to wait for on an older one.
        self.read("systemctl is-system-running --wait || true", self.patience.work)

    def reboot(self) -> None:
        """Start the machine anew; what does not outlive that is not reached any more."""
        self.console.line("systemctl reboot")
        self.reached -= {"shell", "bobs shell"}
        self.come_up()

    def run(self, command: str, within: float | None = None) -> Done:
        """Run a command as root."""
        return self.console.run(command, within)

    def read(self, command: str, within: float | None = None) -> str:
        """Return what a command of root's writes; raises `Failed`."""
        return self.console.read(command, within)

    def wait_until(self, condition: str, within: float | None = None) -> None:
        """Wait until a command succeeds; raises `Silent`."""
        seconds = self.patience.look if within is None else within
        deadline = time.monotonic() + seconds
        while (done := self.run(condition)).code != 0:
            if time.monotonic() > deadline:
                raise Silent(f"{condition}: is still {done.code} after {seconds:.0f} s: {done.text}")
            time.sleep(REDRAW)

    def is_alive(self) -> bool:
        """Whether a shell answers on the console, after whatever was going on there is broken off."""
        self.console.type("\x03\x03\r")
        try:
            return self.run("true", self.patience.work).code == 0
        except Silent:
            return False

    def recover(self) -> None:
        """After a failure: nobody is logged in any more, and the first terminal is on the screen."""
        self.run(
            "stty -echo; loginctl terminate-user alice; systemctl stop lightdm.service; chvt 1", self.patience.look
        )
        self.reached -= {"shell"}

    def write(self, path: str, text: str) -> None:
        """Write a file as root."""
        self.read(
            f"mkdir -p {shlex.quote(str(Path(path).parent))} && printf %s {shlex.quote(text)} >{shlex.quote(path)}"
        )

    def unit(self, unit: str, name: str) -> str:
        """Return what systemd knows of a unit."""
        return self.read(f"systemctl show --value --property {name} {unit}")

    # --- the camera and the settings ----------------------------------------------------------------------------

    def show(self, who: str) -> None:
        """Put somebody before the camera: a folder of pictures, `room` for an empty room, `none` for no picture."""
        self.read(f"{HANDS}/face.sh {who}", self.patience.look)

    @contextlib.contextmanager
    def settings(self, camera: str = f'use = "{CAMERA}"', no_face: float = 5.0, extra: str = "") -> Iterator[None]:
        """Have other settings in force during the block."""
        self.set(camera, no_face, extra)
        try:
            yield
        finally:
            self.set()

    def set(self, camera: str = f'use = "{CAMERA}"', no_face: float = 5.0, extra: str = "") -> None:
        """Write settings for emulation, in which a frame takes a second, and have them read."""
        classes = "".join(
            f"[class.{name}]\nseconds = 30\nno_face_seconds = {no_face}\n" for name in ("unlock", "login", "elevate")
        )
        self.write(SETTINGS, f"[camera]\n{camera}\n{classes}{extra}")
        self.read(f"chmod 644 {SETTINGS}")
        if self.unit("facelatchd.service", "ActiveState") == "active":
            self.read("facelatch reload", self.patience.look)

    def await_eye(self) -> None:
        """Wait until judge and eye are up, as they are after the first login of a day; each takes seconds here."""
        self.wait_until("""facelatch status --json | grep -q '"eye": *"ready"'""", self.patience.work)

    def await_look(self) -> None:
        """Wait until the eye has the camera open."""
        eye = "$(systemctl show --value --property MainPID facelatch-eye.service)"
        self.wait_until(f"ls -l /proc/{eye}/fd | grep -q /dev/video")

    # --- what was logged ------------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Let the journal of a scenario begin here."""
        self._cursor = self.read("journalctl --no-pager --quiet --lines 0 --show-cursor | sed -n 's/^-- cursor: //p'")

    def journal(self, *arguments: str) -> str:
        """Return what was logged since the mark."""
        begin = f"--after-cursor {shlex.quote(self._cursor)}"
        return self.read(f"journalctl --sync; journalctl --no-pager --quiet {begin} {shlex.join(arguments)}")

    def judged(self) -> list[str]:
        """Return how each look since the mark ended, as the judge has logged it."""
        # journalctl of systemd 252 passes over the first line behind a cursor where it is told of a unit as well.
        return [line for line in self.journal("--output", "cat").splitlines() if _JUDGED.search(line)]

    def unlocks(self) -> list[float]:
        """Return how many seconds each look since the mark took that ended in a match."""
        return [float(match[1]) for line in self.judged() if (match := _MATCH.search(line))]

    def excerpt(self) -> str:
        """Return those lines since the mark that say what happened."""
        lines = self.journal("--no-hostname", "--output", "short-monotonic").splitlines()
        told = [line for line in lines if re.search(_TOLD, line)]
        return "\n".join(told[-EXCERPT:])
