"""`facelatch enroll`, from the camera and from pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from facelatch.admin import LARGEST_PICTURE, Enroll, Enrolled, EnrollStep, Failed, PictureLine
from facelatch.types import Reason
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Conversation, FakeDaemon


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


@pytest.fixture
def received(daemon: FakeDaemon) -> list[PictureLine]:
    """The pictures that a daemon got which keeps all but those whose name says bad."""
    pictures: list[PictureLine] = []

    def script(talk: Conversation) -> None:
        request = talk.receive()
        daemon.requests.append(request)
        assert isinstance(request, Enroll)
        for _ in range(request.pictures):
            picture = talk.receive()
            assert isinstance(picture, PictureLine)
            pictures.append(picture)
            good = "bad" not in picture.name
            talk.send(EnrollStep(len(pictures), 3, good, "" if good else "no face was found", picture.name))
        talk.send(answers.ENROLLED)

    daemon.script = script
    return pictures


def test_from_a_camera_each_change_is_a_line_and_the_end_a_summary(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.MISSED, answers.MISSED, answers.SHOT, answers.ENROLLED)
    result = run("enroll", "-u", "anna")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "1 of 5 shots  hold still",
        "1 of 5 shots  turn a little to the left",
        "Enrolled “with glasses” (abababababab) of anna with 5 shots.",
        "See whether it is recognised: sudo facelatch try --user anna",
    ]


def test_to_oneself_the_next_step_is_said_without_a_name(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.ENROLLED)
    assert run("enroll").stdout.splitlines()[-1] == "See whether it is recognised: facelatch try"


def test_what_could_be_better_is_said_after_the_success(run: Run, daemon: FakeDaemon) -> None:
    hint = "4 of 8 shots: the head was never turned; enrol again for more"
    daemon.answering(Enrolled(answers.GLASSES, hint))
    result = run("enroll")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == hint


def test_with_json_a_frame_that_says_nothing_new_is_no_line(run: Run, daemon: FakeDaemon) -> None:
    other = EnrollStep(1, 5, False, "come closer")
    steps = [answers.SHOT, answers.MISSED, answers.MISSED, answers.MISSED, other, other, answers.MISSED]
    daemon.answering(*steps, answers.ENROLLED)
    lines = [json.loads(line) for line in run("enroll", "--json").stdout.splitlines()]
    assert [line.get("hint") for line in lines] == [
        "turn a little to the left",
        "hold still",
        "come closer",
        "hold still",
        "",
    ]


def test_pictures_are_lines_of_their_own_however_alike(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"x")

    def script(talk: Conversation) -> None:
        talk.receive()
        for name in ("a.jpg", "b.jpg"):
            talk.receive()
            talk.send(EnrollStep(0, 1, False, "no face", name))
        talk.send(Failed(Reason.UNCLEAR, "none"))

    daemon.script = script
    lines = [json.loads(line) for line in run("enroll", "--from-pictures", str(folder), "--json").stdout.splitlines()]
    assert [line.get("name") for line in lines] == ["a.jpg", "b.jpg", None]


def test_one_shot_is_no_shots(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(EnrollStep(0, 1, False, "hold still"), answers.ENROLLED)
    assert run("enroll").stdout.splitlines()[0] == "0 of 1 shot  hold still"


def test_with_json_each_step_is_a_line_and_the_last_is_the_face(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.SHOT, answers.MISSED, answers.ENROLLED)
    lines = [json.loads(line) for line in run("enroll", "--json").stdout.splitlines()]
    assert [line["is"] for line in lines] == ["enroll-step", "enroll-step", "enrolled"]


def test_with_json_an_error_in_the_middle_is_the_last_line(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(answers.SHOT, Failed(Reason.TIMEOUT, "sit nearer"))
    result = run("enroll", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1]) == {"error": "timeout", "text": "sit nearer"}


def test_pictures_are_sent_in_order_and_each_is_told_of(
    run: Run, daemon: FakeDaemon, received: list[PictureLine], folder: Path
) -> None:
    for name in ("c-bad.PNG", "a.jpg", "b.webp"):
        (folder / name).write_bytes(name.encode())
    (folder / "notes.txt").write_text("none")
    (folder / "scan.tiff").write_bytes(b"II*\0")
    (folder / ".hidden.jpg").write_text("none")
    (folder / "more").mkdir()
    result = run("enroll", "--from-pictures", str(folder), "-u", "anna", "-l", "hat")
    assert result.exit_code == 0
    assert daemon.requests == [Enroll("anna", "hat", "", 3)]
    assert [(picture.name, picture.data) for picture in received] == [
        ("a.jpg", b"a.jpg"),
        ("b.webp", b"b.webp"),
        ("c-bad.PNG", b"c-bad.PNG"),
    ]
    assert result.stdout.splitlines()[:6] == [
        "skipped   notes.txt  (no JPEG, PNG, WebP or BMP by its name)",
        "skipped   scan.tiff  (no JPEG, PNG, WebP or BMP by its name)",
        "kept      a.jpg",
        "kept      b.webp",
        "not kept  c-bad.PNG  (no face was found)",
        "Enrolled “with glasses” (abababababab) of anna with 5 shots, 1 not kept.",
    ]


def test_with_json_skipped_files_are_lines_too(run: Run, received: list[PictureLine], folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"x")
    lines = run("enroll", "--from-pictures", str(folder), "--json").stdout.splitlines()
    assert json.loads(lines[0]) == {"is": "skipped", "name": "notes.txt"}


def test_a_name_that_is_not_utf_8_travels_escaped(run: Run, received: list[PictureLine], folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/gr\xfc\xdf\x1b[2J.jpg")).write_bytes(b"x")
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 0
    assert received[0].name == "gr\\xfc\\xdf\x1b[2J.jpg"
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
    assert daemon.requests == []


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

    def script(talk: Conversation) -> None:
        talk.receive()
        talk.receive()
        (folder / "b.jpg").unlink()
        talk.send(answers.SHOT)
        talk.wait_for_end()
        daemon.hung_up.set()

    daemon.script = script
    result = run("enroll", "--from-pictures", str(folder))
    assert result.exit_code == 2
    assert "b.jpg: cannot be read" in result.stderr
    assert daemon.hung_up.wait(10)


def test_camera_and_pictures_exclude_each_other(run: Run, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(b"x")
    assert run("enroll", "--camera", "x", "--from-pictures", str(folder)).exit_code == 2


def test_a_face_without_a_label_still_has_a_sentence(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Enrolled(type(answers.GLASSES)("ef" * 16, "", "", 1, "", "", True)))
    assert "Enrolled the face without a label (efefefefefef) of anna with 1 shot." in run("enroll", "-u", "anna").stdout
