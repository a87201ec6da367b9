"""Packs come from folders, archives and downloads, and nothing comes that was not meant."""

from __future__ import annotations

import contextlib
import enum
import hashlib
import os
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from facelatch_models import build as build_module
from facelatch_models import install as install_module
from facelatch_models.download import Download, DownloadError, Transport, fetch
from facelatch_models.install import (
    InstallError,
    install_downloads,
    install_pack,
    install_recipe,
    install_url,
)
from facelatch_models.pack import PackDamaged, Role, open_pack
from tests.unit.facelatch_models.samples import NETWORKS, manifest, write_pack
from tests.unit.facelatch_models.test_build import DETECTOR, EMBEDDER, recipe

CONTENT = bytes(range(256)) * 4096
SUM = hashlib.sha256(CONTENT).hexdigest()


class Manner(enum.Enum):
    """How the server behaves."""

    RANGE = "goes on where it is asked to"
    WHOLE = "always sends the whole"
    ELSEWHERE = "says that it goes on, but from the start"
    OTHER = "sends other bytes of the same length"
    LONGER = "announces more than there is to be"
    ENDLESS = "announces nothing and sends more than there is to be"
    CUT = "announces all and sends half"
    FULL = "says that nothing is left to go on with"
    MISSING = "knows no such file"
    AWAY = "sends one to another machine"


class Server(ThreadingHTTPServer):
    """A real server on this machine; notes the ranges that it was asked for."""

    manner = Manner.RANGE
    asked: list[str | None]

    def url(self, name: str = "file.bin") -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        manner = self.server.manner
        if manner is Manner.MISSING:
            return self.send_error(404)
        if manner is Manner.AWAY:
            self.send_response(302)
            self.send_header("Location", "http://198.51.100.7/file.bin")
            return self.end_headers()
        if manner is Manner.FULL and start:
            return self.send_error(416)
        body = CONTENT[::-1] if manner is Manner.OTHER else CONTENT
        partial = start and manner not in (Manner.WHOLE, Manner.OTHER)
        if partial and manner is not Manner.ELSEWHERE:
            body = body[start:]
        self.send_response(206 if partial else 200)
        if partial:
            begin = 0 if manner is Manner.ELSEWHERE else start
            self.send_header("Content-Range", f"bytes {begin}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if manner is not Manner.ENDLESS:
            self.send_header("Content-Length", str(len(body) + (manner is Manner.LONGER)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if manner is Manner.CUT else body)
        if manner in (Manner.ENDLESS, Manner.LONGER):
            self.wfile.write(b"!")
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def quiet(name: str, done: int, total: int | None) -> None:
    """Show no progress."""


def get(server: Server, folder: Path, **changes: Any) -> Path:
    values = {"name": "file.bin", "url": server.url(), "sha256": SUM, "bytes": len(CONTENT)}
    return fetch(Download(**(values | changes)), folder, quiet, Transport.LOOPBACK)


def test_a_file_is_fetched_once_and_the_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    download = Download(name="file.bin", url=server.url(), sha256=SUM, bytes=len(CONTENT))
    path = fetch(download, tmp_path / "cache", lambda *step: told.append(step), Transport.LOOPBACK)
    assert path.read_bytes() == CONTENT
    assert told[-1] == ("file.bin", len(CONTENT), len(CONTENT))
    assert os.listdir(tmp_path / "cache") == ["file.bin"]
    assert get(server, tmp_path / "cache") == path
    assert len(server.asked) == 1


def test_a_download_that_was_cut_off_goes_on_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.manner = Manner.CUT
    with pytest.raises(DownloadError, match=f"{len(CONTENT) // 2} of {len(CONTENT)} bytes; run the command again"):
        get(server, tmp_path)
    assert (tmp_path / "file.bin.part").stat().st_size == len(CONTENT) // 2
    server.manner = Manner.RANGE
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={len(CONTENT) // 2}-"]
    assert os.listdir(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("manner", [Manner.WHOLE, Manner.FULL])
def test_a_server_that_cannot_go_on_is_asked_for_the_whole(server: Server, tmp_path: Path, manner: Manner) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"of another release")
    server.manner = manner
    assert get(server, tmp_path).read_bytes() == CONTENT


def test_a_server_that_lies_about_where_it_goes_on_is_refused(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:1000])
    server.manner = Manner.ELSEWHERE
    with pytest.raises(DownloadError, match="asked for the bytes from 1000 on"):
        get(server, tmp_path)
    assert (tmp_path / "file.bin.part").read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("have", [0, 1000, len(CONTENT)])
def test_other_bytes_are_refused_with_both_sums_and_not_kept(server: Server, tmp_path: Path, have: int) -> None:
    if have:
        (tmp_path / "file.bin.part").write_bytes(bytes(have))
    server.manner = Manner.OTHER
    with pytest.raises(DownloadError, match=f"SHA-256 is [0-9a-f]{{64}}, expected {SUM}"):
        get(server, tmp_path)
    assert os.listdir(tmp_path) == []
    server.manner = Manner.RANGE
    assert get(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("manner", "says"),
    [
        (Manner.LONGER, f"the server has {len(CONTENT) + 1} bytes, expected {len(CONTENT)}"),
        (Manner.ENDLESS, f"sends more than the {len(CONTENT)} bytes expected"),
        (Manner.MISSING, "404 Not Found"),
        (Manner.AWAY, "198.51.100.7/file.bin: expected an address of this machine"),
    ],
)
def test_a_server_that_misbehaves_is_refused_in_words(
    server: Server, tmp_path: Path, manner: Manner, says: str
) -> None:
    server.manner = manner
    with pytest.raises(DownloadError) as caught:
        get(server, tmp_path)
    assert says in str(caught.value)
    assert not (tmp_path / "file.bin").exists()


def test_no_more_than_the_largest_download_is_taken_where_the_size_is_not_known(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelatch_models.download.LARGEST_DOWNLOAD", len(CONTENT) - 1)
    with pytest.raises(DownloadError, match="expected at most"):
        get(server, tmp_path, bytes=None)
    server.manner = Manner.ENDLESS
    with pytest.raises(DownloadError, match="sends more than"):
        get(server, tmp_path, bytes=None)


def test_a_server_that_is_not_there_is_named(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"http://127\.0\.0\.1:1/x: .*refused"):
        get(server, tmp_path, url="http://127.0.0.1:1/x")


def test_a_file_that_the_user_had_is_left_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(b"mine")
    with pytest.raises(DownloadError, match="would have to be moved away"):
        get(server, tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == b"mine"
    assert server.asked == []


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_part_that_leads_elsewhere_is_not_written_through(
    server: Server, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    link(tmp_path / "precious", tmp_path / "file.bin.part")
    with pytest.raises(DownloadError):
        get(server, tmp_path)
    assert (tmp_path / "precious").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "url", ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", "https:///x", "//example.org/x", "x"]
)
def test_only_https_is_spoken_outside_of_tests(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="expected an address that starts with https://"):
        fetch(Download(name="x", url=url, sha256=SUM), tmp_path / "cache", quiet)
    assert not (tmp_path / "cache").exists()


def test_plain_http_is_for_this_machine_only(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="of this machine"):
        fetch(Download(name="x", url="http://example.org/x", sha256=SUM), tmp_path, quiet, Transport.LOOPBACK)


# --- folders and archives ---------------------------------------------------------------------------------------------


def zipped(pack: Path, path: Path, prefix: str = "sample/") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in pack.iterdir():
            archive.write(file, prefix + file.name)
        archive.writestr(prefix + "README", "more than a pack needs")
    return path


def tarred(pack: Path, path: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(pack, "./sample")
    return path


MAKERS: dict[str, Callable[[Path, Path], Path]] = {
    "folder": lambda pack, folder: pack,
    "zip": lambda pack, folder: zipped(pack, folder / "p.zip"),
    "zip without a folder": lambda pack, folder: zipped(pack, folder / "p.zip", ""),
    "tar": lambda pack, folder: tarred(pack, folder / "p.tar", "w:"),
    "tar.gz": lambda pack, folder: tarred(pack, folder / "p.tgz"),
    "tar.xz": lambda pack, folder: tarred(pack, folder / "p.tar.xz", "w:xz"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_pack_is_installed_whole_and_with_nothing_beside_it(tmp_path: Path, kind: str) -> None:
    source = MAKERS[kind](write_pack(tmp_path / "from"), tmp_path)
    pack = install_pack(source, tmp_path / "shelf")
    assert pack.folder == tmp_path / "shelf" / "sample"
    open_pack(pack.folder).verify()
    assert set(os.listdir(pack.folder)) == {"pack.toml"} | {name for _kind, name, _content in NETWORKS.values()}
    assert os.listdir(tmp_path / "shelf") == ["sample"]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_damaged_pack_is_not_installed_and_the_old_one_stays(tmp_path: Path, kind: str) -> None:
    install_pack(write_pack(tmp_path / "old"), tmp_path / "shelf")
    pack = write_pack(tmp_path / "from", manifest(version="2"))
    (pack / "embedder.onnx").write_bytes(b"embedder" * 49 + b"embeddeR")
    with pytest.raises(PackDamaged, match=r"embedder\.onnx: SHA-256"):
        install_pack(MAKERS[kind](pack, tmp_path), tmp_path / "shelf")
    assert open_pack(tmp_path / "shelf" / "sample").manifest.version == "1"
    assert os.listdir(tmp_path / "shelf") == ["sample"]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_pack_that_lacks_a_file_is_not_installed(tmp_path: Path, kind: str) -> None:
    pack = write_pack(tmp_path / "from")
    (pack / "embedder.onnx").unlink()
    with pytest.raises(InstallError, match=r"embedder\.onnx"):
        install_pack(MAKERS[kind](pack, tmp_path), tmp_path / "shelf")
    assert os.listdir(tmp_path / "shelf") == []


@pytest.mark.parametrize("name", ["../out", "/etc/out", "sample/../../out", "sample\\..\\out", "sample/\x1b[2J"])
def test_an_archive_with_a_way_out_is_refused_as_a_whole(tmp_path: Path, name: str) -> None:
    pack = write_pack(tmp_path / "from")
    path = zipped(pack, tmp_path / "p.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    tar = tarred(pack, tmp_path / "p.tar", "w:")
    with tarfile.open(tar, "a") as archive:
        archive.addfile(tarfile.TarInfo(name))
    for source in (path, tar):
        with pytest.raises(InstallError, match="leads out of the archive"):
            install_pack(source, tmp_path / "shelf")
    assert not (tmp_path / "shelf").exists()


def tar_member(kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo("sample/link")
    member.type, member.linkname = kind, "/etc/passwd"
    return member


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_tar_archive_with_a_link_or_a_device_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = tarred(write_pack(tmp_path / "from"), tmp_path / "p.tar", "w:")
    with tarfile.open(path, "a") as archive:
        archive.addfile(tar_member(kind))
    with pytest.raises(InstallError, match="is a link or a device"):
        install_pack(path, tmp_path / "shelf")


def test_a_zip_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    path = zipped(write_pack(tmp_path / "from"), tmp_path / "p.zip")
    member = zipfile.ZipInfo("sample/link")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(InstallError, match="is a link or a device"):
        install_pack(path, tmp_path / "shelf")


def test_an_archive_of_too_many_files_or_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = write_pack(tmp_path / "from")
    sources = [zipped(pack, tmp_path / "p.zip"), tarred(pack, tmp_path / "p.tgz")]
    for limit in ("MOST_MEMBERS", "LARGEST_ARCHIVE"):
        with monkeypatch.context() as patched:
            patched.setattr(install_module, limit, 3)
            for source in sources:
                with pytest.raises(InstallError, match="holds more than"):
                    install_pack(source, tmp_path / "shelf")


def test_a_file_that_unpacks_to_more_than_the_manifest_says_is_not_read_to_its_end(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "from")
    (pack / "embedder.onnx").write_bytes(bytes(50_000_000))
    path = zipped(pack, tmp_path / "bomb.zip")
    assert path.stat().st_size < 100_000
    with pytest.raises(PackDamaged, match="has more than 400 bytes"):
        install_pack(path, tmp_path / "shelf")


@pytest.mark.parametrize("twice", ["sample/embedder.onnx", "other/pack.toml"])
def test_an_archive_that_is_of_two_minds_is_refused(tmp_path: Path, twice: str) -> None:
    path = zipped(write_pack(tmp_path / "from"), tmp_path / "p.zip")
    with (
        zipfile.ZipFile(path, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name") if "sample" in twice else contextlib.nullcontext(),
    ):
        archive.writestr(twice, "x")
    with pytest.raises(InstallError, match=r"twice|2 files pack\.toml"):
        install_pack(path, tmp_path / "shelf")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 nor this", b"\x1f\x8b\x08 nor that"])
def test_what_is_no_pack_at_all_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(InstallError, match=r"p\.zip: "):
        install_pack(tmp_path / "p.zip", tmp_path / "shelf")
    with pytest.raises(InstallError, match="cannot be read"):
        install_pack(tmp_path / "gone.zip", tmp_path / "shelf")


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
def test_an_archive_that_is_cut_off_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    path = MAKERS[kind](write_pack(tmp_path / "from"), tmp_path)
    content = path.read_bytes().rstrip(b"\0")  # a tar archive ends with blocks that mean nothing
    for part in range(1, 10):
        path.write_bytes(content[: len(content) * part // 10])
        with pytest.raises((InstallError, PackDamaged)):
            install_pack(path, tmp_path / "shelf")
    assert not (tmp_path / "shelf" / "sample").exists()


def test_an_archive_of_another_checksum_is_refused_with_both(tmp_path: Path) -> None:
    path = zipped(write_pack(tmp_path / "from"), tmp_path / "p.zip")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(InstallError, match=f"SHA-256 is {found}, expected {'0' * 64}"):
        install_pack(path, tmp_path / "shelf", "0" * 64)
    assert install_pack(path, tmp_path / "shelf", found).manifest.id == "sample"


# --- from the network to the shelf ------------------------------------------------------------------------------------


def test_a_recipe_s_files_are_fetched_and_built(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "read_recipe", lambda name: recipe())
    files = {"detector.onnx": DETECTOR, "emb.onnx": EMBEDDER}
    for name, content in files.items():
        monkeypatch.setattr(f"{__name__}.CONTENT", content)
        download = Download(name=name, url=server.url(name), sha256=hashlib.sha256(content).hexdigest())
        fetch(download, tmp_path / "cache" / "made", quiet, Transport.LOOPBACK)
    downloads = tuple(
        Download(name=name, url=server.url(name), sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        for name, content in files.items()
    )
    built = install_downloads("made", downloads, tmp_path / "cache", tmp_path / "shelf", quiet, Transport.LOOPBACK)
    assert built.pack.folder == tmp_path / "shelf" / "made"
    assert len(server.asked) == len(files)


@pytest.mark.parametrize("optional", [True, False])
def test_only_an_optional_file_that_cannot_be_had_does_not_stand_in_the_way(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, optional: bool
) -> None:
    monkeypatch.setattr(build_module, "read_recipe", lambda name: recipe())
    (tmp_path / "cache" / "made").mkdir(parents=True)
    for name, content in {"detector.onnx": DETECTOR, "emb.onnx": EMBEDDER}.items():
        (tmp_path / "cache" / "made" / name).write_bytes(content)
    gone = Download(name="live.onnx", url=server.url("gone"), sha256="0" * 64, bytes=1, optional=optional)
    how = ("made", (gone,), tmp_path / "cache", tmp_path / "shelf", quiet, Transport.LOOPBACK)
    if not optional:
        with pytest.raises(DownloadError, match="gone"):
            install_downloads(*how)
        return
    built = install_downloads(*how)
    assert built.left_out == (Role.LIVENESS,)


def test_an_archive_is_fetched_and_installed(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    content = zipped(write_pack(tmp_path / "from"), tmp_path / "p.zip").read_bytes()
    monkeypatch.setattr(f"{__name__}.CONTENT", content)
    found = hashlib.sha256(content).hexdigest()
    pack = install_url(server.url(), found, tmp_path / "cache", tmp_path / "shelf", quiet, Transport.LOOPBACK)
    assert pack.folder == tmp_path / "shelf" / "sample"
    with pytest.raises(DownloadError, match=f"expected {'0' * 64}"):
        install_url(server.url(), "0" * 64, tmp_path / "cache", tmp_path / "shelf", quiet, Transport.LOOPBACK)


def test_a_recipe_without_known_downloads_says_what_to_do_instead(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="facelatch pack build buffalo_sc --from DIR"):
        install_recipe("buffalo_sc", tmp_path, tmp_path, quiet)


def test_a_recipe_of_installed_files_is_built_without_any_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(install_module, "build", lambda *arguments: asked.append(arguments))
    install_recipe("classic", tmp_path / "cache", tmp_path / "shelf", quiet)
    assert asked == [("classic", None, tmp_path / "shelf")]
    assert not (tmp_path / "cache").exists()


def test_root_s_downloads_are_not_kept_in_a_user_s_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert install_module.default_cache() == tmp_path / "facelatch" / "downloads"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert install_module.default_cache() == Path.home() / ".cache" / "facelatch" / "downloads"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert install_module.default_cache() == Path("/var/cache/facelatch/downloads")
