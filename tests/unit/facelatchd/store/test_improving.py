"""A face that is there already is found, and gains templates, or stays exactly as it was."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from facelatchd.store import (
    MOST_TEMPLATES,
    FaceAmbiguous,
    FaceRecord,
    FaceUnknown,
    SealBroken,
    Store,
    StoreError,
    User,
    VectorRefused,
    sealing,
)
from facelatchd.store.keyring import KeyRing

from .conftest import ALICE, BOB, KEY, PATIENCE, locked, unit


def enrol(store: Store, user: User = ALICE, label: str = "mine", templates: int = 2, seed: int = 1) -> FaceRecord:
    vectors = [unit(seed + number) for number in range(templates)]
    return store.add_face(user, label, "pack", "space", "camera", vectors)


def vectors_of(store: Store, face: FaceRecord, user: User = ALICE) -> list[NDArray[np.float32]]:
    return [template.vector for template in store.templates(user, "space") if template.face_id == face.id]


# --- finding ----------------------------------------------------------------------------------------------------------


def test_a_face_is_found_by_label_id_or_beginning_of_the_id(store: Store) -> None:
    face = enrol(store)
    enrol(store, label="other", seed=7)
    for which in ("mine", " mine ", face.id, face.id[:6], face.id[:9].upper()):
        assert store.find_face(ALICE, which) == face


@pytest.mark.parametrize("which", ["", "%", "nobody", "bobs"])
def test_a_face_that_the_user_has_not_is_not_found(store: Store, which: str) -> None:
    enrol(store)
    bobs = enrol(store, BOB, "bobs", seed=7)
    for name in (which, bobs.id):
        with pytest.raises(FaceUnknown, match="no face is called"):
            store.find_face(ALICE, name)


def test_a_face_that_may_be_another_is_not_found(store: Store) -> None:
    face = enrol(store)
    enrol(store, label=face.id[:6], seed=7)
    with pytest.raises(FaceAmbiguous):
        store.find_face(ALICE, face.id[:6])


def test_an_heir_of_the_name_finds_nothing(store: Store) -> None:
    enrol(store)
    with pytest.raises(FaceUnknown):
        store.find_face(User("alice", 2000), "mine")


# --- improving --------------------------------------------------------------------------------------------------------


def test_an_improved_face_has_its_old_templates_and_the_new_ones_behind_them(store: Store, address: str) -> None:
    face = enrol(store)
    other = enrol(store, label="other", seed=7)
    improved = store.improve_face(ALICE, "mine", "space", [unit(11), unit(12)])
    improved = store.improve_face(ALICE, face.id[:8], "space", [unit(13)])
    assert improved == msgspec.structs.replace(face, templates=5)
    again = Store.open(address, KEY, patience=PATIENCE)
    try:
        assert again.faces(ALICE) == [improved, other]
        found = vectors_of(again, face)
        assert all(np.array_equal(*pair) for pair in zip(found, map(unit, (1, 2, 11, 12, 13)), strict=True))
        assert len(vectors_of(again, other)) == 2
    finally:
        again.close()


def test_a_face_may_be_filled_and_not_overfilled(store: Store) -> None:
    face = enrol(store, templates=MOST_TEMPLATES - 2)
    with pytest.raises(VectorRefused, match="has 30 templates, 32 are the most"):
        store.improve_face(ALICE, "mine", "space", [unit(seed) for seed in range(3)])
    assert store.faces(ALICE) == [face]
    assert store.improve_face(ALICE, "mine", "space", [unit(90), unit(91)]).templates == MOST_TEMPLATES
    with pytest.raises(VectorRefused):
        store.improve_face(ALICE, "mine", "space", [unit(92)])
    assert len(vectors_of(store, face)) == MOST_TEMPLATES


def test_a_face_is_not_improved_with_vectors_of_another_space(store: Store) -> None:
    face = enrol(store)
    with pytest.raises(VectorRefused, match="'mine' is of another pack"):
        store.improve_face(ALICE, "mine", "other space", [unit(11)])
    assert store.faces(ALICE) == [face]


@pytest.mark.parametrize(
    "vectors",
    [[], [unit(1)] * (MOST_TEMPLATES + 1), [unit(1), unit(2, 64)], [unit(1), unit(2) * np.float32(2)]],
    ids=["none", "too many", "unlike dimensions", "not of length 1"],
)
def test_vectors_that_make_no_face_improve_none(store: Store, vectors: list[NDArray[np.float32]]) -> None:
    face = enrol(store)
    with pytest.raises(VectorRefused):
        store.improve_face(ALICE, "mine", "space", vectors)
    assert store.faces(ALICE) == [face]
    assert len(vectors_of(store, face)) == 2


@pytest.mark.parametrize("user", [BOB, User("alice", 2000)])
def test_nobody_improves_anothers_face(store: Store, user: User) -> None:
    face = enrol(store)
    enrol(store, BOB, "bobs", seed=7)
    for which in ("mine", face.id):
        with pytest.raises(FaceUnknown):
            store.improve_face(user, which, "space", [unit(11)])
    assert store.faces(ALICE) == [face]


def test_an_improvement_that_fails_half_way_leaves_the_face_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = enrol(store)
    sound = iter([sealing.seal])

    def seal(key: KeyRing, vector: NDArray[np.float32], binding: sealing.Binding) -> bytes:
        for real in sound:
            return real(key, vector, binding)
        raise VectorRefused("made to fail")

    monkeypatch.setattr("facelatchd.store.store.seal", seal)
    with pytest.raises(VectorRefused, match="made to fail"):
        store.improve_face(ALICE, "mine", "space", [unit(11), unit(12)])
    assert store.faces(ALICE) == [face]
    assert len(vectors_of(store, face)) == 2


def test_a_store_that_another_keeps_locked_improves_nothing(store: Store, address: str) -> None:
    face = enrol(store)
    with locked(address), pytest.raises(StoreError):
        store.improve_face(ALICE, "mine", "space", [unit(11)])
    assert store.faces(ALICE) == [face]


def test_an_added_template_is_bound_to_its_face_like_the_first(store: Store, tamper: Callable[[str], None]) -> None:
    enrol(store)
    enrol(store, label="other", seed=7)
    store.improve_face(ALICE, "mine", "space", [unit(11)])
    tamper("UPDATE templates SET face_id = (SELECT id FROM faces WHERE label = 'other') WHERE position = 2")
    with pytest.raises(SealBroken, match="does not open"):
        store.templates(ALICE, "space")


def test_a_face_is_removed_with_the_templates_it_gained(store: Store) -> None:
    enrol(store)
    kept = enrol(store, label="other", seed=7)
    store.improve_face(ALICE, "mine", "space", [unit(11)])
    assert store.remove_face(ALICE, "mine").templates == 3
    assert {template.face_id for template in store.templates(ALICE, "space")} == {kept.id}
