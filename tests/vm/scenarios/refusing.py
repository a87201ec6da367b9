"""What no face opens, and that the password does."""

from __future__ import annotations

from tests.vm.guest import CAMERA, PASSWORD, Guest
from tests.vm.states import QUESTION, enrolled, shell


def _refused(guest: Guest, reason: str) -> None:
    """Use sudo before whatever the camera shows now: it is refused for a reason, and the password opens at once."""
    guest.screen.command("sudo -k; sudo id -un")
    text = guest.screen.expect(rf"{QUESTION}|password for alice: *$", guest.patience.look)
    if QUESTION in text:
        guest.screen.press("ret")
    guest.screen.expect("password for alice: *$", guest.patience.look)
    assert reason in guest.judged()[-1], guest.judged()
    assert not guest.unlocks()
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^root$", guest.patience.look)


def _ready(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    guest.await_eye()


def somebody_elses_face_is_refused(guest: Guest) -> None:
    _ready(guest)
    guest.show("stranger")
    _refused(guest, "mismatch (")


def an_empty_room_is_refused(guest: Guest) -> None:
    _ready(guest)
    guest.show("room")
    _refused(guest, "(no-face)")


def a_printed_photo_of_her_is_refused(guest: Guest) -> None:
    _ready(guest)
    guest.show("photo")
    _refused(guest, "mismatch (")


def a_camera_that_shows_nothing_is_refused(guest: Guest) -> None:
    _ready(guest)
    guest.show("none")
    _refused(guest, "unavailable (camera-")


def a_programs_camera_opens_nothing_until_the_settings_allow_it(guest: Guest) -> None:
    _ready(guest)
    guest.show("later")
    with guest.settings(camera=""):
        _refused(guest, "(camera-untrusted)")
    with guest.settings(camera=f'trusted = ["{CAMERA}"]'):
        guest.screen.command("sudo -k; sudo id -un")
        guest.screen.expect(QUESTION, guest.patience.look)
        guest.screen.press("ret")
        guest.screen.expect("^root$", guest.patience.look)
    assert guest.unlocks()


def ssh_takes_the_password_although_she_sits_there(guest: Guest) -> None:
    _ready(guest)
    guest.show("later")
    guest.read("systemctl start ssh.service", guest.patience.look)
    known = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    ending = guest.console.begin(f"ssh {known} alice@127.0.0.1 echo came in")
    for password in ("wrong", PASSWORD):
        guest.console.expect("alice@127.0.0.1's password: ", within=guest.patience.look)
        guest.console.line(password)
    done = guest.console.end(ending, guest.patience.look)
    assert (done.code, "came in" in done.text) == (0, True), done
    assert not guest.unlocks()
    assert all("'sshd'" in line and "match (" not in line for line in guest.judged()), guest.judged()


def a_login_on_the_serial_line_is_not_before_the_camera(guest: Guest) -> None:
    _ready(guest)
    guest.show("later")
    ending = guest.console.begin("login alice")
    guest.console.expect("Password: ", within=guest.patience.look)
    guest.console.line(PASSWORD)
    guest.console.expect(r"alice@\S+\$ ", within=guest.patience.look)
    guest.console.line("exit")
    guest.console.end(ending, guest.patience.look)
    guest.console.run("stty -echo")
    assert "(not-at-seat)" in guest.judged()[-1], guest.judged()
