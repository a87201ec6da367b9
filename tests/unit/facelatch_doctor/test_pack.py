from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from facelatch.doctor.answers import Silence, Trouble
from facelatch.doctor.pack import check_enrolment, check_pack
from facelatch.doctor.report import Finding, State
from facelatch.types import Level, Liveness, PackReport, PasswordCause, PolicyReport, Quality
from tests.unit.facelatch_doctor.scenes import STANDING, answers, face, only, pack, policy, scene, silent


def look(root: Path, faces: object, **changes: Any) -> tuple[Finding, ...]:
    return tuple(check_enrolment(scene(root, answers=answers(faces=faces), **changes)))


def test_a_pack_is_told_with_its_licence(tmp_path: Path) -> None:
    found = only(check_pack(scene(tmp_path)))
    assert (found.state, found.text) == (State.OK, "The pack open 1 is in use; its licence: Apache-2.0.")


def test_the_terms_of_a_pack_are_worth_a_note(tmp_path: Path) -> None:
    _well, terms = check_pack(scene(tmp_path, answers=answers(pack=pack(terms="For research only."))))
    assert terms.state is State.NOTE
    assert "For research only." in terms.text


def test_levels_that_a_pack_was_not_shown_to_hold_are_named_with_the_classes_that_want_them(tmp_path: Path) -> None:
    starter = pack(id="starter", levels=(Level.CONVENIENT,))
    wanted = policy(Level.CONVENIENT, Level.BALANCED, Level.STRICT)
    _well, weak = check_pack(scene(tmp_path, answers=answers(pack=starter, policy=wanted)))
    assert weak.state is State.WARNING
    assert "starter 1 can hold the level balanced and strict, which the policy wants for login, elevate" in weak.text
    assert weak.command == "sudo facelatch pack install open"


def test_a_pack_that_holds_no_level_that_is_wanted_is_bad(tmp_path: Path) -> None:
    _well, weak = check_pack(scene(tmp_path, answers=answers(pack=pack(levels=()))))
    assert weak.state is State.BAD
    assert "no face is judged there, and the password is asked for" in weak.text


def test_a_pack_without_liveness_where_the_policy_wants_it_is_bad(tmp_path: Path) -> None:
    _well, blind = check_pack(scene(tmp_path, answers=answers(pack=pack(parts=()))))
    assert blind.state is State.BAD
    assert "the policy wants that for unlock" in blind.text
    assert blind.command == "sudo facelatch pack install open"
    rule = msgspec.structs.replace(policy(Level.BALANCED).classes[0], liveness=Liveness.OFF)
    found = answers(pack=pack(parts=()), policy=PolicyReport(classes=(rule,), camera="", sources=()))
    assert only(check_pack(scene(tmp_path, answers=found))).state is State.OK


def test_a_level_of_a_class_that_is_not_allowed_is_nobodys_business(tmp_path: Path) -> None:
    refused = msgspec.structs.replace(policy(Level.STRICT).classes[0], allowed=False)
    found = answers(pack=PackReport(id="starter"), policy=PolicyReport(classes=(refused,), camera="", sources=()))
    assert only(check_pack(scene(tmp_path, answers=found))).state is State.OK


def test_a_pack_that_cannot_be_used_is_bad_in_the_daemons_words(tmp_path: Path) -> None:
    found = only(check_pack(scene(tmp_path, answers=answers(pack=PackReport(problem="it is damaged.")))))
    assert (found.state, found.text) == (State.BAD, "There is no pack of networks to see with: it is damaged.")
    assert found.command


def test_a_face_that_can_be_compared_is_well(tmp_path: Path) -> None:
    assert only(look(tmp_path, (face("with glasses"),))).text == "Enrolled: with glasses."


@pytest.mark.parametrize(
    ("uid", "user", "state"), [(1000, "", State.WARNING), (0, "alice", State.WARNING), (0, "root", State.NOTE)]
)
def test_no_face_is_a_warning_but_for_root(tmp_path: Path, uid: int, user: str, state: State) -> None:
    found = only(look(tmp_path, (), uid=uid, user=user))
    assert found.state is state
    assert found.command == ("facelatch enroll" + (f" --user {user}" if user else ""))


def test_faces_of_another_pack_open_nothing(tmp_path: Path) -> None:
    found = only(look(tmp_path, (face(usable=False), face(usable=False))))
    assert found.state is State.WARNING
    assert found.text.startswith("Of 2 enrolled faces none")


def test_a_face_of_another_pack_beside_a_good_one_is_worth_a_note(tmp_path: Path) -> None:
    well, stale = look(tmp_path, (face("new"), face("old", usable=False)))
    assert (well.text, stale.state) == ("Enrolled: new.", State.NOTE)
    assert "old" in stale.text


def test_a_poorly_covered_face_is_worth_a_note(tmp_path: Path) -> None:
    _well, poor = look(tmp_path, (face("dim light", quality=Quality.POOR), face("fine")))
    assert poor.state is State.NOTE
    assert poor.text.endswith("recognised: dim light.")
    assert poor.command == "facelatch enroll --improve 'dim light'"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"password_wanted": PasswordCause.BOOT}, "The password comes first: the machine was started"),
        ({"locked_seconds": 41.2, "mismatches": 5}, "The face is locked for 42 s more: 5 were refused in a row."),
    ],
)
def test_why_a_good_face_opens_nothing_just_now_is_worth_a_note(
    tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    stood = msgspec.structs.replace(STANDING, **changed)
    well, hindered = check_enrolment(scene(tmp_path, answers=answers(standing=stood)))
    assert (well.state, hindered.state) == (State.OK, State.NOTE)
    assert says in hindered.text


def test_a_store_that_tells_the_faces_and_not_how_they_stand_is_a_warning(tmp_path: Path) -> None:
    rolled_back = Trouble(Silence.REFUSED, "an earlier copy of the database was put back")
    _well, found = check_enrolment(scene(tmp_path, answers=answers(standing=rolled_back)))
    assert found.state is State.WARNING
    assert found.text.endswith("is not known: an earlier copy of the database was put back.")


def test_what_the_daemon_does_not_tell_is_not_known(tmp_path: Path) -> None:
    refused = scene(tmp_path, answers=silent(Silence.REFUSED, "you are not here."))
    assert only(check_enrolment(refused)).text == "Not known, the daemon does not tell: you are not here."
    assert only(check_pack(scene(tmp_path, answers=silent()))).state is State.NOTE
