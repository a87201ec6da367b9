"""The section about enrolment: one round of the real thing, and whoever is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.speed import enrolment
from tests.bench.speed.peers import Offer, PeerMissing, Place, offers
from tests.bench.speed.record import OURS
from tests.bench.speed.setting import Setting
from tests.buses import obstacle
from tests.packs import best_pack
from tests.places import TREE


def test_the_peers_that_people_are_enrolled_with_are_among_those_that_there_are() -> None:
    assert set(enrolment.RIVALS) <= {offer.name for offer in offers()}


def test_what_is_made_of_portraits_is_not_told_as_a_webcam_s(tmp_path: Path) -> None:
    without = Setting(tmp_path, None, True, tmp_path)
    assert enrolment._origin(without, 1) == "10 frames made of portraits of one person"
    (tmp_path / "nuaa" / "live").mkdir(parents=True)
    assert enrolment._origin(Setting(tmp_path, tmp_path, True, tmp_path), 9) == (
        "10 webcam frames (NUAA) of each of 9 people"
    )


@pytest.mark.real
@pytest.mark.skipif(bool(obstacle()), reason=obstacle())
def test_a_round_enrols_by_the_command_and_through_the_library_and_tells_who_is_missing(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = best_pack(TREE / "build" / "packs")
    if pack is None:
        pytest.skip("no pack is built: make packs")

    def absent(place: Place) -> None:
        raise PeerMissing("gone: pip install it")

    monkeypatch.setattr(enrolment, "offers", lambda: iter([Offer("absent", absent, "")]))
    monkeypatch.setattr(enrolment, "RIVALS", ("absent",))
    monkeypatch.setattr(enrolment, "ROUNDS", (1, 1))

    told = list(enrolment.measures(Setting(pack.folder, shared / "data", True, tmp_path)))

    ours = {one.what: one for one in told if one.subject == OURS}
    assert set(ours) == {enrolment.COMMAND, enrolment.PICTURE, enrolment.COMPUTED}
    assert all(one.count == 1 for one in ours.values())
    (missing,) = (one for one in told if one.subject == "absent")
    assert (missing.values, missing.note) == ((), "gone: pip install it")
