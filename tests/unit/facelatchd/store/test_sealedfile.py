"""A large file at rest: what is read is what was written, whole, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatchd.store import Store, User
from facelatchd.store.errors import SealBroken, StoreError
from facelatchd.store.keyring import KeyRing, Purpose
from facelatchd.store.sealedfile import PIECE, SealedFile

KEYS = KeyRing(bytes(range(32)))


@pytest.fixture
def file(tmp_path: Path) -> SealedFile:
    return SealedFile(tmp_path / "sealed", KEYS, Purpose.INDEX)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_written_is_read(file: SealedFile, size: int) -> None:
    content = bytes(number % 251 for number in range(1000)) * (size // 1000 + 1)
    file.write([content[: size // 3], content[size // 3 : size]])
    assert b"".join(file.read()) == content[:size]
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["sealed"]


def test_nothing_of_the_content_can_be_read_without_the_key(file: SealedFile, tmp_path: Path) -> None:
    file.write([b"a secret template" * 100])
    assert b"template" not in file.path.read_bytes()
    for other in (
        SealedFile(file.path, KeyRing(bytes(32)), Purpose.INDEX),
        SealedFile(file.path, KEYS, Purpose.TEMPLATE),
    ):
        with pytest.raises(SealBroken, match="altered, cut off, or sealed with another key"):
            list(other.read())


def test_no_two_files_are_sealed_alike(file: SealedFile) -> None:
    file.write([b"the same"])
    first = file.path.read_bytes()
    file.write([b"the same"])
    assert file.path.read_bytes() != first


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_bit_that_is_changed_breaks_it(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    file = SealedFile(tmp_path_factory.mktemp("sealed") / "sealed", KEYS, Purpose.INDEX)
    file.write([b"x" * 100])
    content = bytearray(file.path.read_bytes())
    content[at % len(content)] ^= 1 << bit
    file.path.write_bytes(content)
    with pytest.raises(SealBroken):
        list(file.read())


def pieces_of(sealed: bytes) -> tuple[bytes, list[bytes]]:
    """A file's salt, and its pieces with their lengths."""
    pieces, rest = [], sealed[32:]
    while rest:
        end = 4 + int.from_bytes(rest[:4], "big")
        pieces.append(rest[:end])
        rest = rest[end:]
    return sealed[:32], pieces


def test_pieces_cannot_be_cut_off_swapped_doubled_or_taken_from_another_file(file: SealedFile) -> None:
    file.write([bytes([number]) * PIECE for number in range(3)])
    salt, (first, second, last) = pieces_of(file.path.read_bytes())
    file.write([b"\0" * PIECE] * 3)
    _other_salt, (others, _second, _last) = pieces_of(file.path.read_bytes())
    for wrong in (
        [first, second], [first], [], [second, first, last], [first, first, second, last], [first, last],
        [others, second, last], [first, second, last, last],
    ):  # fmt: skip
        file.path.write_bytes(salt + b"".join(wrong))
        with pytest.raises(SealBroken):
            list(file.read())
    file.path.write_bytes(salt + first + second + last)
    assert len(b"".join(file.read())) == 3 * PIECE


def test_a_file_that_is_not_there_or_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(SealedFile(tmp_path / "none", KEYS, Purpose.INDEX).read())
    SealedFile(tmp_path / "none", KEYS, Purpose.INDEX).remove()
    with pytest.raises(StoreError, match="cannot be written"):
        SealedFile(tmp_path / "no folder" / "sealed", KEYS, Purpose.INDEX).write([b"x"])
    with pytest.raises(StoreError, match="cannot be read"):
        list(SealedFile(tmp_path, KEYS, Purpose.INDEX).read())


def test_a_write_that_fails_leaves_what_was_there(file: SealedFile) -> None:
    file.write([b"before"])

    def failing() -> list[bytes]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        file.write(failing())
    assert b"".join(file.read()) == b"before"


def test_a_face_that_is_removed_takes_the_index_of_all_along(tmp_path: Path) -> None:
    index, user = tmp_path / "faces.index", User("alice", 1000)
    store = Store.open(tmp_path / "facelatch.db", bytes(32), index=index)
    store.add_face(user, "one", "p", "s", "c", [np.ones(1, np.float32)])
    store.add_face(user, "two", "p", "s", "c", [np.ones(1, np.float32)])
    index.write_bytes(b"an index")
    store.rename_face(user, "one", "first")
    assert index.exists()
    store.remove_face(user, "first")
    assert not index.exists()
    index.write_bytes(b"an index")
    store.remove_all(user)
    assert not index.exists()


def test_an_index_that_cannot_be_removed_keeps_no_face_from_being_removed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "faces.index").mkdir()  # what no unlink removes
    user = User("alice", 1000)
    store = Store.open(tmp_path / "facelatch.db", bytes(32), index=tmp_path / "faces.index")
    store.add_face(user, "", "p", "s", "c", [np.ones(1, np.float32)])
    store.remove_all(user)
    assert store.faces(user) == []
    assert "cannot be removed" in caplog.text


def test_what_a_judge_that_was_killed_left_behind_goes_with_the_file(file: SealedFile) -> None:
    left = file.path.with_name("sealed.new")
    left.write_bytes(b"half of it")
    file.remove()
    assert not left.exists()
    left.write_bytes(b"half of it")
    left.chmod(0o644)
    file.write([b"whole"])
    assert (b"".join(file.read()), left.exists()) == (b"whole", False)
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_its_place_is_not_followed(file: SealedFile, tmp_path: Path) -> None:
    (tmp_path / "another's").write_bytes(b"another's")
    for name in ("sealed", "sealed.new"):
        (tmp_path / name).symlink_to(tmp_path / "another's")
    file.write([b"mine"])
    assert (tmp_path / "another's").read_bytes() == b"another's"
    assert not file.path.is_symlink()


def test_a_file_that_is_removed_while_it_is_written_does_not_come(file: SealedFile) -> None:
    file.write([b"before"])

    def content() -> Iterator[bytes]:
        yield b"first"
        file.remove()
        yield b"last"

    with pytest.raises(StoreError, match="cannot be written"):
        file.write(content())
    assert list(file.path.parent.iterdir()) == []
