"""What others chose is shown on one line, and controls nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatchd.terminal import columns, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sudo id", "sudo id"),
        ("a\x1b[2Jb\r\n\x07c", "a?[2Jb ?c"),
        ("\x1b]0;title\x07sudo id", "?]0;title?sudo id"),
        ("sudo id\x9b2J", "sudo id?2J"),
        ("sudo apt upgrade" + 44 * " " + "; evil", "sudo apt upgrade ; evil"),
        ("x" * 100 + "y" * 100, "x" * 58 + " … " + "y" * 58),
        ("safe\u202eevil", "safe?evil"),
        ("\u2066isolated\u2069 \u200bzero", "?isolated? ?zero"),
        ("sudo id" + "\u3164" * 3 + "\u2800\uffa0\u1160; evil", "sudo id??????; evil"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 5, "e\u0301\u0301???"),
    ],
)
def test_a_command_line_is_made_safe_to_print(text: str, shown: str) -> None:
    assert printable(text, 120) == shown


def test_wide_letters_take_two_columns() -> None:
    assert columns("面部 id") == 7
    shown = printable("面" * 100, 40)
    assert shown.count("面") == 36 // 2
    assert columns(shown) <= 40


@given(st.text(max_size=400), st.integers(16, 200))
def test_no_text_controls_a_terminal_or_is_wider_than_there_is_room(text: str, width: int) -> None:
    shown = printable(text, width)
    assert shown.isprintable()
    assert columns(shown) <= width
    assert printable(shown, width) == shown


@given(st.text(st.characters(codec="utf-8"), min_size=50, max_size=400), st.integers(16, 40))
def test_the_end_of_a_long_text_is_shown(text: str, width: int) -> None:
    shown, whole = printable(text, width), printable(text, 10_000)
    if shown != whole:
        assert " … " in shown
        assert whole.endswith(shown.rpartition(" … ")[2])


def test_a_width_in_which_nothing_can_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        printable("sudo", 15)
