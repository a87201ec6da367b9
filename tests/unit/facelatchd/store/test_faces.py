"""Faces come back as they were enrolled, to the person who enrolled them, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from facelatchd.store import (
    MOST_FACES,
    MOST_TEMPLATES,
    FaceAmbiguous,
    FaceRecord,
    FaceRefused,
    FaceUnknown,
    LabelRefused,
    LabelTaken,
    SealBroken,
    Store,
    TooManyFaces,
    User,
    VectorRefused,
    sealing,
)
from facelatchd.store.keyring import KeyRing

from .conftest import ALICE, BOB, KEY, PATIENCE, unit


def enrol(store: Store, user: User = ALICE, label: str = "", *, space: str = "space", seed: int = 1) -> FaceRecord:
    return store.add_face(user, label, "pack", space, "camera", [unit(seed), unit(seed + 1)])


def labels(store: Store, user: User = ALICE) -> list[str]:
    return [face.label for face in store.faces(user)]


def test_a_face_is_still_there_after_opening_anew(store: Store, address: str) -> None:
    before = datetime.now(UTC)
    enrolled = store.add_face(ALICE, "with glasses", "pack", "space", "camera", [unit(1), unit(2)])
    again = Store.open(address, KEY, patience=PATIENCE)
    try:
        assert again.faces(ALICE) == [enrolled]
        templates = again.templates(ALICE, "space")
    finally:
        again.close()
    assert (enrolled.label, enrolled.pack, enrolled.space, enrolled.camera, enrolled.templates) == (
        "with glasses",
        "pack",
        "space",
        "camera",
        2,
    )
    assert before <= enrolled.enrolled <= datetime.now(UTC)
    assert [template.face_id for template in templates] == [enrolled.id, enrolled.id]
    assert all(np.array_equal(template.vector, unit(seed)) for template, seed in zip(templates, (1, 2), strict=True))


def test_nobody_has_a_face_at_first(store: Store) -> None:
    assert store.faces(ALICE) == []
    assert store.templates(ALICE, "space") == []
    assert store.enrolled_users() == 0


def test_a_user_gets_his_own_faces_only(store: Store) -> None:
    mine = enrol(store, ALICE)
    yours = enrol(store, BOB, seed=7)
    assert store.faces(ALICE) == [mine]
    assert store.faces(BOB) == [yours]
    assert {template.face_id for template in store.templates(BOB, "space")} == {yours.id}
    assert store.enrolled_users() == 2


def test_templates_of_another_space_are_left_out(store: Store) -> None:
    enrol(store, space="old")
    new = enrol(store, space="new")
    assert {template.face_id for template in store.templates(ALICE, "new")} == {new.id}


# --- moved and altered rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "move",
    [
        "UPDATE faces SET user_id = (SELECT id FROM users WHERE name = 'bob')",
        "UPDATE templates SET face_id = (SELECT id FROM faces WHERE label = 'bobs'), position = position + 10 "
        "WHERE face_id = (SELECT id FROM faces WHERE label = 'alices')",
        "UPDATE users SET name = CASE name WHEN 'alice' THEN 'carol' ELSE 'bob' END",
        "UPDATE users SET uid = 1001",
        "UPDATE faces SET pack = 'other'",
        "UPDATE faces SET camera = 'other'",
        "UPDATE faces SET space = 'other'",
    ],
)
def test_a_row_moved_to_another_user_does_not_open(store: Store, tamper: Callable[[str], None], move: str) -> None:
    enrol(store, ALICE, "alices")
    enrol(store, BOB, "bobs", seed=7)
    assert _holders(store) == [("alice", 1000, "space")]
    tamper(move)
    assert _holders(store) == []


def _holders(store: Store) -> list[tuple[str, int, str]]:
    """Everybody, and every space, for which one of alice's two vectors opens."""
    owners = [ALICE, BOB, User("carol", 1000), User("alice", 1001)]
    return [
        (user.name, user.uid, space) for user in owners for space in ("space", "other") if _opens(store, user, space)
    ]


def _opens(store: Store, user: User, space: str) -> bool:
    try:
        templates = store.templates(user, space)
    except SealBroken:
        return False
    return any(np.array_equal(template.vector, unit(seed)) for template in templates for seed in (1, 2))


def test_templates_exchanged_within_a_face_do_not_open(store: Store, tamper: Callable[[str], None]) -> None:
    enrol(store)
    tamper("UPDATE templates SET sealed = (SELECT other.sealed FROM templates AS other WHERE other.position = 1)")
    with pytest.raises(SealBroken, match="does not open"):
        store.templates(ALICE, "space")


def test_one_broken_template_breaks_the_answer(store: Store, tamper: Callable[[str], None]) -> None:
    enrol(store, label="sound")
    enrol(store, label="broken", seed=7)
    tamper(
        "UPDATE templates SET sealed = (SELECT other.sealed FROM templates AS other WHERE other.id <> templates.id "
        "LIMIT 1) WHERE position = 1 AND face_id = (SELECT id FROM faces WHERE label = 'broken')"
    )
    with pytest.raises(SealBroken, match="does not open"):
        store.templates(ALICE, "space")


def test_another_key_opens_nothing(store: Store, address: str) -> None:
    enrol(store)
    other = Store.open(address, KEY[::-1], patience=PATIENCE)
    try:
        with pytest.raises(SealBroken, match="another key"):
            other.templates(ALICE, "space")
    finally:
        other.close()


# --- a name that changed hands ----------------------------------------------------------------------------------------


def test_the_same_name_with_another_uid_is_another_person(store: Store) -> None:
    enrol(store, ALICE, "alices")
    heir = User("alice", 2000)
    assert store.faces(heir) == []
    assert store.templates(heir, "space") == []
    with pytest.raises(FaceUnknown):
        store.rename_face(heir, "alices", "mine")
    with pytest.raises(FaceUnknown):
        store.remove_face(heir, "alices")
    with pytest.raises(FaceUnknown):
        store.remove_all(heir)
    assert labels(store, ALICE) == ["alices"]


def test_who_enrols_under_a_reused_name_inherits_no_faces(store: Store) -> None:
    enrol(store, ALICE, "alices")
    heir = User("alice", 2000)
    mine = enrol(store, heir, "mine", seed=7)
    assert store.faces(heir) == [mine]
    assert {template.face_id for template in store.templates(heir, "space")} == {mine.id}
    assert store.faces(ALICE) == []
    assert store.enrolled_users() == 1


def test_a_refused_enrolment_under_a_reused_name_removes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = enrol(store, ALICE, "mine")
    _let_sealing_fail_at_the_second(monkeypatch)
    with pytest.raises(VectorRefused):
        enrol(store, User("alice", 2000), "heirs")
    assert store.faces(ALICE) == [mine]


# --- labels and limits ------------------------------------------------------------------------------------------------


def test_faces_without_a_label_are_numbered_and_gaps_are_filled(store: Store) -> None:
    for label in ("", " ", "mine", ""):
        enrol(store, label=label)
    store.remove_face(ALICE, "face 2")
    enrol(store)
    assert labels(store) == ["face 1", "mine", "face 3", "face 2"]


def test_a_label_is_taken_once_a_user(store: Store) -> None:
    enrol(store, ALICE, "mine")
    enrol(store, BOB, "mine")
    with pytest.raises(LabelTaken, match="'mine'"):
        enrol(store, ALICE, " mine ")
    assert labels(store) == ["mine"]


@pytest.mark.parametrize(
    "label", ["two\nlines", "bell\a", "esc\x1b[2J", "back\u202ewards", "x" * 65, "nul\0", "\ud800"]
)
def test_a_label_that_does_not_print_or_is_too_long_is_refused(store: Store, label: str) -> None:
    with pytest.raises(LabelRefused):
        enrol(store, label=label)
    enrol(store, label="mine")
    with pytest.raises(LabelRefused):
        store.rename_face(ALICE, "mine", label)
    assert labels(store) == ["mine"]


@pytest.mark.parametrize("label", ["x", "x" * 64, "Brille · 眼鏡 🥸", 'it\'s; -- "quoted" %s'])
def test_a_label_comes_back_as_it_was_given(store: Store, label: str) -> None:
    enrol(store, label=f"  {label} ")
    assert labels(store) == [label]
    assert store.remove_face(ALICE, label).label == label


def test_labels_that_look_the_same_are_the_same(store: Store) -> None:
    enrol(store, label="caf\u00e9")
    with pytest.raises(LabelTaken):
        enrol(store, label="cafe\u0301")


def test_a_user_has_at_most_ten_faces(store: Store) -> None:
    for _ in range(MOST_FACES):
        enrol(store)
    with pytest.raises(TooManyFaces, match="10 faces"):
        enrol(store)
    enrol(store, BOB)
    store.remove_face(ALICE, "face 3")
    assert enrol(store).label == "face 3"


@pytest.mark.parametrize(
    "vectors",
    [
        [],
        [unit(1)] * (MOST_TEMPLATES + 1),
        [unit(1), unit(2, 64)],
        [unit(1), unit(2) * np.float32(2)],
    ],
    ids=["none", "too many", "unlike dimensions", "not of length 1"],
)
def test_vectors_that_make_no_face_are_refused(store: Store, vectors: list[NDArray[np.float32]]) -> None:
    with pytest.raises(VectorRefused):
        store.add_face(ALICE, "", "pack", "space", "camera", vectors)
    assert store.enrolled_users() == 0


@pytest.mark.parametrize("camera", ["nul\0", "\udcff"])
def test_a_camera_that_the_database_cannot_hold_is_refused(store: Store, camera: str) -> None:
    with pytest.raises(FaceRefused, match="a face's camera"):
        store.add_face(ALICE, "", "pack", "space", camera, [unit(1)])


def test_the_most_templates_fit(store: Store) -> None:
    store.add_face(ALICE, "", "pack", "space", "", [unit(seed) for seed in range(MOST_TEMPLATES)])
    assert len(store.templates(ALICE, "space")) == MOST_TEMPLATES


def test_faces_of_one_space_but_unlike_dimensions_are_not_handed_out(store: Store) -> None:
    enrol(store)
    store.add_face(ALICE, "", "pack", "space", "camera", [unit(1, 64)])
    with pytest.raises(SealBroken, match="differ in dimension"):
        store.templates(ALICE, "space")


def test_an_enrolment_that_fails_half_way_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _let_sealing_fail_at_the_second(monkeypatch)
    with pytest.raises(VectorRefused):
        enrol(store)
    assert store.faces(ALICE) == []
    assert store.enrolled_users() == 0


def _let_sealing_fail_at_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = iter([sealing.seal])

    def seal(key: KeyRing, vector: NDArray[np.float32], binding: sealing.Binding) -> bytes:
        for real in sound:
            return real(key, vector, binding)
        raise VectorRefused("made to fail")

    monkeypatch.setattr("facelatchd.store.store.seal", seal)


# --- renaming and removing --------------------------------------------------------------------------------------------


def test_a_face_is_renamed_by_label_id_or_beginning_of_the_id(store: Store) -> None:
    face = enrol(store, label="first")
    for which, label in (("first", "second"), (face.id, "third"), (face.id[:4], "fourth"), (face.id[:9].upper(), "x")):
        assert store.rename_face(ALICE, which, label).label == label
    assert labels(store) == ["x"]
    assert len(store.templates(ALICE, "space")) == 2


def test_a_face_keeps_its_own_label_but_takes_no_other_ones(store: Store) -> None:
    enrol(store, label="one")
    enrol(store, label="two")
    assert store.rename_face(ALICE, "one", "one").label == "one"
    with pytest.raises(LabelTaken):
        store.rename_face(ALICE, "one", "two")
    with pytest.raises(LabelRefused):
        store.rename_face(ALICE, "one", " ")


@pytest.mark.parametrize("which", ["", "nobody", "%", "_", "'"])
def test_an_unknown_face_is_named(store: Store, which: str) -> None:
    enrol(store, label="mine")
    with pytest.raises(FaceUnknown, match="no face is called"):
        store.remove_face(ALICE, which)
    assert labels(store) == ["mine"]


def test_three_characters_of_an_id_are_too_few(store: Store) -> None:
    face = enrol(store)
    with pytest.raises(FaceUnknown):
        store.remove_face(ALICE, face.id[:3])


def test_a_label_that_is_the_beginning_of_another_id_is_ambiguous(store: Store) -> None:
    face = enrol(store)
    enrol(store, label=face.id[:6])
    with pytest.raises(FaceAmbiguous, match="give more of the id"):
        store.remove_face(ALICE, face.id[:6])
    store.remove_face(ALICE, face.id[:7])
    assert labels(store) == [face.id[:6]]


def test_a_whole_id_means_that_face_whatever_others_are_called(store: Store) -> None:
    face = enrol(store)
    enrol(store, label=face.id)
    store.remove_face(ALICE, face.id)
    assert labels(store) == [face.id]


def test_a_shared_beginning_of_ids_is_ambiguous(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = (f"abcd{number:028x}" for number in range(100))
    monkeypatch.setattr("facelatchd.store.store.secrets.token_hex", lambda size: next(numbers))
    enrol(store)
    enrol(store)
    with pytest.raises(FaceAmbiguous):
        store.remove_face(ALICE, "abcd")
    assert len(store.faces(ALICE)) == 2


def test_another_users_face_cannot_be_named(store: Store) -> None:
    face = enrol(store, ALICE, "alices")
    enrol(store, BOB, "bobs")
    for which in ("alices", face.id, face.id[:8]):
        with pytest.raises(FaceUnknown):
            store.remove_face(BOB, which)
        with pytest.raises(FaceUnknown):
            store.rename_face(BOB, which, "mine now")


def test_a_removed_face_is_gone_with_its_templates(store: Store) -> None:
    gone = enrol(store, label="gone")
    kept = enrol(store, label="kept", seed=7)
    assert store.remove_face(ALICE, "gone") == gone
    assert store.faces(ALICE) == [kept]
    assert {template.face_id for template in store.templates(ALICE, "space")} == {kept.id}


def test_with_the_last_face_the_user_goes(store: Store) -> None:
    enrol(store)
    store.remove_face(ALICE, "face 1")
    assert store.enrolled_users() == 0


def test_removing_all_leaves_other_users_alone(store: Store) -> None:
    mine = [enrol(store, ALICE), enrol(store, ALICE)]
    yours = enrol(store, BOB)
    assert store.remove_all(ALICE) == mine
    assert store.faces(ALICE) == []
    assert store.faces(BOB) == [yours]
    with pytest.raises(FaceUnknown, match="alice has no face"):
        store.remove_all(ALICE)


@pytest.mark.parametrize(("name", "uid"), [("", 1), ("nul\0", 1), ("\udcff", 1), ("alice", -1), ("alice", 2**32 - 1)])
def test_a_user_that_cannot_be_is_refused(name: str, uid: int) -> None:
    with pytest.raises(ValueError, match=r"user's name|uid"):
        User(name, uid)


def test_the_largest_uid_fits(store: Store) -> None:
    user = User("nobody", 2**32 - 2)
    face = enrol(store, user)
    assert store.faces(user) == [face]
