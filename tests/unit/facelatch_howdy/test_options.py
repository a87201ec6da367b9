"""Howdy's file of options."""

from __future__ import annotations

import pytest

from facelatch.howdy.folder import HowdyError
from facelatch.howdy.options import Options
from tests.unit.facelatch_howdy.trees import VERSION_2, ini, with_options

FILE = "/etc/howdy/config.ini"


def parse(text: str) -> Options:
    return Options.parse(text.encode(), FILE)


def test_a_percent_sign_is_only_a_percent_sign() -> None:
    options = parse(ini(with_options(VERSION_2, device_path="/dev/v4l/by-path/pci%2D0:1.0")))
    assert options.text("video", "device_path") == "/dev/v4l/by-path/pci%2D0:1.0"


def test_what_earlier_versions_called_an_option_counts() -> None:
    options = parse("[core]\nignore_ssh = no\n[video]\ntimout = 7\n")
    assert options.flag("core", "abort_if_ssh", True) is False
    assert options.number("video", "timeout", 4) == 7
    assert ("video", "timeout", "timout", "7") in list(options)


@pytest.mark.parametrize("text", ["[video]\ntimout = 7\ntimeout = 3\n", "[video]\ntimeout = 3\ntimout = 7\n"])
def test_of_an_option_that_stands_there_under_both_names_the_newer_counts(text: str) -> None:
    assert parse(text).number("video", "timeout", 4) == 3


@pytest.mark.parametrize("word", ["true", "Yes", "on", "1"])
def test_yes_is_said_in_howdys_words(word: str) -> None:
    assert parse(f"[core]\ndisabled = {word}\n").flag("core", "disabled", False) is True


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[core]\ndisabled = perhaps\n", "disabled", r"\[core\] disabled: expected true or false, not 'perhaps'"),
        ("[core]\nignore_ssh =\n", "abort_if_ssh", r"\[core\] ignore_ssh: expected true or false, not ''"),
    ],
)
def test_a_word_that_is_neither_yes_nor_no_is_named(text: str, name: str, said: str) -> None:
    with pytest.raises(HowdyError, match=f"{FILE}: {said}"):
        parse(text).flag("core", name, True)


@pytest.mark.parametrize("value", ["soon", "nan", "inf", "-inf", "1e999", ""])
def test_what_is_no_finite_number_is_named(value: str) -> None:
    with pytest.raises(HowdyError, match=rf"{FILE}: \[video\] timeout: expected a number"):
        parse(f"[video]\ntimeout = {value}\n").number("video", "timeout", 4)


@pytest.mark.parametrize(
    "text",
    ["no section = 1\n", "[core]\nword\n", "[core\n", "[core]\na = 1\na = 2\n", "[core]\n[core]\n"],
)
def test_what_howdy_could_not_read_either_is_named_with_file_and_line(text: str) -> None:
    with pytest.raises(HowdyError, match=rf"{FILE}.*line.*mend the file"):
        parse(text)


def test_what_is_not_utf_8_is_named_with_its_line() -> None:
    with pytest.raises(HowdyError, match=rf"{FILE}:2: expected UTF-8, not the byte 0xe9"):
        Options.parse(b"[core]\n# caf\xe9\n", FILE)
