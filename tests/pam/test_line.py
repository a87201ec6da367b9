"""The parser in C against a reference in Python, and against the judge's own."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facelatchd.lines import read_line, write_line
from tests.fuzz.lines import ANYTHING, KEYS, TEXTS
from tests.pam.parser import LIMIT, Line, Parser, reference


@pytest.fixture(scope="session")
def lines(parser: ctypes.CDLL) -> Parser:
    return Parser(parser)


@given(raw=ANYTHING)
@example(raw=b"")
@example(raw=b"A\n")
@example(raw=b"A x=\n")
@example(raw=b"A x=" + b"a" * (LIMIT - 5) + b"\n")
@example(raw=b"A x=" + b"a" * (LIMIT - 4) + b"\n")
@example(raw=b"A" * LIMIT + b"\n")
@example(raw=b"A" + b" x=" * 1365)
@example(raw=b"A" + b"".join(b" x%d=" % n for n in range(600)) + b"\n")
@example(raw=b"A x1= x=2 x11=3\n")
def test_the_door_reads_what_the_contract_calls_a_line_and_nothing_else(lines: Parser, raw: bytes) -> None:
    expected = reference(raw)
    assert lines.read(raw, expected) == expected


@given(values=st.dictionaries(KEYS, TEXTS, max_size=4))
def test_what_the_door_writes_reads_back(lines: Parser, values: dict[str, str]) -> None:
    raw = lines.write("VERIFY", {key: value.encode() for key, value in values.items()})
    assert raw is not None
    assert reference(raw) == ("VERIFY", values)


@given(raw=st.one_of(st.binary(max_size=12), TEXTS.map(str.encode)).filter(lambda raw: b"\0" not in raw))
def test_the_door_writes_utf8_only(lines: Parser, raw: bytes) -> None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        assert lines.write("ANSWER", {"text": raw}) is None
    else:
        assert lines.write("ANSWER", {"text": raw}) is not None


@given(character=st.sampled_from("x ü€😀"), count=st.integers(0, 5000), taken=st.integers(0, LIMIT + 20))
def test_a_value_is_cut_to_the_room_there_is(lines: Parser, character: str, count: int, taken: int) -> None:
    value = character * count
    raw = lines.write("A", {"a": b"y" * taken, "b": value.encode()}, cut="b")
    if raw is None:
        assert taken + len("A a= b=\n") + len("%E2%80%A6") > LIMIT
        return
    read = reference(raw)
    assert read is not None
    shown = read[1]["b"]
    assert shown == value or (shown.endswith("…") and value.startswith(shown[:-1]) and len(raw) > LIMIT - 12)


@pytest.mark.parametrize(("size", "fits"), [(0, False), (1, False), (5, False), (6, True), (7, True)])
def test_a_value_comes_whole_or_not_at_all(lines: Parser, parser: ctypes.CDLL, size: int, fits: bool) -> None:
    raw = b"RESULT verdict=m%61tch\n"
    line = Line()
    text = ctypes.create_string_buffer(raw, len(raw))
    assert parser.line_read(text, len(raw), line)
    assert lines.get(line, "verdict", size) == ("match" if fits else None)
    assert lines.get(line, "verdic") is None
    assert lines.get(line, "verdicts") is None


@given(values=st.dictionaries(KEYS, TEXTS, max_size=4))
def test_the_judge_reads_what_the_door_writes(lines: Parser, values: dict[str, str]) -> None:
    raw = lines.write("VERIFY", {key: value.encode() for key, value in values.items()})
    assert raw is not None
    assert read_line(raw).values == values


@given(text=TEXTS, verdict=st.sampled_from(["match", "mismatch", "unavailable"]))
def test_the_door_reads_what_the_judge_writes(lines: Parser, text: str, verdict: str) -> None:
    raw = write_line("RESULT", verdict=verdict, text=text)
    expected = ("RESULT", {"verdict": verdict, "text": text})
    assert lines.read(raw, expected) == expected
