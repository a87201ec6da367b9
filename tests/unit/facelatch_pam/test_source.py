"""Lines that come and go in a file, and the jumps around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch.pam.source import Source, Target, Unchangeable, ours
from tests.unit.facelatch_pam.stacks import laid

BLOCK = (
    "auth [success=2 default=ignore] pam_one.so\nauth required pam_two.so\nauth required pam_three.so\n"
    "auth required pam_four.so\n"
)


def source(text: str, root: Path) -> Source:
    return Source.read("/etc/pam.d/sudo", text.encode(), root)


def test_a_jump_to_a_line_that_goes_leads_to_what_comes_behind_it(tmp_path: Path) -> None:
    found = source(BLOCK.replace("success=2", "success=1"), tmp_path)
    three = found.auth()[2]
    found.remove(lambda line: line is three)
    assert found.auth()[0].targets == (Target(found.auth()[2]),)
    assert found.text().decode().startswith("auth [success=1 default=ignore] pam_one.so\nauth required pam_two.so\n")


def test_a_jump_over_a_line_that_goes_counts_it_no_more(tmp_path: Path) -> None:
    found = source(BLOCK, tmp_path)
    three = found.auth()[2]
    found.remove(lambda line: line is three)
    found.unmarked()
    wanted = BLOCK.replace("auth required pam_three.so\n", "").replace("success=2", "success=1")
    assert found.text().decode() == wanted


def test_a_jump_over_nothing_is_none(tmp_path: Path) -> None:
    found = source(BLOCK.replace("success=2", "success=1"), tmp_path)
    two = found.auth()[1]
    found.remove(lambda line: line is two)
    found.unmarked()
    assert found.text().decode().startswith("auth [success=ignore default=ignore] pam_one.so\nauth required pam_three")


def test_a_jump_may_be_led_to_a_line_that_is_put_before_its_goal(tmp_path: Path) -> None:
    found = source(BLOCK, tmp_path)
    four = found.auth()[3]
    new = ours("auth optional pam_new.so")
    found.insert(new, four)
    found.lead(four, new)
    assert "# facelatch was" not in found.text().decode(), "the count stays: it leads to the new line"
    found = source(BLOCK, tmp_path)
    found.insert(ours("auth optional pam_new.so"), found.auth()[3])
    assert "auth [success=3 default=ignore] pam_one.so  # facelatch\n" in found.text().decode()


def test_a_jump_counts_what_is_taken_in(tmp_path: Path) -> None:
    root = laid(tmp_path, common=BLOCK)
    found = source(
        f"auth [success=5 default=ignore] pam_one.so\n@include common\nauth required pam_last.so\n{BLOCK}", root
    )
    assert found.auth()[0].targets == (Target(found.auth()[3]),)


def test_a_jump_out_of_the_file_still_counts_what_comes_behind_it(tmp_path: Path) -> None:
    found = source("auth [success=3 default=ignore] pam_one.so\nauth required pam_two.so\n", tmp_path)
    found.insert(ours("auth optional pam_new.so"), found.auth()[1])
    assert found.text().decode().splitlines()[1].startswith("auth [success=4 default=ignore] pam_one.so")


def test_a_line_that_is_continued_is_not_changed(tmp_path: Path) -> None:
    found = source(BLOCK.replace("] pam_one.so", "] \\\n  pam_one.so"), tmp_path)
    found.insert(ours("auth optional pam_new.so"), found.auth()[1])
    with pytest.raises(Unchangeable, match=r"/etc/pam.d/sudo:1: this line is continued"):
        found.text()


@pytest.mark.parametrize(
    "text", ["", "\n", "auth required pam_a.so", "# only\n\n", "auth [success=0] pam_a.so\r\n", "\udcff x"]
)
def test_what_is_not_changed_is_written_as_it_was_read(tmp_path: Path, text: str) -> None:
    raw = text.encode(errors="surrogateescape")
    assert Source.read("/etc/pam.d/sudo", raw, tmp_path).text() == raw
