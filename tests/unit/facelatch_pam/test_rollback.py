"""What systemd is told, by way of a systemctl and a systemd-run that note it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from facelatch.pam import rollback
from facelatch.pam.rollback import NoRollback, Systemd

PROGRAM = """\
#!/bin/sh
echo "${{0##*/}} $*" >> {folder}/said
case $* in
    "show facelatch-pam-rollback.service"*)
        cat {folder}/service
        [ ! -e {folder}/service-after ] || mv {folder}/service-after {folder}/service ;;
    "show facelatch-pam-rollback.timer"*) cat {folder}/timer ;;
esac
"""
ARMED = "ActiveState=active\nSubState=waiting\nUnit=facelatch-pam-rollback.service\nLoadState=loaded\n"
INSTALLED = "LoadState=loaded\nUnitFileState=enabled\nActiveState=inactive\n"
ABSENT = "LoadState=not-found\nUnitFileState=\nActiveState=inactive\n"


@dataclass
class Said:
    """A systemd that says what the test wants of it."""

    folder: Path

    def saying(self, service: str, timer: str = ARMED) -> None:
        (self.folder / "service").write_text(service)
        (self.folder / "timer").write_text(timer)

    @property
    def calls(self) -> list[str]:
        said = self.folder / "said"
        return said.read_text().splitlines() if said.exists() else []

    @property
    def runs(self) -> list[str]:
        return [call for call in self.calls if call.startswith("systemd-run ")]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """Nothing of this asks the machine's own systemd."""
    for name in ("systemctl", "systemd-run"):
        program = tmp_path / name
        program.write_text(PROGRAM.format(folder=tmp_path))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(rollback, "BOOTED", tmp_path)
    monkeypatch.setattr(rollback, "INIT", Path("/"))
    return Said(tmp_path)


def test_the_timer_starts_the_unit_that_is_installed(said: Said) -> None:
    said.saying(INSTALLED)
    Systemd().arm(300)
    (run,) = said.runs
    assert "--unit=facelatch-pam-rollback --on-active=300s" in run
    assert "/bin/sh" not in run


def test_without_the_unit_the_timer_runs_the_script_itself(said: Said) -> None:
    (said.folder / "service-after").write_text("LoadState=loaded\n")
    said.saying(ABSENT)
    Systemd().arm(60)
    assert said.runs[0].endswith("/bin/sh /var/lib/facelatch-pam/pending/restore")


def test_a_timer_of_before_is_stopped_first(said: Said) -> None:
    said.saying(INSTALLED)
    Systemd().arm(300)
    stop = said.calls.index("systemctl stop facelatch-pam-rollback.timer")
    assert stop < said.calls.index(said.runs[0])


@pytest.mark.parametrize("timer", [
    ARMED.replace("active\n", "inactive\n"),
    ARMED.replace("waiting", "elapsed"),
    ARMED.replace("facelatch-pam-rollback.service", "another.service"),
    "",
], ids=["inactive", "elapsed", "another unit", "nothing"])  # fmt: skip
def test_a_timer_that_does_not_wait_is_no_rollback(said: Said, timer: str) -> None:
    said.saying(INSTALLED, timer)
    with pytest.raises(NoRollback, match="does not wait for it"):
        Systemd().arm(300)


@pytest.mark.parametrize("state", ["masked", "bad-setting", "error"])
def test_a_unit_that_cannot_run_is_no_rollback(said: Said, state: str) -> None:
    said.saying(INSTALLED.replace("loaded", state))
    with pytest.raises(NoRollback, match=f"is {state}"):
        Systemd().arm(300)
    assert not said.runs


def test_a_systemd_that_refuses_says_why(said: Said) -> None:
    (said.folder / "systemd-run").write_text("#!/bin/sh\necho Failed to connect to bus >&2\nexit 1\n")
    said.saying(INSTALLED)
    with pytest.raises(NoRollback, match="systemd-run: Failed to connect to bus"):
        Systemd().arm(300)


def test_a_unit_that_is_installed_and_not_enabled_does_not_survive_a_restart(said: Said) -> None:
    said.saying(INSTALLED.replace("enabled", "disabled"))
    assert Systemd().standing() == (True, False)
    said.saying(INSTALLED)
    assert Systemd().standing() == (True, True)
    said.saying(ABSENT)
    assert Systemd().standing() == (False, False)


def test_a_machine_without_systemd_has_no_rollback(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "BOOTED", said.folder / "nothing")
    with pytest.raises(NoRollback, match="systemd does not run here"):
        Systemd().arm(300)
    assert said.calls == []
    Systemd().disarm()


def test_a_chroot_has_no_rollback(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "INIT", said.folder)
    with pytest.raises(NoRollback, match="chroot"):
        Systemd().arm(300)
    assert said.calls == []


def test_where_it_cannot_be_seen_whether_this_is_a_chroot_it_is_taken_for_one(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollback, "INIT", said.folder / "nothing")
    with pytest.raises(NoRollback, match="cannot be seen"):
        Systemd().arm(300)


def test_to_disarm_is_to_stop_the_timer(said: Said) -> None:
    said.saying(INSTALLED)
    Systemd().disarm()
    assert "systemctl stop facelatch-pam-rollback.timer" in said.calls


@pytest.mark.parametrize("state", ["active", "activating", "deactivating", ""])
def test_a_rollback_that_runs_cannot_be_disarmed(said: Said, state: str) -> None:
    said.saying(INSTALLED.replace("inactive", state))
    with pytest.raises(NoRollback, match="being undone just now"):
        Systemd().disarm()


def test_an_armed_rollback_is_run_by_systemd(said: Said) -> None:
    said.saying(INSTALLED)
    Systemd().fire()
    assert "systemctl start facelatch-pam-rollback.service" in said.calls


def test_where_nothing_is_armed_nothing_is_started(said: Said) -> None:
    said.saying(INSTALLED, "ActiveState=inactive\nLoadState=not-found\n")
    Systemd().fire()
    assert not any(" start " in call for call in said.calls)
