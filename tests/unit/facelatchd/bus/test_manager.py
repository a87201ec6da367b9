"""The daemon as a whole, as it is told over the bus."""

from __future__ import annotations

import msgspec
import pytest

from facelatch.types import EYE_READY, Reason
from facelatch_eye.messages import CameraInfo, Description, Problem, ProblemKind
from facelatchd.bus.manager import camera_problem
from facelatchd.bus.roster import DEFAULT
from facelatchd.house import House
from facelatchd.settings import CameraRule
from tests.unit.facelatchd.bus.office import AS_ALICE, AS_BOB, AS_ROOT, Office, refused
from tests.unit.facelatchd.fake_eye import CAMERA
from tests.unit.facelatchd.seen import MANIFEST

LOOPBACK = msgspec.structs.replace(CAMERA, id="virtual", path="/dev/video42", virtual=True)


# --- how it stands ----------------------------------------------------------------------------------------------------


def test_how_the_daemon_stands_is_no_secret(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = set()
        manager = office.manager
        await manager.get_status(AS_BOB)
        await manager.get_cameras(AS_BOB)
        await manager.get_default_camera(AS_BOB)
        await manager.get_pack(AS_BOB)
        await manager.get_policy(AS_BOB)
        assert office.bus.asked == []

    office.run(work)


def test_the_status_names_pack_eye_cameras_and_services(office: Office) -> None:
    async def work() -> None:
        report = await office.manager.get_status(AS_ALICE)
        assert (report.pack, report.pack_problem) == (f"{MANIFEST.id} {MANIFEST.version}", "")
        assert (report.eye, report.camera, report.camera_problem, report.enrolled_users) == (EYE_READY, "", "", 1)
        (camera,) = report.cameras
        assert (camera.id, [camera.object]) == (CAMERA.id, list(await office.manager.get_cameras(AS_ALICE)))
        assert report.services["sudo"] == "elevate"
        assert "gdm-password" in report.services

    office.run(work)


def test_a_class_that_is_not_allowed_has_no_service_in_the_status(office: Office) -> None:
    async def work() -> None:
        await office.manager.set_class_rule(AS_ROOT, "elevate", {"allowed": False})
        services = (await office.manager.get_status(AS_ALICE)).services
        assert "sudo" not in services
        assert "swaylock" in services

    office.run(work)


def test_the_status_says_what_is_wrong_with_the_eye(office: Office) -> None:
    problem = Problem(ProblemKind.PACK_DAMAGED, "detector.onnx: is cut off")
    office.rooms.eye.description = Description(cameras=(), problem=problem)

    async def work() -> None:
        report = await office.manager.get_status(AS_ALICE)
        assert (report.eye, report.cameras, report.camera_problem) == ("detector.onnx: is cut off", (), "")

    office.run(work)


def test_the_status_says_that_there_is_no_eye_and_that_there_is_no_pack(office: Office) -> None:
    async def work() -> None:
        (office.rooms.folder / "eye.sock").unlink()
        assert "eye.sock" in (await office.manager.get_status(AS_ALICE)).eye
        assert (await refused(office.manager.get_cameras(AS_ALICE)))[0] is Reason.EYE_FAILED
        house = office.house
        packless = House(house.clerk, house.watcher, house.settings, f"{office.rooms.folder}/none/")
        office.manager._house = packless
        report = await office.manager.get_status(AS_ALICE)
        assert report.pack == ""
        assert "pack" in report.pack_problem
        assert (await office.manager.get_pack(AS_ALICE)).problem == report.pack_problem

    office.run(work)


@pytest.mark.parametrize(
    ("wanted", "cameras", "problem"),
    [
        ("", (CAMERA,), ""),
        ("", (LOOPBACK, CAMERA), ""),
        ("", (), "no camera is connected"),
        ("", (LOOPBACK,), "no real camera is connected"),
        (CAMERA.id, (CAMERA,), ""),
        (CAMERA.path, (CAMERA,), ""),
        (LOOPBACK.id, (LOOPBACK,), ""),
        ("usb-9", (CAMERA,), "usb-9 is not connected"),
        ("usb-9", (), "usb-9 is not connected"),
        ("file:/tmp/clip", (), ""),
    ],
)
def test_the_status_says_why_no_camera_would_open(
    office: Office, wanted: str, cameras: tuple[CameraInfo, ...], problem: str
) -> None:
    office.rooms.eye.description = Description(cameras=cameras)
    office.choices.choose("camera", use=wanted)

    async def work() -> None:
        report = await office.manager.get_status(AS_ALICE)
        assert report.camera == wanted
        assert report.camera_problem.startswith(problem)
        assert bool(report.camera_problem) is bool(problem)
        assert report.camera_problem == camera_problem(office.choices.settings.camera, cameras)

    office.run(work)


@pytest.mark.parametrize(
    ("trusted", "problem"),
    [
        ((), "no real camera is connected; connect one, or name a virtual one in [camera] trusted"),
        (("virtual-2",), "no real camera is connected; connect one, or name a virtual one in [camera] trusted"),
        ((LOOPBACK.id,), ""),
        ((LOOPBACK.path,), ""),
    ],
)
def test_a_virtual_camera_does_where_the_settings_trust_it(trusted: tuple[str, ...], problem: str) -> None:
    assert camera_problem(CameraRule(trusted=trusted), (LOOPBACK,)) == problem


def test_the_pack_is_told(office: Office) -> None:
    async def work() -> None:
        report = await office.manager.get_pack(AS_ALICE)
        assert (report.id, report.licence, report.problem) == (MANIFEST.id, "none", "")

    office.run(work)


def test_the_default_camera_is_the_same_object_whatever_is_connected(office: Office) -> None:
    office.rooms.eye.description = Description(cameras=())

    async def work() -> None:
        assert await office.manager.get_default_camera(AS_ALICE) == DEFAULT
        assert await office.manager.get_cameras(AS_ALICE) == ()

    office.run(work)
