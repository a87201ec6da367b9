"""Who is who among many faces, and which of one person's to keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from facelatchd.grouping import distinct, groups_of, spread

BAR, SHARE = 6.9, 0.4
NOBODY_THERE = np.empty((0, 8), np.float32)

faces = some.integers(1, 12).flatmap(
    lambda count: some.lists(
        some.lists(some.floats(-1.0, 1.0, width=32), min_size=8, max_size=8).filter(lambda one: any(map(abs, one))),
        min_size=count,
        max_size=count,
    )
)


def unit(rows: list[list[float]]) -> NDArray[np.float32]:
    """Rows of length 1, as embeddings are."""
    vectors = np.array(rows, np.float64)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def evidence_of(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    return 40.0 * (vectors @ vectors.T).astype(np.float64) - 12.0


def between(*people: int, same: float = 15.0, other: float = -15.0) -> NDArray[np.float64]:
    """The evidence among the faces of such people."""
    who = np.array(people)
    return np.where(who[:, np.newaxis] == who, same, other)


def test_each_person_is_a_group_and_the_largest_comes_first() -> None:
    assert groups_of(between(2, 1, 1, 3, 1, 2), BAR, SHARE) == [(1, 2, 4), (0, 5), (3,)]


@pytest.mark.parametrize("count", [0, 1])
def test_one_face_is_a_group_and_none_is_none(count: int) -> None:
    assert groups_of(np.zeros((count, count)), BAR, SHARE) == [(0,)] * count


def test_a_chain_of_resemblance_does_not_make_two_people_one() -> None:
    evidence = between(1, 1, 1, 2, 2, 2)
    evidence[2, 3] = evidence[3, 2] = 30.0
    groups = groups_of(evidence, BAR, SHARE)
    assert not any({0, 1} & set(group) and {4, 5} & set(group) for group in groups)


def test_who_came_in_with_others_and_does_not_fit_by_himself_is_alone_again() -> None:
    evidence = between(1, 1, 1, 1, same=20.0)
    evidence = np.pad(evidence, (0, 1), constant_values=0.0)
    evidence[3, 4] = evidence[4, 3] = 25.0  # the likest of all pairs: these two come together first
    assert groups_of(evidence, BAR, SHARE) == [(0, 1, 2, 3), (4,)]


def test_two_faces_that_resemble_one_of_a_group_each_come_in_with_neither() -> None:
    evidence = between(1, 1, 1, 2, 3)
    evidence[0, 3] = evidence[3, 0] = evidence[1, 4] = evidence[4, 1] = 14.0
    assert groups_of(evidence, BAR, SHARE) == [(0, 1, 2), (3,), (4,)]


@pytest.mark.parametrize(("other", "groups"), [(9.0, [(0, 1, 2), (3,)]), (11.0, [(0, 1, 2, 3)])])
def test_a_look_alike_stays_out_where_the_persons_own_are_much_more_alike(
    other: float, groups: list[tuple[int, ...]]
) -> None:
    assert groups_of(between(1, 1, 1, 2, same=25.0, other=other), BAR, SHARE) == groups


def test_two_look_alikes_with_as_many_pictures_are_two_people() -> None:
    assert groups_of(between(1, 1, 1, 2, 2, 2, same=26.0, other=7.1), BAR, SHARE) == [(0, 1, 2), (3, 4, 5)]


@given(rows=faces, random=some.randoms(use_true_random=False))
def test_everyone_is_in_one_group_whose_other_members_vouch_for_him(rows: list[list[float]], random: object) -> None:
    evidence = evidence_of(unit(rows))
    groups = groups_of(evidence, BAR, SHARE)
    assert sorted(index for group in groups for index in group) == list(range(len(rows)))
    assert [len(group) for group in groups] == sorted(map(len, groups), reverse=True)
    for group in groups:
        for index in group:
            others = [other for other in group if other != index]
            among = evidence[np.ix_(others, others)][np.triu_indices(len(others), 1)]
            wanted = max(BAR, SHARE * among.mean()) if len(others) > 1 else BAR
            assert not others or evidence[index, others].mean() >= wanted - 1e-6


@given(rows=faces, order=some.randoms(use_true_random=False))
def test_the_order_of_faces_that_differ_does_not_count(rows: list[list[float]], order: object) -> None:
    vectors = unit(rows)
    evidence = evidence_of(vectors)
    pairs = np.sort(evidence[np.triu_indices(len(rows), 1)])
    if len(pairs) > 1 and np.diff(pairs).min() < 1e-3:
        return  # which of two equal pairs comes together first is open; the selection sorts by content before
    shuffled = np.array(order.sample(range(len(rows)), len(rows)))  # type: ignore[attr-defined]
    straight = {frozenset(group) for group in groups_of(evidence, BAR, SHARE)}
    mixed = {
        frozenset(shuffled[list(group)].tolist())
        for group in groups_of(evidence[np.ix_(shuffled, shuffled)], BAR, SHARE)
    }
    assert straight == mixed


@given(
    own=some.integers(3, 8),
    foreign=some.integers(1, 3),
    seed=some.integers(0, 1000),
)
def test_a_stranger_never_drags_anybody_in_or_out(own: int, foreign: int, seed: int) -> None:
    """Whatever the stranger's faces have with each other, and one of them with one of the person's."""
    chance = np.random.default_rng(seed)
    evidence = between(*[1] * own, *[2] * foreign)
    one, other = chance.integers(own), own + chance.integers(foreign)
    evidence[one, other] = evidence[other, one] = chance.uniform(-15.0, 14.0)
    assert groups_of(evidence, BAR, SHARE)[0] == tuple(range(own))


# --- copies -----------------------------------------------------------------------------------------------------------


def test_the_best_of_copies_stands_for_the_others() -> None:
    vectors = unit([[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0], [1, 0.01, 0, 0, 0, 0, 0, 0]])
    assert distinct(vectors, np.array([0.5, 0.1, 0.9]), 0.985) == {2: 2, 0: 2, 1: 1}


@given(rows=faces, seed=some.integers(0, 1000))
def test_what_stands_is_unlike_all_else_that_stands_and_like_what_it_stands_for(
    rows: list[list[float]], seed: int
) -> None:
    vectors, quality = unit(rows), np.random.default_rng(seed).uniform(0.0, 1.0, len(rows))
    stands_for = distinct(vectors, quality, 0.9)
    cosines = vectors @ vectors.T
    standing = set(stands_for.values())
    assert set(stands_for) == set(range(len(rows)))
    for index, original in stands_for.items():
        assert stands_for[original] == original
        assert index == original or (cosines[index, original] > 0.9 and quality[original] >= quality[index])
    for one in standing:
        for other in standing - {one}:
            assert cosines[one, other] <= 0.9 + 1e-6


# --- a spread ---------------------------------------------------------------------------------------------------------

ROUND = unit([[np.cos(angle), np.sin(angle), 1, 0, 0, 0, 0, 0] for angle in np.linspace(0, 2 * np.pi, 12)[:-1]])
EQUAL = np.ones(len(ROUND))


def test_the_most_are_kept_and_no_one_twice() -> None:
    chosen = spread(ROUND, EQUAL, 5, NOBODY_THERE)
    assert len(chosen) == len(set(chosen)) == 5
    assert sorted(spread(ROUND, EQUAL, 50, NOBODY_THERE)) == list(range(len(ROUND)))


def test_no_face_is_far_from_a_kept_one() -> None:
    chosen = spread(ROUND, EQUAL, 4, NOBODY_THERE)
    clumped = ROUND[:4]
    assert (ROUND @ ROUND[chosen].T).max(axis=1).min() > (ROUND @ clumped.T).max(axis=1).min() + 0.2


def test_the_first_is_most_like_all_others() -> None:
    vectors = unit([[1, 0.2 * index, 0, 0, 0, 0, 0, 0] for index in range(5)] + [[0.2, 0, 1, 0, 0, 0, 0, 0]])
    assert spread(vectors, np.ones(6), 1, NOBODY_THERE) == [2]


def test_what_stands_for_many_comes_before_what_stands_for_itself_alone() -> None:
    many = [[1, 0, 0.1 * index, 0, 0, 0, 0, 0] for index in range(6)] + [
        [0, 1, 0.1 * index, 0, 0, 0, 0, 0] for index in range(4)
    ]
    vectors = unit([*many, [0, 0, 0, 0, 1, 0, 0, 0]])
    first, second = spread(vectors, np.ones(len(vectors)), 2, NOBODY_THERE)
    assert first < 6 <= second < 10


def test_of_two_that_add_as_much_the_better_one_is_kept() -> None:
    vectors = unit([[1, 0.1, 0, 0, 0, 0, 0, 0], [1, -0.1, 0, 0, 0, 0, 0, 0]])
    assert spread(vectors, np.array([0.4, 0.9]), 1, NOBODY_THERE) == [1]


def test_what_is_there_already_is_not_sought_again() -> None:
    there = ROUND[:6]
    chosen = spread(ROUND, EQUAL, 2, there)
    assert set(chosen) <= set(range(6, len(ROUND)))
