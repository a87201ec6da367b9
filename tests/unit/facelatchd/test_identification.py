"""Who of all the enrolled a face is: evidence, probabilities, and the bound of a name."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facelatch.types import Identified, Reason
from facelatch_eye.messages import View
from facelatch_models.yardstick import combined
from facelatchd.evidence import look_evidence
from facelatchd.gallery import Crowd
from facelatchd.identification import (
    FALSE_POSITIVES,
    FRAMES,
    MOST_TOLD,
    Glances,
    bound,
    identified,
    people_evidence,
    who,
)
from facelatchd.refusal import Refused
from facelatchd.store import Guest, ListedFace, User
from tests.unit.facelatchd.rooms import Rooms
from tests.unit.facelatchd.seen import CALIBRATION, DIMENSION, MANIFEST, PACK, YARDSTICK, face, seen, unit, varied

NOISE = np.random.default_rng(7)


def turned(towards: int, cosine: float) -> NDArray[np.float32]:
    """A unit vector with this cosine to one of the first axes, the rest of it anywhere among the last."""
    rest = np.zeros(DIMENSION)
    rest[DIMENSION // 2 :] = NOISE.standard_normal(DIMENSION // 2)
    vector = math.sqrt(1 - cosine**2) * rest / np.linalg.norm(rest)
    vector[towards] = cosine
    return vector.astype(np.float32)


def crowd_of(people: dict[str, list[list[NDArray[np.float32]]]], enrolled: int = 0) -> Crowd:
    """A crowd of people with their faces' templates."""
    faces = [
        (ListedFace(f"{name}{number}", f"face {number}", User(name, 1000 + at), len(templates)), templates)
        for at, (name, own) in enumerate(sorted(people.items()))
        for number, templates in enumerate(own, 1)
    ]
    vectors = np.stack([vector for _face, templates in faces for vector in templates])
    held = YARDSTICK.hold(vectors)
    return Crowd(tuple(face for face, _templates in faces), held, enrolled or len(people))


def strangers(count: int) -> dict[str, list[list[NDArray[np.float32]]]]:
    """People who look like none of the first axes."""
    return {f"stranger{number:04d}": [[turned(0, 0.0)]] for number in range(count)}


def asked_of(crowd: Crowd, *frames: NDArray[np.float32]) -> Identified:
    """Who these frames of one face are."""
    return identified(crowd, np.stack(frames), YARDSTICK)


def test_the_evidence_of_each_person_is_that_of_a_login() -> None:
    crowd = crowd_of(
        {
            "alice": [[turned(0, 0.8)], [turned(0, 0.5), turned(0, 0.6), turned(1, 0.9)]],
            "bob": [[turned(1, 0.7)]],
            "carol": [[turned(2, 0.1), turned(0, 0.3)], [turned(3, 0.2)]],
        }
    )
    frames = np.stack([turned(0, 0.9), turned(0, 0.7), turned(1, 0.4)])
    evidence, _faces = people_evidence(crowd, frames, YARDSTICK)
    of_a_login = [
        look_evidence(
            [combined(YARDSTICK.ratios(frame, YARDSTICK.hold(own))) for frame in frames],
            CALIBRATION.correlation,
        )
        for own in np.split(crowd.held.vectors, [4, 5])
    ]
    assert evidence == pytest.approx(of_a_login, abs=1e-4)


def test_a_clear_face_is_named_with_the_label_of_the_face_that_fits() -> None:
    people = strangers(50) | {"alice": [[turned(1, 0.9)], [turned(0, 0.9), turned(0, 0.8)]]}
    told = asked_of(crowd_of(people), turned(0, 0.95))
    assert told.user == "alice"
    assert (told.identities[0].user, told.identities[0].face) == ("alice", "face 2")
    assert told.identities[0].probability > 0.99
    assert told.nobody < 0.01


def test_a_stranger_is_nobody() -> None:
    told = asked_of(crowd_of(strangers(50)), turned(1, 1.0))
    assert told.user == ""
    assert told.nobody > 0.99


def test_the_probabilities_of_all_and_of_nobody_make_one() -> None:
    people = {f"person{number}": [[turned(0, 0.3 + 0.02 * number)]] for number in range(MOST_TOLD)}
    told = asked_of(crowd_of(people), unit())
    assert len(told.identities) == MOST_TOLD
    assert told.nobody + sum(one.probability for one in told.identities) == pytest.approx(1)
    assert [one.probability for one in told.identities] == sorted(
        (one.probability for one in told.identities), reverse=True
    )


def test_twins_are_both_told_of_and_share_the_probability() -> None:
    twin = turned(0, 0.9)
    told = asked_of(crowd_of(strangers(3) | {"romulus": [[twin]], "remus": [[twin]]}), unit())
    assert {one.user for one in told.identities[:2]} == {"romulus", "remus"}
    assert (
        told.identities[0].probability == pytest.approx(told.identities[1].probability) == pytest.approx(0.5, abs=1e-3)
    )


def test_no_more_than_a_few_are_told_of_and_none_that_is_out_of_the_question() -> None:
    assert len(asked_of(crowd_of({f"p{n}": [[turned(0, 0.9)]] for n in range(20)}), unit()).identities) == MOST_TOLD
    assert asked_of(crowd_of(strangers(20)), turned(1, 1.0)).identities == ()


def test_the_bound_grows_by_the_logarithm_of_the_people() -> None:
    assert bound(CALIBRATION, 1000) - bound(CALIBRATION, 1) == pytest.approx(math.log(1000))
    assert bound(CALIBRATION, 1) == pytest.approx(CALIBRATION.bounds["convenient"] + math.log(1e-4 / FALSE_POSITIVES))


def test_the_same_likeness_names_among_few_and_not_among_many() -> None:
    people = {"alice": [[turned(0, 0.5)]]}
    evidence = CALIBRATION.slope * 0.5 + CALIBRATION.intercept  # 8 nats
    assert bound(CALIBRATION, 2) < evidence < bound(CALIBRATION, 100)
    assert asked_of(crowd_of(people, enrolled=2), unit()).user == "alice"
    among_many = asked_of(crowd_of(people, enrolled=100), unit())
    assert among_many.user == ""
    assert among_many.identities[0].user == "alice"


def test_frames_of_two_people_are_nobodys() -> None:
    people = crowd_of({"alice": [[turned(0, 0.95)]], "bob": [[turned(1, 0.95)]]} | strangers(2000))
    assert asked_of(people, turned(0, 0.95)).user == "alice"
    mixed = asked_of(people, turned(0, 0.95), turned(1, 0.95))
    assert mixed.user == ""


def test_who_is_asked_of_the_store_and_a_guest_has_his_name(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    rooms.store.add_face(User("alice", 1000), "glasses", "p", MANIFEST.space, "c", [varied(0), varied(1)])
    rooms.store.add_face(Guest("Frau Röntgen"), "", "p", MANIFEST.space, "pictures", [turned(7, 0.95)])

    async def ask() -> tuple[Identified, ...]:
        return await who(rooms.house(), PACK, [varied(2), turned(7, 0.97)[np.newaxis], turned(0, 0.0)])

    alice, guest, nobody = asyncio.run(ask())
    assert (alice.user, alice.identities[0].face) == ("alice", "glasses")
    assert (guest.user, guest.identities[0].face) == ("Frau Röntgen", "face 1")
    assert nobody.user == ""


@pytest.mark.parametrize("space", ["", "another"])
def test_an_empty_store_and_one_of_another_pack_say_what_to_do(tmp_path: Path, space: str) -> None:
    rooms = Rooms(tmp_path)
    if space:
        rooms.store.add_face(User("alice", 1000), "", "p", space, "c", [unit()])
    with pytest.raises(Refused, match="nobody has a face of pack made_up; enrol some, or import them") as refused:
        asyncio.run(who(rooms.house(), PACK, [unit()]))
    assert refused.value.reason is Reason.NOT_ENROLLED


@pytest.mark.parametrize(
    "wrong", [2 * unit(), np.full(DIMENSION, np.nan, np.float32), unit()[:4]], ids=["long", "nan", "short"]
)
def test_an_embedding_that_is_none_is_a_fault_and_nobodys_name(tmp_path: Path, wrong: NDArray[np.float32]) -> None:
    rooms = Rooms(tmp_path)
    rooms.enrol()
    with pytest.raises(ValueError, match="the eye sent an embedding that is no"):
        asyncio.run(who(rooms.house(), PACK, [wrong]))


def test_where_all_who_were_proposed_have_gone_it_is_nobody() -> None:
    gone = Crowd((), YARDSTICK.hold(np.empty((0, DIMENSION), np.float32)), 100)
    assert asked_of(gone, unit()) == Identified("", 1.0)


def test_what_a_camera_shows_says_why_there_was_no_face() -> None:
    for view, reason in (
        (View.NO_FACE, Reason.NO_FACE),
        (View.SEVERAL_FACES, Reason.SEVERAL_FACES),
        (View.DARK, Reason.TOO_DARK),
        (View.BLURRED, Reason.UNCLEAR),
    ):
        glances = Glances()
        for _ in range(3):
            glances.add(seen(view, *[face(unit())] * 2))
        with pytest.raises(Refused) as refused:
            glances.face()
        assert refused.value.reason is reason
    with pytest.raises(Refused) as refused:
        Glances().face()
    assert refused.value.reason is Reason.TIMEOUT


def test_frames_with_several_faces_are_left_out_and_a_few_clear_ones_are_enough() -> None:
    glances = Glances()
    for _ in range(9):
        glances.add(seen(View.SEVERAL_FACES, face(unit()), face(-unit())))
        glances.add(seen(View.CLEAR, face(unit())))
        if glances.enough:
            break
    assert glances.face().shape == (FRAMES, DIMENSION)
    assert (glances.face() == unit()).all()
