"""The two places where the store's keys may lie: a plain file, or a systemd credential. Both change at once or not."""

from __future__ import annotations

import base64
import binascii
import os
import subprocess
from pathlib import Path
from typing import Final, Protocol

from facelatchd.keys import CREDENTIAL, read_key
from facelatchd.replacement import for_us, fresh_of, keep_entry, replacing, take_place
from facelatchd.store.errors import KeyRefused
from facelatchd.store.keyring import KeyRing

PATIENCE: Final = 60.0
"""Seconds for `systemd-creds`: a slow TPM takes several for a primary key."""

UNCHANGING: Final = ("", "16")
"""Sets of PCRs that no update of firmware or boot loader changes: none, and the one for debugging, which none extends.

systemd 252 (Debian 12) seals to an empty set, and then does not unseal it ("TPM2 PCR bank invalid"); with PCR 16 it
does. systemd's own choice, PCR 7, would lose the keys with an update of the Secure Boot database.
"""

_KINDS: Final = {
    "5a1c6a86df9d4096b1d5a65e0862f19a": "sealed with the host's key: a stolen disk has that, too",
    "0c7cc07b117645919c4b0bea08bc20fe": "sealed with the TPM",
    "93a894094874449090caf2fc93cab553": "sealed with the TPM and the host's key",
}
"""What the first 16 bytes of an encrypted credential say."""


class KeyPlace(Protocol):
    """Where keys lie. Each method raises `KeyRefused` where it cannot do what it says."""

    def exists(self) -> bool:
        """Return whether there are keys."""

    def read(self) -> bytearray:
        """Return the keys, 32 bytes each, newest first."""

    def write(self, keys: bytes | bytearray) -> None:
        """Put keys in place of those that are there: after a power cut there are the ones or the others."""

    def describe(self) -> str:
        """Return for a person where they lie, and what keeps them."""


class KeyFile:
    """A file of mode 0600, which belongs to whoever uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Return whether there is something by that name."""
        return os.path.lexists(self.path)

    def read(self) -> bytearray:
        """Return the keys."""
        return read_key(self.path)

    def write(self, keys: bytes | bytearray) -> None:
        """Put keys in place of those that are there."""
        KeyRing(bytes(keys)).wipe()
        try:
            with replacing(self.path) as file:
                file.raw.write(keys)  # past the buffer, which nobody wipes
        except OSError as error:
            raise KeyRefused(f"{self.path}: cannot be written ({error.strerror})") from error

    def erase(self) -> None:
        """Overwrite the keys and remove the file. A disk that moves what it writes may keep them nevertheless."""
        try:
            with open(self.path, "r+b", buffering=0, opener=for_us) as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
                os.fsync(file.fileno())
            self.path.unlink()
            keep_entry(self.path.parent)
        except OSError as error:
            raise KeyRefused(f"{self.path}: cannot be erased ({error.strerror})") from error

    def describe(self) -> str:
        """Return where it is."""
        return f"{self.path}: a plain file, which whoever takes the disk can read"


class Credential:
    """A credential for `LoadCredentialEncrypted=`, made with `systemd-creds`; `sealed_with` as its `--with-key=`."""

    def __init__(self, path: Path, sealed_with: str = "auto") -> None:
        self.path = path
        self._sealed_with = sealed_with

    def exists(self) -> bool:
        """Return whether there is something by that name."""
        return os.path.lexists(self.path)

    def read(self) -> bytearray:
        """Return the keys, opened by this machine."""
        return self._opened(self.path)

    def write(self, keys: bytes | bytearray) -> None:
        """Seal keys, make sure that they open again, and put them in place of those that are there."""
        KeyRing(bytes(keys)).wipe()
        faults = []
        for registers in UNCHANGING:
            try:
                fresh = self._sealed(keys, registers)
            except KeyRefused as error:
                faults.append(str(error))
                continue
            try:
                take_place(fresh, self.path)
            except OSError as error:
                raise KeyRefused(f"{self.path}: cannot be written ({error.strerror})") from error
            return
        raise KeyRefused(faults[-1])

    def describe(self) -> str:
        """Return where it is, and with what it is sealed."""
        try:
            kind = base64.b64decode(self.path.read_bytes())[:16].hex()
        except (OSError, binascii.Error) as error:
            raise KeyRefused(f"{self.path}: cannot be read ({error})") from error
        return f"{self.path}: {_KINDS.get(kind, f'sealed in a way not known here ({kind})')}"

    def _sealed(self, keys: bytes | bytearray, registers: str) -> Path:
        """Return a file beside the credential that is sealed to a set of PCRs, is on disk, and opens."""
        try:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = fresh_of(self.path)
            fresh.unlink(missing_ok=True)  # left by a crash
        except OSError as error:
            raise KeyRefused(f"{self.path}: cannot be written ({error.strerror})") from error
        _systemd_creds(
            "encrypt", f"--with-key={self._sealed_with}", f"--tpm2-pcrs={registers}", "-", str(fresh), content=keys
        )
        if self._opened(fresh) != keys:
            raise KeyRefused(f"{self.path}: opens with other keys than it was made of")
        descriptor = os.open(fresh, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return fresh

    def _opened(self, path: Path) -> bytearray:
        return bytearray(_systemd_creds("decrypt", str(path), "-"))


def _systemd_creds(action: str, *arguments: str, content: bytes | bytearray = b"") -> bytes:
    """Return what `systemd-creds` writes; raises `KeyRefused` with what it says."""
    command = ["systemd-creds", action, f"--name={CREDENTIAL}", *arguments]
    try:
        done = subprocess.run(command, input=bytes(content), capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KeyRefused(f"systemd-creds cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise KeyRefused(f"systemd-creds {action}: {said[-1] if said else f'ended with {done.returncode}'}")
    return done.stdout
