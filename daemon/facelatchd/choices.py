"""What was chosen over the bus: a small file of the judge's own that lies on top of the administrator's settings."""

from __future__ import annotations

import contextlib
import threading
import tomllib
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from facelatchd.replacement import replacing
from facelatchd.settings import Settings, SettingsError, SettingsFile, files_of, read_file, settings_of

_HEADING: Final = "# Chosen over the bus; it lies on top of facelatch.toml. Remove this file to take it all back.\n\n"


class _InForce(msgspec.Struct, frozen=True):
    settings: Settings
    sources: tuple[str, ...]

    @classmethod
    def of(cls, administrators: Sequence[SettingsFile], chosen: SettingsFile | None) -> _InForce:
        """Raise `SettingsError` where the files cannot be used."""
        files = [*administrators, chosen] if chosen else administrators
        return cls(settings_of(administrators, chosen), tuple(file.name for file in files))


class Choices:
    """The settings in force: the administrator's files, which the judge never writes, and the choices above them.

    Whoever looks finds the last good ones, whole. May be used from several threads: of a choice and a reload at once
    one comes after the other, so that no choice is lost.
    """

    def __init__(self, administrators: Path, chosen: Path) -> None:
        """Read all; raises `SettingsError`."""
        self._administrators = administrators
        self._chosen = chosen
        self._changing = threading.Lock()
        self._in_force = self._read()

    def _read(self) -> _InForce:
        return _InForce.of(files_of(self._administrators), read_file(self._chosen))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._in_force.settings

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that the settings in force were read from, the lowest first."""
        return self._in_force.sources

    def reload(self) -> None:
        """Read all files anew; raises `SettingsError`, and then what was in force before stays so."""
        with self._changing:
            self._in_force = self._read()

    def choose(self, *keys: str, **values: Any) -> None:
        """Write values into a table of the chosen file, and put them in force.

        Raises `SettingsError` where they are none that can be used, or cannot be written; then nothing has changed.
        """
        with self._changing:
            administrators = files_of(self._administrators)
            text = self._changed(keys, values)
            # without its text: a line of a file that is not written yet would help nobody
            chosen = SettingsFile(str(self._chosen), tomllib.loads(text))
            in_force = _InForce.of(administrators, chosen)
            self._write(text)
            self._in_force = in_force

    def _changed(self, keys: Sequence[str], values: dict[str, Any]) -> str:
        """Return the chosen file's text with values put into a table; what else it says stays, comments as well.

        What tomlkit adds to tables that stand in pieces gets lost (0.13): such a file is written anew, behind all lines
        that were comments.
        """
        import tomlkit  # hardly ever anything is chosen, and the judge starts faster without it
        from tomlkit.exceptions import TOMLKitError

        before = read_file(self._chosen) or SettingsFile(str(self._chosen), {}, _HEADING)
        wanted = before.document
        self._put(wanted, keys, values)
        with contextlib.suppress(TOMLKitError, tomllib.TOMLDecodeError):
            edited = tomlkit.parse(before.text)
            self._put(edited, keys, values)
            text = tomlkit.dumps(edited)
            if tomllib.loads(text) == wanted:
                return text
        comments = [line for line in before.text.split("\n") if line.startswith("#")]
        return "\n".join([*comments, "", tomlkit.dumps(wanted)])

    def _put(self, document: MutableMapping[str, Any], keys: Sequence[str], values: dict[str, Any]) -> None:
        table: Any = document
        for key in keys:
            table = table.setdefault(key, {})
            if not isinstance(table, MutableMapping):
                raise SettingsError(f"{self._chosen}: {key}: expected a table")
        table.update(values)

    def _write(self, text: str) -> None:
        try:
            with replacing(self._chosen) as file:
                file.write(text.encode())
        except OSError as error:
            raise SettingsError(f"{self._chosen}: cannot be written ({error.strerror})") from error
