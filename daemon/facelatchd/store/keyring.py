"""The keys that seal what the store keeps: the newest seals, the others still open what was sealed before a rotation.

A sealed text is `version 2 (1 byte) · fingerprint of the key (4) · nonce (12) · ciphertext and tag`, AES-256-GCM. Each
purpose has a key of its own, derived from the ring's (HKDF, RFC 5869): nothing sealed for one opens for another.
Nonces are random: with 96 bits one key is good for 2^32 seals (NIST SP 800-38D, section 8.3), which no store reaches.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from facelatchd.store.errors import KeyRefused, SealBroken

KEY_BYTES: Final = 32
MOST_KEYS: Final = 4
"""Keys of a ring: one in use, and those of rotations that are not finished."""

VERSION: Final = 2
FINGERPRINT_BYTES: Final = 4
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
OVERHEAD: Final = 1 + FINGERPRINT_BYTES + NONCE_BYTES + TAG_BYTES
"""Bytes by which a sealed text is longer than the text."""


class Purpose(Enum):
    """What is sealed; the value goes into the key and into the associated data."""

    TEMPLATE = "facelatch template"
    STANDING = "facelatch standing"
    GENERATION = "facelatch generation"
    INDEX = "facelatch index"


class KeyRing:
    """1 to `MOST_KEYS` keys of 32 bytes, newest first. After `wipe` it neither seals nor opens anything."""

    def __init__(self, content: bytes | bytearray) -> None:
        """Take the keys, one after the other; a bytearray is zeroed, the ring has its own copy.

        Raises `KeyRefused` for anything but whole keys, too many of them, or one that is there twice.
        """
        count, rest = divmod(len(content), KEY_BYTES)
        if rest or not 1 <= count <= MOST_KEYS:
            raise KeyRefused(f"{len(content)} bytes: a key has {KEY_BYTES}, and there are 1 to {MOST_KEYS} of them")
        self._keys = [bytearray(content[start : start + KEY_BYTES]) for start in range(0, len(content), KEY_BYTES)]
        if isinstance(content, bytearray):
            content[:] = bytes(len(content))
        self._fingerprints = [fingerprint(key) for key in self._keys]
        if len(set(self._fingerprints)) < count:
            raise KeyRefused("a key is there twice; make the ring anew with facelatch-key")
        self._ciphers: dict[tuple[int, Purpose], AESGCM] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def head(self) -> bytes:
        """How everything begins that is sealed with the newest key."""
        return bytes([VERSION]) + self._fingerprints[0]

    def seal(self, purpose: Purpose, plain: bytes, bound: Iterable[str]) -> bytes:
        """Return the sealed form of a text; it opens for the same purpose, bound to the same texts, only."""
        nonce = os.urandom(NONCE_BYTES)
        associated = associated_data(purpose, self.head, bound)
        return self.head + nonce + self._cipher(0, purpose).encrypt(nonce, plain, associated)

    def unseal(self, purpose: Purpose, sealed: bytes, bound: Iterable[str]) -> bytes:
        """Return what was sealed; raises `SealBroken`, which says no more than why."""
        if len(sealed) < OVERHEAD:
            raise SealBroken(f"is cut off at {len(sealed)} bytes")
        if sealed[0] != VERSION:
            raise SealBroken(f"is of version {sealed[0]}, this program opens version {VERSION}")
        head, nonce, ciphertext = _parts(sealed)
        try:
            number = self._fingerprints.index(head[1:])
            return self._cipher(number, purpose).decrypt(nonce, ciphertext, associated_data(purpose, head, bound))
        except (ValueError, InvalidTag) as error:
            raise SealBroken(
                "does not open: it was altered, belongs to another row, or was sealed with another key"
            ) from error

    def first_version(self) -> list[AESGCM]:
        """Return the ciphers that may have sealed templates of version 1, which say nothing of their key."""
        return [AESGCM(key) for key in self._keys]

    def derived(self, purpose: Purpose, salt: bytes) -> bytes:
        """Return a key of 32 bytes, derived from the newest one. Raises `KeyRefused` after `wipe`."""
        return self._derived(0, purpose, salt)

    def wipe(self) -> None:
        """Zero the keys. Python's libraries may have copied them, so this shortens their life rather than ends it."""
        for key in self._keys:
            key[:] = bytes(len(key))
        self._keys.clear()
        self._ciphers.clear()

    def _cipher(self, number: int, purpose: Purpose) -> AESGCM:
        cipher = self._ciphers.get((number, purpose))
        if cipher is None:
            cipher = self._ciphers[number, purpose] = AESGCM(self._derived(number, purpose, b""))
        return cipher

    def _derived(self, number: int, purpose: Purpose, salt: bytes) -> bytes:
        if not self._keys:
            raise KeyRefused("the keys are wiped: the store is closed")
        return HKDF(SHA256(), KEY_BYTES, salt or None, purpose.value.encode()).derive(bytes(self._keys[number]))


def fingerprint(key: bytes | bytearray) -> bytes:
    """Return the 4 bytes that name a key and tell nothing of it."""
    return HKDF(SHA256(), FINGERPRINT_BYTES, None, b"facelatch fingerprint").derive(bytes(key))


def associated_data(purpose: Purpose, head: bytes, bound: Iterable[str]) -> bytes:
    """Return what a seal is bound to as bytes; every field stands behind its length, so that no two look alike."""
    fields = (purpose.value.encode(), head, *(text.encode() for text in bound))
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    head_bytes = 1 + FINGERPRINT_BYTES
    return sealed[:head_bytes], sealed[head_bytes : head_bytes + NONCE_BYTES], sealed[head_bytes + NONCE_BYTES :]
