"""The module as it is built."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pam.conftest import make


@pytest.fixture(scope="module")
def plain_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build = tmp_path_factory.mktemp("plain")
    make("all", build)
    return build / "pam_facelatch.so"


def test_gcc_and_clang_build_it_and_it_exports_pam_s_functions_only(tmp_path: Path) -> None:
    make("check", tmp_path)


def test_it_exports_authentication_and_credentials_and_nothing_else(plain_module: Path) -> None:
    library = ctypes.CDLL(str(plain_module))
    assert library.pam_sm_authenticate
    assert library.pam_sm_setcred
    for hidden in ("line_read", "judge_open", "options_read", "clock_now", "command_read"):
        assert not hasattr(library, hidden)


def test_it_needs_libpam_and_libc_only(plain_module: Path) -> None:
    if not shutil.which("readelf"):
        pytest.skip("needs readelf (binutils)")
    dynamic = subprocess.run(["readelf", "-dW", str(plain_module)], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].rstrip("]") for line in dynamic.splitlines() if "(NEEDED)" in line}
    assert needed == {"libpam.so.0", "libc.so.6"}


def test_it_keeps_no_state_of_its_own(plain_module: Path) -> None:
    """No object of ours in writable memory: a module is shared by all threads of its program."""
    if not shutil.which("nm"):
        pytest.skip("needs nm (binutils)")
    symbols = subprocess.run(["nm", "--format=posix", str(plain_module)], capture_output=True, text=True, check=True)
    writable = {words[0] for words in map(str.split, symbols.stdout.splitlines()) if words[1] in "bBdDC"}
    # what the linker and the start files put into every library
    assert {name for name in writable if not name.startswith(("_", "completed", "__"))} == set()
