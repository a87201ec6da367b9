"""Which pictures an enrolment keeps, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from facelatch.types import Hint, Pose, Reason
from facelatch_eye.messages import Observation, SeenFace, View
from facelatchd import selection, shots
from facelatchd.album import BRIGHTEST, MOST_FROM_PICTURES, Album
from facelatchd.shots import FEWEST_SHOTS
from facelatchd.store import MOST_TEMPLATES
from tests.unit.facelatchd.seen import DIMENSION, NOBODY, YARDSTICK, face, seen, varied

ME, YOU, THEM = 0, 1, 2


def looks(person: int, index: int) -> NDArray[np.float32]:
    """A person's looks: pairs of one person have the cosine 0.81, of two people 0.19 at most."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[person], vector[4 + index % (DIMENSION - 4)] = 0.9, np.sqrt(1 - 0.81)
    return vector


def shows(*people: tuple[int, int]) -> Observation:
    """A picture of one person, or of several as large as one another."""
    faces = [face(looks(person, index)) for person, index in people]
    return seen(View.CLEAR if len(faces) == 1 else View.SEVERAL_FACES, *faces)


def of(person: int, count: int) -> list[Observation]:
    return [shows((person, index)) for index in range(count)]


def like(vector: NDArray[np.float32], **changes: object) -> Observation:
    return seen(View.CLEAR, msgspec.structs.replace(face(vector), **changes))


def album(pictures: Sequence[Observation], known: int = 0, like: str = "") -> Album:
    """An album of pictures named by their numbers; `known` templates of mine are there already."""
    templates = np.stack([looks(ME, index) for index in range(known)]) if known else None
    made = Album(YARDSTICK, templates, like)
    for number, picture in enumerate(pictures, 1):
        made.add(picture, f"{number}.jpg")
    return made


def kept(made: Album) -> list[int]:
    return [shot.number for shot in made.kept]


def hints(made: Album) -> list[Hint | None]:
    return [shot.hint for shot in made.choice.shots]


# --- whom the pictures show -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_wrong_picture_is_left_out_wherever_it_comes(at: int) -> None:
    pictures = of(ME, 5)
    pictures.insert(at, shows((YOU, 0)))
    made = album(pictures)
    assert kept(made) == [number for number in range(1, 7) if number != at + 1]
    assert hints(made)[at] is Hint.ANOTHER_FACE
    assert (made.choice.trouble, made.enough) == ("", True)


def test_a_few_of_others_first_do_not_make_them_the_person() -> None:
    made = album([shows((YOU, 0)), shows((YOU, 1)), shows((THEM, 0)), *of(ME, 6)])
    assert kept(made) == [4, 5, 6, 7, 8, 9]
    assert hints(made)[:3] == [Hint.ANOTHER_FACE] * 3


def test_three_pictures_are_enough() -> None:
    assert kept(album(of(ME, 3))) == [1, 2, 3]


def test_of_two_people_in_as_many_pictures_neither_is_enrolled() -> None:
    made = album([*of(ME, 3), *of(YOU, 3)])
    assert (kept(made), made.enough, made.choice.reason) == ([], False, Reason.SEVERAL_FACES)
    assert "one in 3 (1.jpg, 2.jpg, 3.jpg) and one in 3 (4.jpg, 5.jpg, 6.jpg)" in made.choice.trouble
    assert "nothing is stored" in made.choice.trouble
    assert hints(made) == [Hint.UNDECIDED] * 6
    assert len({shot.text for shot in made.choice.shots}) == 2, "which of them belong together is said"


@pytest.mark.parametrize(("others", "clear"), [(2, True), (3, False)])
def test_more_than_half_as_many_pictures_of_somebody_else_leave_it_open(others: int, clear: bool) -> None:
    assert (album([*of(ME, 5), *of(YOU, others)]).choice.trouble == "") is clear


def test_copies_of_a_strangers_picture_do_not_make_him_the_person() -> None:
    made = album([*of(ME, 3), *[shows((YOU, 0))] * 20])
    assert kept(made) == [1, 2, 3]
    assert hints(made)[3:] == [Hint.ANOTHER_FACE] * 20


def test_strangers_who_are_all_different_are_nobody() -> None:
    made = album([shows((ME, 0)), shows((YOU, 1)), shows((THEM, 2))])
    assert (kept(made), made.enough, made.choice.reason) == ([], False, Reason.SEVERAL_FACES)
    assert "no two of the pictures show the same person" in made.choice.trouble


def test_a_picture_of_the_person_alone_says_who_is_meant() -> None:
    pictures = [*of(ME, 3), *of(YOU, 3)]
    assert kept(album(pictures, like="2.jpg")) == [1, 2, 3]
    made = album(pictures, like="5.jpg")
    assert kept(made) == [4, 5, 6]
    assert hints(made)[:3] == [Hint.ANOTHER_FACE] * 3


@pytest.mark.parametrize("name", ["none.jpg", "7.jpg", "8.jpg"])
def test_a_picture_that_shows_nobody_alone_says_nothing(name: str) -> None:
    made = album([*of(ME, 3), *of(YOU, 3), NOBODY, shows((ME, 4), (YOU, 4))], like=name)
    assert (kept(made), made.enough, made.choice.reason) == ([], False, Reason.BAD_REQUEST)
    assert name in made.choice.trouble
    assert hints(made)[:6] == [Hint.UNDECIDED] * 6


# --- pictures of several ----------------------------------------------------------------------------------------------


def test_of_several_faces_the_persons_is_taken_and_it_is_said() -> None:
    made = album([shows((YOU, 5), (ME, 5), (THEM, 5)), *of(ME, 3)])
    assert kept(made) == [1, 2, 3, 4]
    assert np.array_equal(made.kept[0].vector, looks(ME, 5))
    told = made.choice.shots[0]
    assert (told.taken, told.hint, told.text) == (True, Hint.ONE_FACE, "One of the 3 faces in it.")


def test_where_none_of_several_faces_is_the_persons_the_picture_is_left_out() -> None:
    made = album([*of(ME, 3), shows((YOU, 5), (THEM, 5))])
    assert hints(made)[3] is Hint.ANOTHER_FACE
    assert kept(made) == [1, 2, 3]


def test_where_two_of_several_faces_are_the_persons_the_picture_is_left_out() -> None:
    made = album([*of(ME, 3), shows((ME, 5), (ME, 6))])
    assert (hints(made)[3], kept(made)) == (Hint.ONE_FACE, [1, 2, 3])


def test_a_bad_face_among_several_is_not_taken() -> None:
    small = msgspec.structs.replace(face(looks(ME, 5)), view=View.FAR)
    made = album([*of(ME, 3), seen(View.SEVERAL_FACES, face(looks(YOU, 5)), small)])
    assert kept(made) == [1, 2, 3]


def test_pictures_of_several_people_alone_do_not_say_whom_they_are_about() -> None:
    made = album([shows((ME, index), (YOU, index)) for index in range(5)])
    assert (kept(made), hints(made)) == ([], [Hint.ONE_FACE] * 5)


# --- quality, copies, and a spread ------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", [view for view in View if view not in (View.CLEAR, View.SEVERAL_FACES)])
def test_a_bad_picture_says_what_is_wrong_with_it_at_once(view: View) -> None:
    made = album(of(ME, 3))
    told = made.add(seen(view, face(looks(ME, 4))), "bad.jpg")
    assert (told.taken, told.hint) == (False, shots.HINT_OF_VIEW[view])
    assert told.text == selection.TEXTS[shots.HINT_OF_VIEW[view]] == made.choice.shots[-1].text
    assert kept(made) == [1, 2, 3]


def test_a_face_that_is_nearly_white_is_too_bright() -> None:
    made = album([*of(ME, 3), like(looks(ME, 4), light=BRIGHTEST + 1), like(looks(ME, 5), light=BRIGHTEST)])
    assert (hints(made)[3], kept(made)) == (Hint.LESS_LIGHT, [1, 2, 3, 5])


def test_a_face_without_an_embedding_is_no_shot() -> None:
    assert hints(album([seen(View.CLEAR, face(None))])) == [Hint.UNCLEAR]


def test_a_picture_that_cannot_be_looked_at_is_noted_with_the_reason() -> None:
    made = album(of(ME, 2))
    told = made.refuse("not a picture", "bad.jpg")
    assert (told.taken, told.hint, told.text) == (False, Hint.BAD_PICTURE, "not a picture")
    assert made.choice.shots[-1] == told
    assert made.commonest_hint == "not a picture"


def test_of_pictures_that_are_too_much_alike_the_best_is_kept_and_named() -> None:
    blurred, good = (like(looks(ME, 0), sharpness=sharpness) for sharpness in (0.02, 0.06))
    made = album([blurred, *of(ME, 3)[1:], good])
    assert kept(made) == [2, 3, 4]
    assert (hints(made)[0], made.choice.shots[0].text) == (Hint.ALIKE, "Too much like 4.jpg.")


def test_of_more_pictures_than_are_wanted_those_are_kept_that_stand_for_the_rest() -> None:
    chance = np.random.default_rng(1)
    pictures = []
    for turn in np.linspace(-0.5, 0.5, 40):
        vector = np.append([1.0, turn], chance.normal(0.0, 0.1, DIMENSION - 2)).astype(np.float32)
        pictures.append(seen(View.CLEAR, face(vector / np.linalg.norm(vector))))
    made = album(pictures)
    assert len(made.kept) == MOST_FROM_PICTURES
    assert hints(made).count(Hint.ENOUGH) == 40 - MOST_FROM_PICTURES
    numbers = kept(made)
    assert min(numbers) < 10, "both ends are there"
    assert max(numbers) > 30, "both ends are there"
    assert np.diff(numbers).max() < 8


def test_pictures_are_asked_for_no_pose_and_need_not_look_alive() -> None:
    made = album([like(looks(ME, index), yaw=20.0, live=0.0) for index in range(FEWEST_SHOTS)])
    assert [shot.pose for shot in made.kept] == [Pose.LEFT] * FEWEST_SHOTS
    assert (made.missing_poses, made.looks_alive, made.enough) == ((), True, True)


# --- improving --------------------------------------------------------------------------------------------------------


def test_a_face_is_improved_by_its_own_pictures_only_even_by_one() -> None:
    made = album([shows((YOU, 1)), shows((YOU, 2)), shows((ME, 5))], known=3)
    assert (kept(made), made.enough) == ([3], True)
    assert hints(made)[:2] == [Hint.ANOTHER_FACE] * 2
    assert made.commonest_hint == "Not the person of that face, as far as can be told."


def test_a_group_picture_alone_can_improve_a_face() -> None:
    assert kept(album([shows((YOU, 1), (ME, 5))], known=3)) == [1]


def test_what_the_face_has_already_does_not_improve_it() -> None:
    made = album([shows((ME, 0))], known=3)
    assert (hints(made), made.enough) == ([Hint.ALIKE], False)
    assert "already" in made.choice.shots[0].text


@pytest.mark.parametrize("there", [1, MOST_TEMPLATES - 2])
def test_a_face_is_improved_up_to_what_a_face_may_have(there: int) -> None:
    assert album([], known=there).wanted == min(MOST_FROM_PICTURES, MOST_TEMPLATES - there)


# --- dropping ---------------------------------------------------------------------------------------------------------


def test_a_dropped_shot_is_gone_and_the_others_keep_their_numbers() -> None:
    made = album(of(ME, 4))
    made.drop([2, 2])
    assert (kept(made), made.enough) == ([1, 3, 4], True)
    made.drop([1, 2])
    assert not made.enough


def test_a_shot_that_is_not_kept_cannot_be_dropped_and_nothing_is() -> None:
    made = album([*of(ME, 3), NOBODY])
    with pytest.raises(LookupError, match="no shot 4"):
        made.drop([1, 4])
    assert kept(made) == [1, 2, 3]


# --- whatever comes ---------------------------------------------------------------------------------------------------


def test_every_hint_has_words_of_its_own_where_it_is_given() -> None:
    assert set(selection.TEXTS) | set(shots.TEXTS) | {Hint.BAD_PICTURE} == set(Hint)
    for texts in (selection.TEXTS, shots.TEXTS):
        assert len(set(texts.values())) == len(texts)


def _face(values: tuple[int, int, float, float]) -> SeenFace:
    person, index, sharpness, light = values
    return msgspec.structs.replace(face(looks(person, index)), sharpness=sharpness, light=light)


any_face = some.tuples(
    some.sampled_from([ME, ME, ME, YOU, THEM]), some.integers(0, 11), some.floats(0.01, 0.2), some.floats(20.0, 240.0)
).map(_face)
pictures_of_one = any_face.map(lambda one: seen(View.CLEAR, one))
pictures_of_several = some.lists(any_face, min_size=2, max_size=4).map(lambda few: seen(View.SEVERAL_FACES, *few))
bad = some.sampled_from([NOBODY, seen(View.BLURRED, face(varied(0))), seen(View.CLEAR, face(None))])
folders = some.lists(some.one_of(pictures_of_one, pictures_of_one, pictures_of_several, bad), max_size=20)


@given(pictures=folders, known=some.sampled_from([0, 0, 3]), order=some.randoms(use_true_random=False))
def test_the_order_of_pictures_decides_nothing(pictures: list[Observation], known: int, order: object) -> None:
    mixed = list(pictures)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    straight, shuffled = album(pictures, known), album(mixed, known)
    assert _stored(straight) == _stored(shuffled)
    assert bool(straight.choice.trouble) == bool(shuffled.choice.trouble)
    assert sorted(str(hint) for hint in hints(straight)) == sorted(str(hint) for hint in hints(shuffled))


def _stored(made: Album) -> list[bytes]:
    return sorted(shot.vector.tobytes() for shot in made.kept)


@given(pictures=folders, known=some.sampled_from([0, 0, 3]))
def test_whatever_comes_one_person_at_most_is_kept_and_of_him_no_more_than_wanted(
    pictures: list[Observation], known: int
) -> None:
    made = album(pictures, known)
    vectors = [shot.vector for shot in made.kept]
    people = {int(vector[:3].argmax()) for vector in vectors}
    assert people <= {ME} if known else len(people) <= 1
    assert len(vectors) <= made.wanted
    assert [shot.taken for shot in made.choice.shots].count(True) == len(vectors)
    assert {number for number, shot in enumerate(made.choice.shots, 1) if shot.taken} == set(kept(made))
    for index, vector in enumerate(vectors):
        assert all(float(vector @ other) <= YARDSTICK.copies_from for other in vectors[:index])
    assert all(shot.text and shot.hint for shot in made.choice.shots if not shot.taken)


def test_what_was_decided_of_fewer_pictures_does_not_stand_for_all() -> None:
    made = album(of(ME, 4))
    made.decide()
    assert made.decided
    made.add(shows((ME, 4)), "5.jpg")
    assert not made.decided
    assert kept(made) == [1, 2, 3, 4, 5]
    assert made.decided


def test_a_picture_that_comes_while_it_is_decided_is_decided_of_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made = album(of(ME, 4))
    choose = selection.Selection.choose

    def meanwhile(rules: selection.Selection, sheets: Sequence[selection.Sheet]) -> selection.Choice:
        monkeypatch.setattr(selection.Selection, "choose", choose)
        made.add(shows((ME, 4)), "5.jpg")
        return choose(rules, sheets)

    monkeypatch.setattr(selection.Selection, "choose", meanwhile)
    made.decide()
    assert not made.decided
    assert kept(made) == [1, 2, 3, 4, 5]
