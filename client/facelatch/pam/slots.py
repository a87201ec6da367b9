"""Services that a greeter runs beside the one with the password: `kde-face`, and the places of the fingerprint."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from facelatch.pam import modules, plain
from facelatch.pam.draft import Draft, PlanRefused
from facelatch.pam.source import MARK, Source, ours
from facelatch.pam.stack import FOLDERS
from facelatch.pam.tree import Tree
from facelatch.pam.wiring import BESIDE, Wired, explain

LINES: Final = (
    "auth  requisite  pam_nologin.so",
    "auth  required  pam_succeed_if.so user != root quiet_success",
    "auth  [success=done authinfo_unavail=die ignore=ignore default=bad]  pam_facelatch.so {options}",
    "auth  required  pam_deny.so",
)
"""A face that cannot be judged is told as such, not as a wrong one: a greeter then asks for it no more."""

OPTIONS: Final = {
    # KDE gives up what is unavailable once until the next lock; nobody before the camera is no reason for it.
    "kde-face": "timeout=15 max_tries=3 timeout_result=auth_err",
    "kde-fingerprint": "timeout=15 max_tries=3 timeout_result=auth_err",
    "gdm-fingerprint": "timeout=15 max_tries=3",
}

ACCOUNTS: Final = (
    ("common-account", "@include common-account"),
    ("system-local-login", "account  include  system-local-login"),
    ("system-auth", "account  include  system-auth"),
    ("common-account-pc", "account  include  common-account"),
)
"""How distributions take in the lines that look at an account, by the file that tells them apart."""

FINGERPRINT: Final = "pam_fprintd"
READERS: Final = ("/usr/libexec/fprintd", "/usr/lib/fprintd/fprintd", "/usr/lib/fprintd")


def add(draft: Draft, slot: str, *, replace_fingerprint: bool) -> None:
    """Have a slot ask for the face. Raises `PlanRefused`, `Unchangeable` or OSError."""
    _known(slot)
    tree = draft.tree
    standing = explain(slot, tree)
    file = next((f"/{folder}/{slot}" for folder in FOLDERS if tree.find(f"/{folder}/{slot}") is not None), None)
    if standing.wired is Wired.BESIDE and file is not None and MARK.encode() not in tree.read(file):
        draft.remarks.append(f"{slot} asks for a face already: {standing.file}, line {standing.line}")
        return
    if slot != "kde-face" and not replace_fingerprint and (reason := _fingerprint(tree)):
        raise PlanRefused(
            f"{slot} is the place of the fingerprint, and {reason}; --replace-fingerprint takes it for the face"
        )
    draft.write(plain.ETC / slot, _made(tree, slot) if file is None else _taken(tree, slot, PurePosixPath(file)))
    draft.wanted.append(slot)
    if explain(BESIDE[slot], tree).wired is Wired.ABSENT:
        draft.remarks.append(f"There is no service {BESIDE[slot]} here, which asks for the password beside {slot}")
    if slot == "gdm-fingerprint":
        draft.remarks.append(
            "GNOME runs gdm-fingerprint only where fprintd tells of a reader: without one it has no effect"
        )


def remove(draft: Draft, slot: str) -> None:
    """Take our lines out of a slot. Raises `PlanRefused`, `Unchangeable` or OSError."""
    _known(slot)
    file = plain.ETC / slot
    if draft.tree.find(file) is None or not plain.remove(draft, file):
        draft.remarks.append(f"{file}: there are no lines of Facelatch's in it")


def _known(slot: str) -> None:
    if slot not in OPTIONS:
        raise PlanRefused(f"There is no slot {slot}; there are {', '.join(OPTIONS)}")


def _fingerprint(tree: Tree) -> str:
    """Return why a fingerprint may be in use here, nothing where none is."""
    if found := next((place for place in READERS if tree.has(place)), None):
        return f"fprintd is installed ({found})"
    if modules.is_there(f"{FINGERPRINT}.so", tree.root):
        return f"{FINGERPRINT}.so is installed"
    return ""


def _made(tree: Tree, slot: str) -> bytes:
    """Return the file of a slot where there was none."""
    account = next((line for name, line in ACCOUNTS if tree.find(f"/etc/pam.d/{name}") is not None), None)
    lines = [line.format(options=OPTIONS[slot]) for line in LINES]
    accounts = [account] if account else ["account  required  pam_unix.so"]
    return "".join(f"{line}\n" for line in (plain.MADE, *(f"{line}  {MARK}" for line in (*lines, *accounts)))).encode()


def _taken(tree: Tree, slot: str, file: PurePosixPath) -> bytes:
    """Return the file of a slot with its own way in put out of action, and ours instead; all else stays."""
    source = Source.read(str(file), tree.read(file), tree)
    source.restore()
    source = Source.read(str(file), source.text(), tree)
    first = next((line for line in source.lines if line.auth), None)
    at = source.lines.index(first) if first is not None else 0
    source.silence()
    source.lines[at:at] = [ours(line.format(options=OPTIONS[slot])) for line in LINES]
    text = source.text()
    if file.parent == plain.ETC:
        return text
    return f"{plain.COPIED} {file}, with lines for the face  {MARK}\n".encode() + text
