"""How the command ends when it does not end well: exit codes, and the one error that carries them."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from facelatch.admin import Failed
from facelatch.cli.words import EXPLANATIONS
from facelatch.types import Reason, Verdict


class ExitCode(enum.IntEnum):
    """The exit codes of docs/contracts.md."""

    DONE = 0
    NOTHING = 1
    WRONG_USE = 2
    CANNOT_WORK = 3
    NOT_PERMITTED = 4
    INTERRUPTED = 130


class Trouble(enum.Enum):
    """What only a client can run into, for `error` beside the values of `Reason`."""

    NO_DAEMON = "no-daemon"
    BROKEN_ANSWER = "broken-answer"
    BROKEN_PLUGIN = "broken-plugin"


class CommandFailed(Exception):
    """Ends the command: a word for programs, one line for a person that says what to do, and the exit code."""

    def __init__(self, error: Reason | Trouble, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.error = error
        self.text = text
        self.code = code


class ErrorLine(msgspec.Struct, frozen=True):
    """An error as `--json` shows it."""

    error: Reason | Trouble
    text: str


_MISSING_PART: Final = frozenset(
    {
        Reason.BUSY,
        Reason.NO_PACK,
        Reason.PACK_DAMAGED,
        Reason.NO_LIVENESS,
        Reason.NO_CAMERA,
        Reason.CAMERA_BUSY,
        Reason.CAMERA_FAILED,
        Reason.EYE_FAILED,
        Reason.STORE_FAILED,
        Reason.INTERNAL,
    }
)
"""Reasons that lie with the daemon: the same command may do better another time, as it stands."""

_VERDICT_CODES: Final = {
    Verdict.MATCH: ExitCode.DONE,
    Verdict.MISMATCH: ExitCode.NOTHING,
    Verdict.UNAVAILABLE: ExitCode.CANNOT_WORK,
}


def refused(failed: Failed) -> CommandFailed:
    """Return the error for a request that the daemon refused or that came to nothing."""
    explanation = EXPLANATIONS[failed.reason]
    text = failed.text.strip() or f"{explanation.sentence}; {explanation.remedy}"
    if failed.reason is Reason.NOT_PERMITTED:
        code = ExitCode.NOT_PERMITTED
    elif failed.reason in _MISSING_PART:
        code = ExitCode.CANNOT_WORK
    else:
        code = ExitCode.NOTHING
    return CommandFailed(failed.reason, text, code)


def wrong_use(text: str) -> CommandFailed:
    """Return the error for something the command was given and cannot work with."""
    return CommandFailed(Reason.BAD_REQUEST, text, ExitCode.WRONG_USE)


def trial_code(reason: Reason) -> ExitCode:
    """Return the exit code of `try`."""
    return ExitCode.NOT_PERMITTED if reason is Reason.NOT_PERMITTED else _VERDICT_CODES[reason.verdict]
