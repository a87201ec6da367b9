"""The pack of networks, and the faces enrolled with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from facelatch.doctor.answers import Trouble
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene, untold
from facelatch.standing import hindrances
from facelatch.types import ClassPolicy, FaceSummary, Liveness, PackReport, PolicyReport, Quality


def check_pack(scene: Scene) -> Iterator[Finding]:
    """Look at the pack in use, and what its makers allow."""
    pack = scene.answers.pack
    if isinstance(pack, Trouble):
        yield untold(Part.PACK, pack)
    elif pack.problem:
        text = f"There is no pack of networks to see with: {pack.problem.rstrip('.')}."
        yield Finding(Part.PACK, State.BAD, text, "Install the open one.", "sudo facelatch pack install open")
    else:
        name = f"{pack.id} {pack.version}".strip()
        yield Finding(Part.PACK, State.OK, f"The pack {name} is in use; its licence: {pack.licence or 'not stated'}.")
        if pack.terms:
            remedy = "Keep to these terms, or use a pack without them."
            command = "sudo facelatch pack install open"
            yield Finding(Part.PACK, State.NOTE, f"Its makers set terms: {pack.terms}", remedy, command)
        if not isinstance(scene.answers.policy, Trouble):
            yield from shortcomings(pack, scene.answers.policy)


def shortcomings(pack: PackReport, policy: PolicyReport) -> Iterator[Finding]:
    """Say what the policy asks for and the pack cannot give: there the daemon judges no face at all."""
    name = f"{pack.id} {pack.version}".strip()
    yield from _check_liveness(name, pack, policy)
    yield from _check_levels(name, pack, policy)


def _check_liveness(name: str, pack: PackReport, policy: PolicyReport) -> Iterator[Finding]:
    if any(part.role == "liveness" for part in pack.parts):
        return
    if classes := ", ".join(rule.service_class.value for rule in policy.classes if rule.allowed and _wants_life(rule)):
        text = (
            f"The pack {name} cannot tell a face from a picture of one, and the policy wants that for {classes}: "
            "no face is judged there, and the password is asked for."
        )
        remedy = "Use the open pack, which can, or let a picture pass: set liveness to off."
        yield Finding(Part.PACK, State.BAD, text, remedy, "sudo facelatch pack install open")


def _wants_life(rule: ClassPolicy) -> bool:
    return rule.liveness is not Liveness.OFF


def _check_levels(name: str, pack: PackReport, policy: PolicyReport) -> Iterator[Finding]:
    """Hold what the policy asks for against what was shown of the pack."""
    allowed = [rule for rule in policy.classes if rule.allowed]
    rules = [rule for rule in allowed if rule.level not in pack.levels]
    if not rules:
        return
    wanted = " and ".join(dict.fromkeys(rule.level.value for rule in rules))
    classes = ", ".join(rule.service_class.value for rule in rules)
    text = (
        f"Nothing shows that the pack {name} can hold the level {wanted}, which the policy wants for {classes}: "
        "no face is judged there, and the password is asked for."
    )
    remedy = "Use the open pack, which holds it, or choose another level."
    state = State.BAD if len(rules) == len(allowed) else State.WARNING
    yield Finding(Part.PACK, state, text, remedy, "sudo facelatch pack install open")


def check_enrolment(scene: Scene) -> Iterator[Finding]:
    """Look at the user's faces."""
    faces = scene.answers.faces
    whose = f"{scene.user} has" if scene.user else "you have"
    if isinstance(faces, Trouble):
        yield untold(Part.ENROLMENT, faces)
        return
    option = f" --user {shlex.quote(scene.user)}" if scene.user else ""
    command = f"facelatch enroll{option}"
    if not faces:
        # Most who are root here are somebody else in truth.
        state = State.NOTE if scene.uid == 0 and scene.user in ("", "root") else State.WARNING
        text = f"No face is enrolled: {whose} to type the password until one is."
        yield Finding(Part.ENROLMENT, state, text, "Enrol a face.", command)
        return
    usable = [face for face in faces if face.usable]
    if not usable:
        text = f"Of {_count(faces)} none can be compared with the pack in use: they were enrolled with another."
        yield Finding(Part.ENROLMENT, State.WARNING, text, "Enrol the face anew.", command)
        return
    yield Finding(Part.ENROLMENT, State.OK, f"Enrolled: {', '.join(face.label for face in usable)}.")
    if stale := [face for face in faces if not face.usable]:
        text = f"Not comparable with the pack in use: {', '.join(face.label for face in stale)}."
        yield Finding(Part.ENROLMENT, State.NOTE, text, "Enrol them anew, or remove them.", "facelatch list")
    if poor := [face for face in usable if face.quality is Quality.POOR]:
        text = (
            f"Covered by few shots, so that it may often not be recognised: {', '.join(face.label for face in poor)}."
        )
        improve = f"{command} --improve {shlex.quote(poor[0].label)}"
        yield Finding(Part.ENROLMENT, State.NOTE, text, "Add shots, in good light.", improve)
    standing = scene.answers.standing
    if isinstance(standing, Trouble):
        text = f"Whether a face opens anything now is not known: {standing.text.rstrip('.')}."
        yield Finding(Part.ENROLMENT, State.WARNING, text, "Look into the log.", "journalctl -u facelatchd")
    elif hindered := hindrances(standing):
        remedy = "Type the password once, at a login or for sudo."
        yield Finding(Part.ENROLMENT, State.NOTE, f"No face opens just now. {' '.join(hindered)}", remedy)


def _count(faces: tuple[FaceSummary, ...]) -> str:
    return "one enrolled face" if len(faces) == 1 else f"{len(faces)} enrolled faces"
