"""Templates at rest: AES-256-GCM, bound to the row they belong to; and the key that opens them.

A sealed template is `version (1 byte) · dimension (2, big-endian) · nonce (12) · ciphertext and tag`. The associated
data name everything the template must not be moved away from. Nonces are random: with 96 bits one key is good for 2^32
templates (NIST SP 800-38D, section 8.3), which no store reaches.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from facelatchd.store.errors import KeyRefused, SealBroken, VectorRefused
from facelatchd.store.records import User

KEY_BYTES: Final = 32
CREDENTIAL: Final = "facelatch.key"
"""Name of the systemd credential that holds the key."""

VERSION: Final = 1
LARGEST_DIMENSION: Final = 4096
LENGTH_TOLERANCE: Final = 1e-3
"""How far a vector's length may be from 1: rounding to float32 leaves under 1e-6 at 512 dimensions."""

_HEADER: Final = struct.Struct(">BH")
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_CONTEXT: Final = b"facelatch template"


class Binding(msgspec.Struct, frozen=True):
    """What a template belongs to; it opens with exactly the same."""

    user: User
    face: str
    template: str
    pack: str
    space: str
    camera: str


def seal(key: bytes, vector: NDArray[np.float32], binding: Binding) -> bytes:
    """Return the sealed form of a unit vector, shape (dimension,), float32.

    Raises `VectorRefused` where it is not one: what is sealed must open again.
    """
    fault = vector_fault(vector)
    if fault:
        raise VectorRefused(fault)
    header = _HEADER.pack(VERSION, len(vector))
    nonce = os.urandom(_NONCE_BYTES)
    plain = vector.astype("<f4").tobytes()
    return header + nonce + AESGCM(key).encrypt(nonce, plain, _associated_data(header, binding))


def unseal(key: bytes, sealed: bytes, binding: Binding) -> NDArray[np.float32]:
    """Return the vector, shape (dimension,), float32, length 1, not writable; `SealBroken` where it does not open."""
    where = f"template {binding.template} of {binding.user.name}"
    overhead = _HEADER.size + _NONCE_BYTES + _TAG_BYTES
    if len(sealed) <= overhead:
        raise SealBroken(f"{where}: is cut off at {len(sealed)} bytes; remove the face and enrol it anew")
    header, nonce, ciphertext = sealed[:3], sealed[3 : 3 + _NONCE_BYTES], sealed[3 + _NONCE_BYTES :]
    version, dimension = _HEADER.unpack(header)
    if version != VERSION:
        raise SealBroken(f"{where}: is of version {version}, this program opens version {VERSION}")
    if len(sealed) != overhead + 4 * dimension:
        raise SealBroken(f"{where}: has {len(sealed)} bytes, {dimension} dimensions need {overhead + 4 * dimension}")
    try:
        plain = AESGCM(key).decrypt(nonce, ciphertext, _associated_data(header, binding))
    except InvalidTag as error:
        raise SealBroken(
            f"{where}: does not open: it was altered, belongs to another row, or was sealed with another key; "
            "put the key back, or remove the face and enrol it anew"
        ) from error
    vector = np.frombuffer(plain, dtype="<f4").astype(np.float32)
    fault = vector_fault(vector)
    if fault:
        raise SealBroken(f"{where}: {fault}")
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


def _associated_data(header: bytes, binding: Binding) -> bytes:
    """Return the binding as bytes; every field stands behind its length, so that no two bindings look alike."""
    texts = (
        binding.user.name,
        str(binding.user.uid),
        binding.face,
        binding.template,
        binding.pack,
        binding.space,
        binding.camera,
    )
    fields = (_CONTEXT, header, *(text.encode() for text in texts))
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


def load_key(path: Path, *, create: bool = False) -> bytes:
    """Return the 32 bytes that seal templates: the systemd credential where there is one, else the file at `path`.

    With `create` a file that is not there is made (O_EXCL, 0600) from the system's random numbers. A credential that
    is there but unfit is never passed over for the file. Raises `KeyRefused`, which says how to mend it.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder:
        credential = Path(folder) / CREDENTIAL
        if os.path.lexists(credential):
            # No look at owner and mode: systemd lends the file by an access list, which shows as a group's right.
            return _read_key(credential, ours=False, mend="make it anew with systemd-creds encrypt")
    if create:
        _create_key(path)
    return _read_key(path, ours=True, mend="put the right key back; or, to lose all faces, remove it and enrol anew")


def _read_key(path: Path, *, ours: bool, mend: str) -> bytes:
    """Return the key in a file; `ours` says that its owner and mode are looked at too."""
    try:
        # O_NONBLOCK: opening a pipe that somebody put there must not hang the judge
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise KeyRefused(f"{path}: there is no key file; put it back, or start the daemon to make a new one") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyRefused(f"{path}: is a symbolic link; put the key file itself there") from error
        raise KeyRefused(f"{path}: cannot be read ({error.strerror}); {mend}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeyRefused(f"{path}: is not a regular file; {mend}")
        if ours and status.st_uid != os.geteuid():
            raise KeyRefused(f"{path}: belongs to uid {status.st_uid}; mend it with: chown {os.geteuid()} {path}")
        if ours and status.st_mode & 0o077:
            raise KeyRefused(f"{path}: others may read or write it; mend it with: chmod 600 {path}")
        content = os.read(descriptor, KEY_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) != KEY_BYTES:
        size = f"more than {KEY_BYTES}" if len(content) > KEY_BYTES else str(len(content))
        raise KeyRefused(f"{path}: has {size} bytes, a key has {KEY_BYTES}; {mend}")
    return content


def _create_key(path: Path) -> None:
    """Make the key file; one that is there is left alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise KeyRefused(f"{path}: cannot be made ({error.strerror})") from error
    try:
        with open(descriptor, "wb", buffering=0) as file:
            file.write(os.urandom(KEY_BYTES))
            os.fsync(descriptor)
        _keep_entry(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise KeyRefused(f"{path}: cannot be written ({error.strerror})") from error


def _keep_entry(folder: Path) -> None:
    """Have a folder's entries on disk: templates sealed with a key that a power cut takes away are lost."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
