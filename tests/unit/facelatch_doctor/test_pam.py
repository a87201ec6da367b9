from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.doctor.answers import Silence, Trouble
from facelatch.doctor.pam import check_pam
from facelatch.doctor.report import Finding, State
from facelatch.types import ClassPolicy, Intent, Level, Liveness, PolicyReport, ServiceClass
from tests.unit.facelatch_doctor.scenes import answers, only, scene, silent, status, write
from tests.unit.facelatch_pam.test_wiring import DEBIAN, FEDORA, KDE_FACE

NEVER_FIRST = PolicyReport(classes=(), camera="", sources=(), password_first=False)
FIRST = PolicyReport(classes=(), camera="", sources=(), password_first=True)
SUFFICIENT = "auth sufficient pam_facelatch.so\nauth required pam_unix.so\n"


def look(
    root: Path, *allowed: str, module: bool = True, policy: PolicyReport | Trouble = NEVER_FIRST, **files: str
) -> list[Finding]:
    """Look at service files; `_` in a name stands for `-`."""
    for name, text in files.items():
        write(root, f"etc/pam.d/{name.replace('_', '-')}", text)
    if module:
        write(root, "usr/lib/x86_64-linux-gnu/security/pam_facelatch.so")
    told = status(services=dict.fromkeys(allowed, "elevate"))
    return list(check_pam(scene(root, answers=answers(status=told, policy=policy))))


def debian(root: Path, *profiles: str) -> None:
    """Lay out a machine on which `pam-auth-update` writes the shared files, with profiles for it."""
    write(root, "usr/sbin/pam-auth-update")
    write(root, "etc/pam.d/common-auth", "auth required pam_unix.so\n")
    for profile in profiles:
        write(root, f"usr/share/pam-configs/{profile}")


def test_a_debian_machine_with_both_profiles_is_well(tmp_path: Path) -> None:
    common = "@include common-auth\n"
    found = only(look(tmp_path, "sudo", "login", sudo=common, login=common, sshd=common, common_auth=DEBIAN))
    assert (found.state, found.text) == (
        State.OK,
        "login, sudo: A face is tried first; if it fails, the password is asked. (/etc/pam.d/common-auth, line 1)",
    )


def test_an_allowed_service_that_asks_for_no_face_is_worth_a_note(tmp_path: Path) -> None:
    debian(tmp_path, "facelatch", "facelatch-passed")
    found = only(look(tmp_path, "sudo", "login", sudo="auth required pam_unix.so\n"))
    assert (found.state, found.command) == (State.NOTE, "sudo facelatch pam apply")
    assert found.text.startswith("No face is tried by sudo,")


@pytest.mark.parametrize(
    ("module", "profile", "says"),
    [
        (False, True, "The module pam_facelatch.so is not installed yet"),
        (True, False, "The profile /usr/share/pam-configs/facelatch-passed is not installed yet"),
    ],
)
@pytest.mark.parametrize("allowed", [(), ("sudo",)])
def test_what_is_not_installed_is_not_to_be_switched_on(
    tmp_path: Path, allowed: tuple[str, ...], module: bool, profile: bool, says: str
) -> None:
    debian(tmp_path, *["facelatch", "facelatch-passed"][: 1 + profile])
    found = only(look(tmp_path, *allowed, module=module, sudo="auth required pam_unix.so\n"))
    assert (found.state, found.command) == (State.NOTE, "")
    assert found.remedy.startswith(says)
    assert "libpam-facelatch" in found.remedy


def test_what_tells_of_the_password_is_put_in_with_the_face(tmp_path: Path) -> None:
    debian(tmp_path, "facelatch", "facelatch-passed")
    assert look(tmp_path, "sudo", sudo=SUFFICIENT)[1].command == "sudo facelatch pam apply"


def test_a_line_of_ours_that_locks_out_goes_by_our_command_and_one_of_others_by_hand(tmp_path: Path) -> None:
    ours = "auth required pam_facelatch.so  # facelatch\nauth required pam_unix.so\n"
    assert look(tmp_path, sudo=ours)[0].command == "sudo facelatch pam apply --remove --service sudo"
    assert look(tmp_path, sudo=ours.replace("  # facelatch", ""))[0].command == "sudoedit /etc/pam.d/sudo"


def test_a_machine_that_asks_for_no_face_at_all_is_told_so_even_without_the_daemon(tmp_path: Path) -> None:
    write(tmp_path, "etc/pam.d/sudo", "auth required pam_unix.so\n")
    found = only(check_pam(scene(tmp_path, answers=silent())))
    assert (found.state, found.text) == (State.NOTE, "No service asks for a face: the password alone is asked for.")


def test_a_lock_out_is_bad_in_every_service_allowed_or_not(tmp_path: Path) -> None:
    locked = look(tmp_path, "sudo", sudo="@include base\n", sshd="@include base\n", base=KDE_FACE)[0]
    assert locked.state is State.BAD
    assert locked.text.startswith("sshd, sudo: Without the face nobody gets in")
    assert locked.command == "sudoedit /etc/pam.d/base"


def test_a_lock_out_is_found_while_the_daemon_is_down(tmp_path: Path) -> None:
    write(tmp_path, "etc/pam.d/sudo", KDE_FACE)
    assert next(iter(check_pam(scene(tmp_path, answers=silent())))).state is State.BAD


def test_the_place_of_each_mistake_is_told_once(tmp_path: Path) -> None:
    stack = "auth optional pam_facelatch.so\nauth required pam_unix.so\n"
    found = look(tmp_path, *"abcdefgh", **dict.fromkeys("abcdefgh", "@include base\n"), base=stack)
    assert [one.state for one in found] == [State.WARNING]
    assert found[0].text.startswith("a, b, c, d, e, f and 2 more: A face is tried but opens nothing")


def test_a_face_above_the_count_of_failures_is_a_warning(tmp_path: Path) -> None:
    found = look(
        tmp_path, "sudo", sudo="auth sufficient pam_facelatch.so\n" + FEDORA.replace("pam_facelatch", "pam_fprintd")
    )
    assert any(one.state is State.WARNING and "pam_faillock has locked" in one.text for one in found)


def test_a_stack_that_does_not_tell_of_the_password_is_worth_a_note_where_none_ever_comes_first(tmp_path: Path) -> None:
    well, deaf = look(tmp_path, "sudo", sudo=SUFFICIENT)
    assert (well.state, deaf.state) == (State.OK, State.NOTE)
    assert "which a password does not end in sudo" in deaf.text


@pytest.mark.parametrize("policy", [FIRST, Trouble(Silence.REFUSED, "not here")])
def test_stacks_that_never_tell_of_a_password_where_one_comes_first_are_a_warning(
    tmp_path: Path, policy: PolicyReport | Trouble
) -> None:
    _well, deaf = look(tmp_path, "sudo", sudo=SUFFICIENT, policy=policy)
    assert deaf.state is State.WARNING
    assert deaf.text.endswith("but no service tells the daemon of one: in sudo the face never opens.")
    assert deaf.remedy


def test_one_service_that_tells_of_the_password_is_enough_for_the_others(tmp_path: Path) -> None:
    telling = SUFFICIENT.replace("required", "[success=1 default=ignore]") + (
        "auth requisite pam_deny.so\nauth optional pam_facelatch.so passed\n"
    )
    found = look(tmp_path, "sudo", "login", sudo=SUFFICIENT, login=telling, policy=FIRST)
    assert not [one for one in found if one.state is State.WARNING]
    assert "which a password does not end in sudo" in found[-1].text


def test_a_stack_that_tells_of_wrong_passwords_is_a_warning(tmp_path: Path) -> None:
    _well, early = look(tmp_path, "sudo", sudo=SUFFICIENT + "auth optional pam_facelatch.so passed\n")
    assert early.state is State.WARNING
    assert "where it was wrong, too" in early.text


def test_a_face_tried_twice_is_a_warning(tmp_path: Path) -> None:
    found = look(tmp_path, "sudo", sudo="auth sufficient pam_facelatch.so\n@include base\n", base=DEBIAN)
    assert any(one.state is State.WARNING and "tried once more" in one.text for one in found)


def test_a_service_that_asks_without_being_allowed_is_worth_a_note(tmp_path: Path) -> None:
    found = only(look(tmp_path, sudo=SUFFICIENT))
    assert found.state is State.NOTE
    assert "the settings do not allow it" in found.text


def test_a_service_is_allowed_by_the_name_that_its_line_gives(tmp_path: Path) -> None:
    text = SUFFICIENT.replace("facelatch.so", "facelatch.so service=sudo")
    assert look(tmp_path, "sudo", doas=text)[0].state is State.OK


def test_a_module_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    found = look(tmp_path, "sudo", sudo=DEBIAN, module=False)
    assert "PAM does not find pam_facelatch.so: no face is ever tried there." in [one.text for one in found]
    elsewhere = DEBIAN.replace("pam_facelatch.so", "/opt/pam_facelatch.so")
    write(tmp_path, "opt/pam_facelatch.so")
    assert only(look(tmp_path, "sudo", sudo=elsewhere, module=False)).state is State.OK


def test_kde_wants_an_option_of_its_own(tmp_path: Path) -> None:
    well, hasty = look(tmp_path, "kde-face", kde_face=KDE_FACE.replace(" timeout_result=auth_err", ""))
    assert (well.state, hasty.state) == (State.OK, State.NOTE)
    assert "timeout_result=auth_err" in hasty.remedy
    assert only(look(tmp_path, "kde-face", kde_face=KDE_FACE)).state is State.OK


def test_a_line_that_pam_cannot_follow_is_told_with_its_place(tmp_path: Path) -> None:
    found = look(tmp_path, "sudo", sudo=f"{SUFFICIENT}auth optional\n")
    assert any("/etc/pam.d/sudo:3: no module is named" in one.text and one.state is State.WARNING for one in found)


def test_a_service_that_pam_refuses_is_a_warning(tmp_path: Path) -> None:
    found = look(tmp_path, "sudo", sudo="@include gone\n")[0]
    assert found.state is State.WARNING
    assert "/etc/pam.d/sudo:1" in found.text


@pytest.mark.parametrize(
    ("liveness", "intent", "line", "hurried"),
    [
        (Liveness.ACTIVE, Intent.NONE, "pam_facelatch.so timeout=5", True),
        (Liveness.ACTIVE, Intent.NONE, "pam_facelatch.so", True),
        (Liveness.PASSIVE, Intent.GESTURE, "pam_facelatch.so timeout=11", True),
        (Liveness.ACTIVE, Intent.NONE, "pam_facelatch.so timeout=12", False),
        (Liveness.PASSIVE, Intent.KEY, "pam_facelatch.so", False),
    ],
)
def test_a_line_without_time_for_gestures_is_a_warning(
    tmp_path: Path, liveness: Liveness, intent: Intent, line: str, hurried: bool
) -> None:
    rule = ClassPolicy(ServiceClass.UNLOCK, True, Level.BALANCED, liveness, intent, ("kde",))
    policy = PolicyReport(classes=(rule,), camera="", sources=(), password_first=False)
    found = look(tmp_path, "kde", policy=policy, kde=f"auth sufficient {line}\nauth required pam_unix.so\n")
    warnings = [finding for finding in found if finding.state is State.WARNING]
    assert bool(warnings) == hurried
    assert all("timeout=12" in finding.remedy for finding in warnings)
