"""Plans: what they make of real stacks, and that whatever the stack, they are safe or refused."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from facelatch.pam.cast import FAILURES, MODULE, PASSWORDS
from facelatch.pam.planning import PlanRefused, Request, plan, without
from facelatch.pam.stack import Code, Entry, Reading, Stack, read_stack
from facelatch.pam.walk import Step, walk
from facelatch.pam.wiring import Wired, explain
from tests.unit.facelatch_pam.stacks import ARCH, DEBIAN, FEDORA, SUSE, files, laid, machine, text, write

FACE = "pam_facelatch.so timeout=5 max_tries=1  # facelatch"
SUDO = Request(("sudo",))
ALL = Request()


@pytest.mark.parametrize(
    ("distribution", "request_", "service", "passed"),
    [
        (DEBIAN, SUDO, "sudo", True),
        (ARCH, ALL, "sudo", True),
        (ARCH, SUDO, "sudo", True),
        (ARCH, Request(("su",)), "su", True),
        (FEDORA, ALL, "sudo", True),
        (FEDORA, ALL, "login", True),
        (FEDORA, SUDO, "sudo", False),
        (FEDORA, Request(("gdm-password",)), "gdm-password", False),
        (SUSE, ALL, "sudo", True),
        (SUSE, ALL, "login", True),
        (SUSE, Request(("login",)), "login", False),
    ],
)
def test_the_face_comes_first_in_real_stacks_and_goes_again_without_a_trace(
    tmp_path: Path, distribution: dict[str, str], request_: Request, service: str, passed: bool
) -> None:
    root = machine(tmp_path, distribution)
    made = plan(request_, root)
    assert service in made.services
    write(made, root)
    found = explain(service, root)
    assert (found.wired, found.passed, found.passed_early) == (Wired.FIRST, passed, False)
    assert not found.above_faillock
    assert any("is not told" in remark for remark in made.remarks) is not passed
    assert not plan(request_, root).changes, "planned again there is nothing to do"
    write(plan(Request(request_.services, remove=True), root), root)
    assert {name: (root / "etc/pam.d" / name).read_bytes().decode() for name in distribution} == distribution


def test_a_jump_over_the_new_line_still_leads_where_it_led(tmp_path: Path) -> None:
    stack = (
        "auth [success=2 default=ignore] pam_u2f.so\nauth required pam_faillock.so preauth\n"
        "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
    )
    made = text(plan(SUDO, laid(tmp_path, sudo=stack)), "/etc/pam.d/sudo")
    assert "# facelatch was: auth [success=2 default=ignore] pam_u2f.so\n" in made
    assert "auth [success=3 default=ignore] pam_u2f.so  # facelatch\n" in made


def test_what_was_edited_since_stays_when_our_lines_go(tmp_path: Path) -> None:
    root = machine(tmp_path, ARCH)
    write(plan(Request(("su",)), root), root)
    file = root / "etc/pam.d/su"
    edited = file.read_text().replace("default=bad] pam_unix.so", "default=bad] pam_unix.so nullok")
    file.write_text(f"# mine\n{edited}auth optional pam_warn.so\n")
    write(plan(Request(("su",), remove=True), root), root)
    assert file.read_text() == (
        "# mine\nauth sufficient pam_rootok.so\nauth required pam_unix.so nullok\naccount required pam_unix.so\n"
        "auth optional pam_warn.so\n"
    )


def test_removal_everywhere_finds_our_lines_in_every_file_and_leaves_those_of_others(tmp_path: Path) -> None:
    root = laid(machine(tmp_path, ARCH), xlock="auth sufficient pam_facelatch.so\nauth required pam_unix.so\n")
    write(plan(Request(("su", "sudo")), root), root)
    made = plan(Request(remove=True), root)
    assert [str(change.path) for change in made.changes] == ["/etc/pam.d/su", "/etc/pam.d/sudo"]
    assert any("/etc/pam.d/xlock:1" in remark and "stays" in remark for remark in made.remarks)


@pytest.mark.parametrize(
    ("files_", "request_", "reason"),
    [
        ({"sshd": "@include c\nauth required pam_google_authenticator.so\n", "c": DEBIAN["common-auth"]},
         Request(("sshd",)), "/etc/pam.d/sshd:1: sshd: a face would get past pam_google_authenticator"),
        ({"sudo": "auth required pam_deny.so\n"}, SUDO, "no line that asks for a password"),
        ({"sudo": "auth sufficient pam_facelatch.so\nauth required pam_unix.so\n"}, SUDO,
         "/etc/pam.d/sudo:1: there is"),
        ({"sudo": "@include c\n", "c": "auth sufficient pam_facelatch.so\nauth required pam_unix.so\n"}, SUDO,
         "by way of /etc/pam.d/c, line 1"),
        ({"sudo": "auth required pam_unix.so\n"}, Request(("nothere",)), "There is no service nothere"),
        ({"sudo": "@include gone\nauth required pam_unix.so\n"}, SUDO, "PAM would not take it in"),
        ({"sudo": "auth required pam_unix.so \\\n"}, SUDO, "ends in a backslash"),
        ({"sudo": "auth required pam_unix.so\n"}, ALL, "There is no file here that most services share"),
        ({"sudo": "auth required pam_unix.so\n"}, Request(slots=("kde-nose",)), "There is no slot kde-nose"),
        ({"sudo": "auth required pam_unix.so\n"}, Request(("../shadow",)), "is no name of a service"),
    ],
)  # fmt: skip
def test_what_is_not_safe_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, files_: dict[str, str], request_: Request, reason: str
) -> None:
    with pytest.raises(PlanRefused, match=re.escape(reason)):
        plan(request_, laid(tmp_path, **files_))


def test_what_everybody_has_to_pass_in_a_file_that_is_taken_in_stands_above_the_face_too(tmp_path: Path) -> None:
    login = "auth optional pam_faildelay.so delay=3000000\nauth requisite pam_nologin.so\n@include common-auth\n"
    root = laid(machine(tmp_path, DEBIAN), login=login, i3lock="auth include login\n")
    made = text(plan(Request(("i3lock",)), root), "/etc/pam.d/i3lock")
    assert made.splitlines()[:2] == ["auth  requisite  pam_nologin.so  # facelatch", f"auth  sufficient  {FACE}"]


def test_what_not_everybody_comes_by_is_not_asked_of_everybody(tmp_path: Path) -> None:
    login = "auth sufficient pam_rootok.so\nauth requisite pam_nologin.so\nauth required pam_unix.so\n"
    with pytest.raises(PlanRefused, match="a face would get past pam_nologin"):
        plan(Request(("i3lock",)), laid(tmp_path, login=login, i3lock="auth include login\n"))


def test_a_jump_into_a_shared_file_that_would_lead_elsewhere_is_refused(tmp_path: Path) -> None:
    """The includer counts the lines of what it takes in; a line more there would have it land one too early."""
    odd = "auth [success=8 default=ignore] pam_u2f.so\nauth include system-auth\nauth required pam_permit.so\n"
    root = laid(machine(tmp_path, ARCH), odd=odd.replace("success=8", "success=7"))
    with pytest.raises(PlanRefused, match=r"the jump of /etc/pam.d/odd:1 would lead elsewhere"):
        plan(ALL, root)


def test_a_file_of_the_vendor_is_copied_and_hidden_and_comes_back(tmp_path: Path) -> None:
    vendor = tmp_path / "usr/lib/pam.d"
    vendor.mkdir(parents=True)
    (vendor / "sudo").write_text("auth required pam_unix.so\n")
    made = plan(SUDO, tmp_path)
    assert made.changes[0].before is None
    assert any("hides /usr/lib/pam.d/sudo" in remark for remark in made.remarks)
    write(made, tmp_path)
    assert explain("sudo", tmp_path).file == "/etc/pam.d/sudo"
    assert not plan(SUDO, tmp_path).changes
    assert plan(Request(("sudo",), remove=True), tmp_path).changes[0].after is None


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    root = machine(tmp_path, SUSE)
    folder = root / "etc/pam.d"
    (folder / "common-auth").rename(folder / "common-auth-pc")
    (folder / "common-auth").symlink_to("/etc/pam.d/common-auth-pc")
    assert [str(change.path) for change in plan(ALL, root).changes] == ["/etc/pam.d/common-auth-pc"]


def test_lines_of_another_program_go_with_the_jumps_kept_right(tmp_path: Path) -> None:
    howdy = (
        "auth [success=3 default=ignore] pam_u2f.so\nauth sufficient pam_python.so /lib/security/howdy/pam.py\n"
        "auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
    )
    root = laid(machine(tmp_path, ARCH), xlock=howdy)
    made = without(root, lambda entry: any("howdy" in option for option in entry.options))
    assert text(made, "/etc/pam.d/xlock") == howdy.replace("success=3", "success=2").replace(
        "auth sufficient pam_python.so /lib/security/howdy/pam.py\n", ""
    )
    assert made.services == ("xlock",)


def test_a_foreign_line_that_alone_kept_a_service_shut_is_not_taken_out(tmp_path: Path) -> None:
    root = laid(tmp_path, sudo="auth required pam_howdy.so\nauth required pam_permit.so\n")
    with pytest.raises(PlanRefused, match="somebody with neither face nor password would get in"):
        without(root, lambda entry: entry.name == "pam_howdy")


def _trace(stack: Stack, answers: dict[str, Code], face: Code) -> bool:
    """Walk a stack once, each line answering what was drawn for it; ours as they do."""

    def answer(entry: Entry, notes: frozenset[str]) -> Iterator[Step]:
        tag = next((option for option in entry.options if option.startswith("tag=")), "")
        if entry.name == MODULE:
            yield Step(Code.IGNORE if "passed" in entry.options else face, notes)
        elif tag:
            yield Step(answers[tag], notes)
        else:
            yield Step(Code.SUCCESS, notes)

    (end,) = walk(stack.entries, answer).ends
    return end.granted


def _drawn(stack: Stack, seed: random.Random, *, right: bool | None) -> dict[str, Code]:
    """Return an answer for each line; of the modules for passwords what `right` says, where it says it."""
    drawn: dict[str, Code] = {}
    locked = seed.random() < 0.3
    for entry in stack.entries:
        for option in entry.options:
            if option.startswith("tag="):
                drawn[option] = seed.choice((Code.SUCCESS, Code.AUTH_ERR, Code.SUCCESS, Code.AUTHINFO_UNAVAIL))
                if entry.name == "pam_permit":
                    drawn[option] = Code.SUCCESS
                elif entry.name in ("pam_deny", "pam_faillock"):
                    fails = entry.name == "pam_deny" or ("preauth" in entry.options and locked)
                    drawn[option] = Code.AUTH_ERR if fails else Code.SUCCESS
                elif entry.name in ("pam_env", "pam_faillock"):
                    drawn[option] = Code.IGNORE
                if "authfail" in entry.options:
                    drawn[option] = Code.IGNORE
                if entry.name in PASSWORDS and right is not None:
                    drawn[option] = Code.SUCCESS if right else Code.AUTH_ERR
    return drawn


@settings(max_examples=150, deadline=None)
@given(files("shared"), files(most=5), st.booleans(), st.integers())
def test_every_plan_is_refused_or_safe(service: str, shared: str, whole: bool, number: int) -> None:
    """Not by the simulation that judged it, but by walks in which every single line answers on its own."""
    with tempfile.TemporaryDirectory() as name:
        texts = {"system-auth": service, "shared": shared, "user": "auth include system-auth\n"}
        root = laid(Path(name), **texts)
        request = ALL if whole else Request(("user",))
        olds = {service: read_stack(service, root) for service in ("system-auth", "user")}
        try:
            made = plan(request, root)
        except PlanRefused:
            event("refused")
            return
        event("made")
        write(made, root)
        seed = random.Random(number)
        for service_name, old in olds.items():
            new = read_stack(service_name, root)
            assert new.reading is Reading.WHOLE
            for _time in range(20):
                drawn = _drawn(old, seed, right=None)
                for face in FAILURES:
                    assert _trace(new, drawn, face) is _trace(old, drawn, face), "a face that fails changes nothing"
                wrong = _drawn(old, seed, right=False)
                right = {
                    tag: Code.SUCCESS
                    if any(tag in entry.options and entry.name in PASSWORDS for entry in old.entries)
                    else code
                    for tag, code in wrong.items()
                }
                if _trace(new, wrong, Code.SUCCESS) and not _trace(old, wrong, Code.SUCCESS):
                    assert _trace(old, right, Code.SUCCESS), "the face opens what the password does not"
        remove = plan(Request(request.services, remove=True), root)
        write(remove, root)
        for file, before in texts.items():
            assert (root / "etc/pam.d" / file).read_bytes().decode() == before
