"""Every command against a daemon that answers as it should."""

from __future__ import annotations

import json
import os
import pwd

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facelatch.admin import (
    Answer,
    AttemptList,
    CameraList,
    Cameras,
    Enroll,
    FaceList,
    Failed,
    History,
    ListFaces,
    RemoveFaces,
    RenameFace,
    Status,
    Tried,
    Try,
    TryStep,
)
from facelatch.cli import options
from facelatch.cli.failure import CommandFailed
from facelatch.types import Band, FaceSummary, Reason, Verdict
from facelatchd.store.errors import LabelRefused
from facelatchd.store.labels import read_label
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import FakeDaemon

SIMPLE: list[tuple[tuple[str, ...], Answer]] = [
    (("list",), answers.FACES),
    (("rename", "ab", "new"), FaceList("anna", (answers.GLASSES,))),
    (("remove", "ab", "--yes"), FaceList("anna", (answers.GLASSES,))),
    (("remove", "--all", "--yes"), answers.FACES),
    (("status",), answers.STATUS),
    (("cameras",), answers.CAMERAS),
    (("history",), answers.ATTEMPTS),
    (("try",), answers.MATCHED),
    (("enroll",), answers.ENROLLED),
]


@pytest.mark.parametrize(("arguments", "answer"), SIMPLE, ids=lambda value: value[0] if type(value) is tuple else "")
def test_with_json_the_answer_is_written_as_it_came(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...], answer: Answer
) -> None:
    daemon.answering(answer)
    result = run(*arguments, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert msgspec.json.decode(result.stdout, type=Answer) == answer
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(("arguments", "_answer"), SIMPLE, ids=lambda value: value[0] if type(value) is tuple else "")
@pytest.mark.parametrize("reason", [Reason.NOT_PERMITTED, Reason.BUSY, Reason.BAD_REQUEST])
def test_a_refusal_has_its_exit_code_and_one_line(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...], _answer: Answer, reason: Reason
) -> None:
    code = {Reason.NOT_PERMITTED: 4, Reason.BUSY: 3, Reason.BAD_REQUEST: 3 if arguments == ("try",) else 1}[reason]
    daemon.answering(Failed(reason, "first\nsecond \x1b[31m"))
    in_words = run(*arguments)
    assert (in_words.exit_code, in_words.stdout) == (code, "")
    assert in_words.stderr == "facelatch: first second \\x1b[31m\n"
    as_json = run(*arguments, "--json")
    assert (as_json.exit_code, as_json.stderr) == (code, "")
    assert json.loads(as_json.stdout) == {"error": reason.value, "text": "first\nsecond \x1b[31m"}


@pytest.mark.parametrize(("arguments", "_answer"), SIMPLE, ids=lambda value: value[0] if type(value) is tuple else "")
def test_an_answer_to_another_question_is_not_taken(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...], _answer: Answer
) -> None:
    daemon.answering(answers.ATTEMPTS if arguments != ("history",) else answers.STATUS)
    result = run(*arguments, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"] == "broken-answer"


def test_every_request_says_what_the_command_line_said(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Failed(Reason.BUSY, "later"))
    for arguments in (
        "list -u anna",
        "rename ab new --user anna",
        "remove ab --yes --user anna",
        "status",
        "cameras",
        "history -n 7 -u anna",
        "try -c /dev/video2 -u anna",
        "enroll --label hat --camera x -u anna",
    ):
        run(*arguments.split())
    assert daemon.requests == [
        ListFaces("anna"),
        RenameFace("anna", "ab", "new"),
        RemoveFaces("anna", "ab"),
        Status(),
        Cameras(),
        History("anna", 7),
        Try("anna", "/dev/video2"),
        Enroll("anna", "hat", "x", 0),
    ]


def test_the_socket_option_wins_over_the_environment(
    run: Run, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answering(answers.STATUS)
    monkeypatch.setenv("FACELATCH_SOCKET", "/nowhere")
    assert run("status").exit_code == 3
    assert run("--socket", str(daemon.path), "status").exit_code == 0


# --- whom it is about -------------------------------------------------------------------------------------------------


def test_without_a_name_it_is_about_the_invoking_user(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.FACES)
    run("list")
    assert daemon.requests == [ListFaces(pwd.getpwuid(os.getuid()).pw_name)]


@pytest.mark.parametrize(("uid", "expected"), [(0, "anna"), (os.getuid() or 1, None)])
def test_who_called_sudo_is_believed_for_root_only(
    monkeypatch: pytest.MonkeyPatch, uid: int, expected: str | None
) -> None:
    monkeypatch.setenv("SUDO_USER", "anna")
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert options.user_or_self(None) == (expected or pwd.getpwuid(uid).pw_name)
    assert options.user_or_self("berta") == "berta"


def test_a_user_id_without_a_name_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    with pytest.raises(CommandFailed, match="--user NAME") as failure:
        options.user_or_self(None)
    assert failure.value.code == 2


@pytest.mark.parametrize(
    "command", ["list", "rename ab new", "remove ab --yes", "history", "try", "enroll"], ids=lambda command: command
)
def test_an_empty_name_is_wrong_use_and_not_oneself(run: Run, daemon: FakeDaemon, command: str) -> None:
    daemon.answering(answers.FACES)
    result = run(*command.split(), "--user", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "facelatch: --user: the name is empty; leave the option out to mean yourself\n"
    assert daemon.requests == []


@pytest.mark.parametrize(
    ("user", "line"),
    [
        ("anna", "facelatch list"),
        ("berta", "sudo facelatch list --user berta"),
        ("DOM\\berta b", "sudo facelatch list --user 'DOM\\berta b'"),
    ],
)
def test_a_line_to_type_names_another_user(monkeypatch: pytest.MonkeyPatch, user: str, line: str) -> None:
    monkeypatch.setenv("SUDO_USER", "anna")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert options.invocation("list", user) == line
    assert options.invocation("list", user, root=True) == f"sudo {line.removeprefix('sudo ')}"


# --- labels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("rename", "ab"), ("enroll", "--label")])
@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "the label is empty; give 1 to 64 characters"),
        ("  ", "the label is empty; give 1 to 64 characters"),
        ("x" * 65, "a label of 65 characters; give 1 to 64"),
        ("a\nb", "'a\\nb' holds a character that does not print; leave it out"),
    ],
)
def test_a_label_that_cannot_be_is_wrong_use_before_anybody_is_asked_or_looked_at(
    run: Run, daemon: FakeDaemon, command: tuple[str, ...], label: str, said: str
) -> None:
    daemon.answering(answers.FACES)
    result = run(*command, label)
    assert (result.exit_code, result.stdout) == (2, "")
    what = "LABEL" if command[0] == "rename" else "--label"
    assert result.stderr == f"facelatch: {what}: {said}\n"
    assert daemon.requests == []


LABELS = st.one_of(
    st.text(st.sampled_from("ab \u0301\u202e\n\u00a0"), max_size=4), st.text(st.sampled_from("x e\u0301"), min_size=60)
)


@given(LABELS)
@example("e\u0301" * 64)
@example("x" * 64)
@example(" " + "x" * 64 + " ")
def test_the_command_refuses_the_labels_that_the_store_refuses_and_no_other(label: str) -> None:
    try:
        read_label(label)
    except LabelRefused:
        with pytest.raises(CommandFailed):
            options.readable_label(label, "LABEL")
    else:
        assert options.readable_label(label, "LABEL") == label


# --- what people read -------------------------------------------------------------------------------------------------


def test_list_shows_each_face_and_says_which_must_be_enrolled_anew(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.FACES)
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["FACE", "ENROLLED", "SHOTS", "USABLE", "LABEL"]
    assert lines[1].split()[0] == "abababababab"
    assert lines[1].endswith("5      yes     with glasses")
    assert lines[2].endswith("3      no      old")
    assert "another pack" in lines[-1]
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("arguments", "answer", "said"),
    [
        (
            ("list", "-u", "anna"),
            FaceList("anna", ()),
            "anna has no enrolled face. Enrol one: sudo facelatch enroll --user anna\n",
        ),
        (("history", "-u", "anna"), AttemptList(()), "Nobody has tried to log in as anna by face yet.\n"),
    ],
)
def test_nothing_to_show_is_said_in_a_sentence(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...], answer: Answer, said: str
) -> None:
    daemon.answering(answer)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (0, said)


def test_to_oneself_enrolling_is_said_without_a_name(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(FaceList("me", ()))
    assert run("list").stdout.endswith("has no enrolled face. Enrol one: sudo facelatch enroll\n")


def test_no_camera_is_said_with_what_to_do(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(CameraList(()))
    assert "connect or switch on a camera" in run("cameras").stdout


def test_what_others_named_cannot_steer_the_terminal(run: Run, daemon: FakeDaemon) -> None:
    label = "\x1b]0;x\x07 [bold]not markup[/bold] :smile: \u202egnp"
    evil = FaceSummary("ab" * 16, label, "not a time\x1b[2J", 1, "", "", True)
    daemon.answering(FaceList("anna", (evil,)))
    for arguments in (("list",), ("rename", "a", "b"), ("remove", "a", "--yes")):
        shown = run(*arguments).stdout
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\\x1b]0;x\\x07 [bold]not markup[/bold] :smile: \\u202egnp" in shown


def test_status_groups_the_services_by_class(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.STATUS)
    result = run("status")
    assert result.exit_code == 0
    assert "Services  elevate: su, sudo\n          unlock: kde\n" in result.stdout


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pack": "", "pack_problem": "no pack; facelatch pack build"}, "no pack; facelatch pack build"),
        ({"eye": "the eye does not start; journalctl -u facelatch-eye"}, "the eye does not start; journalctl"),
        ({"camera_problem": "it is not connected; connect it"}, "          it is not connected; connect it\n"),
    ],
)
def test_status_exits_3_and_names_the_remedy_where_nothing_could_be_judged(
    run: Run, daemon: FakeDaemon, changed: dict[str, object], said: str
) -> None:
    daemon.answering(msgspec.structs.replace(answers.STATUS, **changed))
    in_words, as_json = run("status"), run("status", "--json")
    assert (in_words.exit_code, as_json.exit_code) == (3, 3)
    assert said in in_words.stdout
    assert json.loads(as_json.stdout)["is"] == "status-report"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Camera    the first real one (2 found)\n"),
        ({"cameras": 0}, "Camera    the first real one (none found)\n"),
        ({"camera": "file:/clip", "cameras": 0}, "Camera    file:/clip\n"),
        ({"camera": "usb-1/046d:0825/ABC", "cameras": 1}, "Camera    usb-1/046d:0825/ABC (1 found)\n"),
    ],
)
def test_status_names_the_camera_in_use_and_only_its_problem_is_a_failure(
    run: Run, daemon: FakeDaemon, changed: dict[str, object], said: str
) -> None:
    daemon.answering(msgspec.structs.replace(answers.STATUS, **changed))
    result = run("status")
    assert result.exit_code == 0
    assert said in result.stdout


def test_a_missing_pack_is_told_of_once(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(msgspec.structs.replace(answers.STATUS, pack="", pack_problem="no pack", eye="no pack"))
    shown = run("status").stdout
    assert shown.count("no pack") == 1
    assert "Eye       waits for the pack\n" in shown


def test_cameras_are_shown_whole(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.CAMERAS)
    shown = run("cameras").stdout
    assert "Camera  pci-1-usb-2/046d:0825/ABC\n" in shown
    assert "Driver  uvcvideo, USB 046d:0825\n" in shown
    assert "Kind    infrared, virtual\n" in shown


def test_history_says_why_in_words(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.ATTEMPTS)
    line = run("history").stdout.splitlines()[1]
    assert line.endswith("sudo     mismatch  2.5 s  the face is not one that is enrolled (not alike)")


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
def test_a_limit_out_of_range_is_wrong_use(run: Run, limit: str) -> None:
    assert run("history", "--limit", limit).exit_code == 2


# --- try --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", Reason)
def test_the_exit_code_of_try_is_that_of_the_verdict(run: Run, daemon: FakeDaemon, reason: Reason) -> None:
    daemon.answering(answers.NO_FACE, Tried(reason.verdict, reason, None, 1.0, 1, {}))
    expected = {Verdict.MATCH: 0, Verdict.MISMATCH: 1, Verdict.UNAVAILABLE: 3}[reason.verdict]
    assert run("try").exit_code == (4 if reason is Reason.NOT_PERMITTED else expected)


@pytest.mark.parametrize("reason", set(Reason) - {Reason.MATCHED})
def test_a_match_with_a_reason_that_is_none_is_not_believed(run: Run, daemon: FakeDaemon, reason: Reason) -> None:
    daemon.answering(Tried(Verdict.MATCH, reason, None, 1.0, 1, {}))
    result = run("try")
    assert result.exit_code == 3
    assert "Match" not in result.stdout


def test_frames_alike_in_a_row_share_a_line(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.NO_FACE, answers.NO_FACE, answers.NEAR, answers.NO_FACE, answers.MATCHED)
    assert run("try").stdout.split("\n\n")[0].splitlines() == [
        "  2 × no face",
        "      a clear face     somewhat alike, live",
        "      no face",
    ]


def test_try_says_the_verdict_the_time_and_what_to_do(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Tried(Verdict.MISMATCH, Reason.NOT_LIVE, Band.NEAR, 4.96, 31, {}))
    shown = run("try").stdout
    assert "No match  the face looked like a picture of one\n" in shown
    assert "To do     face the camera" in shown
    assert "Took      5.0 s, 31 frames\n" in shown
    assert "\nLikeness  somewhat alike\n" in shown
    assert "Evidence" not in shown


def test_a_single_frame_is_no_frames(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 0.4, 1, {}))
    assert "Took   0.4 s, 1 frame\n" in run("try").stdout


def test_the_help_of_try_says_that_a_mismatch_counts(run: Run) -> None:
    shown = " ".join(run("try", "--help").stdout.split())
    assert "A mismatch counts like one at a login, towards the lock-out: also against another user" in shown


def test_evidence_is_shown_where_the_daemon_tells_it(run: Run, daemon: FakeDaemon) -> None:
    step = TryStep("clear", Band.MATCH, False, -2.25)
    daemon.answering(step, Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 1, 1, {"embed": 20.4}, 9.5, 7.0))
    shown = run("try").stdout
    assert "a clear face     alike, looks like a picture, evidence -2.2\n" in shown
    assert "Evidence   +9.5 nats, 7.0 wanted\n" in shown
    assert "Per frame  embed 20 ms\n" in shown


def test_try_writes_json_lines(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.NO_FACE, answers.NEAR, answers.MATCHED)
    lines = [json.loads(line) for line in run("try", "--json").stdout.splitlines()]
    assert [line["is"] for line in lines] == ["try-step", "try-step", "tried"]


# --- remove -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("",), ("", "--yes"), ("ab", "--all"), ("ab", "--all", "--yes")])
def test_remove_wants_one_face_or_all_and_an_empty_name_is_not_all(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...]
) -> None:
    daemon.answering(answers.FACES)
    result = run("remove", *arguments)
    assert result.exit_code == 2
    assert ("not both" in result.stderr) is ("ab" in arguments)
    assert daemon.requests == []


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_where_there_is_no_face_removing_all_says_so_and_asks_for_no_removal(
    run: Run, daemon: FakeDaemon, options: tuple[str, ...]
) -> None:
    daemon.answering(FaceList("anna", ()))
    result = run("remove", "--all", "-y", "-u", "anna", *options)
    assert result.exit_code == 1
    assert daemon.requests == [ListFaces("anna")]
    if options:
        assert json.loads(result.stdout) == {"error": "not-enrolled", "text": "anna has no enrolled face to remove"}
    else:
        assert (result.stdout, result.stderr) == ("", "facelatch: anna has no enrolled face to remove\n")


def test_removing_all_without_asking_removes_all(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.FACES)
    result = run("remove", "--all", "-y", "-u", "anna")
    assert daemon.requests == [ListFaces("anna"), RemoveFaces("anna", "")]
    assert result.stdout == "Removed “with glasses” (abababababab).\nRemoved “old” (cdcdcdcdcdcd).\n"


@pytest.mark.parametrize("arguments", [("ab",), ("--all",), ("ab", "--json")])
def test_remove_refuses_to_ask_without_a_terminal(run: Run, daemon: FakeDaemon, arguments: tuple[str, ...]) -> None:
    daemon.answering(answers.FACES)
    result = run("remove", *arguments)
    assert result.exit_code == 2
    assert "--yes" in result.output
    assert daemon.requests == []


def test_an_empty_name_renames_nothing(run: Run, daemon: FakeDaemon) -> None:
    assert run("rename", "", "label").exit_code == 2
