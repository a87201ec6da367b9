"""The module built once, a stack of service files, and a transaction against a stub judge.

With FACELATCH_PAM_SANITIZE=1 the module is the one with AddressSanitizer and UBSan.
"""

from __future__ import annotations

import ctypes
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.pam.parser import compile_parser
from tests.pam.stub_judge import Script, StubJudge
from tests.pam.transaction import Outcome, run_transaction

SOURCE = Path(__file__).resolve().parents[2] / "pam"
USER = "alice"
PASSWORD = "correct horse"


def compiler() -> str:
    """Return the C compiler's command; skips where there is none, or no libpam headers."""
    found = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not found or not shutil.which("make"):
        pytest.skip("needs a C compiler and make")
    probe = subprocess.run(
        [found, "-fsyntax-only", "-x", "c", "-include", "security/pam_ext.h", "/dev/null"],
        capture_output=True,
        check=False,
    )
    if probe.returncode != 0:
        pytest.skip("needs libpam's headers (Debian: libpam0g-dev)")
    return found


def make(target: str, build: Path) -> None:
    """Run a target of the module's Makefile; a failing build fails the test with its output."""
    done = subprocess.run(
        ["make", "-C", str(SOURCE), f"CC={compiler()}", f"BUILD={build}", target],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True)
class Module:
    """The built module and what its process must have in the environment."""

    path: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    build = tmp_path_factory.mktemp("pam")
    if os.environ.get("FACELATCH_PAM_SANITIZE") != "1":
        make("all", build)
        return Module(build / "pam_facelatch.so", {})
    make("asan", build)
    library = subprocess.run([compiler(), "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    # Python itself leaks by design; what is looked for is wrong reads and writes in the module.
    environment = {"LD_PRELOAD": os.path.realpath(library.stdout.strip()), "ASAN_OPTIONS": "detect_leaks=0"}
    return Module(build / "asan" / "pam_facelatch.so", environment)


@pytest.fixture(scope="session")
def parser(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The line parser as a library with all its functions visible."""
    return ctypes.CDLL(str(compile_parser(compiler(), tmp_path_factory.mktemp("line"))))


@pytest.fixture
def password_module(tmp_path: Path) -> str:
    """A module line that accepts USER's PASSWORD and no other."""
    found = glob.glob("/usr/lib/*/pam_wrapper/pam_matrix.so") + glob.glob("/usr/lib*/pam_wrapper/pam_matrix.so")
    if not found:
        pytest.skip("needs pam_matrix.so (Debian: libpam-wrapper)")
    passwords = tmp_path / "passwords"
    passwords.write_text(f"{USER}:{PASSWORD}:door\n")
    return f"{found[0]} passdb={passwords}"


@pytest.fixture
def token_module(tmp_path: Path) -> str:
    """A module line that takes the password that is set, as pam_unix does, and asks for one only where none is.

    It accepts PASSWORD and no other, and writes down each that it is given to the file `tokens`.
    """
    if not any(Path("/").glob("usr/lib*/**/security/pam_exec.so")):
        pytest.skip("needs pam_exec.so, a module of Linux-PAM's own")
    check = tmp_path / "check"
    check.write_text(
        f"#!/bin/sh\nread -r given\nprintf '%s\\n' \"$given\" >>{tmp_path}/tokens\ntest \"$given\" = '{PASSWORD}'\n"
    )
    check.chmod(0o755)
    return f"pam_exec.so expose_authtok quiet {check}"


@pytest.fixture
def socket_path() -> Iterator[Path]:
    """A path short enough for a socket, in a folder that other users may enter."""
    with tempfile.TemporaryDirectory(prefix="door-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder) / "door.sock"


@dataclass
class Door:
    """A service named `door` whose stack names the module, and the judge it asks."""

    confdir: Path
    module: Module
    socket: Path
    believed: str = field(default_factory=lambda: pwd.getpwuid(os.getuid()).pw_name)

    def line(self, *options: str, control: str = "required", judge: str | None = None) -> str:
        """A stack's line with the module, its socket, and `options`."""
        words = [
            "auth",
            control,
            self.module.path,
            f"socket={self.socket}",
            f"judge={judge or self.believed}",
            *options,
        ]
        return " ".join(map(str, words))

    def open(self, *stack: str, **wanted: Any) -> Outcome:
        """Authenticate USER against a stack (the module alone, where none is given)."""
        self.confdir.mkdir(exist_ok=True)
        (self.confdir / "other").write_text("auth required pam_deny.so\n")
        (self.confdir / "door").write_text("\n".join(stack or (self.line(),)) + "\n")
        user = wanted.pop("user", USER)
        return run_transaction(self.confdir, "door", user, environment=self.module.environment, **wanted)

    def judged(self, *scripts: Script, listen_as: int | None = None, queue: int = 128) -> StubJudge:
        """A judge for the socket, to be entered."""
        return StubJudge(self.socket, scripts, listen_as=listen_as, queue=queue)

    def ask(self, script: Script, options: Sequence[str] = (), **wanted: Any) -> tuple[Outcome, StubJudge]:
        """One transaction of the module alone against a judge of one script."""
        with self.judged(script) as judge:
            outcome = self.open(self.line(*options), **wanted)
        return outcome, judge


@pytest.fixture
def door(tmp_path: Path, module: Module, socket_path: Path) -> Door:
    return Door(tmp_path / "pam.d", module, socket_path)
