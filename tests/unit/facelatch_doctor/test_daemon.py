from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from facelatch.doctor.answers import Silence
from facelatch.doctor.daemon import check_daemon, check_eye
from facelatch.doctor.report import State
from facelatch.doctor.scene import Unrun
from tests.buses import acting_as
from tests.unit.facelatch_doctor.scenes import (
    NO_BUS,
    FakeBus,
    FakeCommands,
    answers,
    only,
    open_door,
    scene,
    silent,
    status,
    with_systemd,
)

NOBODY = {"ListNames": (["org.freedesktop.DBus"],)}


def units(**facelatchd: str) -> FakeCommands:
    """What `systemctl show` prints of our three units."""
    service = {"Id": "facelatchd.service", "LoadState": "loaded", "ActiveState": "inactive", "Result": "success"}
    sockets = "".join(
        f"Id={name}\nLoadState=loaded\nActiveState=active\nUnitFileState={state}\n\n"
        for name, state in (
            ("facelatchd.socket", facelatchd.pop("sockets", "enabled")),
            ("facelatch-eye.socket", "enabled"),
        )
    )
    return FakeCommands(systemctl="".join(f"{k}={v}\n" for k, v in (service | facelatchd).items()) + "\n" + sockets)


def test_a_daemon_of_our_version_behind_an_open_door_is_well(tmp_path: Path) -> None:
    assert only(check_daemon(scene(open_door(tmp_path)))).state is State.OK


def test_a_daemon_of_another_version_is_to_be_restarted(tmp_path: Path) -> None:
    found = only(check_daemon(scene(with_systemd(open_door(tmp_path)), version="1.3", run=units())))
    assert found.state is State.WARNING
    assert "1.2" in found.text
    assert "1.3" in found.text
    assert found.command == "sudo systemctl restart facelatchd"


def test_without_a_bus_it_is_the_bus_that_is_missing(tmp_path: Path) -> None:
    found = only(check_daemon(scene(open_door(tmp_path), answers=silent(), bus=FakeBus(NO_BUS))))
    assert found.state is State.BAD
    assert "The system bus" in found.text


@pytest.mark.parametrize(
    ("unit", "says", "command"),
    [
        ({}, "does not run", "sudo systemctl start facelatchd"),
        ({"LoadState": "not-found"}, "not installed as a service", ""),
        ({"LoadState": "masked"}, "masked", "sudo systemctl unmask facelatchd"),
        ({"ActiveState": "failed", "Result": "core-dump"}, "failed (core-dump)", "journalctl -b -e -u facelatchd"),
        ({"ActiveState": "active"}, "not on the bus", "journalctl -b -e -u facelatchd"),
    ],
)
def test_what_systemd_knows_of_an_absent_daemon_is_told(
    tmp_path: Path, unit: dict[str, str], says: str, command: str
) -> None:
    root = with_systemd(open_door(tmp_path))
    found = only(check_daemon(scene(root, answers=silent(), bus=FakeBus(NOBODY), run=units(**unit))))
    assert (found.state, found.command) == (State.BAD, command)
    assert says in found.text


@pytest.mark.parametrize(
    "commands", [FakeCommands(), FakeCommands(systemctl=Unrun.FAILED), FakeCommands(systemctl="?")]
)
def test_a_systemctl_that_tells_nothing_does_not_matter(tmp_path: Path, commands: FakeCommands) -> None:
    root = with_systemd(open_door(tmp_path))
    found = only(check_daemon(scene(root, answers=silent(), bus=FakeBus(NOBODY), run=commands)))
    assert found.state is State.BAD
    assert "may not be installed" in found.text


def test_no_command_of_systemd_is_told_where_it_does_not_run(tmp_path: Path) -> None:
    for found in check_daemon(scene(tmp_path, answers=silent(), bus=FakeBus(NOBODY))):
        assert found.state is State.BAD
        assert found.remedy
        assert not found.command


def test_a_daemon_that_gives_no_answer_is_not_taken_for_an_absent_one(tmp_path: Path) -> None:
    found = only(check_daemon(scene(open_door(tmp_path), answers=silent(Silence.MUTE, "no answer within 6 s"))))
    assert "does not answer (no answer within 6 s)" in found.text


def test_a_daemon_that_refuses_points_to_the_bus_policy(tmp_path: Path) -> None:
    found = only(check_daemon(scene(open_door(tmp_path), answers=silent(Silence.REFUSED, "rejected"))))
    assert found.state is State.BAD
    assert "org.facelatch.conf" in found.remedy


def test_a_door_without_a_socket_is_bad_though_the_daemon_answers(tmp_path: Path) -> None:
    well, door = check_daemon(scene(with_systemd(tmp_path), run=units()))
    assert (well.state, door.state) == (State.OK, State.BAD)
    assert door.command == "sudo systemctl enable --now facelatchd.socket facelatch-eye.socket"


def test_on_another_bus_than_the_systems_neither_door_nor_units_matter(tmp_path: Path) -> None:
    root = with_systemd(tmp_path)
    well = only(check_daemon(scene(root, other_bus="unix:path=/bus", run=units(sockets="disabled"))))
    assert well.state is State.OK
    ill = only(check_daemon(scene(root, other_bus="unix:path=/bus", answers=silent(), run=units())))
    assert (ill.state, ill.command) == (State.BAD, "")
    assert ill.text == "The daemon cannot be asked on the bus at unix:path=/bus: nobody there."
    assert ill.remedy == "Is it running there? Check --bus / FACELATCH_BUS."


@pytest.mark.parametrize("state", ["failed", "activating"])
def test_settings_that_keep_the_daemon_from_starting_are_named_with_the_way_out(tmp_path: Path, state: str) -> None:
    root, commands = with_systemd(open_door(tmp_path)), units(ActiveState=state, ExecMainStatus="78")
    found = only(check_daemon(scene(root, answers=silent(), bus=FakeBus(NOBODY), run=commands)))
    assert (found.state, found.command) == (State.BAD, "journalctl -b -e -u facelatchd")
    assert "cannot use its settings" in found.text
    assert "remove /var/lib/facelatch/choices.toml" in found.remedy


def test_a_door_that_others_cannot_reach_is_bad() -> None:
    with tempfile.TemporaryDirectory() as name:
        # Not pytest's folder, which nobody else may enter at all.
        root = open_door(Path(name))
        root.chmod(0o755)
        (root / "run/facelatch").chmod(0)
        with acting_as(65534 if os.getuid() == 0 else None):
            _well, door = check_daemon(scene(root))
        (root / "run/facelatch").chmod(0o755)
    assert door.state is State.BAD
    assert door.command == "sudo chmod 755 /run/facelatch"


def test_sockets_that_are_gone_after_a_restart_are_told_of_before_it(tmp_path: Path) -> None:
    _well, found = check_daemon(scene(with_systemd(open_door(tmp_path)), run=units(sockets="disabled")))
    assert found.state is State.WARNING
    assert found.text.endswith("not enabled is facelatchd.socket.")


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (status(), State.OK),
        (status(eye="it keeps ending"), State.BAD),
        (status(eye="no pack", pack_problem="no pack"), State.NOTE),
    ],
)
def test_the_eye_is_as_the_daemon_says(tmp_path: Path, told: object, state: State) -> None:
    assert only(check_eye(scene(tmp_path, answers=answers(status=told)))).state is state


def test_of_the_eye_nothing_is_known_without_the_daemon(tmp_path: Path) -> None:
    assert only(check_eye(scene(tmp_path, answers=silent()))).state is State.NOTE
