"""What may not be written to PAM's files, whoever planned it."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.pam.safety import objection
from facelatch.pam.tree import Tree
from tests.unit.facelatch_pam.stacks import laid

UNIX = "auth required pam_unix.so\n"
FACE = "auth sufficient pam_facelatch.so\n"
PASSED = "auth optional pam_facelatch.so passed\n"
LOCKED = "auth required pam_faillock.so preauth\n"
JUMP = "auth [success=1 default=ignore] pam_unix.so\n"
BLOCK = "auth requisite pam_deny.so\nauth required pam_permit.so\n"


def said(root: Path, before: str, after: str, service: str = "sudo", *, foreign: bool = False) -> str:
    """Return what is objected to a change of one service's file."""
    old, new = laid(root / "old", **{service: before}), laid(root / "new", **{service: after})
    return objection(Tree(old), Tree(new), wanted=() if foreign else (service,), foreign=foreign)


def test_a_face_before_the_password_is_safe(tmp_path: Path) -> None:
    assert said(tmp_path, UNIX, FACE + UNIX) == ""
    assert said(tmp_path, FACE + UNIX, UNIX, foreign=True) == ""


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (UNIX, "auth required pam_facelatch.so\n" + UNIX, "/etc/pam.d/sudo:1: sudo: Without the face nobody gets in"),
        (UNIX, "auth sufficient pam_facelatch.so\nauth optional pam_permit.so\n", "opens to anybody"),
        (UNIX, UNIX + "auth optional pam_facelatch.so\n", "A face is tried but opens nothing"),
        (LOCKED + UNIX, FACE + LOCKED + UNIX, "an account that pam_faillock has locked"),
        (UNIX, FACE + FACE + UNIX, "tried a second time"),
        (UNIX, FACE + UNIX + PASSED, "told of an accepted password where it was wrong"),
        (UNIX, FACE + "auth optional pam_fprintd.so\n" + UNIX, "what follows a face that fails would not be what"),
        (UNIX, "@include gone\n" + FACE + UNIX, "PAM would not take it in"),
        ("auth requisite pam_nologin.so\n" + UNIX, FACE + "auth requisite pam_nologin.so\n" + UNIX,
         "a face would get past pam_nologin (/etc/pam.d/sudo:2), which a password does not"),
        (LOCKED + JUMP + BLOCK, LOCKED.replace("required", "optional") + FACE + JUMP + BLOCK,
         "pam_faillock has locked would be treated otherwise"),
        (UNIX, f"auth [success=1 default=ignore] pam_facelatch.so\n{UNIX}auth optional pam_permit.so\n",
         "where a module takes no side"),
        ("auth requisite pam_sss.so\n", FACE + "auth requisite pam_sss.so\n" + PASSED,
         "told of a password where a module takes no side"),
    ],
)  # fmt: skip
def test_what_would_do_harm_is_told_with_its_place(tmp_path: Path, before: str, after: str, reason: str) -> None:
    told = said(tmp_path, before, after)
    assert told.startswith("/etc/pam.d/sudo")
    assert reason in told


@pytest.mark.parametrize("taken_in", ["auth include both\n", "auth substack both\n", "@include both\n"])
def test_a_face_does_not_stand_for_a_password_and_what_is_asked_behind_it(tmp_path: Path, taken_in: str) -> None:
    code = "auth required pam_radius_auth.so\n"
    old = laid(tmp_path / "old", sudo=taken_in, both=UNIX + code)
    new = laid(tmp_path / "new", sudo=FACE + taken_in, both=UNIX + code)
    told = objection(Tree(old), Tree(new), wanted=("sudo",))
    assert "a face would get past pam_radius_auth (/etc/pam.d/both:2), which a password does not" in told
    for root in (old, new):
        laid(root, both=UNIX + "auth required pam_radius_auth.so use_first_pass\n")
    assert objection(Tree(old), Tree(new), wanted=("sudo",)) == ""


def test_a_jump_into_the_middle_of_a_file_that_changes_leads_elsewhere(tmp_path: Path) -> None:
    sudo = "auth [success=1 default=ignore] pam_krb5.so\nauth include common-auth\n"
    old = laid(tmp_path / "old", sudo=sudo, common_auth=JUMP + BLOCK)
    new = laid(
        tmp_path / "new", sudo=sudo, common_auth=FACE.replace("sufficient", "[success=2 default=ignore]") + JUMP + BLOCK
    )
    told = objection(Tree(old), Tree(new))
    assert "the jump of /etc/pam.d/sudo:1 would lead elsewhere" in told


def test_a_face_does_not_get_past_faillock_where_it_looks_behind_the_password_alone(tmp_path: Path) -> None:
    """As the second example of pam_faillock(8) has it, whose `preauth` is optional."""
    behind = "auth [success=1 default=bad] pam_unix.so\nauth [default=die] pam_faillock.so authfail\n"
    behind += "auth sufficient pam_faillock.so authsucc\nauth required pam_deny.so\n"
    taken_in = "auth include both\n"
    old, new = (
        laid(tmp_path / "old", sudo=taken_in, both=behind),
        laid(tmp_path / "new", sudo=FACE + taken_in, both=behind),
    )
    told = objection(Tree(old), Tree(new), wanted=("sudo",))
    assert "a face would get past pam_faillock (/etc/pam.d/both:3), which a password does not" in told


def test_a_service_for_the_face_alone_opens_to_nothing_else(tmp_path: Path) -> None:
    face = "auth [success=done default=bad] pam_facelatch.so\n"
    assert said(tmp_path, "", face + "auth required pam_deny.so\n", "kde-face") == ""
    told = said(tmp_path / "b", "", f"{FACE}auth required pam_permit.so\n", "kde-face")
    assert "opens to anybody" in told


def test_taking_lines_of_others_out_may_close_their_way_in_and_not_the_passwords(tmp_path: Path) -> None:
    howdy = "auth sufficient pam_howdy.so\n"
    assert said(tmp_path, howdy + UNIX, UNIX, foreign=True) == ""
    assert "the right password would not open" in said(tmp_path / "b", howdy + UNIX, howdy, foreign=True)
