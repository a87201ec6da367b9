"""What the doctor says: findings, and the worst of them."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec


class Part(enum.Enum):
    """What a finding is about, in the order in which they are told."""

    DAEMON = "daemon"
    EYE = "eye"
    CAMERA = "camera"
    PACK = "pack"
    ENROLMENT = "enrolment"
    PAM = "pam"
    POLKIT = "polkit"
    SESSION = "session"
    TPM = "tpm"
    CLOCK = "clock"
    STORE = "store"


class State(enum.Enum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing needs doing."""
    WARNING = "warning"
    """Something does not do what it should."""
    BAD = "bad"
    """A face cannot log anybody in, or somebody is kept out or let in who should not be."""

    @property
    def rank(self) -> int:
        """Its place from good to bad, beginning with 0."""
        return list(State).index(self)


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: what is so and why it matters, what to do, and a command that does it.

    `remedy` and `command` are empty where nothing needs doing, `command` also where no single one mends it.
    """

    part: Part
    state: State
    text: str
    remedy: str = ""
    command: str = ""


class Report(msgspec.Struct, frozen=True):
    """All findings, and the state of the worst."""

    worst: State
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Report:
        """Return the report of findings, by part."""
        order = list(Part)
        found = tuple(sorted(findings, key=lambda finding: order.index(finding.part)))
        return cls(max((finding.state for finding in found), key=lambda state: state.rank, default=State.OK), found)
