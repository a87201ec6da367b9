"""Gates, lock-out, and when the password comes first. No clock that anybody can set decides more than it must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from facelatch.types import Level, PasswordCause, Reason
from facelatch_models.scale import PASSED, Figure
from facelatchd.policy import (
    FIRST_LOCK,
    FREE_MISMATCHES,
    HOUR,
    LONGEST_LOCK,
    gate_of_pack,
    gate_of_record,
    gate_of_request,
    lock_left,
    password_cause,
)
from facelatchd.settings import ClassRule, PasswordRule
from facelatchd.store import Moment, Standing
from tests.unit.facelatchd.seen import MANIFEST

RULE = ClassRule(services=("sudo",))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEVER = PasswordRule(
    after_boot=False, after_hours=0, after_mismatches=0, after_enrolment=False, after_suspend_hours=0
)  # fmt: skip
"""Every cause is off."""


def at(seconds: float, *, slept: float = 0.0, boot: str = "this", wall: datetime | None = None) -> Moment:
    """A moment so long after a start of the machine, of which it slept so much."""
    return Moment(boot, seconds, seconds - slept, NOON + timedelta(seconds=seconds) if wall is None else wall)


def given_at(then: Moment) -> Standing:
    """The standing of somebody who has typed the password, and of whom nothing else is known."""
    return Standing(password=then)


boots = some.sampled_from(["this", "another"])
spans = some.floats(0, 1e7)
walls = some.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=some.just(UTC))


@some.composite
def moments(draw: some.DrawFn) -> Moment:
    """Any moment, its wall clock wherever somebody has set it."""
    seconds = draw(spans)
    return at(seconds, slept=draw(some.floats(0, seconds)), boot=draw(boots), wall=draw(walls))


standings = some.builds(
    Standing,
    mismatches=some.integers(0, 60),
    mismatched=some.none() | moments(),
    password=some.none() | moments(),
    changed=some.booleans(),
)
rules = some.builds(
    PasswordRule,
    after_boot=some.booleans(),
    after_hours=some.sampled_from([0.0]) | some.floats(0, 8760),
    after_mismatches=some.integers(0, 50),
    after_enrolment=some.booleans(),
    after_suspend_hours=some.sampled_from([0.0]) | some.floats(0, 8760),
)


# --- what is asked for ------------------------------------------------------------------------------------------------


def test_a_good_request_and_a_good_record_open() -> None:
    assert gate_of_request(permitted=True, rule=RULE, remote_host="") is None
    assert gate_of_record(enrolled=True, standing=given_at(at(0)), rule=PasswordRule(), now=at(1)) is None


@pytest.mark.parametrize(
    ("permitted", "rule", "remote_host", "reason"),
    [
        (False, RULE, "", Reason.NOT_PERMITTED),
        (True, RULE, "example.org", Reason.REMOTE),
        (True, None, "", Reason.SERVICE_REFUSED),
        (True, msgspec.structs.replace(RULE, allowed=False), "localhost", Reason.SERVICE_REFUSED),
    ],
)
def test_each_gate_of_a_request_shuts_by_itself(
    permitted: bool, rule: ClassRule | None, remote_host: str, reason: Reason
) -> None:
    assert gate_of_request(permitted=permitted, rule=rule, remote_host=remote_host) is reason


# --- the lock ---------------------------------------------------------------------------------------------------------


def missed(times: int, when: Moment | None) -> Standing:
    return Standing(mismatches=times, mismatched=when, password=at(0))


def test_fewer_mismatches_lock_nothing() -> None:
    assert lock_left(missed(FREE_MISMATCHES - 1, at(10)), at(10)) == 0.0


def test_each_further_mismatch_doubles_the_lock() -> None:
    locks = [lock_left(missed(FREE_MISMATCHES + more, at(10)), at(10)) for more in range(4)]
    assert locks == [FIRST_LOCK, 2 * FIRST_LOCK, 4 * FIRST_LOCK, 8 * FIRST_LOCK]


def test_a_lock_runs_out_and_time_asleep_counts() -> None:
    standing = missed(FREE_MISMATCHES, at(10))
    assert lock_left(standing, at(10 + FIRST_LOCK - 1)) == 1.0
    assert lock_left(standing, at(10 + FIRST_LOCK, slept=FIRST_LOCK)) == 0.0


def test_a_restart_shortens_no_lock() -> None:
    standing = missed(FREE_MISMATCHES, at(1000, boot="before"))
    assert lock_left(standing, at(0, boot="after", wall=NOON + timedelta(days=9))) == FIRST_LOCK
    assert lock_left(standing, at(FIRST_LOCK, boot="after", wall=NOON)) == 0.0


def test_a_lock_whose_beginning_is_unknown_is_whole() -> None:
    assert lock_left(missed(FREE_MISMATCHES, None), at(1e6)) == FIRST_LOCK


@given(standings, moments())
def test_a_lock_is_never_longer_than_the_longest_nor_negative(standing: Standing, now: Moment) -> None:
    assert 0.0 <= lock_left(standing, now) <= LONGEST_LOCK


@given(standings, moments(), walls)
def test_the_wall_clock_moves_no_lock(standing: Standing, now: Moment, wall: datetime) -> None:
    assert lock_left(standing, now) == lock_left(standing, msgspec.structs.replace(now, wall=wall))


@given(standings, moments(), some.integers(0, 60))
def test_more_mismatches_shorten_no_lock(standing: Standing, now: Moment, more: int) -> None:
    worse = msgspec.structs.replace(standing, mismatches=standing.mismatches + more)
    assert lock_left(worse, now) >= lock_left(standing, now)


@given(standings, moments(), spans)
def test_waiting_lengthens_no_lock(standing: Standing, now: Moment, longer: float) -> None:
    later = msgspec.structs.replace(now, boottime=now.boottime + longer)
    assert lock_left(standing, later) <= lock_left(standing, now)


# --- the password -----------------------------------------------------------------------------------------------------


def cause(standing: Standing, now: Moment, **changes: float | bool) -> PasswordCause | None:
    """Why the password is wanted where only these settings ask for it."""
    return password_cause(standing, msgspec.structs.replace(NEVER, **changes), now)


DAY = 24 * HOUR
FRESH = given_at(at(100))


@pytest.mark.parametrize(
    ("standing", "now", "changes", "named"),
    [
        # none is on record
        (Standing(), at(1), {"after_boot": True}, PasswordCause.NEVER),
        (Standing(), at(1), {"after_hours": 72}, PasswordCause.NEVER),
        (Standing(), at(1), {"after_mismatches": 5}, PasswordCause.NEVER),
        (Standing(), at(1), {"after_enrolment": True}, PasswordCause.NEVER),
        (Standing(), at(1), {"after_suspend_hours": 1}, PasswordCause.NEVER),
        # the machine was started
        (FRESH, at(101), {"after_boot": True}, None),
        (FRESH, at(1, boot="next"), {"after_boot": True}, PasswordCause.BOOT),
        # it is old
        (FRESH, at(99 + DAY), {"after_hours": 24}, None),
        (FRESH, at(100 + DAY), {"after_hours": 24}, PasswordCause.AGE),
        (FRESH, at(100 + DAY, slept=DAY), {"after_hours": 24}, PasswordCause.AGE),
        # mismatches
        (Standing(4, at(100), at(100)), at(101), {"after_mismatches": 5}, None),
        (Standing(5, at(100), at(100)), at(10 * DAY), {"after_mismatches": 5}, PasswordCause.MISMATCHES),
        (Standing(5, at(100), at(100)), at(101), {"after_mismatches": 6}, None),
        # a face was added
        (Standing(password=at(100), changed=True), at(101), {"after_enrolment": True}, PasswordCause.ENROLMENT),
        (Standing(password=at(100), changed=True), at(101), {"after_boot": True}, None),
        # the machine slept, in all
        (FRESH, at(100 + DAY), {"after_suspend_hours": 2}, None),
        (FRESH, at(100 + DAY, slept=2 * HOUR - 1), {"after_suspend_hours": 2}, None),
        (FRESH, at(100 + DAY, slept=2 * HOUR), {"after_suspend_hours": 2}, PasswordCause.SUSPEND),
        (given_at(at(100 + DAY, slept=DAY)), at(101 + DAY, slept=DAY), {"after_suspend_hours": 2}, None),
    ],
)
def test_the_password_is_wanted_for_what_the_settings_say_and_nothing_else(
    standing: Standing, now: Moment, changes: dict[str, float | bool], named: PasswordCause | None
) -> None:
    assert cause(standing, now, **changes) is named
    assert cause(standing, now) is None


# across a start, where the settings do not ask for the password after each

BEFORE = given_at(at(5000, boot="before", wall=NOON))


@pytest.mark.parametrize(
    ("up", "wall", "named"),
    [
        (60.0, timedelta(hours=23), None),
        (60.0, timedelta(hours=24), PasswordCause.AGE),
        (DAY, timedelta(hours=1), PasswordCause.AGE),
        (60.0, timedelta(seconds=-1), PasswordCause.CLOCK),
        (DAY, timedelta(days=-400), PasswordCause.CLOCK),
    ],
)
def test_over_a_start_the_wall_clock_tells_the_age_and_no_less_than_the_time_since(
    up: float, wall: timedelta, named: PasswordCause | None
) -> None:
    assert cause(BEFORE, at(up, boot="after", wall=NOON + wall), after_hours=24) is named


@pytest.mark.parametrize(
    ("up", "slept", "wall", "named"),
    [
        (HOUR, 0.0, timedelta(hours=2), None),
        (HOUR, 0.0, timedelta(hours=3), PasswordCause.SUSPEND),
        (3 * HOUR, 2 * HOUR, timedelta(hours=3), PasswordCause.SUSPEND),
        (5 * HOUR, 0.0, timedelta(hours=5), None),
        (HOUR, 0.0, timedelta(hours=-1), PasswordCause.CLOCK),
    ],
)
def test_over_a_start_all_time_but_what_the_machine_was_awake_since_counts_as_slept(
    up: float, slept: float, wall: timedelta, named: PasswordCause | None
) -> None:
    now = at(up, slept=slept, boot="after", wall=NOON + wall)
    assert cause(BEFORE, now, after_suspend_hours=2) is named


def test_a_clock_that_runs_backwards_within_one_start_is_none_to_trust() -> None:
    assert cause(given_at(at(100)), at(99), after_hours=24) is PasswordCause.CLOCK


def test_of_several_causes_the_one_is_named_that_the_person_may_not_know() -> None:
    everything = PasswordRule(after_suspend_hours=1)
    long_after = at(400 * DAY, slept=300 * DAY)
    old = Standing(9, at(1), at(0, boot="before", wall=NOON), changed=True)
    named: list[PasswordCause | None] = [password_cause(Standing(9, at(1), None, changed=True), everything, long_after)]
    for part in (
        {},
        {"mismatches": 0},
        {"changed": False},
        {"password": at(500 * DAY)},
        {"password": at(0)},
        {"password": at(399 * DAY, slept=299 * DAY)},
        {"password": at(400 * DAY - 1, slept=300 * DAY)},
    ):
        old = msgspec.structs.replace(old, **part)
        named.append(password_cause(old, everything, long_after))
    assert named == [
        PasswordCause.NEVER, PasswordCause.MISMATCHES, PasswordCause.ENROLMENT, PasswordCause.BOOT,
        PasswordCause.CLOCK, PasswordCause.AGE, PasswordCause.SUSPEND, None,
    ]  # fmt: skip


@given(standings, moments())
def test_without_any_cause_no_password_is_wanted(standing: Standing, now: Moment) -> None:
    assert password_cause(standing, NEVER, now) is None


@given(standings, rules, moments(), walls)
def test_within_one_start_moving_the_clock_gains_nothing_and_costs_nothing(
    standing: Standing, rule: PasswordRule, now: Moment, wall: datetime
) -> None:
    if standing.password is not None:
        now = msgspec.structs.replace(now, boot=standing.password.boot)
    moved = msgspec.structs.replace(now, wall=wall)
    assert password_cause(standing, rule, moved) is password_cause(standing, rule, now)
    if standing.password is not None:
        recorded = msgspec.structs.replace(standing.password, wall=wall)
        standing = msgspec.structs.replace(standing, password=recorded)
    assert password_cause(standing, rule, moved) is password_cause(standing, rule, now)


@given(standings, rules, moments(), walls)
def test_over_a_start_no_clock_makes_a_password_younger_than_the_start(
    standing: Standing, rule: PasswordRule, now: Moment, wall: datetime
) -> None:
    now = msgspec.structs.replace(now, boot="next", wall=wall)
    if 0 < rule.after_hours * HOUR <= now.boottime:
        assert password_cause(standing, rule, now) is not None


@given(standings, rules, moments(), some.integers(0, 60))
def test_more_mismatches_open_nothing(standing: Standing, rule: PasswordRule, now: Moment, more: int) -> None:
    worse = msgspec.structs.replace(standing, mismatches=standing.mismatches + more)
    if gate_of_record(enrolled=True, standing=standing, rule=rule, now=now) is not None:
        assert gate_of_record(enrolled=True, standing=worse, rule=rule, now=now) is not None


@given(standings, rules, moments())
def test_a_change_of_the_faces_opens_nothing(standing: Standing, rule: PasswordRule, now: Moment) -> None:
    changed = msgspec.structs.replace(standing, changed=True)
    if password_cause(standing, rule, now) is not None:
        assert password_cause(changed, rule, now) is not None


@given(standings, rules, moments(), some.sampled_from(PasswordRule.__struct_fields__), some.floats(0.01, 8760))
def test_turning_a_cause_on_opens_nothing(
    standing: Standing, rule: PasswordRule, now: Moment, name: str, hours: float
) -> None:
    off = msgspec.structs.replace(rule, **{name: getattr(NEVER, name)})
    on = msgspec.structs.replace(
        rule, **{name: {"after_boot": True, "after_enrolment": True, "after_mismatches": 1}.get(name, hours)}
    )
    if password_cause(standing, off, now) is not None:
        assert password_cause(standing, on, now) is not None


@given(standings, rules, moments(), spans, some.floats(0, 1))
def test_waiting_makes_no_password_good_again(
    standing: Standing, rule: PasswordRule, now: Moment, longer: float, awake: float
) -> None:
    later = Moment(
        now.boot, now.boottime + longer, now.monotonic + longer * awake, now.wall + timedelta(seconds=longer)
    )
    before = password_cause(standing, rule, now)
    if before is not None and before is not PasswordCause.CLOCK:
        assert password_cause(standing, rule, later) is not None


@given(rules, moments())
def test_a_password_just_typed_is_good(rule: PasswordRule, now: Moment) -> None:
    assert password_cause(given_at(now), rule, now) is None


# --- what is known of the user ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled", "standing", "rule", "reason"),
    [
        (False, Standing(9, at(10)), PasswordRule(), Reason.NOT_ENROLLED),
        (True, missed(FREE_MISMATCHES, at(10)), PasswordRule(), Reason.PASSWORD_WANTED),
        (True, missed(FREE_MISMATCHES, at(10)), PasswordRule(after_mismatches=0), Reason.LOCKED_OUT),
        (True, missed(FREE_MISMATCHES, at(10)), None, Reason.LOCKED_OUT),
        (True, Standing(), PasswordRule(), Reason.PASSWORD_WANTED),
        (True, Standing(), None, None),
    ],
)
def test_each_gate_of_a_record_shuts_by_itself_and_the_password_is_told_first(
    enrolled: bool, standing: Standing, rule: PasswordRule | None, reason: Reason | None
) -> None:
    assert gate_of_record(enrolled=enrolled, standing=standing, rule=rule, now=at(11)) is reason


@given(standings, moments())
def test_a_look_that_opens_nothing_is_locked_like_any_other(standing: Standing, now: Moment) -> None:
    reason = gate_of_record(enrolled=True, standing=standing, rule=None, now=now)
    assert (reason is Reason.LOCKED_OUT) is (lock_left(standing, now) > 0)
    assert reason in (Reason.LOCKED_OUT, None)


# --- the pack ---------------------------------------------------------------------------------------------------------


def measured(level: Level, high: float | None) -> Figure:
    return Figure(name=PASSED + level.value, value=0.0, low=0.0, high=high, data="made up", command="none")


@pytest.mark.parametrize("level", list(Level))
def test_a_pack_serves_a_level_whose_rate_the_interval_of_its_figure_reaches(level: Level) -> None:
    rate = level.false_match_rate
    ends = [(rate, None), (rate * 1.01, Reason.PACK_TOO_WEAK), (None, Reason.PACK_TOO_WEAK)]
    for high, reason in ends:
        pack = msgspec.structs.replace(MANIFEST, figure=(measured(level, high),))
        assert gate_of_pack(pack, level) is reason


@pytest.mark.parametrize("level", list(Level))
def test_a_pack_without_figures_serves_no_level(level: Level) -> None:
    assert gate_of_pack(msgspec.structs.replace(MANIFEST, figure=()), level) is Reason.PACK_TOO_WEAK


def test_what_was_measured_at_another_levels_bound_serves_none() -> None:
    pack = msgspec.structs.replace(MANIFEST, figure=(measured(Level.BALANCED, 0.0),))
    assert gate_of_pack(pack, Level.STRICT) is Reason.PACK_TOO_WEAK
