"""One set of settings out of several files: laid over one another key by key, and used whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from facelatchd.settings.faults import Fault, dotted, faults_of, joint_faults
from facelatchd.settings.files import SettingsError, SettingsFile
from facelatchd.settings.rules import DEFAULT_RULES, Settings

DEFAULT_FILE: Final = Path("/etc/facelatch/facelatch.toml")


def settings_of(administrators: Sequence[SettingsFile], choices: SettingsFile | None = None) -> Settings:
    """Return the settings of files, the lowest first, with what was chosen over the bus on top.

    Raises `SettingsError`. The administrator's must be good without the choices, so that these can be removed.
    """
    settings = _together(administrators)
    return _together([*administrators, choices]) if choices else settings


def check_document(document: dict[str, Any]) -> None:
    """Raise `SettingsError`, without a file's name, where something is wrong with what a document says by itself."""
    for fault in faults_of(document):
        raise SettingsError(f"{dotted(fault.places[0])}: {fault.text}")


def _together(files: Sequence[SettingsFile]) -> Settings:
    for file in files:
        for fault in faults_of(file.document):
            raise _blamed(fault, [file])
    document: dict[str, Any] = {}
    for file in files:
        document = _merged(document, file.document)
    settings = msgspec.convert(_over_defaults(document), Settings)
    for fault in joint_faults(settings):
        raise _blamed(fault, files)
    return settings


def _merged(below: Any, above: Any) -> Any:
    """Return one document laid over another: tables key by key, everything else as a whole."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _merged(below[key], value) if key in below else value for key, value in above.items()}


def _over_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with each class's missing keys taken from that class's default rule."""
    defaults: dict[str, Any] = {"class": msgspec.to_builtins(DEFAULT_RULES)}
    return {**document, "class": _merged(defaults, document)["class"]}


def _blamed(fault: Fault, files: Sequence[SettingsFile]) -> SettingsError:
    """Return the error of the topmost file that has a part in a fault; the defaults never have one."""
    file, place = next((file, place) for file in reversed(files) for place in fault.places if file.says(place))
    return SettingsError(f"{file.at(place)}: {dotted(fault.places[0])}: {fault.text}")
