"""The section about frames: everybody looks at each of them, and whoever cannot is told with the reason."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.speed import eye, footage
from tests.bench.speed.peers import Offer, PeerMissing, Place
from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import NoPictures, Setting
from tests.packs import best_pack
from tests.places import TREE

BLANK = np.zeros((48, 64, 3), np.uint8)


class Fake:
    """Writes down who looked at what."""

    wholes = (eye.WHOLE, eye.BARE)

    def __init__(self, subject: str, looked: list[tuple[str, int]], blind_to: int = -1) -> None:
        self.subject = subject
        self._looked = looked
        self._blind_to = blind_to

    def look(self, picture: Any) -> dict[str, float] | None:
        number = int(picture[0, 0, 0])
        self._looked.append((self.subject, number))
        return None if number == self._blind_to else {"detect": 1.0}


class Peer:
    """Finds a face everywhere, or nowhere."""

    def __init__(self, face: object) -> None:
        self._face = face

    def find(self, picture: Any) -> Any:
        return self._face

    def embed(self, picture: Any, face: Any) -> Any:
        return face


def absent(place: Place) -> Peer:
    raise PeerMissing("gone: pip install it")


@pytest.fixture(autouse=True)
def without_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eye, "REST", 0.0)


def test_everybody_looks_once_at_each_picture_and_behind_everybody_else() -> None:
    """Who always followed the same one would pay for what that one's threads still do."""
    looked: list[tuple[str, int]] = []
    pictures = [BLANK + np.uint8(number) for number in range(20)]

    looks = eye.look_in_turns([Fake(name, looked) for name in "abcd"], pictures)

    turns = looked[4 * eye.WARM_UP :]
    assert [number for _, number in turns] == [number for number in range(20) for _ in "abcd"]
    assert all(sorted(name for name, _ in turns[at : at + 4]) == list("abcd") for at in range(0, len(turns), 4))
    neighbours = {(before, behind) for (before, _), (behind, _) in itertools.pairwise(turns) if before != behind}
    assert len(neighbours) == 4 * 3
    assert [len(mine) for mine in looks] == [20, 20, 20, 20]


def test_a_look_without_a_face_is_not_timed() -> None:
    pictures = [BLANK + np.uint8(number) for number in range(3)]

    seeing, half_blind = eye.look_in_turns([Fake("a", []), Fake("b", [], blind_to=1)], pictures)

    assert (len(seeing), len(half_blind)) == (3, 2)


@pytest.mark.real
def test_the_section_tells_every_stage_of_ours_and_who_is_missing(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = best_pack(TREE / "build" / "packs")
    if pack is None:
        pytest.skip("no pack is built: make packs")
    made_up = (
        Offer("present", lambda place: Peer("face"), "what it is"),
        Offer("blind", lambda place: Peer(None), "sees nobody"),
        Offer("absent", absent, "never seen"),
    )
    monkeypatch.setattr(eye, "offers", lambda: iter(made_up))
    monkeypatch.setattr(eye, "FRAMES", (2, 2))

    told = list(eye.measures(Setting(pack.folder, shared / "data", True, tmp_path)))

    ours = {one.what for one in told if one.subject == OURS}
    assert {eye.DECODE, eye.WHOLE, eye.BARE, f"{eye.WHOLE}, processor time"} <= ours
    if pack.manifest.id == "open":
        assert set(eye.STAGES.values()) <= ours
    assert all(one.count == 2 for one in told if one.subject in (OURS, "present"))
    assert ours >= {one.what for one in told}, "a peer's figure stands beside none of ours"
    assert the_only(told, "absent").note == "gone: pip install it"
    assert the_only(told, "blind").note == "sees nobody; had a face to go on with in 0 of 2 frames"
    assert {one.unit for one in told} == {"ms"}


def the_only(told: list[Measure], subject: str) -> Measure:
    (found,) = (one for one in told if one.subject == subject)
    assert not found.values
    return found


@given(st.integers(1, 60), st.integers(1, 60))
def test_pictures_are_chosen_at_even_distances_from_the_first_to_the_last(there: int, wanted: int) -> None:
    paths = [Path(str(number)) for number in range(there)]

    chosen = [int(path.name) for path in footage.spread(paths, wanted)]

    assert len(chosen) == min(there, wanted)
    assert chosen[0] == 0
    assert len(set(chosen)) == len(chosen)
    if len(chosen) > 1:
        steps = np.diff(chosen)
        assert chosen[-1] == there - 1
        assert steps.max() - steps.min() <= 1


def test_where_there_is_no_picture_at_all_it_says_how_to_get_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, "TREE", tmp_path)

    for data in (None, tmp_path):
        with pytest.raises(NoPictures, match=r"FACELATCH_SHARED.*make faces"):
            footage.footage(Setting(tmp_path, data, True, tmp_path), 3)
