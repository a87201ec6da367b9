"""Fedora's way: `authselect` writes the files that services share, from the templates of one profile.

The face goes into a profile of the administrator's own: the one in use where it is such a one, else a copy of it as
`custom/facelatch`. What the tool will write from it is worked out here, and written with it, so that what was
shown is what comes, and a way back has all files; then the tool takes the profile up. It has no `--root`, so images
are left alone.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam import plain
from facelatch.pam.draft import Draft, PlanRefused
from facelatch.pam.source import MARK, WAS
from facelatch.pam.tree import Tree

FOLDER: Final = PurePosixPath("/etc/authselect")
PROGRAM = "/usr/bin/authselect"
HERE = Path("/")
"""The root that the tool works on."""

OURS: Final = "custom/facelatch"
SHARED: Final = ("system-auth", "password-auth")
MEMBERS: Final = (
    "README", "REQUIREMENTS", "system-auth", "password-auth", "fingerprint-auth", "smartcard-auth", "switchable-auth",
    "postlogin", "nsswitch.conf", "dconf-db", "dconf-locks",
)  # fmt: skip
"""What a profile may hold."""

_SETTINGS: Final = FOLDER / "authselect.conf"
_PLACES: Final = ("/usr/share/authselect/vendor", "/usr/share/authselect/default")
_SECONDS: Final = 60
_OPERATOR: Final = re.compile(r"\{(?:include if|exclude if|continue if|stop if|imply|if)\b[^{}:]*(?::([^{}]*))?\}")
"""What the tool works out in a template; after a colon what is put in its place, or two such with a bar between."""

_CONTROL: Final = re.compile(r"(\s*\S+\s+)(\[[^\]]*\]|\S+)")


def manages(tree: Tree) -> bool:
    """Whether the shared files are this tool's."""
    return tree.find(_SETTINGS) is not None and any(writes(tree, plain.ETC / name) for name in SHARED)


def writes(tree: Tree, file: PurePosixPath) -> bool:
    """Whether a file is one that the tool writes."""
    target = tree.target(file)
    return target is not None and target.parent == FOLDER


def add(draft: Draft) -> None:
    """Add the lines of the face to the profile in use. Raises `PlanRefused`, `Unchangeable` or OSError."""
    tree = draft.tree
    _demand_order(tree)
    profile, features = _chosen(tree)
    place = _place(tree, profile)
    ours = profile if profile.startswith("custom/") else OURS
    if ours != profile and tree.find(FOLDER / OURS / "system-auth") is not None:
        raise PlanRefused(
            f"{FOLDER / OURS} is there already, and the profile in use is {profile}: "
            f"authselect select {OURS} takes it up, or delete that folder"
        )
    if ours != profile:
        for name in MEMBERS:
            if tree.find(place / name) is not None:
                draft.write(FOLDER / OURS / name, tree.read(place / name), listed=False)
    for name in SHARED:
        written = tree.read(FOLDER / name)
        plain.add_lines(draft, name, plain.ETC / name)
        wanted = draft.tree.read(FOLDER / name)
        if MARK.encode() in written and wanted != written:
            raise PlanRefused(f"{FOLDER / name} has other lines for the face: take them out first, with --remove")
        if wanted != written:
            made = _template(tree.read(place / name).decode(), written.decode(), wanted.decode(), name)
            draft.write(FOLDER / ours / name, made.encode())
    if ours != profile:
        draft.write(_SETTINGS, "".join(f"{line}\n" for line in (ours, *features)).encode())
        draft.remarks.append(
            f"The profile {ours} is a copy of {profile}: what updates change there is not taken in. "
            f"Back to it: facelatch pam apply --remove, then authselect {' '.join(('select', profile, *features))}"
        )
    draft.commands.append((PROGRAM, "select", ours, *features, "--force"))


def remove(draft: Draft) -> None:
    """Take the lines out of the profile in use. Raises `PlanRefused`, `Unchangeable` or OSError."""
    tree = draft.tree
    profile, features = _chosen(tree)
    if not profile.startswith("custom/"):
        return
    changed = False
    for name in SHARED:
        changed |= plain.remove(draft, FOLDER / profile / name) | plain.remove(draft, FOLDER / name)
    if changed:
        _demand_order(tree)
        draft.commands.append((PROGRAM, "select", profile, *features, "--force"))


def _chosen(tree: Tree) -> tuple[str, tuple[str, ...]]:
    """Return the profile in use, and its features."""
    lines = [line.strip() for line in tree.read(_SETTINGS).decode(errors="replace").splitlines() if line.strip()]
    if not lines:
        raise PlanRefused(f"{_SETTINGS} names no profile; choose one with authselect select")
    return lines[0], tuple(lines[1:])


def _place(tree: Tree, profile: str) -> PurePosixPath:
    places = (
        [FOLDER / profile] if profile.startswith("custom/") else [PurePosixPath(place) / profile for place in _PLACES]
    )
    for place in places:
        if tree.find(place / "system-auth") is not None:
            return place
    raise PlanRefused(f"The profile {profile}, which {_SETTINGS} names, is not in {' or '.join(map(str, places))}")


def _demand_order(tree: Tree) -> None:
    """Have the tool say that nobody else has written its files. Raises `PlanRefused`."""
    if tree.root != HERE:
        raise PlanRefused("authselect works on its own machine only: start facelatch inside the image, by chroot")
    try:
        done = subprocess.run(
            [PROGRAM, "check"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PlanRefused(f"{PROGRAM} check could not be run: {error}") from error
    if done.returncode:
        raise PlanRefused(
            "authselect check says that somebody has changed its files by hand; take that back, or name the services: "
            f"--service sudo ({' '.join((done.stdout + done.stderr).split())[:200]})"
        )


def _template(template: str, written: str, wanted: str, name: str) -> str:
    """Return a template from which the tool writes what is wanted, where it wrote `written` from this one.

    Raises `PlanRefused` where a line that has to change is none of the template's.
    """
    waiting = template.split("\n")
    made: list[str] = []
    # What the tool says on top of every file is none of the template's.
    skipped = next((at for at, line in enumerate(written.split("\n")) if line and not line.startswith("#")), 0)
    for at, (old, new) in enumerate(_pairs(written.split("\n"), wanted.split("\n"))):
        if old is None:
            made += new
            continue
        if at < skipped:
            continue
        while waiting and not _is_written_from(waiting[0], old):
            made.append(waiting.pop(0))
        if not waiting:
            raise PlanRefused(f"{FOLDER / name}: the profile in use has no such line: {old.strip()}")
        made += _changed(waiting.pop(0), new)
    return "\n".join([*made, *waiting])


def _changed(line: str, new: list[str]) -> list[str]:
    """Return what stands for a template's line, as ours of the written file stand for its own."""
    if len(new) == 1:
        return [line]
    old_control, new_control = (_CONTROL.match(text) for text in (line, new[1]))
    if old_control is None or new_control is None:
        raise PlanRefused(f"a line of the profile in use cannot be changed: {line.strip()}")
    return [f"{WAS}{line}", f"{old_control[1]}{new_control[2]}{line[old_control.end() :]}  {MARK}"]


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[str | None, list[str]]]:
    """Yield each old line with what stands for it, and None with lines that are new."""
    remaining = list(old)
    at = 0
    while at < len(new):
        count = 2 if new[at].startswith(WAS) else 1
        added = count == 1 and new[at].endswith(MARK)
        yield None if added else remaining.pop(0), new[at : at + count]
        at += count


def _is_written_from(line: str, written: str) -> bool:
    """Whether a line may have been written from a template's line: what the tool works out may be there or not."""
    pattern, at = "", 0
    for match in _OPERATOR.finditer(line):
        choices = "|".join(re.escape(choice.strip()) for choice in (match[1] or "").split("|"))
        pattern += f"{_spaced(line[at : match.start()])}\\s*(?:{choices})?\\s*"
        at = match.end()
    return re.fullmatch(rf"\s*{pattern}{_spaced(line[at:])}\s*", written) is not None


def _spaced(text: str) -> str:
    return r"\s+".join(re.escape(word) for word in text.split())
