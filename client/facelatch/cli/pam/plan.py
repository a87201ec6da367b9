"""`facelatch pam plan`: what would be changed in PAM's files, and what that comes to, before anything is."""

from __future__ import annotations

import difflib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from facelatch.cli.options import JsonOption
from facelatch.cli.output import emit, paint, plain, say, show_table
from facelatch.cli.pam.options import (
    RemoveOption,
    ReplaceFingerprintOption,
    RootOption,
    ServiceOption,
    SlotOption,
    planned,
)
from facelatch.cli.pam.status import NAMED, SHARED

if TYPE_CHECKING:
    from facelatch.pam.change import Change, Plan
    from facelatch.pam.tree import Tree

STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}


class PlannedFile(msgspec.Struct, frozen=True):
    """One file of a plan; `diff` is a unified one, and empty for the notes of other tools."""

    path: str
    diff: str
    made: bool
    removed: bool


class PlannedService(msgspec.Struct, frozen=True):
    """A service whose ways to get in would change, in words; `passed` says whether the daemon is told of passwords."""

    service: str
    before: str
    after: str
    passed: bool


class PamPlan(msgspec.Struct, frozen=True):
    """A plan as programs read it."""

    files: tuple[PlannedFile, ...]
    services: tuple[PlannedService, ...]
    commands: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...]


def plan(
    services: ServiceOption = None,
    slots: SlotOption = None,
    remove: RemoveOption = False,
    replace_fingerprint: ReplaceFingerprintOption = False,
    root: RootOption = Path("/"),
    as_json: JsonOption = False,
) -> None:
    """Show what `facelatch pam apply` would change in PAM's files; nothing is written.

    Exits 0 with the plan, also where there is nothing to do, and 1 where it is refused: what it would come to is
    worked out first, and the password must open whatever the face says.
    """
    made = planned(services, slots, remove=remove, replace_fingerprint=replace_fingerprint, root=root)
    if as_json:
        emit(told(made, root))
    else:
        show_plan(made, root)


def told(made: Plan, root: Path = Path("/")) -> PamPlan:
    """Return a plan with what it comes to in words."""
    from facelatch.pam.tree import Tree

    before = Tree(root)
    after = before.after(made.changes)
    return PamPlan(
        tuple(
            PlannedFile(
                str(change.path),
                difference(change) if change.listed else "",
                change.before is None,
                change.after is None,
            )
            for change in made.changes
        ),
        tuple(_service(name, before, after) for name in made.services),
        made.commands,
        made.remarks,
    )


def _service(name: str, before: Tree, after: Tree) -> PlannedService:
    from facelatch.pam.wiring import explain

    now = explain(name, after)
    return PlannedService(name, explain(name, before).words, now.words, now.passed)


def difference(change: Change) -> str:
    """Return a unified diff of a file; what is no text in UTF-8 is shown as such."""
    old, new = (
        "" if content is None else content.data.decode(errors="replace") for content in (change.before, change.after)
    )
    names = (
        "/dev/null" if change.before is None else str(change.path),
        "/dev/null" if change.after is None else str(change.path),
    )
    lines: list[str] = []
    for line in difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), *names):
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)


def show_plan(made: Plan, root: Path = Path("/")) -> None:
    """Write a plan for a person: the files line by line, the services in words, and what has to be known."""
    from facelatch.cli.output import console

    if not made.changes:
        say("There is nothing to change.")
    shown = told(made, root)
    for file in shown.files:
        for line in file.diff.splitlines():
            console().print(paint(line.replace("\t", "    "), STYLES.get(line[:1], "")), soft_wrap=True)
    if hidden := [file.path for file in shown.files if not file.diff]:
        say(f"Notes and copies that go with it: {', '.join(hidden)}")
    if rows := _alike(shown.services):
        sys.stdout.write("\n")
        show_table(("SERVICE", "NOW", "THEN"), rows)
        say(NAMED)
    for command in shown.commands:
        say(f"Then is run: {shlex.join(command)}")
    for remark in shown.remarks:
        say(f"Note: {plain(remark)}")


def _alike(services: tuple[PlannedService, ...]) -> list[tuple[str, str, str]]:
    """Return a row for all services in which the face's part changes alike: the files above them stay on the screen."""
    together: dict[tuple[str, str], list[str]] = {}
    for service in services:
        if service.before != service.after and not SHARED.fullmatch(service.service):
            together.setdefault((service.before, service.after), []).append(service.service)
    return [(", ".join(names), before, after) for (before, after), names in together.items()]
