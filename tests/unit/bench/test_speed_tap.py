from __future__ import annotations

import socket
import threading
from pathlib import Path

from facelatch_eye.messages import (
    Answer,
    CameraInfo,
    Describe,
    Description,
    Observation,
    Opened,
    PackInfo,
    Request,
    View,
    Watch,
    pack_message,
)
from tests.bench.speed.tap import Talk, Tap, course_of

CAMERA = CameraInfo(id="c", name="c", path="/c", driver="file", bus="file")
OPENED = Opened(CAMERA, PackInfo("open", "1", "space", 256), 640, 480, 30.0)


def frame(number: int, waited: float) -> Observation:
    return Observation(number, 0.0, 640, 480, View.CLEAR, 100.0, took={"wait": waited, "detect": 3.0})


def talk_of(requests: list[tuple[float, Request]], answers: list[tuple[float, Answer]], ended: float | None) -> Talk:
    return Talk(
        [(moment, pack_message(request)) for moment, request in requests],
        [(moment, pack_message(answer)) for moment, answer in answers],
        ended,
    )


def test_the_course_of_a_look_says_where_its_time_went() -> None:
    answers: list[tuple[float, Answer]] = [(10.020, OPENED), (10.050, frame(0, 0.5)), (10.090, frame(1, 12.0))]
    course = course_of(talk_of([(10.0, Watch())], answers, 10.092))

    assert course is not None
    assert (course.asked, course.ended, course.frames) == (10.0, 10.092, 2)
    parts = (course.opening, course.looking, course.waiting, course.judging)
    assert tuple(round(part, 3) for part in parts) == (20.0, 70.0, 12.0, 2.0), (
        "the first frame was waited for before the camera counted as open"
    )


def test_a_frame_that_came_after_the_end_was_not_wanted() -> None:
    answers: list[tuple[float, Answer]] = [(1.0, OPENED), (2.0, frame(0, 1.0)), (4.0, frame(1, 1.0))]
    course = course_of(talk_of([(0.0, Watch())], answers, 3.0))

    assert course is not None
    assert course.frames == 1


def test_what_was_no_look_or_showed_nothing_has_no_course() -> None:
    assert course_of(talk_of([(0.0, Describe())], [(1.0, Description(()))], 2.0)) is None
    assert course_of(talk_of([(0.0, Watch())], [(1.0, OPENED)], 2.0)) is None
    assert course_of(talk_of([(0.0, Watch())], [(1.0, OPENED), (2.0, frame(0, 0.0))], None)) is None


def test_a_message_counts_when_its_last_byte_passed() -> None:
    raw = pack_message(OPENED)
    talk = talk_of([(0.0, Watch())], [(5.0, frame(0, 0.0))], 6.0)
    talk.answers[:0] = [(1.0, raw[:2]), (2.0, raw[2:7]), (3.0, raw[7:])]
    course = course_of(talk)

    assert course is not None
    assert (course.opening, course.looking) == (3000.0, 2000.0)


def test_everything_passes_in_both_directions_until_one_side_ends(tmp_path: Path) -> None:
    question, answer = pack_message(Watch()), pack_message(OPENED) + pack_message(frame(0, 0.0))
    with socket.socket(socket.AF_UNIX) as eye, Tap(tmp_path / "tap", tmp_path / "eye") as tap:
        eye.bind(str(tmp_path / "eye"))
        eye.listen()
        heard: list[bytes] = []

        def serve() -> None:
            connection, _ = eye.accept()
            with connection:
                heard.append(connection.recv(len(question), socket.MSG_WAITALL))
                connection.sendall(answer)
                heard.append(connection.recv(1))

        serving = threading.Thread(target=serve)
        serving.start()
        with socket.socket(socket.AF_UNIX) as judge:
            judge.settimeout(20)
            judge.connect(str(tmp_path / "tap"))
            judge.sendall(question)
            received = judge.recv(len(answer), socket.MSG_WAITALL)
        serving.join(20)

    assert heard == [question, b""]
    assert received == answer
    (course,) = map(course_of, tap.talks)
    assert course is not None
    assert course.frames == 1
