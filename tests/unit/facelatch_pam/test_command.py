"""`facelatch pam plan` and `facelatch pam status`, as a person and as a program sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facelatch.cli.app import app
from facelatch.pam.planning import Request, plan
from facelatch.pam.restore import STATE
from tests.unit.facelatch_pam.stacks import ARCH, DEBIAN, laid, machine, write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["pam", *arguments])


def test_a_plan_shows_the_lines_the_services_and_what_has_to_be_known(tmp_path: Path) -> None:
    root = machine(tmp_path, DEBIAN)
    before = (root / "etc/pam.d/sudo").read_bytes()
    told = run("plan", "--service", "sudo", "--root", str(root))
    assert told.exit_code == 0
    assert "--- /etc/pam.d/sudo\n+++ /etc/pam.d/sudo\n@@ " in told.stdout
    assert "\n+auth  sufficient  pam_facelatch.so timeout=5 max_tries=1  # facelatch\n" in told.stdout
    assert "No face is tried here." in told.stdout
    assert "A face is tried first; if it fails, the password is asked. The daemon is told" in told.stdout
    assert "Note: pam_facelatch.so is not installed" in told.stdout
    assert (root / "etc/pam.d/sudo").read_bytes() == before


def test_services_that_change_alike_share_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    root = laid(machine(tmp_path, ARCH), login="auth include system-auth\n")
    told = run("plan", "--root", str(root)).stdout
    (row,) = (line for line in told.splitlines() if "No face is tried here." in line)
    assert row.split("  ")[0] == "login, sudo"
    assert "A face opens only what the settings allow" in told


def test_a_plan_as_json_is_one_object_with_the_same(tmp_path: Path) -> None:
    root = machine(tmp_path, ARCH)
    told = json.loads(run("plan", "--json", "--root", str(root)).stdout)
    assert told["is"] == "pam-plan"
    assert [file["path"] for file in told["files"]] == ["/etc/pam.d/system-auth"]
    assert {service["service"]: service["passed"] for service in told["services"]} == {
        "sudo": True,
        "system-auth": True,
    }
    assert told["commands"] == []


def test_what_stays_as_it_is_reads_alike_before_and_after(tmp_path: Path) -> None:
    root = machine(tmp_path, ARCH)
    write(plan(Request(("sudo",)), root), root)
    file = root / "etc/pam.d/sudo"
    file.write_text(file.read_text().replace("timeout=5", "timeout=9"))
    (told,) = json.loads(run("plan", "--service", "sudo", "--json", "--root", str(root)).stdout)["services"]
    assert told["before"] == told["after"]
    assert "The daemon is told of a password" in told["after"]


def test_a_new_file_and_one_that_goes_are_told_apart(tmp_path: Path) -> None:
    root = laid(machine(tmp_path, ARCH), kde="auth required pam_unix.so\n")
    assert "--- /dev/null\n+++ /etc/pam.d/kde-face\n" in run("plan", "--slot", "kde-face", "--root", str(root)).stdout
    write(plan(Request(slots=("kde-face",)), root), root)
    told = run("plan", "--slot", "kde-face", "--remove", "--root", str(root)).stdout
    assert "--- /etc/pam.d/kde-face\n+++ /dev/null\n" in told


def test_a_file_without_a_last_line_break_is_shown_as_such(tmp_path: Path) -> None:
    root = laid(tmp_path, su="auth sufficient pam_unix.so")
    told = run("plan", "--service", "su", "--root", str(root)).stdout
    assert "\\ No newline at end of file\n" in told


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    told = run("plan", "--remove", "--root", str(machine(tmp_path, ARCH)))
    assert (told.exit_code, told.stdout) == (0, "There is nothing to change.\n")


def test_what_is_not_safe_ends_with_1_and_the_reason(tmp_path: Path) -> None:
    root = laid(tmp_path, sudo="auth include gone\nauth required pam_unix.so\n")
    told = run("plan", "--service", "nothere", "--root", str(root), "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["text"].startswith("There is no service nothere here")


@pytest.mark.parametrize("command", ["plan", "status"])
def test_a_root_that_is_not_there_is_wrong_use(tmp_path: Path, command: str) -> None:
    told = run(command, "--root", str(tmp_path / "typo"))
    assert told.exit_code == 2
    assert "typo' does not exist" in told.stderr


def test_status_groups_services_that_are_alike_and_names_the_line(tmp_path: Path) -> None:
    root = laid(machine(tmp_path, ARCH), polkit_1=ARCH["sudo"], vlock="auth required pam_unix.so\n")
    write(plan(Request(), root), root)
    told = run("status", "--root", str(root))
    assert told.exit_code == 0
    first, *rest, note = told.stdout.splitlines()[1:]
    assert note.startswith("A face opens only what the settings allow")
    assert first.startswith("polkit-1, sudo ")
    assert "A face is tried first; if it fails, the password is asked. The daemon is told of a password" in first
    assert first.endswith("/etc/pam.d/system-auth, line 5")
    assert [line.split("  ")[0] for line in rest] == ["su, vlock"]
    assert "No face is tried here." in rest[0]


def test_status_says_what_is_wrong_and_ends_with_1_where_people_are_kept_out(tmp_path: Path) -> None:
    broken = "auth required pam_facelatch.so\nauth required pam_faillock.so preauth\nauth sufficent pam_unix.so\n"
    told = run("status", "--root", str(laid(tmp_path, sudo=broken)))
    assert told.exit_code == 1
    assert "no password helps" in told.stdout
    assert "pam_faillock has locked: it stands above it" in told.stdout
    assert "PAM cannot follow: /etc/pam.d/sudo:3" in told.stdout


def test_notes_of_a_change_that_cannot_be_read_are_named_with_what_to_do(tmp_path: Path) -> None:
    pending = machine(tmp_path, ARCH) / str(STATE).lstrip("/") / "pending"
    pending.mkdir(parents=True)
    (pending / "restore").touch()
    (pending / "change.json").write_text("{")
    told = run("status", "--root", str(tmp_path))
    assert told.exit_code == 1
    assert f"{pending / 'change.json'}: " in told.stderr
    assert f"sh {pending / 'restore'}" in told.stderr


@pytest.mark.parametrize("until", ["2026-11-22T23:00:00+00:00", ""])
def test_status_tells_of_a_change_that_nobody_has_confirmed(tmp_path: Path, until: str) -> None:
    pending = tmp_path / str(STATE).lstrip("/") / "pending"
    pending.mkdir(parents=True)
    (pending / "restore").write_text("#!/bin/sh\n")
    (pending / "change.json").write_text(
        '{"when": "2026-11-22T22:55:00+00:00", "services": ["sudo"], "paths": ["/etc/pam.d/sudo"]}'
    )
    (pending / "written.json").write_text(json.dumps({"boot": "b", "moment": 1, "until": until, "files": {}}))
    told = run("status", "--root", str(machine(tmp_path, ARCH)))
    assert "A change of /etc/pam.d/sudo is not confirmed: everything is put back" in told.stdout
    assert ("when the machine is started anew" in told.stdout) is (not until)
    assert "sudo facelatch pam confirm" in told.stdout
    as_json = json.loads(run("status", "--json", "--root", str(tmp_path)).stdout)
    assert as_json["pending"] == {"services": ["sudo"], "paths": ["/etc/pam.d/sudo"], "until": until}
