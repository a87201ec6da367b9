from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from facelatch.pam.application import LeftHalfDone, NotApplied, Undone, apply
from facelatch.pam.backup import Backups, Busy, Damaged, Shelf
from facelatch.pam.change import Change, Plan
from facelatch.pam.files import read
from tests.unit.facelatch_pam.image import (
    BEFORE,
    CHANGES,
    COMMON,
    NOTES,
    PLAN,
    SUDO,
    Timer,
    holds,
    look,
    machine,
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return machine(tmp_path / "root", BEFORE)


def test_a_change_is_written_whole_and_waits_to_be_confirmed(root: Path) -> None:
    before, timer = look(root), Timer(root)
    apply(PLAN, root, timer, 300)
    assert holds(root, PLAN)
    assert timer.armed
    assert timer.seen == before, "nothing may be written before the rollback is armed"
    backups = Backups(root)
    written = backups.written(Shelf.PENDING)
    assert written is not None
    assert written.until
    assert written.moment > 0
    assert backups.record(Shelf.PENDING).services == ("sudo", "login")


def test_what_is_kept_is_for_root_alone(root: Path) -> None:
    apply(PLAN, root, Timer(root), 300)
    state = root / "var/lib/facelatch-pam"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "pending").stat().st_mode & 0o777 == 0o700


def test_without_a_rollback_it_stays_at_once_and_can_still_be_taken_back(root: Path) -> None:
    before = look(root)
    apply(PLAN, root, None, 300)
    backups = Backups(root)
    assert holds(root, PLAN)
    assert backups.holds(Shelf.LAST)
    assert not backups.holds(Shelf.PENDING)
    backups.restore(Shelf.LAST)
    assert look(root) == before


def test_a_second_change_waits_for_the_first_to_be_confirmed(root: Path) -> None:
    apply(PLAN, root, Timer(root), 300)
    after = look(root)
    with pytest.raises(NotApplied, match=r"facelatch pam confirm.*facelatch pam revert"):
        apply(Plan((Change(SUDO, read(root, SUDO), None),), ()), root, Timer(root), 300)
    assert look(root) == after


@pytest.mark.parametrize("spoil", [
    lambda place: place.write_text("auth required pam_permit.so\n"),
    lambda place: place.chmod(0o666),
    lambda place: place.unlink(),
    lambda place: (place.unlink(), place.symlink_to("common-auth")),
    lambda place: (place.unlink(), place.mkdir()),
    lambda place: (place.unlink(), os.mkfifo(place)),
], ids=["content", "mode", "gone", "link", "folder", "pipe"])  # fmt: skip
def test_a_file_that_is_not_as_the_plan_saw_it_stops_everything(root: Path, spoil: Callable[[Path], object]) -> None:
    spoil(root / "etc/pam.d/sudo")
    before, timer = look(root), Timer(root)
    with pytest.raises(NotApplied, match="sudo"):
        apply(PLAN, root, timer, 300)
    assert look(root) == before
    assert not timer.armed
    assert not Backups(root).holds(Shelf.PENDING)


def test_a_file_that_came_since_the_plan_stops_everything(root: Path) -> None:
    (root / "etc/pam.d/kde-face").write_text("somebody else's\n")
    with pytest.raises(NotApplied, match="kde-face is there by now"):
        apply(PLAN, root, Timer(root), 300)
    assert read(root, COMMON) == BEFORE[COMMON]


def test_a_link_out_of_an_image_is_not_followed(root: Path, tmp_path: Path) -> None:
    (root / "etc/pam.d").rename(tmp_path / "host")
    (root / "etc/pam.d").symlink_to(tmp_path / "host")
    with pytest.raises(NotApplied, match="over a link"):
        apply(PLAN, root, None, 300)
    assert (tmp_path / "host/common-auth").read_bytes() == BEFORE[COMMON].data


def test_nothing_is_written_where_no_rollback_can_be_armed(root: Path) -> None:
    before = look(root)
    with pytest.raises(NotApplied, match=r"no systemd here.*--without-rollback"):
        apply(PLAN, root, Timer(root, "no systemd here"), 300)
    assert look(root) == before
    assert not Backups(root).holds(Shelf.PENDING)
    apply(PLAN, root, Timer(root), 300)


def test_ctrl_c_while_the_rollback_is_armed_leaves_nothing_pending(root: Path) -> None:
    class Slow(Timer):
        def arm(self, seconds: int) -> None:
            super().arm(seconds)
            raise KeyboardInterrupt

    before, timer = look(root), Slow(root)
    with pytest.raises(KeyboardInterrupt):
        apply(PLAN, root, timer, 300)
    assert look(root) == before
    assert not Backups(root).holds(Shelf.PENDING)
    assert not timer.armed


def test_a_name_that_is_no_text_stops_everything(root: Path) -> None:
    strange = PurePosixPath(os.fsdecode(b"/etc/pam.d/\xff"))
    with pytest.raises(NotApplied, match="cannot be kept"):
        apply(Plan((Change(strange, None, BEFORE[COMMON]),), ()), root, Timer(root), 300)
    assert not Backups(root).holds(Shelf.PENDING)


def test_nothing_is_written_where_nothing_can_be_kept(root: Path) -> None:
    (root / "var/lib/facelatch-pam").write_text("in the way")
    before = look(root)
    with pytest.raises(Damaged, match="facelatch-pam"):
        apply(PLAN, root, Timer(root), 300)
    assert look(root) == before


def test_of_two_at_the_same_time_one_gives_way(root: Path) -> None:
    with Backups(root).locked(), pytest.raises(Busy):
        apply(PLAN, root, Timer(root), 300)


@pytest.mark.parametrize(
    "broken", [("false",), ("/nowhere/authselect", "select"), ("sh", "-c", "echo no profile; exit 3")]
)
def test_a_tool_that_fails_has_everything_put_back(root: Path, broken: tuple[str, ...]) -> None:
    before, timer = look(root), Timer(root)
    with pytest.raises(Undone, match="every file is as it was"):
        apply(replace(PLAN, commands=(broken,)), root, timer, 300)
    assert look(root) == before
    assert not (root / "etc/authselect").exists()
    assert not timer.armed
    assert Backups(root).holds(Shelf.UNDONE)


def test_what_a_tool_writes_is_put_back_too_where_the_plan_names_it(root: Path) -> None:
    before = look(root)
    kept = Change(SUDO, BEFORE[SUDO], BEFORE[SUDO])
    tool = ("sh", "-c", f"echo 'auth required pam_deny.so' > {root}/etc/pam.d/sudo")
    apply(Plan((*CHANGES[:-1], kept), ("sudo",), (tool,)), root, Timer(root), 300)
    written = Backups(root).written(Shelf.PENDING)
    assert written is not None
    assert Backups(root).changed_since(written) == []
    assert look(root) != before
    Backups(root).restore(Shelf.PENDING)
    assert look(root) == before


def appending(line: str, root: Path) -> Plan:
    """Return the plan with a tool behind it that adds a line to one of its files."""
    return replace(PLAN, commands=(("sh", "-c", f"echo '{line}' >> {root}/etc/pam.d/common-auth"),))


def test_a_tool_may_say_in_a_comment_when_it_was_run(root: Path) -> None:
    apply(appending("# written on a Sunday", root), root, Timer(root), 300)
    assert Backups(root).holds(Shelf.PENDING)


def test_a_tool_that_writes_what_was_not_planned_has_everything_put_back(root: Path) -> None:
    before = look(root)
    with pytest.raises(Undone, match="common-auth does not hold what was planned"):
        apply(appending("auth sufficient pam_permit.so", root), root, Timer(root), 300)
    assert look(root) == before


def test_a_rollback_that_comes_while_it_writes_has_the_last_word(root: Path) -> None:
    before = look(root)
    script = root / "var/lib/facelatch-pam/pending/restore"
    with pytest.raises(Undone):
        apply(replace(PLAN, commands=(("sh", str(script)), ("true",))), root, Timer(root), 300)
    assert look(root) == before
    assert not Backups(root).holds(Shelf.PENDING)


def test_a_rollback_that_comes_before_the_first_file_has_none_written(root: Path) -> None:
    class Hasty(Timer):
        def arm(self, seconds: int) -> None:
            super().arm(seconds)
            Backups(root).restore(Shelf.PENDING)

    before = look(root)
    with pytest.raises(Undone, match="the rollback came in between"):
        apply(PLAN, root, Hasty(root), 300)
    assert look(root) == before


def test_where_not_even_the_first_file_can_be_written_nothing_is_left_pending(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    before, timer = look(root), Timer(root)
    monkeypatch.setattr("facelatch.pam.application.files.replace", refused)
    (tmp_path / "cp").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "cp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Undone, match="Read-only file system; every file is as it was"):
        apply(PLAN, root, timer, 300)
    assert look(root) == before
    assert not Backups(root).holds(Shelf.PENDING)
    assert not timer.armed


def test_a_failure_of_putting_back_says_how_to_go_on(root: Path) -> None:
    spoil = ("sh", "-c", f"rm {root}/var/lib/facelatch-pam/pending/file-0; exit 1")
    timer = Timer(root)
    with pytest.raises(LeftHalfDone, match=r"could NOT put back /etc/pam.d/common-auth.*sh /.*pending/restore"):
        apply(replace(PLAN, commands=(spoil,)), root, timer, 300)
    assert timer.armed, "the timer is to try again"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file a context, which only root may")
def test_a_context_stays_with_its_file_there_and_back(root: Path) -> None:
    place, context = root / "etc/pam.d/common-auth", b"system_u:object_r:etc_t:s0\0"
    try:
        os.setxattr(place, "security.selinux", context)
    except OSError:
        pytest.skip("this file system keeps no contexts")
    apply(PLAN, root, Timer(root), 300)
    assert os.getxattr(place, "security.selinux") == context
    os.removexattr(place, "security.selinux")
    Backups(root).restore(Shelf.PENDING)
    assert os.getxattr(place, "security.selinux") == context


def test_folders_are_for_all_to_read_whatever_roots_umask_is(root: Path) -> None:
    before = os.umask(0o077)
    try:
        apply(PLAN, root, Timer(root), 300)
    finally:
        os.umask(before)
    assert (root / "etc/authselect/custom").stat().st_mode & 0o777 == 0o755
    assert holds(root, PLAN)


def test_ctrl_c_midway_puts_everything_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look(root)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    plan = replace(PLAN, commands=(("true",),))
    monkeypatch.setattr("facelatch.pam.application._run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply(plan, root, Timer(root), 300)
    assert look(root) == before


FEW = Plan(tuple(change for change in CHANGES if change.path not in (SUDO, NOTES)), ("sudo",))
"""A file of each kind: one that changes, one that comes, one that goes, and one that comes with its folders."""


def test_killed_at_any_step_it_is_undone_whole(tmp_path: Path) -> None:
    steps = _until_it_lives(lambda at: _killed(tmp_path, FEW, at, kept=False))
    assert steps > 100, "fewer files were touched than there are"


def test_killed_at_any_step_a_change_that_stays_at_once_is_undone_whole_or_made_whole(tmp_path: Path) -> None:
    steps = _until_it_lives(lambda at: _killed(tmp_path, Plan(CHANGES[:1], ()), at, kept=True))
    assert steps > 40, "fewer files were touched than there are"


def _until_it_lives(one: Callable[[int], bool]) -> int:
    """Kill at the first step, the second, and so on; return at which there was nothing left to do."""
    at = 1
    while one(at):
        at += 1
    return at


def _killed(folder: Path, plan: Plan, at: int, *, kept: bool) -> bool:
    """Kill it at a step and hold the files against what they may be; False where it was done before."""
    root = machine(folder / f"{at}", BEFORE)
    before = look(root)
    child = os.fork()
    if child == 0:
        _strike(plan, root, at, kept)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    backups = Backups(root)
    if backups.holds(Shelf.PENDING):
        backups.restore(Shelf.PENDING)
        assert look(root) == before, at
    elif backups.holds(Shelf.LAST):
        assert holds(root, plan), at
    else:
        assert look(root) == before, at
    return killed


def _strike(plan: Plan, root: Path, at: int, kept: bool) -> None:
    """Be killed at the given one of all the times that a file is opened, made, renamed, removed or changed."""
    count = 0

    def strike(event: str, _arguments: tuple[object, ...]) -> None:
        nonlocal count
        count += event == "open" or event.startswith("os.")
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(strike)
        apply(plan, root, None if kept else Timer(root), 300)
    finally:
        os._exit(0)
