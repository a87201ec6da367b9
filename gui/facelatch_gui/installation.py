"""Installing a pack with the administrator's rights: runs the command, which knows how, and hears how far it is."""

from __future__ import annotations

import enum
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, QSocketNotifier, Signal

DISMISSED: Final = 126
"""pkexec's exit code where its question was closed."""

NOT_AUTHORISED: Final = 127
"""pkexec's exit code where the password was not given, or nobody could ask for it."""

LONGEST_LINE: Final = 1024 * 1024
"""Bytes. The last line names every file of the pack: a few kilobytes."""

translate = QCoreApplication.translate


class Outcome(enum.Enum):
    """How an installation ended."""

    INSTALLED = "installed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Line(msgspec.Struct):
    """What the command writes with `--json`, one object a line: a step of a download, an error, or the pack at last."""

    download: str = ""
    done: int = 0
    total: int | None = None
    error: str = ""
    text: str = ""
    folder: str = ""
    """The pack's; only the last line of an installation that succeeded has it."""


def install_command(pack: str) -> list[str]:
    """Return what installs a pack, by its name or its file's path.

    It goes through pkexec, which asks for the administrator's password, unless this is root already.
    """
    program = shutil.which("facelatch") or str(Path(sys.executable).with_name("facelatch"))
    words = [program, "pack", "install", pack, "--json"]
    return words if os.geteuid() == 0 else ["pkexec", *words]


class Installation(QObject):
    """One installation, from `start` to `ended`."""

    progressed = Signal(str, float)
    """What is being fetched, and how much of it has come: 0 to 1, below 0 where the size is not known."""

    ended = Signal(Outcome, str)
    """The outcome, and where it failed what went wrong, for a person."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)
        if (application := QCoreApplication.instance()) is not None:
            application.aboutToQuit.connect(self.cancel)  # or Qt would wait for it, unseen, for half a minute
        self._pipe: int | None = None
        self._notifier: QSocketNotifier | None = None
        self._rest = b""
        self._cancelled = False
        self._last = Line()

    def start(self, words: Sequence[str]) -> None:
        """Run the command of these words.

        It writes into a pipe of ours: what pkexec has started as root cannot be signalled, but a pipe that is closed
        ends it at its next line. QProcess would go on reading its own pipe to the end.
        """
        reading, writing = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(reading, False)
        self._pipe = reading
        self._notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._process.setStandardInputFile(QProcess.nullDevice())
        self._process.setStandardOutputFile(f"/proc/self/fd/{writing}")
        self._process.start(words[0], list(words[1:]))
        os.close(writing)

    def cancel(self) -> None:
        """End it; what has been fetched is kept, so that the next time goes on from there."""
        self._cancelled = True
        self._close()
        self._process.terminate()

    def _read(self) -> None:
        """Take what has come; a line that is none of ours is left out."""
        while self._pipe is not None:
            try:
                chunk = os.read(self._pipe, 64 * 1024)
            except BlockingIOError:
                return
            if not chunk or len(self._rest) > LONGEST_LINE:
                self._close()
                return
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                self._hear(line)

    def _hear(self, text: bytes) -> None:
        try:
            line = msgspec.json.decode(text, type=Line)
        except msgspec.DecodeError:
            return
        if line.download:
            self.progressed.emit(line.download, line.done / line.total if line.total else -1.0)
        else:
            self._last = line

    def _close(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _finish(self, code: int) -> None:
        self._read()
        self._close()
        if code == 0 and self._last.folder:
            self.ended.emit(Outcome.INSTALLED, "")
        elif self._cancelled or (code == DISMISSED and not self._last.error):
            self.ended.emit(Outcome.CANCELLED, "")
        else:
            self.ended.emit(Outcome.FAILED, self._problem(code))

    def _problem(self, code: int) -> str:
        if self._last.text:
            return self._last.text
        if code == NOT_AUTHORISED:
            return translate("Installation", "The administrator's password was not given, so nothing was installed.")
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if said:
            return said.splitlines()[-1]
        return translate("Installation", "The command ended with code {code} and did not say why.").format(code=code)

    def _fail(self, error: QProcess.ProcessError) -> None:
        """Tell of a command that could not be started; any other end comes to `_finish`."""
        if error is QProcess.ProcessError.FailedToStart:
            self._close()
            program = self._process.program()
            self.ended.emit(
                Outcome.FAILED,
                translate(
                    "Installation", "“{program}” could not be started. Install it, or run the command yourself."
                ).format(program=program),
            )
