"""How the face gets into PAM's files, and out of them again before anybody is shut out."""

from __future__ import annotations

from tests.vm.guest import PASSWORD, Guest
from tests.vm.scenarios import Skipped
from tests.vm.scenarios.opening import sudo_by_face
from tests.vm.scenarios.packages import PAM_FILES
from tests.vm.states import enrolled, installed, log_in_at_screen, shell, wired

BROKEN = "auth requisite pam_deny.so"
"""A stack by which nobody gets in any more."""

PENDING = "/var/lib/facelatch-pam/pending"
ROLLBACK = "facelatch-pam-rollback"

TIME_TO_BREAK = 60
"""Seconds until the timer fires: in emulation the command itself takes some of them."""


def _apply_and_break(guest: Guest, seconds: int) -> str:
    """Apply the change to a machine without it and break the result; return what the files were before."""
    installed(guest)
    if "wired" in guest.reached:
        raise Skipped("the face is in PAM's files already")
    guest.show("none")
    before = guest.read(PAM_FILES)
    guest.read(f"facelatch pam apply --yes --rollback-after {seconds}", guest.patience.look)
    guest.read("grep -q pam_facelatch.so /etc/pam.d/common-auth")
    assert guest.unit(f"{ROLLBACK}.timer", "ActiveState") == "active"
    guest.write("/etc/pam.d/common-auth", f"{BROKEN}\n")
    return before


def a_rollback_puts_back_what_was_broken_on_purpose(guest: Guest) -> None:
    before = _apply_and_break(guest, TIME_TO_BREAK)
    guest.read("systemctl restart getty@tty1.service")
    guest.screen.switch(1)
    guest.reached.discard("shell")
    guest.screen.expect("login: *$", guest.patience.look)
    guest.screen.type("bob\n")
    guest.screen.expect("Login incorrect", guest.patience.look)
    guest.wait_until(f"test ! -e {PENDING}", TIME_TO_BREAK + guest.patience.look)
    assert guest.read(PAM_FILES) == before, guest.read("tail -n 99 /etc/pam.d/common-*")
    assert "PAM's files are as they were before" in guest.journal("--output", "cat")
    guest.read("systemctl restart getty@tty1.service")
    log_in_at_screen(guest, "bob")
    guest.screen.type("exit\n")


def a_reboot_within_its_time_puts_it_back_too(guest: Guest) -> None:
    before = _apply_and_break(guest, 3600)
    guest.reboot()
    assert guest.read(PAM_FILES) == before, guest.read("tail -n 99 /etc/pam.d/common-*")
    assert guest.run(f"test -e {PENDING}").code == 1
    done = int(guest.unit(f"{ROLLBACK}.service", "ExecMainExitTimestampMonotonic"))
    open_to_users = int(guest.unit("systemd-user-sessions.service", "ExecMainStartTimestampMonotonic"))
    assert 0 < done < open_to_users


def a_change_stays_once_a_new_session_has_confirmed_it(guest: Guest) -> None:
    if "wired" in guest.reached:
        raise Skipped("the face is in PAM's files already")
    wired(guest)
    assert guest.unit(f"{ROLLBACK}.timer", "ActiveState") != "active"
    assert guest.run(f"test -e {PENDING}").code == 1
    assert "face" in guest.read("facelatch pam status", guest.patience.look)


def a_change_that_was_confirmed_is_taken_back_by_revert(guest: Guest) -> None:
    wired(guest)
    guest.read("facelatch pam revert --yes", guest.patience.look)
    guest.reached.discard("wired")
    assert guest.run("grep -r pam_facelatch /etc/pam.d").code == 1
    guest.reached.discard("shell")
    shell(guest)


def after_a_reboot_the_password_comes_first(guest: Guest) -> None:
    enrolled(guest)
    guest.reboot()
    guest.show("later")
    guest.screen.expect("login: *$", guest.patience.look)
    guest.screen.type("alice\n")
    guest.screen.expect("Password: *$", guest.patience.look)
    # In the first seconds nobody may answer yet, and the password is asked for just so.
    assert not guest.unlocks()
    guest.screen.give_password(PASSWORD)
    guest.screen.expect(r"^alice@\S+\$", guest.patience.look)
    guest.screen.type("PS1='$ '\n")
    guest.reached.add("shell")
    assert any("(password-wanted)" in line for line in guest.judged()), guest.judged()
    sudo_by_face(guest)
