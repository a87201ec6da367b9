"""What scenarios start from: each brings the machine there, once, whatever it was in before."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from tests.vm.guest import BROUGHT, HANDS, PASSWORD, Guest

QUESTION: Final = "Enter to approve by face"
"""What is asked before a camera opens; a password that is typed there is understood, too."""

State = Callable[[Guest], None]


def state(bring: State) -> State:
    """Make a function that brings a machine into a state one that does so only where it is not in it already."""
    name = bring.__name__.replace("_", " ")

    @functools.wraps(bring)
    def ensure(guest: Guest) -> None:
        if name not in guest.reached:
            bring(guest)
            guest.reached.add(name)

    return ensure


@state
def installed(guest: Guest) -> None:
    """The packages are in, nothing is set up, and the machine is told to be patient."""
    guest.read(f"DEBIAN_FRONTEND=noninteractive dpkg --install {BROUGHT}/debs/*.deb", 3 * guest.patience.work)
    prepared(guest)


@state
def prepared(guest: Guest) -> None:
    """Packages are made for machines that are not emulated, and come with a pack for trying only."""
    guest.read(f"{HANDS}/patience.sh {guest.patience.factor:.0f}", guest.patience.look)
    guest.read(f"facelatch pack install {BROUGHT}/pack/open && facelatch pack use open", guest.patience.look)
    guest.set()


@state
def wired(guest: Guest) -> None:
    """The face is asked for where the password was, and the judge is told of passwords."""
    installed(guest)
    guest.read("facelatch pam apply --yes --rollback-after 3600", guest.patience.look)
    guest.read("grep -q pam_facelatch.so /etc/pam.d/common-auth")
    assert guest.run("facelatch pam confirm", guest.patience.look).code != 0, (
        "the session that has made a change confirms it"
    )
    guest.reached.discard("shell")
    shell(guest)
    guest.screen.command("sudo facelatch pam confirm; echo ended $?")
    guest.screen.expect(f"password for alice: *$|{QUESTION}", guest.patience.look)
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("Password of alice: *$", guest.patience.look)
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^ended 0", guest.patience.look)


@state
def shell(guest: Guest) -> None:
    """Alice has logged in at the first virtual terminal, by password, and a shell waits there."""
    guest.show("none")
    guest.read("systemctl restart getty@tty1.service")
    guest.screen.switch(1)
    log_in_at_screen(guest)


def log_in_at_screen(guest: Guest, user: str = "alice") -> None:
    """Log in by password at the virtual terminal that the screen shows."""
    guest.screen.expect("login: *$", guest.patience.look)
    guest.screen.type(f"{user}\n")
    guest.screen.expect("Password: *$", guest.patience.look)
    guest.screen.give_password(PASSWORD)
    guest.screen.expect(rf"^{user}@\S+\$", guest.patience.look)
    guest.screen.type("PS1='$ '\n")
    guest.screen.command("echo set''tled")
    guest.screen.expect("^settled", guest.patience.look)


@state
def enrolled(guest: Guest) -> None:
    """Alice has enrolled at the screen, and typed her password since."""
    wired(guest)
    shell(guest)
    guest.show("alice")
    guest.await_eye()
    enrol_at_screen(guest)
    sudo_by_password(guest)


def enrol_at_screen(guest: Guest) -> None:
    """Let alice enrol her face, which takes her password."""
    guest.screen.command("facelatch enroll; echo ended $?")
    guest.screen.expect("Password: *$", guest.patience.look)
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^ended 0", guest.patience.work)


def sudo_by_password(guest: Guest) -> None:
    """Let alice use sudo with her password, before any face is looked for."""
    guest.screen.command("sudo -k; sudo id -un")
    text = guest.screen.expect("password for alice: *$", guest.patience.look)
    assert QUESTION not in text, text
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^root$", guest.patience.look)
