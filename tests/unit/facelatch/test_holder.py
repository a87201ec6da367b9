"""Who has a camera open, as /proc shows it."""

from __future__ import annotations

import os
from pathlib import Path

from facelatch.holder import camera_holder, holder_of


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def hold(proc: Path, number: int, name: str, device: Path) -> None:
    """Have a process hold a device."""
    write(proc / str(number) / "comm", f"{name}\n")
    (proc / str(number) / "fd").mkdir()
    (proc / str(number) / "fd" / "3").symlink_to(device)


def test_processes_that_end_or_are_not_ours_hide_nobody(tmp_path: Path) -> None:
    device = write(tmp_path / "dev/video0")
    (tmp_path / "proc/7").mkdir(parents=True)
    hold(tmp_path / "proc", 80, "cheese", device)
    assert holder_of(device, tmp_path / "proc") == "cheese (process 80)"


def test_this_process_is_found_by_what_it_has_open(tmp_path: Path) -> None:
    device = write(tmp_path / "video0")
    with device.open():
        assert holder_of(device).endswith(f"(process {os.getpid()})")
    assert holder_of(device) == ""


def test_of_all_cameras_the_one_that_is_held_is_named(tmp_path: Path) -> None:
    write(tmp_path / "dev/video0")
    hold(tmp_path / "proc", 9, "wireplumber", tmp_path / "dev/video0")
    hold(tmp_path / "proc", 4711, "zoom", write(tmp_path / "dev/video2"))
    said = camera_holder(tmp_path / "dev", tmp_path / "proc")
    assert said == f"zoom (process 4711) has {tmp_path}/dev/video2 open"


def test_a_camera_that_is_known_by_another_name_is_found_too(tmp_path: Path) -> None:
    device = write(tmp_path / "dev/video0")
    (tmp_path / "by-id").symlink_to(device)
    hold(tmp_path / "proc", 80, "cheese", device)
    assert holder_of(tmp_path / "by-id", tmp_path / "proc") == "cheese (process 80)"


def test_where_nobody_holds_a_camera_nothing_is_said(tmp_path: Path) -> None:
    write(tmp_path / "dev/video0")
    (tmp_path / "proc").mkdir()
    assert camera_holder(tmp_path / "dev", tmp_path / "proc") == ""
