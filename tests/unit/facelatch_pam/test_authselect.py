"""Fedora's profiles. The real tool is not packaged for Debian: a stand-in does what its manual says of templates."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from facelatch.pam import authselect
from facelatch.pam.planning import PlanRefused, Request, plan
from facelatch.pam.wiring import Wired, explain
from tests.unit.facelatch_pam.stacks import FEDORA, laid, text, write

HEAD = "# A tool writes this file.\n# Nobody else does.\n\n"

TEMPLATE = """\
auth        required                                     pam_env.so
auth        required                                     pam_faildelay.so delay=2000000
auth        required                                     pam_faillock.so preauth silent    {include if "with-faillock"}
auth        sufficient                                   pam_fprintd.so                  {include if "with-fingerprint"}
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so {exclude if "with-smartcard"}
auth        [default=2 ignore=ignore success=ok]         pam_localuser.so {include if "with-smartcard"}
auth        sufficient                                   pam_unix.so {if not "without-nullok":nullok}
auth        [default=1 ignore=ignore success=ok]         pam_usertype.so isregular
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_faillock.so authfail          {include if "with-faillock"}
auth        required                                     pam_deny.so

account     required                                     pam_unix.so
"""

CHECK = """\
#!/bin/sh
echo "$@" >> "$(dirname "$0")/said"
exit {code}
"""


def render(template: str, features: tuple[str, ...]) -> str:
    """Write a file from a template, as the tool's manual says."""

    def holds(expression: str) -> bool:
        wanted = re.search(r'"([^"]+)"', expression)
        assert wanted is not None
        return (wanted[1] in features) is not expression.startswith("not ")

    lines = []
    for line in template.split("\n"):
        include, exclude = re.search(r"\{include if ([^}]*)\}", line), re.search(r"\{exclude if ([^}]*)\}", line)
        if (include and not holds(include[1])) or (exclude and holds(exclude[1])):
            continue
        line = re.sub(r"\{(?:include|exclude) if [^}]*\}", "", line)
        line = re.sub(r"\{if ([^}:]*):([^}|]*)\}", lambda match: match[2] if holds(match[1]) else "", line)
        lines.append(line)
    return HEAD + "\n".join(lines)


FEATURES = ("with-faillock", "with-fingerprint")


def fedora(root: Path, profile: str, place: str, features: tuple[str, ...] = FEATURES) -> Path:
    """Lay out a machine on which a profile is in use."""
    laid(root, **{name: text for name, text in FEDORA.items() if name not in authselect.SHARED})
    for folder in ("etc/authselect", place):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in authselect.SHARED:
        (root / place / name).write_text(TEMPLATE)
        (root / "etc/authselect" / name).write_text(render(TEMPLATE, features))
        (root / "etc/pam.d" / name).symlink_to(f"/etc/authselect/{name}")
    (root / place / "README").write_text("A profile\n")
    (root / "etc/authselect/authselect.conf").write_text("".join(f"{line}\n" for line in (profile, *features)))
    return root


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tool that takes note of what it is told, on a machine below the test's folder."""
    program = tmp_path / "authselect"
    program.write_text(CHECK.format(code=0))
    program.chmod(0o755)
    monkeypatch.setattr(authselect, "PROGRAM", str(program))
    monkeypatch.setattr(authselect, "HERE", tmp_path)
    return program


@pytest.mark.parametrize("features", [FEATURES, (), ("without-nullok", "with-faillock")])
def test_the_profile_in_use_is_copied_with_the_lines_and_taken_up(
    tmp_path: Path, stand_in: Path, features: tuple[str, ...]
) -> None:
    root = fedora(tmp_path, "sssd", "usr/share/authselect/default/sssd", features)
    made = plan(Request(), root)
    assert made.commands == ((authselect.PROGRAM, "select", "custom/facelatch", *features, "--force"),)
    assert stand_in.with_name("said").read_text() == "check\n"
    write(made, root)
    for name in authselect.SHARED:
        written = (root / "etc/authselect" / name).read_text()
        template = (root / "etc/authselect/custom/facelatch" / name).read_text()
        assert render(template, features) == written, "what was shown is what the tool writes"
        assert 'pam_localuser.so {include if "with-smartcard"}' in template
    assert (root / "etc/authselect/custom/facelatch/README").read_text() == "A profile\n"
    assert (root / "etc/authselect/authselect.conf").read_text().startswith("custom/facelatch\n")
    for service in ("sudo", "login", "gdm-password"):
        found = explain(service, root)
        assert (found.wired, found.passed, found.above_faillock) == (Wired.FIRST, True, False)
    assert not plan(Request(), root).changes


def test_a_profile_of_the_administrators_own_gets_the_lines_itself_and_loses_them_again(
    tmp_path: Path, stand_in: Path
) -> None:
    place = "etc/authselect/custom/house"
    root = fedora(tmp_path, "custom/house", place)
    before = {name: (root / place / name).read_bytes() for name in authselect.SHARED}
    made = plan(Request(), root)
    assert "pam_facelatch" in text(made, f"/{place}/system-auth")
    write(made, root)
    made = plan(Request(remove=True), root)
    assert made.commands == ((authselect.PROGRAM, "select", "custom/house", *FEATURES, "--force"),)
    write(made, root)
    assert {name: (root / place / name).read_bytes() for name in authselect.SHARED} == before
    assert (root / "etc/authselect/system-auth").read_text() == render(TEMPLATE, FEATURES)


def test_files_that_somebody_else_has_changed_are_left_alone(tmp_path: Path, stand_in: Path) -> None:
    stand_in.write_text(CHECK.format(code=3))
    with pytest.raises(PlanRefused, match="somebody has changed its files by hand"):
        plan(Request(), fedora(tmp_path, "sssd", "usr/share/authselect/default/sssd"))


def test_an_image_is_not_for_this_machines_tool(tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match="works on its own machine only"):
        plan(Request(), fedora(tmp_path, "sssd", "usr/share/authselect/default/sssd"))


def test_a_file_that_the_tool_writes_is_not_edited_behind_its_back(tmp_path: Path) -> None:
    with pytest.raises(PlanRefused, match="written by authselect"):
        plan(Request(("system-auth",)), fedora(tmp_path, "sssd", "usr/share/authselect/default/sssd"))


def test_a_profile_that_is_not_there_is_named(tmp_path: Path, stand_in: Path) -> None:
    root = fedora(tmp_path, "sssd", "usr/share/authselect/default/sssd")
    (root / "etc/authselect/authselect.conf").write_text("winbind\n")
    with pytest.raises(PlanRefused, match="The profile winbind, which"):
        plan(Request(), root)


def test_a_file_that_is_missing_is_not_taken_for_one_that_may_not_be_read(tmp_path: Path, stand_in: Path) -> None:
    root = fedora(tmp_path, "sssd", "usr/share/authselect/default/sssd")
    (root / "etc/authselect/password-auth").unlink()
    with pytest.raises(PlanRefused, match="password-auth: cannot be read") as refused:
        plan(Request(), root)
    assert not refused.value.unreadable
