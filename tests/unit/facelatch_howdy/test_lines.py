"""Which lines of PAM's files are Howdy's."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.howdy.lines import is_howdys
from facelatch.pam.planning import without
from facelatch.pam.stack import read_stack


@pytest.mark.parametrize(
    ("line", "howdys"),
    [
        ("auth sufficient pam_python.so /lib/security/howdy/pam.py", True),
        ("auth [success=2 default=ignore] pam_python.so /lib/security/howdy/pam.py", True),
        ("auth sufficient /usr/lib/security/pam_python3.so /usr/lib64/security/howdy/pam.py", True),
        ("-auth sufficient pam_howdy.so no_confirmation", True),
        ("auth [success=1 default=ignore] /usr/local/lib/x86_64-linux-gnu/security/pam_howdy.so", True),
        ("auth sufficient pam_python.so /opt/other/pam.py", False),
        ("auth sufficient pam_python.so", False),
        ("auth sufficient pam_facelatch.so", False),
        ("auth required pam_unix.so /lib/security/howdy/pam.py", False),
    ],
)
def test_howdys_lines_are_known_by_module_and_script(tmp_path: Path, line: str, howdys: bool) -> None:
    (tmp_path / "etc/pam.d").mkdir(parents=True)
    (tmp_path / "etc/pam.d/sudo").write_text(f"{line}\n")
    (entry,) = read_stack("sudo", tmp_path).entries
    assert is_howdys(entry) is howdys


def test_they_leave_pam_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "etc/pam.d").mkdir(parents=True)
    sudo, login = tmp_path / "etc/pam.d/sudo", tmp_path / "etc/pam.d/login"
    rest = "#%PAM-1.0\nauth required pam_unix.so\naccount required pam_unix.so\n"
    sudo.write_text(f"auth sufficient pam_python.so /lib/security/howdy/pam.py\n{rest}")
    login.write_text(f"auth [success=1 default=ignore] pam_howdy.so\n{rest}")
    found = {change.path.name: change.after for change in without(tmp_path, is_howdys).changes}
    assert {name: after.data.decode() for name, after in found.items() if after} == {"sudo": rest, "login": rest}
    assert len(found) == 2
