"""A self-test's report, as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from facelatch.cli.output import counted, paint, say, show_pairs, show_table
from facelatch.cli.words import EXPLANATIONS
from facelatch.selftest import (
    LOCKS_AT,
    STOP_AT,
    Ending,
    Looks,
    Part,
    SelftestReport,
    Setting,
    Time,
)
from facelatch.types import Attack, Liveness, Reason

if TYPE_CHECKING:
    from rich.text import Text

Pairs = list[tuple[str, "str | Text"]]

PARTS: Final = {
    Part.OPEN: "camera opens, to its first frame",
    Part.WAIT: "waiting for more frames",
    Part.DECODE: "decoding",
    Part.DETECT: "finding the face",
    Part.EYES: "eyes",
    Part.EMBED: "embedding",
    Part.LIVENESS: "liveness",
    Part.DECIDE: "deciding",
    Part.REST: "bus, permission, record",
    Part.TOTAL: "all",
}
FEW: Final = 20
"""Looks of fewer than which no twentieth is slower."""

HEADINGS: Final = {Attack.PHOTO: "Photo", Attack.PHONE: "Phone"}
ENDINGS: Final = {
    Ending.MISMATCHES: f"at {STOP_AT} refusals on record, to leave the others for logins",
    Ending.INTERRUPTED: "interrupted",
    Ending.BROKEN_OFF: "the daemon went away; its log says why: journalctl -u facelatchd",
}


def show_report(report: SelftestReport) -> None:
    """Write what was tested, what came of it, and what to do."""
    say("")
    show_pairs(_setting_pairs(report.setting) + _looks_pairs(report.looks) + _attack_pairs(report) + _end_pairs(report))
    if report.times:
        opened = counted(report.looks.opened, "look")
        say("")
        slowest = "95 %" if report.looks.opened >= FEW else "SLOWEST"
        show_table(
            (f"MILLISECONDS OF {opened.upper()}", "MEDIAN", slowest),
            [_time_row(part, report.times[part.value]) for part in Part if part.value in report.times],
        )
        say("Stages may overlap. A login does without the bus, and its camera may be warm.")
    if report.looks.refused.of:
        say("Intervals are exact, at 95 %, and hold for this face, place and light.")


def _setting_pairs(setting: Setting) -> Pairs:
    camera, rules = setting.camera, setting.rules
    cores = counted(setting.machine.cores, "core")
    pairs: Pairs = [
        ("Facelatch", f"{setting.version}, pack {setting.pack}"),
        ("Machine", f"{setting.machine.processor}, {cores}"),
    ]
    if camera is not None:
        ids = ", ".join(part for part in (camera.driver, camera.vendor_product) if part)
        pairs.append(
            ("Camera", f"{camera.name} ({ids}){', with an infrared one beside it' if camera.infrared else ''}")
        )
    if rules is not None:
        text = f"level {rules.level.value}, liveness {rules.liveness.value}, infrared {rules.infrared.value}"
        pairs.append(("Settings", f"{text}, {rules.seconds:g} s a look"))
    return pairs


def _looks_pairs(looks: Looks) -> Pairs:
    refused = looks.refused
    if not refused.of:
        return [("Looks", "none was taken")]
    pairs: Pairs = [("Looks", paint(looks.words, "green" if not refused.count else "yellow"))]
    missed = {Reason(reason): count for reason, count in looks.reasons.items() if reason != Reason.MATCHED.value}
    for reason, count in missed.items():
        pairs.append(("", f"{count} × {EXPLANATIONS[reason].sentence}"))
    if missed:
        pairs.append(("To do", EXPLANATIONS[next(iter(missed))].remedy))
    if refused.of > 1:
        first = looks.each[0].spent[Part.TOTAL.value] / 1000
        pairs.append(("First", f"{first:.1f} s, with whatever had to be started for it"))
    return pairs


def _attack_pairs(report: SelftestReport) -> Pairs:
    pairs: Pairs = []
    for tried in report.attacks:
        pairs.append((HEADINGS[tried.attack], paint(tried.words, "bold red" if tried.accepted.count else "green")))
        if tried.unanswered:
            pairs.append(("", f"of them {counted(tried.unanswered, 'time')} nothing was judged"))
    if any(tried.accepted.count for tried in report.attacks):
        pairs.append(("To do", _against_pictures(report.setting)))
    return pairs


def _against_pictures(setting: Setting) -> str:
    """Return what helps where a picture got in, as far as it is not done already."""
    rules = setting.rules
    said = []
    if rules is not None and rules.liveness is Liveness.OFF:
        said.append('set liveness = "passive" for class.unlock at the least, with a pack that can tell (open)')
    elif rules is not None and rules.liveness is Liveness.PASSIVE:
        said.append('set liveness = "active" for class.unlock')
    if setting.camera is not None and setting.camera.infrared:
        said.append('set infrared = "required" and enrol anew, with the infrared camera')
    said.append("keep the face out of sudo (allowed = false for class.elevate); man facelatch.toml")
    return "; ".join(said)


def _end_pairs(report: SelftestReport) -> Pairs:
    pairs: Pairs = []
    if report.mismatches:
        said = f"{counted(report.mismatches, 'refused face')} in a row on record; {LOCKS_AT} lock the face"
        clears = "the password clears them" if report.mismatches >= LOCKS_AT else "a login clears them"
        pairs.append(("Counted", f"{said}, {clears}"))
    if report.failure is not None:
        explanation = EXPLANATIONS[report.failure]
        pairs += [("Ended", paint(explanation.sentence, "yellow")), ("To do", explanation.remedy)]
    elif report.ended in ENDINGS:
        pairs.append(("Ended", paint(ENDINGS[report.ended], "yellow")))
    return pairs


def _time_row(part: Part, time: Time) -> tuple[str | Text, ...]:
    style = "bold" if part is Part.TOTAL else ""
    return tuple(paint(text, style) for text in (PARTS[part], f"{time.median:6.0f}", f"{time.p95:6.0f}"))
