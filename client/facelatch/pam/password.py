"""One try of a password with a service of this machine's libpam, in a process of its own.

A PAM module may hang, crash, or leave things behind: the child is killed at a deadline, has no terminal, and nothing of
ours open. No face shall answer in the password's place: the try comes from a remote host, which the judge refuses, and
so does pam_fprintd. What lets in without having asked shows by that.
"""

from __future__ import annotations

import contextlib
import ctypes
import enum
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

DEADLINE: Final = 30.0
"""Seconds for one try, the person's own time apart: a service may ask a directory server, and delay after a failure."""

REMOTE_HOST: Final = "192.0.2.1"
"""An address that is kept for documentation, so that nobody has it, and a module that logs or bans it harms nobody."""

_SUCCESS: Final = 0
_BUFFER_ERROR: Final = 5
_CONVERSATION_ERROR: Final = 19
_TTY, _REMOTE_HOST, _REMOTE_USER = 3, 4, 8
_KILL_WITH_PARENT, _MAY_DUMP = 1, 4
_LARGEST: Final = 64 * 1024


class Style(enum.IntEnum):
    """What a module wants of the conversation; the numbers are libpam's."""

    PROMPT_HIDDEN = 1
    PROMPT_SHOWN = 2
    ERROR = 3
    INFORMATION = 4

    @property
    def is_prompt(self) -> bool:
        """Whether an answer is wanted."""
        return self in (Style.PROMPT_HIDDEN, Style.PROMPT_SHOWN)


class End(enum.Enum):
    """How a try came to its end."""

    OPENED = "opened"
    REFUSED = "refused"
    HUNG = "hung"
    DIED = "died"
    """The process that tried it ended before libpam said anything."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One try: whether a hidden question was put, what libpam said of the end, and what it showed."""

    service: str
    end: End
    asked: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose password is tried, and from where; `terminal` may be empty."""

    name: str
    uid: int
    terminal: str = ""


Converse = Callable[[Style, str], str | None]
"""Takes what a module says; an answer to a question, None to give up. Called in the parent."""


class _Said(msgspec.Struct, tag=True):
    style: Style
    text: str


class _Ended(msgspec.Struct, tag=True):
    code: int
    text: str


def try_password(
    service: str, who: Who, converse: Converse, *, folder: Path | None = None, deadline: float = DEADLINE
) -> Trial:
    """Authenticate somebody by a service, and return how that went; raises nothing for what modules do.

    `folder` holds service files other than the machine's (Linux-PAM 1.4). As root the child runs as su does, with the
    person's real user id and root's effective one: `pam_rootok` must not let him in.
    """
    ours, childs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        _run_child(childs, service, who, folder)
    childs.close()
    with ours:
        try:
            return _heard(ours, service, converse, deadline)
        finally:
            _end(child)


def _heard(ours: socket.socket, service: str, converse: Converse, patience: float) -> Trial:
    """Answer the child until it ends."""
    asked = False
    deadline = time.monotonic() + patience
    while True:
        ours.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            said = ours.recv(_LARGEST)
            message = msgspec.json.decode(said, type=_Said | _Ended) if said else None
        except TimeoutError:
            return Trial(service, End.HUNG, asked, f"no answer within {patience:.0f} s")
        except (OSError, msgspec.MsgspecError) as error:
            return Trial(service, End.DIED, asked, str(error))
        if message is None:
            return Trial(service, End.DIED, asked, "the process ended without an answer")
        if isinstance(message, _Ended):
            return Trial(service, End.OPENED if message.code == _SUCCESS else End.REFUSED, asked, message.text)
        began = time.monotonic()
        asked |= message.style is Style.PROMPT_HIDDEN
        answer = converse(message.style, message.text)
        deadline += time.monotonic() - began
        if message.style.is_prompt:
            with contextlib.suppress(BrokenPipeError):
                ours.send(b"-" if answer is None else b"+" + os.fsencode(answer))


def _end(child: int) -> None:
    """Kill the child with all that its modules have started; one that cannot die now is left to do so later."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    for _ in range(100):
        if os.waitpid(child, os.WNOHANG)[0] == child:
            return
        time.sleep(0.01)


def _run_child(channel: socket.socket, service: str, who: Who, folder: Path | None) -> None:
    """Be the child; does not return."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.dup2(channel.fileno(), 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        with socket.socket(fileno=3) as kept:
            if os.geteuid() == 0:
                os.setresuid(who.uid, 0, 0)
            ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            # A module that crashes must not leave the password in a file.
            ctypes.CDLL(None).prctl(_MAY_DUMP, 0, 0, 0, 0)
            ended = _transact(kept, service, who, folder)
            kept.send(msgspec.json.encode(ended))
    finally:
        # Neither an exception nor Python's own end may go on as if this were the parent.
        os._exit(0)


class _Message(ctypes.Structure):
    _fields_ = (("style", ctypes.c_int), ("text", ctypes.c_char_p))


class _Response(ctypes.Structure):
    _fields_ = (("text", ctypes.c_void_p), ("code", ctypes.c_int))


_CONVERSE: Final = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(_Message)),
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)


class _Conversation(ctypes.Structure):
    _fields_ = (("converse", _CONVERSE), ("data", ctypes.c_void_p))


def _transact(channel: socket.socket, service: str, who: Who, folder: Path | None) -> _Ended:
    """Authenticate with libpam, every message and answer by way of the parent."""
    libpam: Any = ctypes.CDLL("libpam.so.0")
    libpam.pam_strerror.restype = ctypes.c_char_p
    conversation = _Conversation(_CONVERSE(_Messenger(channel).converse), None)
    handle = ctypes.c_void_p()
    names = (os.fsencode(service), os.fsencode(who.name), ctypes.byref(conversation))
    if folder is None:
        code = libpam.pam_start(*names, ctypes.byref(handle))
    else:
        code = libpam.pam_start_confdir(*names, os.fsencode(folder), ctypes.byref(handle))
    if code != _SUCCESS:
        return _Ended(code, "libpam does not take in the service's files")
    items = {_REMOTE_HOST: REMOTE_HOST, _REMOTE_USER: who.name} | ({_TTY: who.terminal} if who.terminal else {})
    for item, value in items.items():
        code = code or libpam.pam_set_item(handle, item, ctypes.c_char_p(os.fsencode(value)))
    code = code or libpam.pam_authenticate(handle, 0)
    text = libpam.pam_strerror(handle, code).decode(errors="replace")
    libpam.pam_end(handle, code)
    return _Ended(code, text)


class _Messenger:
    """The conversation function: it asks the parent."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._libc: Any = ctypes.CDLL(None)
        self._libc.calloc.restype = ctypes.c_void_p
        self._libc.calloc.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
        self._libc.strdup.restype = ctypes.c_void_p
        self._libc.free.argtypes = (ctypes.c_void_p,)

    def converse(self, count: int, messages: Any, responses: Any, _data: int | None) -> int:
        """Pass on messages, and hand over answers in memory that libpam frees."""
        block = self._libc.calloc(count, ctypes.sizeof(_Response))
        if not block:
            return _BUFFER_ERROR
        given = ctypes.cast(block, ctypes.POINTER(_Response))
        for at, answer in enumerate(self._answers(messages, count)):
            if answer is None:
                for earlier in range(at):
                    self._libc.free(given[earlier].text)
                self._libc.free(block)
                return _CONVERSATION_ERROR
            given[at].text = self._libc.strdup(answer)
        responses[0] = block
        return _SUCCESS

    def _answers(self, messages: Any, count: int) -> Iterator[bytes | None]:
        """Yield an answer to each message, empty where none is wanted, None to give up."""
        for at in range(count):
            message = messages[at].contents
            try:
                said = _Said(Style(message.style), (message.text or b"").decode(errors="replace"))
                self._channel.send(msgspec.json.encode(said))
                if not said.style.is_prompt:
                    yield b""
                    continue
                answer = self._channel.recv(_LARGEST)
            except (OSError, ValueError):
                # A parent that has gone, a message too long for the channel, or of a style that nobody knows.
                yield None
                return
            # Cut at a NUL it would be another password.
            yield answer[1:] if answer.startswith(b"+") and b"\0" not in answer else None
