"""What PAM does with the face, in every service that asks for it, and in those where the settings allow it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from facelatch.doctor.answers import Trouble
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene
from facelatch.pam import profiles
from facelatch.pam.modules import OURS, is_there
from facelatch.pam.source import MARK
from facelatch.pam.tree import Tree
from facelatch.pam.wiring import Wired, Wiring, explain, services, taken_in
from facelatch.types import Intent, Liveness, PolicyReport

MOST_NAMED: Final = 6
"""Services that a line names; the rest are counted."""

WIRE: Final = "Have it put in; before anything is written you see what, and unless you confirm it, it is undone."
COMMAND: Final = "sudo facelatch pam apply"
NOT_INSTALLED: Final = "is not installed yet; it comes with the package libpam-facelatch, or with make install."

LINE_SECONDS: Final = 5
"""What the module waits where its line says nothing of it."""

GESTURE_SECONDS: Final = 8.0
"""What gestures may take beyond a class's seconds."""

_GOOD: Final = frozenset({Wired.FIRST, Wired.AFTER, Wired.BESIDE})
_BAD: Final = frozenset({Wired.LOCKOUT, Wired.OPEN})
_REMEDIES: Final = {
    Wired.IDLE: "Take the line out, and have one put in where it opens.",
    Wired.UNREACHED: "Take the line out, and have one put in where it is reached.",
    Wired.UNCLEAR: "Mend the file.",
    Wired.LOCKOUT: "Keep a root shell open, and take the line out.",
    Wired.OPEN: "Keep a root shell open, and take the line out.",
}
_UNDO: Final = "sudo facelatch pam apply --remove"


def check_pam(scene: Scene) -> Iterator[Finding]:
    """Look at all services that ask for a face, and at those where one is allowed."""
    status = scene.answers.status
    allowed = None if isinstance(status, Trouble) else frozenset(status.services)
    cases = [explain(service, scene.root) for service in services(scene.root)]
    shared = taken_in(cases)
    cases = [case for case in cases if case.service not in shared or case.service in (allowed or ())]
    asking = [case for case in cases if case.line]
    unclear = [case for case in cases if case.wired is Wired.UNCLEAR and case.service in (allowed or ())]
    # Common files ask in many services where the settings let the daemon refuse at once; those matter in danger only.
    yield from _verdicts(
        scene, (case for case in [*asking, *unclear] if case.wired in _BAD or _is_allowed(case, allowed))
    )
    yield from _drawbacks([case for case in asking if _is_allowed(case, allowed)])
    yield from _oddities(scene, asking, allowed, told=any(case.passed for case in cases))
    if unwired := [case.service for case in cases if case.wired is Wired.NONE and case.service in (allowed or ())]:
        text = f"No face is tried by {_listed(unwired)}, though the settings allow it: the password alone is asked for."
        yield Finding(Part.PAM, State.NOTE, text, *_wire(scene.root))
    elif not asking:
        text = "No service asks for a face: the password alone is asked for."
        yield Finding(Part.PAM, State.NOTE, text, *_wire(scene.root))


def _is_allowed(case: Wiring, allowed: Collection[str] | None) -> bool:
    """Whether the settings allow what a line asks for; where they are not known, anything may be."""
    names = [option.removeprefix("service=") for option in case.options if option.startswith("service=")]
    return allowed is None or (names[-1] if names else case.service) in allowed


def _verdicts(scene: Scene, cases: Iterable[Wiring]) -> Iterator[Finding]:
    """Tell what each line comes to, once for all services that take it in."""

    def place(case: Wiring) -> tuple[str, str, int, str]:
        return case.wired.value, case.file, case.line, case.sentence

    for _place, group in groupby(sorted(cases, key=place), key=place):
        together = list(group)
        first = together[0]
        where = f" ({_at(first)})" if first.line else ""
        text = f"{_listed([case.service for case in together])}: {first.sentence}{where}"
        if first.wired in _GOOD:
            yield Finding(Part.PAM, State.OK, text)
        else:
            state = State.BAD if first.wired in _BAD else State.WARNING
            yield Finding(Part.PAM, state, text, _REMEDIES[first.wired], _taking_out(scene.root, first))


def _drawbacks(cases: Collection[Wiring]) -> Iterator[Finding]:
    """Tell what is not as it should be with lines that do what they are for."""
    if high := [case for case in cases if case.above_faillock]:
        text = f"A face opens an account that pam_faillock has locked, in {_named(high)}: it stands above it."
        remedy = "Move the face below the line pam_faillock.so preauth."
        yield Finding(Part.PAM, State.WARNING, text, remedy, f"sudoedit {high[0].file}")
    if twice := [case for case in cases if case.again]:
        text = f"A face that fails is tried once more before the password is asked for, in {_named(twice)}."
        yield Finding(Part.PAM, State.WARNING, text, "Take one of the lines out.", f"sudoedit {twice[0].file}")
    if early := [case for case in cases if case.passed_early]:
        text = f"The daemon is told of an accepted password where it was wrong, too, in {_named(early)}."
        remedy = "Move the line with the option passed to where only a right password leads."
        yield Finding(Part.PAM, State.WARNING, text, remedy, f"sudoedit {early[0].file}")
    if hasty := [
        case for case in cases if case.service == "kde-face" and "timeout_result=auth_err" not in case.options
    ]:
        text = "After a look that saw nobody, KDE gives the face up until the next lock."
        remedy = "Add timeout_result=auth_err to the line."
        yield Finding(Part.PAM, State.NOTE, text, remedy, f"sudoedit {hasty[0].file}")
    for fault in dict.fromkeys(fault for case in cases for fault in case.faults):
        yield Finding(Part.PAM, State.WARNING, f"PAM cannot follow a line: {fault}.", "Mend or remove the line.")


def _oddities(
    scene: Scene, asking: Collection[Wiring], allowed: Collection[str] | None, *, told: bool
) -> Iterator[Finding]:
    """Tell what keeps lines from being of use; `told` where some service tells the daemon of passwords."""
    if idle := [case for case in asking if not _is_allowed(case, allowed) and Path(case.file).name == case.service]:
        text = f"A face is asked for by {_named(idle)}, but the settings do not allow it: the daemon refuses at once."
        remedy = "Name the service in a class of the settings, or take the line out."
        yield Finding(Part.PAM, State.NOTE, text, remedy, "sudoedit /etc/facelatch/facelatch.toml")
    if missing := sorted({case.module for case in asking if not is_there(case.module, scene.root)}):
        text = f"PAM does not find {', '.join(missing)}: no face is ever tried there."
        yield Finding(Part.PAM, State.WARNING, text, "Install the module again, or take the lines out.")
    yield from _hurried([case for case in asking if _is_allowed(case, allowed)], scene.answers.policy)
    deaf = [case for case in asking if case.wired is Wired.FIRST and not case.passed and _is_allowed(case, allowed)]
    if not deaf:
        return
    wanted = _wants_password(scene)
    if wanted and not told:
        text = (
            "After a start of the computer, and at times besides, the password comes first, but no service tells the "
            f"daemon of one: in {_named(deaf)} the face never opens."
        )
        state = State.WARNING
    else:
        text = (
            f"After five refused faces the face is locked for a time, which a password does not end in {_named(deaf)}."
        )
        state = State.NOTE
    yield Finding(Part.PAM, state, text, *_wire(scene.root, deaf[0].module))


def _hurried(cases: Collection[Wiring], policy: PolicyReport | Trouble) -> Iterator[Finding]:
    """Tell where the settings want gestures that the line leaves no time for."""
    if isinstance(policy, Trouble):
        return
    needs = {
        service: math.ceil(rule.seconds + GESTURE_SECONDS)
        for rule in policy.classes
        if rule.liveness is Liveness.ACTIVE or rule.intent is Intent.GESTURE
        for service in rule.services
    }
    if hurried := [case for case in cases if _seconds(case) < needs.get(case.service, 0)]:
        need = max(needs[case.service] for case in hurried)
        text = f"The settings want gestures, and the line leaves too little time for them, in {_named(hurried)}."
        remedy = f"Give the line timeout={need}."
        yield Finding(Part.PAM, State.WARNING, text, remedy, f"sudoedit {hurried[0].file}")


def _seconds(case: Wiring) -> int:
    """Return how long a line lets a look take."""
    given = [option.removeprefix("timeout=") for option in case.options if option.startswith("timeout=")]
    return int(given[-1]) if given and given[-1].isdecimal() else LINE_SECONDS


def _wants_password(scene: Scene) -> bool:
    """Whether the settings ever want the password before the face; where that is not told, they do as they come."""
    policy = scene.answers.policy
    return isinstance(policy, Trouble) or policy.password_first


def _wire(root: Path, module: str = OURS) -> tuple[str, str]:
    """Return what to do to have the lines in the services, and the command for it.

    Lines before their module is there would have PAM stumble over it at every login.
    """
    if not is_there(module, root):
        return f"The module {module} {NOT_INSTALLED}", ""
    if profiles.manages(Tree(root)) and (missing := profiles.missing(Tree(root))):
        return f"The profile {missing[0]} {NOT_INSTALLED}", ""
    return WIRE, COMMAND


def _taking_out(root: Path, case: Wiring) -> str:
    """Return the command that takes a line out: by hand where it is not one of ours."""
    tree = Tree(root)
    if not case.file or tree.find(case.file) is None:
        return ""
    lines = tree.read(case.file).split(b"\n")
    if case.line and lines[case.line - 1].rstrip().endswith(MARK.encode()):
        return f"{_UNDO} --service {case.service}" if Path(case.file).name == case.service else _UNDO
    return f"sudoedit {case.file}"


def _at(case: Wiring) -> str:
    return f"{case.file}, line {case.line}"


def _named(cases: Collection[Wiring]) -> str:
    return _listed([case.service for case in cases])


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)
    if len(shown) <= MOST_NAMED:
        return ", ".join(shown)
    return f"{', '.join(shown[:MOST_NAMED])} and {len(shown) - MOST_NAMED} more"
