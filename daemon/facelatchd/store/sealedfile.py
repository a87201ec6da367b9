"""A large file at rest, sealed in pieces, for what is made of templates and must not lie about more openly than they.

`salt (32 bytes)`, then each piece as `length (4, big-endian) · ciphertext and tag`. Every file has a key of its own,
derived from the store's newest with the salt (HKDF, RFC 5869); nonces are the pieces' numbers with a mark on the last
one, so that pieces cannot be swapped, doubled or cut off unseen (the STREAM construction: Hoang, Reyhanitabar,
Rogaway, Vizár, "Online authenticated-encryption and its nonce-reuse misuse-resistance", 2015).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facelatchd.replacement import fresh_of, replacing
from facelatchd.store.errors import SealBroken, StoreError
from facelatchd.store.keyring import TAG_BYTES, KeyRing, Purpose

PIECE: Final = 1024 * 1024
"""Bytes of a piece at most, before sealing."""

_SALT_BYTES: Final = 32
_LENGTH: Final = struct.Struct(">I")
_NONCE: Final = struct.Struct(">3xQB")


class SealedFile:
    """A file at `path`; `purpose` goes into its key, so that no file opens in another's place."""

    def __init__(self, path: Path, keys: KeyRing, purpose: Purpose) -> None:
        self.path = path
        self._keys = keys
        self._purpose = purpose

    def write(self, content: Iterable[bytes]) -> None:
        """Put content in place of what is there, at once and whole; raises `StoreError` where it cannot be written."""
        try:
            with replacing(self.path) as file:
                salt = os.urandom(_SALT_BYTES)
                file.write(salt)
                self._seal(file, AESGCM(self._derived(salt)), content)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written ({error.strerror})") from error

    def read(self) -> Iterator[bytes]:
        """Yield the content piece by piece; `SealBroken` for the first that is not what was written.

        What came before that was written, but perhaps not all: nothing of it may be used. FileNotFoundError where there
        is no file, `StoreError` where it cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                yield from self._unseal(file)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read ({error.strerror})") from error

    def remove(self) -> None:
        """Remove the file where there is one, and what a judge that was killed had written of it.

        One that is being written meanwhile does not come: `write` raises.
        """
        try:
            fresh_of(self.path).unlink(missing_ok=True)  # first, or it might take the place of the other in between
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be removed ({error.strerror})") from error

    def _derived(self, salt: bytes) -> bytes:
        return self._keys.derived(self._purpose, salt)

    def _seal(self, file: BinaryIO, cipher: AESGCM, content: Iterable[bytes]) -> None:
        number, before = 0, b""
        for piece in _pieces(content):
            if number:
                _write_piece(file, cipher.encrypt(_NONCE.pack(number, False), before, None))
            number, before = number + 1, piece
        _write_piece(file, cipher.encrypt(_NONCE.pack(max(number, 1), True), before, None))

    def _unseal(self, file: BinaryIO) -> Iterator[bytes]:
        cipher = AESGCM(self._derived(file.read(_SALT_BYTES)))
        number, piece = 1, _read_piece(file)
        while piece is not None:
            following = _read_piece(file)
            try:
                yield cipher.decrypt(_NONCE.pack(number, following is None), piece, None)
            except InvalidTag as error:
                raise SealBroken(f"{self.path}: was altered, cut off, or sealed with another key") from error
            number, piece = number + 1, following
        if number == 1:
            raise SealBroken(f"{self.path}: is cut off")


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    for part in content:
        for start in range(0, len(part), PIECE):
            yield part[start : start + PIECE]


def _write_piece(file: BinaryIO, sealed: bytes) -> None:
    file.write(_LENGTH.pack(len(sealed)))
    file.write(sealed)


def _read_piece(file: BinaryIO) -> bytes | None:
    """Return a sealed piece, None at the end; an empty one, which never opens, where it is not as long as it says."""
    head = file.read(_LENGTH.size)
    if not head:
        return None
    length = _LENGTH.unpack(head.ljust(_LENGTH.size, b"\0"))[0]
    piece = file.read(min(length, PIECE + TAG_BYTES))
    return piece if len(piece) == length else b""
