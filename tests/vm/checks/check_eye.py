"""The eye's process, with real networks, before real drivers."""

from __future__ import annotations

import itertools
from pathlib import Path

import machine
import numpy as np
import pytest
from machine import ANOTHER_LOOPBACK, LOOPBACK, VIVID
from talk import RunningEye, observation_of, problem_of

from conftest import PICTURES
from facelatch_eye.messages import Analyse, Describe, Description, Opened, ProblemKind, Stop, View, Watch


def test_the_cameras_are_described_without_being_kept(eye: RunningEye) -> None:
    (description,) = eye.ask(Describe())

    assert isinstance(description, Description)
    assert description.problem is None
    assert [camera.path for camera in description.cameras] == [str(VIVID), str(LOOPBACK), str(ANOTHER_LOOPBACK)]
    assert all(camera.virtual for camera in description.cameras)
    assert eye.devices() == set()


def test_bars_are_watched_and_are_no_face(eye: RunningEye) -> None:
    opened, seen = eye.see(Watch((str(VIVID),), seconds=60), frames=4)

    assert (opened.camera.driver, opened.width, opened.height) == ("vivid", 640, 480)
    assert [observation.sequence for observation in seen] == [0, 1, 2, 3]
    assert all(earlier.captured < later.captured for earlier, later in itertools.pairwise(seen))
    assert {observation.view for observation in seen} <= {View.NO_FACE, View.DARK}


def test_stop_closes_the_device(eye: RunningEye) -> None:
    with eye.asked(Watch((str(VIVID),), seconds=60)) as talk:
        answers = talk.answers()
        assert isinstance(next(answers), Opened)
        assert eye.devices() == {str(VIVID)}
        talk.say(Stop())
        for _late in answers:
            pass

    assert eye.devices() == set()
    machine.run("v4l2-ctl", "-d", str(VIVID), "--stream-mmap", "--stream-count=1")


def test_the_end_of_the_connection_closes_the_device(eye: RunningEye) -> None:
    with eye.asked(Watch((str(VIVID),), seconds=60)) as talk:
        assert isinstance(next(talk.answers()), Opened)

    # The next watch waits for the last one's camera, a second at most.
    assert isinstance(eye.see(Watch((str(VIVID),), seconds=60), frames=1)[0], Opened)


def test_without_a_name_no_virtual_camera_is_watched(eye: RunningEye) -> None:
    problem = problem_of(eye.ask(Watch(seconds=10)))

    assert problem.kind is ProblemKind.NO_CAMERA
    assert "virtual" in problem.text


def test_a_camera_that_another_program_holds_is_busy(eye: RunningEye) -> None:
    with machine.streaming(VIVID):
        problem = problem_of(eye.ask(Watch((str(VIVID),), seconds=10)))

    assert problem.kind is ProblemKind.CAMERA_BUSY
    assert "in use by another program" in problem.text


def test_two_looks_at_one_camera_do_not_mix(eye: RunningEye) -> None:
    with eye.asked(Watch((str(VIVID),), seconds=60)) as talk:
        assert isinstance(next(talk.answers()), Opened)
        assert problem_of(eye.ask(Watch((str(VIVID),), seconds=10))).kind is ProblemKind.CAMERA_BUSY


@pytest.mark.parametrize("how", ["unbind", "disconnect"])
def test_a_camera_pulled_out_midway_has_failed_and_the_eye_goes_on(eye: RunningEye, how: str) -> None:
    with eye.asked(Watch((str(VIVID),), seconds=60)) as talk:
        answers = talk.answers()
        assert isinstance(next(answers), Opened)
        observation_of(next(answers))
        if how == "unbind":
            machine.vivid_is_plugged(False)
        else:
            machine.control(disconnect=1)
        problem = problem_of(list(answers))
    assert problem.kind is ProblemKind.CAMERA_FAILED
    assert "unplugged" in problem.text
    assert eye.devices() == set()

    if how == "disconnect":
        machine.vivid_is_plugged(False)
    assert problem_of(eye.ask(Watch((str(VIVID),), seconds=10))).kind is ProblemKind.NO_CAMERA
    machine.vivid_is_plugged(True)
    eye.see(Watch((str(VIVID),), seconds=60), frames=2)


def test_a_camera_that_falls_silent_has_failed(eye: RunningEye) -> None:
    with eye.asked(Watch((str(VIVID),), seconds=60)) as talk:
        answers = talk.answers()
        assert isinstance(next(answers), Opened)
        machine.control(percentage_of_dropped_buffers=100)
        problem = problem_of(list(answers))
    machine.control(percentage_of_dropped_buffers=0)

    assert problem.kind is ProblemKind.CAMERA_FAILED
    assert "no whole picture" in problem.text


@pytest.mark.parametrize("encoding", ["MJPG", "YUYV", "GREY"])
def test_a_face_on_a_loopback_is_the_face_in_its_pictures(eye: RunningEye, alice: list[Path], encoding: str) -> None:
    (picture,) = eye.ask(Analyse(alice[0].read_bytes()))
    wanted = np.frombuffer(observation_of(picture).faces[0].embedding or b"", "<f4")

    with machine.shown(PICTURES / "alice", encoding):
        opened, seen = eye.see(Watch((str(LOOPBACK),), seconds=60), frames=4)

    assert opened.camera.formats == (encoding,)
    assert opened.camera.infrared == (encoding == "GREY")
    assert {observation.view for observation in seen} == {View.CLEAR}
    for observation in seen:
        assert observation.best is not None
        face = observation.faces[observation.best]
        assert face.live is not None
        assert face.embedding is not None
        embedding = np.frombuffer(face.embedding, "<f4")
        assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-3)
        assert float(embedding @ wanted) > 0.6


def test_a_loopback_is_found_by_its_id_and_fails_when_nobody_feeds_it_any_more(eye: RunningEye) -> None:
    with machine.shown(PICTURES / "alice", device=ANOTHER_LOOPBACK) as feeder:
        (description,) = eye.ask(Describe())
        assert isinstance(description, Description)
        (name,) = [camera.id for camera in description.cameras if camera.path == str(ANOTHER_LOOPBACK)]
        with eye.asked(Watch((name,), seconds=60)) as talk:
            answers = talk.answers()
            opened = next(answers)
            assert isinstance(opened, Opened)
            assert opened.camera.path == str(ANOTHER_LOOPBACK)
            observation_of(next(answers))
            feeder.kill()
            problem = problem_of(list(answers))

    assert problem.kind is ProblemKind.CAMERA_FAILED
    assert eye.devices() == set()
