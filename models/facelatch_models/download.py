"""Fetches files that are pinned by checksum; goes on where it was cut off."""

from __future__ import annotations

import enum
import hashlib
import http.client
import os
import re
import stat
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

import msgspec

LARGEST_DOWNLOAD: Final = 2 * 1024 * 1024 * 1024
CHUNK: Final = 256 * 1024
PATIENCE: Final = 30.0
"""Seconds that a server may be silent."""

MOST_ATTEMPTS: Final = 2
"""Requests for one file: a second one where the server cannot go on from where the first part ends."""

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, bytes so far, and bytes in all where they are known."""


class DownloadError(Exception):
    """A file could not be fetched, or is not the one that was meant."""


class Transport(enum.Enum):
    """What addresses are allowed. `LOOPBACK` is for tests: plain HTTP, and to 127.0.0.1 only."""

    HTTPS = "https"
    LOOPBACK = "http"


class Download(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file to be fetched; `bytes` is None where only the checksum is known.

    What is `optional` only adds to a pack that works without it.
    """

    name: str
    url: str
    sha256: str
    bytes: int | None = None
    optional: bool = False

    @property
    def limit(self) -> int:
        """The bytes that are read at most."""
        return LARGEST_DOWNLOAD if self.bytes is None else self.bytes


def fetch(download: Download, folder: Path, progress: Progress, transport: Transport = Transport.HTTPS) -> Path:
    """Return the path of the file in `folder`, fetched if it is not there yet.

    What has come is kept in `NAME.part` if the connection ends, and the next call goes on from there. A file that is
    there but is another is left alone. Raises `DownloadError`, which names the address, or expected and found sum.
    """
    path, part = folder / download.name, folder / f"{download.name}.part"
    _check(download.url, transport)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.path.lexists(path):
            _verify(path, download, f"{path} is there already and would have to be moved away")
            return path
        for _ in range(MOST_ATTEMPTS):
            with _part_file(part) as file:
                if _complete(download, file, progress, transport):
                    break
        try:
            _verify(part, download, f"{download.url} is not the file that was meant")
        except DownloadError:
            part.unlink()  # or the next call would go on from it
            raise
        part.replace(path)
    except OSError as error:
        raise DownloadError(f"{download.url}: {error}") from error
    return path


def _check(url: str, transport: Transport) -> None:
    """Refuse an address that the transport does not allow; asked for every address of a chain of redirections."""
    address = urllib.parse.urlsplit(url)
    if address.scheme != transport.value or not address.hostname:
        raise DownloadError(f"{url}: expected an address that starts with {transport.value}://")
    if transport is Transport.LOOPBACK and address.hostname != "127.0.0.1":
        raise DownloadError(f"{url}: expected an address of this machine")


class _Redirections(urllib.request.HTTPRedirectHandler):
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check(newurl, self._transport)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _part_file(path: Path) -> IO[bytes]:
    """Open the file that holds what has come so far; never one that somebody put there as a trap for root."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != os.geteuid():
        os.close(number)
        raise DownloadError(f"{path}: is not a plain file of this user; move it away")
    return os.fdopen(number, "r+b")


def _complete(download: Download, file: IO[bytes], progress: Progress, transport: Transport) -> bool:
    """Fetch what is missing; False where the server cannot go on from here, and the file was emptied to start anew."""
    have = file.seek(0, os.SEEK_END)
    if download.bytes is not None and have >= download.bytes:
        return True
    request = urllib.request.Request(download.url, headers={"User-Agent": "facelatch", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    proxies: dict[str, str] | None = None if transport is Transport.HTTPS else {}
    opener = urllib.request.build_opener(_Redirections(transport), urllib.request.ProxyHandler(proxies))
    try:
        with opener.open(request, timeout=PATIENCE) as response:
            if have and not _goes_on(response, have):
                have = file.seek(0)
                file.truncate()
            _receive(download, response, file, have, progress)
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            file.truncate(0)
            return False
        raise DownloadError(f"{download.url}: {error.code} {error.reason}") from error
    except (http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise DownloadError(f"{download.url}: {reason}; run the command again to go on") from error
    return True


def _goes_on(response: http.client.HTTPResponse, have: int) -> bool:
    """Return whether the answer is the rest of the file, and not, as servers may, the whole of it."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return False
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != have:
        raise DownloadError(f"{response.url}: asked for the bytes from {have} on, the server sent others")
    return True


def _receive(
    download: Download, response: http.client.HTTPResponse, file: IO[bytes], have: int, progress: Progress
) -> None:
    announced = response.headers.get("Content-Length", "")
    total = have + int(announced) if announced.isdecimal() else download.bytes
    if total is not None and (total > download.limit or total != (download.bytes or total)):
        expected = f"at most {LARGEST_DOWNLOAD}" if download.bytes is None else str(download.bytes)
        raise DownloadError(f"{download.url}: the server has {total} bytes, expected {expected}")
    while chunk := response.read(CHUNK):
        have += len(chunk)
        if have > download.limit:
            file.truncate(0)
            raise DownloadError(f"{download.url}: sends more than the {download.limit} bytes expected")
        file.write(chunk)
        progress(download.name, have, total)
    if total is not None and have < total:
        raise DownloadError(f"{download.url}: ended after {have} of {total} bytes; run the command again to go on")


def _verify(path: Path, download: Download, otherwise: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != download.sha256:
        raise DownloadError(f"{otherwise}: SHA-256 is {found}, expected {download.sha256}")
