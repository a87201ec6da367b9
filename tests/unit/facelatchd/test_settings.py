"""`facelatch.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.types import Level, ServiceClass
from facelatchd.settings import SettingsError, parse_settings, read_settings


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "none.toml")
    assert settings.class_of("swaylock") is ServiceClass.UNLOCK
    assert settings.class_of("sshd") is ServiceClass.OTHER
    assert settings.rule(ServiceClass.OTHER) is None


def test_elevation_wants_intent_and_the_strictest_level_by_default() -> None:
    rule = parse_settings(b"", "none").rule(ServiceClass.ELEVATE)
    assert rule is not None
    assert rule.intent
    assert rule.level is Level.STRICT


def test_what_a_file_does_not_say_about_a_class_stays_as_it_was() -> None:
    settings = parse_settings(b"[class.elevate]\nallowed = false\n", "f")
    rule = settings.rule(ServiceClass.ELEVATE)
    assert rule is not None
    assert not rule.allowed
    assert rule.intent
    assert settings.class_of("sudo") is ServiceClass.ELEVATE


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"lok = 1", "unknown field `lok`"),
        (b"[look]\nseconds = 'long'", r"Expected `float`.*\$.look.seconds"),
        (b"[look]\nseconds = 1\nno_face_seconds = 2", "no_face_seconds <= seconds"),
        (b"[look]\nseconds = nan", "no_face_seconds <= seconds"),
        (b"[class.unlock]\nlevel = 'sloppy'", r"class\.unlock: .*sloppy.*convenient, balanced, strict"),
        (b"[class.cellar]\nservices = []", r"class\.cellar: expected one of unlock, login, elevate"),
        (b"[class.other]\nservices = ['sshd']", "no rule for it"),
        (b"[class.unlock]\nservices = ['sudo']", "more than one class: sudo"),
        (b"class = 1", "expected tables"),
        (b"[class]\nunlock = 1", r"class\.unlock: Expected"),
        (b"x = \n[look]", "line 1"),
        (b"\xff", "utf-8"),
    ],
)
def test_bad_settings_are_refused_with_the_place_and_what_was_expected(text: bytes, fault: str) -> None:
    with pytest.raises(SettingsError, match=fault) as refusal:
        parse_settings(text, "facelatch.toml")
    assert str(refusal.value).startswith("facelatch.toml: ")


def test_a_file_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path)


def test_the_documentation_shows_the_defaults() -> None:
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
    block = page.split("```toml\n")[1].split("```")[0]
    assert parse_settings(block.encode(), "docs/settings.md") == parse_settings(b"", "defaults")
