"""The settings: what may be set, how files of them are read, and what is said of those that cannot be used."""

from __future__ import annotations

from facelatchd.settings.files import SettingsError, SettingsFile, files_of, read_file
from facelatchd.settings.reading import DEFAULT_FILE, check_document, settings_of
from facelatchd.settings.rules import CameraRule, ClassRule, PasswordRule, SeatRule, Settings

__all__ = [
    "DEFAULT_FILE",
    "CameraRule",
    "ClassRule",
    "PasswordRule",
    "SeatRule",
    "Settings",
    "SettingsError",
    "SettingsFile",
    "check_document",
    "files_of",
    "read_file",
    "settings_of",
]
