"""What was chosen over the bus: a small file of the judge's own that lies on top of the administrator's settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import tomlkit

from facelatchd.settings import Settings, SettingsError, read_document, read_settings, settings_over

_HEADING: Final = "Chosen over the bus; it lies on top of facelatch.toml. Remove this file to take it all back."


class Choices:
    """The settings in force: the administrator's file, which the judge never writes, and the choices above it."""

    def __init__(self, administrators: Path, chosen: Path) -> None:
        """Read both; raises `SettingsError`."""
        self._administrators = administrators
        self._chosen = chosen
        self.settings: Settings = read_settings(administrators, chosen)

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that there are."""
        return tuple(str(path) for path in (self._administrators, self._chosen) if path.exists())

    def reload(self) -> None:
        """Read both files anew; raises `SettingsError`, and then what was in force before stays so."""
        self.settings = read_settings(self._administrators, self._chosen)

    def choose(self, *keys: str, **values: Any) -> None:
        """Write values into a table of the chosen file, and put them in force.

        Raises `SettingsError` where they are none that can be used, or cannot be written; then nothing has changed.
        """
        document = read_document(self._chosen)
        table: Any = document
        for key in keys:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise SettingsError(f"{self._chosen}: {key}: expected a table")
        table.update(values)
        settings = settings_over(self._administrators, document, str(self._chosen))
        fresh = self._chosen.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                file.write(f"# {_HEADING}\n\n{tomlkit.dumps(document)}".encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._chosen)
        except OSError as error:
            raise SettingsError(f"{self._chosen}: cannot be written ({error.strerror})") from error
        finally:
            fresh.unlink(missing_ok=True)
        self.settings = settings
