"""The door's socket: lines in, lines out, one verification a connection."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from typing import Final

from facelatch.types import Reason
from facelatchd.bouncer import Caller, peer_of
from facelatchd.complaints import Complaints
from facelatchd.gates import Ask
from facelatchd.hall import Hall, Room, SentOff
from facelatchd.house import House, known_user
from facelatchd.intent import SHOWN_ASKER, question_of
from facelatchd.lines import LONGEST_LINE, Line, LineError, read_line, write_line
from facelatchd.refusal import Refused
from facelatchd.store import StoreError
from facelatchd.terminal import printable
from facelatchd.verification import Verification

log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 64
MOST_OF_ONE_USER: Final = 8
QUEUE: Final = 16
"""So many are accepted at a time. Fewer than there are places, so that each can be heard before it has to give way; the
door waits for its turn in the kernel's queue."""

MOST_QUESTIONS: Final = 16
"""Of those inside, so many may wait for a person's answer: `sudo` counts as root, and anybody can start very many of
them and answer none, while logins need root's places."""

FIRST_LINE_PATIENCE: Final = 2.0
INTENT_PATIENCE: Final = 120.0
"""Seconds a person gets to answer; then the connection ends, which leaves the password."""

SERVICE_NAME: Final = re.compile(r"[A-Za-z0-9_.+@-]{1,64}")


class Conversation:
    """One connection: the person at the door, as far as the judge can reach him."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, questions: Room, complaints: Complaints
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._questions = questions
        self._complaints = complaints
        self._answers: asyncio.Queue[str] = asyncio.Queue(maxsize=1)

    async def next_line(self) -> Line | None:
        """Return the next line, None at the end of the connection; raises `LineError`."""
        try:
            raw = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as rest:
            if rest.partial:
                raise LineError("cut off") from rest
            return None
        except asyncio.LimitOverrunError as error:
            raise LineError(f"longer than {LONGEST_LINE} bytes") from error
        except ConnectionError:
            return None
        return read_line(raw)

    async def send(self, word: str, **values: str | int) -> None:
        """Send a line; a door that has gone is no error, its reader notices."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(write_line(word, **values))
            await self._writer.drain()

    async def tell(self, text: str, *, wanted: bool = False) -> None:
        """Show a text; `wanted` for one without which the person could not do what is asked, where messages are off."""
        await self.send("TELL", text=text, **({"wanted": 1} if wanted else {}))

    async def approve(self, ask: Ask) -> bool:
        """Ask for intent, naming what is approved: Enter or y is a yes, anything else a no.

        Not echoed, because many will type their password out of habit; the door keeps that to itself.
        """
        with self._questions.admit(ask.caller) as admitted:
            return admitted and await self._answered(ask)

    async def _answered(self, ask: Ask) -> bool:
        await self.send("ASK", text=question_of(ask), echo=0)
        try:
            async with asyncio.timeout(INTENT_PATIENCE):
                answer = await self._answers.get()
        except TimeoutError:
            return False
        return answer.strip().lower() in ("", "y", "yes")

    async def heed(self) -> None:
        """Read on while a verification runs; returns when the door cancels, goes, or says what it must not."""
        try:
            while (line := await self.next_line()) is not None:
                if line.word != "ANSWER" or self._answers.full():
                    return
                self._answers.put_nowait(line.get("text"))
        except LineError as error:
            self._complaints.add("a door's line: %s", error)


class Door:
    """Serves the socket."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._hall = Hall(MOST_CONNECTIONS, MOST_OF_ONE_USER)
        self._questions = Room(MOST_QUESTIONS, MOST_OF_ONE_USER)
        self._complaints = Complaints(log)

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Accept connections until the returned server is closed."""
        return await asyncio.start_unix_server(self._accept, sock=listener, limit=LONGEST_LINE - 1, backlog=QUEUE)

    async def close(self, patience: float) -> None:
        """End the connections; what was seen so far is written down, so that a stop is no free guess either."""
        await self._hall.disperse(patience)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = peer_of(writer.get_extra_info("socket"))
        conversation = Conversation(reader, writer, self._questions, self._complaints)
        try:
            with self._hall.admit(caller) as admitted:
                if admitted:
                    await self._talk(conversation, caller)
                else:
                    await _send_result(conversation, Reason.BUSY)
        except asyncio.CancelledError:
            # The judge stops. Swallowed, because the stream's own callback would report it as an error.
            log.info("the judge stops: a door's connection ends")
        except SentOff:
            await _send_result(conversation, Reason.BUSY)
        finally:
            writer.close()

    async def _talk(self, conversation: Conversation, caller: Caller) -> None:
        """Hear the first line and do what it says."""
        try:
            async with asyncio.timeout(FIRST_LINE_PATIENCE):
                line = await conversation.next_line()
            if line is None:
                return
            self._hall.hear()
            if line.get("v") != "1":
                raise LineError(f"version {printable(line.get('v'), SHOWN_ASKER)!r}, this judge speaks 1")
            if line.word == "VERIFY":
                await self._verify(conversation, _ask_of(line, caller))
            elif line.word == "PASSED":
                await self._note_password(caller, line)
            else:
                raise LineError(f"{line.word} is no beginning")
        except (LineError, TimeoutError) as error:
            self._complaints.add("door of uid %d: %s", caller.uid, error or "no line came in time")
            await _send_result(conversation, Reason.BAD_REQUEST)

    async def _verify(self, conversation: Conversation, ask: Ask) -> None:
        verification = asyncio.create_task(Verification(self._house, ask, conversation).run())
        heeding = asyncio.create_task(conversation.heed())
        try:
            await asyncio.wait({verification, heeding}, return_when=asyncio.FIRST_COMPLETED)
            if verification.done():
                await _send_result(conversation, verification.result().reason)
        finally:
            for task in (verification, heeding):
                task.cancel()
            await asyncio.gather(verification, heeding, return_exceptions=True)

    async def _note_password(self, caller: Caller, line: Line) -> None:
        """Remember that the password was accepted; only root's word counts, since anybody may connect."""
        if not caller.is_root:
            self._complaints.add("uid %d says that a password was accepted: not believed", caller.uid)
            return
        store = self._house.clerk.store
        try:
            user = await known_user(line.get("user"))
            self._house.watcher.cool()  # nobody waits for a face any more
            await self._house.clerk.do(store.record_password, user, self._house.clock())
            log.info("%s gave the password for %r", user.name, line.get("service"))
        except (Refused, StoreError) as error:
            log.error("the password of %r cannot be noted: %s", line.get("user"), error)


async def _send_result(conversation: Conversation, reason: Reason) -> None:
    await conversation.send("RESULT", verdict=reason.verdict.value, reason=reason.value)


def _ask_of(line: Line, caller: Caller) -> Ask:
    """Return what a VERIFY line asks for; raises `LineError`."""
    seconds = line.get("seconds") or "5"
    if not (seconds.isascii() and seconds.isdigit() and 1 <= int(seconds) <= 60):
        raise LineError("seconds: expected a whole number, 1 to 60")
    uid = line.get("uid") or "0"
    if not (uid.isascii() and uid.isdigit() and int(uid) < 2**32):
        raise LineError("uid: expected a whole number under 2^32")
    if not line.get("user"):
        raise LineError("VERIFY without user")
    if not SERVICE_NAME.fullmatch(line.get("service")):
        raise LineError("service: expected 1 to 64 letters, digits and _ . + @ -")
    return Ask(
        caller=caller,
        user=line.get("user"),
        service=line.get("service"),
        remote_host=line.get("rhost"),
        command=line.get("command"),
        terminal=line.get("tty"),
        asker=line.get("ruser"),
        asker_uid=int(uid),
        seconds=float(seconds),
        can_ask=line.get("ask") == "1",
    )
