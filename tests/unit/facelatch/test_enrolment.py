"""`facelatch enroll`, from the camera and from pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from facelatch.bus import BusError, ReviewReady
from facelatch.cli.report import Report
from facelatch.limits import LARGEST_PICTURE
from facelatch.types import Enrolled, EnrollStep, Failure, Hint, Pose, Quality, Reason, Refusal
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Act, Call, FakeDaemon


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


@pytest.fixture
def keeping(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon that could use all pictures, and keeps those in the end whose name does not say bad."""
    judged: list[EnrollStep] = []

    def answer(call: Call) -> EnrollStep:
        name = call.arguments[0]
        good = "bad" not in name
        judged.append(EnrollStep(2, 16, good, None if good else Hint.ANOTHER_FACE, "" if good else "Not you.", name))
        daemon.telling("EnrollFinish", *judged, ReviewReady(judged[-1]))
        return EnrollStep(len(judged), 16, True, name=name)

    return daemon.answering(EnrollPicture=answer, EnrollFinish=None).telling("EnrollSave", answers.ENROLLED)


def refusing(daemon: FakeDaemon, failure: Failure) -> FakeDaemon:
    """Let a daemon judge one picture, and then come to nothing."""
    step = EnrollStep(0, 16, False, Hint.UNDECIDED, "Person 1 of 2.", "a.jpg")
    daemon.answering(EnrollPicture=EnrollStep(1, 16, True, name="a.jpg"), EnrollFinish=None)
    return daemon.telling("EnrollFinish", step, failure)


def test_from_a_camera_each_change_is_a_line_and_the_end_a_summary(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.MISSED, answers.MISSED, answers.SHOT, answers.ENROLLED)
    result = run("enroll", "-u", "anna")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "1 of 5 shots  hold still",
        "1 of 5 shots  turn a little to the left",
        "Enrolled “with glasses” (abababababab) of anna with 5 shots.",
        "See whether it is recognised: facelatch try --user anna",
    ]


def test_to_oneself_the_next_step_is_said_without_a_name(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.ENROLLED)
    assert run("enroll").stdout.splitlines()[-1] == "See whether it is recognised: facelatch try"


def test_what_could_be_better_is_said_after_the_success(run: Run, daemon: FakeDaemon) -> None:
    hint = "the head was never turned that far; improve this face for a better one"
    daemon.telling("EnrollStart", Enrolled(answers.GLASSES, (Pose.LEFT,), hint))
    result = run("enroll", "-u", "anna")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:3] == [
        "The head was never turned that far; improve this face for a better one.",
        "Add to it: facelatch enroll --user anna --improve abababababab",
    ]


def test_with_json_a_frame_that_says_nothing_new_is_no_line(run: Run, daemon: FakeDaemon) -> None:
    other = EnrollStep(1, 5, False, Hint.CLOSER, "come closer")
    steps = [answers.SHOT, answers.MISSED, answers.MISSED, answers.MISSED, other, other, answers.MISSED]
    daemon.telling("EnrollStart", *steps, answers.ENROLLED)
    lines = [json.loads(line) for line in run("enroll", "--json").stdout.splitlines()]
    assert [line.get("hint") for line in lines] == ["left", "hold-still", "closer", "hold-still", None]
    assert lines[0]["text"] == "turn a little to the left"


def test_pictures_are_lines_of_their_own_however_alike(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    for name in ("a-bad.jpg", "b-bad.jpg", "c.jpg"):
        (folder / name).write_bytes(b"x")
    result = run("enroll", "--from-pictures", str(folder), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [line.get("name") for line in lines] == ["a-bad.jpg", "b-bad.jpg", "c.jpg", None, None]
    left_out = {"another-face": ["a-bad.jpg", "b-bad.jpg"]}
    assert lines[-2] == {"is": "picture-summary", "pictures": 3, "kept": 1, "left_out": left_out}
    assert lines[-1]["is"] == "enrolled"


def test_with_json_a_refusal_comes_after_the_report(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    refusing(daemon, Failure(Reason.UNCLEAR, "none"))
    result = run("enroll", "--from-pictures", str(folder), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [line.get("is") for line in lines] == ["enroll-step", "picture-summary", None]
    assert lines[-1] == {"error": "unclear", "text": "none"}


def test_one_shot_is_no_shots(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", EnrollStep(0, 1, False, Hint.HOLD_STILL, "hold still"), answers.ENROLLED)
    assert run("enroll").stdout.splitlines()[0] == "0 of 1 shot  hold still"


def test_with_json_each_step_is_a_line_and_the_last_is_the_face(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.SHOT, answers.MISSED, answers.ENROLLED)
    lines = [json.loads(line) for line in run("enroll", "--json").stdout.splitlines()]
    assert [line["is"] for line in lines] == ["enroll-step", "enroll-step", "enrolled"]


def test_with_json_an_error_in_the_middle_is_the_last_line(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.SHOT, Failure(Reason.TIMEOUT, "sit nearer"))
    result = run("enroll", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1]) == {"error": "timeout", "text": "sit nearer"}


def test_pictures_are_sent_in_order_and_each_is_told_of(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    for name in ("c-bad.PNG", "a.jpg", "b.webp"):
        (folder / name).write_bytes(name.encode())
    (folder / "notes.txt").write_text("none")
    (folder / "scan.tiff").write_bytes(b"II*\0")
    (folder / ".hidden.jpg").write_text("none")
    (folder / "more").mkdir()
    result = run("enroll", "--from-pictures", str(folder), "-u", "anna", "-l", "hat")
    assert result.exit_code == 0
    assert keeping.calls == [
        Call("Claim", ("anna",)),
        Call("EnrollStart", ("hat", {"pictures": True})),
        Call("EnrollPicture", ("a.jpg", b"a.jpg")),
        Call("EnrollPicture", ("b.webp", b"b.webp")),
        Call("EnrollPicture", ("c-bad.PNG", b"c-bad.PNG")),
        Call("EnrollFinish"),
        Call("EnrollSave", ([],)),
        Call("EnrollStop"),
        Call("Release"),
    ]
    assert result.stdout.splitlines()[:8] == [
        "skipped   more/  (a subfolder, which is not looked into)",
        "skipped   notes.txt  (no JPEG, PNG, WebP or BMP by its name)",
        "skipped   scan.tiff  (no JPEG, PNG, WebP or BMP by its name)",
        "kept      a.jpg",
        "kept      b.webp",
        "not kept  c-bad.PNG  (Not you.)",
        "2 of 3 kept; 1 another person: c-bad.PNG.",
        "Enrolled “with glasses” (abababababab) of anna with 5 shots.",
    ]


def test_with_json_skipped_files_are_lines_too(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"x")
    lines = run("enroll", "--from-pictures", str(folder), "--json").stdout.splitlines()
    assert json.loads(lines[0]) == {"is": "skipped", "name": "notes.txt"}


def test_a_name_that_is_not_utf_8_travels_escaped(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/gr\xfc\xdf\x1b[2J.jpg")).write_bytes(b"x")
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 0
    assert keeping.calls[2].arguments[0] == "gr\\xfc\\xdf\x1b[2J.jpg"
    assert "kept      gr\\xfc\\xdf\\x1b[2J.jpg\n" in result.stdout


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST_PICTURE + 1)


BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("large.jpg", large, "16.0 MiB, at most 16 MiB are taken"),
    ("pipe.jpg", os.mkfifo, "not a regular file"),
    ("folder.jpg", os.mkdir, "not a regular file"),
    ("dangling.jpg", lambda path: path.symlink_to("nowhere"), "cannot be read (No such file or directory)"),
    ("loop.jpg", lambda path: path.symlink_to(path), "cannot be read (Too many levels of symbolic links)"),
]


@pytest.mark.parametrize(("name", "make", "said"), BROKEN)
def test_a_picture_that_cannot_be_sent_is_named_and_the_others_are_enrolled(
    run: Run, keeping: FakeDaemon, folder: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    make(folder / name)
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 0
    assert f"not kept  {name}  ({said})\n" in result.stdout
    assert f"1 of 2 kept; 1 unreadable: {name}.\n" in result.stdout
    assert [call.arguments[0] for call in keeping.calls if call.member == "EnrollPicture"] == ["a.jpg"]


def test_a_folder_of_nothing_but_pictures_that_cannot_be_sent_stops_before_the_daemon_is_asked(
    run: Run, daemon: FakeDaemon, folder: Path
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        large(folder / name)
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 2
    assert "no picture in it can be used (a.jpg: 16.0 MiB" in result.stderr
    assert result.stderr.endswith(", and 2 more like it)\n")
    assert daemon.calls == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "no JPEG, PNG, WebP or BMP in it (looked for .jpg, "),
        ("missing", "No such file"),
        ("file.txt", "Not a directory"),
    ],
)
def test_a_folder_without_pictures_is_wrong_use(run: Run, folder: Path, name: str, said: str) -> None:
    (folder / "file.txt").write_text("none")
    result = run("enroll", "--from-pictures", str(folder / name))
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_picture_that_vanishes_in_the_middle_is_named_and_the_others_are_enrolled(
    run: Run, daemon: FakeDaemon, folder: Path
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (folder / name).write_bytes(b"x")

    def answer(_call: Call) -> EnrollStep:
        (folder / "b.jpg").unlink(missing_ok=True)
        return answers.SHOT

    steps = [EnrollStep(2, 16, True, name=name) for name in ("a.jpg", "c.jpg")]
    daemon.answering(EnrollPicture=answer, EnrollFinish=None)
    daemon.telling("EnrollFinish", *steps, ReviewReady(steps[-1])).telling("EnrollSave", answers.ENROLLED)
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 0
    assert "not kept  b.jpg  (cannot be read (No such file or directory))" in result.stdout
    assert "2 of 3 kept; 1 unreadable: b.jpg." in result.stdout


def test_where_it_is_not_clear_who_is_meant_the_way_to_say_it_is_told(
    run: Run, daemon: FakeDaemon, folder: Path
) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    refusing(daemon, Failure(Reason.SEVERAL_FACES, "several people"))
    result = run("enroll", "--from-pictures", str(folder), "-u", "anna", "-l", "my hat")
    assert (result.exit_code, result.stderr) == (1, "facelatch: several people\n")
    assert result.stdout.splitlines() == [
        "not kept  a.jpg  (Person 1 of 2.)",
        "0 of 1 kept; 1 one of several people: a.jpg.",
        f"Say who is meant: facelatch enroll --user anna --label 'my hat' --from-pictures {folder} --like PICTURE",
    ]
    assert "EnrollSave" not in daemon.members


def test_the_picture_that_shows_who_is_meant_is_told_to_the_daemon(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    assert run("enroll", "--from-pictures", str(folder), "--like", f"{folder}/a.jpg").exit_code == 0
    assert keeping.calls[1] == Call("EnrollStart", ("", {"like": "a.jpg", "pictures": True}))


def test_a_dry_run_reports_and_stores_nothing(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    for name in ("a.jpg", "bad.jpg"):
        (folder / name).write_bytes(b"x")
    result = run("enroll", "--from-pictures", str(folder), "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == ["1 of 2 kept; 1 another person: bad.jpg.", "Nothing was stored."]
    assert keeping.members[-3:] == ["EnrollFinish", "EnrollStop", "Release"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--like", "a.jpg"), "--like and --dry-run are about --from-pictures"),
        (("--dry-run",), "--like and --dry-run are about --from-pictures"),
        (("--from-pictures", "DIR", "--like", "b.jpg"), "--like: 'b.jpg' is none of the pictures in"),
        (("--from-pictures", "DIR", "--like", "/etc/a.jpg"), "--like: '/etc/a.jpg' is none of the pictures in"),
        (("--from-pictures", "DIR", "--like", "nowhere/a.jpg"), "--like: 'nowhere/a.jpg' is none of the pictures in"),
    ],
)
def test_options_about_pictures_that_are_not_there_are_wrong_use(
    run: Run, daemon: FakeDaemon, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    result = run("enroll", *(str(folder) if word == "DIR" else word for word in arguments))
    assert result.exit_code == 2
    assert said in result.stderr
    assert daemon.calls == []


def test_many_pictures_of_one_kind_are_counted_and_the_first_are_named() -> None:
    report = Report()
    for number in range(7):
        report.add(EnrollStep(1, 16, False, Hint.HOLD_STILL, "blurred", f"{number}.jpg"))
    for number in range(3):
        report.add(EnrollStep(1, 16, False, Hint.ALIKE, "alike", f"same-{number}.jpg"))
    report.add(EnrollStep(1, 16, True, name="good.jpg"))
    assert report.sentence == "1 of 11 kept; 7 blurred: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, …; 3 too much alike."


def test_a_refusal_in_the_middle_ends_the_enrolment_and_no_further_picture_is_sent(
    run: Run, daemon: FakeDaemon, folder: Path
) -> None:
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"x")
    daemon.answering(EnrollPicture=BusError(Reason.BUSY, "a login needs the eye"))
    result = run("enroll", "--from-pictures", str(folder))
    assert (result.exit_code, result.stderr) == (3, "facelatch: a login needs the eye\n")
    assert daemon.members.count("EnrollPicture") == 1
    assert "EnrollSave" not in daemon.members


def test_a_daemon_that_leaves_in_the_middle_of_the_pictures_is_said(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    daemon.answering(EnrollPicture=Act.LEAVE)
    result = run("enroll", "--from-pictures", str(folder))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the daemon cannot be reached" in result.stderr


def test_camera_and_pictures_exclude_each_other(run: Run, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    assert run("enroll", "--camera", "x", "--from-pictures", str(folder)).exit_code == 2


def test_a_face_without_a_label_still_has_a_sentence(run: Run, daemon: FakeDaemon) -> None:
    nameless = type(answers.GLASSES)("ef" * 16, "", "", 1, "", "", True, Quality.FAIR)
    daemon.telling("EnrollStart", Enrolled(nameless))
    assert "Enrolled the face without a label (efefefefefef) of anna with 1 shot." in run("enroll", "-u", "anna").stdout


# --- improving --------------------------------------------------------------------------------------------------------


def test_a_face_is_improved_by_more_shots(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.ENROLLED)
    result = run("enroll", "--improve", "ab", "-u", "anna")
    assert daemon.calls[1] == Call("EnrollStart", ("", {"face": "ab"}))
    assert result.stdout.splitlines()[0] == "Improved “with glasses” (abababababab) of anna: 5 shots now."


def test_a_face_is_improved_from_pictures_too(run: Run, keeping: FakeDaemon, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    assert run("enroll", "--improve", "ab", "--from-pictures", str(folder)).exit_code == 0
    assert keeping.calls[1] == Call("EnrollStart", ("", {"face": "ab", "pictures": True}))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--improve", "ab", "--label", "hat"), "the face keeps its label"),
        (("--improve", ""), "--improve: the face is empty"),
    ],
)
def test_what_cannot_be_improved_is_wrong_use(
    run: Run, daemon: FakeDaemon, arguments: tuple[str, ...], said: str
) -> None:
    result = run("enroll", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert daemon.calls == []


def test_a_face_to_improve_that_is_not_there_is_not_found(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(EnrollStart=BusError(Refusal.NO_SUCH_FACE, "no face 'zz'"))
    result = run("enroll", "--improve", "zz", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"error": "no-such-face", "text": "no face 'zz'"}
