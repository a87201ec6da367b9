"""Debian's way: `pam-auth-update` writes the files that services share, from the profiles that are switched on.

It is run on a copy, with a memory of its own for the questions that it asks elsewhere: what comes of it is what is
shown, and later written. Files changed by hand in what is the tool's are left alone, as it does itself.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam.draft import Draft, PlanRefused
from facelatch.pam.source import Source
from facelatch.pam.stack import Entry
from facelatch.pam.tree import Tree

PROGRAM: Final = "/usr/sbin/pam-auth-update"
OURS: Final = ("facelatch", "facelatch-passed")
COMMON: Final = (
    "common-auth",
    "common-account",
    "common-password",
    "common-session",
    "common-session-noninteractive",
)

_PROFILES: Final = PurePosixPath("/usr/share/pam-configs")
_NOTES: Final = PurePosixPath("/var/lib/pam")
_COMMON_AUTH: Final = PurePosixPath("/etc/pam.d/common-auth")
_SECONDS: Final = 60

_DEBCONF: Final = """\
Config: configdb
Templates: templatedb

Name: configdb
Driver: File
Filename: {folder}/config.dat

Name: templatedb
Driver: File
Mode: 644
Filename: {folder}/templates.dat
"""


def manages(tree: Tree) -> bool:
    """Whether the shared files are this tool's."""
    return tree.find(PROGRAM) is not None and tree.find(_COMMON_AUTH) is not None


def missing(tree: Tree) -> tuple[PurePosixPath, ...]:
    """Return the files of our profiles that are not installed."""
    return tuple(_PROFILES / name for name in OURS if tree.find(_PROFILES / name) is None)


def enable(draft: Draft) -> None:
    """Switch our profiles on. Raises `PlanRefused` or OSError."""
    if absent := missing(draft.tree):
        raise PlanRefused(f"{absent[0]} is not here: install the package libpam-facelatch")
    _update(draft, "--enable", OURS)
    draft.wanted.append(_COMMON_AUTH.name)


def disable(draft: Draft) -> None:
    """Switch our profiles off, where they are on. Raises `PlanRefused` or OSError."""
    _leave(draft, [name for name in OURS if _is_on(draft.tree, name)])


def drop_foreign(draft: Draft, is_foreign: Callable[[Entry], bool]) -> None:
    """Switch those profiles off that bring another program's lines. Raises `PlanRefused` or OSError.

    Files that the tool does not manage any more are left to whoever takes out single lines.
    """
    if not manages(draft.tree):
        return
    names = [name for name in sorted(draft.tree.names(_PROFILES)) if _brings(draft.tree, name, is_foreign)]
    try:
        _leave(draft, [name for name in names if _is_on(draft.tree, name)])
    except PlanRefused as refusal:
        draft.remarks.append(f"{refusal}; the lines are taken out one by one")


def _leave(draft: Draft, names: Sequence[str]) -> None:
    for option, chosen in (
        ("--disable", [name for name in names if draft.tree.find(_PROFILES / name) is not None]),
        # A profile whose file is gone already cannot be switched off by name.
        ("--remove", [name for name in names if draft.tree.find(_PROFILES / name) is None]),
    ):
        if chosen:
            _update(draft, option, chosen)


def _is_on(tree: Tree, name: str) -> bool:
    """Whether the tool's notes say that a profile is in the files."""
    notes = _NOTES / "auth"
    return tree.find(notes) is not None and f"Module: {name}\n".encode() in tree.read(notes)


def _brings(tree: Tree, name: str, is_foreign: Callable[[Entry], bool]) -> bool:
    """Whether a profile has a line that is foreign."""
    lines = [line for line in tree.read(_PROFILES / name).split(b"\n") if line[:1] in (b"\t", b" ")]
    text = b"".join(b"auth %s\n" % line.strip().replace(b"=end", b"=1") for line in lines)
    source = Source.read(str(_PROFILES / name), text, tree)
    return any(line.entry is not None and is_foreign(line.entry) for line in source.lines)


def _update(draft: Draft, option: str, names: Sequence[str]) -> None:
    """Run the tool on a copy, and take over what it has written."""
    tree = draft.tree
    if not Path(PROGRAM).exists():
        raise PlanRefused(f"{PROGRAM} is not on this machine: start facelatch inside the image, by chroot")
    with tempfile.TemporaryDirectory(prefix="facelatch-pam-") as name:
        copy = Path(name, "root")
        for folder in (PurePosixPath("/etc/pam.d"), _NOTES, _PROFILES):
            (copy / folder.relative_to("/")).mkdir(parents=True)
            for file in tree.names(folder):
                (copy / folder.relative_to("/") / file).write_bytes(tree.read(folder / file))
        said = _run(Path(name), copy, option, names)
        if "Local modifications" in said:
            raise PlanRefused(
                "/etc/pam.d/common-*: somebody has changed by hand what pam-auth-update writes, and it leaves these "
                "files alone since. Take the changes back, or name the services: --service sudo"
            )
        for folder in (_COMMON_AUTH.parent, _NOTES):
            place = copy / folder.relative_to("/")
            for file in sorted(entry.name for entry in place.iterdir() if entry.is_file()):
                new = (place / file).read_bytes()
                if tree.find(folder / file) is None or tree.read(folder / file) != new:
                    draft.write(folder / file, new, listed=folder != _NOTES)


def _run(scratch: Path, copy: Path, option: str, names: Sequence[str]) -> str:
    """Run the tool, and return what it says. Raises `PlanRefused` where it fails."""
    (scratch / "debconf.conf").write_text(_DEBCONF.format(folder=scratch))
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DEBCONF", "DEBIAN", "PERL"))}
    environment |= {
        "DEBCONF_SYSTEMRC": str(scratch / "debconf.conf"),
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    command = [PROGRAM, "--root", str(copy), option, *names]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise PlanRefused(f"{PROGRAM} has not ended within {_SECONDS} s") from late
    said = done.stdout + done.stderr
    if done.returncode:
        raise PlanRefused(f"{PROGRAM} has failed: {' '.join(said.split())[:300]}")
    return said
