"""Bytes that are lines of the door, or nearly."""

from __future__ import annotations

from hypothesis import strategies as st

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
ANYTHING = st.one_of(NEARLY, SPOILT, st.binary(max_size=64))
WRITTEN = st.tuples(
    st.from_regex(r"[A-Z]{1,8}", fullmatch=True),
    st.dictionaries(KEYS, st.text(st.characters(), max_size=40) | TEXTS, max_size=4),
)
"""A word and values; some of these no line can hold."""
