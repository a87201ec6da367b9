from __future__ import annotations

import os
from pathlib import Path

import pytest

from facelatch.cli.failure import CommandFailed, ExitCode
from facelatch.cli.newfile import want_new


def refusal(path: Path) -> str:
    with pytest.raises(CommandFailed) as refused:
        want_new(path)
    assert refused.value.code is ExitCode.WRONG_USE
    return refused.value.text


def test_a_new_file_in_a_folder_of_ones_own_is_welcome(tmp_path: Path) -> None:
    want_new(tmp_path / "new.json")
    assert list(tmp_path.iterdir()) == []


def test_whoever_names_a_folder_is_not_told_to_remove_it(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"--to {tmp_path}: is a folder; name a new file in it"


def test_nothing_is_written_over_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert "is there already" in refusal(tmp_path / "link")


def test_a_folder_that_nobody_may_write_in_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, int]] = []

    def access(path: Path, mode: int) -> bool:
        asked.append((path, mode))
        return False

    monkeypatch.setattr(os, "access", access)  # root may write everywhere
    assert f"nothing can be written in {tmp_path}" in refusal(tmp_path / "new.json")
    assert asked == [(tmp_path, os.W_OK | os.X_OK)]
