"""The pack that was used last: not read again while it is the same, and never taken for another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from facelatch_models.pack import MANIFEST, Manifest, PackDamaged, PackMissing, write_manifest
from facelatch_models.scale import Cohort
from facelatch_models.yardstick import Yardstick
from facelatchd import shelf as shelf_module
from facelatchd.shelf import Shelf
from tests.unit.facelatchd.seen import DIMENSION
from tests.unit.facelatchd.seen import MANIFEST as MADE_UP

COHORT = np.eye(DIMENSION, dtype="<f2").tobytes()


def manifest(version: str = "1", cohort: bytes = COHORT) -> Manifest:
    digest = hashlib.sha256(cohort).hexdigest()
    pinned = Cohort(name="cohort.f16", sha256=digest, bytes=len(cohort), count=DIMENSION, nearest=4)
    calibration = msgspec.structs.replace(MADE_UP.calibration, cohort=pinned)
    return msgspec.structs.replace(MADE_UP, version=version, calibration=calibration)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack that was written long ago."""
    monkeypatch.setattr(shelf_module, "SETTLED", 0.0)
    folder = tmp_path / "made_up"
    folder.mkdir()
    (folder / MANIFEST).write_text(write_manifest(manifest()))
    (folder / "cohort.f16").write_bytes(COHORT)
    return folder


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read, in turn."""
    reads: list[str] = []

    def note(what: str, read: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object) -> object:
            reads.append(what)
            return read(*arguments)

        return noted

    monkeypatch.setattr(shelf_module, "open_pack", note("manifest", shelf_module.open_pack))
    monkeypatch.setattr(Yardstick, "of", note("cohort", Yardstick.of))
    return reads


def turn_back(path: Path, before: os.stat_result) -> None:
    """Give a file the time of its content back, once the file system's clock has ticked."""
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_what_has_not_changed_is_read_once(folder: Path, reads: list[str]) -> None:
    shelf = Shelf()
    for _ in range(3):
        pack = shelf.pack(str(folder))
        assert shelf.yardstick(pack) is shelf.yardstick(shelf.pack(str(folder)))
    assert reads == ["manifest", "cohort"]


def test_a_manifest_that_was_written_in_place_is_read_again_whatever_its_time_says(folder: Path) -> None:
    shelf, path = Shelf(), folder / MANIFEST
    assert shelf.pack(str(folder)).manifest.version == "1"
    before = path.stat()
    with path.open("r+") as file:
        file.write(write_manifest(manifest("2")))
    turn_back(path, before)
    assert path.stat().st_size == before.st_size
    assert shelf.pack(str(folder)).manifest.version == "2"


def test_another_pack_behind_the_same_name_is_read(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / MANIFEST).write_text(write_manifest(manifest("2")))
    shelf = Shelf()
    assert shelf.pack(f"{link}").folder == folder
    (tmp_path / "turned").symlink_to(other)
    (tmp_path / "turned").replace(link)
    assert (shelf.pack(f"{link}").folder, shelf.pack(f"{link}").manifest.version) == (other, "2")


def test_a_pack_that_is_gone_or_damaged_since_is_not_remembered(folder: Path) -> None:
    shelf = Shelf()
    shelf.pack(str(folder))
    (folder / MANIFEST).write_text("nonsense")
    for _ in range(2):
        with pytest.raises(PackDamaged):
            shelf.pack(str(folder))
    (folder / MANIFEST).unlink()
    with pytest.raises(PackMissing):
        shelf.pack(str(folder))


def test_a_cohort_that_was_changed_since_is_verified_again(folder: Path) -> None:
    shelf = Shelf()
    pack = shelf.pack(str(folder))
    shelf.yardstick(pack)
    before = (folder / "cohort.f16").stat()
    with (folder / "cohort.f16").open("r+b") as file:
        file.write(b"\1")
    turn_back(folder / "cohort.f16", before)
    with pytest.raises(PackDamaged, match="SHA-256"):
        shelf.yardstick(pack)


def test_the_yardstick_of_another_pack_is_another(folder: Path, tmp_path: Path) -> None:
    """They may share their cohort's file, and not their calibration."""
    shelf = Shelf()
    pack = shelf.pack(str(folder))
    calibration = msgspec.structs.replace(pack.manifest.calibration, slope=1.0)
    other = msgspec.structs.replace(pack, manifest=msgspec.structs.replace(pack.manifest, calibration=calibration))
    assert shelf.yardstick(pack).calibration.slope == pack.manifest.calibration.slope
    assert shelf.yardstick(other).calibration.slope == 1.0


def test_what_was_written_just_now_may_still_be_written_and_is_not_remembered(
    folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_module, "SETTLED", 3600.0)
    shelf = Shelf()
    for _ in range(2):
        shelf.yardstick(shelf.pack(str(folder)))
    assert reads == ["manifest", "cohort"] * 2


def test_a_pack_without_a_cohort_has_its_yardstick_nevertheless(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(write_manifest(MADE_UP))
    shelf = Shelf()
    assert shelf.yardstick(shelf.pack(str(tmp_path))).calibration == MADE_UP.calibration
