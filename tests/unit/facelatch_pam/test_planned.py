"""Planned files, held against the machine's own libpam: every module is played by one that answers what it is told."""

from __future__ import annotations

import random
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch.pam.cast import CONDITIONS, FAILURES, HELPERS, MODULE, PASSWORDS
from facelatch.pam.planning import PlanRefused, Request, plan
from facelatch.pam.stack import Code
from tests.unit.facelatch_pam import libpam
from tests.unit.facelatch_pam.stacks import ARCH, DEBIAN, FEDORA, SUSE, files, laid, machine, write

pytestmark = pytest.mark.skipif(bool(libpam.obstacle()), reason=libpam.obstacle())

ALL = Request()
SUDO = Request(("sudo",))
FIXED = {"pam_permit": "success", "pam_deny": "auth_err", "pam_rootok": "auth_err", "pam_fprintd": "authinfo_unavail"}


def played(folder: Path, text: str, face: Code, *, right: bool, drawn: int | None = None) -> str:
    """Return a file in which `pam_debug` plays all modules; what is taken in is named by its place.

    Other modules than ours and those for passwords answer what is `drawn` for their line, or as they do.
    """

    def answer(match: re.Match[str]) -> str:
        name, options = match[1], match[2].partition("#")[0].split()
        if name == MODULE:
            code = "ignore" if "passed" in options else face.value
        elif name in PASSWORDS:
            code = "success" if right else "auth_err"
        elif name in FIXED:
            code = FIXED[name]
        elif drawn is not None:
            tag = next((option for option in options if option.startswith("tag=")), "")
            code = random.Random(f"{drawn} {tag}").choice(("success", "auth_err", "ignore"))
        elif name in HELPERS or "authfail" in options:
            code = "ignore"
        else:
            assert name in CONDITIONS or name == "pam_faillock"
            code = "success"
        return f"pam_debug.so auth={code}"

    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"\b(pam_\w+)\.so(.*)", answer, text)
    return re.sub(r"((?:include|substack)\s+)(\S+)", rf"\1{folder}/\2", text)


def granted(root: Path, service: str, face: Code, *, right: bool, draw: int | None = None) -> bool:
    """Ask libpam about a service below a root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (root / "etc/pam.d").iterdir():
            (folder / file.name).write_text(played(folder, file.read_text(), face, right=right, drawn=draw))
        (folder / "other").write_text("auth required pam_deny.so\n")
        return libpam.grants(folder, service)


@pytest.mark.parametrize(
    ("distribution", "request_", "services"),
    [
        (DEBIAN, SUDO, ("sudo",)),
        (ARCH, ALL, ("sudo",)),
        (ARCH, Request(("sudo", "su")), ("sudo", "su")),
        (FEDORA, ALL, ("sudo", "login")),
        (FEDORA, Request(("gdm-password",)), ("gdm-password",)),
        (SUSE, ALL, ("sudo", "login")),
    ],
)
def test_libpam_opens_to_the_face_and_to_the_password_and_to_nobody_else(
    tmp_path: Path, distribution: dict[str, str], request_: Request, services: tuple[str, ...]
) -> None:
    root = machine(tmp_path, distribution)
    write(plan(request_, root), root)
    for service in services:
        assert granted(root, service, Code.SUCCESS, right=False)
        for failure in FAILURES:
            assert granted(root, service, failure, right=True)
            assert not granted(root, service, failure, right=False)


@settings(max_examples=80, deadline=None)
@given(files(most=6), st.integers(), st.booleans())
def test_to_libpam_a_face_that_fails_changes_nothing_in_any_stack(service: str, draw: int, right: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        old, new = laid(Path(name, "old"), svc=service), laid(Path(name, "new"), svc=service)
        try:
            write(plan(Request(("svc",)), new), new)
        except PlanRefused:
            return
        for failure in FAILURES:
            before = granted(old, "svc", failure, right=right, draw=draw)
            assert granted(new, "svc", failure, right=right, draw=draw) is before
