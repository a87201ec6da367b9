from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from facelatch.cli.pam.login import find_session
from facelatch.doctor.bus import BusDown, CallFailed
from facelatch.pam.application import apply
from facelatch.pam.backup import Backups, Shelf, Written
from facelatch.pam.change import Change, Plan
from facelatch.pam.confirmation import (
    NotConfirmed,
    Outcome,
    Session,
    check_new,
    judge,
    settle,
    to_try,
    try_all,
)
from facelatch.pam.files import read
from facelatch.pam.password import End, Trial
from facelatch.pam.planning import Request, plan, without
from facelatch.pam.reversion import NotReverted, revert, revertible
from facelatch.pam.rollback import NoRollback
from tests.unit.facelatch_pam.image import BEFORE, COMMON, PLAN, SUDO, Timer, holds, look, machine
from tests.unit.facelatch_pam.stacks import ARCH, DEBIAN, FEDORA, SUSE, laid, write

WRITTEN = Written("this-boot", 5_000_000, "2026-11-22T22:00:00+00:00", {})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return machine(tmp_path / "root", BEFORE)


def session(began: int, kind: str = "user") -> Session:
    return Session("alice", kind, began, "pts/1")


class Logind:
    """A bus on which logind knows one session, or says why there is none."""

    def __init__(self, told: dict[str, object] | Exception) -> None:
        self._told = told

    def call(self, _service: str, path: str, _interface: str, method: str, *_arguments: object) -> tuple[object, ...]:
        if isinstance(self._told, Exception):
            raise self._told
        if method == "GetSessionByPID":
            return ("/org/freedesktop/login1/session/_31",)
        return ({name: ("x", value) for name, value in self._told.items()},)


def test_a_session_that_began_after_the_change_may_confirm_it() -> None:
    check_new(session(5_000_001), WRITTEN, "this-boot")


@pytest.mark.parametrize("began", [4_999_999, 5_000_000, 0])
def test_an_older_session_may_not(began: int) -> None:
    with pytest.raises(NotConfirmed, match=r"older than the change.*log in anew"):
        check_new(session(began), WRITTEN, "this-boot")


def test_after_a_restart_every_session_is_new() -> None:
    check_new(session(1), WRITTEN, "the-next-boot")


@pytest.mark.parametrize("kind", ["greeter", "background", "lock-screen", "manager", ""])
def test_what_is_no_persons_login_may_not(kind: str) -> None:
    with pytest.raises(NotConfirmed, match="no person's login"):
        check_new(session(9_000_000, kind), WRITTEN, "this-boot")


def test_the_session_is_what_logind_says_of_this_process() -> None:
    told: dict[str, object] = {"Name": "alice", "Class": "user", "TimestampMonotonic": 7, "TTY": "tty3"}
    assert find_session(Logind(told)) == Session("alice", "user", 7, "tty3")


@pytest.mark.parametrize("told", [
    BusDown("no bus"),
    CallFailed("org.freedesktop.DBus.Error.ServiceUnknown", "no logind"),
    {"Name": "alice"},
    {"Name": "alice", "Class": "user", "TimestampMonotonic": "soon"},
], ids=["no bus", "no logind", "no time", "a strange time"])  # fmt: skip
def test_without_a_word_of_logind_nothing_is_confirmed(told: dict[str, object] | Exception) -> None:
    with pytest.raises(NotConfirmed, match="log in anew"):
        find_session(Logind(told))


STACKS = {
    "common-auth": "auth sufficient pam_facelatch.so\nauth required pam_unix.so\n",
    "sudo": "@include common-auth\n",
    "cron": "auth required pam_env.so\n@include common-auth\n",
    "login": "auth requisite pam_nologin.so\n@include common-auth\n",
    "su": "auth sufficient pam_rootok.so\n@include common-auth\n",
    "kde-face": "auth required pam_facelatch.so\n",
    "broken": "auth required\n@include nothing-of-that-name\n",
    "other": "auth required pam_deny.so\n",
}


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    folder = tmp_path / "etc/pam.d"
    folder.mkdir(parents=True)
    for name, text in STACKS.items():
        (folder / name).write_text(text)
    return tmp_path


def test_of_services_that_ask_alike_one_is_tried(stacks: Path) -> None:
    (stacks / "etc/pam.d/atd").write_text("@include common-auth\n")
    assert to_try(("atd", "sudo"), stacks) == ("sudo",)


def test_each_that_asks_in_another_way_is_tried_the_familiar_first(stacks: Path) -> None:
    assert to_try(("cron", "login", "su", "sudo"), stacks) == ("sudo", "login", "su", "cron")


def test_what_has_no_password_or_is_not_there_is_not_tried(stacks: Path) -> None:
    assert to_try(("kde-face", "gone", "sudo"), stacks) == ("sudo",)


def test_for_a_face_alone_the_service_beside_it_is_tried_else_a_familiar_one(stacks: Path) -> None:
    assert to_try(("kde-face",), stacks) == ("sudo",)
    (stacks / "etc/pam.d/kde").write_text("auth required pam_unix.so\n")
    assert to_try(("kde-face",), stacks) == ("kde",)


HOWDY = "auth sufficient pam_howdy.so\n"


@pytest.mark.parametrize("distribution", [DEBIAN, ARCH, FEDORA, SUSE], ids=["Debian", "Arch", "Fedora", "SUSE"])
@pytest.mark.parametrize("request_", [
    Request(("sudo",)), Request(slots=("kde-face",)), Request(slots=("gdm-fingerprint",)), None,
], ids=["a service", "kde-face", "gdm-fingerprint", "Howdy's lines"])  # fmt: skip
def test_every_change_can_be_confirmed_by_a_password(
    tmp_path: Path, distribution: dict[str, str], request_: Request | None
) -> None:
    root = laid(tmp_path, **{**distribution, "sudo": (HOWDY if request_ is None else "") + distribution["sudo"]})
    made = without(root, lambda entry: entry.name == "pam_howdy") if request_ is None else plan(request_, root)
    assert made.changes
    write(made, root)
    assert to_try(made.services, root)


def test_what_libpam_would_refuse_is_tried_so_that_it_is_found(stacks: Path) -> None:
    assert "broken" in to_try(("broken", "sudo"), stacks)


@pytest.mark.parametrize(("trial", "outcome"), [
    (Trial("sudo", End.OPENED, True), Outcome.RIGHT),
    (Trial("sudo", End.OPENED, False), Outcome.LEFT_OUT),
    (Trial("sudo", End.REFUSED, True, "Authentication failure"), Outcome.WRONG),
    (Trial("sudo", End.REFUSED, False, "Permission denied"), Outcome.WRONG),
    (Trial("login", End.REFUSED, False, "Permission denied"), Outcome.LEFT_OUT),
    (Trial("login", End.REFUSED, True, "Authentication failure"), Outcome.WRONG),
    (Trial("sudo", End.HUNG, True), Outcome.WRONG),
    (Trial("sudo", End.DIED, True), Outcome.WRONG),
    (Trial("login", End.HUNG, False), Outcome.WRONG),
])  # fmt: skip
def test_only_a_password_that_was_asked_for_and_taken_is_right(stacks: Path, trial: Trial, outcome: Outcome) -> None:
    found, sentence = judge(trial, stacks)
    assert found is outcome
    assert sentence.startswith(trial.service)
    assert sentence.endswith(".")


def tried(trials: Sequence[Trial], root: Path) -> tuple[list[str], list[str], str]:
    """Return which services were tried, what was said of them, and why it is not confirmed."""
    asked: list[str] = []
    said: list[str] = []

    def one(service: str) -> Trial:
        asked.append(service)
        return next(trial for trial in trials if trial.service == service)

    try:
        said += try_all([trial.service for trial in trials], one, root)
    except NotConfirmed as error:
        return asked, said, str(error)
    return asked, said, ""


def test_a_service_that_fails_ends_it_before_another_is_tried(stacks: Path) -> None:
    trials = (Trial("sudo", End.REFUSED, True, "Authentication failure"), Trial("su", End.OPENED, True))
    asked, _, why = tried(trials, stacks)
    assert asked == ["sudo"]
    assert "sudo does not take the password (Authentication failure)" in why


def test_a_later_failure_ends_it_too(stacks: Path) -> None:
    trials = (Trial("sudo", End.OPENED, True), Trial("su", End.REFUSED, True), Trial("cron", End.OPENED, True))
    asked, _, why = tried(trials, stacks)
    assert asked == ["sudo", "su"]
    assert why


def test_where_no_service_asked_nothing_is_confirmed(stacks: Path) -> None:
    for trials in ((), (Trial("sudo", End.OPENED, False), Trial("login", End.REFUSED, False))):
        assert "no service that was changed has asked" in tried(trials, stacks)[2]


def test_one_that_says_nothing_stands_not_in_the_way_of_one_that_is_right(stacks: Path) -> None:
    asked, said, why = tried((Trial("su", End.OPENED, False), Trial("sudo", End.OPENED, True)), stacks)
    assert (asked, why) == (["su", "sudo"], "")
    assert "which says nothing of it" in said[0]


def pending(root: Path) -> tuple[Backups, Written, Timer]:
    timer = Timer(root)
    apply(PLAN, root, timer, 300)
    backups = Backups(root)
    written = backups.written(Shelf.PENDING)
    assert written is not None
    return backups, written, timer


def test_a_confirmed_change_stays_and_can_be_taken_back_later(root: Path) -> None:
    before = look(root)
    backups, written, timer = pending(root)
    settle(backups, written, timer)
    assert not timer.armed
    assert holds(root, PLAN)
    assert revertible(backups) is Shelf.LAST
    revert(backups, Shelf.LAST, None)
    assert look(root) == before


def test_a_change_that_was_undone_meanwhile_is_not_confirmed(root: Path) -> None:
    backups, written, timer = pending(root)
    backups.restore(Shelf.PENDING)
    with pytest.raises(NotConfirmed, match="too late"):
        settle(backups, written, timer)
    assert not backups.holds(Shelf.LAST)


def test_another_change_than_the_one_that_was_tried_is_not_confirmed(root: Path) -> None:
    backups, written, timer = pending(root)
    backups.restore(Shelf.PENDING)
    apply(PLAN, root, timer, 300)
    with pytest.raises(NotConfirmed, match="too late"):
        settle(backups, written, timer)
    assert backups.holds(Shelf.PENDING)


def test_while_the_rollback_runs_nothing_is_confirmed(root: Path) -> None:
    class Running(Timer):
        def disarm(self) -> None:
            raise NoRollback("it is being undone just now")

    backups, written, _ = pending(root)
    with pytest.raises(NotConfirmed, match="being undone"):
        settle(backups, written, Running(root))
    assert backups.holds(Shelf.PENDING)


def test_of_two_changes_that_were_confirmed_the_last_is_taken_back(root: Path) -> None:
    backups, written, timer = pending(root)
    settle(backups, written, timer)
    between = look(root)
    apply(Plan((Change(SUDO, read(root, SUDO), None),), ("sudo",)), root, None, 300)
    assert look(root) != between
    revert(backups, revertible(backups), None)
    assert look(root) == between


def test_an_unconfirmed_change_is_undone_at_once(root: Path) -> None:
    before = look(root)
    backups, _, timer = pending(root)
    assert revertible(backups) is Shelf.PENDING
    said = revert(backups, Shelf.PENDING, timer)
    assert timer.fired == 1
    assert "put back /etc/pam.d/common-auth" in said
    assert look(root) == before
    assert not timer.armed


def test_it_is_undone_although_systemd_gives_no_answer(root: Path) -> None:
    class Deaf(Timer):
        def fire(self) -> None:
            raise NoRollback("systemctl: timed out")

        disarm = fire

    before = look(root)
    backups, _, _ = pending(root)
    assert "timed out" in revert(backups, Shelf.PENDING, Deaf(root))
    assert look(root) == before


def test_what_others_have_changed_since_is_not_taken_from_them(root: Path) -> None:
    backups, written, timer = pending(root)
    settle(backups, written, timer)
    place = root / COMMON.relative_to("/")
    place.write_text(place.read_text() + "auth optional pam_cap.so\n")
    after = look(root)
    with pytest.raises(NotReverted, match=r"/etc/pam\.d/common-auth.*facelatch pam plan --remove"):
        revertible(backups)
    assert look(root) == after


def test_without_a_change_there_is_nothing_to_take_back(root: Path) -> None:
    with pytest.raises(NotReverted, match="no change"):
        revertible(Backups(root))


def test_one_that_broke_off_is_put_back_by_revert(root: Path) -> None:
    before = look(root)
    backups, _, _ = pending(root)
    (backups.folder(Shelf.PENDING) / "written.json").unlink()
    revert(backups, revertible(backups), None)
    assert look(root) == before
