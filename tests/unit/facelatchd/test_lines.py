"""The door's lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatchd.lines import LONGEST_LINE, LineError, read_line, write_line

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)
keys = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(st.dictionaries(keys, texts, max_size=4))
def test_what_is_written_is_read_again(values: dict[str, str]) -> None:
    line = read_line(write_line("VERIFY", **values))
    assert line.word == "VERIFY"
    assert line.values == values


@given(st.binary(max_size=300))
def test_random_bytes_are_a_line_or_a_line_error(raw: bytes) -> None:
    try:
        line = read_line(raw)
    except LineError:
        return
    assert line.word.isupper()


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"\n", "word"),
        (b"verify v=1\n", "word"),
        (b"VERIFY v\n", "key=value"),
        (b"VERIFY v=1 v=2\n", "twice"),
        (b"VERIFY user=%0\n", "hexadecimal"),
        (b"VERIFY user=%zz\n", "hexadecimal"),
        (b"VERIFY user=a%00b\n", "%00"),
        (b"VERIFY user=%ff\n", "UTF-8"),
        (b"VERIFY user=a\tb\n", "percent-encoded"),
        (b"VERIFY  v=1\n", "key=value"),
        (b"VERIFY user=" + b"a" * LONGEST_LINE, "longer"),
    ],
)
def test_a_broken_line_is_refused_with_what_is_wrong(raw: bytes, fault: str) -> None:
    with pytest.raises(LineError, match=fault):
        read_line(raw)


def test_an_unknown_key_is_kept_and_a_missing_one_is_empty() -> None:
    line = read_line(b"VERIFY later=yes\n")
    assert line.get("later") == "yes"
    assert line.get("user") == ""


def test_a_line_that_would_be_too_long_is_not_written() -> None:
    with pytest.raises(LineError, match="longer"):
        write_line("TELL", text="ä" * 1000)
