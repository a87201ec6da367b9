from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.bench.speed import door
from tests.pam.stub_judge import Hear, Script, StubJudge, Wait, result
from tests.places import DOOR

CALLGRIND = """\
# callgrind format
version: 1
positions: line
events: Ir

ob=(1) /build/pam/pam_facelatch.so
fl=(1) ???
fn=(1) pam_sm_authenticate
0 7
cob=(2) /usr/lib/libc.so.6
cfn=(2) send
calls=1 0
0 100
+3 5

ob=(2)
fn=(2)
0 60
fn=(3) helper
* 40

ob=(1)
fn=(4) look
-2 8

totals: 120
"""

opens = result("match", "matched")


@pytest.fixture
def knocker(tmp_path: Path) -> Path:
    if not DOOR.is_file():
        pytest.skip(f"{DOOR} is not built: make door")
    if not any(map(shutil.which, ("cc", "gcc", "clang", os.environ.get("CC", "")))):
        pytest.skip("there is no C compiler")
    return door.build(tmp_path)


def knocked(monkeypatch: pytest.MonkeyPatch, folder: Path, knocker: Path, script: Script, times: int = 1) -> str:
    """Let the real door open before a judge of that script; what was written is returned."""
    monkeypatch.setattr(door, "StubJudge", lambda socket, scripts: StubJudge(socket, [script] * len(scripts)))
    return door.knock(folder, [str(knocker)], times)


def test_instructions_are_told_apart_by_what_they_are_in() -> None:
    assert door.instructions_by_object(CALLGRIND) == {"/build/pam/pam_facelatch.so": 20, "/usr/lib/libc.so.6": 100}


@pytest.mark.parametrize("text", [CALLGRIND.replace("totals: 120", "totals: 121"), "", "totals: 0\n"])
def test_a_file_that_does_not_make_its_total_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="callgrind's parts"):
        door.instructions_by_object(text)


def test_every_knock_is_a_transaction_with_its_three_times(knocker: Path, tmp_path: Path) -> None:
    lines = door.knock(tmp_path, [str(knocker)], 3).splitlines()

    assert len(lines) == 3
    for line in lines:
        own, processor, whole = map(float, line.split())
        assert 0 < own < whole
        assert processor > 0


def test_what_the_door_waits_for_the_judge_is_not_its_own(
    knocker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = 0.2
    written = knocked(monkeypatch, tmp_path, knocker, (Hear(), Wait(waits), opens))
    own, _, whole = map(float, written.split())

    assert whole - own >= 1e6 * waits


def test_a_door_that_does_not_open_is_no_measure(
    knocker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(door.DoorFailed, match="PAM code"):
        knocked(monkeypatch, tmp_path, knocker, (Hear(), result("unavailable", "no-face")))


def test_a_missing_valgrind_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = list(door._instructions(tmp_path, tmp_path))

    assert [(one.values, one.note) for one in found] == [((), "valgrind is not installed")] * 2
