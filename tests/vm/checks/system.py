"""Facelatch as a package would install it, less the packaging."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from machine import LOOPBACK, run

TREE = Path("/usr/lib/facelatch")
PASSWORD = "correct horse"
SERVICE = "facelatch-check"
SOCKETS = ("facelatchd.socket", "facelatch-eye.socket")
SERVICES = ("facelatchd.service", "facelatch-eye.service")

LAUNCHER = """#!/usr/bin/python3 -I
import sys
from {module} import main
{patience}
sys.exit(main())
"""

PATIENCE = """from facelatchd import watcher
watcher.STALL = 30.0  # a frame takes one second in emulation, and may take three
"""

BUS_PATIENCE = """<busconfig><limit name="service_start_timeout">300000</limit></busconfig>
"""
UNIT_PATIENCE = "[Service]\nTimeoutStartSec=300\n"
"""The judge's start, one second on a slow machine, takes 24 in emulation; a bus waits for 25."""

SETTINGS = f"""
[look]
seconds = 30
no_face_seconds = 5
[camera]
use = "{LOOPBACK}"
[class.unlock]
services = ["{SERVICE}"]
[class.elevate]
services = ["su", "polkit-1"]
level = "balanced"
intent = false
"""


def install() -> None:
    """Put everything where it belongs and start the sockets."""
    _launcher("/usr/libexec/facelatch/facelatchd", "facelatchd.main", PATIENCE)
    _launcher("/usr/libexec/facelatch/facelatch-eye", "facelatch_eye.main")
    _launcher("/usr/bin/facelatch", "facelatch.cli")
    run("install", "-m", "644", "-t", "/usr/lib/systemd/system", *_given(*SOCKETS, *SERVICES))
    run("install", "-m", "644", *_given("sysusers.conf"), "/usr/lib/sysusers.d/facelatch.conf")
    run("systemd-sysusers")
    # The bus reads its folders as soon as something changes in them, and its policy names the account.
    run("install", "-m", "644", "-t", "/usr/share/polkit-1/actions", *_given("org.facelatch.policy"))
    run("install", "-m", "644", "-t", "/usr/share/dbus-1/system-services", *_given("org.facelatch.service"))
    run("install", "-m", "644", "-t", "/usr/share/dbus-1/system.d", *_given("org.facelatch.conf"))
    run("install", "-m", "644", *_given("pam-config"), "/usr/share/pam-configs/facelatch")
    run("install", "-m", "644", *_given("pam-config-passed"), "/usr/share/pam-configs/facelatch-passed")
    run("install", "-m", "644", "-t", "/usr/lib/x86_64-linux-gnu/security", str(TREE / "build/pam/pam_facelatch.so"))
    _write("/etc/dbus-1/system.d/patience.conf", BUS_PATIENCE)
    for service in SERVICES:
        _write(f"/etc/systemd/system/{service}.d/patience.conf", UNIT_PATIENCE)
    _write("/etc/facelatch/facelatch.toml", SETTINGS)
    _write(
        f"/etc/pam.d/{SERVICE}",
        "auth sufficient pam_facelatch.so timeout=60\nauth required pam_unix.so\naccount required pam_unix.so\n",
    )
    for user in ("alice", "bob"):
        run("useradd", "--create-home", user)
        subprocess.run(["chpasswd"], input=f"{user}:{PASSWORD}", text=True, check=True)
    run("systemctl", "daemon-reload")
    run("systemctl", "reload", "dbus")
    run("systemctl", "enable", "--now", *SOCKETS)


def switch_profiles_on() -> None:
    """Have the face asked for wherever Debian's common stack asks for a password."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("pam-auth-update", "--enable", "facelatch", "facelatch-passed")
    stack = Path("/etc/pam.d/common-auth")
    assert "pam_facelatch.so timeout=5" in stack.read_text()
    stack.write_text(stack.read_text().replace("timeout=5", "timeout=60"))


def _given(*names: str) -> list[str]:
    return [str(TREE / "systemd" / name) for name in names]


def _launcher(path: str, module: str, patience: str = "") -> None:
    _write(path, LAUNCHER.format(module=module, patience=patience))
    Path(path).chmod(0o755)


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


def log_in(user: str, *typed: str) -> tuple[bool, str]:
    """Run a PAM transaction with answers for its prompts; return whether it succeeded, and what was shown."""
    command = ["pamtester", SERVICE, user, "authenticate", "acct_mgmt"]
    return _asked(command, typed)


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
