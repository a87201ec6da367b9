"""`facelatch analyse` against a daemon that answers as it should, and pictures of every kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from facelatch.cli import annotation, findings
from facelatch.errors import BusError
from facelatch.limits import LARGEST_PICTURE
from facelatch.types import Analysis, Failure, Identified, Identity, Reason, Told, View
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Call, FakeDaemon, Raw, fields

WIDTH, HEIGHT = 64, 48
FACE = msgspec.structs.replace(
    answers.ANALYSIS.faces[0],
    box=(10.0, 12.0, 20.0, 24.0),
    landmarks=((15, 20), (25, 20), (20, 25), (16, 30), (24, 30)),
)
ONE = Analysis(WIDTH, HEIGHT, View.CLEAR, 0.5, (FACE,))
SEVERAL = Analysis(WIDTH, HEIGHT, View.SEVERAL_FACES, 0.5, (FACE, msgspec.structs.replace(FACE, live=False)), more=24)
NOBODY = Analysis(WIDTH, HEIGHT, View.NO_FACE, 0.5)


def encoded(suffix: str = ".png", width: int = WIDTH, height: int = HEIGHT) -> bytes:
    return cv2.imencode(suffix, np.full((height, width, 3), 90, np.uint8))[1].tobytes()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.png"
    path.write_bytes(encoded())
    return path


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


# --- what is asked and told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["analyse", "analyze"])
def test_a_picture_is_told_as_one_json_object(run: Run, daemon: FakeDaemon, photo: Path, command: str) -> None:
    daemon.answering(Analyse=ONE)
    result = run(command, str(photo), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    (told,) = lines(result.stdout)
    assert (told["is"], told["name"], told["annotated"]) == ("analysed-picture", str(photo), None)
    assert msgspec.convert(told["analysis"], Analysis) == ONE
    assert daemon.calls == [Call("Analyse", (encoded(), {}))]


def test_the_other_spelling_is_not_shown_twice(run: Run) -> None:
    shown = run("--help").stdout
    assert "analyse" in shown
    assert "analyze" not in shown


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--attributes"], {"attributes": True}),
        (["--identify"], {"identify": True}),
        (["--attributes", "--identify"], {"attributes": True, "identify": True}),
    ],
)
def test_only_what_is_wanted_is_asked(
    run: Run, daemon: FakeDaemon, photo: Path, options: list[str], asked: dict[str, bool]
) -> None:
    daemon.answering(Analyse=ONE)
    assert run("analyse", str(photo), *options).exit_code == 0
    assert daemon.calls == [Call("Analyse", (encoded(), asked))]


def test_one_face_is_told_with_all_of_its_quality(run: Run, daemon: FakeDaemon, photo: Path) -> None:
    quality = {"sharpness": 71.5, "head-size": 3.0, "luminance-mean": 97.0}
    daemon.answering(Analyse=msgspec.structs.replace(ONE, faces=(msgspec.structs.replace(FACE, quality=quality),)))
    said = run("analyse", str(photo), "--attributes", "--identify").stdout
    for word in (
        "1 face", "64 × 48 pixels", "20 × 24 at 10, 12", "looks alive", "straight", "anna, “plain” (97.0% likely)",
        "yes (90%)", "unsure (at most 40%)", "72  sharpness", "3  head size", "97  luminance mean", "decided by them",
    ):  # fmt: skip
        assert word in said, word


def test_several_faces_are_a_table_and_those_not_looked_at_are_counted(
    run: Run, daemon: FakeDaemon, photo: Path
) -> None:
    quality = {
        "sharpness": 71.5,
        "head-size": 3.0,
        "natural-colour": 8.0,
        "single-face-present": 0.0,
        "head-pose-yaw": 90.0,
    }
    faces = tuple(msgspec.structs.replace(face, quality=quality) for face in SEVERAL.faces)
    daemon.answering(Analyse=msgspec.structs.replace(SEVERAL, faces=faces))
    said = run("analyse", str(photo)).stdout
    assert "26 faces" in said
    assert "24 smaller faces more, which were not looked at." in said
    assert "WEAKEST QUALITY" in said
    assert "natural colour 8, sharpness 72\n" in said
    assert "looks like a picture" in said


def test_no_face_is_said_as_such_and_is_no_failure(run: Run, daemon: FakeDaemon, photo: Path) -> None:
    daemon.answering(Analyse=NOBODY)
    result = run("analyse", str(photo), "--attributes")
    assert result.exit_code == 0
    assert result.stdout == f"{photo}: no face found, 64 × 48 pixels\n"


def test_a_dark_picture_without_a_face_says_that_it_is_dark(run: Run, daemon: FakeDaemon, photo: Path) -> None:
    daemon.answering(Analyse=msgspec.structs.replace(NOBODY, view=View.DARK))
    assert "no face found, 64 × 48 pixels, too dark" in run("analyse", str(photo)).stdout


def test_a_pack_that_tells_no_attributes_is_said_to(run: Run, daemon: FakeDaemon, photo: Path) -> None:
    daemon.answering(Analyse=msgspec.structs.replace(ONE, faces=(msgspec.structs.replace(FACE, attributes=()),)))
    assert "The pack tells no attributes." in run("analyse", str(photo), "--attributes").stdout


@pytest.mark.parametrize(
    ("identified", "words"),
    [
        (Identified("", 0.995), "nobody enrolled (99.5% likely)"),
        (Identified("", 1.0), "nobody enrolled (over 99.9% likely)"),
        (Identified("anna", 0.1, (Identity("anna", "", 0.9),)), "anna (90.0% likely)"),
        (Identified("anna", 0.1, ()), "anna"),
    ],
)
def test_who_a_face_is_is_told_with_how_likely_that_is(identified: Identified, words: str) -> None:
    assert findings.identified_words(identified) == words


@pytest.mark.parametrize(
    ("angles", "words"),
    [
        ((0.0, 0.0, 0.0), "straight"),
        ((24.0, -12.0, 3.0), "24° left, 12° down"),
        ((-24.0, 12.0, -30.0), "24° right, 12° up, 30° tilted right"),
    ],
)
def test_a_turned_head_is_told_as_its_owner_has_left_and_right(angles: tuple[float, float, float], words: str) -> None:
    yaw, pitch, roll = angles
    assert findings.head_words(msgspec.structs.replace(FACE, yaw=yaw, pitch=pitch, roll=roll)) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told("mask", "absent", 0.9996), "absent (over 99%)"),
        (Told("mask", "absent", 0.99), "absent (99%)"),
        (Told("age", "unsure", 0.6), "unsure (at most 60%)"),
    ],
)
def test_no_guess_is_told_as_certain(told: Told, words: str) -> None:
    assert findings.told_words(told) == words


# --- files that are none, and folders ---------------------------------------------------------------------------------


def broken(kind: str, folder: Path) -> Path:
    path = folder / "broken.jpg"
    match kind:
        case "folder in a folder":
            (path / "inner").mkdir(parents=True)
            return path / "inner" / "none.jpg"
        case "pipe":
            os.mkfifo(path)
        case "empty":
            path.touch()
        case "too large":
            path.touch()
            os.truncate(path, LARGEST_PICTURE + 1)
        case "link to nowhere":
            path.symlink_to("nowhere")
        case "device":
            return Path("/dev/null")
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("not there", "No such file"),
        ("folder in a folder", "No such file"),
        ("pipe", "no regular file"),
        ("device", "no regular file"),
        ("empty", "it is empty"),
        ("too large", "more than 16 MiB"),
        ("link to nowhere", "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_of_and_the_next_is_looked_at(
    run: Run, daemon: FakeDaemon, photo: Path, tmp_path: Path, kind: str, words: str
) -> None:
    daemon.answering(Analyse=ONE)
    path = broken(kind, tmp_path)
    in_words = run("analyse", str(path), str(photo))
    assert in_words.exit_code == 1
    assert f"{path}: not looked at: " in in_words.stdout
    assert words in in_words.stdout
    assert f"{photo}: 1 face" in in_words.stdout
    refused, told = lines(run("analyse", str(path), str(photo), "--json").stdout)
    assert (refused["is"], refused["name"], refused["error"]) == ("refused-picture", str(path), "bad-request")
    assert told["is"] == "analysed-picture"


def test_what_the_daemon_cannot_decode_is_told_of_and_the_next_is_looked_at(
    run: Run, daemon: FakeDaemon, photo: Path, tmp_path: Path
) -> None:
    def judged(call: Call) -> Any:
        return ONE if call.arguments[0] == encoded() else BusError(Reason.BAD_REQUEST, "this is a GIF")

    (tmp_path / "moving.gif").write_bytes(b"GIF89a")
    daemon.answering(Analyse=judged)
    result = run("analyse", str(tmp_path / "moving.gif"), str(photo))
    assert result.exit_code == 1
    assert f"{tmp_path}/moving.gif: not looked at: this is a GIF" in result.stdout
    assert f"{photo}: 1 face" in result.stdout


def test_a_folder_is_its_pictures_and_what_is_none_is_named(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png"):
        (tmp_path / name).write_bytes(encoded())
    (tmp_path / "inner").mkdir()
    daemon.answering(Analyse=NOBODY)
    told = lines(run("analyse", str(tmp_path), "--json").stdout)
    assert [(one["is"], one["name"]) for one in told] == [
        ("skipped", f"{tmp_path}/inner/"),
        ("skipped", f"{tmp_path}/notes.txt"),
        ("analysed-picture", f"{tmp_path}/a.png"),
        ("analysed-picture", f"{tmp_path}/b.JPG"),
    ]
    in_words = run("analyse", str(tmp_path)).stdout
    assert "notes.txt: not a picture by its name, left out" in in_words
    assert "inner/: a subfolder, which is not looked into, left out" in in_words


def test_a_folder_without_a_picture_is_wrong_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    result = run("analyse", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no JPEG, PNG, WebP or BMP in it" in result.stderr


def test_a_name_that_is_not_utf_8_is_told_all_the_same(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(path)).write_bytes(encoded())
    daemon.answering(Analyse=ONE)
    (told,) = lines(run("analyse", os.fsdecode(path), "--json").stdout)
    assert told["name"] == f"{tmp_path}/caf\\xe9.png"


def test_a_name_cannot_steer_the_terminal(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.png").write_bytes(encoded())
    daemon.answering(Analyse=ONE)
    assert "\x1b" not in run("analyse", str(tmp_path)).stdout


@pytest.mark.parametrize(
    ("reason", "code"), [(Reason.NOT_PERMITTED, 4), (Reason.NO_PACK, 3), (Reason.NOT_ENROLLED, 1), (Reason.BUSY, 3)]
)
def test_what_would_fail_for_every_picture_ends_the_command_and_names_the_first(
    run: Run, daemon: FakeDaemon, photo: Path, reason: Reason, code: int
) -> None:
    daemon.answering(Analyse=BusError(reason, "so it is"))
    result = run("analyse", str(photo), str(photo))
    assert (result.exit_code, result.stderr) == (code, f"facelatch: {photo}: so it is\n")
    assert daemon.members == ["Analyse"]


# --- the camera -------------------------------------------------------------------------------------------------------


def frames(*views: View) -> Callable[[Call], Raw]:
    """Answer with these views in turn, the last one again and again; each JPEG holds its number."""

    def answer(call: Call) -> Raw:
        number = call.arguments[0]
        view = views[min(number, len(views) - 1)]
        overlay = fields(msgspec.structs.replace(NOBODY, view=view))
        return Raw("taya{sv}", (number + 1, b"frame %d" % (number + 1), overlay))

    return answer


def test_without_a_picture_the_first_clear_frame_of_the_camera_is_looked_at_and_the_camera_let_go_of(
    run: Run, daemon: FakeDaemon
) -> None:
    daemon.answering(Analyse=ONE, NextFrame=frames(View.NO_FACE, View.BLURRED, View.CLEAR))
    (told,) = lines(run("analyse", "--json").stdout)
    assert (told["is"], told["name"]) == ("analysed-picture", "camera")
    assert daemon.members == ["Claim", "PreviewStart", "NextFrame", "NextFrame", "NextFrame", "Release", "Analyse"]
    assert daemon.calls[-1] == Call("Analyse", (b"frame 3", {}))


def test_a_camera_that_shows_nobody_is_not_watched_for_ever(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Analyse=NOBODY, NextFrame=frames(View.NO_FACE))
    result = run("analyse")
    assert (result.exit_code, result.stdout) == (0, "camera: no face found, 64 × 48 pixels\n")
    assert daemon.members.count("NextFrame") < 20


def test_why_a_camera_shows_nothing_is_told(run: Run, daemon: FakeDaemon) -> None:
    ended = ("PreviewStatus", Raw("sba{sv}", ("preview-no-camera", True, fields(Failure(Reason.NO_CAMERA, "none")))))
    daemon.answering(NextFrame=BusError(_no_action(), "nothing shows the camera now"))
    daemon.telling("PreviewStart", ended)
    result = run("analyse")
    assert (result.exit_code, result.stderr) == (3, "facelatch: none\n")


def _no_action() -> Any:
    from facelatch.types import Refusal

    return Refusal.NO_ACTION_IN_PROGRESS


def test_a_picture_and_a_camera_are_not_named_together(run: Run, photo: Path) -> None:
    result = run("analyse", str(photo), "--camera", "/dev/video0")
    assert result.exit_code == 2
    assert "not both" in result.stderr


# --- marked copies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".PNG"])
def test_a_marked_copy_has_the_face_in_it(
    run: Run, daemon: FakeDaemon, photo: Path, tmp_path: Path, suffix: str
) -> None:
    daemon.answering(Analyse=ONE)
    output = tmp_path / f"marked{suffix}"
    (told,) = lines(run("analyse", str(photo), "--annotate", str(output), "--json").stdout)
    marked = cv2.imread(str(output))
    assert told["annotated"] == str(output)
    assert marked.shape == (HEIGHT, WIDTH, 3)
    assert marked[36, 20].mean() > 150 > 110 > marked[HEIGHT - 3, WIDTH - 3].mean()


def turned(content: bytes, orientation: int) -> bytes:
    """Return a JPEG whose EXIF data says how it is to be turned."""
    tiff = b"MM\0*\0\0\0\x08\0\x01" + bytes((1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0)) + bytes(4)
    segment = b"Exif\0\0" + tiff
    return content[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + content[2:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_marked_copy_is_turned_as_the_eye_has_seen_the_picture(
    run: Run, daemon: FakeDaemon, tmp_path: Path, orientation: int
) -> None:
    from facelatch_models.picture import decode

    half = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    half[: HEIGHT // 2, : WIDTH // 2] = 120
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(turned(cv2.imencode(".jpg", half)[1].tobytes(), orientation))
    seen = decode(photo.read_bytes())
    daemon.answering(Analyse=Analysis(seen.shape[1], seen.shape[0], View.NO_FACE, 0.5))
    assert run("analyse", str(photo), "--annotate", str(tmp_path / "out.png")).exit_code == 0
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "out.png")), seen)


def test_marked_copies_of_several_go_into_a_folder_and_none_takes_anothers_place(
    run: Run, daemon: FakeDaemon, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.jpg").write_bytes(encoded(".jpg"))
    daemon.answering(Analyse=ONE)
    out = tmp_path / "deep" / "out"
    result = run("analyse", str(tmp_path / "one"), str(tmp_path / "two"), "--annotate", str(out))
    assert result.exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["same-faces-2.png", "same-faces.png"]


def test_what_is_there_already_is_never_written_over(run: Run, daemon: FakeDaemon, photo: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.png"
    there.write_bytes(b"dear to somebody")
    result = run("analyse", str(photo), "--annotate", str(there))
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert there.read_bytes() == b"dear to somebody"
    assert daemon.calls == []


@pytest.mark.parametrize(
    ("output", "words"), [("marked.gif", "by the ending"), ("marked", "by the ending"), ("nowhere/m.png", "no folder")]
)
def test_a_place_that_cannot_be_is_told_before_anything_is_asked(
    run: Run, daemon: FakeDaemon, photo: Path, tmp_path: Path, output: str, words: str
) -> None:
    daemon.answering(Analyse=ONE)
    result = run("analyse", str(photo), "--annotate", str(tmp_path / output))
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert not (tmp_path / output).exists()
    assert daemon.calls == []


def test_a_picture_that_is_not_the_one_analysed_is_not_marked(
    run: Run, daemon: FakeDaemon, photo: Path, tmp_path: Path
) -> None:
    daemon.answering(Analyse=msgspec.structs.replace(ONE, width=WIDTH + 1))
    result = run("analyse", str(photo), "--annotate", str(tmp_path / "out.png"))
    assert result.exit_code == 1
    assert "has not been marked" in result.stdout
    assert not (tmp_path / "out.png").exists()


def test_the_words_beside_a_face_are_its_number_name_life_and_looks() -> None:
    assert annotation.caption(2, FACE) == "2, anna, live, glasses yes, age unsure"
    nobody = msgspec.structs.replace(FACE, identified=Identified("", 1.0), live=None, attributes=())
    assert annotation.caption(1, nobody) == "1, nobody"
    named = msgspec.structs.replace(
        FACE, identified=Identified("zoë", 0.0), live=False, attributes=(Told("a", "b", 1.0),)
    )
    assert annotation.caption(1, named) == "1, zo?, not live, a b"


@pytest.mark.parametrize("box", [(-500.0, -500.0, 2000.0, 2000.0), (60.0, 44.0, 50.0, 50.0), (0.0, 0.0, 1.0, 1.0)])
def test_a_face_over_the_edge_is_marked_where_it_is_seen(box: tuple[float, float, float, float]) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    marked = annotation.annotated(
        picture, msgspec.structs.replace(ONE, faces=(msgspec.structs.replace(FACE, box=box),))
    )
    assert marked.shape == picture.shape
    assert picture.max() == 90


@pytest.mark.parametrize("slow", ["cv2", "numpy", "rich", "tomlkit", "facelatch.howdy.mapping", "facelatch.pam.backup"])
def test_help_does_not_wait_for_what_one_command_alone_needs(slow: str) -> None:
    load = "from facelatch.cli.commands import Commands; list(Commands().values())"
    code = f"import sys; {load}; sys.exit({slow!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
