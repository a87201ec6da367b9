"""Each camera has one object, for as long as anybody may mean it."""

from __future__ import annotations

import msgspec
import pytest

from facelatch_eye.messages import CameraInfo
from facelatchd.bus import roster as roster_module
from facelatchd.bus.roster import DEFAULT, FOLDER
from tests.unit.facelatchd.bus.office import AS_ALICE, Office
from tests.unit.facelatchd.fake_eye import CAMERA


def camera(number: int) -> CameraInfo:
    return msgspec.structs.replace(CAMERA, id=f"usb-{number}", path=f"/dev/video{number}")


def test_the_default_camera_is_there_before_any_camera_is(office: Office) -> None:
    async def work() -> None:
        assert list(office.bus.published) == [DEFAULT]
        assert [one.path_on_bus for one in office.roster] == [DEFAULT]
        assert (office.camera.id, office.camera.name, office.camera.virtual, office.camera.connected) == (
            "", "", False, True,
        )  # fmt: skip

    office.run(work)


def test_cameras_are_told_in_the_eyes_order_and_stand_on_the_bus(office: Office) -> None:
    async def work() -> None:
        paths = office.roster.update([camera(2), camera(1)])
        assert paths == (f"{FOLDER}/0", f"{FOLDER}/1")
        assert office.roster.update([camera(1), camera(2)]) == paths[::-1]
        assert set(office.bus.published) == {DEFAULT, *paths}
        assert [one.id for one in office.roster] == ["", "usb-2", "usb-1"]

    office.run(work)


def test_a_camera_that_comes_back_has_its_old_object(office: Office) -> None:
    async def work() -> None:
        paths = office.roster.update([camera(1), camera(2)])
        (first, second) = (office.bus.published[path] for path in paths)
        assert office.roster.update([camera(2)]) == paths[1:]
        assert (first.connected, second.connected) == (False, True)  # type: ignore[attr-defined]
        assert office.roster.update([camera(3), camera(1)]) == (f"{FOLDER}/2", paths[0])
        assert (first.connected, second.connected) == (True, False)  # type: ignore[attr-defined]
        assert office.bus.published[paths[0]] is first

    office.run(work)


def test_a_camera_that_comes_back_at_another_place_is_told_there(office: Office) -> None:
    async def work() -> None:
        (path,) = office.roster.update([camera(1)])
        office.roster.update([])
        assert office.roster.update([msgspec.structs.replace(camera(1), path="/dev/video7")]) == (path,)
        assert office.bus.published[path].path == "/dev/video7"  # type: ignore[attr-defined]

    office.run(work)


def test_so_many_cameras_are_remembered_and_those_that_are_gone_are_forgotten_first(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_module, "MOST_OBJECTS", 3)

    async def work() -> None:
        office.roster.update([camera(number) for number in range(3)])
        assert len(office.bus.published) == 4
        office.roster.update([camera(number) for number in range(2, 5)])
        assert [one.id for one in office.roster] == ["", "usb-2", "usb-3", "usb-4"]
        assert len(office.bus.published) == 4
        office.roster.update([camera(number) for number in range(2, 7)])
        assert len(office.bus.published) == 6, "what is connected is never forgotten"

    office.run(work)


def test_a_claimed_camera_is_not_forgotten(office: Office) -> None:
    async def work() -> None:
        office.roster.update([camera(number) for number in range(roster_module.MOST_OBJECTS + 1)])
        claimed = list(office.roster)[1]
        await claimed.claim(AS_ALICE, "")
        office.roster.update([])
        assert len(list(office.roster)) == 1 + roster_module.MOST_OBJECTS
        assert claimed in list(office.roster)
        assert claimed.path_on_bus in office.bus.published

    office.run(work)


def test_a_number_is_not_used_again(office: Office) -> None:
    """A client that still holds the path of a forgotten camera must not find another one there."""

    async def work() -> None:
        first = [camera(number) for number in range(roster_module.MOST_OBJECTS)]
        paths = office.roster.update(first)
        (new,) = office.roster.update([camera(1000)])
        assert new not in paths
        assert paths[0] not in office.bus.published
        (again,) = office.roster.update([first[0]])
        assert again not in (*paths, new)

    office.run(work)
