"""What PAM does for a service, told from its files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch.pam.stack import Reading, read_stack
from facelatch.pam.wiring import Wired, Wiring, explain, services
from tests.places import TREE
from tests.unit.facelatch_pam.stacks import FEDORA_SYSTEM

FACE = "auth [success=end default=ignore] pam_facelatch.so timeout=5 max_tries=1\n"
PASSWORD = "auth required pam_unix.so\n"

DEBIAN = """\
auth	[success=2 default=ignore]	pam_facelatch.so timeout=5 max_tries=1
auth	[success=1 default=ignore]	pam_unix.so nullok try_first_pass
auth	requisite			pam_deny.so
auth	required			pam_permit.so
auth	optional			pam_facelatch.so passed
auth	optional			pam_cap.so
"""

FEDORA = "".join(line for line in FEDORA_SYSTEM.splitlines(keepends=True) if line.startswith("auth")).replace(
    "pam_fprintd.so", "pam_facelatch.so"
)

ARCH = """\
auth       required                    pam_faillock.so      preauth
auth       [success=3 default=ignore]  pam_facelatch.so
-auth      [success=2 default=ignore]  pam_systemd_home.so
auth       [success=1 default=bad]     pam_unix.so          try_first_pass nullok
auth       [default=die]               pam_faillock.so      authfail
auth       optional                    pam_permit.so
auth       required                    pam_env.so
auth       required                    pam_faillock.so      authsucc
"""

KDE_FACE = """\
auth  requisite  pam_nologin.so
auth  required   pam_succeed_if.so user != root quiet_success
auth  [success=done authinfo_unavail=die ignore=ignore default=bad]  pam_facelatch.so timeout_result=auth_err
auth  required   pam_deny.so
"""


def case(root: Path, service: str = "sudo", **files: str) -> Wiring:
    """Explain a service whose files are given; `_` in a name stands for `-`."""
    folder = root / "etc/pam.d"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", "-")).write_text(text)
    return explain(service, root)


@pytest.mark.parametrize("stack", [DEBIAN, FEDORA, ARCH, "auth sufficient pam_facelatch.so\n" + PASSWORD])
def test_the_usual_stacks_try_a_face_first_and_then_the_password(tmp_path: Path, stack: str) -> None:
    found = case(tmp_path, sudo="@include common-auth\n", common_auth=stack)
    assert (found.wired, found.sentence) == (
        Wired.FIRST,
        "A face is tried first; if it fails, the password is asked.",
    )
    assert found.file == "/etc/pam.d/common-auth"
    assert stack.split("\n")[found.line - 1].split()[-1] in ("max_tries=1", "pam_facelatch.so")
    assert not found.faults


def test_the_profiles_in_the_tree_make_such_a_stack_of_debians_own(tmp_path: Path) -> None:
    """Debian's tool writes the count of what is left for `end`; its own block stands behind the face."""
    options = (TREE / "systemd/pam-config").read_text().rpartition("pam_facelatch.so")[2]
    found = case(tmp_path, sudo=DEBIAN.replace(" timeout=5 max_tries=1", options.rstrip()))
    assert found.wired is Wired.FIRST
    assert found.options == ("timeout=5", "max_tries=1")
    assert found.passed
    assert not found.passed_early


def test_without_a_line_no_face_is_tried(tmp_path: Path) -> None:
    found = case(tmp_path, sudo=PASSWORD)
    assert (found.wired, found.file, found.line) == (Wired.NONE, "/etc/pam.d/sudo", 0)


def test_a_line_of_another_kind_or_in_a_comment_is_none(tmp_path: Path) -> None:
    text = f"# {FACE}session optional pam_facelatch.so\naccount required pam_facelatch.so\n{PASSWORD}"
    assert case(tmp_path, sudo=text).wired is Wired.NONE


def test_a_service_without_a_file_is_absent_whatever_other_does(tmp_path: Path) -> None:
    assert case(tmp_path, "sudo", other="auth required pam_facelatch.so\n").wired is Wired.ABSENT


def test_a_service_without_auth_lines_does_what_other_does(tmp_path: Path) -> None:
    found = case(
        tmp_path, sudo="session required pam_permit.so\n", other="auth sufficient pam_facelatch.so\n" + PASSWORD
    )
    assert (found.wired, found.file) == (Wired.FIRST, "/etc/pam.d/other")


def test_a_file_of_the_administrator_hides_that_of_the_vendor(tmp_path: Path) -> None:
    vendor = tmp_path / "usr/lib/pam.d"
    vendor.mkdir(parents=True)
    (vendor / "sudo").write_text("auth sufficient pam_facelatch.so\n" + PASSWORD)
    assert explain("sudo", tmp_path).file == "/usr/lib/pam.d/sudo"
    assert case(tmp_path, sudo=PASSWORD).wired is Wired.NONE
    assert services(tmp_path) == ("sudo",)


@pytest.mark.parametrize(
    ("control", "says"),
    [
        ("required", "Without the face nobody gets in"),
        ("requisite", "Without the face nobody gets in"),
        ("[success=done default=die]", "Without the face nobody gets in"),
        ("[success=done auth_err=die default=ignore]", "A face that is refused ends the login"),
        ("[success=done auth_err=ignore default=die]", "Where no face can be judged"),
        ("[success=done auth_err=ignore authinfo_unavail=ignore default=die]", "Should the module be removed"),
        ("[sucess=done default=ignore]", "Without the face nobody gets in"),
    ],
)
def test_a_control_that_keeps_the_password_away_is_a_lock_out(tmp_path: Path, control: str, says: str) -> None:
    found = case(tmp_path, sudo=f"auth {control} pam_facelatch.so\n{PASSWORD}")
    assert found.wired is Wired.LOCKOUT
    assert found.sentence.startswith(says)


def test_a_control_that_means_nothing_is_named_with_its_line(tmp_path: Path) -> None:
    found = case(tmp_path, sudo=f"\n\nauth [sucess=done] pam_facelatch.so\n{PASSWORD}")
    assert found.faults == ("/etc/pam.d/sudo:3: a control that means nothing: sucess=done",)


def test_a_jump_over_the_password_locks_out(tmp_path: Path) -> None:
    text = "auth [success=2 default=1] pam_facelatch.so\nauth [success=1 default=ignore] pam_unix.so\n"
    found = case(tmp_path, sudo=text + "auth requisite pam_deny.so\nauth required pam_permit.so\n")
    assert found.wired is Wired.LOCKOUT


def test_a_jump_one_too_short_makes_the_face_good_for_nothing(tmp_path: Path) -> None:
    found = case(tmp_path, sudo=DEBIAN.replace("success=2", "success=1"))
    assert found.wired is Wired.IDLE


def test_a_jump_out_of_the_stack_opens_nothing(tmp_path: Path) -> None:
    found = case(tmp_path, sudo=DEBIAN.replace("success=2", "success=9"))
    assert found.wired is Wired.IDLE


def test_the_face_alone_may_decide_a_service_that_runs_beside_another(tmp_path: Path) -> None:
    found = case(tmp_path, "kde-face", kde_face=KDE_FACE)
    assert found.wired is Wired.BESIDE
    assert "by the service kde" in found.sentence


def test_the_face_alone_may_decide_no_other_service(tmp_path: Path) -> None:
    assert case(tmp_path, "sudo", sudo=KDE_FACE).wired is Wired.LOCKOUT


def test_a_face_that_changes_nothing_opens_to_anybody(tmp_path: Path) -> None:
    assert case(tmp_path, sudo="auth optional pam_facelatch.so\nauth required pam_permit.so\n").wired is Wired.OPEN


def test_a_code_taken_for_a_success_opens_to_anybody(tmp_path: Path) -> None:
    found = case(
        tmp_path, sudo=DEBIAN.replace("success=2 default=ignore", "success=2 authinfo_unavail=2 default=ignore")
    )
    assert found.wired is Wired.OPEN


def test_a_group_that_needs_no_password_does_not_make_it_open_to_anybody(tmp_path: Path) -> None:
    text = "auth sufficient pam_rootok.so\nauth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n"
    assert case(tmp_path, sudo=text + DEBIAN).wired is Wired.FIRST


def test_a_face_behind_the_password_is_asked_for_after_it(tmp_path: Path) -> None:
    text = "auth sufficient pam_unix.so\nauth sufficient pam_facelatch.so\nauth required pam_deny.so\n"
    assert case(tmp_path, sudo=text).wired is Wired.AFTER


def test_an_optional_face_before_a_required_password_opens_nothing(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth optional pam_facelatch.so\n" + PASSWORD)
    assert (found.wired, found.sentence) == (
        Wired.IDLE,
        "A face is tried but opens nothing: the password is asked in any case.",
    )


def test_a_line_that_is_always_jumped_over_is_said_to_be(tmp_path: Path) -> None:
    text = "auth [default=1] pam_warn.so\nauth sufficient pam_facelatch.so\n"
    assert case(tmp_path, sudo=text + PASSWORD).wired is Wired.UNREACHED


def test_a_password_that_is_only_taken_over_and_never_asked_for_does_not_count(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth sufficient pam_facelatch.so\nauth required pam_unix.so use_first_pass\n")
    assert found.wired is Wired.LOCKOUT


def test_a_module_that_is_not_known_may_be_another_way_in(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth sufficient pam_facelatch.so\nauth required pam_u2f.so\n")
    assert found.sentence == "A face is tried first; if it fails, something else is asked for."


def test_another_way_in_does_not_make_up_for_a_password_that_is_kept_away(tmp_path: Path) -> None:
    text = "auth sufficient pam_fprintd.so\nauth required pam_facelatch.so\nauth required pam_unix.so\n"
    assert case(tmp_path, sudo=text).wired is Wired.LOCKOUT


def test_what_tools_leave_behind_is_no_service(tmp_path: Path) -> None:
    case(tmp_path, **dict.fromkeys(("sudo", "sudo~", "common-auth.pam-old", "sudo.rpmsave", "org.example"), PASSWORD))
    assert services(tmp_path) == ("org.example", "sudo")


def test_an_end_within_a_substack_ends_the_substack_only(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth substack face\n" + PASSWORD, face="auth sufficient pam_facelatch.so\n")
    assert (found.wired, found.file) == (Wired.IDLE, "/etc/pam.d/face")
    found = case(tmp_path, sudo="auth include face\n" + PASSWORD)
    assert (found.wired, found.file) == (Wired.FIRST, "/etc/pam.d/face")


def test_a_face_above_the_count_of_failures_is_noticed(tmp_path: Path) -> None:
    lines = FEDORA.splitlines(keepends=True)
    assert not case(tmp_path, sudo=FEDORA).above_faillock
    assert case(tmp_path, sudo="".join([lines[3], *lines[:3], *lines[4:]])).above_faillock


def test_a_face_tried_by_two_lines_is_noticed(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth sufficient pam_facelatch.so\n@include common-auth\n", common_auth=DEBIAN)
    assert found.again
    assert (found.file, found.line) == ("/etc/pam.d/sudo", 1)


def test_the_line_that_tells_of_a_password_must_not_stand_where_a_wrong_one_comes_by(tmp_path: Path) -> None:
    text = f"auth sufficient pam_facelatch.so\n{PASSWORD}auth optional pam_facelatch.so passed\n"
    found = case(tmp_path, sudo=text)
    assert found.passed
    assert found.passed_early


def test_continued_lines_are_one_and_keep_the_number_of_the_first(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="\nauth sufficient \\\n  # why\n  pam_facelatch.so \\\n  timeout=3\n" + PASSWORD)
    assert (found.wired, found.line, found.options) == (Wired.FIRST, 2, ("timeout=3",))


def test_a_missing_file_that_is_included_is_named_with_its_line(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth sufficient pam_facelatch.so\nauth include gone\n" + PASSWORD)
    assert found.wired is Wired.LOCKOUT
    assert found.faults == ("/etc/pam.d/sudo:2: include of a file that cannot be taken in: gone",)


@pytest.mark.parametrize(("times", "wired"), [(1, Wired.LOCKOUT), (2, Wired.UNCLEAR)])
def test_files_that_include_each_other_are_given_up_with_a_fault(tmp_path: Path, times: int, wired: Wired) -> None:
    texts = {"one": "auth include two\n" * times, "two": "auth include one\n" * times}
    found = case(tmp_path, sudo="auth sufficient pam_facelatch.so\nauth include one\n" + PASSWORD, **texts)
    assert found.wired is wired
    assert "/etc/pam.d/one:1: include of a file that cannot be taken in: two" in found.faults
    assert len(found.faults) < 12, "each is said once, however often the file is taken in"


def test_an_at_include_of_a_missing_file_makes_pam_refuse_the_service(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="auth sufficient pam_facelatch.so\n@include gone\n" + PASSWORD)
    assert found.wired is Wired.UNCLEAR
    assert "/etc/pam.d/sudo:2" in found.sentence


def test_a_file_that_is_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "etc/pam.d/sudo").mkdir(parents=True)
    assert explain("sudo", tmp_path).wired is Wired.ABSENT


def test_a_file_too_large_is_said_to_be_and_not_read(tmp_path: Path) -> None:
    found = case(tmp_path, sudo="#" * 300_000)
    assert found.wired is Wired.UNCLEAR
    assert "larger than" in found.sentence


@pytest.mark.parametrize("service", ["", "/", "../../etc/shadow", "a\0b", "x" * 5000, "\udcff", "."])
def test_no_name_of_a_service_is_too_odd(tmp_path: Path, service: str) -> None:
    assert case(tmp_path, service, sudo=PASSWORD).wired in (Wired.ABSENT, Wired.UNCLEAR)


WORDS = st.sampled_from(
    [
        *("auth", "-auth", "@include", "include", "substack", "required", "sufficient", "sudo", "one", "passed"),
        *("pam_facelatch.so", "pam_unix.so", "pam_deny.so", "[default=die]", "[success=1", "default=ignore]"),
        *("[success=99999999999999999999=1]", "[", "]", "=", "\\", "\\\n", "#", "\n", "\t", "/", ".."),
    ]
)


@settings(deadline=None)
@given(
    st.one_of(st.text(), st.lists(WORDS).map(" ".join)),
    st.one_of(st.text(), st.lists(WORDS).map(" ".join)),
    st.binary(max_size=64),
)
def test_no_text_whatever_makes_it_raise_or_walk_for_ever(one: str, two: str, tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "etc/pam.d")
        folder.mkdir(parents=True)
        (folder / "sudo").write_bytes(one.encode(errors="replace") + tail)
        (folder / "one").write_bytes(two.encode(errors="replace"))
        found = explain("sudo", Path(name))
        assert found.sentence
        assert found.line == 0 or found.file


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 14), st.integers(1, 40))
def test_deep_and_branching_stacks_are_walked_to_an_end(depth: int, width: int) -> None:
    """Every line may go either way, and `reset` goes back: the walk is bounded by its states, not by its ways."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "etc/pam.d")
        folder.mkdir(parents=True)
        block = (
            "auth [success=ok auth_err=bad default=reset] pam_unheard_of.so\nauth [success=1 default=reset] pam_x.so\n"
        )
        for level in range(depth):
            (folder / f"s{level}").write_text(block * (width // depth + 1) + f"auth substack s{level + 1}\n" + block)
        (folder / f"s{depth}").write_text("auth sufficient pam_facelatch.so\nauth required pam_unix.so\n")
        assert explain("s0", Path(name)).wired is not Wired.NONE
        assert read_stack("s0", Path(name)).reading is Reading.WHOLE
