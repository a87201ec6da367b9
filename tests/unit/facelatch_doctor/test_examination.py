from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from facelatch.doctor.examination import CHECKS, examine_scene
from facelatch.doctor.report import Finding, Part, Report, State
from facelatch.doctor.scene import Scene, Unrun, run_command
from tests.unit.facelatch_doctor.scenes import NO_BUS, FakeBus, only, scene, silent


def test_every_part_has_its_check_and_every_check_finds_something(tmp_path: Path) -> None:
    assert set(CHECKS) == set(Part)
    for told in (scene(tmp_path), scene(tmp_path, answers=silent(), bus=FakeBus(NO_BUS))):
        report = examine_scene(told, CHECKS)
        assert [part for part in Part if part in {finding.part for finding in report.findings}] == list(Part)


def test_every_finding_is_a_sentence_and_what_is_not_well_has_a_remedy(tmp_path: Path) -> None:
    for told in (scene(tmp_path), scene(tmp_path, answers=silent(), bus=FakeBus(NO_BUS))):
        for finding in examine_scene(told, CHECKS).findings:
            assert finding.text.endswith((".", ")")), finding
            assert finding.state in (State.OK, State.NOTE) or finding.remedy or "Without the system bus" in finding.text


def test_the_worst_finding_says_how_it_stands() -> None:
    states = [State.OK, State.BAD, State.NOTE, State.WARNING]
    report = Report.of(Finding(part, state, "") for part, state in zip(Part, states, strict=False))
    assert report.worst is State.BAD
    assert Report.of([]).worst is State.OK


def test_findings_are_told_in_the_order_of_their_parts() -> None:
    report = Report.of(Finding(part, State.OK, "") for part in reversed(Part))
    assert [finding.part for finding in report.findings] == list(Part)


def test_a_check_that_hangs_is_left_behind_and_named(tmp_path: Path) -> None:
    release = threading.Event()

    def hang(told: Scene) -> Iterable[Finding]:
        release.wait()
        return ()

    found = only(examine_scene(scene(tmp_path), {Part.CAMERA: hang}, limit=0.01).findings)
    release.set()
    assert (found.part, found.state) == (Part.CAMERA, State.WARNING)
    assert "something hangs" in found.text


def test_a_file_that_fails_ends_one_check_only(tmp_path: Path) -> None:
    def fail(told: Scene) -> Iterable[Finding]:
        yield Finding(Part.TPM, State.OK, "so far")
        raise PermissionError(13, "Permission denied", "/sys/class/tpm")

    found = only(examine_scene(scene(tmp_path), {Part.TPM: fail}).findings)
    assert found.state is State.WARNING
    assert "/sys/class/tpm" in found.text


def test_a_mistake_of_ours_is_not_hidden(tmp_path: Path) -> None:
    def err(told: Scene) -> Iterable[Finding]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        examine_scene(scene(tmp_path), {Part.TPM: err})


def test_a_report_travels_as_json() -> None:
    report = Report.of([Finding(Part.PAM, State.NOTE, "a", "b", "c")])
    encoded = msgspec.json.encode(report)
    assert b'"worst":"note"' in encoded
    assert msgspec.json.decode(encoded, type=Report) == report


def test_what_a_command_prints_is_returned_and_what_it_hangs_at_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run_command(["printf", "a\\377b"], {"PATH": "/usr/bin:/bin"}) == "a\ufffdb"
    assert run_command(["false"], {"PATH": "/usr/bin:/bin"}) is Unrun.FAILED
    assert run_command(["facelatch-no-such-command"], {}) is Unrun.MISSING
    monkeypatch.setattr("facelatch.doctor.scene.COMMAND_PATIENCE", 0.05)
    assert run_command(["sleep", "60"], {"PATH": "/usr/bin:/bin"}) is Unrun.FAILED


def test_the_doctor_needs_neither_terminal_nor_desktop_libraries() -> None:
    code = "import facelatch.doctor, sys; print([m for m in ('typer', 'rich', 'PySide6', 'gi') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
