"""Stacks, read and walked: what the machine's own libpam does is what we say it does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch.pam.stack import Code, Entry, Reading, read_stack
from facelatch.pam.walk import Step, walk
from tests.unit.facelatch_pam import libpam

CODES = [code.value for code in Code]
WORDS = [
    "required",
    "requisite",
    "sufficient",
    "optional",
    "Required",
    "no-such-word",
    "[]",
    "[default=ok",
    "required]",
]
OPEN = "auth required pam_debug.so auth=success\n"
ACTIONS = ["ignore", "ok", "done", "bad", "die", "reset", "1", "2", "3", "0", "17", "nothing"]


def rules() -> st.SearchStrategy[str]:
    """Controls in brackets, of which a few mean nothing."""
    rule = st.builds(
        lambda code, action, gap: f"{code}{gap}={gap}{action}",
        st.sampled_from([*CODES, "default", "default", "nonsense"]),
        st.sampled_from(ACTIONS),
        st.sampled_from(["", "", " "]),
    )
    return st.lists(rule, min_size=1, max_size=4).map(lambda parts: f"[{' '.join(parts)}]")


def modules() -> st.SearchStrategy[str]:
    """Lines that name a module."""
    return st.builds(
        lambda kind, word, code, end: f"{kind}\t{word} pam_debug.so auth={code}{end}",
        st.sampled_from(["auth", "auth", "auth", "-auth", "Auth", "account", "sesion"]),
        st.one_of(st.sampled_from(WORDS), rules(), rules()),
        st.sampled_from(CODES),
        st.sampled_from(["", "", "  # and why", " \\", "\t\r"]),
    )


def lines() -> st.SearchStrategy[str]:
    """Lines of a service file."""
    # Linux-PAM 1.5.2 looks for what is included under /etc, whatever folder it is told: hence the place.
    file = st.sampled_from(["HERE/one", "HERE/two", "HERE/missing"])
    include = st.builds(
        lambda kind, word, name: f"{kind} {word} {name}",
        st.sampled_from(["auth", "auth", "auth", "account"]),
        st.sampled_from(["include", "substack", "substack"]),
        file,
    )
    odd = st.sampled_from(["", "# auth required pam_deny.so", "auth", "auth required", "\\", "a\\\nb"])
    return st.one_of(modules(), modules(), modules(), include, st.builds("@include {}".format, file), odd)


def files(max_size: int = 6) -> st.SearchStrategy[str]:
    return st.lists(lines(), max_size=max_size).map(lambda parts: "".join(f"{part}\n" for part in parts))


def write(folder: Path, place: str, texts: dict[str, str]) -> Path:
    """Write service files that include each other at a place."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        # newline="": a carriage return stays what it is
        (folder / name).write_text(text.replace("HERE", place), newline="")
    return folder


def as_the_line_says(entry: Entry, notes: frozenset[str]) -> Iterator[Step]:
    """Answer for `pam_debug`, and as libpam does for a module that is not there."""
    if entry.name != "pam_debug":
        yield Step(Code.MODULE_UNKNOWN, notes)
        return
    codes = [option.removeprefix("auth=") for option in entry.options if option.startswith("auth=")]
    yield Step(Code(codes[0]) if codes else Code.SUCCESS, notes)


def granted_by_us(root: Path, service: str) -> bool:
    stack = read_stack(service, root)
    ends = walk(stack.entries, as_the_line_says).ends
    assert len(ends) == 1, "every module has one answer, so there is one way through"
    return stack.reading is Reading.WHOLE and all(end.granted for end in ends)


@pytest.mark.skipif(bool(libpam.obstacle()), reason=libpam.obstacle())
@settings(max_examples=60, deadline=None)
@given(files(), files(4), st.lists(modules(), max_size=3), st.sampled_from(["", OPEN]))
def test_a_walk_ends_as_the_machines_libpam_does(service: str, one: str, two: list[str], other: str) -> None:
    one = one.replace("HERE/one", "HERE/two")  # files that include each other kill libpam
    texts = {"service": service, "one": one, "two": "\n".join(two), "other": other}
    with tempfile.TemporaryDirectory() as name:
        root, real = Path(name, "root"), Path(name, "real")
        write(root / "etc/pam.d", "/etc/pam.d", texts)
        write(real, str(real), texts)
        assert granted_by_us(root, "service") is libpam.grants(real, "service")
