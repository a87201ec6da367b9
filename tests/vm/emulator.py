"""The machine from outside: qemu with a TPM, a serial line, a keyboard and a screen."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

START = 20.0
"""Seconds for qemu or swtpm to open its sockets."""

KEYS = {
    " ": "spc", "\n": "ret", "\t": "tab", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
    ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot", "/": "slash",
}  # fmt: skip
SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
"""An American keyboard: by what Shift makes of it, the key."""

PACE = 0.12
"""Seconds between two keys: the emulated keyboard holds 16 bytes, four keys, until the kernel fetches them."""


def keys_of(character: str) -> tuple[str, ...]:
    """Return what is pressed at once for a character, by qemu's names; raises `KeyError` where it has no key."""
    if character in SHIFTED:
        return ("shift", *keys_of(SHIFTED[character]))
    if character.isascii() and character.isalpha():
        return ("shift", character.lower()) if character.isupper() else (character,)
    return (character,) if character.isascii() and character.isdigit() else (KEYS[character],)


@dataclass(frozen=True)
class Image:
    """What build.sh makes, and the folder that the machine sees as /run/brought."""

    folder: Path
    brought: Path

    def command(self, accelerator: str, devices: Sequence[str]) -> list[str]:
        """Return what runs the machine; nothing is written into the image."""
        return [
            "qemu-system-x86_64", "-accel", accelerator, "-cpu", "max", "-m", "3072", "-smp", "2", "-nic", "none",
            "-display", "none", "-vga", "std", "-snapshot",
            "-kernel", f"{self.folder}/kernel", "-initrd", f"{self.folder}/initrd",
            "-append", "root=/dev/vda rw console=ttyS0 quiet loglevel=1 systemd.show_status=false",
            "-drive", f"file={self.folder}/disk,format=raw,if=virtio",
            "-virtfs", f"local,path={self.brought},mount_tag=brought,security_model=none",
            *devices,
        ]  # fmt: skip


class Monitor:
    """qemu's own ear (QMP)."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._stream.readline()  # its greeting
        self.do("qmp_capabilities")

    def do(self, command: str, **arguments: Any) -> Any:
        """Have qemu do something; raises `RuntimeError` where it refuses or has ended."""
        try:
            self._connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
            while line := self._stream.readline():
                answer = json.loads(line)
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    raise RuntimeError(f"qemu: {command}: {answer['error']['desc']}")
        except OSError as error:
            raise RuntimeError(f"qemu has ended: {command}: {error.strerror}") from error
        raise RuntimeError(f"qemu has ended before {command}")

    def press(self, *keys: str) -> None:
        """Press keys at once and let them go."""
        self.do("send-key", keys=[{"type": "qcode", "data": key} for key in keys], **{"hold-time": 50})
        time.sleep(PACE)

    def type(self, text: str) -> None:
        """Type a text on the machine's keyboard; raises `KeyError` for what is not on it."""
        for character in text:
            self.press(*keys_of(character))

    def photograph(self, path: Path) -> None:
        """Write what the machine's screen shows, as PNG."""
        self.do("screendump", filename=str(path), format="png")


class Emulator:
    """The running machine: `serial` is its first serial line. Ends with the context."""

    def __init__(self, image: Image, accelerator: str, *, tpm: bool, scratch: Path) -> None:
        self._image = image
        self._accelerator = accelerator
        self._tpm = tpm
        self._scratch = scratch
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exits:
            devices = exits.enter_context(_tpm(self._scratch)) if self._tpm else []
            for name, device in (("serial", "-serial"), ("monitor", "-qmp")):
                devices += [device, f"unix:{self._scratch / name},server=on,wait=off"]
            command = self._image.command(self._accelerator, devices)
            complaints = exits.enter_context((self._scratch / "qemu.txt").open("wb"))
            self._process = exits.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=complaints))
            exits.callback(self._process.kill)
            self.serial = exits.enter_context(self._connect("serial"))
            self.monitor = Monitor(exits.enter_context(self._connect("monitor")))
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._exits.close()

    def _connect(self, name: str) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        deadline = time.monotonic() + START
        while True:
            try:
                connection.connect(str(self._scratch / name))
            except (FileNotFoundError, ConnectionRefusedError) as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    connection.close()
                    said = (self._scratch / "qemu.txt").read_text(errors="replace")
                    raise RuntimeError(f"qemu does not start: {said.strip()}") from error
                time.sleep(0.1)
            else:
                return connection


@contextlib.contextmanager
def _tpm(folder: Path) -> Iterator[list[str]]:
    """Run a TPM, new and empty, as long as the machine runs; yield what qemu is told of it."""
    state, path = folder / "tpm", folder / "tpm.sock"
    state.mkdir()
    command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--ctrl", f"type=unixio,path={path}"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as swtpm:
        try:
            deadline = time.monotonic() + START
            while not path.exists():
                if swtpm.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("swtpm does not start")
                time.sleep(0.05)
            yield [
                "-chardev", f"socket,id=tpm,path={path}", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                "-device", "tpm-tis,tpmdev=tpm",
            ]  # fmt: skip
        finally:
            swtpm.terminate()


def missing_programs(*, tpm: bool) -> str | None:
    """Return what has to be installed before the machine can run, None where all is there."""
    for program, package in (("qemu-system-x86_64", "qemu-system-x86"), *((("swtpm", "swtpm"),) if tpm else ())):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt-get install {package}"
    return None
