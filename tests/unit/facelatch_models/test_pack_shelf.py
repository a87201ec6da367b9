"""Packs get onto a shelf, are chosen and leave it, at no time half."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from facelatch_models import shelf
from facelatch_models.pack import PackDamaged, open_pack
from facelatch_models.search import choose
from tests.unit.facelatch_models.samples import manifest, write_pack


def fill(folder: Path, version: str, tmp_path: Path) -> None:
    made = write_pack(tmp_path / f"source-{version}", manifest(version=version))
    for path in made.iterdir():
        shelf.put(folder, path.name, path.read_bytes())


def publish(tmp_path: Path, version: str) -> None:
    with shelf.staged(tmp_path / "shelf", "sample") as folder:
        fill(folder, version, tmp_path)
        shelf.publish(folder, tmp_path / "shelf" / "sample")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_published_pack_can_be_read_by_the_eye_s_user_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        (tmp_path / "shelf").mkdir()
        publish(tmp_path, "1")
    finally:
        os.umask(before)
    pack = tmp_path / "shelf" / "sample"
    assert pack.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in pack.iterdir()} == {0o644}


def test_a_new_pack_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    publish(tmp_path, "2")
    assert open_pack(tmp_path / "shelf" / "sample").manifest.version == "2"
    assert names(tmp_path / "shelf") == ["sample"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_a_file_system_that_cannot_swap_gets_two_renames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    publish(tmp_path, "1")
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(renameat2=lambda *_: -1))
    monkeypatch.setattr(ctypes, "get_errno", lambda: code)
    publish(tmp_path, "2")
    assert open_pack(tmp_path / "shelf" / "sample").manifest.version == "2"
    assert names(tmp_path / "shelf") == ["sample"]


def test_the_old_pack_comes_back_where_the_second_rename_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "1")
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(renameat2=lambda *_: -1))
    monkeypatch.setattr(ctypes, "get_errno", lambda: errno.EINVAL)
    true_rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if target.name == "sample" and not self.name.endswith(".old"):
            raise OSError(errno.EIO, "Input/output error", str(self))
        return true_rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(shelf.ShelfError, match="Input/output error"):
        publish(tmp_path, "2")
    assert open_pack(tmp_path / "shelf" / "sample").manifest.version == "1"
    assert names(tmp_path / "shelf") == ["sample"]


def test_a_pack_that_is_not_whole_is_never_published(tmp_path: Path) -> None:
    publish(tmp_path, "1")
    with shelf.staged(tmp_path / "shelf", "sample") as folder:
        fill(folder, "2", tmp_path)
        (folder / "embedder.onnx").write_bytes(b"damaged")
        with pytest.raises(PackDamaged, match="embedder"):
            shelf.publish(folder, tmp_path / "shelf" / "sample")
    assert open_pack(tmp_path / "shelf" / "sample").manifest.version == "1"
    assert names(tmp_path / "shelf") == ["sample"]


def test_what_is_no_pack_is_not_replaced(tmp_path: Path) -> None:
    holidays = tmp_path / "shelf" / "sample"
    holidays.mkdir(parents=True)
    (holidays / "photo.jpg").write_bytes(b"dear")
    with pytest.raises(shelf.ShelfError, match="is no pack"):
        publish(tmp_path, "1")
    assert (holidays / "photo.jpg").read_bytes() == b"dear"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with shelf.staged(tmp_path / "shelf", "sample") as folder:
            fill(folder, "1", tmp_path)
            raise error

    with pytest.raises(error):
        interrupted()
    assert names(tmp_path / "shelf") == []


def test_current_is_a_link_within_the_shelf_that_is_turned_in_one_step(tmp_path: Path) -> None:
    alpha, beta = (write_pack(tmp_path, manifest(name)) for name in ("alpha", "beta"))
    assert shelf.use(alpha, tmp_path) == tmp_path / "current"
    assert os.readlink(tmp_path / "current") == "alpha"
    shelf.use(beta, tmp_path)
    assert choose(option=tmp_path).manifest.id == "beta"
    assert names(tmp_path) == ["alpha", "beta", "current"]


def test_a_pack_of_another_shelf_is_linked_by_its_whole_path(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "system")
    shelf.use(pack, tmp_path / "mine")
    assert os.readlink(tmp_path / "mine" / "current") == str(pack)


def test_a_current_that_is_no_link_is_left_alone(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)
    (tmp_path / "current").mkdir()
    with pytest.raises(shelf.ShelfError, match="is not a link"):
        shelf.use(pack, tmp_path)
    assert names(tmp_path) == ["current", "sample"]


def test_a_removed_pack_is_gone_and_a_linked_one_loses_its_link_only(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "kept")
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "sample").symlink_to(pack)
    shelf.remove(tmp_path / "shelf" / "sample")
    assert names(tmp_path / "shelf") == []
    open_pack(pack).verify()
    shelf.remove(pack)
    assert names(tmp_path / "kept") == []


def test_a_shelf_chooses_what_its_link_points_at_and_nothing_without_one(tmp_path: Path) -> None:
    alpha, beta = (write_pack(tmp_path, manifest(name)) for name in ("alpha", "beta"))
    assert shelf.chosen_by(alpha, tmp_path) is None
    link = shelf.use(alpha, tmp_path)
    assert (shelf.chosen_by(alpha, tmp_path), shelf.chosen_by(beta, tmp_path)) == (link, None)
    shelf.forget(link)
    assert names(tmp_path) == ["alpha", "beta"]
    with pytest.raises(shelf.ShelfError, match="No such file"):
        shelf.forget(link)


def test_a_shelf_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "x")

    monkeypatch.setattr(shelf.tempfile, "mkdtemp", refuse)
    with pytest.raises(shelf.NotPermittedError, match=rf"{tmp_path}.*sudo.*--to"), shelf.staged(tmp_path, "sample"):
        pass


def test_a_pack_is_replaced_through_a_link_without_touching_what_it_points_at(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "kept", manifest(version="1"))
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "sample").symlink_to(pack)
    publish(tmp_path, "2")
    assert open_pack(tmp_path / "shelf" / "sample").manifest.version == "2"
    assert open_pack(pack).manifest.version == "1"
    shutil.rmtree(tmp_path / "kept")
