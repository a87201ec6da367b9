"""Debian's profiles, by the machine's own `pam-auth-update` on a copy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from facelatch.pam import profiles
from facelatch.pam.planning import PlanRefused, Request, plan, without
from facelatch.pam.stack import Entry
from facelatch.pam.wiring import Wired, explain
from tests.places import TREE
from tests.unit.facelatch_pam.stacks import DEBIAN_SUDO, text, write

STOCK = Path("/usr/share/pam")

pytestmark = pytest.mark.skipif(
    not Path(profiles.PROGRAM).exists() or not STOCK.is_dir(), reason="pam-auth-update is not on this machine"
)

UNIX = """\
Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_unix.so nullok try_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_unix.so nullok
Account-Type: Primary
Account:
	[success=end new_authtok_reqd=done default=ignore]	pam_unix.so
Session-Type: Additional
Session:
	required	pam_unix.so
Password-Type: Primary
Password:
	[success=end default=ignore]	pam_unix.so obscure yescrypt
"""

HOWDY = """\
Name: Howdy
Default: yes
Priority: 512
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_python.so /lib/security/howdy/pam.py
"""


def howdys(entry: Entry) -> bool:
    return entry.name == "pam_python" and any("howdy" in option for option in entry.options)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image of Debian with our profiles installed, none of them switched on."""
    for folder in ("etc/pam.d", "usr/share/pam-configs", "var/lib/pam", "usr/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    for name in profiles.COMMON:
        shutil.copy(STOCK / name, tmp_path / "etc/pam.d" / name)
    shutil.copy(profiles.PROGRAM, tmp_path / "usr/sbin/pam-auth-update")
    (tmp_path / "usr/share/pam-configs/unix").write_text(UNIX)
    (tmp_path / "etc/pam.d/sudo").write_text(DEBIAN_SUDO)
    (tmp_path / "etc/pam.d/login").write_text("auth requisite pam_nologin.so\n@include common-auth\n")
    # As the package libpam-runtime has the stock files written for the first time.
    said = profiles._run(tmp_path / "usr", tmp_path, "--force", ["--enable", "unix"])
    for name in profiles.COMMON:
        (tmp_path / f"etc/pam.d/{name}.pam-old").unlink()
    assert "Local modifications" not in said
    for name, source in (("facelatch", "pam-config"), ("facelatch-passed", "pam-config-passed")):
        shutil.copy(TREE / "systemd" / source, tmp_path / "usr/share/pam-configs" / name)
    return tmp_path


def state(root: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() for part in ("etc", "var") for path in (root / part).rglob("*") if path.is_file()
    }


def test_both_profiles_are_switched_on_and_off_again(image: Path) -> None:
    before = state(image)
    made = plan(Request(), image)
    assert state(image) == before, "nothing is written"
    assert made.services == ("common-auth", "login", "sudo")
    assert {change.path.parent.name: change.listed for change in made.changes} == {"pam.d": True, "pam": False}
    write(made, image)
    found = explain("sudo", image)
    assert (found.wired, found.passed, found.passed_early) == (Wired.FIRST, True, False)
    assert found.options == ("timeout=5", "max_tries=1")
    assert not plan(Request(), image).changes
    write(plan(Request(remove=True), image), image)
    after = state(image)
    seen = str(image / "var/lib/pam/seen")
    assert b"facelatch" in after.pop(seen)
    before.pop(seen, None)
    assert after == before


def test_an_option_that_somebody_added_to_a_shared_file_stays(image: Path) -> None:
    file = image / "etc/pam.d/common-auth"
    file.write_text(file.read_text().replace("pam_unix.so nullok", "pam_unix.so nullok audit"))
    assert re.search(r"pam_unix\.so nullok.* audit", text(plan(Request(), image), "/etc/pam.d/common-auth"))


def test_shared_files_that_the_tool_does_not_manage_any_more_are_left_alone(image: Path) -> None:
    file = image / "etc/pam.d/common-auth"
    file.write_text(file.read_text().replace("auth\trequisite", "auth optional pam_warn.so\nauth\trequisite"))
    file.write_text(re.sub(r"(Primary.*\n)", r"\1auth optional pam_warn.so\n", file.read_text()))
    before = state(image)
    with pytest.raises(PlanRefused, match="changed by hand what pam-auth-update writes"):
        plan(Request(), image)
    assert state(image) == before


def test_a_single_service_is_wired_beside_the_shared_files(image: Path) -> None:
    write(plan(Request(("sudo",)), image), image)
    assert explain("sudo", image).wired is Wired.FIRST
    assert explain("login", image).wired is Wired.NONE


def test_a_shared_file_is_not_edited_behind_the_tools_back(image: Path) -> None:
    with pytest.raises(PlanRefused, match="written by pam-auth-update"):
        plan(Request(("common-auth",)), image)


def test_without_the_profiles_it_is_said_what_to_install(image: Path) -> None:
    (image / "usr/share/pam-configs/facelatch-passed").unlink()
    with pytest.raises(PlanRefused, match="facelatch-passed is not here: install the package libpam-facelatch"):
        plan(Request(), image)


@pytest.mark.parametrize("profile_stays", [True, False])
def test_the_profile_of_another_program_is_switched_off(image: Path, profile_stays: bool) -> None:
    profile = image / "usr/share/pam-configs/howdy"
    profile.write_text(HOWDY)
    write_through = profiles._run(image / "usr", image, "--enable", ["howdy"])
    assert "Local" not in write_through
    common = image / "etc/pam.d/common-auth"
    assert "howdy" in common.read_text()
    if not profile_stays:
        profile.unlink()
    xlock = image / "etc/pam.d/xlock"
    xlock.write_text("auth sufficient pam_python.so /lib/security/howdy/pam.py\nauth required pam_unix.so\n")
    write(without(image, howdys), image)
    assert "howdy" not in common.read_text()
    assert xlock.read_text() == "auth required pam_unix.so\n"
    assert "[success=1 default=ignore]\tpam_unix.so" in common.read_text()
    write(plan(Request(), image), image)
    assert explain("login", image).wired is Wired.FIRST, "the tool still manages the files"
