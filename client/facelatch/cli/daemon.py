"""The daemon for a command: connected, and everything that goes wrong a `CommandFailed`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from facelatch.address import CHECK
from facelatch.cli.failure import CommandFailed, ExitCode, Trouble, refused
from facelatch.errors import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.holder import camera_holder
from facelatch.types import Reason

if TYPE_CHECKING:
    from facelatch import sync

START: Final = "sudo systemctl start facelatchd"


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon on the bus at an address; empty is the system's."""

    address: str

    @contextlib.contextmanager
    def connected(self, *, asks: bool = False) -> Iterator[sync.Daemon]:
        """Connect for as long as the context lasts; `asks` where a password may be asked for meanwhile.

        Raises `CommandFailed` for a refusal, for a daemon that is not there, and for one that breaks off.
        """
        # Here, not above: help and wrong use do without the 50 ms of asyncio.
        from facelatch import sync
        from facelatch.cli.agent import password_agent

        try:
            with (
                password_agent(self.address) if asks else contextlib.nullcontext(),
                sync.Daemon.connect(self.address) as daemon,
            ):
                yield daemon
        except BusError as error:
            raise _told_of_the_holder(refused(error)) from error
        except DaemonUnreachable as error:
            text = f"the daemon cannot be reached: {error}; {CHECK if self.address else f'start it: {START}'}"
            raise CommandFailed(Trouble.NO_DAEMON, text, ExitCode.CANNOT_WORK) from error
        except ProtocolBroken as error:
            raise broken(str(error)) from error


def _told_of_the_holder(failure: CommandFailed) -> CommandFailed:
    """Add which program has the camera open, where that is the matter and can be seen."""
    if failure.error is not Reason.CAMERA_BUSY or not (holder := camera_holder()):
        return failure
    return CommandFailed(failure.error, f"{failure.text}; {holder}", failure.code)


def broken(text: str) -> CommandFailed:
    """Return the error for a daemon that does not hold to the contract."""
    remedy = "look at its log: journalctl -u facelatchd (and are command and daemon of one version?)"
    return CommandFailed(Trouble.BROKEN_ANSWER, f"the daemon broke off: {text}; {remedy}", ExitCode.CANNOT_WORK)
