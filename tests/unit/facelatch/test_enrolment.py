"""`facelatch enroll`, from the camera and from pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from facelatch.bus import BusError
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
    """A daemon that keeps all pictures but those whose name says bad."""

    def answer(call: Call) -> EnrollStep:
        name = call.arguments[0]
        good = "bad" not in name
        return EnrollStep(1, 3, good, None if good else Hint.NO_FACE, "" if good else "no face was found", name)

    return daemon.answering(EnrollPicture=answer).telling("EnrollSave", answers.ENROLLED)


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
    for name in ("a-bad.jpg", "b-bad.jpg"):
        (folder / name).write_bytes(b"x")
    keeping.telling("EnrollSave", Failure(Reason.UNCLEAR, "none"))
    result = run("enroll", "--from-pictures", str(folder), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [line.get("name") for line in lines] == ["a-bad.jpg", "b-bad.jpg", None]
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
        Call("EnrollSave", ([],)),
        Call("EnrollStop"),
        Call("Release"),
    ]
    assert result.stdout.splitlines()[:6] == [
        "skipped   notes.txt  (no JPEG, PNG, WebP or BMP by its name)",
        "skipped   scan.tiff  (no JPEG, PNG, WebP or BMP by its name)",
        "kept      a.jpg",
        "kept      b.webp",
        "not kept  c-bad.PNG  (no face was found)",
        "Enrolled “with glasses” (abababababab) of anna with 5 shots, 1 not kept.",
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


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("large.jpg", large, "16.0 MiB, at most 16 MiB"),
        ("pipe.jpg", os.mkfifo, "not a regular file"),
        ("folder.jpg", os.mkdir, "not a regular file"),
        ("dangling.jpg", lambda path: path.symlink_to("nowhere"), "cannot be read (No such file or directory)"),
        ("loop.jpg", lambda path: path.symlink_to(path), "cannot be read (Too many levels of symbolic links)"),
    ],
)
def test_a_picture_that_cannot_be_sent_stops_all_before_the_daemon_is_asked(
    run: Run, daemon: FakeDaemon, folder: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    make(folder / name)
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"facelatch: {folder / name}: {said}")
    assert daemon.calls == []


def test_of_several_bad_pictures_the_first_is_named_and_the_rest_counted(run: Run, folder: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        large(folder / name)
    result = run("enroll", "--from-pictures", str(folder))
    assert f"{folder}/a.jpg: " in result.stderr
    assert result.stderr.endswith(" (and 2 more like it)\n")
    assert result.stderr.count("\n") == 1


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


def test_a_picture_that_vanishes_in_the_middle_ends_the_enrolment(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    (folder / "b.jpg").write_bytes(b"x")

    def answer(_call: Call) -> EnrollStep:
        (folder / "b.jpg").unlink()
        return answers.SHOT

    daemon.answering(EnrollPicture=answer)
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 2
    assert "b.jpg: cannot be read" in result.stderr
    assert daemon.members == ["Claim", "EnrollStart", "EnrollPicture", "EnrollStop", "Release"]


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
