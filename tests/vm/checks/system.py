"""Facelatch as its packages have installed it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from machine import LOOPBACK, run

PASSWORD = "correct horse"
SERVICE = "facelatch-check"
SOCKETS = ("facelatchd.socket", "facelatch-eye.socket")
SERVICES = ("facelatchd.service", "facelatch-eye.service")
KEY_SERVICE = "facelatch-key.service"

TPM = Path("/sys/class/tpm/tpm0")
LOOK = "seconds = 30\nno_face_seconds = 5"
"""One frame takes a second in emulation."""

USED = f'use = "{LOOPBACK}"'
TRUSTED = f'trusted = ["{LOOPBACK}"]'
"""What makes the camera good that ffmpeg feeds here; to be used it names it always, for lack of a real one."""

SETTINGS = f"""
[camera]
{{camera}}
[class.unlock]
services = ["{SERVICE}"]
{LOOK}
[class.elevate]
services = ["sudo", "su", "polkit-1"]
level = "balanced"
intent = "none"
{LOOK}
"""

STACK = """\
auth sufficient pam_facelatch.so timeout=60
auth requisite pam_unix.so
auth optional pam_facelatch.so passed
account required pam_unix.so
"""


def install() -> None:
    """Set up what the packages leave to the administrator; who runs this has installed them."""
    Path("/etc/facelatch/conf.d/machine.toml").unlink(missing_ok=True)  # the scenarios' settings
    _write_settings(USED)
    _write(f"/etc/pam.d/{SERVICE}", STACK)
    run("gpasswd", "--delete", "alice", "sudo")
    run("systemctl", "stop", *SERVICES)


def _write_settings(camera: str) -> None:
    _write("/etc/facelatch/facelatch.toml", SETTINGS.format(camera=camera))


@contextlib.contextmanager
def cameras(camera: str) -> Iterator[None]:
    """Have something else said of cameras in the settings during the block."""
    _change_settings(camera)
    try:
        yield
    finally:
        _change_settings(USED)


def _change_settings(camera: str) -> None:
    _write_settings(camera)
    before = journal("facelatchd.service").count("is read anew")
    run("systemctl", "kill", "--signal=HUP", "facelatchd.service")
    for _ in range(100):
        if journal("facelatchd.service").count("is read anew") > before:
            return
        time.sleep(0.2)
    raise AssertionError("the judge does not read its settings anew")


def switch_profiles_on() -> None:
    """Have the face asked for wherever Debian's common stack asks for a password."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("pam-auth-update", "--enable", "facelatch", "facelatch-passed")
    assert "pam_facelatch.so timeout=60" in Path("/etc/pam.d/common-auth").read_text()


def _write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def facelatch(*arguments: str, user: str = "root") -> tuple[int, dict[str, Any]]:
    """Run the command as a user and return its exit code and last answer."""
    command = ["runuser", "-u", user, "--", "facelatch", *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def await_eye() -> dict[str, Any]:
    """Return the status once the eye is ready; its start takes longer here than the judge waits for an answer."""
    for _ in range(120):
        _code, status = facelatch("status")
        if status.get("eye") == "ready":
            return status
        time.sleep(1)
    raise AssertionError(f"the eye does not get ready: {status}")


def _await_rest() -> None:
    """Wait until the eye holds no camera: the frame that it judges when a look ends takes it seconds here."""
    for _ in range(100):
        process = property_of("facelatch-eye.service", "MainPID")
        links = [os.path.realpath(link) for link in Path(f"/proc/{process}/fd").glob("*")]
        if not any(link.startswith("/dev/video") for link in links):
            return
        time.sleep(0.1)
    raise AssertionError("the eye does not let go of its camera")


def property_of(unit: str, name: str) -> str:
    """Return what systemd knows of a unit."""
    return run("systemctl", "show", "--value", "--property", name, unit).strip()


def journal(unit: str) -> str:
    """Return what a unit has logged in this boot."""
    return run("journalctl", "--boot", "--no-pager", "--output", "cat", "--unit", unit)


def last_verdict() -> str:
    """Return the last line that the judge has logged about an attempt of alice's."""
    return [line for line in journal("facelatchd.service").splitlines() if " for 'alice': " in line][-1]


def log_in(user: str, *typed: str) -> tuple[bool, str]:
    """Run a PAM transaction with answers for its prompts; return whether it succeeded, and what was shown."""
    command = ["pamtester", SERVICE, user, "authenticate", "acct_mgmt"]
    return _asked(command, typed)


def type_password(user: str) -> None:
    """Let somebody log in by password, which is wanted after a start of the machine and after an enrolment."""
    opened, shown = log_in(user, PASSWORD)
    assert opened, shown
    assert "Password" in shown


def become(user: str, asking: str, *typed: str) -> tuple[bool, str]:
    """Let one user become another with su."""
    return _asked(["runuser", "-u", asking, "--", "su", user, "-c", "id -un"], typed)


def _asked(command: list[str], typed: tuple[str, ...]) -> tuple[bool, str]:
    _await_rest()
    done = subprocess.run(
        command, input="".join(f"{line}\n" for line in typed), text=True, check=False, timeout=150,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode == 0, done.stdout
