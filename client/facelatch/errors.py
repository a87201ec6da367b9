"""What a call to the daemon can end with, beside its answer."""

from __future__ import annotations

from facelatch.types import Reason, Refusal


class BusError(Exception):
    """The daemon refused, or what was asked for came to nothing; `str()` is the daemon's text for a person."""

    def __init__(self, error: Reason | Refusal, text: str) -> None:
        super().__init__(text or error.value)
        self.error = error


class DaemonUnreachable(ConnectionError):
    """There is no bus, nobody owns the daemon's name on it, or the daemon vanished in the middle."""


class ProtocolBroken(ConnectionError):
    """The daemon's answer is none of the contract's, or none came in time."""
