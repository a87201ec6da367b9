from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch.pam.application import apply
from facelatch.pam.backup import Backups, Shelf
from facelatch.pam.change import Change, Content, Plan
from tests.places import TREE
from tests.unit.facelatch_pam.image import BEFORE, CHANGES, COMMON, KDE, PLAN, Timer, holds, look, machine

TOOLS = ("cp", "mv", "rm", "chmod", "chown", "sync", "rmdir")
"""All that the script may need beside sh: nothing of Python's, nothing of ours, no library but the C library."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return machine(tmp_path / "root", BEFORE)


def script_of(root: Path, shelf: Shelf = Shelf.PENDING) -> Path:
    return Backups(root).folder(shelf) / "restore"


def run(script: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", script],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **environment},
        check=False,
    )


def test_it_puts_everything_back_and_says_so(root: Path) -> None:
    before = look(root)
    apply(PLAN, root, Timer(root), 300)
    done = run(script_of(root))
    assert done.returncode == 0, done.stderr
    assert look(root) == before
    assert "facelatch: put back /etc/pam.d/common-auth\n" in done.stdout
    assert "facelatch: removed /etc/pam.d/kde-face, which was not there before\n" in done.stdout
    assert not (root / "etc/authselect").exists()
    backups = Backups(root)
    assert backups.holds(Shelf.UNDONE)
    assert not backups.holds(Shelf.PENDING)


def test_it_may_be_run_again(root: Path) -> None:
    before = look(root)
    apply(PLAN, root, Timer(root), 300)
    run(script_of(root))
    again = run(script_of(root, Shelf.UNDONE))
    assert again.returncode == 0, again.stderr
    assert look(root) == before


def test_it_needs_sh_and_a_few_tools_only(root: Path, tmp_path: Path) -> None:
    before = look(root)
    apply(PLAN, root, Timer(root), 300)
    bare = tmp_path / "bare"
    bare.mkdir()
    for tool in TOOLS:
        (bare / tool).symlink_to(str(shutil.which(tool)))
    done = run(script_of(root), PATH=str(bare))
    assert done.returncode == 0, done.stderr
    assert look(root) == before


def test_it_is_plain_sh(root: Path) -> None:
    apply(PLAN, root, Timer(root), 300)
    dash = shutil.which("dash")
    if dash is None:
        pytest.skip("needs dash, which knows nothing but plain sh")
    assert subprocess.run([dash, "-n", script_of(root)], check=False).returncode == 0


@pytest.mark.parametrize("spoil", ["permit", "gone", "mode", "link", "leftover"])
def test_whatever_became_of_the_files_they_come_back(root: Path, spoil: str) -> None:
    before = look(root)
    apply(PLAN, root, Timer(root), 300)
    place = root / "etc/pam.d/common-auth"
    match spoil:
        case "permit":
            place.write_text("broken on purpose")
        case "gone":
            place.unlink()
        case "mode":
            place.chmod(0)
        case "link":
            place.unlink()
            place.symlink_to("/dev/null")
        case "leftover":
            (place.parent / ".facelatch-new.sudo").write_text("half of a fi")
    done = run(script_of(root))
    assert done.returncode == 0, done.stderr
    assert look(root) == before


def test_one_file_that_cannot_be_put_back_keeps_no_other_away(root: Path) -> None:
    before = look(root)
    apply(PLAN, root, Timer(root), 300)
    missing = Backups(root).folder(Shelf.PENDING) / "file-0"
    kept = missing.read_bytes()
    missing.unlink()
    done = run(script_of(root))
    assert done.returncode == 1
    assert "could NOT put back /etc/pam.d/common-auth" in done.stdout
    left = look(root)
    assert {path for path in before if left.get(path) != before[path]} == {"etc/pam.d/common-auth"}
    assert Backups(root).holds(Shelf.PENDING), "it is to be tried again"
    missing.write_bytes(kept)
    assert run(script_of(root)).returncode == 0
    assert look(root) == before


def test_a_folder_that_somebody_uses_by_now_stays(root: Path) -> None:
    apply(PLAN, root, Timer(root), 300)
    other = root / "etc/authselect/other"
    other.write_text("somebody's")
    done = run(script_of(root))
    assert done.returncode == 0, done.stderr
    assert other.read_text() == "somebody's"
    assert not (root / "etc/authselect/custom").exists()


def test_a_script_that_lies_elsewhere_does_nothing(root: Path, tmp_path: Path) -> None:
    apply(PLAN, root, Timer(root), 300)
    moved = tmp_path / "restore"
    shutil.copy(script_of(root), moved)
    done = run(moved)
    assert done.returncode == 2
    assert "whole path" in done.stderr
    assert holds(root, PLAN)


def test_an_image_that_was_moved_is_put_back_where_it_is(root: Path, tmp_path: Path) -> None:
    before = look(root)
    apply(PLAN, root, Timer(root), 300)
    moved = root.rename(tmp_path / "elsewhere")
    assert run(script_of(moved)).returncode == 0
    assert look(moved) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_owners_come_back(tmp_path: Path) -> None:
    owned = Content(b"auth required pam_unix.so\n", 0o640, 0, 42)
    root = machine(tmp_path / "root", {COMMON: owned})
    place = root / "etc/pam.d/common-auth"
    os.chown(place, owned.owner, owned.group)
    apply(Plan((Change(COMMON, owned, Content(b"", 0o600, 0, 0)),), ()), root, Timer(root), 300)
    assert (place.stat().st_gid, place.stat().st_mode & 0o777) == (0, 0o600)
    assert run(script_of(root)).returncode == 0
    assert (place.stat().st_gid, place.stat().st_mode & 0o777) == (42, 0o640)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
)
MODES = st.sampled_from([0o644, 0o600, 0o640, 0o755, 0o444])
CONTENTS = st.builds(lambda data, mode: Content(data, mode, os.getuid(), os.getgid()), st.binary(max_size=200), MODES)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        NAMES.filter(lambda name: name not in (".", "..")),
        st.tuples(*[st.none() | CONTENTS] * 2),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_files_hold_and_are_called_they_come_back(
    files: dict[str, tuple[Content | None, Content | None]],
) -> None:
    changes = tuple(
        Change(PurePosixPath("/etc/pam.d") / name, before, after) for name, (before, after) in files.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        root = machine(Path(folder), {change.path: change.before for change in changes if change.before is not None})
        (root / "etc/pam.d").mkdir(parents=True, exist_ok=True)
        before = look(root)
        apply(Plan(changes, ()), root, Timer(root), 300)
        assert holds(root, Plan(changes, ()))
        done = run(script_of(root))
        assert done.returncode == 0, done.stderr
        assert look(root) == before


SHIM = """\
#!/bin/sh
# Counts the steps of the script that calls it, and kills that script at one: before the step, in the middle, or after.
read count < {counter}; count=$((count + 1)); echo $count > {counter}
[ $count -eq {at} ] || exec {tool} "$@"
case {when} in
    after) {tool} "$@" ;;
    amid) [ {name} != cp ] || for last; do :; done; [ {name} != cp ] || echo half > "$last" ;;
esac
kill -9 $PPID
"""


@pytest.mark.parametrize("when", ["before", "amid", "after"])
def test_killed_at_any_step_a_second_run_puts_everything_back(tmp_path: Path, when: str) -> None:
    few = Plan(tuple(change for change in CHANGES if change.path in (COMMON, KDE)), ())
    at = 1
    while _killed(tmp_path / f"{at}", few, at, when):
        at += 1
    assert at > 12, "it takes more steps than that"


def _killed(folder: Path, plan: Plan, at: int, when: str) -> bool:
    """Kill it at a step, run it again and hold the files against what they were; False where it was done before."""
    root = machine(folder / "root", BEFORE)
    before = look(root)
    apply(plan, root, Timer(root), 300)
    after = look(root)
    counter = folder / "count"
    counter.write_text("0\n")
    for name in TOOLS:
        shim = folder / name
        shim.write_text(SHIM.format(counter=counter, at=at, tool=shutil.which(name), when=when, name=name))
        shim.chmod(0o755)
    done = run(script_of(root), PATH=f"{folder}:{os.environ['PATH']}")
    for path, lies in look(root).items():
        if "/.facelatch-" not in path:
            assert lies in (before.get(path), after.get(path)), "a file is the old one or the new one, never half"
    shelf = Shelf.PENDING if Backups(root).holds(Shelf.PENDING) else Shelf.UNDONE
    again = run(script_of(root, shelf))
    assert again.returncode == 0, again.stderr
    assert look(root) == before, at
    return done.returncode == -signal.SIGKILL


def test_the_unit_runs_the_script_that_is_pending() -> None:
    unit = (TREE / "systemd/facelatch-pam-rollback.service").read_text()
    assert "ConditionPathExists=/var/lib/facelatch-pam/pending/restore\n" in unit
    assert "ExecStart=/bin/sh /var/lib/facelatch-pam/pending/restore\n" in unit
    assert Backups(Path("/")).folder(Shelf.PENDING) / "restore" == Path("/var/lib/facelatch-pam/pending/restore")
