"""What the command says of how somebody stands, and what is stored about him."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from facelatch.cli import daemon as cli_daemon
from facelatch.cli import options, trial
from facelatch.errors import BusError
from facelatch.instructions import INSTRUCTIONS
from facelatch.standing import hindrances
from facelatch.types import Band, Gesture, PasswordCause, Reason, Tried, TryStep, View
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Call, FakeDaemon

# --- how somebody stands ----------------------------------------------------------------------------------------------


def stand(daemon: FakeDaemon, **changes: object) -> None:
    standing = msgspec.structs.replace(answers.STANDING, **changes)
    daemon.answering(GetStatus=answers.STATUS, GetStanding=standing)


def test_status_says_that_a_login_by_face_opens_now_and_when_the_password_was_given(
    run: Run, daemon: FakeDaemon
) -> None:
    stand(daemon)
    lines = run("status").stdout.splitlines()
    assert lines[-2:] == [
        "You       A login by face opens now.",
        f"          The password was last accepted {options_time()}.",
    ]


def options_time() -> str:
    from facelatch.cli.output import local_time

    return local_time(answers.STANDING.password_given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password_wanted": PasswordCause.BOOT}, "The password comes first: the machine was started since it was"),
        ({"password_wanted": PasswordCause.NEVER}, "The password comes first: none is on record yet."),
        ({"locked_seconds": 29.4, "mismatches": 5}, "The face is locked for 30 s more: 5 were refused in a row."),
        ({"faces": 0, "usable": 0}, "No face is enrolled."),
        ({"usable": 0}, "No face can be compared with the pack in use"),
    ],
)
def test_status_says_what_keeps_the_face_from_opening(
    run: Run, daemon: FakeDaemon, changes: dict[str, object], says: str
) -> None:
    stand(daemon, **changes)
    shown = run("status")
    assert shown.exit_code == 0
    assert says in " ".join(shown.stdout.split())
    assert "opens now" not in shown.stdout


def test_a_lock_out_and_a_password_that_is_wanted_are_both_told(run: Run, daemon: FakeDaemon) -> None:
    stand(daemon, locked_seconds=60.0, mismatches=6, password_wanted=PasswordCause.MISMATCHES)
    shown = " ".join(run("status").stdout.split())
    assert "locked for 60 s" in shown
    assert "too many faces were refused since it was last typed" in shown


@pytest.mark.parametrize("cause", PasswordCause)
def test_every_cause_has_words_of_its_own(cause: PasswordCause) -> None:
    said = {one: hindrances(msgspec.structs.replace(answers.STANDING, password_wanted=one)) for one in PasswordCause}
    assert said[cause][0].startswith("The password comes first: ")
    assert list(said.values()).count(said[cause]) == 1


def test_a_face_is_not_said_to_open_while_the_daemon_cannot_judge_one(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, pack_problem="no pack"))
    shown = run("status")
    assert shown.exit_code == 3
    assert "opens now" not in shown.stdout
    assert "It is not for you that no face opens." in shown.stdout


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"GetPack": msgspec.structs.replace(answers.PACK, parts=())}, "cannot tell a face from a picture of one"),
        ({"GetPack": msgspec.structs.replace(answers.PACK, levels=())}, "can hold the level balanced"),
        ({"ListEnrolledFaces": (answers.GLASSES,)}, "No face was enrolled with Front camera (/dev/video0)"),
        ({"GetPolicy": msgspec.structs.replace(answers.POLICY, trusted=())}, "Enrolled without an infrared camera"),
    ],
)
@pytest.mark.parametrize("wanted", [None, PasswordCause.BOOT])
def test_a_face_that_pack_or_camera_keep_from_opening_is_not_said_to_open(
    run: Run, daemon: FakeDaemon, changed: dict[str, Any], says: str, wanted: PasswordCause | None
) -> None:
    stand(daemon, password_wanted=wanted)
    assert "What to do" not in run("status").stdout
    daemon.answering(**changed)
    shown = run("status")
    assert says in " ".join(shown.stdout.split())
    assert "What to do: facelatch doctor" in shown.stdout
    assert "opens" not in shown.stdout.split("You  ")[1].replace("a face opens nothing", "")
    assert "status-report" in run("status", "--json").stdout


def test_a_pack_that_is_not_told_of_keeps_nothing_from_being_shown(run: Run, daemon: FakeDaemon) -> None:
    stand(daemon)
    daemon.answering(GetPack=BusError(Reason.BUSY, ""))
    assert "A login by face opens now." in run("status").stdout


def test_where_no_password_was_ever_reported_doctor_is_named(run: Run, daemon: FakeDaemon) -> None:
    stand(daemon, password_wanted=PasswordCause.NEVER)
    assert "if that changes nothing: facelatch doctor" in " ".join(run("status").stdout.split())


def test_where_the_own_standing_is_refused_the_rest_of_status_is_shown(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS, GetStanding=BusError(Reason.NOT_PERMITTED, "you are not here"))
    in_words, as_json = run("status"), run("status", "--json")
    assert (in_words.exit_code, as_json.exit_code) == (0, 0)
    assert "You       not known: you are not here\n" in in_words.stdout
    assert json.loads(as_json.stdout)["standing"] is None


def test_the_standing_of_another_that_is_refused_ends_status(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS, GetStanding=BusError(Reason.NOT_PERMITTED, "not yours"))
    result = run("status", "--user", "somebody")
    assert (result.exit_code, result.stdout, result.stderr) == (4, "", "facelatch: not yours\n")


def test_the_standing_of_another_is_told_under_the_name(run: Run, daemon: FakeDaemon) -> None:
    stand(daemon)
    assert "somebody  A login by face opens now.\n" in run("status", "-u", "somebody").stdout
    assert Call("GetStanding", ("somebody",)) in daemon.calls


def test_somebody_without_a_name_is_told_of_the_daemon_all_the_same(
    run: Run, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options.pwd, "getpwuid", lambda uid: {}[uid])
    stand(daemon)
    assert run("status").exit_code == 0
    assert daemon.calls[-1] == Call("GetStanding", ("",))


def test_an_enrolment_ends_with_a_hint_where_the_password_is_wanted_next(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.ENROLLED)
    hint = "The next login wants your password once; the face opens from then on.\n"
    assert hint not in run("enroll").stdout
    daemon.answering(GetStanding=msgspec.structs.replace(answers.STANDING, password_wanted=PasswordCause.ENROLMENT))
    assert hint in run("enroll").stdout
    assert hint not in run("enroll", "-u", "somebody").stdout


def test_an_enrolment_is_done_though_the_standing_is_not_told(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.ENROLLED).answering(GetStanding=BusError(Reason.BUSY, ""))
    shown = run("enroll")
    assert shown.exit_code == 0
    assert "Enrolled “with glasses”" in shown.stdout


def test_a_match_that_no_login_would_open_for_says_why(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.MATCHED)
    assert "But" not in run("try").stdout
    daemon.answering(GetStanding=msgspec.structs.replace(answers.STANDING, password_wanted=PasswordCause.AGE))
    shown = run("try")
    assert shown.exit_code == 0
    assert "But    The password comes first: it was last typed too long ago.\n" in shown.stdout
    assert "But" not in run("try", "-u", "somebody").stdout


def test_a_try_says_what_gesture_is_asked_for(run: Run, daemon: FakeDaemon) -> None:
    turn = TryStep(View.CLEAR, instruction=Gesture.TURN_LEFT)
    daemon.telling("VerifyStart", turn, turn, TryStep(View.TURNED, instruction=Gesture.NOD), answers.MATCHED)
    lines = [" ".join(line.split()) for line in run("try").stdout.splitlines()[:2]]
    assert lines == ["2 × a clear face Now turn your head to the left, and back.", "turned away Now nod."]


@pytest.mark.parametrize("reason", [Reason.NOT_LIVE, Reason.NO_INTENT])
def test_a_gesture_that_was_not_seen_is_said_to_be_and_not_taken_for_bad_light(
    run: Run, daemon: FakeDaemon, reason: Reason
) -> None:
    refused = Tried(reason.verdict, reason, Band.MATCH, 4.8, 72, {})
    daemon.telling("VerifyStart", TryStep(View.CLEAR), refused)
    assert "gesture" not in run("try").stdout
    daemon.telling("VerifyStart", TryStep(View.CLEAR, instruction=Gesture.NOD), TryStep(View.CLEAR), refused)
    assert "the gesture that was asked for was not seen" in run("try").stdout


@pytest.mark.parametrize("reason", [Reason.LOCKED_OUT, Reason.ANOTHER_FACE])
def test_a_try_that_is_locked_or_locks_says_for_how_long(run: Run, daemon: FakeDaemon, reason: Reason) -> None:
    daemon.telling("VerifyStart", Tried(reason.verdict, reason, None, 0.0, 0, {}))
    assert "locked for" not in run("try").stdout
    daemon.answering(GetStanding=msgspec.structs.replace(answers.STANDING, mismatches=5, locked_seconds=29.1))
    assert "Locked" in run("try").stdout
    assert "The face is locked for 30 s more" in run("try").stdout
    assert "locked for" not in run("try", "-u", "somebody").stdout


@pytest.mark.parametrize("gesture", Gesture)
def test_every_gesture_has_words(gesture: Gesture) -> None:
    assert list(INSTRUCTIONS.values()).count(INSTRUCTIONS[gesture]) == 1


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_an_export_is_shown_as_json_and_what_is_withheld_is_said_beside_it(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Export=answers.EXPORT)
    result = run("export")
    written = json.loads(result.stdout)
    assert (written["is"], written["uid"], len(written["faces"])) == ("export-report", 1000, 2)
    assert result.stderr == "Withheld: The templates' numbers, they are secret.\n"


def test_an_export_to_a_file_is_for_its_owner_alone(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    daemon.answering(Export=answers.EXPORT)
    before = os.umask(0)
    try:
        result = run("export", "--to", str(tmp_path / "me.json"))
    finally:
        os.umask(before)
    assert result.exit_code == 0
    assert "2 faces and 1 attempt of anna.\nWithheld: The templates' numbers" in result.stdout
    assert stat.S_IMODE((tmp_path / "me.json").stat().st_mode) == 0o600
    assert json.loads((tmp_path / "me.json").read_text())["standing"]["faces"] == 2


def test_with_json_the_file_of_an_export_is_told(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    daemon.answering(Export=answers.EXPORT)
    result = run("export", "--json", "--to", str(tmp_path / "me.json"))
    assert json.loads(result.stdout) == {
        "is": "exported-file", "file": str(tmp_path / "me.json"), "withheld": answers.EXPORT.withheld,
    }  # fmt: skip


def test_an_export_is_never_written_over_a_file_nor_through_a_link(
    run: Run, daemon: FakeDaemon, tmp_path: Path
) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link"):
        result = run("export", "--to", str(tmp_path / name))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is there already" in result.stderr
    assert daemon.calls == []
    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_appears_while_the_daemon_is_asked_is_not_written_over(
    run: Run, daemon: FakeDaemon, tmp_path: Path
) -> None:
    place = tmp_path / "me.json"

    def appear(_call: Call) -> object:
        place.write_text("mine")
        return answers.EXPORT

    daemon.answering(Export=appear)
    assert run("export", "--to", str(place)).exit_code == 2
    assert place.read_text() == "mine"


def test_a_folder_that_is_not_there_is_wrong_use(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    result = run("export", "--to", str(tmp_path / "no" / "me.json"))
    assert (result.exit_code, daemon.calls) == (2, [])


def test_an_export_that_does_not_fit_leaves_no_file(
    run: Run, daemon: FakeDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answering(Export=answers.EXPORT)
    place, really = tmp_path / "me.json", os.open

    def open_full(path: object, *how: Any) -> int:
        if path != place:
            return really(path, *how)  # type: ignore[arg-type]
        os.close(really(place, os.O_CREAT))
        return really("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(os, "open", open_full)
    result = run("export", "--to", str(place))
    assert result.exit_code == 1
    assert "cannot be written (No space left on device)" in result.stderr
    assert not place.exists()


def test_reload_names_the_files_that_hold_now(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Reload=answers.POLICY)
    assert run("reload").stdout == "The settings hold now. Read from: /etc/x.toml\n"
    daemon.answering(Reload=BusError(Reason.BAD_REQUEST, "/etc/x.toml:3: expected a number"))
    result = run("reload")
    assert (result.exit_code, result.stderr) == (1, "facelatch: /etc/x.toml:3: expected a number\n")


# --- who holds the camera ---------------------------------------------------------------------------------------------


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds a camera."""
    for module in (cli_daemon, trial):
        monkeypatch.setattr(module, "camera_holder", lambda: "zoom (process 7) has /dev/video0 open")


@pytest.mark.usefixtures("held")
def test_a_busy_camera_is_told_with_the_program_that_has_it(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(EnrollStart=BusError(Reason.CAMERA_BUSY, "it is in use"))
    assert run("enroll").stderr == "facelatch: it is in use; zoom (process 7) has /dev/video0 open\n"
    daemon.answering(EnrollStart=BusError(Reason.BUSY, "a login looks"))
    assert run("enroll").stderr == "facelatch: a login looks\n"


@pytest.mark.usefixtures("held")
def test_a_try_before_a_busy_camera_names_the_program(run: Run, daemon: FakeDaemon) -> None:
    reason = Reason.CAMERA_BUSY
    daemon.telling("VerifyStart", Tried(reason.verdict, reason))
    assert "Held by     zoom (process 7) has /dev/video0 open\n" in run("try").stdout
    daemon.telling("VerifyStart", Tried(Reason.NO_FACE.verdict, Reason.NO_FACE))
    assert "Held by" not in run("try").stdout


def test_a_try_says_in_detail_which_camera_is_wanted(run: Run, daemon: FakeDaemon) -> None:
    reason = Reason.CAMERA_UNTRUSTED
    daemon.telling("VerifyStart", Tried(reason.verdict, reason, text="the face was enrolled with usb-1"))
    assert "In detail   the face was enrolled with usb-1\n" in run("try").stdout
