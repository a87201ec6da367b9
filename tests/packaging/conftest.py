"""The packages of `make check-packages`, and a place where they are installed without changing the machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.expectation import PACKAGES

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def debs() -> dict[str, Path]:
    """The packages by name."""
    folder = os.environ.get("FACELATCH_PACKAGES")
    if not folder:
        pytest.skip("needs the packages: make check-packages")
    return {package: next(Path(folder).glob(f"{package}_*.deb")) for package in PACKAGES}


@pytest.fixture(scope="session")
def unpacked(debs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the packages hold."""
    root = tmp_path_factory.mktemp("unpacked")
    for deb in debs.values():
        subprocess.run(["dpkg-deb", "--extract", deb, root], check=True)
    return root


@pytest.fixture(scope="session")
def installed(unpacked: Path) -> Run:
    """Runs a command where the packages' /usr lies over this machine's, for that command alone (a mount namespace).

    `above` are further folders to lie over /usr, above the packages'.
    """
    if os.geteuid() != 0:
        pytest.skip("needs root, to lay one folder over another")

    def run(*command: str | Path, above: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        layers = ":".join(str(layer / "usr") for layer in (above, unpacked) if layer)
        return subprocess.run(
            ["unshare", "--mount", "sh", "-ec", f'mount -t overlay overlay -o lowerdir={layers}:/usr /usr; exec "$@"',
             "sh", *command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", **environment},
            capture_output=True, text=True, check=False, timeout=100, cwd="/",
        )  # fmt: skip

    return run
