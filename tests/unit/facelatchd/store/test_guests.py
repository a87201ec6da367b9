"""People without an account in the store: listed and compared, and never anybody who could log in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from facelatchd.store import FaceRefused, Guest, Person, SealBroken, Store, StoreDamaged, User
from facelatchd.store.records import GUEST_UID, LARGEST_UID, person_of

from .conftest import NOW

SPACE = "space"
CAROL = User("carol", 1001)


def unit(axis: int = 0) -> NDArray[np.float32]:
    vector = np.zeros(8, np.float32)
    vector[axis] = 1
    return vector


def enrol(store: Store, user: User, space: str = SPACE) -> str:
    return store.add_face(user, "", "pack", space, "pictures", [unit(), unit(1)]).id


def test_no_account_can_have_a_guests_uid_and_no_guest_an_accounts() -> None:
    assert GUEST_UID == 2**32 - 1 == LARGEST_UID + 1
    with pytest.raises(ValueError, match="uid 4294967295"):
        User("carol", GUEST_UID)
    with pytest.raises(ValueError, match="uid 0 of the guest"):
        Guest("root", 0)
    with pytest.raises(ValueError, match="empty"):
        Guest("")
    assert person_of("carol", GUEST_UID) == Guest("carol") != CAROL
    assert person_of("carol", 1001) == CAROL


def test_a_guests_faces_are_no_accounts_of_the_same_name(store: Store) -> None:
    enrol(store, Guest("carol"))
    assert store.faces(CAROL) == []
    assert store.templates(CAROL, SPACE) == []
    assert len(store.templates(Guest("carol"), SPACE)) == 2


def test_a_guests_row_moved_to_an_account_does_not_open(store: Store, tamper: Callable[[str], None]) -> None:
    enrol(store, Guest("carol"))
    tamper("UPDATE users SET uid = 1001 WHERE name = 'carol'")
    with pytest.raises(SealBroken, match="does not open"):
        store.templates(CAROL, SPACE)


def test_when_the_account_of_that_name_enrols_the_guests_faces_go(store: Store) -> None:
    enrol(store, Guest("carol"))
    face = enrol(store, CAROL)
    assert store.faces(Guest("carol")) == []
    assert [record.id for record in store.faces(CAROL)] == [face]


def test_a_guest_takes_no_name_from_an_account(store: Store) -> None:
    face = enrol(store, CAROL)
    store.record_password(CAROL, NOW)
    with pytest.raises(FaceRefused, match="the faces of an account carol are enrolled"):
        enrol(store, Guest("carol"))
    assert [record.id for record in store.faces(CAROL)] == [face]


def test_guests_are_no_users_who_could_log_in(store: Store) -> None:
    enrol(store, Guest("dora"))
    assert store.enrolled_users() == 0
    enrol(store, CAROL)
    assert store.enrolled_users() == 1


def test_all_people_are_listed_by_name_with_what_the_pack_can_compare(store: Store) -> None:
    enrol(store, Guest("Ärzu"))
    enrol(store, CAROL)
    enrol(store, CAROL, "another space")
    listed = store.everybody.people(SPACE)
    assert sorted(listed, key=lambda person: person.user.name) == [Person(CAROL, 2, 1), Person(Guest("Ärzu"), 1, 1)]
    assert store.everybody.people(SPACE, listed[0].user.name) == listed[1:]
    assert store.everybody.people(SPACE, listed[1].user.name) == []
    assert {person.usable for person in store.everybody.people("")} == {0}


def test_all_faces_of_a_space_are_listed_and_opened(store: Store) -> None:
    ids = sorted([enrol(store, CAROL), enrol(store, Guest("dora"))])
    enrol(store, CAROL, "another space")
    listed = store.everybody.faces(SPACE)
    assert [face.id for face in listed] == ids
    assert {face.user for face in listed} == {CAROL, Guest("dora")}
    assert [face.templates for face in listed] == [2, 2]
    assert store.everybody.faces(SPACE, ids[0]) == listed[1:]
    opened = store.everybody.vectors([*ids, "f" * 32])
    assert sorted(opened) == ids
    assert all(np.array_equal(vectors, [unit(), unit(1)]) for vectors in opened.values())


def test_one_template_that_does_not_open_is_not_passed_over(store: Store, tamper: Callable[[str], None]) -> None:
    face = enrol(store, Guest("dora"))
    tamper("UPDATE faces SET camera = 'elsewhere'")
    with pytest.raises(SealBroken, match="of dora: does not open"):
        store.everybody.vectors([face])


@pytest.mark.parametrize("listed", ["people", "faces"])
def test_somebody_who_cannot_be_is_a_damaged_store(store: Store, tamper: Callable[[str], None], listed: str) -> None:
    enrol(store, CAROL)
    tamper("UPDATE users SET uid = 4294967296")
    with pytest.raises(StoreDamaged):
        getattr(store.everybody, listed)(SPACE)
