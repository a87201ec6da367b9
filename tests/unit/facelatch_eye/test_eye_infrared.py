"""The eye with two cameras of one device: colour, and infrared beside it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelatch_eye.camera import Camera, CameraLost, Shot
from facelatch_eye.camera.files import FileAddress, FileCamera
from facelatch_eye.camera.roster import Roster
from facelatch_eye.messages import Answer, Frame, Observation, Opened, Task, View, Watch
from facelatch_models.face import Face, Picture
from facelatch_models.networks import Networks
from facelatch_models.pack import Pack
from tests.unit.facelatch_eye.fake import (
    FakeClock,
    FakeDetector,
    FakeEmbedder,
    face_at,
    fake_machine,
    fake_networks,
    noisy,
)
from tests.unit.facelatch_eye.heard import ask, seeing

FACE = face_at(200, 100, 200)


# --- the infrared camera beside it ---

BRIGHT = np.full((480, 640, 3), 120, np.uint8)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder for each of two cameras, and what a file camera needs to play both."""
    for name in ("colour", "infrared"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), noisy() if name == "colour" else BRIGHT)
    return tmp_path


def looks(clips: Path, options: str, pack: Pack, networks: Networks, most: int, **watch: Any) -> list[Answer]:
    eye = seeing(Roster(fake_machine(clips, {}, FakeClock()), files=True), pack, networks)
    address = f"file:{clips / 'colour'}?rate=50{options}"
    return ask(eye, Watch(cameras=(address,), seconds=20.0, **watch), most)


def test_both_cameras_of_a_device_are_watched_where_that_is_wished(clips: Path, pack: Pack) -> None:
    networks = fake_networks(FACE)
    opened, *seen = looks(clips, f"&infrared={clips / 'infrared'}&alternate=1", pack, networks, 20, companion=True)

    assert isinstance(opened, Opened)
    assert opened.infrared is not None
    assert (opened.infrared.id, opened.infrared.infrared) == (opened.camera.companion, True)
    sights = [answer for answer in seen if isinstance(answer, Observation)]
    assert len(sights) == len(seen)
    colour = [sight for sight in sights if not sight.infrared]
    beside = [sight for sight in sights if sight.infrared]
    assert [sight.sequence for sight in colour] == list(range(len(colour)))
    assert [sight.sequence for sight in beside] == list(range(len(beside)))
    assert [sight.captured for sight in beside] == sorted(sight.captured for sight in beside)

    lit = [sight for sight in beside if sight.view is not View.DARK]
    dark = [sight for sight in beside if sight.view is View.DARK]
    assert lit
    assert dark
    assert lit[-1].lit == pytest.approx(120, abs=1)
    assert dark[-1].lit == pytest.approx(10, abs=1)
    assert not any(sight.faces for sight in dark), "the networks are for what the emitter lights"
    assert all(sight.lit is None for sight in colour)


def test_a_face_in_infrared_is_embedded_and_its_life_is_not_asked_for(clips: Path, pack: Pack) -> None:
    tasks = (Task.EMBED, Task.LIVENESS, Task.QUALITY)
    answers = looks(
        clips, f"&infrared={clips / 'infrared'}", pack, fake_networks(FACE), 12, companion=True, tasks=tasks
    )
    colour, beside = (
        [seen for seen in answers if isinstance(seen, Observation) and seen.infrared is infrared and seen.faces]
        for infrared in (False, True)
    )

    assert colour[0].faces[0].live is not None
    assert beside
    for seen in beside:
        assert seen.faces[0].live is None
        assert not seen.faces[0].quality
        assert (seen.faces[0].embedding is not None) is (seen.best is not None)


def test_without_the_wish_the_infrared_camera_stays_closed(clips: Path, pack: Pack) -> None:
    opened, *seen = looks(clips, f"&infrared={clips / 'infrared'}", pack, fake_networks(), 6)

    assert isinstance(opened, Opened)
    assert opened.infrared is None
    assert not any(isinstance(sight, Observation) and sight.infrared for sight in seen)


@pytest.mark.parametrize("infrared", ["", "nowhere", "empty"])
def test_an_infrared_camera_that_does_not_open_never_fails_the_look(
    clips: Path, pack: Pack, infrared: str, caplog: pytest.LogCaptureFixture
) -> None:
    (clips / "empty").mkdir()
    caplog.set_level("INFO")
    options = f"&infrared={clips / infrared}" if infrared else ""
    opened, *seen = looks(clips, options, pack, fake_networks(), 4, companion=True)

    assert isinstance(opened, Opened)
    assert opened.infrared is None
    assert len(seen) == 3
    assert "infrared camera" in caplog.text


def test_an_infrared_camera_that_fails_meanwhile_is_silent_and_the_look_goes_on(
    clips: Path, pack: Pack, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(FileCamera):
        def read(self, timeout: float) -> Shot:
            raise CameraLost("was unplugged")

    class FailingBeside(FileCamera):
        @property
        def companion(self) -> FileCamera:
            return Failing(FileAddress(clips / "infrared"), infrared=True)

    class Cameras(Roster):
        def find(self, addresses: Sequence[str]) -> Camera:
            return FailingBeside(FileAddress(clips / "colour", 50.0, infrared=clips / "infrared"))

    eye = seeing(Cameras(fake_machine(clips, {}, FakeClock())), pack, fake_networks())
    opened, *seen = ask(eye, Watch(companion=True), 8)

    assert isinstance(opened, Opened)
    assert opened.infrared is not None
    assert len(seen) == 7
    assert not any(isinstance(sight, Observation) and sight.infrared for sight in seen)
    assert "was unplugged" in caplog.text


def test_two_looks_one_after_the_other_find_both_cameras_free(clips: Path, pack: Pack) -> None:
    eye = seeing(Roster(fake_machine(clips, {}, FakeClock()), files=True), pack, fake_networks())
    address = f"file:{clips / 'colour'}?rate=50&infrared={clips / 'infrared'}"
    for _ in range(2):
        opened = ask(eye, Watch(cameras=(address,), companion=True), 3)[0]
        assert isinstance(opened, Opened)
        assert opened.infrared is not None


class SlowDetector(FakeDetector):
    """Takes longer than a frame does, and counts."""

    def detect(self, picture: Picture) -> list[Face]:
        time.sleep(0.03)
        return super().detect(picture)


def test_networks_that_are_slower_than_the_camera_see_two_colour_frames_at_least_for_one_of_the_other(
    clips: Path, pack: Pack
) -> None:
    networks = Networks(SlowDetector([]), FakeEmbedder(), None)
    answers = looks(clips, f"&infrared={clips / 'infrared'}", pack, networks, 16, companion=True)
    told = "".join("i" if answer.infrared else "c" for answer in answers if isinstance(answer, Observation))

    *before_each, _rest = told.split("i")
    assert before_each
    assert all(len(colour) >= 2 for colour in before_each), told


def test_the_frames_of_the_infrared_camera_are_not_shown(clips: Path, pack: Pack) -> None:
    options = f"&infrared={clips / 'infrared'}"
    answers = looks(clips, options, pack, fake_networks(), 16, companion=True, preview=True)[1:]
    for frame, seen in itertools.pairwise(answers):
        if isinstance(frame, Frame):
            assert isinstance(seen, Observation)
            assert not seen.infrared
    assert any(isinstance(seen, Observation) and seen.infrared for seen in answers)
