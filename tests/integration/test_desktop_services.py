"""What Debian's desktop services make of our two profiles: each tries the face and then the password, or not at all.

The `auth` lines are those of Debian 12's packages, in words of our own: what libpam reads is the same. The common files
are this machine's, with both profiles switched on as `facelatch pam apply` does it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from facelatch.pam.planning import Request, plan
from facelatch.pam.wiring import Wired, Wiring, explain
from facelatch.types import ServiceClass
from facelatchd.settings.rules import DEFAULT_RULES
from tests.places import TREE

COMMON: Final = "@include common-auth"
NO_LOGIN: Final = "auth requisite pam_nologin.so"
NOT_ROOT: Final = "auth required pam_succeed_if.so user != root quiet_success"
KEYRING: Final = "auth optional pam_gnome_keyring.so"
ENVIRONMENT: Final = "auth required pam_env.so"
ANYBODY: Final = "auth required pam_permit.so"

SERVICES: Final = {
    "cinnamon-screensaver": (COMMON, KEYRING),
    "doas": (COMMON,),
    "gdm-autologin": (NO_LOGIN, NOT_ROOT, "auth optional pam_gdm.so", KEYRING, ANYBODY),
    "gdm-fingerprint": (NO_LOGIN, NOT_ROOT, "auth required pam_fprintd.so", KEYRING),
    "gdm-launch-environment": (NO_LOGIN, ANYBODY),
    "gdm-password": (NO_LOGIN, NOT_ROOT, COMMON, KEYRING),
    "gnome-screensaver": (COMMON, KEYRING),
    "greetd": ("@include login", "-" + KEYRING, "-auth optional pam_kwallet5.so"),
    "i3lock": ("auth include login",),
    "lightdm": (NO_LOGIN, COMMON, "-" + KEYRING),
    "lightdm-autologin": (NO_LOGIN, NOT_ROOT, ANYBODY),
    "lightdm-greeter": (ANYBODY,),
    "login": ("auth optional pam_faildelay.so delay=3000000", NO_LOGIN, COMMON, "auth optional pam_group.so"),
    "lxdm": (NO_LOGIN, ENVIRONMENT, ENVIRONMENT, COMMON, KEYRING),
    "mate-screensaver": (COMMON, KEYRING),
    "polkit-1": (COMMON,),
    "sddm": (NO_LOGIN, NOT_ROOT, COMMON, "-" + KEYRING, "-auth optional pam_kwallet5.so"),
    "sddm-autologin": (NO_LOGIN, ANYBODY),
    "sddm-greeter": (ANYBODY,),
    "slim": (NO_LOGIN, ENVIRONMENT, ENVIRONMENT, COMMON, KEYRING),
    "slock": (COMMON,),
    "su": ("auth sufficient pam_rootok.so", COMMON),
    "su-l": ("auth include su",),
    "sudo": (COMMON,),
    "sudo-i": (COMMON,),
    "swaylock": ("auth include login",),
    "ukui-screensaver-qt": (
        NO_LOGIN,
        "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin",
        COMMON,
        KEYRING,
    ),
    "xdm": (NO_LOGIN, ENVIRONMENT, ENVIRONMENT, COMMON),
    "xscreensaver": (COMMON,),
}

WITHOUT_A_FACE: Final = (
    "gdm-autologin", "gdm-fingerprint", "gdm-launch-environment", "lightdm-autologin", "lightdm-greeter",
    "sddm-autologin", "sddm-greeter",
)  # fmt: skip
"""What asks for nothing at all, and the place of the fingerprint."""

REFUSED: Final = ("slim", "slock", "ukui-screensaver-qt")
"""What tries the face through the common file, and belongs to no class: it is refused until a setting names it."""

CLASSES: Final = {
    ServiceClass.UNLOCK: (
        "cinnamon-screensaver", "gnome-screensaver", "i3lock", "mate-screensaver", "swaylock", "xscreensaver",
    ),
    ServiceClass.LOGIN: ("gdm-password", "greetd", "lightdm", "login", "lxdm", "sddm", "xdm"),
    ServiceClass.ELEVATE: ("doas", "polkit-1", "su", "su-l", "sudo", "sudo-i"),
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with these services, in which `facelatch pam apply` has been run."""
    if not Path("/usr/sbin/pam-auth-update").is_file():
        pytest.skip("pam-auth-update is not installed: this is not Debian, nor like it")
    root = tmp_path_factory.mktemp("image")
    for name in ("etc/pam.d", "usr/sbin", "usr/share/pam-configs", "var/lib/pam"):
        (root / name).mkdir(parents=True)
    (root / "usr/sbin/pam-auth-update").touch()
    for file in (*Path("/etc/pam.d").glob("common-*"), *Path("/var/lib/pam").iterdir()):
        shutil.copy(file, root / file.relative_to("/"))
    for name in ("unix", "capability", "systemd"):
        if (profile := Path("/usr/share/pam-configs", name)).is_file():
            shutil.copy(profile, root / "usr/share/pam-configs")
    shutil.copy(TREE / "systemd/pam-config", root / "usr/share/pam-configs/facelatch")
    shutil.copy(TREE / "systemd/pam-config-passed", root / "usr/share/pam-configs/facelatch-passed")
    for service, lines in SERVICES.items():
        (root / "etc/pam.d" / service).write_text("\n".join((*lines, "@include common-account", "")))
    (root / "etc/pam.d/other").write_text("@include common-auth\n@include common-account\n")
    for change in plan(Request(), root).changes:
        assert change.after is not None
        (root / change.path.relative_to("/")).write_bytes(change.after.data)
    return root


def class_of(service: str) -> ServiceClass:
    return next((kind for kind, rule in DEFAULT_RULES.items() if service in rule.services), ServiceClass.OTHER)


@pytest.mark.parametrize("service", sorted(set(SERVICES) - set(WITHOUT_A_FACE)))
def test_a_service_with_the_common_lines_tries_the_face_and_then_the_password(service: str, root: Path) -> None:
    told = explain(service, root)
    assert told.wired is Wired.FIRST, told
    assert told.passed
    assert faultless(told)


@pytest.mark.parametrize("service", WITHOUT_A_FACE)
def test_a_service_that_asks_for_no_password_tries_no_face(service: str, root: Path) -> None:
    told = explain(service, root)
    assert told.wired is Wired.NONE, told
    assert told.sentence == "No face is tried here."


@pytest.mark.parametrize("slot", ["kde-face", "kde-fingerprint", "gdm-fingerprint"])
def test_a_slot_asks_for_a_face_alone_beside_the_service_with_the_password(slot: str, root: Path) -> None:
    (change,) = plan(Request(slots=(slot,)), root).changes
    assert change.after is not None
    image = root / f"../{slot}"
    shutil.copytree(root, image)
    (image / change.path.relative_to("/")).write_bytes(change.after.data)
    told = explain(slot, image)
    assert told.wired is Wired.BESIDE, told
    assert ("timeout_result=auth_err" in told.options) == slot.startswith("kde"), (
        "GDM counts what it takes for a failure"
    )
    assert faultless(told)


def test_a_service_of_its_own_for_xsecurelock_tries_the_face_and_then_the_password(root: Path) -> None:
    image = root / "../xsecurelock"
    shutil.copytree(root, image)
    (image / "etc/pam.d/xsecurelock").write_text(f"{COMMON}\n")
    assert explain("xsecurelock", image).wired is Wired.FIRST


@pytest.mark.parametrize("kind", list(CLASSES), ids=lambda kind: kind.value)
def test_desktop_services_are_in_their_class_by_default(kind: ServiceClass) -> None:
    assert {service: class_of(service) for service in CLASSES[kind]} == dict.fromkeys(CLASSES[kind], kind)


@pytest.mark.parametrize("service", [*REFUSED, "common-auth"])
def test_a_service_that_is_in_no_class_is_refused_by_default(service: str) -> None:
    assert class_of(service) is ServiceClass.OTHER


def test_every_service_is_told_of() -> None:
    told = {*WITHOUT_A_FACE, *REFUSED}.union(*CLASSES.values())
    assert set(SERVICES) == told


def faultless(told: Wiring) -> bool:
    return not (told.again or told.above_faillock or told.passed_early or told.faults)
