"""What a face opens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.vm.guest import HANDS, PASSWORD, Guest
from tests.vm.states import QUESTION, enrol_at_screen, enrolled, log_in_at_screen, shell, sudo_by_password, wired

GREETER = "/run/vm/greeter"
LIGHTDM_FILES = {
    "/usr/share/xgreeters/vm.desktop": "[Desktop Entry]\nName=vm\nType=Application\nExec=/usr/local/libexec/greeter\n",
    "/usr/share/xsessions/vm.desktop": "[Desktop Entry]\nName=vm\nType=Application\nExec=sleep infinity\n",
    "/etc/lightdm/lightdm.conf.d/vm.conf": "[Seat:*]\ngreeter-session=vm\nuser-session=vm\n",
}
"""A greeter and a session that are there for this only."""


def a_face_is_enrolled_at_the_screen_by_command(guest: Guest) -> None:
    wired(guest)
    shell(guest)
    guest.show("alice")
    guest.await_eye()
    enrol_at_screen(guest)
    assert '"label"' in guest.read("facelatch list --user alice --json")
    guest.reached.add("face")


def after_an_enrolment_the_password_comes_first(guest: Guest) -> None:
    if "face" not in guest.reached:
        enrolled(guest)
        return
    sudo_by_password(guest)
    assert "(password-wanted)" in guest.judged()[-1], guest.judged()
    guest.reached.add("enrolled")


def sudo_asks_and_takes_the_face(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    sudo_by_face(guest)


def sudo_by_face(guest: Guest) -> None:
    """Let alice approve a sudo by her face."""
    guest.show("later")
    guest.await_eye()
    before = guest.judged()
    guest.screen.command("sudo -k; sudo id -un")
    text = guest.screen.expect(QUESTION, guest.patience.look)
    assert "id -un" in text, text
    assert guest.judged() == before, "a look began before the question was answered"
    guest.screen.press("ret")
    text = guest.screen.expect("^root$", guest.patience.look)
    assert "password for alice" not in text, text
    assert guest.unlocks()


def who_types_the_password_at_the_question_is_understood(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    guest.show("later")
    guest.screen.command("sudo -k; sudo id -un")
    guest.screen.expect(QUESTION, guest.patience.look)
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^root$", guest.patience.look)
    assert not guest.unlocks()


def su_takes_the_face(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    guest.show("later")
    guest.screen.command("su alice -c 'echo became $(id -un)'")
    guest.screen.expect(QUESTION, guest.patience.look)
    guest.screen.press("ret")
    text = guest.screen.expect("^became alice$", guest.patience.look)
    assert "Password" not in text, text
    assert guest.unlocks()


def login_at_a_virtual_terminal_takes_the_face(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    guest.show("later")
    guest.screen.type("exit\n")
    guest.reached.discard("shell")
    guest.screen.expect("login: *$", guest.patience.look)
    guest.screen.type("alice\n")
    text = guest.screen.expect(r"^alice@\S+\$", guest.patience.look)
    assert "Password" not in text, text
    assert guest.unlocks()
    guest.screen.type("exit\n")
    guest.show("none")
    log_in_at_screen(guest)
    guest.reached.add("shell")


def i3lock_opens_to_the_face_of_its_user_and_to_no_other(guest: Guest) -> None:
    enrolled(guest)
    shell(guest)
    guest.show("stranger")
    guest.screen.command(
        "(Xvfb :7 -screen 0 640x480x24 &) >/dev/null 2>&1; sleep 8; DISPLAY=:7 i3lock --nofork; echo gone $?"
    )
    guest.wait_until("pgrep -u alice -x i3lock")
    try:
        keys = "runuser -u alice -- env DISPLAY=:7 xdotool key --clearmodifiers"
        guest.wait_until(f"{keys} Return")
        guest.wait_until("journalctl --boot | grep -q \"'i3lock' for 'alice': [a-z]* (\"")
        assert "mismatch (" in guest.judged()[-1], guest.judged()
        assert guest.run("pgrep -u alice -x i3lock").code == 0
        guest.show("later")
        guest.wait_until(f"{keys} Escape Return; sleep 5; ! pgrep -u alice -x i3lock", guest.patience.work)
        guest.screen.expect("^gone 0", guest.patience.look)
    finally:
        guest.run("pkill -u alice -x i3lock; pkill -u alice -x Xvfb")
    assert guest.unlocks()


def lightdm_logs_in_by_face(guest: Guest) -> None:
    enrolled(guest)
    guest.show("later")
    with _lightdm(guest):
        told = _session_of_lightdm(guest)
    assert "prompt" not in told, told
    assert guest.unlocks()


def lightdm_asks_a_stranger_for_the_password(guest: Guest) -> None:
    enrolled(guest)
    guest.show("stranger")
    with _lightdm(guest):
        guest.wait_until(f"grep -q '^prompt: Password' {GREETER}/told", guest.patience.work)
        assert "mismatch (" in guest.judged()[-1], guest.judged()
        guest.write(f"{GREETER}/answer", f"{PASSWORD}\n")
        _session_of_lightdm(guest)
    assert not guest.unlocks()


@contextlib.contextmanager
def _lightdm(guest: Guest) -> Iterator[None]:
    """Have LightDM at the screen, with a greeter that chooses alice, and nobody logged in elsewhere."""
    for path, text in LIGHTDM_FILES.items():
        guest.write(path, text)
    guest.read(f"install -D -m 755 {HANDS}/greeter.py /usr/local/libexec/greeter")
    guest.read(f"rm -rf {GREETER}; mkdir -p {GREETER}; chown lightdm: {GREETER}")
    guest.run("loginctl terminate-user alice")
    guest.reached.discard("shell")
    try:
        guest.read("systemctl start lightdm.service", guest.patience.work)
        yield
    finally:
        files = " ".join((*LIGHTDM_FILES, "/usr/local/libexec/greeter"))
        guest.run(
            f"systemctl stop lightdm.service; rm -rf {files} {GREETER}; loginctl terminate-user alice",
            guest.patience.work,
        )
        guest.screen.switch(1)


def _session_of_lightdm(guest: Guest) -> str:
    """Wait until LightDM has opened alice's session on the screen; return what the greeter was told."""
    sessions = """for s in $(loginctl --no-legend list-sessions | awk '$3 == "alice" {print $1}'); do
        loginctl show-session --property Service --property Seat --property Active $s; done"""
    guest.wait_until(f"({sessions}) | grep -qx Service=lightdm", guest.patience.work)
    assert {"Seat=seat0", "Active=yes"} <= set(guest.read(sessions).split()), guest.read(sessions)
    told = guest.read(f"cat {GREETER}/told")
    assert "authenticated" in told, told
    return told
