"""Services for a face alone, beside those with the password."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.pam.planning import PlanRefused, Request, plan
from facelatch.pam.slots import OPTIONS
from facelatch.pam.wiring import Wired, explain
from facelatchd.settings.rules import DEFAULT_RULES
from tests.places import TREE
from tests.unit.facelatch_pam.stacks import ARCH, DEBIAN, laid, machine, text, write

KDE = Request(slots=("kde-face",))
GDM = Request(slots=("gdm-fingerprint",))
GDM_FINGERPRINT = """\
#%PAM-1.0
auth\trequisite\tpam_nologin.so
auth\trequired\tpam_fprintd.so
auth\toptional\tpam_gnome_keyring.so
@include common-account
session required pam_loginuid.so
@include common-session-noninteractive
"""


@pytest.mark.parametrize(
    ("distribution", "account"),
    [
        (DEBIAN, "@include common-account"),
        (ARCH, "account  include  system-auth"),
        ({}, "account  required  pam_unix.so"),
    ],
)
def test_kde_gets_a_service_for_the_face_alone(tmp_path: Path, distribution: dict[str, str], account: str) -> None:
    root = laid(machine(tmp_path, distribution), kde="auth required pam_unix.so\n")
    made = plan(KDE, root)
    assert f"\n{account}  # facelatch\n" in text(made, "/etc/pam.d/kde-face")
    assert "timeout_result=auth_err" in text(made, "/etc/pam.d/kde-face")
    write(made, root)
    assert explain("kde-face", root).wired is Wired.BESIDE
    assert not plan(KDE, root).changes
    assert plan(Request(remove=True, slots=KDE.slots), root).changes[0].after is None


def test_the_file_that_packages_bring_is_such_a_service_and_needs_no_other(tmp_path: Path) -> None:
    root = laid(machine(tmp_path, DEBIAN), kde="auth required pam_unix.so\n")
    place = root / "usr/lib/pam.d/kde-face"
    place.parent.mkdir(parents=True)
    place.write_bytes((TREE / "systemd/pam.d/kde-face").read_bytes())
    found = explain("kde-face", root)
    assert (found.wired, found.faults) == (Wired.BESIDE, ())
    assert "timeout_result=auth_err" in found.options
    made = plan(KDE, root)
    assert not made.changes
    assert any("asks for a face already: /usr/lib/pam.d/kde-face" in remark for remark in made.remarks)


def test_where_there_is_no_reader_the_place_of_the_fingerprint_asks_for_a_face(tmp_path: Path) -> None:
    root = laid(machine(tmp_path, DEBIAN), gdm_fingerprint=GDM_FINGERPRINT, gdm_password="@include common-auth\n")
    made = plan(GDM, root)
    assert any("only where fprintd tells of a reader" in remark for remark in made.remarks)
    assert "# facelatch off: auth\trequired\tpam_fprintd.so\n" in text(made, "/etc/pam.d/gdm-fingerprint")
    assert "\nsession required pam_loginuid.so\n" in text(made, "/etc/pam.d/gdm-fingerprint")
    write(made, root)
    assert explain("gdm-fingerprint", root).wired is Wired.BESIDE
    assert not plan(GDM, root).changes
    write(plan(Request(remove=True), root), root)
    assert (root / "etc/pam.d/gdm-fingerprint").read_text() == GDM_FINGERPRINT


@pytest.mark.parametrize("place", ["usr/libexec/fprintd", "usr/lib/x86_64-linux-gnu/security/pam_fprintd.so"])
def test_where_a_fingerprint_may_be_in_use_its_place_is_kept_unless_asked_for(tmp_path: Path, place: str) -> None:
    root = laid(machine(tmp_path, DEBIAN), gdm_fingerprint=GDM_FINGERPRINT, gdm_password="@include common-auth\n")
    (root / place).parent.mkdir(parents=True)
    (root / place).write_text("")
    with pytest.raises(PlanRefused, match=r"gdm-fingerprint is the place of the fingerprint, and .* installed"):
        plan(GDM, root)
    assert plan(Request(slots=GDM.slots, replace_fingerprint=True), root).changes


LOCKED = "auth required pam_shells.so\nauth required pam_faillock.so preauth\n"


def test_what_everybody_has_to_pass_a_face_has_to_pass_too(tmp_path: Path) -> None:
    root = laid(
        tmp_path, gdm_fingerprint=LOCKED + "auth required pam_fprintd.so\n", gdm_password="auth required pam_unix.so\n"
    )
    made = plan(GDM, root)
    first = text(made, "/etc/pam.d/gdm-fingerprint").split("\n")[:2]
    assert [line.split()[1:4] for line in first] == [
        ["requisite", "pam_shells.so", "#"],
        ["requisite", "pam_faillock.so", "preauth"],
    ]
    write(made, root)
    assert not plan(GDM, root).changes


def test_so_it_does_beside_the_password(tmp_path: Path) -> None:
    root = laid(tmp_path, kde="auth include login\n", login=LOCKED + "auth required pam_unix.so\n")
    assert "auth  requisite  pam_faillock.so preauth silent  # facelatch\n" in text(
        plan(KDE, root), "/etc/pam.d/kde-face"
    )
    place = root / "usr/lib/pam.d/kde-face"
    place.parent.mkdir(parents=True)
    place.write_text("auth [success=done default=bad] pam_facelatch.so\nauth required pam_deny.so\n")
    made = plan(KDE, root)
    assert "auth  requisite  pam_faillock.so preauth silent  # facelatch\n" in text(made, "/etc/pam.d/kde-face")
    write(made, root)
    assert not plan(KDE, root).changes


@pytest.mark.parametrize("where", ["gdm_fingerprint", "gdm_password"])
def test_a_slot_that_would_do_without_a_second_factor_is_refused(tmp_path: Path, where: str) -> None:
    files = {"gdm_fingerprint": "auth required pam_fprintd.so\n", "gdm_password": "auth required pam_unix.so\n"}
    files[where] = "auth required pam_google_authenticator.so\n" + files[where]
    with pytest.raises(PlanRefused, match=f"/etc/pam.d/{where.replace('_', '-')}:1: .* wants pam_google_authenticator"):
        plan(GDM, laid(tmp_path, **files))


def test_a_slot_whose_ways_in_cannot_be_told_apart_is_refused(tmp_path: Path) -> None:
    root = laid(machine(tmp_path, DEBIAN), kde_fingerprint="@include common-auth\n")
    with pytest.raises(PlanRefused, match=r"/etc/pam.d/kde-fingerprint:1: what this line takes in"):
        plan(Request(slots=("kde-fingerprint",)), root)


def test_a_service_with_the_password_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    assert any("no service kde here" in remark for remark in plan(KDE, machine(tmp_path, ARCH)).remarks)


def test_the_settings_as_they_come_let_a_face_open_every_slot() -> None:
    named = {service for rule in DEFAULT_RULES.values() for service in rule.services}
    assert set(OPTIONS) - named == set()
