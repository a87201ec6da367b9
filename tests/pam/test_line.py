"""The parser in C against a reference in Python, and against the judge's own."""

from __future__ import annotations

import ctypes
import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facelatchd.lines import read_line, write_line

LIMIT = 4096
GRAMMAR = re.compile(rb"[A-Z]+(?: [a-z][a-z0-9]*=(?:[A-Za-z0-9._\-/:@+,]|%[0-9A-Fa-f]{2})*)*\n")


class Line(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("length", ctypes.c_size_t), ("word_length", ctypes.c_size_t)]


class Writer(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * LIMIT), ("used", ctypes.c_size_t), ("spoilt", ctypes.c_bool)]


def reference(raw: bytes) -> tuple[str, dict[str, str]] | None:
    """Read a line as the contract says; None where it is none."""
    if len(raw) > LIMIT or not GRAMMAR.fullmatch(raw):
        return None
    word, *pairs = raw[:-1].split(b" ")
    keys = [pair.split(b"=")[0].decode() for pair in pairs]
    plain = [unquote_to_bytes(pair.split(b"=")[1]) for pair in pairs]
    if len(set(keys)) != len(keys) or any(b"\0" in value for value in plain):
        return None
    try:
        return word.decode(), dict(zip(keys, (value.decode("utf-8") for value in plain), strict=True))
    except UnicodeDecodeError:
        return None


class Parser:
    """The C functions, called with buffers of the exact size."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        for name in ("line_read", "line_is", "line_get"):
            getattr(library, name).restype = ctypes.c_bool
        library.line_read.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(Line)]
        library.line_is.argtypes = [ctypes.POINTER(Line), ctypes.c_char_p]
        library.line_get.argtypes = [ctypes.POINTER(Line), ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t]
        library.line_end.restype = ctypes.c_size_t
        library.line_start.argtypes = [ctypes.POINTER(Writer), ctypes.c_char_p]
        for name in ("line_add", "line_add_cut"):
            getattr(library, name).argtypes = [ctypes.POINTER(Writer), ctypes.c_char_p, ctypes.c_char_p]

    def read(self, raw: bytes, expected: tuple[str, dict[str, str]] | None) -> tuple[str, dict[str, str]] | None:
        """Read a line and ask it for the word and keys that are expected of it."""
        line = Line()
        text = ctypes.create_string_buffer(raw, max(len(raw), 1))
        if not self._library.line_read(text, len(raw), line):
            return None
        assert expected is not None, f"taken for a line: {raw!r}"
        word, values = expected
        assert self._library.line_is(line, word.encode())
        assert not self._library.line_is(line, word.encode()[:-1])
        assert not self._library.line_is(line, word.encode() + b"X")
        return word, {key: value for key in values if (value := self.get(line, key)) is not None}

    def get(self, line: Line, key: str, size: int = LIMIT) -> str | None:
        value = ctypes.create_string_buffer(max(size, 1))
        return value.value.decode("utf-8") if self._library.line_get(line, key.encode(), value, size) else None

    def write(self, word: str, values: dict[str, bytes], cut: str | None = None) -> bytes | None:
        writer = Writer()
        self._library.line_start(writer, word.encode())
        for key, value in values.items():
            add = self._library.line_add_cut if key == cut else self._library.line_add
            add(writer, key.encode(), value)
        length = self._library.line_end(ctypes.byref(writer))
        return bytes(ctypes.string_at(ctypes.addressof(writer), length)) if length else None


@pytest.fixture(scope="session")
def lines(parser: ctypes.CDLL) -> Parser:
    return Parser(parser)


KEYS = st.from_regex(r"[a-z][a-z0-9]{0,3}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ENCODED = st.lists(
    st.one_of(
        st.sampled_from([b"a", b"Z", b"9", b".", b"@", b"%41", b"%c3%bc", b"%E2%82%AC", b"%F0%9F%98%80", b"%0a"]),
        st.sampled_from(
            [b"%00", b"%", b"%4", b"%zz", b"%ff", b"%ED%A0%80", b"%C0%AF", b"%F4%90%80%80", b"=", b"~", b"\xc3"]
        ),
    ),
    max_size=6,
).map(b"".join)
NEARLY = st.builds(
    lambda word, pairs, end: word + b"".join(b" " + key.encode() + b"=" + value for key, value in pairs) + end,
    st.sampled_from([b"RESULT", b"TELL", b"", b"Tell", b"X"]),
    st.lists(st.tuples(KEYS, ENCODED), max_size=5),
    st.sampled_from([b"\n", b"\n", b"\n", b"", b" \n", b"\r\n", b"\n\n"]),
)
SPOILT = st.builds(
    lambda raw, at, bytes_: raw[: at % (len(raw) + 1)] + bytes_ + raw[at % (len(raw) + 1) :],
    NEARLY,
    st.integers(0, 200),
    st.binary(min_size=1, max_size=2),
)


@given(raw=st.one_of(NEARLY, SPOILT, st.binary(max_size=64)))
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
