"""What the Debian packages hold: files, libraries without executable stacks, units and desktop files that are fine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import Run
from tests.packaging.expectation import PACKAGES, PRIVATE, differences, expected
from tests.places import TREE


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_holds_the_files_that_its_list_names_and_no_others(debs: dict[str, Path], package: str) -> None:
    listing = subprocess.run(["dpkg-deb", "--contents", debs[package]], capture_output=True, text=True, check=True)
    files = [line.split(maxsplit=5)[5].removeprefix("./") for line in listing.stdout.splitlines() if line[0] != "d"]
    assert differences(expected(package), files) == []


def test_lintian_finds_nothing_that_no_override_gives_a_reason_for(debs: dict[str, Path]) -> None:
    done = subprocess.run(["lintian", "--allow-root", *debs.values()], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_override_has_its_reason_above_it(package: str) -> None:
    lines = (TREE / "packaging" / "debian" / f"{package}.lintian-overrides").read_text().splitlines()
    assert lines[0].startswith("# ")
    assert all(line.startswith(("# ", f"{package}: ")) for line in lines)


def test_no_library_asks_for_an_executable_stack(unpacked: Path) -> None:
    libraries = [file for file in unpacked.rglob("*") if re.search(r"\.so(\.|$)", file.name) and file.is_file()]
    assert len(libraries) > 100
    headers = subprocess.run(["readelf", "-lW", *libraries], capture_output=True, text=True, check=True).stdout
    stacks = [line.split()[-2] for line in headers.splitlines() if line.split()[:1] == ["GNU_STACK"]]
    assert set(stacks) == {"RW"}


def test_no_library_misses_another(unpacked: Path, installed: Run) -> None:
    libraries = [file for file in (unpacked / PRIVATE).rglob("*") if re.search(r"\.so(\.|$)", file.name)]
    done = installed("ldd", *("/" / file.relative_to(unpacked) for file in libraries))
    missing = {line.split()[0] for line in done.stdout.splitlines() if "not found" in line}
    # A module's own symbols come from the one that loads it: Qt's plugins and shiboken find theirs by their folders.
    assert missing == set()


def test_the_installed_units_are_fine(installed: Run) -> None:
    units = [unit.name for unit in (TREE / "systemd").glob("facelatch*.*")]
    done = installed("systemd-analyze", "verify", "--recursive-errors=no", *units)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_installed_desktop_file_and_metainfo_are_fine(unpacked: Path) -> None:
    share = unpacked / "usr/share"
    desktop = ["desktop-file-validate", share / "applications/org.facelatch.Settings.desktop"]
    subprocess.run(desktop, check=True)
    metainfo = ["appstreamcli", "validate", "--no-net", share / "metainfo/org.facelatch.Settings.metainfo.xml"]
    subprocess.run(metainfo, check=True, capture_output=True)


def test_the_dependency_on_python_is_bounded_to_the_minor_version_it_was_built_for(debs: dict[str, Path]) -> None:
    depends = subprocess.run(
        ["dpkg-deb", "--field", debs["facelatch"], "Depends"], capture_output=True, text=True, check=True
    ).stdout
    lowest, next_one = re.findall(r"python3 \((?:>=|<<) 3\.(\d+)~\)", depends)
    assert int(next_one) == int(lowest) + 1


def test_profiles_are_off_until_an_administrator_says_so(unpacked: Path) -> None:
    for profile in (unpacked / "usr/share/pam-configs").iterdir():
        assert "\nDefault: no\n" in profile.read_text()
