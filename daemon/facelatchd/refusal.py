"""How a session says no."""

from __future__ import annotations

from facelatch.types import Reason


class Refused(Exception):
    """What was asked for ends here, for this reason; the text is for a person."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text or reason.value)
        self.reason = reason
