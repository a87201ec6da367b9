from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from facelatch.doctor.camera import check_camera
from facelatch.doctor.report import Finding, State
from facelatch.types import FaceSummary, Infrared, PolicyReport, StatusReport
from tests.unit.facelatch_doctor.scenes import LOOPBACK, WEBCAM, answers, face, only, scene, silent, status, write

MINE = os.getgid()


def look(root: Path, told: StatusReport) -> tuple[Finding, ...]:
    return tuple(check_camera(scene(root, answers=answers(status=told))))


def enrolled(
    root: Path,
    faces: tuple[FaceSummary, ...],
    trusted: tuple[str, ...] = (),
    infrared: Infrared = Infrared.AUTO,
    bind: bool = True,
    **told: object,
) -> tuple[Finding, ...]:
    rules = PolicyReport((), "", (), trusted, infrared, bind)
    return tuple(check_camera(scene(root, answers=answers(status=status(**told), faces=faces, policy=rules))))


def hold(root: Path, number: int, name: str, device: Path) -> None:
    """Have a process hold a device."""
    write(root, f"proc/{number}/comm", f"{name}\n")
    (root / f"proc/{number}/fd").mkdir()
    (root / f"proc/{number}/fd/3").symlink_to(device)


def test_a_real_camera_is_well(tmp_path: Path) -> None:
    found = only(look(tmp_path, status()))
    assert (found.state, found.text) == (State.OK, "The camera Webcam (/dev/video0) is there.")


@pytest.mark.parametrize("camera", ["", "file:/clip", WEBCAM.id])
def test_of_a_camera_nothing_is_known_while_the_eye_does_not_answer(tmp_path: Path, camera: str) -> None:
    found = only(look(tmp_path, status(eye="the eye did not answer in time", cameras=(), camera=camera)))
    assert (found.state, found.text) == (State.NOTE, "Not known as long as the eye cannot work.")


def test_the_holder_of_a_busy_camera_is_named(tmp_path: Path) -> None:
    hold(tmp_path, 4711, "guvcview", write(tmp_path, "dev/video0"))
    (found,) = look(tmp_path, status())
    assert found.state is State.WARNING
    assert found.text.startswith("guvcview (process 4711) has the camera Webcam (/dev/video0) open")


def test_the_eye_itself_and_who_only_lists_cameras_hold_nothing(tmp_path: Path) -> None:
    device = write(tmp_path, "dev/video0")
    hold(tmp_path, 100, "facelatch-eye", device)
    hold(tmp_path, 101, "wireplumber", device)
    assert only(look(tmp_path, status())).state is State.OK


def test_a_face_that_wants_an_infrared_camera_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    night = face("at night", infrared="pci-9")
    well, lost = enrolled(tmp_path, (face(), night))
    assert (well.state, lost.state) == (State.OK, State.WARNING)
    assert "open nothing: “at night” (pci-9)" in lost.text
    assert only(enrolled(tmp_path, (night,), infrared=Infrared.OFF)).state is State.OK
    seeing = msgspec.structs.replace(WEBCAM, id="pci-9", path="/dev/video2", infrared=True)
    assert only(enrolled(tmp_path, (night,), cameras=(WEBCAM, seeing))).state is State.OK


def test_faces_without_the_infrared_camera_that_the_settings_require_are_a_warning(tmp_path: Path) -> None:
    seeing = msgspec.structs.replace(WEBCAM, id="pci-9", path="/dev/video2", infrared=True)
    night = face("at night", infrared="pci-9")
    cameras = (WEBCAM, seeing)
    _well, bare = enrolled(tmp_path, (face("by day"), night), cameras=cameras, infrared=Infrared.REQUIRED)
    assert bare.state is State.WARNING
    assert bare.text.endswith("so that they open nothing: “by day”.")
    assert only(enrolled(tmp_path, (night,), cameras=cameras, infrared=Infrared.REQUIRED)).state is State.OK


def test_a_camera_that_no_face_was_enrolled_with_is_a_warning(tmp_path: Path) -> None:
    _well, unbound = enrolled(tmp_path, (face(camera="usb-7"), face(camera="usb-8")))
    assert (unbound.state, unbound.command) == (State.WARNING, "facelatch enroll")
    assert unbound.text.startswith("No face was enrolled with Webcam (/dev/video0)")


@pytest.mark.parametrize(
    ("faces", "trusted"),
    [((face(camera="usb-7"), face()), ()), ((face(camera="pictures"),), ()), ((face(camera="usb-7"),), (WEBCAM.id,))],
)
def test_a_camera_that_some_face_is_good_for_is_well(
    tmp_path: Path, faces: tuple[FaceSummary, ...], trusted: tuple[str, ...]
) -> None:
    assert only(enrolled(tmp_path, faces, trusted=trusted)).state is State.OK


def test_where_faces_are_bound_to_no_camera_any_will_do(tmp_path: Path) -> None:
    assert only(enrolled(tmp_path, (face(camera="usb-7"),), bind=False)).state is State.OK


def test_of_cameras_only_the_one_that_the_settings_name_counts(tmp_path: Path) -> None:
    other = msgspec.structs.replace(WEBCAM, id="usb-7", path="/dev/video2", name="Other")
    cameras = (WEBCAM, other)
    assert only(enrolled(tmp_path, (face(),), cameras=cameras)).state is State.OK
    _well, unbound = enrolled(tmp_path, (face(),), cameras=cameras, camera="/dev/video2")
    assert "No face was enrolled with Other (/dev/video2)," in unbound.text


def test_a_camera_that_the_daemon_cannot_use_is_bad_in_its_own_words(tmp_path: Path) -> None:
    hold(tmp_path, 4711, "zoom", write(tmp_path, "dev/video0"))
    found = look(tmp_path, status(camera_problem="the camera is busy"))[0]
    assert found.state is State.BAD
    assert found.text == "No face can be judged: the camera is busy. zoom (process 4711) has it open."


def test_where_no_holder_is_seen_root_is_told_how_to_look(tmp_path: Path) -> None:
    found = look(tmp_path, status(camera_problem="the camera is busy"))[0]
    assert found.command == "sudo fuser -v /dev/video0"


def test_cameras_that_programs_feed_are_not_enough(tmp_path: Path) -> None:
    (found,) = look(tmp_path, status(cameras=(LOOPBACK,), camera_problem="there is none but virtual ones"))
    assert found.state is State.BAD
    assert "only cameras that programs feed" in found.text


def test_a_camera_that_a_program_feeds_is_a_warning_where_it_is_chosen(tmp_path: Path) -> None:
    (found,) = look(tmp_path, status(cameras=(LOOPBACK,), camera="/dev/video9"))
    assert found.state is State.WARNING


def test_a_chosen_camera_that_is_not_connected_is_bad_though_another_is(tmp_path: Path) -> None:
    (found,) = look(tmp_path, status(camera="pci-2", camera_problem="pci-2 is not connected"))
    assert (found.state, found.command) == (State.BAD, "facelatch cameras")


def test_a_file_that_stands_in_for_a_camera_is_well(tmp_path: Path) -> None:
    assert only(look(tmp_path, status(cameras=(), camera="file:/clip"))).state is State.OK


def test_no_camera_at_all_is_bad(tmp_path: Path) -> None:
    (found,) = look(tmp_path, status(cameras=(), camera_problem="no camera"))
    assert (found.state, found.text) == (State.BAD, "There is no camera, so no face can be judged.")


@pytest.mark.parametrize(
    ("group", "mode", "says"),
    [
        (f"video:x:{MINE}:alice\n", 0o660, "The account facelatch-eye is not in the group video"),
        (f"video:x:{MINE + 1}:facelatch-eye\n", 0o660, "/dev/video0 does not belong to the group video"),
        (f"video:x:{MINE}:facelatch-eye\n", 0o600, "/dev/video0 does not belong to the group video"),
        ("", 0o660, "/dev/video0 does not belong to the group video"),
    ],
)
def test_a_camera_that_the_eye_may_not_open_is_told_with_the_command(
    tmp_path: Path, group: str, mode: int, says: str
) -> None:
    device = write(tmp_path, "dev/video0")
    device.chmod(mode)
    os.chown(device, -1, MINE)
    write(tmp_path, "etc/group", group)
    unseen, rights = look(tmp_path, status(cameras=(), camera_problem="no camera"))
    assert unseen.state is rights.state is State.BAD
    assert rights.text.startswith(says)
    assert rights.command.startswith(("sudo usermod -aG video", "sudo chgrp video /dev/video0"))


def test_a_camera_that_the_eye_may_open_is_no_matter_of_rights(tmp_path: Path) -> None:
    device = write(tmp_path, "dev/video0")
    device.chmod(0o660)
    write(tmp_path, "etc/group", f"video:x:{MINE}:facelatch-eye\n")
    assert only(look(tmp_path, status(cameras=(), camera_problem="no camera"))).command == "facelatch cameras"


def test_of_cameras_nothing_is_known_without_the_daemon(tmp_path: Path) -> None:
    assert only(check_camera(scene(tmp_path, answers=silent()))).state is State.NOTE
