"""The real eye process with real networks and real pictures."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from facelatch_eye.messages import (
    Analyse,
    Answer,
    Describe,
    Description,
    Frame,
    Observation,
    Opened,
    Problem,
    ProblemKind,
    Stop,
    Task,
    View,
    Warm,
    Watch,
    pack_message,
)
from facelatch_models.components import Component
from tests.integration.eye_support import (
    PATIENCE,
    RunningEye,
    answers,
    black,
    build_pack,
    running_eye,
    until,
    wall,
    write_clip,
)

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared: Path, shared_models: Path) -> Path:
    """A pack, and clips of nothing, of darkness and of one person."""
    folder = tmp_path_factory.mktemp("eye")
    build_pack(folder / "packs" / "test", shared_models)
    write_clip(folder / "wall", wall())
    write_clip(folder / "black", black())
    write_clip(folder / "dim", wall() // 12)
    (folder / "empty").mkdir()
    (folder / "person").mkdir()
    for path in sorted((shared / "data/nuaa/live/0001").glob("*.jpg"))[:8]:
        shutil.copy(path, folder / "person" / path.name)
    shutil.copytree(folder / "person", folder / "grey")
    return folder


@pytest.fixture(scope="module")
def eye(folder: Path) -> Iterator[RunningEye]:
    with running_eye(folder, "--packs", str(folder / "packs"), "--allow-file-cameras", "--verbose") as running:
        yield running


def only(received: list[Answer]) -> Problem:
    (problem,) = received
    assert isinstance(problem, Problem), problem
    return problem


def still_sees(eye: RunningEye, folder: Path) -> bool:
    _, observations = eye.watch_until(Watch(cameras=(f"file:{folder / 'wall'}",)), 1)
    return observations[0].view is View.NO_FACE


def test_the_pack_is_described(eye: RunningEye) -> None:
    (description,) = eye.ask(Describe())

    assert isinstance(description, Description)
    assert description.problem is None
    assert description.pack is not None
    assert (description.pack.id, description.pack.dimension) == ("test", 256)


def test_a_wall_has_no_face(eye: RunningEye, folder: Path) -> None:
    opened, observations = eye.watch_until(Watch(cameras=(f"file:{folder / 'wall'}?rate=30",)), 3)

    assert (opened.width, opened.height, opened.rate) == (640, 480, 30.0)
    assert opened.camera.virtual
    assert {observation.view for observation in observations} == {View.NO_FACE}


@pytest.mark.parametrize(("name", "view"), [("dim", View.DARK), ("black", View.COVERED)])
def test_a_dark_room_is_dark_and_a_shutter_is_told_from_it(
    eye: RunningEye, folder: Path, name: str, view: View
) -> None:
    _, observations = eye.watch_until(Watch(cameras=(f"file:{folder / name}?rate=30",)), 3)

    assert {observation.view for observation in observations} == {view}


def test_a_person_before_the_camera_is_clear_and_looks_alike_in_every_frame(eye: RunningEye, folder: Path) -> None:
    _, observations = eye.watch_until(Watch(cameras=(f"file:{folder / 'person'}?rate=8",)), 6)

    assert {observation.view for observation in observations} == {View.CLEAR}
    faces = [one.faces[one.best] for one in observations if one.best is not None]
    vectors = np.array([np.frombuffer(face.embedding or b"", "<f4") for face in faces])
    assert vectors.shape == (6, 256)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (vectors @ vectors.T).min() > 0.6
    assert all(face.live is not None and face.live > 0.5 for face in faces)
    assert [one.sequence for one in observations] == list(range(6))
    assert all(one.captured < other.captured for one, other in itertools.pairwise(observations))


def test_nothing_is_embedded_where_nobody_asked_for_it(eye: RunningEye, folder: Path) -> None:
    _, (observation,) = eye.watch_until(Watch(cameras=(f"file:{folder / 'person'}",), tasks=()), 1)

    assert observation.view is View.CLEAR
    assert observation.faces[0].embedding is None
    assert observation.faces[0].live is None


def test_preview_frames_come_in_pairs_with_observations_until_the_clip_ends(eye: RunningEye, folder: Path) -> None:
    camera = f"file:{folder / 'person'}?rate=8&loop=0"

    opened, *pairs, last = eye.ask(Watch(cameras=(camera,), tasks=(), preview=True))

    assert isinstance(opened, Opened)
    assert [type(answer) for answer in pairs] == [Frame, Observation] * (len(pairs) // 2)
    assert all(one.sequence == other.sequence for one, other in zip(pairs[::2], pairs[1::2], strict=True))  # type: ignore[union-attr]
    assert only([last]).kind is ProblemKind.CAMERA_ENDED


def test_stop_closes_the_camera_and_then_the_connection(eye: RunningEye, folder: Path) -> None:
    with eye.connected() as connection:
        connection.sendall(pack_message(Watch(cameras=(f"file:{folder / 'wall'}",))))
        stream = answers(connection)
        next(stream)
        connection.sendall(pack_message(Stop()))
        rest = list(stream)

    assert all(isinstance(answer, Observation) for answer in rest)
    assert still_sees(eye, folder)


def test_a_watch_ends_when_its_time_is_over(eye: RunningEye, folder: Path) -> None:
    opened, *observations = eye.ask(Watch(cameras=(f"file:{folder / 'wall'}?rate=20",), seconds=0.3))

    assert isinstance(opened, Opened)
    assert observations
    assert all(isinstance(answer, Observation) for answer in observations)


def test_a_camera_is_free_again_when_its_watcher_has_gone_in_the_middle(eye: RunningEye, folder: Path) -> None:
    for _ in range(3):
        with eye.connected() as connection:
            connection.sendall(pack_message(Watch(cameras=(f"file:{folder / 'wall'}",), preview=True)))
            next(answers(connection))

    assert still_sees(eye, folder)


def test_a_camera_is_free_again_when_its_watcher_was_killed(eye: RunningEye, folder: Path) -> None:
    started, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with eye.connected() as connection:
                connection.sendall(pack_message(Watch(cameras=(f"file:{folder / 'wall'}",))))
                next(answers(connection))
                os.write(told, b"!")
                signal.pause()
        finally:
            os._exit(1)  # never on into the tests that follow
    assert os.read(started, 1) == b"!"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(started)
    os.close(told)

    assert still_sees(eye, folder)


def test_a_camera_that_somebody_watches_is_busy_for_the_next(eye: RunningEye, folder: Path) -> None:
    camera = f"file:{folder / 'wall'}"

    with eye.connected() as connection:
        connection.sendall(pack_message(Watch(cameras=(camera,))))
        next(answers(connection))
        problem = only(eye.ask(Watch(cameras=(f"{camera}?rate=5",))))

    assert problem.kind is ProblemKind.CAMERA_BUSY
    assert still_sees(eye, folder)


def opened_by(stream: Iterator[Answer]) -> Opened:
    opened = next(stream)
    assert isinstance(opened, Opened), opened
    return opened


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip that no other test has a camera for."""
    return write_clip(tmp_path / "clip", wall())


def closed(eye: RunningEye, clip: Path) -> int:
    """Return how often a camera was closed so far; the eye says so when asked to log more."""
    return eye.log.read_text().count(f"closed file:{clip}\n")


def test_a_camera_held_ready_is_handed_to_the_look_that_wants_it_and_closed_behind_that(
    eye: RunningEye, clip: Path
) -> None:
    camera = f"file:{clip}?rate=30"
    with eye.connected() as connection:
        connection.sendall(pack_message(Warm((camera,), seconds=20)))
        ready = answers(connection)
        held = opened_by(ready)
        opened, seen = eye.watch_until(Watch((camera,)), 2)
        assert list(ready) == []  # it was let go when the look came

    assert opened == held
    assert {one.view for one in seen} == {View.NO_FACE}
    until(lambda: closed(eye, clip) == 1)


def test_a_camera_is_held_ready_behind_a_look_and_closed_when_that_is_no_longer_wished(
    eye: RunningEye, clip: Path
) -> None:
    camera = f"file:{clip}?rate=30"
    with eye.connected() as looking, eye.connected() as holding:
        looking.sendall(pack_message(Watch((camera,), seconds=20)))
        opened_by(answers(looking))
        holding.sendall(pack_message(Warm((camera,), seconds=20)))
        until(lambda: f"waiting for file:{clip}\n" in eye.log.read_text())
        looking.close()
        opened_by(answers(holding))
        assert closed(eye, clip) == 0
        holding.sendall(pack_message(Stop()))
        assert list(answers(holding)) == []
        assert closed(eye, clip) == 1


def test_a_camera_held_ready_is_closed_with_the_connection_and_when_its_time_is_over(
    eye: RunningEye, clip: Path
) -> None:
    camera = f"file:{clip}"
    with eye.connected() as connection:
        connection.sendall(pack_message(Warm((camera,), seconds=20)))
        opened_by(answers(connection))
    until(lambda: closed(eye, clip) == 1)
    assert [type(answer) for answer in eye.ask(Warm((camera,), seconds=0.2))] == [Opened]
    assert closed(eye, clip) == 2


@pytest.mark.parametrize("seconds", [0.0, 31.0])
def test_no_camera_is_held_ready_for_no_sensible_time(eye: RunningEye, clip: Path, seconds: float) -> None:
    problem = only(eye.ask(Warm((f"file:{clip}",), seconds=seconds)))

    assert problem.kind is ProblemKind.BAD_REQUEST


def test_an_eye_that_is_told_to_stop_closes_the_camera_it_holds_ready(folder: Path, clip: Path, tmp_path: Path) -> None:
    options = ("--packs", str(folder / "packs"), "--allow-file-cameras", "--verbose")
    with running_eye(tmp_path, *options) as eye, eye.connected() as connection:
        connection.sendall(pack_message(Warm((f"file:{clip}",), seconds=20)))
        opened_by(answers(connection))
        eye.process.send_signal(signal.SIGTERM)
        assert eye.process.wait(PATIENCE) == 0
        assert closed(eye, clip) == 1


def test_both_cameras_of_a_device_show_the_same_face_in_light_and_dark_in_turn(eye: RunningEye, folder: Path) -> None:
    camera = f"file:{folder / 'person'}?rate=8&infrared={folder / 'grey'}&alternate=1"
    opened, seen = eye.watch_until(Watch((camera,), companion=True), 16)

    assert opened.infrared is not None
    assert opened.infrared.id == opened.camera.companion
    colour = [one for one in seen if not one.infrared and one.best is not None]
    lit = [one for one in seen if one.infrared and one.best is not None]
    dark = [one for one in seen if one.infrared and one.view is View.DARK]
    assert colour
    assert lit
    assert dark
    assert all(one.faces[0].live is not None for one in colour)
    assert all(one.faces[0].live is None for one in lit)
    ours, theirs = (np.frombuffer(one.faces[0].embedding or b"", "<f4") for one in (colour[0], lit[0]))
    assert ours @ theirs > 0.5, "the same face, in grey"
    brightest = max(one.lit or 0.0 for one in lit)
    assert all(one.lit is None or one.lit < brightest / 3 for one in dark)


def test_a_camera_that_is_gone_is_left_for_the_next_of_the_list(eye: RunningEye, folder: Path) -> None:
    wanted = (f"file:{folder / 'nowhere'}", f"file:{folder / 'wall'}")
    opened, _ = eye.watch_until(Watch(wanted), 1)
    assert opened.camera.id == wanted[1]

    problem = only(eye.ask(Watch((wanted[0], "pci-0000:00:14.0-usb-6:1.0/0c45:6a08"))))
    assert problem.kind is ProblemKind.NO_CAMERA
    assert wanted[0] in problem.text


def test_two_cameras_are_watched_at_a_time(eye: RunningEye, folder: Path) -> None:
    with eye.connected() as connection:
        connection.sendall(pack_message(Watch(cameras=(f"file:{folder / 'black'}",))))
        next(answers(connection))

        assert still_sees(eye, folder)


@pytest.mark.parametrize("name", ["nowhere", "empty", "packs/test/pack.toml"])
def test_a_clip_that_is_none_is_no_camera(eye: RunningEye, folder: Path, name: str) -> None:
    problem = only(eye.ask(Watch(cameras=(f"file:{folder / name}",))))

    assert problem.kind is ProblemKind.NO_CAMERA
    assert str(folder / name) in problem.text


@pytest.mark.parametrize("camera", ["file:relative", "file:/x?rate=1000", "/dev/null", "no such camera", "x" * 10_000])
def test_an_address_that_is_none_is_no_camera(eye: RunningEye, camera: str) -> None:
    assert only(eye.ask(Watch(cameras=(camera,)))).kind is ProblemKind.NO_CAMERA


def test_file_cameras_need_the_option(folder: Path, tmp_path: Path) -> None:
    with running_eye(tmp_path, "--packs", str(folder / "packs")) as eye:
        problem = only(eye.ask(Watch(cameras=(f"file:{folder / 'wall'}",))))

    assert problem.kind is ProblemKind.NO_CAMERA
    assert "--allow-file-cameras" in problem.text


# --- pictures ---


def analysed(eye: RunningEye, path: Path, tasks: tuple[Task, ...] = (Task.EMBED, Task.LIVENESS)) -> Observation:
    (observation,) = eye.ask(Analyse(path.read_bytes(), tasks))
    assert isinstance(observation, Observation), observation
    return observation


def vector(observation: Observation) -> np.ndarray:
    assert observation.best is not None
    embedding = observation.faces[observation.best].embedding
    assert embedding is not None
    return np.frombuffer(embedding, "<f4")


def test_pictures_of_one_person_are_alike_and_of_two_are_not(eye: RunningEye, shared: Path) -> None:
    live = shared / "data/nuaa/live"
    first, second = (vector(analysed(eye, path)) for path in sorted((live / "0001").glob("*.jpg"))[:2])
    other = vector(analysed(eye, min((live / "0002").glob("*.jpg"))))

    assert first @ second > 0.8
    assert first @ other < 0.5


def test_quality_is_told_of_a_picture_and_never_of_a_frame_that_a_login_looks_at(eye: RunningEye, folder: Path) -> None:
    picture = min((folder / "person").iterdir())

    (told,) = analysed(eye, picture, (Task.QUALITY, Task.ATTRIBUTES)).faces
    _, (frame,) = eye.watch_until(Watch(cameras=(f"file:{folder / 'person'}",)), 1)

    assert set(told.quality) == {component.value for component in Component}
    assert told.attributes == ()
    assert (told.embedding, told.live) == (None, None)
    assert frame.faces[0].quality == {}


def test_a_picture_is_seen_like_the_frame_it_is(eye: RunningEye, folder: Path) -> None:
    camera = f"file:{folder / 'person'}?loop=0&rate=1"
    _, (frame,) = eye.watch_until(Watch(cameras=(camera,)), 1)

    picture = analysed(eye, min((folder / "person").iterdir()))

    assert vector(frame) @ vector(picture) == pytest.approx(1.0, abs=1e-4)


def announced_png(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 1000)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        announced_png(20_000, 20_000),
        announced_png(2**31 - 1, 2**31 - 1),
        announced_png(40_000, 1),
        b"\xff\xd8\xff" + bytes(500),
        b"GIF89a" + bytes(500),
    ],
    ids=["empty", "garbage", "20000x20000", "2^31", "40000x1", "cut-off", "gif"],
)
def test_a_picture_that_is_none_or_a_bomb_is_a_bad_picture(eye: RunningEye, folder: Path, content: bytes) -> None:
    assert only(eye.ask(Analyse(content))).kind is ProblemKind.BAD_PICTURE
    assert still_sees(eye, folder)


def test_no_embedding_and_no_picture_is_ever_logged(eye: RunningEye, folder: Path) -> None:
    eye.watch_until(Watch(cameras=(f"file:{folder / 'person'}",), preview=True, tasks=(Task.EMBED,)), 0)

    assert max(map(len, eye.log.read_text().splitlines())) < 400


def test_an_eye_whose_pack_was_damaged_says_which_file(shared_models: Path, tmp_path: Path) -> None:
    pack = build_pack(tmp_path / "packs" / "test", shared_models)
    network = pack / "2.7_80x80_MiniFASNetV2.onnx"
    content = bytearray(network.read_bytes())
    content[1000] ^= 1
    network.write_bytes(content)

    with running_eye(tmp_path, "--pack", str(pack)) as eye:
        problem = only(eye.ask(Watch()))

    assert problem.kind is ProblemKind.PACK_DAMAGED
    assert "MiniFASNet" in problem.text
