"""Which files of settings are believed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from facelatchd.settings import SettingsError, files_of, read_file
from facelatchd.settings.files import LARGEST_FILE

ROOT = os.getuid() == 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good file in a good folder."""
    path = tmp_path / "etc" / "facelatch.toml"
    path.parent.mkdir(mode=0o755)
    path.write_text("[seat]\nlid = true\n")
    path.chmod(0o644)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as refused:
        files_of(path)
    return str(refused.value)


def test_a_good_file_is_read_whole(path: Path) -> None:
    file = read_file(path)
    assert file is not None
    assert (file.name, file.document) == (str(path), {"seat": {"lid": True}})
    assert [each.name for each in files_of(path)] == [str(path)]


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert files_of(tmp_path / "none.toml") == []
    assert files_of(tmp_path / "no" / "folder.toml") == []


def test_a_file_behind_a_link_is_read(path: Path) -> None:
    link = path.with_name("link.toml")
    link.symlink_to(path)
    assert files_of(link)[0].document == {"seat": {"lid": True}}


def unlink(path: Path) -> None:
    path.unlink()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o644)


def make_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def make_dead_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nothing")


def make_large(path: Path) -> None:
    path.write_bytes(b"# 345678\n" * (LARGEST_FILE // 9 + 1))


def share_file(path: Path) -> None:
    path.chmod(0o646)


def share_folder(path: Path) -> None:
    path.parent.chmod(0o757)


def drop_ins_are_a_file(path: Path) -> None:
    (path.parent / "conf.d").touch(0o644)


def drop_ins_are_a_dead_link(path: Path) -> None:
    (path.parent / "conf.d").symlink_to("nothing")


def drop_in_is_a_dead_link(path: Path) -> None:
    (path.parent / "conf.d").mkdir(0o755)
    (path.parent / "conf.d" / "one.toml").symlink_to("nothing")


def share_drop_ins(path: Path) -> None:
    (path.parent / "conf.d").mkdir()
    (path.parent / "conf.d" / "one.toml").touch(0o644)
    (path.parent / "conf.d").chmod(0o777)


def share_drop_in(path: Path) -> None:
    (path.parent / "conf.d").mkdir(0o755)
    (path.parent / "conf.d" / "one.toml").touch()
    (path.parent / "conf.d" / "one.toml").chmod(0o666)


@pytest.mark.parametrize(
    ("spoil", "where", "said"),
    [
        (make_folder, "facelatch.toml", "cannot be read (Is a directory)"),
        (make_pipe, "facelatch.toml", "expected a regular file"),
        (make_loop, "facelatch.toml", "cannot be read (Too many levels of symbolic links)"),
        (make_dead_link, "facelatch.toml", "is a link to what is not there"),
        (make_large, "facelatch.toml", "is larger than 256 KiB"),
        (share_file, "facelatch.toml", "others may write there (mode 0646); chmod go-w"),
        (share_folder, "", "others may write there (mode 0757); chmod go-w"),
        (drop_ins_are_a_file, "conf.d", "cannot be read (Not a directory)"),
        (drop_ins_are_a_dead_link, "conf.d", "is a link to what is not there"),
        (drop_in_is_a_dead_link, "conf.d/one.toml", "is a link to what is not there"),
        (share_drop_ins, "conf.d", "others may write there (mode 0777); chmod go-w"),
        (share_drop_in, "conf.d/one.toml", "others may write there (mode 0666); chmod go-w"),
    ],
)
def test_what_cannot_be_believed_is_named_and_not_taken_for_nothing(
    path: Path, spoil: Callable[[Path], None], where: str, said: str
) -> None:
    spoil(path)
    assert refusal(path).startswith(f"{path.parent / where}: {said}")


def test_a_folder_with_a_sticky_bit_keeps_what_is_ones_own(path: Path) -> None:
    path.parent.chmod(0o1777)
    assert len(files_of(path)) == 1


@pytest.mark.skipif(not ROOT, reason="only root can give a file away")
def test_a_file_of_somebody_elses_is_not_believed(path: Path) -> None:
    os.chown(path, 4711, 0)
    assert refusal(path) == f"{path}: belongs to uid 4711, who could change it; chown root {path}"


@pytest.mark.skipif(not ROOT, reason="only root can give a file away")
def test_a_file_that_another_group_may_write_is_not_believed(path: Path) -> None:
    path.chmod(0o664)
    assert len(files_of(path)) == 1, "one's own group is no other"
    os.chown(path, 0, 4711)
    assert "others may write there" in refusal(path)


@pytest.mark.skipif(ROOT, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_not_taken_for_nothing(path: Path) -> None:
    path.chmod(0o000)
    assert refusal(path) == f"{path}: cannot be read (Permission denied)"


@pytest.mark.skipif(ROOT, reason="root may read everything")
def test_drop_ins_that_may_not_be_listed_are_not_taken_for_none(path: Path) -> None:
    (path.parent / "conf.d").mkdir(0o000)
    assert refusal(path) == f"{path.parent}/conf.d: cannot be read (Permission denied)"
