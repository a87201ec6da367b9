"""The judge's line parser: it takes lines and nothing else, and the door's parser agrees."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import example, given

from facelatchd.lines import LONGEST_LINE, Line, LineError, read_line, write_line
from tests.fuzz.lines import ANYTHING, WRITTEN
from tests.pam.conftest import parser as parser
from tests.pam.parser import Parser


@pytest.fixture(scope="session")
def lines(parser: ctypes.CDLL) -> Parser:
    return Parser(parser)


def read(raw: bytes) -> Line | None:
    """Read what ends with its line feed; None where it is no line."""
    if not raw.endswith(b"\n"):
        return None
    try:
        return read_line(raw)
    except LineError:
        return None


@given(raw=ANYTHING)
@example(raw=b"X " + b"a=" + b"%" * LONGEST_LINE)
def test_what_is_no_line_is_a_line_error_and_what_is_one_can_be_written(raw: bytes) -> None:
    line = read(raw)
    if line is not None:
        again = write_line(line.word, **line.values)
        assert len(again) <= len(raw)
        assert read_line(again) == line


@given(written=WRITTEN)
@example(written=("A", {"word": "x"}))
@example(written=("A", {"text": "\udcff"}))
def test_what_is_written_reads_back_and_what_cannot_be_is_a_line_error(written: tuple[str, dict[str, str]]) -> None:
    word, values = written
    try:
        raw = write_line(word, **values)
    except LineError:
        assert any("\0" in value or not value.isascii() for value in values.values())
        return
    assert read_line(raw) == Line(word, values)


@given(raw=ANYTHING)
def test_judge_and_door_agree_about_what_is_a_line_and_what_it_says(lines: Parser, raw: bytes) -> None:
    line = read(raw)
    expected = None if line is None else (line.word, line.values)
    assert lines.read(raw, expected) == expected
