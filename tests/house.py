"""A whole Facelatch in a scratch folder: real judge, real eye, real PAM. Demo and integration tests live in it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from facelatch_models.pack import Role, open_pack
from tests.buses import PrivateBus
from tests.clips import Cast
from tests.pam.transaction import Outcome, run_transaction
from tests.places import DOOR, find_library
from tests.unguarded import NEVER_THE_PASSWORD_FIRST, NO_SEAT

PASSWORD = "correct horse"
RATE = 15

SETTINGS = """
{password}{seat}
[camera]
use = "{camera}"
hold = {hold}

[class.unlock]
services = ["screenlock"]
level = "{level}"
liveness = "{liveness}"
seconds = {seconds}
no_face_seconds = {no_face_seconds}

[class.elevate]
services = ["sudo"]
level = "{level}"
liveness = "{liveness}"
seconds = {seconds}
no_face_seconds = {no_face_seconds}
"""


@dataclasses.dataclass
class House:
    """The scratch folder and the processes that live in it."""

    folder: Path
    pack: Path
    camera: str = ""
    hold: float = 3.0
    seconds: float = 4.0
    no_face_seconds: float = 2.0
    liveness: bool = True
    level: str = "balanced"
    password_first: bool = False
    """Whether the password comes first, as it does by default: root alone can tell the judge of one."""
    eye_options: tuple[str, ...] = ()
    people: dict[str, int] = dataclasses.field(default_factory=dict)
    """Who has an account beside alice."""
    judge: subprocess.Popen[bytes] | None = None
    bus: PrivateBus | None = None
    _exits: contextlib.ExitStack = dataclasses.field(default_factory=contextlib.ExitStack)

    @classmethod
    def to_play_in(cls, folder: Path, pack: Path, cast: Cast, people: dict[str, int] | None = None) -> House:
        """Return a house that asks of its cast what these pictures, and the pack, can give."""
        can_tell_life = open_pack(pack).manifest.part(Role.LIVENESS) is not None
        return cls(folder, pack, liveness=can_tell_life and cast.alive, level=cast.level, people=people or {})

    def __post_init__(self) -> None:
        """Write what the parts read: settings, accounts, passwords, PAM stacks."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        clip = f"file:{self.folder}/clip?rate={RATE}&loop=1"
        self.uid = os.getuid() or 4242
        self._write("facelatch.toml", SETTINGS.format(
            camera=self.camera or clip, hold=self.hold, seconds=self.seconds, no_face_seconds=self.no_face_seconds,
            liveness="passive" if self.liveness else "off", level=self.level,
            password="" if self.password_first else NEVER_THE_PASSWORD_FIRST, seat=NO_SEAT,
        ))  # fmt: skip
        accounts = {"root": 0, "alice": self.uid} | self.people
        self._write("passwd", "".join(f"{name}:x:{uid}:{uid}::/:/bin/sh\n" for name, uid in accounts.items()))
        self._write("group", "root:x:0:\n")
        self._write("passwords", "".join(f"alice:{PASSWORD}:{service}\n" for service in ("screenlock", "sudo")))
        matrix = find_library("pam_wrapper/pam_matrix.so", "libpam-wrapper")
        door = f"{DOOR} socket={self.runtime}/door.sock judge={pwd.getpwuid(os.getuid()).pw_name} timeout=5"
        for service in ("screenlock", "sudo"):
            self._write(
                f"pam.d/{service}",
                f"auth sufficient {door}\n"
                f"auth requisite {matrix} passdb={self.folder}/passwords\n"
                f"auth optional {door} passed\n"
                "account required pam_permit.so\n",
            )

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    @property
    def runtime(self) -> Path:
        """Where the sockets are."""
        return self.folder / "run"

    @property
    def log(self) -> str:
        """What judge and eye have logged so far."""
        path = self.folder / "judge.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def last_verdict(self) -> str:
        """What the judge has logged last of a verification, empty where it has not."""
        lines = [line for line in self.log.splitlines() if line.startswith("facelatchd.verification: ")]
        return lines[-1] if lines else ""

    def play(self, pictures: Sequence[Path]) -> None:
        """Put these pictures before the camera, in this order."""
        fresh = self.folder / f"clip-{time.monotonic_ns()}"
        fresh.mkdir()
        for number, picture in enumerate(pictures):
            (fresh / f"{number:04d}{picture.suffix}").symlink_to(picture.resolve())
        link = self.folder / "clip.new"
        link.symlink_to(fresh)
        link.replace(self.folder / "clip")

    def start(self, *options: str, patience: float = 30.0) -> dict[str, Any]:
        """Start a bus and the judge with its eye, wait until both answer, and return their status."""
        self.bus = self._exits.enter_context(PrivateBus(people={"alice": self.uid} | self.people))
        environment = os.environ | {
            "LD_PRELOAD": str(find_library("libnss_wrapper.so*", "libnss-wrapper")),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }
        eye = ["--allow-file-cameras", *self.eye_options]
        command = [
            "setpriv", "--pdeathsig", "TERM",  # a test run that is killed leaves nothing behind
            sys.executable, "-c", "from facelatchd.main import main; main()",
            "--config", str(self.folder / "facelatch.toml"),
            "--runtime-dir", str(self.runtime), "--state-dir", str(self.folder / "state"),
            "--bus", self.bus.address, "--pack", str(self.pack),
            "--with-eye", *(f"--eye-option={option}" for option in eye), *options,
        ]  # fmt: skip
        with (self.folder / "judge.log").open("ab") as log:
            self.judge = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self.judge.poll() is None:
            with contextlib.suppress(CommandFailed):
                status: dict[str, Any] = self.command("status", good=(0, 3))
                if status.get("eye") == "ready" or status.get("pack_problem"):
                    return status
            time.sleep(0.1)
        raise RuntimeError(f"judge and eye are not ready after {patience:g} s; their log:\n{self.log}")

    def stop(self) -> None:
        """Stop the judge, the eye with it, and the bus."""
        self._exits.close()
        if self.judge is None:
            return
        self.judge.terminate()
        try:
            self.judge.wait(5)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.judge.pid, signal.SIGKILL)
            self.judge.wait()
            self.judge = None

    def eye_pid(self) -> int:
        """Return the process id of the eye, the judge's only child."""
        assert self.judge is not None
        children = Path(f"/proc/{self.judge.pid}/task/{self.judge.pid}/children").read_text().split()
        if not children:
            raise RuntimeError("there is no eye")
        return int(children[0])

    def command(self, *arguments: str, good: Sequence[int] = (0,)) -> Any:
        """Run `facelatch … --json` and return its last answer; raises `CommandFailed` for an exit code not `good`."""
        done = subprocess.run(
            [Path(sys.executable).parent / "facelatch", *self.at_the_bus, *arguments, "--json"],
            capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        if done.returncode not in good or not done.stdout:
            raise CommandFailed(done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    @property
    def at_the_bus(self) -> tuple[str, str]:
        """The option of `facelatch` that names this house's bus; of one that has none, a bus that is not there."""
        return "--bus", self.bus.address if self.bus else f"unix:path={self.folder}/no-bus"

    def enroll(self, user: str = "alice") -> dict[str, Any]:
        """Enrol a user from the camera."""
        face: dict[str, Any] = self.command("enroll", "--user", user)
        return face

    def login(self, service: str = "screenlock", answers: Sequence[str] = (PASSWORD,), user: str = "alice") -> Outcome:
        """Run a real PAM transaction; `answers` go to its prompts in turn. Sudo wants its modules to be silent."""
        return run_transaction(self.folder / "pam.d", service, user, answers=answers, silent=service == "sudo")


class CommandFailed(RuntimeError):
    """The command ended with an error."""

    def __init__(self, code: int, output: str) -> None:
        super().__init__(f"exit {code}: {output}")
        self.code = code


@contextlib.contextmanager
def living_in(house: House, *options: str) -> Iterator[House]:
    """Start the house and stop it at the end."""
    house.start(*options)
    try:
        yield house
    finally:
        house.stop()
        for clip in house.folder.glob("clip-*"):
            shutil.rmtree(clip)
