"""`facelatch pam apply`, `confirm` and `revert` as called: on an image, or with a stand-in for the rollback."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from facelatch.cli.app import app
from facelatch.cli.failure import CommandFailed, ExitCode
from facelatch.cli.pam import apply as apply_command
from facelatch.cli.pam import confirm as confirm_command
from facelatch.cli.pam import login
from facelatch.cli.pam.apply import carry_out
from facelatch.pam import backup, confirmation, files, password, rollback
from facelatch.pam.application import apply
from facelatch.pam.backup import Backups, Shelf
from facelatch.pam.change import Plan
from facelatch.pam.confirmation import Session
from facelatch.pam.password import End, Style, Trial
from facelatch.pam.rollback import NoRollback
from tests.unit.facelatch_pam.image import BEFORE, PLAN, Timer, holds, look, machine

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as root, whoever runs the tests; answers come from `typed`."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(apply_command, "need_root", lambda: None)
    monkeypatch.setattr(confirm_command, "need_root", lambda: None)
    monkeypatch.setattr("facelatch.cli.pam.revert.need_root", lambda: None)
    return lambda *arguments, typed="": CliRunner().invoke(app, ["pam", *arguments], input=typed)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return machine(tmp_path / "root", BEFORE)


def carried_out(
    plan: Plan, root: Path, typed: str, monkeypatch: pytest.MonkeyPatch, again: Callable[[], Plan] | None = None
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("facelatch.cli.pam.plan.show_plan", lambda _plan, _root: None)
        patch.setattr(typer, "confirm", lambda _question: typed == "y")
        carry_out(plan, root, again=again or (lambda: plan))


@pytest.mark.parametrize("command", ["apply", "confirm", "revert"])
def test_nobody_but_root_changes_anything(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    done = CliRunner().invoke(app, ["pam", command])
    assert done.exit_code == ExitCode.NOT_PERMITTED
    assert "sudo" in done.stderr


def test_who_says_no_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look(root)
    with pytest.raises(CommandFailed, match="given up, nothing was changed"):
        carried_out(PLAN, root, "n", monkeypatch)
    assert look(root) == before


def test_in_an_image_it_stays_and_says_how_to_undo_it(
    root: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = look(root)
    carried_out(PLAN, root, "y", monkeypatch)
    assert holds(root, PLAN)
    assert f"facelatch pam revert --root {root}" in capsys.readouterr().out
    done = run("revert", "--root", str(root), typed="n\n")
    assert done.exit_code == ExitCode.NOTHING
    assert "/etc/pam.d/common-auth" in done.stdout
    assert holds(root, PLAN)
    assert run("revert", "--root", str(root), "--yes").exit_code == 0
    assert look(root) == before


def test_an_empty_plan_asks_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried_out(Plan((), ()), root, "n", monkeypatch)
    assert not (root / "var/lib/facelatch-pam").exists()


def test_an_empty_plan_reminds_of_a_change_that_waits(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    apply(PLAN, root, Timer(root), 300)
    carried_out(Plan((), ()), root, "n", monkeypatch)
    assert "not confirmed yet" in capsys.readouterr().out


def test_without_a_change_there_is_nothing_to_revert(root: Path, run: Run) -> None:
    done = run("revert", "--root", str(root))
    assert done.exit_code == ExitCode.NOTHING
    assert "no change to take back" in done.stderr


class Machine:
    """A machine in a folder with a change that waits, who has logged in, and what services say of the password."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.timer = Timer(root)
        self.backups = Backups(root)
        self.session = Session("root", "user", 2**62, "tty3")
        self.trial = Trial("sudo", End.OPENED, True)
        monkeypatch.setattr(backup, "Backups", lambda _root: self.backups)
        monkeypatch.setattr(rollback, "Systemd", lambda: self.timer)
        monkeypatch.setattr(login, "find_session", lambda _bus: self.session)
        monkeypatch.setattr(confirmation, "to_try", lambda _services: ("sudo",))
        monkeypatch.setattr(password, "try_password", lambda _service, _who, _converse: self.trial)
        monkeypatch.setattr("getpass.getpass", lambda _question: "correct horse")


@pytest.fixture
def changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(root, monkeypatch)
    apply(PLAN, root, machine.timer, 300)
    return machine


def test_a_new_login_and_the_right_password_make_it_stay(changed: Machine, run: Run) -> None:
    done = run("confirm")
    assert done.exit_code == 0, done.stderr
    assert "sudo takes the password." in done.stdout
    assert "The change stays." in done.stdout
    assert changed.backups.holds(Shelf.LAST)
    assert not changed.timer.armed


@pytest.mark.parametrize(
    "trial", [Trial("sudo", End.REFUSED, True, "Authentication failure"), Trial("sudo", End.OPENED, False)]
)
def test_without_the_right_password_the_rollback_stays_armed(changed: Machine, run: Run, trial: Trial) -> None:
    changed.trial = trial
    done = run("confirm")
    assert done.exit_code == ExitCode.NOTHING
    assert "is undone at" in done.stderr
    assert "facelatch pam revert" in done.stderr
    assert changed.backups.holds(Shelf.PENDING)
    assert changed.timer.armed


def test_an_old_login_is_not_even_asked_for_the_password(
    changed: Machine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _question: pytest.fail("asked"))
    changed.session = Session("root", "user", 1, "tty2")
    done = run("confirm")
    assert done.exit_code == ExitCode.NOTHING
    assert "older than the change" in done.stderr
    assert changed.timer.armed


def test_where_nobody_types_nothing_is_confirmed(changed: Machine, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    assert run("confirm").exit_code == ExitCode.NOTHING
    assert changed.timer.armed


def test_a_name_that_nobody_has_is_wrong_use(changed: Machine, run: Run) -> None:
    done = run("confirm", "--user", "nobody-of-that-name")
    assert done.exit_code == ExitCode.WRONG_USE
    assert changed.timer.armed


def test_what_was_undone_already_is_told(changed: Machine, run: Run) -> None:
    changed.backups.restore(Shelf.PENDING)
    done = run("confirm")
    assert done.exit_code == ExitCode.NOTHING
    assert "no change waits to be confirmed; the change of " in done.stderr


def test_a_change_that_was_not_written_to_its_end_cannot_be_confirmed(changed: Machine, run: Run) -> None:
    (changed.backups.folder(Shelf.PENDING) / "written.json").unlink()
    done = run("confirm")
    assert done.exit_code == ExitCode.NOTHING
    assert "facelatch pam revert" in done.stderr


def test_notes_that_cannot_be_read_say_how_to_go_on(changed: Machine, run: Run) -> None:
    (changed.backups.folder(Shelf.PENDING) / "written.json").write_text("{")
    done = run("confirm")
    assert done.exit_code == ExitCode.NOTHING
    assert f"sh {changed.backups.folder(Shelf.PENDING) / 'restore'}" in done.stderr


def test_the_password_answers_the_first_hidden_question_and_no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda question: f"typed for {question}")
    answers = confirm_command.Answers("correct horse")
    assert answers.converse(Style.INFORMATION, "Welcome") is None
    assert answers.converse(Style.PROMPT_HIDDEN, "Password: ") == "correct horse"
    assert answers.converse(Style.PROMPT_HIDDEN, "Password: ") is None
    assert answers.converse(Style.PROMPT_HIDDEN, "Code: ") == "typed for Code: "


def test_what_a_module_says_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    confirm_command.Answers("").converse(Style.ERROR, "\x1b[2Jgone")
    assert "\x1b" not in capsys.readouterr().out


def test_what_has_changed_while_the_question_waited_is_not_written_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandFailed, match="changed meanwhile"):
        carried_out(PLAN, root, "y", monkeypatch, again=lambda: dataclasses.replace(PLAN, services=("other",)))
    assert files.read(root, PLAN.changes[0].path) == PLAN.changes[0].before


def test_an_earlier_change_is_told_of_before_anybody_is_asked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "var/lib/facelatch-pam/pending").mkdir(parents=True)
    (root / "var/lib/facelatch-pam/pending/restore").touch()
    monkeypatch.setattr("facelatch.cli.pam.plan.show_plan", lambda _plan, _root: None)
    monkeypatch.setattr(typer, "confirm", lambda _question: pytest.fail("asked"))
    with pytest.raises(CommandFailed, match="not confirmed yet"):
        carry_out(PLAN, root, again=lambda: PLAN)


def test_no_rollback_is_said_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        def standing(self) -> tuple[bool, bool]:
            raise NoRollback("systemd does not run here")

    monkeypatch.setattr(rollback, "Systemd", Nothing)
    monkeypatch.setattr("facelatch.cli.pam.plan.show_plan", lambda _plan, _root: None)
    monkeypatch.setattr(typer, "confirm", lambda _question: pytest.fail("asked"))
    with pytest.raises(CommandFailed, match="--without-rollback") as caught:
        carry_out(PLAN, Path("/"), again=lambda: PLAN)
    assert caught.value.code == ExitCode.CANNOT_WORK
