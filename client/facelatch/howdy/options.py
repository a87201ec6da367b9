"""Howdy's options as its file has them: read as Howdy reads them, without interpolation of percent signs."""

from __future__ import annotations

import configparser
import math
from collections.abc import Iterator
from typing import Final

from facelatch.howdy.folder import HowdyError

FORMER: Final = {
    ("core", "ignore_ssh"): "abort_if_ssh",
    ("core", "ignore_closed_lid"): "abort_if_lid_closed",
    ("snapshots", "capture_failed"): "save_failed",
    ("snapshots", "capture_successful"): "save_successful",
    ("video", "timout"): "timeout",
    ("video", "device_id"): "device_path",
}
"""What earlier versions called an option; Howdy 2.6 has the first four."""

_WORDS: Final = configparser.RawConfigParser.BOOLEAN_STATES


class Options:
    """The options of one file, by section and name; of one that stands there under two names, the newer counts."""

    def __init__(self, file: str, values: dict[tuple[str, str], tuple[str, str]]) -> None:
        self._file = file
        self._values = values

    @classmethod
    def parse(cls, content: bytes, file: str) -> Options:
        """Return what a file says; raises `HowdyError`, which names file and line."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise HowdyError(f"{file}:{line}: expected UTF-8, not the byte 0x{content[error.start]:02x}") from error
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text, file)
        except configparser.Error as error:
            raise HowdyError(f"{' '.join(str(error).split())}; mend the file") from error
        values: dict[tuple[str, str], tuple[str, str]] = {}
        for section in parser.sections():
            for written, value in parser.items(section):
                name = FORMER.get((section, written), written)
                if name == written or (section, name) not in values:
                    values[section, name] = (written, value.strip())
        return cls(file, values)

    def __iter__(self) -> Iterator[tuple[str, str, str, str]]:
        """Give section, name, name as it is written, and value of each."""
        for (section, name), (written, value) in self._values.items():
            yield section, name, written, value

    def text(self, section: str, name: str, default: str = "") -> str:
        """Return a value as it stands there."""
        return self._values.get((section, name), ("", default))[1]

    def flag(self, section: str, name: str, default: bool) -> bool:
        """Return yes or no; raises `HowdyError` for what is neither."""
        if (section, name) not in self._values:
            return default
        value = self.text(section, name)
        try:
            return _WORDS[value.lower()]
        except KeyError:
            raise self._wrong(section, name, "true or false") from None

    def number(self, section: str, name: str, default: float) -> float:
        """Return a finite number; raises `HowdyError` for anything else."""
        if (section, name) not in self._values:
            return default
        try:
            value = float(self.text(section, name))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self._wrong(section, name, "a number")
        return value

    def _wrong(self, section: str, name: str, expected: str) -> HowdyError:
        written, value = self._values[section, name]
        return HowdyError(
            f"{self._file}: [{section}] {written}: expected {expected}, not {value[:60]!r}; mend the file"
        )
