"""The demo itself: every answer right, or a clear word on what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo import PORTRAITS
from tests.places import TREE

PASSWORD_FIRST = int(os.geteuid() == 0)
"""One step more where it can be shown that the password comes first."""


def demo(packs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.demo", "--packs", packs],
        cwd=TREE,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.real
def test_every_answer_is_right_on_webcam_frames(open_pack: Path, pam_parts: None) -> None:
    done = demo(open_pack.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Pack: open" in done.stdout
    assert f"Every answer was right ({10 + PASSWORD_FIRST} steps" in done.stdout
    assert "WRONG" not in done.stdout


def test_with_nothing_but_the_tree_and_portraits_every_answer_is_right(pam_parts: None, tmp_path: Path) -> None:
    if not PORTRAITS.is_dir():
        pytest.skip(f"no portraits in {PORTRAITS}: python -m tests.pictures --to {PORTRAITS}")
    done = demo(tmp_path / "none", FACELATCH_SHARED="/nonexistent")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Pack: starter" in done.stdout
    assert f"Every answer was right ({9 + PASSWORD_FIRST} steps" in done.stdout
    assert "WRONG" not in done.stdout
