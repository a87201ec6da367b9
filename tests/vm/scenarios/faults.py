"""What breaks midway: the password is asked for, and the next login works."""

from __future__ import annotations

from tests.vm.guest import PASSWORD, Guest
from tests.vm.scenarios.opening import sudo_by_face
from tests.vm.states import QUESTION, enrolled, shell

LONG = 25.0
"""Seconds that a look goes on with nobody to be seen, so that there is a midway."""

VIVID = "/dev/video0"
NO_SLEEP = "[Service]\nExecStart=\nExecStart=/bin/true\n"
"""Lets logind announce sleep and waking up as ever, with none in between: nobody would wake this machine."""


def _look(guest: Guest) -> None:
    """Have alice's sudo look at what the camera shows, and return while it does."""
    guest.screen.command("sudo -k; sudo id -un")
    guest.screen.expect(QUESTION, guest.patience.look)
    guest.screen.press("ret")
    guest.await_look()


def _password_opens(guest: Guest) -> None:
    guest.screen.expect("password for alice: *$", guest.patience.look)
    assert not guest.unlocks()
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^root$", guest.patience.look)


def _prepare(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    guest.show("room")
    guest.await_eye()


def a_camera_pulled_out_midway_leaves_the_password(guest: Guest) -> None:
    _prepare(guest)
    guest.read("modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=0", guest.patience.look)
    try:
        with guest.settings(camera=f'use = "{VIVID}"', no_face=LONG):
            _look(guest)
            guest.read("echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind", guest.patience.look)
            _password_opens(guest)
            assert "(camera-failed)" in guest.judged()[-1], guest.judged()
    finally:
        guest.read("rmmod vivid", guest.patience.look)
    sudo_by_face(guest)


def an_eye_killed_midway_leaves_the_password(guest: Guest) -> None:
    _prepare(guest)
    with guest.settings(no_face=LONG):
        _look(guest)
        guest.read("systemctl kill --signal=KILL facelatch-eye.service")
        _password_opens(guest)
        assert "unavailable (" in guest.judged()[-1], guest.judged()
    sudo_by_face(guest)


def a_judge_killed_midway_leaves_the_password(guest: Guest) -> None:
    _prepare(guest)
    with guest.settings(no_face=LONG):
        _look(guest)
        guest.read("systemctl kill --signal=KILL facelatchd.service")
        _password_opens(guest)
    sudo_by_face(guest)


def sleep_ends_a_look_and_the_face_opens_again_after_it(guest: Guest) -> None:
    _prepare(guest)
    guest.write("/run/systemd/system/systemd-suspend.service.d/no-sleep.conf", NO_SLEEP)
    guest.read("systemctl daemon-reload")
    with guest.settings(no_face=LONG):
        _look(guest)
        guest.read("systemctl suspend", guest.patience.look)
        _password_opens(guest)
        assert "(cancelled)" in guest.judged()[-1], guest.judged()
    sudo_by_face(guest)
