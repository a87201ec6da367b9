from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.doctor.machine import check_clock, check_store, check_tpm
from facelatch.doctor.report import State
from facelatch.doctor.scene import Disk, disk_of
from tests.unit.facelatch_doctor.scenes import (
    NOW,
    FakeCommands,
    answers,
    attempt,
    only,
    scene,
    silent,
    with_systemd,
    write,
)


def test_a_tpm_that_can_be_reached_is_well(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/tpm/tpm0/tpm_version_major", "2\n")
    write(tmp_path, "dev/tpmrm0")
    assert only(check_tpm(scene(tmp_path))).state is State.OK


def test_a_key_that_is_sealed_to_the_tpm_is_well(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/tpm/tpm0/tpm_version_major", "2\n")
    write(tmp_path, "dev/tpmrm0")
    write(tmp_path, "etc/credstore.encrypted/facelatch.key")
    write(tmp_path, "var/lib/facelatch/key")
    found = only(check_tpm(scene(tmp_path)))
    assert (found.state, found.text) == (
        State.OK,
        "The key of the faces is sealed to this computer, which has a TPM 2.0.",
    )


def test_a_plain_key_beside_a_tpm_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/tpm/tpm0/tpm_version_major", "2\n")
    write(tmp_path, "dev/tpmrm0")
    write(tmp_path, "var/lib/facelatch/key")
    found = only(check_tpm(scene(tmp_path)))
    assert (found.state, found.command) == (State.WARNING, "sudo facelatch-key ensure")
    assert "a plain file (/var/lib/facelatch/key)" in found.text


@pytest.mark.parametrize(("version", "says"), [("2\n", "no /dev/tpmrm0"), ("1\n", "a TPM 1.2 only"), (None, "no TPM")])
def test_without_a_tpm_the_key_is_said_to_be_a_file(tmp_path: Path, version: str | None, says: str) -> None:
    if version:
        write(tmp_path, "sys/class/tpm/tpm0/tpm_version_major", version)
    found = only(check_tpm(scene(tmp_path)))
    assert found.state is State.NOTE
    assert says in found.text


def test_a_plausible_clock_is_well(tmp_path: Path) -> None:
    told = answers(newest=(attempt("2027-01-15T07:59:59+00:00"),))
    assert only(check_clock(scene(tmp_path, answers=told))).state is State.OK


@pytest.mark.parametrize("now", [0.0, 1e9, 5e9])
def test_a_year_that_cannot_be_is_a_warning(tmp_path: Path, now: float) -> None:
    found = only(check_clock(scene(tmp_path, now=now)))
    assert found.state is State.WARNING
    assert "which cannot be" in found.text


@pytest.mark.parametrize("newest", ["2027-01-15T09:00:00+00:00", "2027-01-15T09:00:00", "2027-01-15T17:00:00+08:00"])
def test_a_clock_behind_the_history_is_a_warning(tmp_path: Path, newest: str) -> None:
    found = only(check_clock(scene(tmp_path, answers=answers(newest=(attempt(newest),)))))
    assert found.state is State.WARNING
    assert "says 2027-01-15 08:00 UTC, but the history goes on to 2027-01-15" in found.text


@pytest.mark.parametrize("newest", ["2027-01-15T08:02:00+00:00", "yesterday", ""])
def test_seconds_and_odd_texts_in_the_history_prove_nothing(tmp_path: Path, newest: str) -> None:
    assert only(check_clock(scene(tmp_path, answers=answers(newest=(attempt(newest),))))).state is State.OK


def test_a_clock_without_a_history_to_hold_it_against_is_well(tmp_path: Path) -> None:
    assert only(check_clock(scene(tmp_path, answers=silent(), now=NOW))).state is State.OK


@pytest.mark.parametrize(
    ("told", "state", "command"),
    [
        ("NTP=yes\nNTPSynchronized=yes\n", State.OK, ""),
        ("CanNTP=yes\nNTP=no\nNTPSynchronized=no\n", State.NOTE, "sudo timedatectl set-ntp true"),
        ("CanNTP=yes\nNTP=yes\nNTPSynchronized=no\n", State.NOTE, ""),
        ("nonsense", State.OK, ""),
    ],
)
def test_a_clock_that_follows_no_other_is_worth_a_note(tmp_path: Path, told: str, state: State, command: str) -> None:
    found = only(check_clock(scene(with_systemd(tmp_path), run=FakeCommands(timedatectl=told))))
    assert (found.state, found.command) == (state, command)


@pytest.mark.parametrize(
    ("disk", "state"),
    [
        (Disk(2**30, True), State.OK),
        (Disk(50 * 2**20, True), State.WARNING),
        (Disk(2**20, True), State.BAD),
        (Disk(2**30, False), State.BAD),
    ],
)
def test_the_store_wants_room(tmp_path: Path, disk: Disk, state: State) -> None:
    seen: list[Path] = []
    found = only(check_store(scene(tmp_path, disk=lambda folder: (seen.append(folder), disk)[1])))
    assert found.state is state
    assert seen == [tmp_path / "var/lib/facelatch"]


def test_a_folder_that_is_not_there_yet_is_on_the_disk_of_the_one_above(tmp_path: Path) -> None:
    assert disk_of(tmp_path / "not" / "yet").free > 0
