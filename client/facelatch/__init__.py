"""What everybody may import: shared types, the client of the daemon, and the `facelatch` command.

The client's names are here as well, and are loaded when they are first asked for: `import facelatch` alone is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facelatch.bus import Claim, Daemon, Enrolment, PreviewFrame, ReviewReady
    from facelatch.errors import BusError, DaemonUnreachable, ProtocolBroken

__all__ = [
    "BusError",
    "Claim",
    "Daemon",
    "DaemonUnreachable",
    "Enrolment",
    "PreviewFrame",
    "ProtocolBroken",
    "ReviewReady",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from facelatch import bus

    return getattr(bus, name)
