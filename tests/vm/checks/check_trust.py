"""What the sandboxes, the key in the TPM, the seat and the cameras are good for, under the real systemd and logind."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import machine
import pytest
import system
from machine import LOOPBACK
from people import Session
from system import KEY_SERVICE, PASSWORD, SERVICES, SOCKETS, TPM

from conftest import PICTURES

KEY = Path("/etc/credstore.encrypted/facelatch.key")
TPM_NODE = Path("/dev/tpmrm0")
JUDGE, EYE = SERVICES

with_tpm = pytest.mark.skipif(not TPM.exists(), reason="this machine has no TPM")

pytestmark = pytest.mark.usefixtures("enrolled")


@contextmanager
def without_tpm() -> Iterator[None]:
    """Take the TPM away, as in another machine with this one's disk in it.

    By its node: a driver that is unbound and bound again may come back under another number.
    """
    away = TPM_NODE.with_name("away")
    TPM_NODE.rename(away)
    try:
        yield
    finally:
        away.rename(TPM_NODE)


# --- the sandboxes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_the_running_unit_is_hardly_exposed(service: str, capsys: pytest.CaptureFixture[str]) -> None:
    system.await_eye()
    told = machine.run("systemd-analyze", "security", "--no-pager", service)
    (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", told)
    with capsys.disabled():
        print(f"\n{service}: exposure {exposure}", end=" ")

    assert float(exposure) <= 1.0


@pytest.mark.parametrize(("service", "cameras"), [(JUDGE, False), (EYE, True)])
def test_the_eye_has_the_cameras_and_the_judge_has_no_device(service: str, cameras: bool) -> None:
    """Opened from inside its namespace and group, by its own account, as it would itself."""
    system.await_eye()
    process = system.property_of(service, "MainPID")
    account = system.property_of(service, "User")
    groups = [f"--reuid={account}", f"--regid={account}", "--init-groups"]
    joined = f'echo 0 >/sys/fs/cgroup/system.slice/{service}/cgroup.procs; exec "$@"'
    for device, wanted in ((str(LOOPBACK), cameras), ("/dev/vda", False), (str(TPM_NODE), False), ("/dev/tty1", False)):
        inside = ["nsenter", f"--target={process}", "--mount", "setpriv", *groups, "dd", f"if={device}", "count=0"]
        done = subprocess.run(["sh", "-c", joined, "sh", *inside], capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is wanted, (device, done.stderr)


def test_the_eye_sees_neither_key_nor_faces_nor_bus() -> None:
    """Not even root would, from where the eye is."""
    system.await_eye()
    process = system.property_of(EYE, "MainPID")
    hidden = ("/run/dbus/system_bus_socket", "/run/facelatch/door.sock", "/var/lib/facelatch/facelatch.db", str(KEY))
    for path in hidden:
        assert Path(path).exists(), path
        inside = ["nsenter", f"--target={process}", "--mount", "test", "-e", path]
        assert subprocess.run(inside, check=False).returncode != 0, path


@pytest.mark.parametrize("service", SERVICES)
def test_the_machine_is_read_only_from_inside_and_homes_are_hidden(service: str) -> None:
    """Tried as root, whom no file's mode keeps out."""
    system.await_eye()
    enter = ["nsenter", f"--target={system.property_of(service, 'MainPID')}", "--mount"]
    for path in ("/usr/lib/facelatch", "/etc", "/var/log", "/boot"):
        done = subprocess.run([*enter, "touch", f"{path}/mine"], capture_output=True, text=True, check=False)
        assert "Read-only file system" in done.stderr, path
    assert Path("/home/alice").exists()
    assert machine.run(*enter, "ls", "/home") == ""


# --- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_is_in_no_file_of_the_judges() -> None:
    assert system.property_of(KEY_SERVICE, "Result") == "success"
    assert KEY.stat().st_mode & 0o077 == 0
    assert KEY.owner() == "root"
    before = KEY.read_bytes()
    machine.run("systemctl", "restart", KEY_SERVICE)
    assert KEY.read_bytes() == before
    assert not Path("/var/lib/facelatch/key").exists()
    told = machine.run("/usr/libexec/facelatch/facelatch-key", "status")
    assert "sealed with the TPM and the host's key" in told if TPM.exists() else "sealed with the host's key" in told


def test_faces_outlive_a_restart_of_the_judge() -> None:
    before = system.property_of(JUDGE, "MainPID")
    machine.run("systemctl", "stop", *SERVICES)
    with machine.shown(PICTURES / "later"):
        system.await_eye()
        opened, shown = system.log_in("alice")

    assert opened, shown
    assert "Password" not in shown
    assert system.property_of(JUDGE, "MainPID") != before


@with_tpm
def test_without_the_tpm_the_key_is_not_to_be_had_and_the_password_is_asked_at_once() -> None:
    machine.run("systemctl", "stop", *SOCKETS, *SERVICES)
    try:
        with without_tpm():
            machine.run("systemctl", "start", *SOCKETS)
            began = time.monotonic()
            opened, shown = system.log_in("alice", PASSWORD)
            took = time.monotonic() - began
            states = [system.property_of(JUDGE, name) for name in ("ActiveState", "Result")]
    finally:
        machine.run("systemctl", "reset-failed")
        machine.run("systemctl", "restart", *SOCKETS)

    assert opened, shown
    assert "Password" in shown
    assert took < 60  # the door's timeout, in which nobody has answered
    assert states[0] != "active"
    assert "redential" in system.journal(JUDGE)
    with machine.shown(PICTURES / "later"):
        system.await_eye()
        opened, shown = system.log_in("alice")
    assert opened, shown


# --- the seat ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ssh(profiles: None) -> Iterator[list[str]]:
    """How alice, who may use sudo here, comes in from elsewhere."""
    machine.run("systemctl", "start", "ssh.service")
    home = Path("/home/alice/.ssh")
    home.mkdir(exist_ok=True)
    key = Path("/root/alice-key")
    machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    (home / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
    machine.run("chown", "-R", "alice:alice", str(home))
    machine.run("usermod", "--append", "--groups", "sudo", "alice")
    options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    yield ["ssh", "-i", str(key), *(f"-o{option}" for option in options), "alice@127.0.0.1"]
    machine.run("gpasswd", "--delete", "alice", "sudo")


def test_sudo_over_ssh_takes_the_password_although_she_sits_there(ssh: list[str]) -> None:
    with machine.shown(PICTURES / "later"):
        done = subprocess.run(
            [*ssh, "sudo", "-k", "-S", "-p", "Password:", "id", "-un"], input=f"{PASSWORD}\n",
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    assert done.stdout.strip() == "root", done.stderr
    assert "Password:" in done.stderr
    assert "(remote)" in system.last_verdict()


def test_the_same_sudo_at_the_screen_takes_her_face(ssh: list[str], at_screen: Session) -> None:
    at_screen.activate()
    with machine.shown(PICTURES / "later"):
        done = subprocess.run(
            at_screen.command("sudo", "-k", "-S", "id", "-un"), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    assert done.stdout.strip() == "root", done.stderr
    assert "(matched)" in system.last_verdict()


# --- the cameras ------------------------------------------------------------------------------------------------------


def test_a_programs_camera_opens_nothing_until_it_is_named() -> None:
    with machine.shown(PICTURES / "later"):
        with system.cameras(""):
            opened, shown = system.log_in("alice", PASSWORD)
            assert opened, shown
            assert "Password" in shown
            assert "(camera-untrusted)" in system.last_verdict()
        for named in (system.TRUSTED, system.USED):
            with system.cameras(named):
                opened, shown = system.log_in("alice")
                assert opened, shown
                assert "Password" not in shown


# --- the watchdog -----------------------------------------------------------------------------------------------------


def test_an_eye_that_is_stuck_leaves_the_password_is_killed_and_the_next_login_works() -> None:
    system.await_eye()
    restarts = int(system.property_of(EYE, "NRestarts"))
    machine.run("systemctl", "kill", "--signal=STOP", EYE)
    opened, shown = system.log_in("alice", PASSWORD)
    assert opened, shown
    assert "Password" in shown

    deadline = time.monotonic() + 120
    while int(system.property_of(EYE, "NRestarts")) == restarts:
        assert time.monotonic() < deadline, "nobody kills the eye"
        time.sleep(1)
    with machine.shown(PICTURES / "later"):
        system.await_eye()
        opened, shown = system.log_in("alice")
    assert opened, shown
    assert "Password" not in shown
