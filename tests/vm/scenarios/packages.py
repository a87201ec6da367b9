"""What the packages bring, keep and leave."""

from __future__ import annotations

from tests.vm.guest import BROUGHT, PASSWORD, Guest
from tests.vm.scenarios import Skipped
from tests.vm.scenarios.opening import sudo_by_face
from tests.vm.states import enrolled, installed, prepared, shell, wired

SOCKETS = "facelatchd.socket facelatch-eye.socket"
SERVICES = "facelatchd.service facelatch-eye.service facelatch-key.service"
PAM_FILES = "find /etc/pam.d -type f -exec sha256sum {} + | sort"

BEFORE = "/var/tmp/before"
FILES = (
    "find / -xdev ! -type d ! -path '/var/log/*' ! -path '/var/tmp/*' ! -path '/tmp/*' ! -path '/run/*' | LC_ALL=C sort"
)
"""Every file of the machine but logs and what lies about for a while."""

EMULATIONS_OWN = (
    "/etc/systemd/system/facelatch*.d /etc/dbus-1/system.d/patience.conf /usr/local/libexec/facelatchd-patient"
)
MANUALS = "facelatch.1 facelatchd.8 pam_facelatch.8 facelatch.toml.5"


def packages_install_and_only_their_sockets_start(guest: Guest) -> None:
    if "installed" in guest.reached:
        raise Skipped("they are installed already")
    guest.read(f"{FILES} >{BEFORE}", guest.patience.look)
    pam = guest.read(PAM_FILES)
    told = guest.read(f"DEBIAN_FRONTEND=noninteractive dpkg --install {BROUGHT}/debs/*.deb", 3 * guest.patience.work)
    assert "warning" not in told.lower(), told
    assert guest.read(PAM_FILES) == pam, "installing has changed PAM's files"
    assert guest.read(f"systemctl is-active {SOCKETS}").split() == ["active", "active"]
    assert guest.read(f"systemctl is-enabled {SOCKETS}").split() == ["enabled", "enabled"]
    assert set(guest.run(f"systemctl is-active {SERVICES}").text.split()) == {"inactive"}
    assert guest.run("pgrep -u facelatch,facelatch-eye").code == 1, "something runs already"
    assert not guest.read("dpkg --verify facelatch libpam-facelatch facelatch-gui")
    guest.reached.add("installed")
    prepared(guest)


def the_doctor_finds_the_installation_well(guest: Guest) -> None:
    """Before PAM is set up, the judge's start by a call on the bus included."""
    installed(guest)
    guest.await_eye()
    told = guest.run("facelatch doctor", guest.patience.look).text
    assert "VERDICT" in told, told
    assert not [line for line in told.splitlines() if line.startswith("bad")], told
    guest.read(f"for page in {MANUALS}; do ls /usr/share/man/man*/$page.gz || exit 1; done")


def an_upgrade_from_the_package_before_keeps_faces(guest: Guest) -> None:
    enrolled(guest)
    faces = "facelatch list --user alice --json"
    known = guest.read(faces, guest.patience.look)
    guest.show("none")
    for debs in ("previous", "debs"):
        guest.read(f"DEBIAN_FRONTEND=noninteractive dpkg --install {BROUGHT}/{debs}/facelatch_*.deb"
                   f" {BROUGHT}/{debs}/libpam-facelatch_*.deb", 3 * guest.patience.work)  # fmt: skip
        guest.reached.discard("prepared")
        prepared(guest)
        assert guest.read(faces, guest.patience.look) == known
    assert guest.read(f"systemctl is-active {SOCKETS}").split() == ["active", "active"]
    shell(guest)
    sudo_by_face(guest)


def removed_packages_leave_the_password_and_the_data(guest: Guest) -> None:
    enrolled(guest)
    wired(guest)
    guest.show("none")
    guest.read(
        "DEBIAN_FRONTEND=noninteractive dpkg --remove facelatch-gui libpam-facelatch facelatch", guest.patience.work
    )
    assert guest.run("grep -r pam_facelatch /etc/pam.d").code == 1
    guest.read("test -s /var/lib/facelatch/facelatch.db -a -d /var/lib/facelatch-counter")
    assert guest.run(f"systemctl is-active {SOCKETS} {SERVICES}").text.split().count("active") == 0
    guest.reached -= {"shell", "installed", "prepared", "wired", "enrolled", "face"}
    shell(guest)
    guest.screen.command("sudo -k; sudo id -un")
    guest.screen.expect("password for alice: *$", guest.patience.look)
    guest.screen.give_password(PASSWORD)
    guest.screen.expect("^root$", guest.patience.look)


def a_purge_leaves_nothing(guest: Guest) -> None:
    if guest.run(f"test -e {BEFORE}").code != 0:
        raise Skipped("nobody has listed the machine's files before the installation")
    # What is not the packages' own: emulation's drop-ins, an administrator's settings.
    guest.read(f"rm -rf {EMULATIONS_OWN}")
    guest.read(
        "DEBIAN_FRONTEND=noninteractive dpkg --purge facelatch-gui libpam-facelatch facelatch", guest.patience.work
    )
    left = guest.read(
        f"{FILES} | LC_ALL=C comm -13 {BEFORE} - | grep -v '^/home/'; true", guest.patience.look
    ).splitlines()
    ours = [path for path in left if "facelatch" in path]
    assert not ours, ours
    others = " ".join(path for path in left if not path.startswith("/var/lib/dpkg/"))
    guest.read(f"logger --tag dpkg 'new on the machine, and none of ours: {others or 'nothing'}'")
    folders = guest.read(
        "find / -xdev -type d -name '*facelatch*' ! -path '/run/*' ! -path '/var/tmp/*'", guest.patience.look
    )
    assert not folders, folders
    assert not guest.read("dpkg --get-selections | grep facelatch || true")
    guest.read("! grep -r facelatch /etc/pam.d /etc/systemd /etc/dbus-1")
