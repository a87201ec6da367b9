"""`facelatch.toml`: read whole, refused whole."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from facelatch.types import Level, ServiceClass

DEFAULT_FILE: Final = Path("/etc/facelatch/facelatch.toml")


class SettingsError(ValueError):
    """Settings that cannot be used; the text names the file, the place in it and what was expected."""


class ClassRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for one service class."""

    services: tuple[str, ...]
    allowed: bool = True
    level: Level = Level.BALANCED
    liveness: bool = True
    intent: bool = False


class Looks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a look may take, in seconds: `seconds` in all, `no_face_seconds` while there is no face at all."""

    seconds: float = 4.0
    no_face_seconds: float = 2.5


class CameraChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which camera is used: its id or path; empty is the first that is not virtual."""

    use: str = ""


def _default_rules() -> dict[ServiceClass, ClassRule]:
    return {
        ServiceClass.UNLOCK: ClassRule(
            services=(
                "kde", "kde-face", "kscreenlocker", "swaylock", "hyprlock", "i3lock", "xscreensaver", "xsecurelock",
                "cinnamon-screensaver", "mate-screensaver", "xfce4-screensaver", "gnome-screensaver",
            ),
        ),
        ServiceClass.LOGIN: ClassRule(
            services=("gdm-password", "gdm-fingerprint", "sddm", "lightdm", "greetd", "login"),
        ),
        ServiceClass.ELEVATE: ClassRule(
            services=("sudo", "sudo-i", "su", "su-l", "polkit-1"), level=Level.STRICT, intent=True,
        ),
    }  # fmt: skip


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"rules": "class"}):
    """All settings. What a file does not say about a class is taken from that class's default."""

    look: Looks = Looks()
    camera: CameraChoice = CameraChoice()
    rules: dict[ServiceClass, ClassRule] = {}

    def rule(self, service_class: ServiceClass) -> ClassRule | None:
        """Return the rule of a class, None for a class that has none."""
        return self.rules.get(service_class)

    def class_of(self, service: str) -> ServiceClass:
        """Return the class of a PAM service; one that no class names is `other`, which is never allowed."""
        for service_class, rule in self.rules.items():
            if service in rule.services:
                return service_class
        return ServiceClass.OTHER


def _over_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with each class's missing keys taken from that class's default rule."""
    defaults: dict[str, Any] = msgspec.to_builtins(_default_rules())
    classes = document.get("class", {})
    if not isinstance(classes, dict):
        return document
    named = {
        name: defaults.get(name, {}) | table if isinstance(table, dict) else table for name, table in classes.items()
    }
    return document | {"class": defaults | named}


def _check_classes(document: dict[str, Any], where: str) -> None:
    """Check the classes one by one: msgspec's own message does not say in which of them a mistake is."""
    classes = document["class"]
    if not isinstance(classes, dict):
        raise SettingsError(f"{where}: class: expected tables such as [class.unlock]")
    known = [service_class.value for service_class in ServiceClass]
    for name, table in classes.items():
        if name not in known:
            raise SettingsError(f"{where}: class.{name}: expected one of {', '.join(known[:-1])}")
        if name == ServiceClass.OTHER.value:
            raise SettingsError(f"{where}: class.other: what no class names is refused, there is no rule for it")
        try:
            msgspec.convert(table, ClassRule)
        except msgspec.ValidationError as error:
            levels = ", ".join(level.value for level in Level)
            hint = f" (expected one of {levels})" if "enum" in str(error) else ""
            raise SettingsError(f"{where}: class.{name}: {error}{hint}") from error


def read_settings(path: Path, choices: Path | None = None) -> Settings:
    """Return the settings of the administrator's file, with what was chosen over the bus on top.

    A file that is not there says nothing. Raises `SettingsError`.
    """
    return settings_over(path, read_document(choices) if choices else {}, str(choices))


def settings_over(path: Path, document: dict[str, Any], where: str) -> Settings:
    """Return the settings of the administrator's file with a document on top that comes from `where`.

    Raises `SettingsError` for either; the administrator's must be good without the other, too.
    """
    administrators = read_document(path)
    settings = _checked(administrators, str(path))
    return _checked(_merged(administrators, document), where) if document else settings


def read_document(path: Path) -> dict[str, Any]:
    """Return what a file of settings says, unchecked; a file that is not there says nothing. Raises `SettingsError`."""
    try:
        return _document(path.read_bytes(), str(path))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error


def _document(text: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{where}: {error}") from error


def _merged(below: Any, above: Any) -> Any:
    """Return one document laid over another: tables key by key, everything else as a whole."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _merged(below[key], value) if key in below else value for key, value in above.items()}


def parse_settings(text: bytes, where: str) -> Settings:
    """Return validated settings over the defaults; raises `SettingsError`."""
    return _checked(_document(text, where), where)


def _checked(document: dict[str, Any], where: str) -> Settings:
    try:
        document = _over_defaults(document)
        _check_classes(document, where)
        settings = msgspec.convert(document, Settings)
    except (msgspec.ValidationError, RecursionError) as error:
        raise SettingsError(f"{where}: {error}") from error
    if not 0.5 <= settings.look.no_face_seconds <= settings.look.seconds <= 30:
        raise SettingsError(f"{where}: look: expected 0.5 <= no_face_seconds <= seconds <= 30")
    named = [service for rule in settings.rules.values() for service in rule.services]
    if twice := {service for service in named if named.count(service) > 1}:
        raise SettingsError(f"{where}: in more than one class: {', '.join(sorted(twice))}")
    return settings
