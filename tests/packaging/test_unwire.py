"""What a package does to PAM's files before its module goes, on a root of the test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.places import TREE

ANOTHER = "auth required pam_unix.so\n"
OURS = "auth sufficient pam_facelatch.so\n" + ANOTHER


def asked_of_the_command(root: Path) -> list[str]:
    """Run the script, and return what it has called the command with."""
    run(root)
    calls = root / "calls"
    return calls.read_text().splitlines() if calls.exists() else []


def run(root: Path) -> str:
    """Run the script as it is but for its root, with a command that does nothing, and return what it complains of."""
    text = (TREE / "packaging/unwire.sh").read_text()
    for place in ("/etc/", "/var/lib/"):
        text = text.replace(f" {place}", f" {root}{place}")
    script, command, calls = root / "unwire", root / "facelatch", root / "calls"
    script.write_text(text)
    command.write_text(f'#!/bin/sh\necho "$*" >>{calls}\n')
    command.chmod(0o755)
    # pam-auth-update, and its like, would work on this machine's files.
    tools = root / "tools"
    tools.mkdir()
    for tool in ("grep", "rm", "tr"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    done = subprocess.run(
        ["/bin/sh", str(script), str(command)], check=True, env={"PATH": str(tools)}, stderr=subprocess.PIPE, text=True
    )
    return done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc/pam.d").mkdir(parents=True)
    return tmp_path


def pending(root: Path) -> None:
    folder = root / "var/lib/facelatch-pam/pending"
    folder.mkdir(parents=True)
    (folder / "restore").touch()


def test_where_nothing_is_ours_nothing_is_called(root: Path) -> None:
    (root / "etc/pam.d/sudo").write_text(ANOTHER)
    assert asked_of_the_command(root) == []


def test_the_lines_of_the_face_are_taken_out(root: Path) -> None:
    (root / "etc/pam.d/sudo").write_text(OURS)
    assert asked_of_the_command(root) == ["pam apply --remove --yes --without-rollback"]


def test_a_change_that_nobody_has_confirmed_is_undone_even_where_it_took_our_lines_out(root: Path) -> None:
    (root / "etc/pam.d/sudo").write_text(ANOTHER)
    pending(root)
    assert asked_of_the_command(root) == ["pam revert --yes"]


@pytest.mark.parametrize("old_file", [True, False], ids=["with pam.conf", "without"])
def test_a_line_that_stays_is_told_of(root: Path, old_file: bool) -> None:
    (root / "etc/pam.d/sudo").write_text(OURS)
    (root / "etc/pam.d/su").write_text(f"# {OURS}")
    if old_file:
        (root / "etc/pam.conf").touch()
    said = run(root)
    assert f"take its lines out by hand: {root}/etc/pam.d/sudo" in said
    assert "pam.d/su " not in said


def test_no_later_installation_can_put_the_lines_back_by_revert(root: Path) -> None:
    (root / "etc/pam.d/sudo").write_text(OURS)
    (root / "var/lib/facelatch-pam/last").mkdir(parents=True)
    run(root)
    assert not (root / "var/lib/facelatch-pam/last").exists()
