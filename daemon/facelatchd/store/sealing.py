"""Templates at rest: sealed (`keyring`), and bound to the row they belong to.

Version 1, which had one key and knew no infrared camera, was `1 · dimension (2 bytes, big-endian) · nonce (12) ·
ciphertext and tag`. It is still opened, and sealed anew by the next start (`rotation`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from cryptography.exceptions import InvalidTag
from numpy.typing import NDArray

from facelatchd.store.errors import SealBroken, VectorRefused
from facelatchd.store.keyring import NONCE_BYTES, TAG_BYTES, KeyRing, Purpose, associated_data
from facelatchd.store.records import User

LARGEST_DIMENSION: Final = 4096
LENGTH_TOLERANCE: Final = 1e-3
"""How far a vector's length may be from 1: rounding to float32 leaves under 1e-6 at 512 dimensions."""

FIRST_VERSION: Final = 1
_FIRST_HEADER: Final = struct.Struct(">BH")
_MEND: Final = "put the key back, or remove the face and enrol it anew"


class Binding(msgspec.Struct, frozen=True):
    """What a template belongs to; it opens with exactly the same. `infrared` is empty without such a camera."""

    user: User
    face: str
    template: str
    pack: str
    space: str
    camera: str
    infrared: str = ""

    def texts(self) -> tuple[str, ...]:
        """Return what version 1 bound a template to."""
        return self.user.name, str(self.user.uid), self.face, self.template, self.pack, self.space, self.camera


def seal(keys: KeyRing, vector: NDArray[np.float32], binding: Binding) -> bytes:
    """Return the sealed form of a unit vector, shape (dimension,), float32.

    Raises `VectorRefused` where it is not one: what is sealed must open again.
    """
    fault = vector_fault(vector)
    if fault:
        raise VectorRefused(fault)
    return keys.seal(Purpose.TEMPLATE, vector.astype("<f4").tobytes(), (*binding.texts(), binding.infrared))


def unseal(keys: KeyRing, sealed: bytes, binding: Binding) -> NDArray[np.float32]:
    """Return the vector, shape (dimension,), float32, length 1, not writable; `SealBroken` where it does not open."""
    try:
        vector = np.frombuffer(_opened(keys, sealed, binding), dtype="<f4").astype(np.float32)
        if fault := vector_fault(vector):
            raise SealBroken(f"holds {fault}")
    except SealBroken as error:
        raise SealBroken(f"template {binding.template} of {binding.user.name}: {error}; {_MEND}") from error
    vector.flags.writeable = False
    return vector


def vector_fault(vector: NDArray[np.float32]) -> str:
    """Return what keeps an array from being a unit vector, or an empty string."""
    if vector.ndim != 1 or not 1 <= len(vector) <= LARGEST_DIMENSION:
        return f"an array of the shape {vector.shape}: expected 1 to {LARGEST_DIMENSION} numbers in a row"
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not abs(length - 1) <= LENGTH_TOLERANCE:
        return f"a vector of the length {length}: expected 1"
    return ""


def check_vectors(vectors: Sequence[NDArray[np.float32]], most: int) -> None:
    """Raise `VectorRefused` for anything but 1 to `most` unit vectors of one dimension."""
    if not 1 <= len(vectors) <= most:
        raise VectorRefused(f"{len(vectors)} vectors for one face: expected 1 to {most}")
    for vector in vectors:
        if fault := vector_fault(vector):
            raise VectorRefused(fault)
    if len({len(vector) for vector in vectors}) > 1:
        raise VectorRefused("the vectors of one face differ in dimension")


def _opened(keys: KeyRing, sealed: bytes, binding: Binding) -> bytes:
    """Return a template's numbers as bytes, a whole number of them."""
    if sealed[:1] == bytes([FIRST_VERSION]):
        return _opened_first_version(keys, sealed, binding)
    plain = keys.unseal(Purpose.TEMPLATE, sealed, (*binding.texts(), binding.infrared))
    if len(plain) % 4:
        raise SealBroken(f"holds {len(plain)} bytes: a number has 4")
    return plain


def _opened_first_version(keys: KeyRing, sealed: bytes, binding: Binding) -> bytes:
    overhead = _FIRST_HEADER.size + NONCE_BYTES + TAG_BYTES
    if len(sealed) <= overhead:
        raise SealBroken(f"is cut off at {len(sealed)} bytes")
    header, nonce, ciphertext = sealed[:3], sealed[3 : 3 + NONCE_BYTES], sealed[3 + NONCE_BYTES :]
    dimension = _FIRST_HEADER.unpack(header)[1]
    if len(ciphertext) != 4 * dimension + TAG_BYTES:
        raise SealBroken(f"has {len(sealed)} bytes, {dimension} dimensions need {overhead + 4 * dimension}")
    if not binding.infrared:
        associated = associated_data(Purpose.TEMPLATE, header, binding.texts())
        for cipher in keys.first_version():
            try:
                return cipher.decrypt(nonce, ciphertext, associated)
            except InvalidTag:
                continue
    raise SealBroken("does not open: it was altered, belongs to another row, or was sealed with another key")
