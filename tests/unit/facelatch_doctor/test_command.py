"""`facelatch doctor`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner, Result

from facelatch.cli.daemon import Daemon
from facelatch.cli.doctor import doctor
from facelatch.doctor.report import Finding, Part, Report, State

WELL = Finding(Part.DAEMON, State.OK, "The daemon answers.")
ILL = Finding(Part.PAM, State.BAD, "Nobody gets in.", "Mend it.", "sudoedit /etc/pam.d/sudo")

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on a machine with these findings; what it asked for stands in `asked`."""
    monkeypatch.setenv("COLUMNS", "100")
    app = typer.Typer()
    app.command()(doctor)

    def run_with(findings: list[Finding], *arguments: str, asked: list[tuple[str, str]] | None = None) -> Result:
        def examine(address: str, user: str) -> Report:
            (asked if asked is not None else []).append((address, user))
            return Report.of(findings)

        monkeypatch.setattr("facelatch.doctor.examine", examine)
        return CliRunner().invoke(app, list(arguments), obj=Daemon("unix:path=/bus"))

    return run_with


@pytest.mark.parametrize(("state", "code"), [(State.OK, 0), (State.NOTE, 0), (State.WARNING, 1), (State.BAD, 3)])
def test_the_exit_code_says_the_worst(run: Run, state: State, code: int) -> None:
    assert run([WELL, Finding(Part.TPM, state, "So it is.")]).exit_code == code


def test_a_person_is_shown_verdict_part_finding_remedy_and_command(run: Run) -> None:
    lines = run([WELL, ILL]).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["VERDICT", "PART", "FINDING"],
        ["ok", "Daemon", "The", "daemon", "answers."],
        ["bad", "PAM", "Nobody", "gets", "in."],
        ["Mend", "it."],
        ["sudoedit", "/etc/pam.d/sudo"],
    ]


def test_a_program_is_given_one_object(run: Run) -> None:
    result = run([WELL, ILL], "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "is": "report",
        "worst": "bad",
        "findings": [
            {"part": "daemon", "state": "ok", "text": "The daemon answers.", "remedy": "", "command": ""},
            {
                "part": "pam",
                "state": "bad",
                "text": "Nobody gets in.",
                "remedy": "Mend it.",
                "command": "sudoedit /etc/pam.d/sudo",
            },
        ],
    }


def test_what_others_named_cannot_steer_the_terminal(run: Run) -> None:
    assert "\x1b" not in run([Finding(Part.CAMERA, State.OK, "The camera \x1b[31mX is there.")]).stdout


@pytest.mark.parametrize(("uid", "sudo_user", "user"), [(1000, "", ""), (0, "alice", "alice"), (1000, "alice", "")])
def test_under_sudo_the_faces_are_those_of_the_caller(
    run: Run, monkeypatch: pytest.MonkeyPatch, uid: int, sudo_user: str, user: str
) -> None:
    monkeypatch.setattr("os.getuid", lambda: uid)
    monkeypatch.setenv("SUDO_USER", sudo_user)
    asked: list[tuple[str, str]] = []
    run([WELL], asked=asked)
    assert asked == [("unix:path=/bus", user)]
