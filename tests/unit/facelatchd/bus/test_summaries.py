"""What callers are told, and what they are not."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from facelatch.types import (
    AnalysedFace,
    Analysis,
    EnrollShot,
    ExportReport,
    Hint,
    Identified,
    Identity,
    Infrared,
    Intent,
    Level,
    Liveness,
    PasswordCause,
    Pose,
    Quality,
    Reason,
    ServiceClass,
    Told,
    View,
)
from facelatch_eye import messages
from facelatch_eye.messages import Observation
from facelatch_models.scale import Figure
from facelatchd.album import Album
from facelatchd.bus.summaries import (
    FAIR_SHOTS,
    GOOD_SHOTS,
    analysis_of,
    attempt_summary,
    camera_summary,
    enroll_shot,
    enroll_step,
    export_report,
    face_summary,
    pack_report,
    policy_report,
    standing_report,
)
from facelatchd.enrolment import Progress
from facelatchd.policy import FIRST_LOCK, FREE_MISMATCHES
from facelatchd.settings import PasswordRule
from facelatchd.shots import WANTED, Shot, Shots
from facelatchd.store import FaceRecord, Moment, Standing, User
from tests.unit.facelatchd.bus.office import attempt
from tests.unit.facelatchd.fake_eye import CAMERA
from tests.unit.facelatchd.seen import MANIFEST, YARDSTICK, face, seen, shot, unit
from tests.unit.facelatchd.written import parse_settings

FACE = FaceRecord("f" * 32, "plain", datetime(2024, 5, 1, 12, 30, 15, 99, UTC), "pack", "space", "usb-1", 8)
EMBEDDED = seen(messages.View.CLEAR, face(unit(), live=0.731))


def encoded(struct: msgspec.Struct) -> bytes:
    """All that a caller could read in it."""
    return msgspec.json.encode(struct) + msgspec.msgpack.encode(struct)


@pytest.mark.parametrize("kind", [Analysis, AnalysedFace, EnrollShot])
def test_nothing_that_shows_a_face_has_a_place_for_embeddings_or_a_score_of_life(kind: type[msgspec.Struct]) -> None:
    assert not {"embedding", "vector", "liveness"} & set(kind.__struct_fields__)
    assert kind.__annotations__.get("live") in (None, "bool | None")


@pytest.mark.parametrize("live_from", [None, 0.5, 0.9])
def test_what_is_told_of_a_picture_holds_neither_embedding_nor_score_of_life(live_from: float | None) -> None:
    (one,) = EMBEDDED.faces
    assert one.embedding is not None
    told = encoded(analysis_of(EMBEDDED, live_from))
    assert one.embedding not in told
    assert b"0.731" not in told


@pytest.mark.parametrize(
    ("score", "live_from", "live"),
    [(0.5, 0.5, True), (0.49, 0.5, False), (0.99, None, None), (None, 0.5, None)],
)
def test_a_face_is_alive_or_not_by_the_packs_threshold(
    score: float | None, live_from: float | None, live: bool | None
) -> None:
    analysis = analysis_of(seen(messages.View.CLEAR, face(unit(), live=score)), live_from)
    assert analysis.faces[0].live is live


def test_quality_and_looks_are_told_as_the_eye_saw_them() -> None:
    looked_at = msgspec.structs.replace(
        face(None), quality={"sharpness": 55.5}, attributes=(messages.SeenAttribute("age", "unsure", 0.4),)
    )
    (told,) = analysis_of(seen(messages.View.CLEAR, looked_at)).faces
    assert told.quality == {"sharpness": 55.5}
    assert told.attributes == (Told("age", "unsure", 0.4),)


def test_each_face_is_told_with_who_it_is_and_without_asking_with_nobody() -> None:
    two = seen(messages.View.SEVERAL_FACES, face(unit()), face(unit()))
    anna, nobody = Identified("anna", 0.1, (Identity("anna", "plain", 0.9),)), Identified("", 0.99)
    assert [each.identified for each in analysis_of(two, None, [anna, nobody]).faces] == [anna, nobody]
    assert [each.identified for each in analysis_of(two).faces] == [None, None]


def test_faces_that_are_not_told_of_are_counted() -> None:
    assert analysis_of(msgspec.structs.replace(EMBEDDED, more=24)).more == 24


def test_what_is_told_of_a_shot_holds_neither_embedding_nor_liveness() -> None:
    shots = Shots(YARDSTICK, 0.5)
    shots.add(EMBEDDED, picture=b"jpeg")
    (kept,) = shots.kept
    told = enroll_shot(msgspec.structs.replace(kept, name="one.jpg"))
    assert (told.shot, told.pose, told.picture, told.name) == (1, Pose.STRAIGHT, b"jpeg", "one.jpg")
    assert EMBEDDED.faces[0].embedding is not None
    assert EMBEDDED.faces[0].embedding not in encoded(told)
    assert b"0.731" not in encoded(told)


def test_a_picture_is_told_with_every_face_in_it() -> None:
    analysis = analysis_of(seen(messages.View.SEVERAL_FACES, face(unit()), face(None)))
    assert (analysis.width, analysis.height, analysis.view) == (640, 480, View.SEVERAL_FACES)
    assert analysis.took == {"detect": 2.0}
    assert len(analysis.faces) == 2
    assert analysis.faces[0].box == face(None).box
    assert analysis.faces[0].landmarks == face(None).landmarks


@pytest.mark.parametrize(("luma", "share"), [(0.0, 0.0), (127.5, 0.5), (255.0, 1.0)])
def test_light_and_sharpness_are_shares(luma: float, share: float) -> None:
    bright = msgspec.structs.replace(face(None), light=luma, sharpness=1.7)
    observation: Observation = msgspec.structs.replace(seen(messages.View.CLEAR, bright), light=luma)
    analysis = analysis_of(observation)
    assert (analysis.light, analysis.faces[0].light, analysis.faces[0].sharpness) == (share, share, 1.0)


@pytest.mark.parametrize("view", list(messages.View))
def test_every_view_of_the_eye_has_its_word_on_the_bus(view: messages.View) -> None:
    assert analysis_of(seen(view)).view.value == view.value
    assert len(View) == len(messages.View)


@pytest.mark.parametrize(
    ("templates", "quality"),
    [
        (1, Quality.POOR), (FAIR_SHOTS - 1, Quality.POOR), (FAIR_SHOTS, Quality.FAIR), (GOOD_SHOTS - 1, Quality.FAIR),
        (GOOD_SHOTS, Quality.GOOD), (32, Quality.GOOD),
    ],
)  # fmt: skip
def test_a_face_is_as_good_as_it_has_shots(templates: int, quality: Quality) -> None:
    assert face_summary(msgspec.structs.replace(FACE, templates=templates), "space").quality is quality
    assert sum(WANTED.values()) == GOOD_SHOTS, "every pose once is a good face"


def test_a_face_is_told_by_what_it_is() -> None:
    told = face_summary(FACE, "space")
    assert (told.id, told.label, told.pack, told.camera, told.templates) == (FACE.id, "plain", "pack", "usb-1", 8)
    assert told.enrolled == "2024-05-01T12:30:15+00:00"


@pytest.mark.parametrize(("space", "usable"), [("space", True), ("another", False), ("", False)])
def test_a_face_of_another_space_or_without_a_pack_is_of_no_use(space: str, usable: bool) -> None:
    assert face_summary(FACE, space).usable is usable


def test_an_attempt_is_told_without_the_camera_and_to_the_second() -> None:
    told = attempt_summary(attempt("sudo"))
    assert (told.when, told.user, told.service) == ("2024-05-01T00:00:00+00:00", "alice", "sudo")
    assert told.reason is Reason.ANOTHER_FACE
    assert b"made-up" not in encoded(told)


def test_a_camera_is_told_without_its_serial_number() -> None:
    told = camera_summary(msgspec.structs.replace(CAMERA, serial="S3CRET"), "/org/facelatch/Camera/0")
    assert (told.id, told.path, told.object) == (CAMERA.id, CAMERA.path, "/org/facelatch/Camera/0")
    assert b"S3CRET" not in encoded(told)


def test_a_step_of_an_enrolment_is_told_with_hint_and_words() -> None:
    taken = Shot(True, Hint.LEFT, "Turn to the left.")
    told = enroll_step(Progress(3, 8, taken, (Pose.STRAIGHT,), "one.jpg", 3))
    assert (told.kept, told.wanted, told.taken, told.hint, told.text) == (3, 8, True, Hint.LEFT, taken.text)
    assert (told.covered, told.name, told.shot) == ((Pose.STRAIGHT,), "one.jpg", 3)


def test_a_shot_of_a_picture_is_told_by_its_name_and_holds_no_picture() -> None:
    album = Album(YARDSTICK)
    album.add(shot(0), "one.jpg")
    (kept,) = album.kept
    told = enroll_shot(kept)
    assert (told.shot, told.name, told.picture) == (1, "one.jpg", b"")


def test_a_pack_is_told_with_its_parts_licences_and_figures() -> None:
    figure = Figure(name="FNMR", value=0.01, data="made up", command="none", low=0.005, high=0.02)
    told = pack_report(msgspec.structs.replace(MANIFEST, figure=(figure,)))
    assert (told.id, told.version, told.measured, told.problem) == (MANIFEST.id, "1", "made up", "")
    assert [(part.role, part.name, part.licence) for part in told.parts] == [
        (part.role.value, part.name, "none") for part in MANIFEST.file
    ]
    (one,) = told.figures
    assert (one.name, one.value, one.low, one.high) == ("FNMR", 0.01, 0.005, 0.02)


def test_a_face_is_told_with_the_infrared_camera_that_it_wants() -> None:
    assert face_summary(FACE, "space").infrared == ""
    assert face_summary(msgspec.structs.replace(FACE, infrared="usb-ir"), "space").infrared == "usb-ir"


def test_a_camera_is_told_with_its_companion_and_whether_it_was_plugged_in() -> None:
    told = camera_summary(msgspec.structs.replace(CAMERA, removable=True, companion="usb-ir"), "/camera")
    assert (told.removable, told.companion) == (True, "usb-ir")
    assert not camera_summary(msgspec.structs.replace(CAMERA, removable=False), "/camera").removable


def test_the_policy_is_told_class_by_class() -> None:
    text = (
        b"[camera]\nuse = 'usb-1'\ntrusted = ['v4l2loopback']\ninfrared = 'off'\n"
        b"[class.elevate]\nallowed = false\nseconds = 7.0\nno_face_seconds = 1.5\n"
    )
    settings = parse_settings(text, "settings")
    told = policy_report(settings, ("one", "two"))
    assert (told.camera, told.sources) == ("usb-1", ("one", "two"))
    rules = {rule.service_class: rule for rule in told.classes}
    assert set(rules) == {ServiceClass.UNLOCK, ServiceClass.LOGIN, ServiceClass.ELEVATE}
    elevate = rules[ServiceClass.ELEVATE]
    assert (elevate.allowed, elevate.level, elevate.intent) == (False, Level.STRICT, Intent.KEY)
    assert (elevate.liveness, elevate.seconds, elevate.no_face_seconds) == (Liveness.PASSIVE, 7.0, 1.5)
    assert "sudo" in elevate.services
    assert (told.trusted, told.infrared) == (("v4l2loopback",), Infrared.OFF)


# --- how somebody stands ----------------------------------------------------------------------------------------------

ALICE = User("alice", 4711)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEN = Moment("this", 10.0, 10.0, NOON)
TWENTY = Moment("this", 20.0, 20.0, NOON)


def test_somebody_stands_as_policy_and_pack_see_him() -> None:
    faces = [face_summary(FACE, "space"), face_summary(FACE, "another")]
    standing = Standing(mismatches=FREE_MISMATCHES, mismatched=TEN, password=TEN, changed=True)
    told = standing_report(ALICE, faces, standing, PasswordRule(after_mismatches=0), TWENTY)
    assert (told.user, told.faces, told.usable, told.mismatches) == ("alice", 2, 1, FREE_MISMATCHES)
    assert told.locked_seconds == FIRST_LOCK - 10
    assert told.password_wanted is PasswordCause.ENROLMENT
    assert told.password_given == "2026-11-22T12:00:00+00:00"
    at_ease = standing_report(ALICE, [], Standing(password=TEN), PasswordRule(), TWENTY)
    assert (at_ease.locked_seconds, at_ease.password_wanted) == (0.0, None)


def test_what_is_stored_of_somebody_is_told_without_the_numbers_of_a_template() -> None:
    faces = (face_summary(FACE, "space"),)
    standing = standing_report(ALICE, faces, Standing(), PasswordRule(), TEN)
    told = export_report(ALICE, standing, faces, [attempt("sudo")], TEN)
    assert (told.user, told.uid, told.exported) == ("alice", 4711, "2026-11-22T12:00:00+00:00")
    assert (told.faces, told.standing, told.attempts) == (faces, standing, (attempt_summary(attempt("sudo")),))
    assert f"{FACE.templates} templates" in told.withheld
    assert not {"vector", "embedding", "key"} & set(ExportReport.__struct_fields__)
