"""The section about the preview: when a frame was taken, which one it is, and a second of the real thing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.bench.speed import preview
from tests.bench.speed.footage import spread
from tests.bench.speed.openings import Openings
from tests.bench.speed.record import OURS
from tests.bench.speed.setting import Setting
from tests.buses import obstacle
from tests.packs import best_pack
from tests.places import TREE


def test_each_opening_of_a_file_is_seen_in_its_order_also_through_a_link(tmp_path: Path) -> None:
    folder, links = tmp_path / "files", tmp_path / "links"
    folder.mkdir()
    links.mkdir()
    for name in ("one", "other"):
        (folder / name).touch()
        (links / name).symlink_to(folder / name)

    with Openings(folder) as openings:
        for name in ("one", "other", "one"):
            (links / name).read_bytes()

    assert [name for _moment, name in openings.seen] == ["one", "other", "one"]


def test_the_last_opening_before_a_moment_counts() -> None:
    openings = Openings(Path())
    openings.seen = [(1.0, "a"), (2.0, "b"), (3.0, "a")]

    assert openings.before(4.0, "a") == 3.0
    assert openings.before(2.5, "a") == 1.0
    assert openings.before(1.5, "b") is None
    assert openings.before(4.0, "c") is None


@pytest.mark.real
def test_a_frame_is_known_again_after_the_eye_has_encoded_it_anew(shared: Path) -> None:
    paths = spread(sorted((shared / "data" / "nuaa" / "live").glob("*/*.jpg")), preview.FRAMES)
    sketches = np.stack([preview.sketch(path.read_bytes()) for path in paths])

    for number, path in enumerate(paths):
        _, again = cv2.imencode(".jpg", cv2.imread(str(path)), [cv2.IMWRITE_JPEG_QUALITY, 60])
        assert preview.most_like(preview.sketch(bytes(again)), sketches) == number


@pytest.mark.real
@pytest.mark.skipif(bool(obstacle()), reason=obstacle())
def test_a_second_of_preview_tells_every_figure(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = best_pack(TREE / "build" / "packs")
    if pack is None:
        pytest.skip("no pack is built: make packs")
    monkeypatch.setattr(preview, "STARTS", (1, 1))
    monkeypatch.setattr(preview, "SECONDS", (1, 1))

    told = {one.what: one for one in preview.measures(Setting(pack.folder, shared / "data", True, tmp_path))}

    assert {one.subject for one in told.values()} == {OURS}
    assert len(told["a frame as JPEG"].values) > 1
    assert len(told["camera to client"].values) > len(told["a frame as JPEG"].values) / 2
    assert min(told["camera to client"].values) > 0
    assert told["eye, processor time"].count == 1
