"""Asking the daemon from a command: answers of the expected kind, everything else a `CommandFailed`."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from facelatch.admin import Answer, DaemonUnreachable, Failed, PictureLine, ProtocolBroken, Request, ask
from facelatch.cli.failure import CommandFailed, ExitCode, Trouble, refused

Expected = TypeVar("Expected", bound=Answer)

START = "sudo systemctl start facelatchd"


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon behind an admin socket."""

    socket: Path

    def follow(self, request: Request, pictures: Iterable[PictureLine] = ()) -> Generator[Answer]:
        """Yield the answers to a request as they come; leaving the loop closes the connection.

        Raises `CommandFailed` for a refusal, for a daemon that is not there, and for one that breaks off.
        """
        try:
            with contextlib.closing(ask(request, pictures, path=self.socket)) as answers:
                for answer in answers:
                    if isinstance(answer, Failed):
                        raise refused(answer)
                    yield answer
        except DaemonUnreachable as error:
            text = f"no daemon answers at {error}; start it: {START}"
            raise CommandFailed(Trouble.NO_DAEMON, text, ExitCode.CANNOT_WORK) from error
        except ProtocolBroken as error:
            raise broken(str(error)) from error

    def answer(self, request: Request, expected: type[Expected]) -> Expected:
        """Return the one answer to a request; raises `CommandFailed` like `follow`, and for another kind of answer."""
        with contextlib.closing(self.follow(request)) as answers:
            for answer in answers:
                if isinstance(answer, expected):
                    return answer
                raise unexpected(answer)
        raise broken("no answer at all")


def broken(text: str) -> CommandFailed:
    """Return the error for a daemon that does not hold to the contract."""
    remedy = "look at its log: journalctl -u facelatchd (and are command and daemon of one version?)"
    return CommandFailed(Trouble.BROKEN_ANSWER, f"the daemon broke off: {text}; {remedy}", ExitCode.CANNOT_WORK)


def unexpected(answer: Answer) -> CommandFailed:
    """Return the error for an answer that does not belong to the request."""
    return broken(f"it answered with {type(answer).__name__}, which was not asked for")
