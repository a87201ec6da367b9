"""A root in a scratch folder with a few of PAM's files, a change of them, and what they are at any moment."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from facelatch.pam.change import Change, Content, Plan
from facelatch.pam.files import read
from facelatch.pam.rollback import NoRollback

COMMON = PurePosixPath("/etc/pam.d/common-auth")
SUDO = PurePosixPath("/etc/pam.d/sudo")
KDE = PurePosixPath("/etc/pam.d/kde-face")
NOTES = PurePosixPath("/var/lib/pam/auth")
GONE = PurePosixPath("/etc/pam.d/howdy")
PROFILE = PurePosixPath("/etc/authselect/custom/facelatch/system-auth")

Look = dict[str, tuple[bytes, int]]


def content(text: str, mode: int = 0o644) -> Content:
    """Return a file's content, owned by who runs the tests."""
    return Content(text.encode(), mode, os.getuid(), os.getgid())


def machine(root: Path, before: dict[PurePosixPath, Content]) -> Path:
    """Write files below a root, and return the root."""
    for path, lies in before.items():
        place = root / path.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(lies.data)
        place.chmod(lies.mode)
    return root


BEFORE = {
    COMMON: content("auth required pam_unix.so\n"),
    SUDO: content("@include common-auth\n", 0o600),
    NOTES: content("Module: unix\n", 0o640),
    GONE: content("auth sufficient pam_howdy.so\n"),
}

CHANGES = (
    Change(COMMON, BEFORE[COMMON], content("auth sufficient pam_facelatch.so\nauth required pam_unix.so\n")),
    Change(KDE, None, content("auth required pam_facelatch.so\n")),
    Change(NOTES, BEFORE[NOTES], content("Module: facelatch\nModule: unix\n", 0o640), listed=False),
    Change(GONE, BEFORE[GONE], None),
    Change(PROFILE, None, content("auth required pam_env.so\n")),
    Change(SUDO, BEFORE[SUDO], content("@include common-auth\n", 0o644)),
)

PLAN = Plan(CHANGES, ("sudo", "login"))


def look(root: Path) -> Look:
    """Return every file below a root with its mode, but for what the applying half keeps for itself."""
    return {
        str(file.relative_to(root)): (file.read_bytes(), file.stat().st_mode)
        for file in sorted(root.rglob("*"))
        if file.is_file() and "var/lib/facelatch-pam" not in str(file)
    }


def holds(root: Path, plan: Plan) -> bool:
    """Whether all files are as a plan wants them."""
    return all(read(root, change.path) == change.after for change in plan.changes)


class Timer:
    """A rollback that notes what it is told, and may refuse."""

    def __init__(self, root: Path, refusal: str = "") -> None:
        self.root = root
        self.refusal = refusal
        self.armed = False
        self.seen: Look = {}
        self.fired = 0

    def arm(self, seconds: int) -> None:
        """Note how the files were, and that everything is kept already."""
        assert (self.root / "var/lib/facelatch-pam/pending/restore").exists()
        self.seen = look(self.root)
        if self.refusal:
            raise NoRollback(self.refusal)
        self.armed = True

    def fire(self) -> None:
        """Note that it was asked to."""
        self.fired += 1

    def disarm(self) -> None:
        """Note that it is over."""
        self.armed = False
