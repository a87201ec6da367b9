"""A key is used only where nobody else could have read or put it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from facelatchd.keys import counter_path, load_key
from facelatchd.store import KeyRefused, Store

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_bytes(KEY)
    return file


def credential(folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "credentials" / "facelatch.key"
    file.parent.mkdir()
    file.write_bytes(content)
    file.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))


def test_a_key_file_is_read(path: Path) -> None:
    assert load_key(path) == KEY


@pytest.mark.parametrize("count", [2, 3, 4])
def test_several_keys_are_read_in_their_order(path: Path, count: int) -> None:
    content = bytes(range(32 * count))
    path.write_bytes(content)
    assert load_key(path, create=True) == content


def test_a_missing_key_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="there is no key file"):
        load_key(tmp_path / "key")
    assert not list(tmp_path.iterdir())


def test_a_made_key_is_random_and_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        one, two = (load_key(tmp_path / name, create=True) for name in ("one", "two"))
    finally:
        os.umask(before)
    assert len(one) == 32
    assert one != two
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600


def test_a_key_that_is_there_is_kept(path: Path) -> None:
    assert load_key(path, create=True) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o601])
def test_a_key_that_others_may_touch_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyRefused, match=f"mend it with: chmod 600 {path}"):
        load_key(path)


@pytest.mark.parametrize("size", [0, 31, 33, 65, 129, 160, 4096])
def test_a_key_of_a_wrong_size_is_refused(path: Path, size: int) -> None:
    path.write_bytes(bytes(size))
    with pytest.raises(KeyRefused, match="a key has 32"):
        load_key(path, create=True)


def test_a_symbolic_link_is_refused(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(KeyRefused, match="symbolic link"):
        load_key(link)


def test_no_key_is_made_behind_a_dangling_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyRefused, match="symbolic link"):
        load_key(link, create=True)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="not a regular file"):
        load_key(tmp_path)


def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key", 0o600)
    with pytest.raises(KeyRefused, match="not a regular file"):
        load_key(tmp_path / "key")


def test_a_key_in_a_missing_folder_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="cannot be made"):
        load_key(tmp_path / "missing" / "key", create=True)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_owner_is_refused(path: Path) -> None:
    os.chown(path, 12345, 12345)
    with pytest.raises(KeyRefused, match=f"belongs to uid 12345; mend it with: chown 0 {path}"):
        load_key(path)


def test_a_credential_goes_before_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credential(path.parent, KEY[::-1], monkeypatch)
    assert load_key(path, create=True) == KEY[::-1]


def test_an_unfit_credential_is_not_passed_over_for_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credential(path.parent, KEY[1:], monkeypatch)
    with pytest.raises(KeyRefused, match="has 31 bytes"):
        load_key(path)


def test_without_our_credential_the_file_counts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(path.parent))
    assert load_key(path) == KEY


def test_a_store_does_not_open_with_a_key_of_a_wrong_size(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="16 bytes"):
        Store.open(tmp_path / "facelatch.db", KEY[:16])
    assert not list(tmp_path.iterdir())


def test_the_counter_is_apart_from_the_store_where_there_is_a_folder_for_it(tmp_path: Path) -> None:
    assert counter_path(tmp_path / "facelatch") == tmp_path / "facelatch" / "counter"
    (tmp_path / "facelatch-counter").mkdir()
    assert counter_path(tmp_path / "facelatch") == tmp_path / "facelatch-counter" / "generation"
