"""What qemu is told over its monitor, with somebody else at the other end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.vm.emulator import Image, Monitor

GREETING = b'{"QMP": {}}\n{"return": {}}\n'


@dataclass
class Qemu:
    """The far end: `answers` are sent before they are asked for, which a stream does not mind."""

    far: socket.socket
    monitor: Monitor

    def say(self, *answers: object) -> None:
        self.far.sendall(b"".join(json.dumps(answer).encode() + b"\n" for answer in answers))

    def asked(self) -> list[dict[str, object]]:
        text, found = self.far.recv(65536).decode(), []
        while text:
            command, end = json.JSONDecoder().raw_decode(text)
            found.append(command)
            text = text[end:]
        return found


@pytest.fixture
def qemu() -> Iterator[Qemu]:
    near, far = socket.socketpair()
    far.sendall(GREETING)
    with near, far:
        monitor = Monitor(near)
        far.recv(65536)  # what it says first
        yield Qemu(far, monitor)


def test_an_answer_is_found_among_the_events(qemu: Qemu) -> None:
    qemu.say({"event": "RESET"}, {"return": {"running": True}})

    assert qemu.monitor.do("query-status") == {"running": True}


def test_a_refusal_names_the_command(qemu: Qemu) -> None:
    qemu.say({"error": {"class": "GenericError", "desc": "no such key"}})

    with pytest.raises(RuntimeError, match="send-key: no such key"):
        qemu.monitor.do("send-key")


def test_a_text_is_typed_key_by_key(qemu: Qemu) -> None:
    qemu.say({"return": {}}, {"return": {}})
    qemu.monitor.type("A\n")

    keys = [[key["data"] for key in one["arguments"]["keys"]] for one in qemu.asked()]  # type: ignore[index]
    assert keys == [["shift", "a"], ["ret"]]


def test_a_qemu_that_has_ended_is_told_as_such(qemu: Qemu) -> None:
    qemu.far.close()

    with pytest.raises(RuntimeError, match="qemu has ended"):
        qemu.monitor.do("query-status")


def test_the_image_is_never_written_to() -> None:
    command = Image(Path("/image"), Path("/brought")).command("tcg", ["-tpmdev", "x"])

    assert "-snapshot" in command
    assert command[-2:] == ["-tpmdev", "x"]
    assert command[command.index("-nic") :][:2] == ["-nic", "none"]
