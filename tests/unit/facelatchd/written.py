"""Settings that a test has written."""

from __future__ import annotations

from pathlib import Path

from facelatchd.settings import Settings, SettingsFile, files_of, read_file, settings_of


def parse_settings(text: bytes, name: str) -> Settings:
    """Return the settings of one file's content; raises `SettingsError`."""
    return settings_of([SettingsFile.parse(name, text)])


def read_settings(administrators: Path, choices: Path | None = None) -> Settings:
    """Return the settings of the administrator's file and its drop-ins, with what was chosen over the bus on top."""
    return settings_of(files_of(administrators), read_file(choices) if choices else None)
