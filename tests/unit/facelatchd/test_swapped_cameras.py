"""The user's own face, shown by a camera that it was not enrolled with: a picture, a program, or somebody else's device
may be behind it, so it opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from facelatch.types import FROM_PICTURES, Reason, Verdict
from facelatch_eye.messages import Answer, CameraInfo, Observation, Opened, View
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.person import outcome_of, recorded, watched
from tests.unit.facelatchd.rooms import ME, SETTINGS, Rooms
from tests.unit.facelatchd.seen import MANIFEST, NOBODY, USER, face, seen, unit
from tests.unit.facelatchd.webcams import EMITTING, LAPTOP, ON_ANOTHER_PORT
from tests.unit.facelatchd.written import parse_settings

WITH_ANOTHER_SERIAL = replace(LAPTOP, id="pci-0000:00:14.0-usb-6:1.0/04f2:b6d9/0002", serial="0002")
LOOPBACK = replace(LAPTOP, id="virtual-video0", bus="virtual-video0", virtual=True, removable=True, companion="")
FROM_ANOTHER_MACHINE = replace(LAPTOP, id="platform-vhci_hcd.0-usb-6:1.0/04f2:b6d9/0001", virtual=True, removable=True)

HARMLESS = seen(View.CLEAR, face(unit(0.95)))
ANOTHER = seen(View.CLEAR, face(unit(-0.4)))


def rooms_with(folder: Path, camera: str, infrared: str = "", settings: str = "") -> Rooms:
    """The rooms, with a face of the user enrolled with a camera, and lines for the settings' table of cameras."""
    rooms = Rooms(folder)
    rooms.settings = parse_settings(f"{SETTINGS}\n[camera]\n{settings}\n".encode(), "settings")
    rooms.store.add_face(ME, "mine", MANIFEST.id, MANIFEST.space, camera, [unit()] * 3, infrared)
    return rooms


def reason_of(rooms: Rooms, opened: Opened, *frames: Observation) -> Reason:
    """Return how a look ends at which this camera opens, and the user is seen; it is written down as it ended."""
    answers: Sequence[Answer] = (opened, *(frames or (USER,)))
    rooms.eye.answers = answers
    outcome = outcome_of(rooms)
    assert recorded(rooms) == [outcome.reason]
    return outcome.reason


def opened_with(camera: CameraInfo, infrared: CameraInfo | None = None) -> Opened:
    return replace(OPENED, camera=camera, infrared=infrared)


def test_the_camera_of_the_enrolment_opens(tmp_path: Path) -> None:
    rooms = rooms_with(tmp_path, LAPTOP.id)
    assert reason_of(rooms, opened_with(LAPTOP)).verdict is Verdict.MATCH
    assert watched(rooms).cameras == (LAPTOP.id,)


@pytest.mark.parametrize("camera", [ON_ANOTHER_PORT, WITH_ANOTHER_SERIAL, LOOPBACK, FROM_ANOTHER_MACHINE])
def test_no_other_camera_opens_whatever_it_calls_itself(tmp_path: Path, camera: CameraInfo) -> None:
    assert reason_of(rooms_with(tmp_path, LAPTOP.id), opened_with(camera)) is Reason.CAMERA_UNTRUSTED


@pytest.mark.parametrize("camera", [LOOPBACK, FROM_ANOTHER_MACHINE])
def test_a_program_s_camera_does_not_open_even_where_faces_are_bound_to_none_nor_to_itself(
    tmp_path: Path, camera: CameraInfo
) -> None:
    unbound = rooms_with(tmp_path / "unbound", LAPTOP.id, settings="bind = false")
    assert reason_of(unbound, opened_with(camera)) is Reason.CAMERA_UNTRUSTED
    its_own = rooms_with(tmp_path / "own", camera.id)
    assert reason_of(its_own, opened_with(camera)) is Reason.CAMERA_UNTRUSTED


@pytest.mark.parametrize("camera", [ON_ANOTHER_PORT, LOOPBACK])
def test_a_face_from_pictures_opens_with_no_camera_that_was_plugged_in(tmp_path: Path, camera: CameraInfo) -> None:
    rooms = rooms_with(tmp_path, FROM_PICTURES)
    assert reason_of(rooms, opened_with(camera)) is Reason.CAMERA_UNTRUSTED


def test_a_face_from_pictures_opens_with_the_camera_that_is_built_in(tmp_path: Path) -> None:
    assert reason_of(rooms_with(tmp_path, FROM_PICTURES), opened_with(LAPTOP)) is Reason.MATCHED


@pytest.mark.parametrize("camera", [ON_ANOTHER_PORT, LOOPBACK])
def test_what_the_administrator_trusts_opens(tmp_path: Path, camera: CameraInfo) -> None:
    rooms = rooms_with(tmp_path, LAPTOP.id, settings=f'trusted = ["{camera.id}"]')
    assert reason_of(rooms, opened_with(camera)) is Reason.MATCHED


# --- with infrared ----------------------------------------------------------------------------------------------------


def both(beside: Observation) -> list[Observation]:
    """The user before the one camera, and something before the other, which its emitter lights."""
    frames: list[Observation] = []
    for number in range(12):
        frames.append(replace(USER, sequence=number, captured=number / 15))
        frames.append(replace(beside, captured=number / 15 + 0.01, infrared=True, light=30.0, lit=110.0))
    return frames


def test_with_the_infrared_camera_that_agrees_the_face_opens(tmp_path: Path) -> None:
    rooms = rooms_with(tmp_path, LAPTOP.id, EMITTING.id)
    assert reason_of(rooms, opened_with(LAPTOP, EMITTING), *both(HARMLESS)) is Reason.MATCHED
    assert watched(rooms).companion


@pytest.mark.parametrize("beside", [NOBODY, ANOTHER], ids=["a screen is dark in infrared", "another face"])
def test_where_the_infrared_camera_does_not_see_the_same_face_nothing_opens(
    tmp_path: Path, beside: Observation
) -> None:
    rooms = rooms_with(tmp_path, LAPTOP.id, EMITTING.id)
    reason = reason_of(rooms, opened_with(LAPTOP, EMITTING), *both(beside))
    assert reason.verdict is not Verdict.MATCH


def test_without_its_infrared_camera_or_with_another_one_a_face_opens_nothing(tmp_path: Path) -> None:
    missing = rooms_with(tmp_path / "missing", LAPTOP.id, EMITTING.id)
    assert reason_of(missing, opened_with(LAPTOP)) is Reason.CAMERA_UNTRUSTED
    other = replace(EMITTING, id="pci-0000:00:14.0-usb-6:1.4/04f2:b6d9/0001")
    swapped = rooms_with(tmp_path / "swapped", LAPTOP.id, EMITTING.id)
    opened = opened_with(replace(LAPTOP, companion=other.id), other)
    assert reason_of(swapped, opened, *both(HARMLESS)) is Reason.CAMERA_UNTRUSTED


def test_where_infrared_is_required_a_face_without_opens_no_camera(tmp_path: Path) -> None:
    rooms = rooms_with(tmp_path, LAPTOP.id, settings='infrared = "required"')
    assert reason_of(rooms, opened_with(LAPTOP)) is Reason.CAMERA_UNTRUSTED
    assert rooms.eye.requests == []


def test_the_administrator_may_give_infrared_up(tmp_path: Path) -> None:
    rooms = rooms_with(tmp_path, LAPTOP.id, EMITTING.id, 'infrared = "off"')
    assert reason_of(rooms, opened_with(LAPTOP)) is Reason.MATCHED
    assert not watched(rooms).companion
