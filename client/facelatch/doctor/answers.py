"""What the daemon says of itself, each question within a time limit."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from facelatch import sync
from facelatch.doctor.limit import within
from facelatch.errors import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.types import AttemptSummary, FaceSummary, PackReport, PolicyReport, StandingReport, StatusReport

PATIENCE: Final = 6.0
"""Seconds for one answer. The bus may have to start the daemon, which takes a second on a slow machine."""

Answer = TypeVar("Answer")


class Daemon(Protocol):
    """What is asked of the daemon; `facelatch.sync.Daemon` is one."""

    def status(self) -> StatusReport:
        """Say how the daemon stands."""

    def pack(self) -> PackReport:
        """Say what pack is in use."""

    def policy(self) -> PolicyReport:
        """Say what is asked for which service."""

    def faces(self, user: str = "") -> tuple[FaceSummary, ...]:
        """List a user's faces."""

    def history(self, user: str = "", limit: int = 20) -> tuple[AttemptSummary, ...]:
        """List a user's newest attempts, the newest first."""

    def standing(self, user: str = "") -> StandingReport:
        """Say how a user stands."""


class Silence(enum.Enum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    """There is no bus, or no daemon on it."""
    MUTE = "mute"
    """The daemon is there, and gives no answer, or one that means nothing."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A question without an answer; `text` is what the bus or the daemon said."""

    silence: Silence
    text: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What the daemon said to each question, or why it did not. What is about a user is of the one asked about."""

    status: StatusReport | Trouble
    pack: PackReport | Trouble
    policy: PolicyReport | Trouble
    faces: tuple[FaceSummary, ...] | Trouble
    newest: tuple[AttemptSummary, ...] | Trouble
    """The newest attempt, none where there is none."""
    standing: StandingReport | Trouble


Connect = Callable[[], AbstractContextManager[Daemon]]


def ask_daemon(address: str, user: str, patience: float = PATIENCE) -> Answers:
    """Ask the daemon on the bus at an address (empty: the usual one) about itself and a user (empty: the caller)."""
    return ask(lambda: sync.Daemon.connect(address), user, patience)


def ask(connect: Connect, user: str, patience: float) -> Answers:
    """Ask every question over a connection of its own; once one hangs, the rest are not asked."""
    status = _ask(connect, lambda daemon: daemon.status(), patience)
    if isinstance(status, Trouble) and status.silence is not Silence.REFUSED:
        return Answers(status, status, status, status, status, status)
    pack = _ask(connect, lambda daemon: daemon.pack(), patience)
    policy = _ask(connect, lambda daemon: daemon.policy(), patience)
    faces = _ask(connect, lambda daemon: daemon.faces(user), patience)
    if isinstance(faces, Trouble) and faces.silence is not Silence.REFUSED:
        return Answers(status, pack, policy, faces, faces, faces)
    newest = _ask(connect, lambda daemon: daemon.history(user, 1), patience)
    standing = _ask(connect, lambda daemon: daemon.standing(user), patience)
    return Answers(status, pack, policy, faces, newest, standing)


def _ask(connect: Connect, question: Callable[[Daemon], Answer], patience: float) -> Answer | Trouble:
    def put() -> Answer:
        with connect() as daemon:
            return question(daemon)

    try:
        return within(patience, put)
    except BusError as error:
        return Trouble(Silence.REFUSED, str(error))
    except DaemonUnreachable as error:
        return Trouble(Silence.UNREACHABLE, str(error))
    except ProtocolBroken as error:
        return Trouble(Silence.MUTE, str(error))
    except TimeoutError:
        return Trouble(Silence.MUTE, f"no answer within {patience:g} s")
