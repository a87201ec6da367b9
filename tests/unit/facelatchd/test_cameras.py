"""Which camera is used, and which faces may open anything there: nothing that somebody plugs in is good for a face."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from facelatch.types import FROM_PICTURES, Infrared, Reason
from facelatch_eye.messages import CameraInfo, Opened
from facelatchd.cameras import (
    built_in,
    candidates,
    good_faces,
    is_named,
    refusal,
    want_trusted,
    wants_infrared,
)
from facelatchd.refusal import Refused
from facelatchd.settings import CameraRule
from facelatchd.store import FaceRecord
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.webcams import EMITTING, LAPTOP, ON_ANOTHER_PORT

DOCK = replace(LAPTOP, id="pci-0000:00:14.0-usb-3.1:1.0/046d:085e", path="/dev/video4", removable=True, companion="")
LOOPBACK = CameraInfo(
    id="virtual-video7",
    name="Integrated Camera",
    path="/dev/video7",
    driver="v4l2 loopback",
    bus="virtual-video7",
    virtual=True,
    removable=True,
)
FILE = replace(LOOPBACK, id="file:/tmp/a b", path="/tmp/a b", driver="file", bus="file")
CAMERAS = (LAPTOP, EMITTING, DOCK, ON_ANOTHER_PORT, LOOPBACK, FILE)
NAMES = tuple(name for camera in CAMERAS for name in (camera.id, camera.path, camera.driver))

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def face(camera: str, day: int = 0, infrared: str = "") -> FaceRecord:
    """A face enrolled with a camera on a day."""
    return FaceRecord(
        id=f"{camera}-{day}",
        label=f"face of day {day}",
        enrolled=BEGINNING + timedelta(days=day),
        pack="made_up",
        space="made-up",
        camera=camera,
        templates=3,
        infrared=infrared,
    )


def open_with(camera: CameraInfo, infrared: CameraInfo | None = None) -> Opened:
    return replace(OPENED, camera=camera, infrared=infrared)


WITH_INFRARED = face(LAPTOP.id, infrared=EMITTING.id)
PICTURES = face(FROM_PICTURES)

rules = st.builds(
    CameraRule,
    use=st.sampled_from(("", *NAMES)),
    bind=st.booleans(),
    trusted=st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
    infrared=st.sampled_from(Infrared),
)
faces_of_all_kinds = st.lists(
    st.builds(
        face,
        st.sampled_from((*(camera.id for camera in CAMERAS), FROM_PICTURES)),
        st.integers(0, 9),
        st.sampled_from(("", EMITTING.id, "another-infrared")),
    ),
    max_size=6,
)
openings = st.builds(open_with, st.sampled_from(CAMERAS), st.sampled_from((None, EMITTING)))


# --- which camera is opened -------------------------------------------------------------------------------------------


def test_the_camera_that_is_asked_for_goes_before_the_one_the_settings_name_and_both_stand_alone() -> None:
    enrolled = [face(LAPTOP.id)]
    assert candidates(CameraRule(use=DOCK.path), enrolled, "/dev/video9") == ("/dev/video9",)
    assert candidates(CameraRule(use=DOCK.path), enrolled) == (DOCK.path,)


def test_cameras_that_faces_were_enrolled_with_come_newest_first_and_once_and_then_those_trusted() -> None:
    enrolled = [face(LAPTOP.id, 1), face(DOCK.id, 2), face(LAPTOP.id, 0)]
    assert candidates(CameraRule(), enrolled) == (DOCK.id, LAPTOP.id)
    assert candidates(CameraRule(trusted=("/dev/video9",)), enrolled) == (DOCK.id, LAPTOP.id, "/dev/video9")


def test_just_any_camera_is_opened_only_for_a_face_that_is_bound_to_none() -> None:
    assert "" not in candidates(CameraRule(), [face(LAPTOP.id)])
    assert candidates(CameraRule(), [face(LAPTOP.id), PICTURES]) == (LAPTOP.id, "")
    assert candidates(CameraRule(bind=False), [face(LAPTOP.id)]) == (LAPTOP.id, "")
    assert candidates(CameraRule(), []) == ()


def test_where_infrared_is_required_no_camera_is_opened_for_faces_without() -> None:
    rule = CameraRule(infrared=Infrared.REQUIRED)
    assert candidates(rule, [face(DOCK.id, 5), WITH_INFRARED]) == (LAPTOP.id,)
    with pytest.raises(Refused, match="enrol anew") as refused:
        candidates(rule, [face(DOCK.id)])
    assert refused.value.reason is Reason.CAMERA_UNTRUSTED


def test_a_closed_lid_leaves_the_cameras_outside() -> None:
    covered = built_in(CAMERAS)
    assert covered == {LAPTOP.id, LAPTOP.path, EMITTING.id, EMITTING.path}
    enrolled = [face(LAPTOP.id, 1), face(DOCK.id)]
    assert candidates(CameraRule(), enrolled, built_in=covered) == (DOCK.id,)
    for rule, faces, asked in (
        (CameraRule(), [face(LAPTOP.id)], ""),
        (CameraRule(), [PICTURES], ""),
        (CameraRule(use=LAPTOP.path), [face(DOCK.id)], ""),
        (CameraRule(), [face(DOCK.id)], LAPTOP.id),
        (CameraRule(), [], ""),
    ):
        with pytest.raises(Refused) as refused:
            candidates(rule, faces, asked, covered)
        assert refused.value.reason is Reason.LID_CLOSED


@given(rules, faces_of_all_kinds, st.sampled_from(("", *NAMES)), st.booleans())
def test_a_camera_under_a_closed_lid_is_never_among_the_candidates(
    rule: CameraRule, faces: list[FaceRecord], asked: str, closed: bool
) -> None:
    covered = built_in(CAMERAS) if closed else frozenset()
    try:
        names = candidates(rule, faces, asked, covered)
    except Refused:
        return
    assert not covered & set(names)
    assert not closed or (names and "" not in names), "the first real camera may be the one that is covered"
    assert len(set(names)) == len(names)


@given(rules.map(lambda rule: replace(rule, bind=True, use="")), faces_of_all_kinds, openings)
def test_whatever_camera_a_face_is_good_for_is_among_the_candidates(
    rule: CameraRule, faces: list[FaceRecord], opened: Opened
) -> None:
    if good_faces(faces, opened, rule):
        names = candidates(rule, faces)
        assert "" in names or is_named(opened.camera, names)


# --- what a camera is good for ----------------------------------------------------------------------------------------


def test_a_face_opens_with_the_very_camera_it_was_enrolled_with() -> None:
    enrolled = [face(LAPTOP.id), face(DOCK.id)]
    assert good_faces(enrolled, open_with(LAPTOP), CameraRule()) == [enrolled[0]]
    assert good_faces(enrolled, open_with(DOCK), CameraRule()) == [enrolled[1]]


def test_the_same_camera_on_another_port_is_another_camera() -> None:
    enrolled = [face(LAPTOP.id)]
    assert good_faces(enrolled, open_with(ON_ANOTHER_PORT), CameraRule()) == []
    why = refusal(enrolled, open_with(ON_ANOTHER_PORT), CameraRule())
    assert why.reason is Reason.CAMERA_UNTRUSTED
    assert LAPTOP.id in str(why)
    assert ON_ANOTHER_PORT.id in str(why)
    assert "[camera] trusted" in str(why)


def test_a_face_from_pictures_is_good_for_no_camera_that_somebody_can_plug_in() -> None:
    assert good_faces([PICTURES], open_with(LAPTOP), CameraRule()) == [PICTURES]
    for camera in (DOCK, ON_ANOTHER_PORT, LOOPBACK, replace(LOOPBACK, removable=False)):
        assert good_faces([PICTURES], open_with(camera), CameraRule()) == []
        assert good_faces([PICTURES], open_with(camera), CameraRule(use=camera.path)) == [PICTURES]
        assert good_faces([PICTURES], open_with(camera), CameraRule(trusted=(camera.id,))) == [PICTURES]


def test_the_camera_in_use_is_not_good_for_a_face_of_another() -> None:
    assert good_faces([face(LAPTOP.id)], open_with(DOCK), CameraRule(use=DOCK.id)) == []


def test_a_face_enrolled_with_infrared_wants_that_very_camera() -> None:
    another = replace(EMITTING, id="another-infrared")
    assert good_faces([WITH_INFRARED], open_with(LAPTOP, EMITTING), CameraRule()) == [WITH_INFRARED]
    for infrared, found in ((None, "none"), (another, "another-infrared")):
        opened = open_with(LAPTOP, infrared)
        assert good_faces([WITH_INFRARED], opened, CameraRule()) == []
        why = str(refusal([WITH_INFRARED], opened, CameraRule()))
        assert EMITTING.id in why
        assert found in why


def test_infrared_can_be_given_up_and_required() -> None:
    plain = face(LAPTOP.id)
    both, opened = [WITH_INFRARED, plain], open_with(LAPTOP, EMITTING)
    assert good_faces(both, open_with(LAPTOP), CameraRule(infrared=Infrared.OFF)) == both
    assert good_faces(both, opened, CameraRule(infrared=Infrared.REQUIRED)) == [WITH_INFRARED]
    assert "enrol anew" in str(refusal([plain], opened, CameraRule(infrared=Infrared.REQUIRED)))


@given(faces_of_all_kinds, openings, rules)
def test_no_face_opens_with_a_camera_that_neither_it_nor_the_administrator_names(
    faces: list[FaceRecord], opened: Opened, rule: CameraRule
) -> None:
    camera = opened.camera
    for good in good_faces(faces, opened, rule):
        by_rule = not rule.bind or is_named(camera, rule.trusted)
        from_pictures = good.camera == FROM_PICTURES
        by_place = from_pictures and (not camera.removable or is_named(camera, (rule.use,)))
        assert good.camera == camera.id or by_rule or by_place
        assert good in faces
        if rule.infrared is not Infrared.OFF and good.infrared:
            assert opened.infrared is not None
            assert opened.infrared.id == good.infrared
        assert good.infrared or rule.infrared is not Infrared.REQUIRED


@given(faces_of_all_kinds, openings, rules)
def test_binding_and_infrared_only_ever_take_faces_away(
    faces: list[FaceRecord], opened: Opened, rule: CameraRule
) -> None:
    good = good_faces(faces, opened, rule)
    for weaker in (replace(rule, bind=False), replace(rule, infrared=Infrared.OFF), replace(rule, trusted=NAMES)):
        assert all(each in good_faces(faces, opened, weaker) for each in good)


@given(faces_of_all_kinds, openings, rules)
def test_a_refusal_always_says_why_and_what_to_do(faces: list[FaceRecord], opened: Opened, rule: CameraRule) -> None:
    if not good_faces(faces, opened, rule):
        why = refusal(faces, opened, rule)
        assert why.reason is Reason.CAMERA_UNTRUSTED
        assert "enrol" in str(why)


# --- programs that play a camera --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [LOOPBACK.id, LOOPBACK.path, LOOPBACK.driver])
def test_a_loopback_is_refused_unless_it_is_named(name: str) -> None:
    with pytest.raises(Refused, match="no real camera") as refused:
        want_trusted(LOOPBACK, CameraRule(bind=False), "", root=True)
    assert refused.value.reason is Reason.CAMERA_UNTRUSTED
    want_trusted(LOOPBACK, CameraRule(trusted=(name,)), "", root=False)
    want_trusted(LOOPBACK, CameraRule(use=name), "", root=False)


def test_only_root_has_a_loopback_for_the_asking_and_only_the_one_asked_for() -> None:
    want_trusted(LOOPBACK, CameraRule(), LOOPBACK.path, root=True)
    for asked, root in ((LOOPBACK.path, False), ("", True), ("/dev/video6", True)):
        with pytest.raises(Refused):
            want_trusted(LOOPBACK, CameraRule(), asked, root)


def test_the_name_on_the_card_names_nothing() -> None:
    with pytest.raises(Refused):
        want_trusted(LOOPBACK, CameraRule(trusted=(LAPTOP.name, LAPTOP.id)), LAPTOP.name, root=True)


def test_a_real_camera_needs_no_name() -> None:
    want_trusted(DOCK, CameraRule(), "", root=False)


def test_a_file_is_named_by_its_address_whatever_its_options() -> None:
    assert is_named(FILE, ("file:/tmp/a%20b?rate=15&loop=0",))
    assert not is_named(FILE, ("file:/tmp/a",))


# --- infrared ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("infrared", "faces", "wanted"),
    [
        (Infrared.AUTO, [face(LAPTOP.id)], False),
        (Infrared.AUTO, [face(LAPTOP.id), WITH_INFRARED], True),
        (Infrared.OFF, [WITH_INFRARED], False),
        (Infrared.REQUIRED, [face(LAPTOP.id)], True),
    ],
)
def test_the_infrared_camera_is_opened_for_faces_that_need_it(
    infrared: Infrared, faces: list[FaceRecord], wanted: bool
) -> None:
    assert wants_infrared(faces, CameraRule(infrared=infrared)) is wanted
