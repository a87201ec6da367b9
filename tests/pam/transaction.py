"""A real libpam transaction in a process of its own, on a private folder of service files.

As a command it prints one JSON object; `run_transaction` starts that command and returns what it printed. The process
is its own because a PAM module may leave descriptors and output behind, and because sanitizers must be loaded first.

Needs Linux-PAM 1.4 or later (`pam_start_confdir`).
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import dataclasses
import enum
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ANSWERS = "TRANSACTION_ANSWERS"
"""Environment variable with the answers as JSON: on the command line they would stand in the question for intent."""

ESTABLISH_CREDENTIALS = 0x2
SILENT = 0x8000


class Code(enum.IntEnum):
    """The PAM return codes that a stack of ours can give; the numbers are Linux-PAM's."""

    SUCCESS = 0
    SYSTEM_ERR = 4
    PERM_DENIED = 6
    AUTH_ERR = 7
    AUTHINFO_UNAVAIL = 9
    USER_UNKNOWN = 10
    MAXTRIES = 11
    CONV_ERR = 19
    IGNORE = 25
    ABORT = 26
    MODULE_UNKNOWN = 28


class Style(enum.IntEnum):
    """What a module asks of the conversation."""

    PROMPT_ECHO_OFF = 1
    PROMPT_ECHO_ON = 2
    ERROR_MSG = 3
    TEXT_INFO = 4


class Item(enum.IntEnum):
    """What the application tells the stack."""

    TTY = 3
    RHOST = 4
    RUSER = 8


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One transaction.

    `seconds` is what pam_authenticate took. `written` is what reached standard output and error meanwhile, `log` the
    system log's lines (only where they were asked for), `descriptors` those open afterwards and not before.
    """

    code: int
    name: str
    messages: list[tuple[str, str]]
    seconds: float
    again: list[str]
    setcred: int | None
    written: str
    log: list[str]
    descriptors: list[int]


class TransactionError(RuntimeError):
    """The process of a transaction ended without telling how the transaction did."""


def run_transaction(
    confdir: Path,
    service: str,
    user: str,
    *,
    answers: Sequence[str] = (),
    answer_after: float = 0.0,
    silent: bool = False,
    setcred: bool = False,
    tty: str | None = None,
    rhost: str | None = None,
    ruser: str | None = None,
    times: int = 1,
    log_up_to: int | None = None,
    environment: Mapping[str, str] | None = None,
    python: Sequence[str] = (sys.executable,),
    patience: float = 60.0,
) -> Outcome:
    """Authenticate `user` against `confdir/service` in a process of its own and return how it went.

    Each prompt takes the next of `answers` after `answer_after` seconds; when none is left the conversation fails.
    `times` authenticates again and again on the same handle; `code`, `messages` and `seconds` are the last one's, and
    `again` names the codes of all. `log_up_to` (a syslog priority, 0 to 7) collects what is logged at that priority and
    above, in the place of standard error. `environment` is added to the process's; raises `TransactionError` where the
    process dies or writes no outcome, `subprocess.TimeoutExpired` after `patience` seconds.
    """
    command = [*python, str(Path(__file__).resolve()), f"--confdir={confdir}", f"--service={service}", f"--user={user}"]
    command += [f"--answer-after={answer_after}", f"--times={times}"]
    command += ["--silent"] * silent + ["--setcred"] * setcred
    command += [f"--tty={tty}"] * (tty is not None) + [f"--rhost={rhost}"] * (rhost is not None)
    command += [f"--ruser={ruser}"] * (ruser is not None)
    command += [f"--log-up-to={log_up_to}"] * (log_up_to is not None)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=patience,
        env={**os.environ, ANSWERS: json.dumps(list(answers)), **(environment or {})},
        check=False,
    )
    if done.returncode != 0 or not done.stdout:
        raise TransactionError(f"the transaction's process ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    told["messages"] = [(style, text) for style, text in told["messages"]]
    return Outcome(**told)


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


_Converse = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(_Message)),
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)


class _Conversation(ctypes.Structure):
    _fields_ = [("converse", _Converse), ("data", ctypes.c_void_p)]


class _Person:
    """Answers prompts from a list and remembers what was shown."""

    def __init__(self, answers: Sequence[str], answer_after: float) -> None:
        self.messages: list[tuple[str, str]] = []
        self._answers = list(answers)
        self._answer_after = answer_after
        self._libc = ctypes.CDLL(None)
        self._libc.calloc.restype = ctypes.c_void_p
        self._libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
        self._libc.strdup.restype = ctypes.c_void_p
        self._libc.strdup.argtypes = [ctypes.c_char_p]

    def converse(self, count: int, messages: Any, responses: Any, _data: int | None) -> int:
        """Do what the application's conversation function does; libpam frees what is handed over."""
        block = self._libc.calloc(count, ctypes.sizeof(_Response))
        given = ctypes.cast(block, ctypes.POINTER(_Response))
        for index in range(count):
            message = messages[index].contents
            style = Style(message.style)
            self.messages.append((style.name, (message.text or b"").decode("utf-8", "surrogateescape")))
            if style in (Style.PROMPT_ECHO_OFF, Style.PROMPT_ECHO_ON):
                if not self._answers:
                    ctypes.CDLL(None).free(ctypes.c_void_p(block))
                    return Code.CONV_ERR
                time.sleep(self._answer_after)
                given[index].text = self._libc.strdup(os.fsencode(self._answers.pop(0)))
        responses[0] = block
        return Code.SUCCESS


def _name(code: int) -> str:
    try:
        return f"PAM_{Code(code).name}"
    except ValueError:
        return f"PAM code {code}"


def _must(function: Callable[..., int], *arguments: object) -> None:
    code = function(*arguments)
    if code != Code.SUCCESS:
        raise SystemExit(f"{getattr(function, '__name__', function)}: {_name(code)}")


def _descriptors() -> set[int]:
    return {int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")}


def _transact(wanted: argparse.Namespace) -> dict[str, Any]:
    pam = ctypes.CDLL(ctypes.util.find_library("pam") or "libpam.so.0")
    answers = json.loads(os.environ.get(ANSWERS, "[]"))
    person = _Person(answers, wanted.answer_after)
    conversation = _Conversation(_Converse(person.converse), None)
    handle = ctypes.c_void_p()
    names = os.fsencode(wanted.service), os.fsencode(wanted.user)
    confdir = os.fsencode(wanted.confdir)
    _must(pam.pam_start_confdir, *names, ctypes.byref(conversation), confdir, ctypes.byref(handle))
    for item, value in ((Item.TTY, wanted.tty), (Item.RHOST, wanted.rhost), (Item.RUSER, wanted.ruser)):
        if value is not None:
            _must(pam.pam_set_item, handle, int(item), ctypes.c_char_p(os.fsencode(value)))
    flags = SILENT if wanted.silent else 0
    before = _descriptors()
    codes = []
    for _ in range(wanted.times):
        person.messages.clear()
        started = time.monotonic()
        codes.append(pam.pam_authenticate(handle, flags))
        seconds = time.monotonic() - started
    setcred = pam.pam_setcred(handle, flags | ESTABLISH_CREDENTIALS) if wanted.setcred else None
    leaked = sorted(_descriptors() - before)
    _must(pam.pam_end, handle, codes[-1])
    return {
        "code": codes[-1],
        "name": _name(codes[-1]),
        "messages": person.messages,
        "seconds": seconds,
        "again": [_name(code) for code in codes],
        "setcred": setcred,
        "descriptors": leaked,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--confdir", required=True, help="folder of PAM service files")
    parser.add_argument("--service", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--answer-after", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--tty")
    parser.add_argument("--rhost")
    parser.add_argument("--ruser")
    parser.add_argument("--times", type=int, default=1, help="authenticate so many times on one handle")
    parser.add_argument("--silent", action="store_true", help="with PAM_SILENT")
    parser.add_argument("--setcred", action="store_true", help="establish credentials afterwards")
    parser.add_argument("--log-up-to", type=int, metavar="PRIORITY", help="collect the system log up to this priority")
    return parser.parse_args()


def main() -> None:
    """Run one transaction with standard output and error caught, and print how it went."""
    wanted = _arguments()
    told_to = os.dup(1)
    caught = os.memfd_create("caught")
    os.dup2(caught, 1)
    os.dup2(caught, 2)
    libc = ctypes.CDLL(None)
    if wanted.log_up_to is not None:
        perror, authpriv = 0x20, 10 << 3
        libc.openlog(b"transaction", perror, authpriv)
        libc.setlogmask((1 << (wanted.log_up_to + 1)) - 1)
    outcome: dict[str, Any] = {}
    try:
        outcome = _transact(wanted)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        text = os.pread(caught, 1 << 20, 0).decode("utf-8", "replace")
        if not outcome:
            os.write(told_to, text.encode())
    logged = wanted.log_up_to is not None
    outcome |= {"written": "" if logged else text, "log": text.splitlines() if logged else []}
    os.write(told_to, json.dumps(outcome).encode() + b"\n")


if __name__ == "__main__":
    main()
