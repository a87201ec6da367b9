"""`facelatch selftest` before a real judge and a real eye: what it measures, and that it locks nobody out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.clips import Cast
from tests.house import House
from tests.integration.strangers import BOB, alices_house, must_let_alice_in
from tests.integration.test_ordinary_user import bobs_command
from tests.mocks import PolicyPolkit, Session, obstacle

pytestmark = pytest.mark.real

USER = ("--user", "alice")


def selftest(house: House, looks: int, good: tuple[int, ...] = (0,)) -> dict[str, Any]:
    report: dict[str, Any] = house.command("selftest", "--unattended", "--looks", str(looks), *USER, good=good)
    return report


def standing(house: House) -> dict[str, Any]:
    answer: dict[str, Any] = house.command("status", *USER)["standing"]
    return answer


def test_alice_opens_and_every_part_of_the_time_is_known(house: House, cast: Cast) -> None:
    house.play(cast.later)
    report = selftest(house, 3)
    assert report["looks"]["reasons"] == {"matched": 3}
    assert (report["ended"], report["mismatches"]) == ("done", 0)
    measured = {"open", "wait", "decode", "detect", "embed", "decide", "rest", "total"}
    assert set(report["times"]) >= measured | ({"liveness"} if house.liveness else set())
    assert all(time["median"] > 0 for time in report["times"].values())
    for look in report["looks"]["each"]:
        within = look["spent"]["open"] + look["spent"]["decide"] + look["spent"]["rest"]
        assert within <= look["spent"]["total"], "these three do not overlap"


@pytest.mark.parametrize(("who", "reason"), [("stranger", "another-face"), ("photo", "not-live")])
def test_whoever_is_refused_locks_nobody_out_and_alice_still_gets_in(
    house: House, cast: Cast, who: str, reason: str
) -> None:
    pictures = getattr(cast, who)
    if pictures is None or (who == "photo" and not house.liveness):
        pytest.skip(f"there is no {who} to show")
    house.play(pictures)
    report = selftest(house, 20, good=(1,))
    assert report["looks"]["reasons"] == {reason: 3}
    assert (report["ended"], report["mismatches"]) == ("mismatches", 3)
    now = standing(house)
    assert (now["mismatches"], now["locked_seconds"], now["password_wanted"]) == (3, 0.0, None)
    must_let_alice_in(house, cast)
    assert standing(house)["mismatches"] == 0


def test_with_three_on_record_no_test_begins(house: House, cast: Cast) -> None:
    assert cast.stranger
    house.play(cast.stranger)
    selftest(house, 20, good=(1,))
    assert house.command("selftest", "--unattended", *USER, good=(3,))["error"] == "password-wanted"
    must_let_alice_in(house, cast)


def test_the_report_names_neither_alice_nor_her_files(house: House, cast: Cast, tmp_path: Path) -> None:
    house.play(cast.later)
    written = tmp_path / "report.json"
    house.command("selftest", "--unattended", "--looks", "1", *USER, "--to", str(written))
    text = written.read_text()
    assert "selftest-report" in text
    assert "alice" not in text
    assert str(house.folder) not in text


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="becoming an ordinary user takes root")
def test_an_ordinary_user_tests_himself_and_nobody_else(best: Path, cast: Cast, pam_parts: None) -> None:
    if reason := obstacle():
        pytest.skip(reason)
    with alices_house(best, cast) as house:
        assert house.bus is not None
        PolicyPolkit(house.bus).seat(BOB, Session.ACTIVE)
        house.play(cast.enrolment)
        house.enroll("bob")
        house.play(cast.later)
        code, report = bobs_command(house, "selftest", "--unattended", "--looks", "1", "--user", "bob")
        assert code == 0, report
        assert report["looks"]["reasons"] == {"matched": 1}
        code, error = bobs_command(house, "selftest", "--unattended", "--looks", "1", *USER)
        assert (code, error["error"]) == (4, "not-permitted")
