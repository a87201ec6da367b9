"""What is chosen over the bus lies on top of the administrator's settings, is written whole, or not at all."""

from __future__ import annotations

import os
import threading
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as some

from facelatch.types import Intent, Level, Liveness, ServiceClass
from facelatchd.choices import Choices
from facelatchd.settings import SettingsError
from tests.unit.facelatchd.written import read_settings

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
    choices.choose("class", "elevate", level="strict", intent="none")
    choices.choose("class", "unlock", liveness="active", seconds=9.5)
    assert elevate(choices) == (False, Level.STRICT, ("sudo",))
    assert choices.settings.rules[ServiceClass.ELEVATE].intent is Intent.NONE
    unlock = choices.settings.rules[ServiceClass.UNLOCK]
    assert (unlock.liveness, unlock.seconds) == (Liveness.ACTIVE, 9.5)
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
        "class = {elevate = {allowed = true}, unlock = {intent = 'key'}} # why\n",
        "# why\nclass.elevate.allowed = true\nclass.unlock.intent = 'key'\n",
        "# why\n[class.elevate]\nallowed = true\n[seat]\nlid = false\n[class.unlock]\nintent = 'key'\n",
    ],
)
def test_a_choice_fits_in_however_the_file_is_written(theirs: Path, chosen: Path, text: str) -> None:
    chosen.write_text(text)
    choices = Choices(theirs, chosen)
    choices.choose("class", "elevate", allowed=False)
    choices.choose("class", "login", intent="gesture")
    for one in (choices, Choices(theirs, chosen)):
        assert not one.settings.rules[ServiceClass.ELEVATE].allowed
        assert one.settings.rules[ServiceClass.UNLOCK].intent is Intent.KEY
        assert one.settings.rules[ServiceClass.LOGIN].intent is Intent.GESTURE
    assert "# why" in chosen.read_text()


def test_what_somebody_has_noted_in_the_file_stays_there(choices: Choices, chosen: Path) -> None:
    chosen.write_text("# ours\n\n[camera]\n# the one on the desk\nuse = 'usb-1'   # left\n\n# the end\n")
    choices.choose("camera", use="usb-2")
    choices.choose("class", "unlock", allowed=False)
    text = chosen.read_text()
    for note in ("# ours\n\n[camera]\n# the one on the desk\nuse = ", "# left", "# the end"):
        assert note in text
    assert "Chosen over the bus" not in text


leaves = some.booleans() | some.text("ab# ='\"\n", max_size=5) | some.integers(0, 9)
tables = some.dictionaries(some.sampled_from(["allowed", "use", "a b"]), leaves, max_size=3)


@given(some.dictionaries(some.sampled_from(["elevate", "unlock", "x.y"]), tables, max_size=3), some.booleans())
def test_a_change_of_any_file_says_what_it_should_and_leaves_the_rest(
    tmp_path_factory: pytest.TempPathFactory, classes: dict[str, dict[str, object]], inline: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / "choices.toml"
    table = tomlkit.inline_table() if inline else tomlkit.table()
    table.update(classes)
    path.write_text(f"# why\n{tomlkit.dumps({'class': table})}")
    path.chmod(0o600)
    choices = Choices(folder / "none.toml", folder / "another.toml")
    choices._chosen = path
    text = choices._changed(("class", "elevate"), {"level": "strict"})
    wanted = {**classes, "elevate": {**classes.get("elevate", {}), "level": "strict"}}
    assert tomllib.loads(text) == {"class": wanted}
    assert text.startswith("# why\n")


@pytest.mark.parametrize(
    ("keys", "values", "fault"),
    [
        (("class", "elevate"), {"level": "sloppy"}, r"class\.elevate\.level: expected .*sloppy"),
        (("class", "elevate"), {"allowed": "yes"}, r"class\.elevate\.allowed: expected true or false, not \"yes\""),
        (("class", "elevate"), {"seconds": 2.0}, r"class\.elevate\.no_face_seconds: expected no more than seconds"),
        (("class", "other"), {"allowed": True}, r"class\.other: what no class names"),
        (("class", "unlock"), {"services": ["sudo"]}, '"sudo" is in more than one class'),
        (("camera",), {"use": 3}, r"camera\.use: expected the id or path of a camera.*, not 3"),
        (("cellar",), {"door": "open"}, "cellar: is unknown"),
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
    monkeypatch.setattr("os.fsync", fail)
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
        assert str(refusal.value).startswith((f"{chosen}: ", f"{chosen}:1: "))
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
        assert str(refusal.value).startswith(f"{theirs}:1: ")
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


def test_drop_ins_are_below_the_choices_and_named_among_the_sources(
    choices: Choices, theirs: Path, chosen: Path
) -> None:
    choices.choose("class", "elevate", allowed=False)
    drop_in = theirs.parent / "conf.d" / "one.toml"
    drop_in.parent.mkdir(0o755)
    drop_in.write_text("[class.elevate]\nallowed = true\nintent = 'none'\n")
    choices.reload()
    rule = choices.settings.rules[ServiceClass.ELEVATE]
    assert (rule.allowed, rule.intent) == (False, Intent.NONE)
    assert choices.sources == (str(theirs), str(drop_in), str(chosen))


def test_a_bad_reload_leaves_settings_and_sources_of_the_last_good_one(choices: Choices, theirs: Path) -> None:
    before = choices.settings, choices.sources
    (theirs.parent / "conf.d").touch()
    with pytest.raises(SettingsError, match=r"conf\.d: cannot be read"):
        choices.reload()
    assert (choices.settings, choices.sources) == before


# --- at once ----------------------------------------------------------------------------------------------------------


def test_a_reload_that_began_before_a_choice_does_not_take_it_back(
    choices: Choices, chosen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()
    read = Choices._read

    def read_slowly(self: Choices) -> object:
        found = read(self)
        reading.set()
        go_on.wait(5)
        return found

    monkeypatch.setattr(Choices, "_read", read_slowly)
    reload = threading.Thread(target=choices.reload)
    reload.start()
    reading.wait(5)
    choice = threading.Thread(target=choices.choose, args=("camera",), kwargs={"use": "usb-9"})
    choice.start()
    choice.join(0.1)
    go_on.set()
    for thread in (reload, choice):
        thread.join(5)
    assert choices.settings.camera.use == "usb-9"


def test_choices_that_are_made_at_once_are_all_kept(choices: Choices, theirs: Path, chosen: Path) -> None:
    threads = [
        threading.Thread(target=choices.choose, args=("class", name), kwargs={"seconds": 9.0 + number})
        for number, name in enumerate(("unlock", "login", "elevate"))
    ] + [threading.Thread(target=choices.reload) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    for one in (choices, Choices(theirs, chosen)):
        assert sorted(rule.seconds for rule in one.settings.rules.values()) == [9.0, 10.0, 11.0]
