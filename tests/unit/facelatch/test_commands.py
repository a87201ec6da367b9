"""Every command against a daemon that answers as it should."""

from __future__ import annotations

import json
import os
import pwd

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facelatch.cli import options
from facelatch.cli.failure import CommandFailed
from facelatch.errors import BusError
from facelatch.remote import Remote
from facelatch.types import FaceSummary, Quality, Reason, Refusal
from facelatchd.store.errors import LabelRefused
from facelatchd.store.labels import read_label
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Act, Call, FakeDaemon, Fault, Raw

ME = pwd.getpwuid(os.getuid()).pw_name


def json_of(kind: str, **values: object) -> dict[str, object]:
    expected: dict[str, object] = msgspec.json.decode(msgspec.json.encode({"is": kind, **values}))
    return expected


def asdict(struct: msgspec.Struct) -> dict[str, object]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


STANDING = answers.STANDING
SIMPLE: list[tuple[str, str, object, dict[str, object]]] = [
    ("list", "ListEnrolledFaces", answers.FACES, json_of("face-list", user=ME, faces=answers.FACES)),
    ("rename ab new", "RenameEnrolledFace", answers.GLASSES, json_of("face-list", user=ME, faces=[answers.GLASSES])),
    ("remove ab --yes", "DeleteEnrolledFace", answers.GLASSES, json_of("face-list", user=ME, faces=[answers.GLASSES])),
    ("remove --all --yes", "DeleteEnrolledFaces", answers.FACES, json_of("face-list", user=ME, faces=answers.FACES)),
    ("status", "GetStatus", answers.STATUS, json_of("status-report", **asdict(answers.STATUS), standing=STANDING)),
    ("export", "Export", answers.EXPORT, json_of("export-report", **asdict(answers.EXPORT))),
    ("reload", "Reload", answers.POLICY, json_of("policy-report", **asdict(answers.POLICY))),
    ("cameras", "GetStatus", answers.STATUS, json_of("camera-list", cameras=answers.STATUS.cameras)),
    ("history", "History", (answers.ATTEMPT,), json_of("attempt-list", attempts=[answers.ATTEMPT])),
    ("try", "VerifyStart", None, json_of("tried", **asdict(answers.MATCHED))),
    ("enroll", "EnrollStart", None, json_of("enrolled", **asdict(answers.ENROLLED))),
]
COMMANDS = [(command, method) for command, method, _answer, _expected in SIMPLE]


@pytest.mark.parametrize(("command", "method", "answer", "expected"), SIMPLE, ids=[row[0] for row in SIMPLE])
def test_with_json_the_answer_is_one_object(
    run: Run, daemon: FakeDaemon, command: str, method: str, answer: object, expected: dict[str, object]
) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES)
    daemon.answering(**{method: answer})
    daemon.telling("VerifyStart", answers.MATCHED).telling("EnrollStart", answers.ENROLLED)
    result = run(*command.split(), "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert json.loads(result.stdout) == expected
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(("command", "method"), COMMANDS)
@pytest.mark.parametrize("reason", [Reason.NOT_PERMITTED, Reason.BUSY, Reason.BAD_REQUEST, Refusal.NO_SUCH_FACE])
def test_a_refusal_has_its_exit_code_and_one_line(
    run: Run, daemon: FakeDaemon, command: str, method: str, reason: Reason | Refusal
) -> None:
    code = {Reason.NOT_PERMITTED: 4, Reason.BUSY: 3}.get(reason, 3 if command == "try" else 1)  # type: ignore[call-overload]
    daemon.answering(ListEnrolledFaces=answers.FACES)
    daemon.answering(**{method: BusError(reason, "first\nsecond \x1b[31m")})
    in_words = run(*command.split())
    assert (in_words.exit_code, in_words.stdout) == (code, "")
    assert in_words.stderr == "facelatch: first second \\x1b[31m\n"
    as_json = run(*command.split(), "--json")
    assert (as_json.exit_code, as_json.stderr) == (code, "")
    assert json.loads(as_json.stdout) == {"error": reason.value, "text": "first\nsecond \x1b[31m"}


@pytest.mark.parametrize("command", ["rename ab new", "remove ab --yes", "remove --all --yes", "try", "enroll"])
def test_a_camera_that_somebody_else_has_claimed_is_exit_3(run: Run, daemon: FakeDaemon, command: str) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES, Claim=BusError(Refusal.ALREADY_IN_USE, ""))
    result = run(*command.split())
    assert result.exit_code == 3
    assert result.stderr == (
        "facelatch: another program is enrolling or trying a face; close it, or wait until it is done\n"
    )


@pytest.mark.parametrize(("command", "method"), COMMANDS)
def test_an_answer_of_another_shape_is_not_taken(run: Run, daemon: FakeDaemon, command: str, method: str) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES)
    daemon.answering(**{method: Raw("u", (7,))})
    result = run(*command.split(), "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"] == "broken-answer"


def test_what_the_bus_does_not_let_through_is_not_permitted(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=Fault("org.freedesktop.DBus.Error.AccessDenied", "rule 7"))
    result = run("status")
    assert (result.exit_code, result.stderr) == (4, "facelatch: the bus refuses it: rule 7\n")


def test_every_call_says_what_the_command_line_said(run: Run, daemon: FakeDaemon) -> None:
    later = BusError(Reason.BUSY, "later")
    daemon.answering(
        GetStatus=answers.STATUS,
        ListEnrolledFaces=later,
        GetStanding=later,
        Export=later,
        RenameEnrolledFace=later,
        DeleteEnrolledFace=later,
        History=later,
        VerifyStart=later,
        EnrollStart=later,
    )
    for arguments in (
        "list -u anna",
        "status -u anna",
        "export -u anna",
        "rename ab new --user anna",
        "remove ab --yes --user anna",
        "history -n 7 -u anna",
        "try -c /dev/video0 -u anna --face ab --figures",
        "enroll --label hat --camera pci-1-usb-2/046d:0825/ABC -u anna",
    ):
        run(*arguments.split())
    assert [call for call in daemon.calls if call.member != "Release"] == [
        Call("ListEnrolledFaces", ("anna",)),
        Call("GetStatus"),
        Call("GetStanding", ("anna",)),
        Call("Export", ("anna",)),
        Call("Claim", ("anna",)),
        Call("RenameEnrolledFace", ("ab", "new")),
        Call("Claim", ("anna",)),
        Call("DeleteEnrolledFace", ("ab",)),
        Call("History", ("anna", 7)),
        Call("GetStatus"),
        Call("Claim", ("anna",)),
        Call("VerifyStart", ("ab", {"figures": True})),
        Call("GetStatus"),
        Call("Claim", ("anna",)),
        Call("EnrollStart", ("hat", {})),
    ]
    assert [call.path for call in daemon.calls if call.member in ("VerifyStart", "EnrollStart")] == [
        answers.CAMERA.object
    ] * 2


def test_a_camera_that_is_not_there_is_said_with_those_that_are(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    result = run("try", "--camera", "/dev/video7")
    assert result.exit_code == 3
    assert result.stderr == "facelatch: no camera '/dev/video7' is connected; connected are: /dev/video0\n"


def test_the_bus_option_wins_over_the_environment(
    run: Run, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    monkeypatch.setenv("FACELATCH_BUS", "unix:path=/nowhere")
    assert run("status").exit_code == 3
    assert run("--bus", daemon.bus.address, "status").exit_code == 0


@pytest.mark.parametrize("address", ["nonsense", "/run/bus", "tcp:host=localhost,port=1", "unix:path=", ";;="])
@pytest.mark.parametrize("command", ["status", "doctor", "try"])
def test_what_is_no_address_of_a_bus_is_wrong_use(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, address: str
) -> None:
    by_option = run("--bus", address, command)
    monkeypatch.setenv("FACELATCH_BUS", address)
    for result in (by_option, run(command)):
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert f"{address!r} is no address of a bus; give it as unix:path=FILE" in result.stderr
    assert run(command, "--help").exit_code == 0


def test_a_silent_daemon_is_given_up(run: Run, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Remote.ask.__kwdefaults__, "patience", 0.05)
    daemon.answering(GetStatus=Act.NOTHING)
    result = run("status")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(
        "facelatch: the daemon broke off: no answer to GetStatus for 0.05 s; look at its log"
    )


# --- whom it is about -------------------------------------------------------------------------------------------------


def test_without_a_name_it_is_about_the_invoking_user(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES)
    run("list")
    assert daemon.calls == [Call("ListEnrolledFaces", (ME,))]


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
    "command",
    ["list", "rename ab new", "remove ab --yes", "history", "try", "enroll", "status", "export"],
    ids=lambda command: command,
)
def test_an_empty_name_is_wrong_use_and_not_oneself(run: Run, daemon: FakeDaemon, command: str) -> None:
    result = run(*command.split(), "--user", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "facelatch: --user: the name is empty; leave the option out to mean yourself\n"
    assert daemon.calls == []


@pytest.mark.parametrize(
    ("user", "line"),
    [
        ("anna", "facelatch list"),
        ("berta", "facelatch list --user berta"),
        ("DOM\\berta b", "facelatch list --user 'DOM\\berta b'"),
    ],
)
def test_a_line_to_type_names_another_user(monkeypatch: pytest.MonkeyPatch, user: str, line: str) -> None:
    monkeypatch.setenv("SUDO_USER", "anna")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert options.invocation("list", user) == line


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
    result = run(*command, label)
    assert (result.exit_code, result.stdout) == (2, "")
    what = "LABEL" if command[0] == "rename" else "--label"
    assert result.stderr == f"facelatch: {what}: {said}\n"
    assert daemon.calls == []


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
    daemon.answering(ListEnrolledFaces=answers.FACES)
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["FACE", "ENROLLED", "SHOTS", "QUALITY", "USABLE", "LABEL"]
    assert lines[1].split()[0] == "abababababab"
    assert lines[1].endswith("5      good     yes     with glasses")
    assert lines[2].endswith("3      poor     no      old")
    assert "another pack" in lines[-1]
    assert all(line == line.rstrip() for line in lines)


def test_list_shows_the_cameras_of_each_face(run: Run, daemon: FakeDaemon) -> None:
    night = msgspec.structs.replace(answers.GLASSES, infrared="usb-1-ir")
    daemon.answering(ListEnrolledFaces=(night, answers.OLD))
    lines = [" ".join(line.split()) for line in run("list").stdout.splitlines()]
    assert "FACE ENROLLED WITH AND INFRARED" in lines
    assert "abababababab usb-1 usb-1-ir" in lines
    assert "cdcdcdcdcdcd usb-1 no" in lines


def test_list_says_how_a_poor_face_is_improved_where_that_is_of_use(run: Run, daemon: FakeDaemon) -> None:
    poor = msgspec.structs.replace(answers.GLASSES, quality=Quality.POOR)
    fair = msgspec.structs.replace(answers.GLASSES, id="ef" * 16, quality=Quality.FAIR)
    daemon.answering(ListEnrolledFaces=(poor, fair, answers.OLD))
    lines = run("list", "-u", "anna").stdout.splitlines()
    assert [line.split()[4] for line in lines[1:4]] == ["poor", "fair", "poor"]
    assert lines[-2].startswith("Poor: ")
    assert [line for line in lines if "--improve" in line] == ["  facelatch enroll --user anna --improve abababababab"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("list -u anna", "anna has no enrolled face. Enrol one: facelatch enroll --user anna\n"),
        ("history -u anna", "Nobody has tried to log in as anna by face yet.\n"),
    ],
)
def test_nothing_to_show_is_said_in_a_sentence(run: Run, daemon: FakeDaemon, command: str, said: str) -> None:
    daemon.answering(ListEnrolledFaces=(), History=())
    result = run(*command.split())
    assert (result.exit_code, result.stdout) == (0, said)


def test_to_oneself_enrolling_is_said_without_a_name(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=())
    assert run("list").stdout.endswith("has no enrolled face. Enrol one: facelatch enroll\n")


def test_no_camera_is_said_with_what_to_do(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, cameras=()))
    assert "connect or switch on a camera" in run("cameras").stdout


@pytest.mark.parametrize("arguments", [("cameras",), ("cameras", "--json")])
def test_an_eye_that_does_not_answer_is_not_told_as_a_camera_that_is_missing(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...]
) -> None:
    silent = "the eye did not answer in time"
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, cameras=(), eye=silent))
    result = run(*arguments)
    assert result.exit_code == 3
    assert f"which cameras there are is not known: {silent}" in result.stdout + result.stderr
    assert "No camera" not in result.stdout


def test_what_others_named_cannot_steer_the_terminal(run: Run, daemon: FakeDaemon) -> None:
    label = "\x1b]0;x\x07 [bold]not markup[/bold] :smile: \u202egnp"
    evil = FaceSummary("ab" * 16, label, "not a time\x1b[2J", 1, "", "", True, Quality.FAIR)
    daemon.answering(ListEnrolledFaces=(evil,), RenameEnrolledFace=evil, DeleteEnrolledFace=evil)
    for arguments in (("list",), ("rename", "a", "b"), ("remove", "a", "--yes")):
        shown = run(*arguments).stdout
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\\x1b]0;x\\x07 [bold]not markup[/bold] :smile: \\u202egnp" in shown


def test_status_groups_the_services_by_class(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS)
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
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, **changed))
    in_words, as_json = run("status"), run("status", "--json")
    assert (in_words.exit_code, as_json.exit_code) == (3, 3)
    assert said in in_words.stdout
    assert json.loads(as_json.stdout)["is"] == "status-report"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Camera    that of the face, else the first real one (2 found)\n"),
        ({"cameras": ()}, "Camera    that of the face, else the first real one (none found)\n"),
        ({"camera": "file:/clip", "cameras": ()}, "Camera    file:/clip\n"),
        ({"camera": "usb-1/046d:0825/ABC", "cameras": (answers.CAMERA,)}, "Camera    usb-1/046d:0825/ABC (1 found)\n"),
    ],
)
def test_status_names_the_camera_in_use_and_only_its_problem_is_a_failure(
    run: Run, daemon: FakeDaemon, changed: dict[str, object], said: str
) -> None:
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, **changed))
    result = run("status")
    assert result.exit_code == 0
    assert said in result.stdout


def test_a_missing_pack_is_told_of_once(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, pack="", pack_problem="no pack", eye="no pack"))
    shown = run("status").stdout
    assert shown.count("no pack") == 1
    assert "Eye       waits for the pack\n" in shown


def test_cameras_are_shown_whole(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    shown = run("cameras").stdout
    assert "Camera  pci-1-usb-2/046d:0825/ABC\n" in shown
    assert "Driver  uvcvideo, USB 046d:0825\n" in shown
    assert "Kind    colour, built in\n" in shown
    assert "Kind    infrared, virtual: a program feeds it\n" in shown


def test_a_camera_that_can_be_unplugged_and_its_infrared_companion_are_told(run: Run, daemon: FakeDaemon) -> None:
    double = msgspec.structs.replace(answers.CAMERA, removable=True, companion="usb-1-ir")
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, cameras=(double,)))
    shown = run("cameras").stdout
    assert "Kind    colour, removable\n" in shown
    assert "Beside  usb-1-ir, infrared, in the same device\n" in shown


def test_history_says_why_in_words(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(History=(answers.ATTEMPT,))
    line = run("history").stdout.splitlines()[1]
    assert line.endswith("sudo     mismatch  2.5 s  the face is not one that is enrolled (not alike)")


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
def test_a_limit_out_of_range_is_wrong_use(run: Run, limit: str) -> None:
    assert run("history", "--limit", limit).exit_code == 2


# --- remove -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("",), ("", "--yes"), ("ab", "--all"), ("ab", "--all", "--yes")])
def test_remove_wants_one_face_or_all_and_an_empty_name_is_not_all(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...]
) -> None:
    result = run("remove", *arguments)
    assert result.exit_code == 2
    assert ("not both" in result.stderr) is ("ab" in arguments)
    assert daemon.calls == []


def test_removing_all_without_asking_removes_all_and_says_that_nothing_is_left(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(DeleteEnrolledFaces=answers.FACES)
    result = run("remove", "--all", "-y", "-u", "anna")
    assert daemon.members == ["Claim", "DeleteEnrolledFaces", "Release"]
    assert result.stdout == (
        "Removed “with glasses” (abababababab).\nRemoved “old” (cdcdcdcdcdcd).\n"
        "Nothing is stored about anna any more: faces, history and standing are gone.\n"
    )


def test_a_history_without_a_face_is_removed_as_well(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(DeleteEnrolledFaces=())
    result = run("remove", "--all", "-y", "-u", "anna")
    assert (result.exit_code, daemon.calls[1]) == (0, Call("DeleteEnrolledFaces"))
    assert result.stdout == "Nothing is stored about anna any more: faces, history and standing are gone.\n"


def test_one_face_removed_is_not_said_to_be_all(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(DeleteEnrolledFace=answers.OLD)
    assert "Nothing is stored" not in run("remove", "ab", "-y").stdout


@pytest.mark.parametrize("arguments", [("ab",), ("--all",), ("ab", "--json")])
def test_remove_refuses_to_ask_without_a_terminal(run: Run, daemon: FakeDaemon, arguments: tuple[str, ...]) -> None:
    result = run("remove", *arguments)
    assert result.exit_code == 2
    assert "--yes" in result.output
    assert daemon.calls == []


def test_an_empty_name_renames_nothing(run: Run, daemon: FakeDaemon) -> None:
    assert run("rename", "", "label").exit_code == 2
