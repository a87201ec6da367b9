"""The page on which a look can be tried."""

from __future__ import annotations

import math

import msgspec
import pytest

from facelatch.bus import BusError
from facelatch.types import STAGES, Band, Gesture, PasswordCause, Reason, Tried, TryStep, Verdict, View
from facelatch_gui import sayings, words
from facelatch_gui.pages.trial import stage_name
from facelatch_gui.widgets.evidence import GOAL, EvidenceBar, probability
from tests.gui.double import DoubleDaemon
from tests.gui.house import WindowHouse
from tests.gui.samples import STANDING

SEEN = Tried(
    Verdict.MATCH,
    Reason.MATCHED,
    Band.MATCH,
    0.83,
    5,
    {"detect": 9.8, "polish": 1.24},
    evidence=14.23,
    wanted=11.51,
)


def look(house: WindowHouse) -> None:
    """Look once, to the end."""
    house.open("trial")
    look_again(house)


def look_again(house: WindowHouse) -> None:
    house.press("Look now")
    house.wait(lambda: not house.trial.looking)


def test_a_match_is_said_plainly(house: WindowHouse) -> None:
    look(house)
    assert house.trial.verdict.text.startswith("Recognised\nThe face matches one of yours.")
    assert house.trial.bar.share == 1.0


def test_a_match_says_whether_a_login_would_open(house: WindowHouse, daemon: DoubleDaemon) -> None:
    look(house)
    house.wait(lambda: house.trial.verdict.text.endswith("\nA login by face opens now."))
    daemon.standing_report = msgspec.structs.replace(STANDING, password_wanted=PasswordCause.AGE)
    look_again(house)
    house.wait(lambda: "it is long since you last typed it." in house.trial.verdict.text)
    daemon.standing_report = BusError(Reason.NOT_PERMITTED, "not here")
    look_again(house)
    house.qtbot.wait(30)
    assert house.trial.verdict.text == "Recognised\nThe face matches one of yours.\nA try unlocks nothing."


@pytest.mark.parametrize("gesture", Gesture)
def test_what_the_person_is_asked_to_do_goes_before_what_would_help(
    house: WindowHouse, daemon: DoubleDaemon, gesture: Gesture
) -> None:
    daemon.try_steps = (TryStep(View.TURNED, instruction=gesture),)
    daemon.hold.is_open = False
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: house.trial.verdict.text == words.gesture(gesture))
    assert len({words.gesture(one) for one in Gesture}) == len(Gesture)


@pytest.mark.parametrize("reason", [Reason.NOT_LIVE, Reason.NO_INTENT])
def test_a_gesture_that_was_not_seen_is_said_to_be_until_the_next_look(
    house: WindowHouse, daemon: DoubleDaemon, reason: Reason
) -> None:
    daemon.tried = Tried(reason.verdict, reason)
    daemon.try_steps = (TryStep(View.CLEAR, instruction=Gesture.NOD), TryStep(View.CLEAR))
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: "The gesture that was asked for was not seen." in house.trial.verdict.text)
    daemon.try_steps = (TryStep(View.CLEAR),)
    look_again(house)
    house.wait(lambda: sayings.reason(reason).what in house.trial.verdict.text)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.MATCHED])
def test_every_other_end_says_why_and_what_to_do(house: WindowHouse, daemon: DoubleDaemon, reason: Reason) -> None:
    daemon.tried = Tried(reason.verdict, reason)
    look(house)
    verdict, what, *_remedy = house.trial.verdict.text.splitlines()
    assert verdict in ("Not recognised", "No decision")
    assert (verdict == "Not recognised") is (reason.verdict is Verdict.MISMATCH)
    assert what.endswith(".")


def test_where_no_face_is_enrolled_it_leads_to_the_enrolment(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.tried = Tried(Verdict.UNAVAILABLE, Reason.NOT_ENROLLED)
    look(house)
    house.press("Open “Enrol”")
    assert house.window.page is house.enrol


def test_a_band_is_all_that_an_ordinary_person_sees(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.tried = Tried(Verdict.MISMATCH, Reason.ANOTHER_FACE, Band.NEAR)
    look(house)
    assert daemon.called("verify") == [("verify", False)]
    assert house.trial.bar.accessibleDescription() == "Similar, but not enough"
    assert not house.trial.figures.isVisible()


def test_while_it_looks_it_says_what_would_help(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.try_steps = (TryStep(View.FAR),)
    daemon.hold.is_open = False
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: house.trial.verdict.text == "Come closer.")
    house.wait(lambda: not house.trial.view.image.isNull())
    assert house.trial.view.analysis is not None


def test_figures_are_shown_where_they_are_asked_for(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.try_steps = (TryStep(View.CLEAR, Band.NEAR, True, 3.2),)
    daemon.tried = SEEN
    house.open("trial")
    house.press("Show figures (asks for an administrator's password)")
    look_again(house)
    assert daemon.called("verify") == [("verify", True)]
    rows = house.trial.figures.rows
    assert rows["Evidence"] == "14.23 of 11.51 nats"
    assert rows["Probability"] == "over 99.9999 %"
    assert rows["Looks alive"] == "yes"
    assert rows["Finding the face"] == "9.8 ms"
    assert rows["polish"] == "1.2 ms"
    assert rows["Time"] == "0.83 s, frames: 5"
    assert house.trial.figures.isVisible()


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_that_the_eye_tells_of_has_a_name_for_people(stage: str) -> None:
    assert stage_name(stage) != stage


@pytest.mark.parametrize(
    ("evidence", "said"), [(28.9, "over 99.9999 %"), (-28.9, "under 0.0001 %"), (0.0, "50.0000 %")]
)
def test_nothing_is_said_to_be_certain(house: WindowHouse, daemon: DoubleDaemon, evidence: float, said: str) -> None:
    daemon.tried = Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, evidence=evidence, wanted=11.5)
    look(house)
    assert house.trial.figures.rows["Probability"] == said


def test_figures_that_are_refused_are_asked_for_no_more(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.figures_error = BusError(Reason.NOT_PERMITTED, "no")
    house.open("trial")
    house.press("Show figures (asks for an administrator's password)")
    look_again(house)
    assert "administrators only" in house.trial.notice.text
    look_again(house)
    assert daemon.called("verify")[-1] == ("verify", False)
    assert "Recognised" in house.trial.verdict.text
    assert not house.trial.notice.text


def test_stopping_lets_go_of_the_camera(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: daemon.frames_fetched > 2)
    house.press("Stop")
    house.wait(lambda: daemon.claims == 0)
    assert house.trial.view.image.isNull()
    daemon.hold.is_open = True
    look_again(house)
    assert "Recognised" in house.trial.verdict.text


def test_looking_elsewhere_lets_go_of_the_camera(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: daemon.frames_fetched > 2)
    house.window.show_page("faces")
    house.wait(lambda: daemon.claims == 0)


def test_a_camera_that_is_claimed_already_is_said(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.claims = 1
    look(house)
    assert "in use" in house.trial.notice.text


def test_a_daemon_that_leaves_in_the_middle_is_said_and_found_again(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: daemon.frames_fetched > 2)
    daemon.lose()
    house.wait(lambda: not house.trial.looking)
    assert "interrupted" in house.trial.notice.text
    daemon.come_back()
    house.wait(lambda: house.window.said and not house.window.banner.text)
    assert "interrupted" in house.trial.notice.text
    look_again(house)
    assert not house.trial.notice.text
    assert "Recognised" in house.trial.verdict.text


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [(0.0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25), (1e6, 1.0), (-1e6, 0.0)],
)
def test_evidence_becomes_a_probability_at_even_odds(evidence: float, expected: float) -> None:
    assert probability(evidence) == pytest.approx(expected)


def test_the_bar_is_filled_to_its_mark_when_the_evidence_is_just_enough(qapp: object) -> None:
    bar = EvidenceBar()
    bar.show_evidence(11.5, 11.5)
    assert bar.share == pytest.approx(GOAL)
    bar.show_evidence(1e9, 11.5)
    assert bar.share == 1.0
    bar.show_evidence(-5.0, 11.5)
    assert bar.share == 0.0
