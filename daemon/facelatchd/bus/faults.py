"""What a caller on the bus is told of an error: the one place where our errors become the bus's."""

from __future__ import annotations

import logging
from typing import Final

from facelatch.types import ERROR_NAMES, Reason, Refusal
from facelatchd.refusal import Refused
from facelatchd.settings import SettingsError
from facelatchd.store import FaceRefused, FaceUnknown, StoreError
from facelatchd.watcher import EyeError

LONGEST_TEXT: Final = 500
"""Characters of a text: many repeat what the caller sent, which may be much."""

log = logging.getLogger(__name__)


class Fault(Exception):
    """What a caller is told instead of an answer: an error's name on the bus, and a text for a person."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text[:LONGEST_TEXT])
        self.name = name


def refusal(error: Reason | Refusal, text: str) -> Fault:
    """Return the fault of the contract for a reason."""
    return Fault(ERROR_NAMES[error], text)


def reason_of(error: Exception) -> Reason | Refusal | None:
    """Return the reason an error stands for; None for one that nobody foresaw."""
    match error:
        case Refused() | EyeError():
            return error.reason
        case FaceUnknown():
            return Refusal.NO_SUCH_FACE
        case FaceRefused() | SettingsError():
            return Reason.BAD_REQUEST
        case StoreError():
            return Reason.STORE_FAILED
    return None


def told_reason(error: Exception) -> Reason:
    """Return the reason that ends an action with this error."""
    reason = reason_of(error)
    if isinstance(reason, Refusal):
        return Reason.BAD_REQUEST
    return reason or Reason.INTERNAL


def fault_of(error: Exception) -> Fault | None:
    """Return what a caller is told of an error; None for one that nobody foresaw."""
    if isinstance(error, Fault):
        return error
    reason = reason_of(error)
    if reason is None:
        return None
    if reason is Reason.STORE_FAILED:
        log.error("the store: %s", error)
    return refusal(reason, str(error))
