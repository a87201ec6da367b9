"""`facelatch.toml`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as some

from facelatch.types import Level, ServiceClass
from facelatchd.settings import Settings, SettingsError, parse_settings, read_settings, settings_over


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
        (b"[class.other]\nallowed = true", "no rule for it"),
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


# --- one file over another --------------------------------------------------------------------------------------------


def test_a_class_that_only_the_upper_file_names_is_over_the_default() -> None:
    settings = settings_over(Path("none.toml"), {"class": {"unlock": {"intent": True}}}, "choices")
    rule = settings.rules[ServiceClass.UNLOCK]
    assert rule == msgspec.structs.replace(parse_settings(b"", "defaults").rules[ServiceClass.UNLOCK], intent=True)


def test_two_good_files_that_do_not_go_together_are_refused_by_the_upper_ones_name(tmp_path: Path) -> None:
    lower, upper = tmp_path / "facelatch.toml", tmp_path / "choices.toml"
    lower.write_text("[class.unlock]\nservices = ['door']\n")
    upper.write_text("[class.login]\nservices = ['door']\n")
    assert read_settings(upper).class_of("door") is ServiceClass.LOGIN
    with pytest.raises(SettingsError, match=r"choices\.toml: in more than one class: door"):
        read_settings(lower, upper)


def test_the_upper_file_does_not_heal_the_lower_one(tmp_path: Path) -> None:
    lower, upper = tmp_path / "facelatch.toml", tmp_path / "choices.toml"
    lower.write_text("[camera]\nuse = 3\n")
    upper.write_text("[camera]\nuse = 'usb-1'\n")
    with pytest.raises(SettingsError, match=r"facelatch\.toml: .*camera\.use"):
        read_settings(lower, upper)


names = some.text("abc", min_size=1, max_size=3)
rules = some.fixed_dictionaries(
    {},
    optional={
        "allowed": some.booleans(),
        "level": some.sampled_from([level.value for level in Level]),
        "liveness": some.booleans(),
        "intent": some.booleans(),
    },
)
documents = some.fixed_dictionaries(
    {},
    optional={
        "look": some.fixed_dictionaries({}, optional={"seconds": some.floats(4.0, 30.0)}),
        "camera": some.fixed_dictionaries({}, optional={"use": names}),
        "class": some.dictionaries(some.sampled_from(["unlock", "login", "elevate"]), rules),
    },
)


def _said(document: dict[str, Any], *keys: str) -> list[Any]:
    """What a document says at a place: one value, or none."""
    found: Any = document
    for key in keys:
        if key not in found:
            return []
        found = found[key]
    return [found]


def _values(settings: Settings) -> dict[tuple[str, ...], Any]:
    """All that a document of `documents` may have set."""
    values = {
        ("class", name.value, key): value
        for name, rule in settings.rules.items()
        for key, value in msgspec.to_builtins(rule).items()
    }
    return values | {("look", "seconds"): settings.look.seconds, ("camera", "use"): settings.camera.use}


@given(lower=documents, upper=documents)
def test_each_value_is_the_upper_files_else_the_lower_ones_else_the_default(
    lower: dict[str, Any], upper: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        paths = Path(folder, "facelatch.toml"), Path(folder, "choices.toml")
        for path, document in zip(paths, (lower, upper), strict=True):
            path.write_text(tomlkit.dumps(document))
        values = _values(read_settings(*paths))
    defaults = _values(parse_settings(b"", "defaults"))
    assert values.keys() == defaults.keys()
    for place, value in values.items():
        assert [value] == (_said(upper, *place) or _said(lower, *place) or [defaults[place]])


def test_the_documentation_shows_the_defaults() -> None:
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
    block = page.split("```toml\n")[1].split("```")[0]
    assert parse_settings(block.encode(), "docs/settings.md") == parse_settings(b"", "defaults")
