"""Plans for the PAM files of a machine or an image; nothing is written here, and no plan is given that is not safe.

`plan(request, root)` adds the lines of the face, or takes them out. `without(root, is_foreign)` takes out the lines of
another program, wherever they are: of files with the jumps around them kept right, of Debian's common files by way of
`pam-auth-update`. Both raise `PlanRefused` with the file, the line and the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from facelatch.pam import authselect, plain, profiles, slots
from facelatch.pam.change import Change, Plan
from facelatch.pam.draft import Draft, PlanRefused
from facelatch.pam.modules import OURS, is_there
from facelatch.pam.safety import cases, objection
from facelatch.pam.source import Unchangeable
from facelatch.pam.stack import Entry
from facelatch.pam.tree import Tree

SHARED: Final = ("system-auth", "common-auth")
"""Files that most services take in, on systems where no tool writes them."""

__all__ = ["PlanRefused", "Request", "plan", "without"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted: without services and slots the face for all services that share a file, as the system does it."""

    services: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    remove: bool = False
    replace_fingerprint: bool = False


def plan(request: Request, root: Path = Path("/")) -> Plan:
    """Return the plan for a request. Raises `PlanRefused`."""

    def drafted(tree: Tree) -> Draft:
        draft = Draft(tree)
        if not (request.services or request.slots):
            (_remove_everywhere if request.remove else _add_everywhere)(draft)
        for service in dict.fromkeys(request.services):
            (plain.remove_service if request.remove else plain.add_service)(draft, service)
        for slot in dict.fromkeys(request.slots):
            if request.remove:
                slots.remove(draft, slot)
            else:
                slots.add(draft, slot, replace_fingerprint=request.replace_fingerprint)
        return draft

    return _finished(drafted, root)


def without(root: Path, is_foreign: Callable[[Entry], bool]) -> Plan:
    """Return the plan that takes out all lines that are another program's. Raises `PlanRefused`.

    `is_foreign` is asked for lines of all four types, with the file as it is named in PAM's folders.
    """

    def drafted(tree: Tree) -> Draft:
        draft = Draft(tree, foreign=True)
        profiles.drop_foreign(draft, is_foreign)
        plain.drop_foreign(draft, is_foreign)
        return draft

    return _finished(drafted, root)


def _add_everywhere(draft: Draft) -> None:
    tree = draft.tree
    if profiles.manages(tree):
        profiles.enable(draft)
    elif authselect.manages(tree):
        authselect.add(draft)
    elif (shared := next((name for name in SHARED if tree.find(f"/etc/pam.d/{name}") is not None), None)) is not None:
        plain.add_shared(draft, shared)
    else:
        raise PlanRefused("There is no file here that most services share; name the services: --service sudo")


def _remove_everywhere(draft: Draft) -> None:
    if profiles.manages(draft.tree):
        profiles.disable(draft)
    if authselect.manages(draft.tree):
        authselect.remove(draft)
    plain.remove_all(draft)


def _finished(drafted: Callable[[Tree], Draft], root: Path) -> Plan:
    """Return a draft as a plan, if it is safe."""
    tree = Tree(root)
    try:
        draft = drafted(tree)
    except Unchangeable as reason:
        raise PlanRefused(str(reason)) from reason
    except PermissionError as error:
        text = f"{error.filename}: cannot be read ({error.strerror}); start it as root"
        raise PlanRefused(text, unreadable=True) from error
    except OSError as error:
        raise PlanRefused(f"{error.filename}: cannot be read ({error.strerror})") from error
    changes = tuple(change for change in draft.changes if change.before != change.after)
    if wrong := objection(tree, draft.tree, wanted=draft.wanted, foreign=draft.foreign):
        raise PlanRefused(f"This would not be safe, and is not done. {wrong}")
    if draft.wanted and not is_there(OURS, root):
        draft.remarks.append(f"{OURS} is not installed: until it is, the lines do nothing but fill the log")
    told = tuple(case.service for case in cases(tree, draft.tree))
    commands = draft.commands if changes else ()
    return Plan(_ordered(changes), told, tuple(commands), tuple(dict.fromkeys(draft.remarks)))


def _ordered(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return what a person reads first, and then what tools note."""
    return tuple(sorted(changes, key=lambda change: not change.listed))
