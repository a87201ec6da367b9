"""Services that a greeter runs beside the one with the password: `kde-face`, and the places of the fingerprint."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from facelatch.pam import modules, plain
from facelatch.pam.cast import MODULE, PASSWORDS, is_preauth, known
from facelatch.pam.draft import Draft, PlanRefused
from facelatch.pam.insertion import REPEATABLE
from facelatch.pam.source import MARK, Source, ours
from facelatch.pam.stack import Action, Code, Entry, Kind, read_stack
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
SILENT: Final = frozenset({FINGERPRINT, MODULE, "pam_debug", *PASSWORDS})
"""What has a say in a slot and leaves it to the face; by `pam_debug` Fedora says that there is no reader."""

READERS: Final = ("/usr/libexec/fprintd", "/usr/lib/fprintd/fprintd", "/usr/lib/fprintd")


def add(draft: Draft, slot: str, *, replace_fingerprint: bool) -> None:
    """Have a slot ask for the face. Raises `PlanRefused`, `Unchangeable` or OSError."""
    _known(slot)
    tree = draft.tree
    standing = explain(slot, tree)
    file = plain.file_of(tree, slot)
    written = standing.wired is Wired.BESIDE and file is not None and MARK.encode() not in tree.read(file)
    if written and file is not None and (file.parent == plain.ETC or not _gates(tree, slot)):
        draft.remarks.append(f"{slot} asks for a face already: {standing.file}, line {standing.line}")
        return
    if slot != "kde-face" and not replace_fingerprint and (reason := _fingerprint(tree)):
        raise PlanRefused(
            f"{slot} is the place of the fingerprint, and {reason}; --replace-fingerprint takes it for the face"
        )
    if file is None or _is_ours(tree, file):
        bare = tree if file is None else draft.with_text(file, None)
        draft.write(plain.ETC / slot, _made(bare, slot))
    else:
        draft.write(plain.ETC / slot, _taken(draft, slot, file))
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


def _is_ours(tree: Tree, file: PurePosixPath) -> bool:
    """Whether all of a file was made by us."""
    return tree.read(file).startswith(plain.MADE.encode())


def _made(tree: Tree, slot: str) -> bytes:
    """Return the file of a slot where there was none."""
    account = next((line for name, line in ACCOUNTS if tree.find(f"/etc/pam.d/{name}") is not None), None)
    lines = _lines(tree, slot)
    accounts = [account] if account else ["account  required  pam_unix.so"]
    return "".join(f"{line}\n" for line in (plain.MADE, *(f"{line}  {MARK}" for line in (*lines, *accounts)))).encode()


def _taken(draft: Draft, slot: str, file: PurePosixPath) -> bytes:
    """Return the file of a slot with its own way in put out of action, and ours instead; all else stays."""
    tree = draft.tree
    source = Source.read(str(file), tree.read(file), tree)
    origin = plain.hidden(source) if file.parent == plain.ETC else file
    source.restore()
    bare = source.text()
    lines = _lines(draft.with_text(file, bare), slot)
    source = Source.read(str(file), bare, tree)
    first = next((line for line in source.lines if line.auth), None)
    at = source.lines.index(first) if first is not None else 0
    source.silence()
    source.lines[at:at] = [ours(line) for line in lines]
    return (b"" if origin is None else plain.copied(origin)) + source.text()


def _lines(tree: Tree, slot: str) -> list[str]:
    """Return the lines of a slot, what else has to be passed first."""
    return [*_gates(tree, slot), *(line.format(options=OPTIONS[slot]) for line in LINES)]


def _gates(tree: Tree, slot: str) -> tuple[str, ...]:
    """Return what everybody has to pass in the slot's own file or beside it: a face has to pass it as well.

    Raises `PlanRefused` for what cannot be asked a second time, such as a one-time code: the slot would do without.
    """
    said = {tuple(line.split()[2:]) for line in LINES}
    gates: list[str] = []
    for service in (slot, BESIDE[slot]):
        stack = read_stack(service, tree)
        for entry in () if stack.fallback else stack.entries:
            words = (entry.module, *entry.options)
            if not _is_gate(entry) or words in said:
                continue
            if not (is_preauth(entry) or entry.name in REPEATABLE) or any(" " in word for word in words):
                raise PlanRefused(
                    f"{entry.file}:{entry.line}: {service} wants {entry.name} beside what opens it, and {slot} with a "
                    "face alone would do without"
                )
            silent = {"silent"} - set(entry.options) if is_preauth(entry) else ()
            gates.append(" ".join(("auth  requisite ", *words, *silent)))
    return tuple(dict.fromkeys(gates))


def _is_gate(entry: Entry) -> bool:
    """Whether nobody gets in whom a line refuses, and it does not open by itself."""
    if entry.kind is not Kind.MODULE or entry.name in SILENT or (known(entry) is not None and not is_preauth(entry)):
        return False
    fails, opens = entry.control.action(Code.AUTH_ERR), entry.control.action(Code.SUCCESS)
    return fails in (Action.BAD, Action.DIE) and opens is not Action.DONE
