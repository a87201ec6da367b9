"""`facelatch import-howdy`, with a daemon that answers and with PAM's planner in the test's hands."""

from __future__ import annotations

import json
import os
import pwd
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import pytest
import typer

from facelatch.bus import BusError
from facelatch.cli import howdy as command
from facelatch.cli.failure import CommandFailed, ExitCode
from facelatch.cli.pam import apply
from facelatch.howdy import dropin
from facelatch.howdy.lines import is_howdys
from facelatch.pam import planning
from facelatch.pam.change import Change, Content, Plan
from facelatch.types import Reason
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Act, FakeDaemon
from tests.unit.facelatch_howdy.trees import VERSION_2, VERSION_3, howdy, ini, model, with_options

ME = pwd.getpwuid(os.getuid()).pw_name
NOBODY_HERE = "eve-of-another-machine"

NO_LINES = Plan((), ())
LINES = Plan(
    (
        Change(PurePosixPath("/etc/pam.d/sudo"), Content(b"auth sufficient pam_howdy.so\n"), Content(b"")),
        Change(PurePosixPath("/var/lib/pam/auth"), Content(b"x"), Content(b""), listed=False),
    ),
    ("sudo",),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine's folders; settings would be written below it, whoever runs the test."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(dropin, "SETTINGS", tmp_path / "etc/facelatch")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(planning, "without", lambda root, is_foreign: NO_LINES)
    return tmp_path


@pytest.fixture
def ready(daemon: FakeDaemon, folder: Path) -> FakeDaemon:
    """A daemon with cameras that takes up what lies in the settings' folder."""
    read = msgspec.structs.replace(answers.POLICY, sources=(str(drop_in(folder)),))
    return daemon.answering(GetStatus=answers.STATUS, Reload=read)


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, bool]]:
    """Plans that were carried out, and whether without asking."""
    done: list[tuple[Plan, bool]] = []
    monkeypatch.setattr(apply, "carry_out", lambda plan, root, *, again, assume_yes: done.append((plan, assume_yes)))
    return done


def drop_in(folder: Path) -> Path:
    return folder / "etc/facelatch/conf.d/10-howdy.toml"


def everything_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def told(run: Run, *arguments: str) -> dict[str, Any]:
    result = run("import-howdy", "--json", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_options_become_settings_in_force(run: Run, ready: FakeDaemon, folder: Path) -> None:
    options = with_options(VERSION_3, device_path="/dev/video0", timeout="7", disabled="false")
    howdy(folder / "etc/howdy", options)
    answer = told(run)
    said = drop_in(folder).read_text()
    assert tomllib.loads(said) == {
        "camera": {"use": answers.CAMERA.id},
        "class": {name: {"seconds": 7.0} for name in ("unlock", "login", "elevate")},
    }
    assert (answer["settings"], answer["written"]) == (said, str(drop_in(folder)))
    assert ready.members.count("Reload") == 1


def test_settings_that_the_daemon_refuses_are_gone_again(run: Run, ready: FakeDaemon, folder: Path) -> None:
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"))
    ready.answering(Reload=BusError(Reason.BAD_REQUEST, "/etc/facelatch/conf.d/10-howdy.toml:3: expected less"))
    result = run("import-howdy")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "10-howdy.toml:3: expected less. The settings of before hold" in result.stderr
    assert not drop_in(folder).exists()


def test_a_daemon_that_dies_over_them_leaves_none_behind(run: Run, ready: FakeDaemon, folder: Path) -> None:
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"))
    ready.answering(Reload=Act.LEAVE)
    assert run("import-howdy").exit_code == 3
    assert not drop_in(folder).exists()


def test_a_daemon_that_reads_elsewhere_is_told_of(run: Run, ready: FakeDaemon, folder: Path) -> None:
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"))
    ready.answering(Reload=answers.POLICY)
    result = run("import-howdy")
    assert result.exit_code == 1
    assert "the daemon does not read" in result.stderr
    assert not drop_in(folder).exists()


def test_a_dry_run_changes_nothing_and_tells_the_same(
    run: Run, ready: FakeDaemon, folder: Path, applied: list[tuple[Plan, bool]]
) -> None:
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"), **{ME: [model()]})
    before = everything_below(folder)
    dry = told(run, "--dry-run")
    assert everything_below(folder) == before
    assert "Reload" not in ready.members
    assert dry | {"written": str(drop_in(folder))} == told(run)
    assert applied == []


def test_a_dry_run_wants_neither_daemon_nor_root(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    howdy(folder / "etc/howdy", with_options(VERSION_3, device_path="/dev/video0"))
    camera = next(one for one in told(run, "--dry-run")["options"] if one["name"] == "device_path")
    assert (camera["fate"], camera["settings"]) == ("not taken over", {})
    refused = run("import-howdy")
    assert refused.exit_code == 4
    assert "run it with sudo" in refused.stderr


def test_without_a_daemon_nothing_is_written(run: Run, folder: Path) -> None:
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"))
    assert run("import-howdy").exit_code == 3
    assert not drop_in(folder).exists()


def test_people_and_labels_become_lines_to_type(run: Run, ready: FakeDaemon, folder: Path) -> None:
    howdy(
        folder / "etc/howdy", VERSION_3,
        **{ME: [model("it's me"), model("Initial model", 1)], NOBODY_HERE: [model()]},
    )  # fmt: skip
    mine, theirs = sorted(told(run)["users"], key=lambda user: user["name"] != ME)
    assert (mine["account"], theirs["account"]) == (True, False)
    assert [face["label"] for face in mine["faces"]] == ["it's me", "Initial model"]
    lines = [shlex.split(face["command"]) for face in mine["faces"]]
    assert lines[0] == ["sudo", "facelatch", "enroll", f"--user={ME}", "--label=it's me"]
    assert [face["command"] for face in theirs["faces"]] == [""]
    words = run("import-howdy").stdout
    assert f"{NOBODY_HERE}: no account here, left out" in words
    assert f"facelatch enroll --user={ME} --label='Initial model'" in words
    assert "to be enrolled anew" in words


def test_only_those_named_are_read(run: Run, ready: FakeDaemon, folder: Path) -> None:
    where = howdy(folder / "etc/howdy", VERSION_3, **{ME: [model()]})
    (where / "models" / "damaged.dat").write_text("[{")
    assert [user["name"] for user in told(run, "--user", ME)["users"]] == [ME]
    unknown = run("import-howdy", "--user", NOBODY_HERE)
    assert unknown.exit_code == 1
    assert f"nothing of '{NOBODY_HERE}' in it" in unknown.stderr


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda where: (where / "models/ben.dat").write_text("[{"), "ben.dat: is damaged"),
        (lambda where: (where / "models/ben.dat").symlink_to("/etc/shadow"), "ben.dat: is a link"),
        (lambda where: (where / "config.ini").write_text("[core"), "config.ini"),
        (lambda where: (where / "config.ini").write_text("[core]\ndisabled = 7\n"), "[core] disabled: expected true"),
        (lambda where: (where / "config.ini").write_bytes(b"[core]\n\xff"), "config.ini:2: expected UTF-8"),
    ],
)  # fmt: skip
def test_damage_is_named_and_nothing_is_half_imported(
    run: Run,
    ready: FakeDaemon,
    folder: Path,
    applied: list[tuple[Plan, bool]],
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], object],
    said: str,
) -> None:
    monkeypatch.setattr(planning, "without", lambda root, is_foreign: LINES)
    where = howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"), anna=[model()])
    damage(where)
    result = run("import-howdy", "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert "Nothing was changed" in result.stderr
    assert not drop_in(folder).exists()
    assert applied == []
    assert "Reload" not in ready.members


def test_a_folder_can_be_named(run: Run, ready: FakeDaemon, folder: Path) -> None:
    kept = howdy(folder / "backup", VERSION_2, **{ME: [model()]})
    answer = told(run, "--from", str(kept))
    assert (answer["config"], answer["models"]) == (str(kept / "config.ini"), str(kept / "models"))


def test_what_is_there_besides_is_named(run: Run, ready: FakeDaemon, folder: Path) -> None:
    howdy(folder / "etc/howdy")
    older = howdy(folder / "lib/security/howdy", VERSION_2)
    assert f"Not read: {older / 'config.ini'}" in run("import-howdy").stdout


def test_no_text_of_howdys_steers_a_terminal(run: Run, ready: FakeDaemon, folder: Path) -> None:
    where = howdy(folder / "etc/howdy", None, **{ME: [model("\x1b[2J\u202elabel")]})
    (where / "config.ini").write_text(ini({"odd": {"\x1b[31m": "\x9b0m"}}))
    words = run("import-howdy").stdout
    assert not set(words) & {"\x1b", "\x9b", "\u202e"}


# --- PAM --------------------------------------------------------------------------------------------------------------


def test_howdys_lines_leave_pam_as_any_change_of_pam_is_made(
    run: Run, ready: FakeDaemon, folder: Path, applied: list[tuple[Plan, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def without(root: Path, is_foreign: object) -> Plan:
        asked.append((root, is_foreign))
        return LINES

    monkeypatch.setattr(planning, "without", without)
    howdy(folder / "etc/howdy")
    result = run("import-howdy")
    assert result.exit_code == 0, result.stderr
    assert asked == [(folder, is_howdys)]
    assert applied == [(LINES, False)]
    assert "facelatch pam apply" in result.stdout
    run("import-howdy", "--yes")
    assert applied[1:] == [(LINES, True)]


@pytest.mark.parametrize(
    "no", [CommandFailed(Reason.CANCELLED, "given up, nothing was changed", ExitCode.NOTHING), typer.Abort()]
)
def test_who_says_no_to_pam_or_nothing_at_all_is_told_that_the_rest_is_done(
    run: Run, ready: FakeDaemon, folder: Path, monkeypatch: pytest.MonkeyPatch, no: Exception
) -> None:
    def refused(plan: Plan, root: Path, *, again: object, assume_yes: bool) -> None:
        raise no

    monkeypatch.setattr(planning, "without", lambda root, is_foreign: LINES)
    monkeypatch.setattr(apply, "carry_out", refused)
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"))
    result = run("import-howdy")
    assert result.exit_code == 1
    assert result.stderr == "facelatch: PAM's files stay as they are; the rest is done\n"
    assert drop_in(folder).exists()


def test_with_json_pam_is_told_of_and_left_alone(
    run: Run, ready: FakeDaemon, folder: Path, applied: list[tuple[Plan, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "without", lambda root, is_foreign: LINES)
    howdy(folder / "etc/howdy")
    answer = told(run, "--yes")
    assert (answer["pam"], answer["services"]) == (["/etc/pam.d/sudo"], ["sudo"])
    assert applied == []


def test_where_the_lines_cannot_be_taken_out_nothing_is_done_unless_they_may_stay(
    run: Run, ready: FakeDaemon, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(root: Path, is_foreign: object) -> Plan:
        raise planning.PlanRefused("/etc/pam.d/sudo:3: nobody would get in")

    monkeypatch.setattr(planning, "without", without)
    howdy(folder / "etc/howdy", with_options(VERSION_3, timeout="7"))
    refused = run("import-howdy")
    assert refused.exit_code == 1
    assert "/etc/pam.d/sudo:3: nobody would get in" in refused.stderr
    assert not drop_in(folder).exists()
    assert told(run, "--keep-pam")["written"] == str(drop_in(folder))
