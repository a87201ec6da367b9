"""`make install` and `make uninstall` into a folder, without third-party packages: what lies where afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from facelatch.pam.wiring import Wired, explain
from tests.packaging.expectation import PACKAGES, PRIVATE, differences, expected, files_below, without_others
from tests.places import TREE

DATA = ("var/lib/facelatch/faces.db", "var/lib/facelatch-counter/generation", "etc/facelatch/facelatch.toml",
        "etc/credstore.encrypted/facelatch.key", "var/lib/facelatch-pam/last/restore")  # fmt: skip


def make(target: str, destination: Path, scratch: Path, *settings: str) -> None:
    """Run a target of the tree's Makefile for a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", target, f"DESTDIR={destination}", f"BUILD={scratch}", "DEPENDENCIES=distribution",
         f"SYSTEM_PYTHON={sys.executable}", "ZSH=vendor-completions", "ACCOUNTS=common-account",
         "MODULES=/usr/lib/here/security", *settings],
        cwd=TREE, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the door and the manual are built, once for all tests here."""
    return tmp_path_factory.mktemp("build")


def test_an_installation_holds_the_files_that_the_lists_name_and_no_others(tmp_path: Path, scratch: Path) -> None:
    make("install", tmp_path, scratch, "PREFIX=/usr", "BYTECODE=no")
    patterns = [pattern for package in PACKAGES for pattern in without_others(expected(package))]
    patterns += [
        "usr/lib/facelatch/installed",
        "usr/share/doc/facelatch/LICENSE",
        "usr/share/doc/facelatch/CHANGELOG.md",
    ]
    assert differences(patterns, files_below(tmp_path)) == []


@pytest.mark.parametrize("shared", ["common-account", "system-auth"])
def test_the_service_for_kde_is_one_that_pam_takes_in_on_that_distribution(
    tmp_path: Path, scratch: Path, shared: str
) -> None:
    make("install", tmp_path, scratch, "PREFIX=/usr", "BYTECODE=no", f"ACCOUNTS={shared}")
    folder = tmp_path / "etc/pam.d"
    folder.mkdir(parents=True)
    (folder / shared).write_text("auth required pam_unix.so\naccount required pam_unix.so\n")
    found = explain("kde-face", tmp_path)
    assert (found.wired, found.faults) == (Wired.BESIDE, ())
    assert f"include {shared}" in " ".join((tmp_path / "usr/lib/pam.d/kde-face").read_text().split())


def test_every_module_of_ours_is_installed(tmp_path: Path, scratch: Path) -> None:
    make("install", tmp_path, scratch, "PREFIX=/usr", "BYTECODE=no")
    rooms = [TREE / room for room in ("client", "daemon", "models", "gui")]
    sources = {str(file.relative_to(room)) for room in rooms for file in room.rglob("*.py")}
    installed = {str(file.relative_to(tmp_path / PRIVATE)) for file in (tmp_path / PRIVATE).rglob("*.py")}
    assert installed == sources


def test_units_and_launchers_name_the_prefix_that_was_asked_for(tmp_path: Path, scratch: Path) -> None:
    make("install", tmp_path, scratch, "PREFIX=/opt/face", "BYTECODE=no")
    for unit in (tmp_path / "usr/lib/systemd/system").glob("facelatch*.service"):
        if "libexec" in unit.read_text():
            assert "/opt/face/libexec/facelatch/" in unit.read_text()
            assert "=/usr/libexec" not in unit.read_text()
    assert '"/opt/face/lib/facelatch/python"' in (tmp_path / "opt/face/bin/facelatch").read_text()


def test_installing_twice_is_installing_once(tmp_path: Path, scratch: Path) -> None:
    make("install", tmp_path, scratch, "PREFIX=/usr")
    once = files_below(tmp_path)
    (tmp_path / PRIVATE / "facelatch" / "left_over.py").touch()
    record = tmp_path / "usr/lib/facelatch/installed"
    record.write_text(record.read_text() + f"/{PRIVATE}facelatch/left_over.py\n")
    make("install", tmp_path, scratch, "PREFIX=/usr")
    assert files_below(tmp_path) == once


@pytest.mark.parametrize("purge", [False, True])
def test_uninstalling_leaves_data_and_what_was_there_before(tmp_path: Path, scratch: Path, purge: bool) -> None:
    (tmp_path / "usr/share").mkdir(parents=True)
    (tmp_path / "usr/share/others").touch()
    make("install", tmp_path, scratch, "PREFIX=/usr")
    make("install", tmp_path, scratch, "PREFIX=/usr")
    for name in DATA:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    make("uninstall", tmp_path, scratch, "PREFIX=/usr", *(["PURGE=1"] if purge else []))
    assert files_below(tmp_path) == sorted(["usr/share/others", *([] if purge else DATA)])
    assert [path.name for path in (tmp_path / "usr").iterdir()] == ["share"]
