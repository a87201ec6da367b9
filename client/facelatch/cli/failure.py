"""How the command ends when it does not end well: exit codes, and the one error that carries them."""

from __future__ import annotations

import enum
from typing import Final

from facelatch.cli.words import EXPLANATIONS
from facelatch.errors import BusError
from facelatch.types import Reason, Refusal, Verdict


class ExitCode(enum.IntEnum):
    """The exit codes of docs/contracts.md."""

    DONE = 0
    NOTHING = 1
    WRONG_USE = 2
    CANNOT_WORK = 3
    NOT_PERMITTED = 4
    INTERRUPTED = 130


class Trouble(enum.Enum):
    """What only a client can run into, for `error` beside the values of `Reason` and `Refusal`."""

    NO_DAEMON = "no-daemon"
    BROKEN_ANSWER = "broken-answer"
    BROKEN_PLUGIN = "broken-plugin"
    UNWRITTEN = "unwritten"
    """A file cannot be written."""


class CommandFailed(Exception):
    """Ends the command: a word for programs, one line for a person that says what to do, and the exit code."""

    def __init__(self, error: Reason | Refusal | Trouble, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.error = error
        self.text = text
        self.code = code


_MISSING_PART: Final = frozenset(
    {
        Refusal.ALREADY_IN_USE,
        Refusal.CLAIM_CAMERA,
        Refusal.NO_ACTION_IN_PROGRESS,
        Refusal.NO_SUCH_CAMERA,
        Reason.BUSY,
        Reason.NO_PACK,
        Reason.PACK_DAMAGED,
        Reason.PACK_TOO_WEAK,
        Reason.NO_LIVENESS,
        Reason.NO_CAMERA,
        Reason.CAMERA_UNTRUSTED,
        Reason.LID_CLOSED,
        Reason.CAMERA_BUSY,
        Reason.CAMERA_FAILED,
        Reason.EYE_FAILED,
        Reason.STORE_FAILED,
        Reason.STORE_ROLLED_BACK,
        Reason.INTERNAL,
    }
)
"""What lies with the daemon and its parts: the same command may do better another time, as it stands."""

_VERDICT_CODES: Final = {
    Verdict.MATCH: ExitCode.DONE,
    Verdict.MISMATCH: ExitCode.NOTHING,
    Verdict.UNAVAILABLE: ExitCode.CANNOT_WORK,
}


def refused(refusal: BusError) -> CommandFailed:
    """Return the error for what the daemon refused or what came to nothing."""
    explanation = EXPLANATIONS[refusal.error]
    said = str(refusal).strip()
    if not said or said == refusal.error.value:
        said = f"{explanation.sentence}; {explanation.remedy}"
    if refusal.error is Reason.NOT_PERMITTED:
        code = ExitCode.NOT_PERMITTED
    elif refusal.error in _MISSING_PART:
        code = ExitCode.CANNOT_WORK
    else:
        code = ExitCode.NOTHING
    return CommandFailed(refusal.error, said, code)


def wrong_use(text: str) -> CommandFailed:
    """Return the error for something the command was given and cannot work with."""
    return CommandFailed(Reason.BAD_REQUEST, text, ExitCode.WRONG_USE)


def trial_code(reason: Reason) -> ExitCode:
    """Return the exit code of `try`."""
    return ExitCode.NOT_PERMITTED if reason is Reason.NOT_PERMITTED else _VERDICT_CODES[reason.verdict]
