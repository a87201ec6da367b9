"""The demo itself: every answer right, or a clear word on what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from facelatch_models.search import find_packs, search_path
from tests.places import TREE


def demo(pack: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.demo", "--pack", pack],
        cwd=TREE,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.real
def test_every_answer_is_right_on_webcam_frames(open_pack: Path, pam_parts: None) -> None:
    done = demo(open_pack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every answer was right (10 steps" in done.stdout
    assert "WRONG" not in done.stdout


@pytest.mark.real
def test_a_picture_of_an_installed_package_plays_where_there_are_no_frames(open_pack: Path, pam_parts: None) -> None:
    pytest.importorskip("skimage")
    done = demo(open_pack, FACELATCH_SHARED="/nonexistent")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scikit-image" in done.stdout


def test_without_a_pack_it_says_what_to_do_and_ends_with_two(tmp_path: Path) -> None:
    if next(find_packs(search_path()), None) is not None:
        pytest.skip("a pack is installed on this machine")
    done = demo(tmp_path / "none")
    assert done.returncode == 2
    assert "facelatch pack build" in done.stderr
    assert "Traceback" not in done.stderr
