"""The arithmetic of a self-test: exact intervals, where the time goes, what a look says, and what is left out."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.selftest import (
    LOCKS_AT,
    STOP_AT,
    Fate,
    Glance,
    Looks,
    Part,
    Presentations,
    Share,
    Time,
    fate_of,
    times_of,
)
from facelatch.types import STAGES, Attack, Reason, Tried, Verdict
from facelatch_models.statistics import clopper_pearson, none_in
from facelatchd.policy import FREE_MISMATCHES


def glance(reason: Reason = Reason.MATCHED, total: float = 400.0, **spent: float) -> Glance:
    return Glance(reason, 3, spent | {"total": total})


counts = st.integers(0, 100).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))

# --- rates ------------------------------------------------------------------------------------------------------------


@given(counts)
def test_an_interval_is_that_of_the_evaluation(pair: tuple[int, int]) -> None:
    share, known = Share.measured(*pair), clopper_pearson(*pair)
    assert share.low == pytest.approx(known.low, abs=1e-9)
    assert share.high == pytest.approx(known.high, abs=1e-9)


@given(counts)
def test_what_is_said_in_whole_per_cent_promises_no_more_than_was_measured(pair: tuple[int, int]) -> None:
    share = Share.measured(*pair)
    numbers = [int(word) / 100 for word in share.words.split() if word.isdigit()]
    match numbers:
        case []:
            assert share.of == 0
        case [below]:
            assert share.count == 0
            assert none_in(share.of) - 1e-9 <= below < none_in(share.of) + 0.01
        case [low, high]:
            assert share.low - 0.01 < low <= share.low + 1e-9
            assert share.high - 1e-9 <= high < share.high + 0.01


@pytest.mark.parametrize(
    ("count", "of", "words"),
    [
        (3, 20, "between 3 % and 38 %"),
        (0, 10, "below 26 %"),
        (0, 20, "below 14 %"),
        (20, 20, "between 83 % and 100 %"),
        (0, 0, "nothing is known"),
    ],
)
def test_where_the_true_rate_lies_is_said_plainly(count: int, of: int, words: str) -> None:
    assert Share.measured(count, of).words == words


@pytest.mark.parametrize(("count", "of"), [(-1, 3), (4, 3), (0, 1001)])
def test_counts_that_cannot_be_are_an_error(count: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of {of}"):
        Share.measured(count, of)


# --- what a look says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", Reason)
def test_only_a_match_opens_and_every_mismatch_is_a_refusal(reason: Reason) -> None:
    assert (fate_of(reason) is Fate.OPENED) is (reason.verdict is Verdict.MATCH)
    assert (fate_of(reason) is Fate.REFUSED) is (reason.verdict is Verdict.MISMATCH)


@pytest.mark.parametrize(
    ("reason", "fate"),
    [
        (Reason.NO_FACE, Fate.UNJUDGED),
        (Reason.EYES_CLOSED, Fate.UNJUDGED),
        (Reason.TIMEOUT, Fate.UNJUDGED),
        (Reason.BUSY, Fate.TAKEN_AWAY),
        (Reason.LOCKED_OUT, Fate.BROKEN),
        (Reason.CAMERA_BUSY, Fate.BROKEN),
        (Reason.NOT_PERMITTED, Fate.BROKEN),
        (Reason.NO_PACK, Fate.BROKEN),
    ],
)
def test_what_is_not_for_the_face_ends_the_test_and_counts_for_nothing(reason: Reason, fate: Fate) -> None:
    assert fate_of(reason) is fate


def test_a_face_that_nothing_could_be_judged_of_counts_as_refused() -> None:
    looks = Looks.of(20, [glance()] * 17 + [glance(Reason.ANOTHER_FACE)] * 2 + [glance(Reason.NO_FACE)])
    assert looks.opened == 17
    assert looks.words == "17 of 20 opened; the true rate of refusals is between 3 % and 38 %"
    assert looks.reasons == {"matched": 17, "another-face": 2, "no-face": 1}


def test_a_picture_that_gets_no_answer_did_not_get_in() -> None:
    tried = Presentations.of(Attack.PHOTO, [glance(Reason.NOT_LIVE)] * 6 + [glance(Reason.NO_FACE)] * 4)
    assert (tried.accepted.count, tried.accepted.of, tried.unanswered) == (0, 10, 4)
    assert tried.words == "0 of 10 got in; the true rate is below 26 %"


def test_a_picture_that_gets_in_is_counted() -> None:
    tried = Presentations.of(Attack.PHONE, [glance(Reason.NOT_LIVE)] * 8 + [glance()] * 2)
    assert tried.words == "2 of 10 got in; the true rate is between 2 % and 56 %"


def test_a_test_ends_before_the_face_would_be_locked() -> None:
    assert LOCKS_AT == FREE_MISMATCHES
    assert STOP_AT == LOCKS_AT - 2, "two are left for logins"


# --- times ------------------------------------------------------------------------------------------------------------


def tried(**more: object) -> Tried:
    took = {"wait": 20.0, "detect": 3.0, "embed": 4.0}
    return Tried(Verdict.MATCH, Reason.MATCHED, seconds=0.4, frames=3, took=took, opening=0.2, deciding=0.01, **more)  # type: ignore[arg-type]


def test_the_time_of_a_look_is_told_by_part_and_the_rest_is_what_passed_outside_of_it() -> None:
    assert Glance.of(tried(), 0.5).spent == {
        "open": 200.0,
        "wait": 60.0,
        "detect": 9.0,
        "embed": 12.0,
        "decide": 10.0,
        "rest": 100.0,
        "total": 500.0,
    }


def test_stages_that_overlap_do_not_hide_the_rest() -> None:
    look = msgspec.structs.replace(tried(), took={"eyes": 150.0, "embed": 150.0})
    assert Glance.of(look, 0.41).spent["rest"] == 10.0


def test_a_look_that_ended_sooner_than_its_clock_says_leaves_no_rest() -> None:
    assert Glance.of(tried(), 0.399).spent["rest"] == 0.0


def test_neither_evidence_nor_band_is_kept() -> None:
    with_figures = tried(evidence=9.5, wanted=7.0)
    assert Glance.of(with_figures, 0.5) == Glance.of(tried(), 0.5)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=100))
def test_half_of_the_looks_take_no_longer_than_the_median_and_nineteen_in_twenty_than_p95(values: list[float]) -> None:
    time = Time.over(values)
    assert sum(value <= time.median + 0.1 for value in values) >= len(values) / 2
    assert sum(value >= time.median - 0.1 for value in values) >= len(values) / 2
    assert sum(value <= time.p95 for value in values) >= 0.95 * len(values)
    assert sum(value >= time.p95 for value in values) > math.floor(0.05 * len(values))


def test_times_are_those_of_looks_that_opened() -> None:
    times = times_of([glance(total=300.0), glance(total=500.0, wait=50.0), glance(Reason.ANOTHER_FACE, total=4000.0)])
    assert times == {"wait": Time(25.0, 50.0), "total": Time(400.0, 500.0)}
    assert times_of([glance(Reason.NO_FACE)]) == {}


def test_every_part_but_the_rest_is_one_that_the_daemon_or_the_client_measures() -> None:
    every = tried()
    whole = Tried(**{name: getattr(every, name) for name in every.__struct_fields__} | {"took": dict.fromkeys(
        ("wait", "decode", "detect", "eyes", "embed", "liveness"), 1.0)})  # fmt: skip
    assert set(Glance.of(whole, 1.0).spent) == {part.value for part in Part}


def test_every_stage_that_the_eye_tells_of_is_a_part_of_the_time() -> None:
    assert set(STAGES) <= {part.value for part in Part}
