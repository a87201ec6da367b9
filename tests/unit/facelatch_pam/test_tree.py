"""Files below a root, with those of a plan over them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from facelatch.pam.change import Change, Content
from facelatch.pam.stack import read_stack
from facelatch.pam.tree import Tree
from facelatch.pam.wiring import services
from tests.unit.facelatch_pam.stacks import laid

SUDO = PurePosixPath("/etc/pam.d/sudo")


def test_an_absolute_link_of_an_image_leads_to_the_images_own_file(tmp_path: Path) -> None:
    root = laid(tmp_path, sudo="auth include system-auth\n")
    (root / "etc/authselect").mkdir()
    (root / "etc/authselect/system-auth").write_text("auth required pam_image.so\n")
    (root / "etc/pam.d/system-auth").symlink_to("/etc/authselect/system-auth")
    assert Tree(root).find("/etc/pam.d/system-auth") == PurePosixPath("/etc/authselect/system-auth")
    assert [entry.module for entry in read_stack("sudo", root).entries] == ["pam_image.so"]


def test_a_link_out_of_the_image_stays_in_it(tmp_path: Path) -> None:
    root = laid(tmp_path)
    (root / "etc/pam.d/sudo").symlink_to("../../../../../../../../../../../etc/passwd")
    assert Tree(root).target(SUDO) == PurePosixPath("/etc/passwd")
    assert Tree(root).find(SUDO) is None


def test_links_in_a_circle_are_no_file(tmp_path: Path) -> None:
    root = laid(tmp_path)
    (root / "etc/pam.d/sudo").symlink_to("su")
    (root / "etc/pam.d/su").symlink_to("sudo")
    assert Tree(root).find(SUDO) is None
    assert Tree(root).content(SUDO) is None


def test_a_planned_file_is_there_and_a_removed_one_is_not_and_the_disk_stays_as_it_was(tmp_path: Path) -> None:
    root = laid(tmp_path, sudo="auth required pam_unix.so\n", su="auth required pam_unix.so\n")
    new = Content(b"auth required pam_deny.so\n")
    after = Tree(root).after(
        [
            Change(SUDO, Content(b""), new),
            Change(SUDO.with_name("su"), Content(b""), None),
            Change(SUDO.with_name("login"), None, new),
        ]
    )
    assert services(after) == ("login", "sudo")
    assert after.read(SUDO) == new.data
    assert [entry.name for entry in read_stack("login", after).entries] == ["pam_deny"]
    assert services(root) == ("su", "sudo")
    content = after.content(SUDO)
    assert content is not None
    assert content.data == b"auth required pam_unix.so\n"
