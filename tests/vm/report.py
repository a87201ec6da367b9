"""What became of the scenarios: JUnit XML for machines, a plain summary for people."""

from __future__ import annotations

import enum
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

SUITE = "facelatch machine"
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say; consoles do."""


class Verdict(enum.Enum):
    """How a scenario ended."""

    PASSED = "passed"
    FAILED = "FAILED"
    SKIPPED = "skipped"
    DEAD = "DEAD"
    """The machine ended with it, or does not answer any more."""


@dataclass(frozen=True)
class Result:
    """One scenario: `reason` says why it did not pass, `unlocks` how many seconds each unlock took in the machine."""

    name: str
    verdict: Verdict
    seconds: float
    reason: str = ""
    journal: str = ""
    unlocks: Sequence[float] = field(default=())


def all_well(results: Sequence[Result]) -> bool:
    """Whether every scenario passed or was left out, and at least one passed."""
    verdicts = {result.verdict for result in results}
    return Verdict.PASSED in verdicts and verdicts <= {Verdict.PASSED, Verdict.SKIPPED}


def as_junit(results: Sequence[Result]) -> str:
    """Return the results as JUnit XML, the journal of each scenario as its output."""
    count = {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}
    suite = ElementTree.Element(
        "testsuite",
        name=SUITE,
        tests=str(len(results)),
        failures=str(count[Verdict.FAILED]),
        errors=str(count[Verdict.DEAD]),
        skipped=str(count[Verdict.SKIPPED]),
        time=f"{sum(result.seconds for result in results):.1f}",
    )
    for result in results:
        case = ElementTree.SubElement(suite, "testcase", classname="vm", name=result.name, time=f"{result.seconds:.1f}")
        if (tag := _TAGS.get(result.verdict)) is not None:
            first_line = printable(result.reason).partition("\n")[0]
            ElementTree.SubElement(case, tag, message=first_line).text = printable(result.reason)
        if result.unlocks:
            properties = ElementTree.SubElement(case, "properties")
            for seconds in result.unlocks:
                ElementTree.SubElement(properties, "property", name="unlock-seconds", value=f"{seconds:.2f}")
        ElementTree.SubElement(case, "system-out").text = printable(result.journal)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


_TAGS = {Verdict.FAILED: "failure", Verdict.DEAD: "error", Verdict.SKIPPED: "skipped"}


def results_of(junit: str) -> list[Result]:
    """Return what pytest has written as JUnit XML; an error before or after a test counts as its failure."""
    results = []
    for case in ElementTree.fromstring(junit).iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        verdict, reason = Verdict.PASSED, ""
        for child in case:
            if child.tag in _VERDICTS:
                verdict, reason = _VERDICTS[child.tag], child.text or child.get("message") or ""
        results.append(Result(name, verdict, float(case.get("time", "0")), reason=reason))
    return results


_VERDICTS = {"failure": Verdict.FAILED, "error": Verdict.FAILED, "skipped": Verdict.SKIPPED}


def printable(text: str) -> str:
    """Return a text with what XML cannot say replaced."""
    return _UNPRINTABLE.sub("\ufffd", text)


def as_summary(results: Sequence[Result], about: str) -> str:
    """Return the results for people: a line each, the unlock times, then each scenario with its journal.

    `about` is a line on the machine that it ran on.
    """
    counts = ", ".join(
        f"{count} {verdict.value}"
        for verdict in Verdict
        if (count := sum(result.verdict is verdict for result in results))
    )
    lines = [about, f"{len(results)} scenarios: {counts or 'none ran'}", ""]
    lines += [f"{result.verdict.value:8}{result.seconds:7.1f} s  {_sentence(result)}" for result in results]
    lines += ["", _unlock_times([seconds for result in results for seconds in result.unlocks])]
    for result in results:
        lines += ["", f"--- {_sentence(result)}: {result.verdict.value}"]
        lines += [f"    {line}" for line in result.reason.splitlines()]
        lines += result.journal.splitlines()
    return "\n".join(lines) + "\n"


def _sentence(result: Result) -> str:
    return result.name.replace("_", " ")


def _unlock_times(unlocks: Sequence[float]) -> str:
    if not unlocks:
        return "unlock times in the machine: no face opened anything"
    return (
        f"unlock times in the machine, from the request to the judge's verdict: {len(unlocks)} unlocks, "
        f"{min(unlocks):.2f} to {max(unlocks):.2f} s, median {statistics.median(unlocks):.2f} s"
    )
