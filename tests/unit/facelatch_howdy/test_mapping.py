"""What becomes of each option."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from facelatch.howdy.dropin import text_of
from facelatch.howdy.mapping import NO_FACE_SECONDS, SECONDS, Entry, Fate, entries
from facelatch.howdy.options import Options
from facelatch.types import CameraSummary
from facelatchd.settings import Settings, SettingsFile, settings_of
from tests.unit.facelatch_howdy.trees import VERSION_2, VERSION_3, Sections, ini, with_options

FRONT = CameraSummary("pci-1", "Front", "/dev/video0", "uvcvideo", "046d:0825", False, False, companion="pci-2")
INFRARED = CameraSummary("pci-2", "Front (infrared)", "/dev/video2", "uvcvideo", "046d:0826", True, False)
PAINTED = CameraSummary("platform-1", "Painted", "/dev/video9", "v4l2 loopback", "", False, True)
CAMERAS = (FRONT, INFRARED, PAINTED)


def fates(sections: Sections, cameras: Sequence[CameraSummary] | None = CAMERAS) -> dict[str, Entry]:
    options = Options.parse(ini(sections).encode(), "config.ini")
    return {entry.name: entry for entry in entries(options, cameras)}


def settings(sections: Sections) -> Settings:
    """What the daemon makes of the drop-in; it raises where it would refuse it."""
    return settings_of([SettingsFile.parse("10-howdy.toml", text_of(fates(sections).values()).encode())])


@pytest.mark.parametrize("sections", [VERSION_2, VERSION_3], ids=["2.6.1", "3.0.0"])
def test_every_option_as_howdy_comes_has_a_fate_and_sets_nothing(sections: Sections) -> None:
    found = fates(sections)
    assert list(found) == [name for named in sections.values() for name in named]
    assert {entry.fate for entry in found.values()} == {Fate.HOLDS, Fate.NO_COUNTERPART}
    assert all(entry.text for entry in found.values())
    assert text_of(found.values()) == ""


def test_what_howdy_has_as_its_own_choice_is_ours() -> None:
    assert {rule.seconds for rule in Settings(rules=settings(VERSION_3).rules).rules.values()} == {SECONDS}
    assert {rule.no_face_seconds for rule in settings(VERSION_3).rules.values()} == {NO_FACE_SECONDS}


def test_a_howdy_that_is_turned_off_leaves_the_face_off() -> None:
    rules = settings(with_options(VERSION_3, disabled="true")).rules.values()
    assert len(rules) == 3
    assert not any(rule.allowed for rule in rules)


@pytest.mark.parametrize(
    ("timeout", "seconds", "no_face"), [("7", 7, 2.5), ("1", 1, 1), ("0", 0.5, 0.5), ("99", 30, 2.5)]
)
def test_the_time_of_a_look_is_taken_over_within_bounds(timeout: str, seconds: float, no_face: float) -> None:
    for rule in settings(with_options(VERSION_2, timeout=timeout)).rules.values():
        assert (rule.seconds, rule.no_face_seconds) == (seconds, no_face)


def test_a_time_that_the_pam_module_does_not_wait_for_says_so() -> None:
    assert "timeout=9" in fates(with_options(VERSION_2, timeout="8"))["timeout"].text
    assert "timeout=" not in fates(with_options(VERSION_2, timeout="5"))["timeout"].text


def test_a_lid_that_shut_nothing_shuts_nothing() -> None:
    assert settings(with_options(VERSION_2, ignore_closed_lid="false")).seat.lid is False
    assert settings(with_options(VERSION_3, abort_if_lid_closed="no")).seat.lid is False


def test_a_face_from_afar_is_never_taken_over() -> None:
    sections = with_options(VERSION_3, abort_if_ssh="false")
    assert fates(sections)["abort_if_ssh"].fate is Fate.REFUSED
    assert settings(sections).seat.required is True


def test_a_nod_is_asked_for_where_howdy_did() -> None:
    sections = with_options(VERSION_3, enabled="true")
    assert {rule.intent.value for rule in settings(sections).rules.values()} == {"gesture"}
    other = with_options(VERSION_3, enabled="true", stamp_rules="\n\thotkey 5s failsafe")
    assert fates(other)["enabled"].fate is Fate.NO_COUNTERPART
    assert "hotkey" in fates(other)["enabled"].text


def test_a_bound_of_howdys_is_never_taken_for_one_of_ours() -> None:
    for certainty in ("2", "3.5", "9"):
        entry = fates(with_options(VERSION_3, certainty=certainty))["certainty"]
        assert (entry.fate, entry.settings) == (Fate.NO_COUNTERPART, {})
        assert ("stricter" in entry.text) == (certainty == "2")


def test_pictures_that_howdy_kept_are_told_of() -> None:
    assert "remove it yourself" in fates(VERSION_2)["capture_failed"].text
    assert "remove it yourself" not in fates(VERSION_3)["save_failed"].text


def test_what_no_version_has_is_told_and_sets_nothing() -> None:
    entry = fates(VERSION_3 | {"telepathy": {"range": "5"}})["range"]
    assert (entry.fate, entry.settings) == (Fate.UNKNOWN, {})


# --- the camera -------------------------------------------------------------------------------------------------------


def camera(device: str, cameras: Sequence[CameraSummary] | None = CAMERAS) -> Entry:
    return fates(with_options(VERSION_3, device_path=device), cameras)["device_path"]


def test_a_camera_is_taken_over_by_what_it_is_not_by_its_number(tmp_path: Path) -> None:
    link = tmp_path / "pci-0000:00:14.0-usb-0:5:1.0-video-index0"
    link.symlink_to("/dev/video0")
    assert camera("/dev/video0").settings == {"camera.use": "pci-1"}
    assert camera(str(link)).settings == {"camera.use": "pci-1"}
    assert fates({"video": {"device_id": "0"}})["device_id"].settings == {"camera.use": "pci-1"}


def test_an_infrared_camera_gives_way_to_the_one_that_it_belongs_to() -> None:
    entry = camera("/dev/video2")
    assert (entry.fate, entry.settings) == (Fate.TAKEN, {"camera.use": "pci-1"})
    alone = camera("/dev/video2", (INFRARED,))
    assert (alone.fate, alone.settings) == (Fate.REFUSED, {})


@pytest.mark.parametrize(
    ("device", "cameras"),
    [
        ("/dev/video9", CAMERAS),
        ("/dev/video7", CAMERAS),
        ("/dev/null", CAMERAS),
        ("/dev/video0", None),
        ("/dev/video0", ()),
    ],
    ids=["virtual", "not there", "no camera", "no daemon", "no cameras"],
)
def test_no_other_camera_is_taken_over(device: str, cameras: Sequence[CameraSummary] | None) -> None:
    entry = camera(device, cameras)
    assert (entry.fate, entry.settings) == (Fate.REFUSED, {})


FLAGS = some.sampled_from(["true", "false", "yes", "off", "1"])


@given(
    disabled=FLAGS, lid=FLAGS, ssh=FLAGS, stamps=FLAGS, timeout=some.floats(-1e6, 1e6).map(str),
    device=some.sampled_from(["none", "/dev/video0", "/dev/video2", "/dev/video9", "/nowhere%s"]),
)  # fmt: skip
def test_whatever_howdy_was_set_to_the_daemon_accepts_what_comes_of_it(
    disabled: str, lid: str, ssh: str, stamps: str, timeout: str, device: str
) -> None:
    sections = with_options(
        VERSION_3, disabled=disabled, abort_if_lid_closed=lid, abort_if_ssh=ssh, enabled=stamps, timeout=timeout,
        device_path=device,
    )  # fmt: skip
    found = settings(sections)
    assert found.seat.required
    assert found.camera.use in ("", "pci-1")
    assert found.camera.bind
