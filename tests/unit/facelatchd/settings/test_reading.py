"""One set of settings out of several files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as some

from facelatch.types import Intent, Level, Liveness, ServiceClass
from facelatchd.settings import Settings, SettingsError
from tests.unit.facelatchd.written import parse_settings, read_settings

TREE = Path(__file__).parents[4]


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Where the administrator's file would be."""
    return tmp_path / "etc" / "facelatch.toml"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    return path


def drop_in(theirs: Path, name: str, text: str) -> Path:
    return write(theirs.parent / "conf.d" / name, text)


def refusal(theirs: Path, choices: Path | None = None) -> str:
    """What is said of files that cannot be used."""
    with pytest.raises(SettingsError) as refused:
        read_settings(theirs, choices)
    return str(refused.value)


# --- defaults ---------------------------------------------------------------------------------------------------------


def test_without_a_file_the_defaults_hold(theirs: Path) -> None:
    settings = read_settings(theirs)
    assert settings.class_of("swaylock") is ServiceClass.UNLOCK
    assert settings == parse_settings(b"", "nothing")


@pytest.mark.parametrize("service", ["sshd", "cron", "other", "Sudo", "sudo ", "", "kde-smartcard"])
def test_a_service_that_is_not_on_the_list_has_no_rule(service: str) -> None:
    settings = parse_settings(b"", "nothing")
    assert settings.class_of(service) is ServiceClass.OTHER
    assert settings.rule(settings.class_of(service)) is None


def test_elevation_wants_intent_and_the_strictest_level_by_default() -> None:
    rule = parse_settings(b"", "none").rules[ServiceClass.ELEVATE]
    assert (rule.intent, rule.level, rule.liveness) == (Intent.KEY, Level.STRICT, Liveness.PASSIVE)


def test_by_default_the_password_is_wanted_after_a_start_three_days_five_mismatches_and_an_enrolment() -> None:
    rule = parse_settings(b"", "none").password
    assert (rule.after_boot, rule.after_hours, rule.after_mismatches, rule.after_enrolment) == (True, 72.0, 5, True)
    assert rule.after_suspend_hours == 0


def test_what_a_file_does_not_say_about_a_class_stays_as_it_was() -> None:
    settings = parse_settings(b"[class.elevate]\nallowed = false\n", "f")
    rule = settings.rules[ServiceClass.ELEVATE]
    assert (rule.allowed, rule.intent) == (False, Intent.KEY)
    assert settings.class_of("sudo") is ServiceClass.ELEVATE


def test_the_documentation_shows_the_defaults() -> None:
    block = (TREE / "docs" / "settings.md").read_text().split("```toml\n")[1].split("```")[0]
    assert parse_settings(block.encode(), "docs/settings.md") == parse_settings(b"", "defaults")


def test_the_documentation_shows_every_key() -> None:
    block = (TREE / "docs" / "settings.md").read_text().split("```toml\n")[1].split("```")[0]
    assert _leaves(tomlkit.parse(block).unwrap()) == _values(parse_settings(b"", "defaults"))


# --- drop-ins ---------------------------------------------------------------------------------------------------------


def test_drop_ins_lie_on_top_of_the_file_in_the_order_of_their_names(theirs: Path) -> None:
    write(theirs, "[camera]\nuse = 'file'\nbind = false\n[class.unlock]\nlevel = 'convenient'\n")
    drop_in(theirs, "20-desk.toml", "[camera]\nuse = 'twenty'\n")
    drop_in(theirs, "10-desk.toml", "[camera]\nuse = 'ten'\n[class.unlock]\nallowed = false\n")
    settings = read_settings(theirs)
    assert (settings.camera.use, settings.camera.bind) == ("twenty", False)
    assert (settings.rules[ServiceClass.UNLOCK].allowed, settings.rules[ServiceClass.UNLOCK].level) == (
        False,
        Level.CONVENIENT,
    )


def test_drop_ins_hold_without_the_file_beside_them(theirs: Path) -> None:
    drop_in(theirs, "one.toml", "[camera]\nuse = 'one'\n")
    assert read_settings(theirs).camera.use == "one"


@pytest.mark.parametrize("name", ["notes.txt", "one.toml~", ".one.toml.swp", ".hidden.toml", "one.toml.bak"])
def test_what_is_no_drop_in_by_its_name_is_not_read(theirs: Path, name: str) -> None:
    drop_in(theirs, name, "nonsense")
    assert read_settings(theirs) == parse_settings(b"", "nothing")


def test_a_mistake_in_a_drop_in_is_named_by_its_own_name_and_line(theirs: Path) -> None:
    write(theirs, "[camera]\nuse = 'usb-1'\n")
    drop_in(theirs, "10-good.toml", "[seat]\nlid = false\n")
    bad = drop_in(theirs, "20-bad.toml", "# a\n[camera]\nbindd = true\n")
    assert refusal(theirs) == f"{bad}:3: camera.bindd: is unknown; did you mean bind?"


def test_a_drop_in_heals_no_mistake_below_it(theirs: Path) -> None:
    write(theirs, "[camera]\nuse = 3\n")
    drop_in(theirs, "one.toml", "[camera]\nuse = 'usb-1'\n")
    assert refusal(theirs).startswith(f"{theirs}:2: camera.use: ")


def test_two_files_that_do_not_go_together_are_refused_by_the_upper_ones_name_and_line(theirs: Path) -> None:
    write(theirs, "[class.unlock]\nservices = ['door']\n")
    upper = drop_in(theirs, "one.toml", "\n[class.login]\nservices = ['door']\n")
    assert refusal(theirs).startswith(f"{upper}:3: ")
    assert '"door" is in more than one class, unlock and login' in refusal(theirs)


def test_a_service_is_moved_from_one_class_to_another_in_two_lines(theirs: Path) -> None:
    write(theirs, "[class.unlock]\nservices = ['sudo']\n")
    drop_in(theirs, "one.toml", "[class.elevate]\nservices = ['su']\n")
    assert read_settings(theirs).class_of("sudo") is ServiceClass.UNLOCK


# --- choices ----------------------------------------------------------------------------------------------------------


def test_choices_lie_on_top_of_everything(theirs: Path, tmp_path: Path) -> None:
    drop_in(theirs, "zz.toml", "[camera]\nuse = 'zz'\n")
    choices = write(tmp_path / "choices.toml", "[camera]\nuse = 'chosen'\n")
    assert read_settings(theirs, choices).camera.use == "chosen"


def test_choices_heal_no_mistake_of_the_administrators(theirs: Path, tmp_path: Path) -> None:
    write(theirs, "[class.unlock]\nno_face_seconds = 5.0\n")
    choices = write(tmp_path / "choices.toml", "[class.unlock]\nseconds = 6.0\n")
    assert refusal(theirs, choices).startswith(f"{theirs}:2: class.unlock.no_face_seconds: ")


def test_choices_that_do_not_go_with_the_rest_are_blamed_themselves(theirs: Path, tmp_path: Path) -> None:
    write(theirs, "[class.unlock]\nno_face_seconds = 3.5\n")
    choices = write(tmp_path / "choices.toml", "[class.unlock]\nseconds = 3.0\n")
    assert refusal(theirs, choices).startswith(f"{choices}:2: class.unlock.no_face_seconds: expected no more than")


@pytest.mark.parametrize("content", ["rubbish", "\0", "[class.unlock]\nallowed = 'no'\n", "[[class]]\n", "a.b.c = 1\n"])
def test_rubbish_in_the_choices_is_refused_by_their_name(theirs: Path, tmp_path: Path, content: str) -> None:
    choices = write(tmp_path / "choices.toml", content)
    assert refusal(theirs, choices).startswith(f"{choices}:")


# --- any two files ----------------------------------------------------------------------------------------------------

names = some.text("abc", min_size=1, max_size=3)
rules = some.fixed_dictionaries(
    {},
    optional={
        "allowed": some.booleans(),
        "level": some.sampled_from([level.value for level in Level]),
        "liveness": some.sampled_from([liveness.value for liveness in Liveness]),
        "intent": some.sampled_from([intent.value for intent in Intent]),
        "seconds": some.floats(4.0, 30.0),
        "no_face_seconds": some.floats(0.5, 4.0),
    },
)
documents = some.fixed_dictionaries(
    {},
    optional={
        "password": some.fixed_dictionaries({}, optional={"after_hours": some.floats(0, 8760)}),
        "camera": some.fixed_dictionaries({}, optional={"use": names, "trusted": some.lists(names, max_size=2)}),
        "seat": some.fixed_dictionaries({}, optional={"lid": some.booleans()}),
        "class": some.dictionaries(some.sampled_from(["unlock", "login", "elevate"]), rules),
    },
)


def _leaves(document: dict[str, Any], *place: str) -> dict[tuple[str, ...], Any]:
    """All values of a document, by their places."""
    found: dict[tuple[str, ...], Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            found |= _leaves(value, *place, key)
        else:
            found[*place, key] = tuple(value) if isinstance(value, list) else value
    return found


def _values(settings: Settings) -> dict[tuple[str, ...], Any]:
    return _leaves(msgspec.to_builtins(settings))


@given(lower=documents, upper=documents, top=documents)
def test_each_value_is_the_uppermost_files_that_says_it_else_the_default(
    lower: dict[str, Any], upper: dict[str, Any], top: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        theirs = write(Path(folder, "facelatch.toml"), tomlkit.dumps(lower))
        drop_in(theirs, "one.toml", tomlkit.dumps(upper))
        values = _values(read_settings(theirs, write(Path(folder, "choices.toml"), tomlkit.dumps(top))))
    assert values == _values(parse_settings(b"", "defaults")) | _leaves(lower) | _leaves(upper) | _leaves(top)
