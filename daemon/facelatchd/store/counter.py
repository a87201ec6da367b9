"""A number beside the keys that only grows: an earlier copy of the database does not know the newest one.

The file has two places of 4096 bytes, each for one number, sealed. A write goes to the place of the smaller number, so
that a power cut in the middle of it leaves the other. It costs one fdatasync.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Final

from facelatchd.replacement import for_us, replacing
from facelatchd.store.errors import SealBroken, StoreError
from facelatchd.store.keyring import OVERHEAD, KeyRing, Purpose

_PLACE: Final = 4096
"""Bytes from one place to the next: no disk writes both in one sector."""

_NUMBER: Final = struct.Struct(">Q")
_SEALED_BYTES: Final = _NUMBER.size + OVERHEAD
_BOUND: Final = ("counter",)


class Counter:
    """The file at `path`. Its methods raise `StoreError` where it cannot be read or written."""

    def __init__(self, path: Path, keys: KeyRing) -> None:
        self._path = path
        self._keys = keys

    def read(self) -> int | None:
        """Return the number, None where there is no file, or one without content; `SealBroken` where it was edited."""
        places = self._places()
        if not places:
            return None
        largest = max(map(self._opened, places))
        if largest < 0:
            raise SealBroken(
                f"{self._path}: does not open: it was altered, or sealed with another key; put the key back, or accept "
                "the database as it is with: facelatch-key accept"
            )
        return largest

    def is_newest(self) -> bool:
        """Return whether nothing in the file is sealed with an older key than the newest."""
        return all(place.startswith(self._keys.head) for place in self._places())

    def raise_to(self, number: int) -> None:
        """Write a number where it is larger than the one there."""
        numbers = [self._opened(place) for place in self._places()]
        if not numbers:
            self.overwrite(number)
        elif max(numbers) < number:
            self._write(number, numbers.index(min(numbers)))

    def overwrite(self, number: int) -> None:
        """Put a file with this number, sealed with the newest key, in place of what is there, at once."""
        try:
            with replacing(self._path) as file:
                for _place in range(2):
                    file.write(self._sealed(number).ljust(_PLACE, b"\0"))
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written ({error.strerror})") from error

    def _places(self) -> list[bytes]:
        """Return what is sealed at each of the two places, nothing where there is no file, or an empty one."""
        try:
            with open(self._path, "rb", opener=for_us) as file:
                content = file.read(2 * _PLACE)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read ({error.strerror})") from error
        return [content[start : start + _SEALED_BYTES] for start in (0, _PLACE)] if content else []

    def _opened(self, place: bytes) -> int:
        """Return the number at a place, -1 for one that does not open."""
        try:
            number: int = _NUMBER.unpack(self._keys.unseal(Purpose.GENERATION, place, _BOUND))[0]
        except SealBroken:
            return -1
        return number

    def _sealed(self, number: int) -> bytes:
        return self._keys.seal(Purpose.GENERATION, _NUMBER.pack(number), _BOUND)

    def _write(self, number: int, place: int) -> None:
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.pwrite(descriptor, self._sealed(number), place * _PLACE)
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written ({error.strerror})") from error
