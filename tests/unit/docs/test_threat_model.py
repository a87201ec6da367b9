"""The threat model names a test for each answer: it has to be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.places import TREE

DOCUMENT = (TREE / "docs" / "threat-model.md").read_text()
NAMED = sorted(set(re.findall(r"`(test_[a-z0-9_]+)`", DOCUMENT)))
ROWS = [line for line in DOCUMENT.splitlines() if line.startswith("| ") and "`test_" in line]


@pytest.fixture(scope="module")
def written() -> set[str]:
    """The names of all tests there are."""
    files: list[Path] = [*(TREE / "tests").rglob("test_*.py"), *(TREE / "tests" / "vm").rglob("check_*.py")]
    return {name for path in files for name in re.findall(r"^ *(?:async )?def (test_\w+)\(", path.read_text(), re.M)}


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_holds_an_answer_is_there(name: str, written: set[str]) -> None:
    assert name in written


def test_every_threat_of_the_design_has_a_row() -> None:
    threats = (
        "photo, screen, mask", "virtual or swapped camera", "sudo while", "another user's process", "score climbing",
        "stolen disk", "fake judge", "hostile input", "denial of service", "remote login",
    )  # fmt: skip
    for threat in threats:
        assert any(threat in row for row in ROWS), threat
