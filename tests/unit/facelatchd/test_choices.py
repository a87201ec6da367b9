"""What is chosen over the bus lies on top of the administrator's settings, is written whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facelatch.types import Level, ServiceClass
from facelatchd.choices import Choices
from facelatchd.settings import SettingsError, read_settings

ADMINISTRATORS = """\
[camera]
use = "usb-1"
[class.elevate]
level = "balanced"
services = ["sudo"]
"""


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "facelatch.toml"
    path.write_text(ADMINISTRATORS)
    return path


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "choices.toml"


@pytest.fixture
def choices(theirs: Path, chosen: Path) -> Choices:
    return Choices(theirs, chosen)


def elevate(choices: Choices) -> tuple[bool, Level, tuple[str, ...]]:
    rule = choices.settings.rules[ServiceClass.ELEVATE]
    return rule.allowed, rule.level, rule.services


def test_without_choices_the_administrators_settings_hold(choices: Choices, theirs: Path) -> None:
    assert choices.settings == read_settings(theirs)
    assert choices.sources == (str(theirs),)


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "none.toml", tmp_path / "neither.toml")
    assert choices.settings == read_settings(tmp_path / "none.toml")
    assert choices.sources == ()


def test_a_choice_is_in_force_at_once_and_after_the_next_start(choices: Choices, theirs: Path, chosen: Path) -> None:
    choices.choose("class", "elevate", allowed=False)
    for one in (choices, Choices(theirs, chosen)):
        assert elevate(one) == (False, Level.BALANCED, ("sudo",))
        assert one.settings.camera.use == "usb-1"
        assert one.sources == (str(theirs), str(chosen))
    assert theirs.read_text() == ADMINISTRATORS


def test_a_choice_leaves_those_before_it(choices: Choices) -> None:
    choices.choose("class", "elevate", allowed=False)
    choices.choose("camera", use="usb-2")
    choices.choose("class", "elevate", level="strict", intent=False)
    choices.choose("class", "unlock", liveness=False)
    assert elevate(choices) == (False, Level.STRICT, ("sudo",))
    assert not choices.settings.rules[ServiceClass.ELEVATE].intent
    assert not choices.settings.rules[ServiceClass.UNLOCK].liveness
    assert choices.settings.camera.use == "usb-2"


def test_a_choice_may_be_taken_back_by_another(choices: Choices) -> None:
    choices.choose("camera", use="")
    assert choices.settings.camera.use == "", "the administrator's camera is overruled by none"


def test_the_file_says_what_it_is(choices: Choices, chosen: Path) -> None:
    for camera in ("usb-2", "usb-3"):
        choices.choose("camera", use=camera)
        heading, *rest = chosen.read_text().splitlines()
        assert heading.startswith("# Chosen over the bus")
        assert not any(line.startswith("#") for line in rest)


@pytest.mark.parametrize(
    "text",
    [
        "class = {elevate = {allowed = true}, unlock = {intent = true}}\n",
        "class.elevate.allowed = true\nclass.unlock.intent = true\n",
        "[class.elevate]\nallowed = true\n[look]\nseconds = 5.0\n[class.unlock]\nintent = true\n",
    ],
)
def test_a_choice_fits_in_however_the_file_is_written(theirs: Path, chosen: Path, text: str) -> None:
    chosen.write_text(text)
    choices = Choices(theirs, chosen)
    choices.choose("class", "elevate", allowed=False)
    choices.choose("class", "login", intent=True)
    for one in (choices, Choices(theirs, chosen)):
        assert not one.settings.rules[ServiceClass.ELEVATE].allowed
        assert one.settings.rules[ServiceClass.UNLOCK].intent
        assert one.settings.rules[ServiceClass.LOGIN].intent


@pytest.mark.parametrize(
    ("keys", "values", "fault"),
    [
        (("class", "elevate"), {"level": "sloppy"}, r"class\.elevate: .*sloppy"),
        (("class", "elevate"), {"allowed": "yes"}, r"class\.elevate: Expected `bool`"),
        (("class", "other"), {"allowed": True}, r"class\.other: what no class names"),
        (("class", "unlock"), {"services": ["sudo"]}, "more than one class: sudo"),
        (("camera",), {"use": 3}, r"Expected `str`.*\$\.camera\.use"),
        (("cellar",), {"door": "open"}, "unknown field `cellar`"),
    ],
)
def test_a_bad_choice_changes_nothing_and_is_named(
    choices: Choices, chosen: Path, keys: tuple[str, ...], values: dict[str, object], fault: str
) -> None:
    choices.choose("camera", use="usb-2")
    before, written = choices.settings, chosen.read_bytes()
    with pytest.raises(SettingsError, match=fault) as refusal:
        choices.choose(*keys, **values)
    assert str(refusal.value).startswith(f"{chosen}: ")
    assert choices.settings is before
    assert chosen.read_bytes() == written
    assert os.listdir(chosen.parent) == [chosen.name]


def test_a_file_that_cannot_be_written_changes_nothing_and_is_named(theirs: Path, tmp_path: Path) -> None:
    choices = Choices(theirs, tmp_path / "gone" / "choices.toml")
    before = choices.settings
    with pytest.raises(SettingsError, match=r"choices\.toml: cannot be written \(No such file"):
        choices.choose("camera", use="usb-2")
    assert choices.settings is before


def test_a_choice_that_stops_half_way_leaves_the_file_as_it_was(
    choices: Choices, chosen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    choices.choose("camera", use="usb-2")
    before, written = choices.settings, chosen.read_bytes()
    monkeypatch.setattr("facelatchd.choices.os.fsync", fail)
    with pytest.raises(SettingsError, match="No space left"):
        choices.choose("camera", use="usb-3")
    assert choices.settings is before
    assert chosen.read_bytes() == written
    assert os.listdir(chosen.parent) == [chosen.name]


def test_who_reads_the_file_while_it_is_written_reads_all_of_the_old_one(choices: Choices, chosen: Path) -> None:
    choices.choose("camera", use="usb-2")
    written = chosen.read_text()
    with chosen.open() as reader:
        choices.choose("camera", use="usb-3")
        assert reader.read() == written


# --- files that others have spoilt ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [b"nonsense", b"\xff", b"class = 1", b"camera = 1", b"lok = 1"])
def test_a_broken_file_of_choices_is_named_and_what_was_in_force_stays(
    choices: Choices, chosen: Path, text: bytes
) -> None:
    before = choices.settings
    chosen.write_bytes(text)
    for change in (choices.reload, lambda: choices.choose("camera", use="usb-3"), lambda: Choices(*_both(choices))):
        with pytest.raises(SettingsError) as refusal:
            change()
        assert str(refusal.value).startswith(f"{chosen}: ")
    assert choices.settings is before
    assert chosen.read_bytes() == text


def _both(choices: Choices) -> tuple[Path, Path]:
    return choices._administrators, choices._chosen


def test_a_table_that_is_none_is_no_fault_of_the_judges(choices: Choices, chosen: Path) -> None:
    chosen.write_text("class = 1")
    with pytest.raises(SettingsError, match="class: expected a table"):
        choices.choose("class", "elevate", allowed=False)


def test_a_choice_mends_the_value_that_was_spoilt(choices: Choices, chosen: Path) -> None:
    chosen.write_text("[camera]\nuse = 3\n")
    with pytest.raises(SettingsError, match="use"):
        choices.reload()
    choices.choose("camera", use="usb-3")
    choices.reload()
    assert choices.settings.camera.use == "usb-3"


def test_a_broken_file_of_the_administrators_is_named_and_nothing_is_written_over_it(
    choices: Choices, theirs: Path, chosen: Path
) -> None:
    theirs.write_text("nonsense")
    for change in (choices.reload, lambda: choices.choose("camera", use="usb-3")):
        with pytest.raises(SettingsError) as refusal:
            change()
        assert str(refusal.value).startswith(f"{theirs}: ")
    assert choices.settings.camera.use == "usb-1"
    assert not chosen.exists()


def test_what_the_administrator_writes_later_holds_below_the_choices(choices: Choices, theirs: Path) -> None:
    choices.choose("class", "elevate", allowed=False)
    theirs.write_text("[class.elevate]\nallowed = true\nlevel = 'convenient'\n")
    choices.reload()
    allowed, level, _services = elevate(choices)
    assert (allowed, level) == (False, Level.CONVENIENT)


def test_without_its_file_all_choices_are_taken_back(choices: Choices, theirs: Path, chosen: Path) -> None:
    choices.choose("class", "elevate", allowed=False)
    chosen.unlink()
    choices.reload()
    assert choices.settings == read_settings(theirs)
