"""`facelatch-key`: makes, renews and shows the keys that seal the store. No key is ever printed."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from facelatchd.keyplaces import Credential, KeyFile, KeyPlace
from facelatchd.keys import CREDENTIAL, counter_path
from facelatchd.secrecy import shut_memory
from facelatchd.store import Store, StoreError
from facelatchd.store.errors import KeyRefused
from facelatchd.store.keyring import KEY_BYTES, MOST_KEYS

UNIT: Final = "facelatchd.service"
PATIENCE: Final = 5.0
"""Seconds to wait for the judge's lock on the database: it keeps it for one write at a time."""

app = typer.Typer(help="Make, renew and show the keys that seal what Facelatch stores.", no_args_is_help=True)


class Keys:
    """The keys of one store: where they lie, and the store itself."""

    def __init__(self, state_dir: Path, credential: Path, counter: Path | None, sealed_with: str = "auto") -> None:
        self.state_dir = state_dir
        self.file = KeyFile(state_dir / "key")
        self.credential = Credential(credential, sealed_with)
        self._counter = counter or counter_path(state_dir)

    @property
    def place(self) -> KeyPlace:
        """Where the judge looks: the credential goes before the file."""
        return self.credential if self.credential.exists() else self.file

    def ensure(self) -> str:
        """Make the credential of the plain file's keys, or of a new one; return what was done."""
        if self.credential.exists():
            return self._erase_leftover()
        with self._as_owner():
            plain = bytes(self.file.read()) if self.file.exists() else b""
            if not plain and self._database.exists():
                raise KeyRefused(
                    f"{self._database}: is there, but not the key that opens it; put the key back, or move it away"
                )
        self.credential.write(plain or os.urandom(KEY_BYTES))
        if plain:
            with self._as_owner():
                self.file.erase()
        return f"{self.credential.describe()}; made of {'the plain file, which is erased' if plain else 'a new key'}"

    def rotate(self) -> None:
        """Put a new key before the others; all of them are kept until `finish`."""
        before = self._read()
        if len(before) >= MOST_KEYS * KEY_BYTES:
            raise KeyRefused(
                f"there are {MOST_KEYS} keys: finish the rotations before with: facelatch-key rotate --finish"
            )
        self._write(os.urandom(KEY_BYTES) + bytes(before))

    def finish(self) -> int:
        """Seal with the newest key what is not, and drop the others; return how much does not open, and keeps them."""
        keys = bytes(self._read())
        older = 0
        with self._as_owner():
            if self._database.exists():
                with closing(self._open(keys)) as store:
                    older = store.older_seals()
        if not older and len(keys) > KEY_BYTES:
            self._write(keys[:KEY_BYTES])
        return older

    def accept(self) -> None:
        """Take the database as it is for the newest (`Store.accept`)."""
        keys = bytes(self._read())
        with self._as_owner(), closing(self._open(keys)) as store:
            store.accept()

    def status(self) -> str:
        """Return for a person where the keys lie and how many they are."""
        count = len(self._read()) // KEY_BYTES
        several = "; rotate --finish drops the older ones" if count > 1 else ""
        left = f"\n{self.file.path}: a plain file is left over; ensure erases it" if self._is_left_over() else ""
        return f"{self.place.describe()}\n{count} {'keys' if count > 1 else 'key'}{several}{left}"

    @property
    def _database(self) -> Path:
        return self.state_dir / "facelatch.db"

    def _open(self, keys: bytes) -> Store:
        """Open the store, which seals with the newest key what is not."""
        return Store.open(
            self._database, keys, patience=PATIENCE, index=self.state_dir / "faces.index", counter=self._counter
        )

    def _is_left_over(self) -> bool:
        if not self.credential.exists():
            return False
        with self._as_owner():  # without the right to pass over modes, root does not see into the folder
            return self.file.exists()

    def _erase_leftover(self) -> str:
        """Erase the plain file that a crash left behind, unless it has keys that the credential has not."""
        if self._is_left_over():
            sealed = _each(self.credential.read())
            with self._as_owner():
                if not _each(self.file.read()) - {bytes(KEY_BYTES)} <= sealed:  # zeros: it was being erased
                    raise KeyRefused(
                        f"{self.file.path}: has other keys than {self.credential.path}, which goes before it; "
                        "move one of them away, and keep it if the faces are sealed with it"
                    )
                self.file.erase()
        return self.credential.describe()

    def _read(self) -> bytearray:
        if self.credential.exists():
            return self.credential.read()
        with self._as_owner():
            return self.file.read()

    def _write(self, keys: bytes) -> None:
        if self.credential.exists():
            self.credential.write(keys)
        else:
            with self._as_owner():
                self.file.write(keys)

    @contextmanager
    def _as_owner(self) -> Iterator[None]:
        """Be whoever the state folder belongs to, so that what is made in it belongs to him, too."""
        status = self.state_dir.stat() if self.state_dir.exists() else None
        if status is None or os.geteuid() != 0 or status.st_uid == 0:
            yield
            return
        os.setegid(status.st_gid)
        os.seteuid(status.st_uid)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(os.getgid())


def _each(keys: bytearray) -> set[bytes]:
    return {bytes(keys[start : start + KEY_BYTES]) for start in range(0, len(keys), KEY_BYTES)}


def restart(unit: str = UNIT) -> None:
    """Have a judge that runs take the keys that lie there now; raises `KeyRefused` where systemd does not."""
    if shutil.which("systemctl") is None or not Path("/run/systemd/system").is_dir():
        typer.echo("Start the daemon anew if it runs: until then no face opens anything.")
        return
    done = subprocess.run(["systemctl", "try-restart", unit], capture_output=True, text=True, check=False)
    if done.returncode:
        raise KeyRefused(
            f"{unit} cannot be started again ({done.stderr.strip()}); until it is, nobody is let in by face"
        )


@app.callback()
def _begin(
    context: typer.Context,
    # Not `readable`: root without the right to pass over modes reads them as whom they belong to.
    state_dir: Annotated[Path, typer.Option(readable=False, help="Where the store is.")] = Path("/var/lib/facelatch"),
    credential: Annotated[Path, typer.Option(readable=False, help="The credential.")] = Path("/etc/credstore.encrypted")
    / CREDENTIAL,
    counter: Annotated[
        Path | None, typer.Option(readable=False, help="The counter that facelatchd uses (default: as it).")
    ] = None,
    sealed_with: Annotated[str, typer.Option(help="As systemd-creds --with-key=.")] = "auto",
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.umask(0o077)
    shut_memory()
    context.obj = Keys(state_dir, credential, counter, sealed_with)


@app.command()
def ensure(context: typer.Context) -> None:
    """Make the sealed key where there is none, of the plain file's if there is one."""
    typer.echo(context.obj.ensure())


@app.command()
def rotate(
    context: typer.Context,
    finish: Annotated[bool, typer.Option("--finish", help="Only finish a rotation that was cut off.")] = False,
) -> None:
    """Seal everything with a new key and drop the old one."""
    keys: Keys = context.obj
    if not finish:
        keys.rotate()
    older = keys.finish()
    restart()
    if older:
        raise KeyRefused(
            f"{older} seals do not open and keep the old key: remove the faces named above and finish then"
        )
    typer.echo("Everything is sealed with the newest key; there is no other.")


@app.command()
def status(context: typer.Context) -> None:
    """Show where the keys lie, what keeps them, and how many there are."""
    typer.echo(context.obj.status())


@app.command()
def accept(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a database that is refused as rolled back, as it is now; the password is wanted from everybody then."""
    if not yes:
        typer.confirm("Faces that were removed since may be in it, and mismatches be forgotten. Accept it?", abort=True)
    context.obj.accept()
    typer.echo("Accepted. The password is wanted from everybody before a face opens anything.")


def main() -> None:
    """Run `facelatch-key`."""
    try:
        app()
    except (StoreError, OSError) as error:
        typer.echo(f"facelatch-key: {error}", err=True)
        raise SystemExit(1) from error
