"""Keeps floods of calls away from the loop: what comes too fast is refused in GDBus's own thread.

GDBus queues every message for the main loop, and the loop works off all that is queued before it turns to anything
else: eight connections that called as fast as they could kept the door waiting for 13 s, whoever may not do anything
included. With this it waited 0.3 s at most.
"""

from __future__ import annotations

import time
from typing import Final

from gi.repository import Gio

from facelatch.types import ERROR_NAMES, Reason

BURST: Final = 200
"""Calls that a connection may make at once."""

CALLS_A_SECOND: Final = 100.0
"""Calls that it may make in the long run; a window with a preview makes 30."""

MOST_CONNECTIONS: Final = 1024
"""Connections that are remembered; the bus lets one user have 256."""


class Sluice:
    """A filter of one connection to the bus, with a bucket of calls for every sender."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def __call__(
        self, connection: Gio.DBusConnection, message: Gio.DBusMessage, incoming: bool
    ) -> Gio.DBusMessage | None:
        """Return the message where it may pass, None where it must not."""
        if not incoming or message.get_message_type() != Gio.DBusMessageType.METHOD_CALL:
            return message
        if self.admits(message.get_sender() or "", time.monotonic()):
            return message
        if not message.get_flags() & Gio.DBusMessageFlags.NO_REPLY_EXPECTED:
            text = f"more than {CALLS_A_SECOND:g} calls a second; try again in a moment"
            refusal = message.new_method_error_literal(ERROR_NAMES[Reason.BUSY], text)
            connection.send_message(refusal, Gio.DBusSendMessageFlags.NONE)
        return None

    def admits(self, sender: str, now: float) -> bool:
        """Take a call out of the sender's bucket; False where it is empty."""
        left, then = self._buckets.pop(sender, (float(BURST), now))
        left = min(float(BURST), left + (now - then) * CALLS_A_SECOND)
        admitted = left >= 1.0
        self._buckets[sender] = (left - admitted, now)
        if len(self._buckets) > MOST_CONNECTIONS:
            del self._buckets[next(iter(self._buckets))]
        return admitted
