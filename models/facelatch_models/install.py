"""Puts a pack on the shelf: from a folder, from an archive of one, or from its authors' downloads."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec

from facelatch_models import shelf
from facelatch_models.build import Built, build, read_recipe
from facelatch_models.download import Download, DownloadError, Progress, Transport, fetch
from facelatch_models.pack import LARGEST_MANIFEST, MANIFEST, Pack, read_manifest, read_regular, verified

MOST_MEMBERS: Final = 256
LARGEST_ARCHIVE: Final = 2 * 1024 * 1024 * 1024
"""Bytes that an archive's members may have together, unpacked."""

_BROKEN: Final = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)


class InstallError(Exception):
    """A pack that cannot be installed; the text says what is wrong with what was given."""


class Content(Protocol):
    """What a pack is read from."""

    def read(self, name: str, limit: int) -> bytes:
        """Return at most `limit` bytes of a file beside `pack.toml`; raises `InstallError`."""


def install_pack(source: Path, target: Path, sha256: str = "") -> Pack:
    """Put the pack in a folder, or in a .zip or .tar archive of one, on the shelf `target`, and return it.

    Only `pack.toml` and the files that it names are taken, each no longer than it says and of the checksum it says. An
    archive with a link or with a path out of it is refused as a whole. sha256: what an archive must have, if known.
    Raises `InstallError`, `pack.PackDamaged`, `shelf.ShelfError`.
    """
    with _opened(source, sha256) as content:
        text = content.read(MANIFEST, LARGEST_MANIFEST)
        manifest = read_manifest(text, f"{source}: {MANIFEST}")
        with shelf.staged(target, manifest.id) as folder:
            for part in manifest.pinned:
                found = content.read(part.name, part.bytes + 1)
                shelf.put(folder, part.name, verified(found, part, f"{source}: {part.name}"))
            shelf.put(folder, MANIFEST, text)
            return shelf.publish(folder, target / manifest.id)


def install_recipe(
    name: str, cache: Path, target: Path, progress: Progress, transport: Transport = Transport.HTTPS
) -> Built:
    """Fetch what a recipe is made of, build it, and put it on the shelf `target`; what is installed is not fetched.

    Raises `InstallError` where no downloads are known for it, `download.DownloadError`, and as `build.build` does.
    """
    if not read_recipe(name).needs_folder:
        return build(name, None, target)
    downloads = read_sources().get(name)
    if not downloads:
        raise InstallError(
            f"no downloads are known for {name}; get its files from their authors, then: "
            f"facelatch pack build {name} --from DIR"
        )
    return install_downloads(name, downloads, cache, target, progress, transport)


def install_downloads(
    name: str,
    downloads: tuple[Download, ...],
    cache: Path,
    target: Path,
    progress: Progress,
    transport: Transport = Transport.HTTPS,
) -> Built:
    """Fetch the given files into the cache, and build the recipe from them.

    An optional one that cannot be had does not stand in the way: what it was for is then among `Built.left_out`.
    """
    for download in downloads:
        try:
            fetch(download, cache / name, progress, transport)
        except DownloadError:
            if not download.optional:
                raise
    return build(name, cache / name, target)


def install_url(
    url: str, sha256: str, cache: Path, target: Path, progress: Progress, transport: Transport = Transport.HTTPS
) -> Pack:
    """Fetch an archive of a pack that has the given checksum, and put it on the shelf `target`."""
    download = Download(name=f"{sha256}.archive", url=url, sha256=sha256)
    return install_pack(fetch(download, cache, progress, transport), target, sha256)


def read_sources() -> dict[str, tuple[Download, ...]]:
    """Return the known downloads by recipe."""
    text = resources.files(__package__).joinpath("recipes", "sources.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, tuple[Download, ...]])


def default_cache() -> Path:
    """Return where downloads are kept: root's are out of reach of the user whose home `sudo` may have left set."""
    if os.geteuid() == 0:
        return Path("/var/cache/facelatch/downloads")
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "facelatch" / "downloads"


@contextmanager
def _opened(source: Path, sha256: str) -> Iterator[Content]:
    if os.path.isdir(source):  # unlike Path.is_dir, no exception where one may not look
        if sha256:
            raise InstallError(f"{source}: is a folder, which has no SHA-256; leave --sha256 out")
        yield _Folder(source)
        return
    try:
        # A copy, so that what was hashed is what is unpacked, whoever writes to the file meanwhile.
        with source.open("rb") as given, tempfile.TemporaryFile() as file:
            if os.fstat(given.fileno()).st_size > LARGEST_ARCHIVE:
                raise InstallError(f"{source}: holds more than {LARGEST_ARCHIVE} bytes")
            shutil.copyfileobj(given, file)
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest() if sha256 else ""
            if found != sha256:
                raise InstallError(f"{source}: SHA-256 is {found}, expected {sha256}")
            file.seek(0)
            with _archive(source, file) as content:
                yield content
    except OSError as error:
        raise InstallError(f"{source}: cannot be read ({error.strerror or error})") from error
    except _BROKEN as error:
        raise InstallError(f"{source}: is a damaged archive ({error})") from error


@contextmanager
def _archive(source: Path, file: IO[bytes]) -> Iterator[Content]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield _Zip(source, archive)
        return
    file.seek(0)
    if not tarfile.is_tarfile(file):
        raise InstallError(f"{source}: is neither a folder nor a .zip or .tar archive")
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:*") as tar:
        yield _Tar(source, tar)


class _Folder:
    def __init__(self, source: Path) -> None:
        self._source = source

    def read(self, name: str, limit: int) -> bytes:
        try:
            return read_regular(self._source / name, limit)
        except OSError as error:
            raise InstallError(f"{self._source / name}: cannot be read ({error.strerror})") from error


class _Members:
    """The members of an archive, looked through as a whole before the first is read."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self._names: set[str] = set()
        self._bytes = 0

    def add(self, name: str, size: int, regular: bool) -> None:
        """Count a member in; raises `InstallError` where it has no business in a pack."""
        self._bytes += size
        if not regular:
            raise InstallError(f"{self.source}: {name!r} is a link or a device")
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or not name.isprintable():
            raise InstallError(f"{self.source}: {name!r} leads out of the archive")
        if name in self._names:
            raise InstallError(f"{self.source}: holds {name!r} twice")
        self._names.add(name)
        if len(self._names) > MOST_MEMBERS or self._bytes > LARGEST_ARCHIVE:
            raise InstallError(f"{self.source}: holds more than {MOST_MEMBERS} files or {LARGEST_ARCHIVE} bytes")

    def beside_manifest(self) -> str:
        """Return the path of the folder that holds `pack.toml`, empty or with a slash at its end."""
        found = [name for name in self._names if name.split("/")[-1] == MANIFEST]
        if len(found) != 1:
            raise InstallError(f"{self.source}: holds {len(found)} files {MANIFEST}, expected one")
        return found[0].removesuffix(MANIFEST)

    def missing(self, name: str) -> InstallError:
        """Return the error for a file that is not there."""
        return InstallError(f"{self.source}: does not hold {name!r}")


class _Zip:
    def __init__(self, source: Path, archive: zipfile.ZipFile) -> None:
        self._members, self._archive = _Members(source), archive
        for member in archive.infolist():
            if not member.is_dir():
                kind = stat.S_IFMT(member.external_attr >> 16)
                self._members.add(member.filename, member.file_size, kind in (0, stat.S_IFREG))
        self._folder = self._members.beside_manifest()

    def read(self, name: str, limit: int) -> bytes:
        try:
            with self._archive.open(self._folder + name) as file:
                return file.read(limit)
        except KeyError as error:
            raise self._members.missing(name) from error
        except RuntimeError as error:  # zipfile's word for a password
            raise InstallError(f"{self._members.source}: {name!r} cannot be read ({error})") from error


class _Tar:
    def __init__(self, source: Path, archive: tarfile.TarFile) -> None:
        self._members, self._archive = _Members(source), archive
        for member in archive:
            if not member.isdir():
                self._members.add(member.name.removeprefix("./"), member.size, member.isreg())
        self._folder = self._members.beside_manifest()

    def read(self, name: str, limit: int) -> bytes:
        wanted = self._folder + name
        member = next((one for one in self._archive.getmembers() if one.name.removeprefix("./") == wanted), None)
        file = None if member is None else self._archive.extractfile(member)
        if file is None:
            raise self._members.missing(name)
        return file.read(limit)
