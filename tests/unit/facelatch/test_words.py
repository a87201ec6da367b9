from __future__ import annotations

import pytest

from facelatch.cli.failure import ExitCode, Trouble, refused, trial_code
from facelatch.cli.words import EXPLANATIONS, band_words, view_words
from facelatch.errors import BusError
from facelatch.types import Band, Reason, Refusal, View


@pytest.mark.parametrize("reason", [*Reason, *Refusal])
def test_every_reason_has_a_sentence_and_a_remedy(reason: Reason | Refusal) -> None:
    explanation = EXPLANATIONS[reason]
    for text in (explanation.sentence, explanation.remedy):
        assert text.isprintable()
        assert 10 < len(text) < 100
        assert text[0].islower()
        assert not text.endswith((".", ";", " "))


def test_the_way_to_a_first_pack_begins_with_the_one_that_needs_no_files() -> None:
    remedy = EXPLANATIONS[Reason.NO_PACK].remedy
    assert 0 < remedy.index("sudo facelatch pack install open") < remedy.index("facelatch pack build open --from DIR")


def test_a_lock_out_is_not_said_to_end_with_every_password() -> None:
    remedy = EXPLANATIONS[Reason.LOCKED_OUT].remedy
    assert remedy.startswith("wait (from 30 seconds, doubling)")
    assert "where the PAM stack reports it" in remedy


def test_a_covered_camera_and_an_older_store_are_said_with_what_mends_them() -> None:
    assert EXPLANATIONS[Reason.COVERED].remedy == "open the shutter, or take the sticker off"
    assert EXPLANATIONS[Reason.STORE_ROLLED_BACK].remedy.endswith(": sudo facelatch-key accept")


@pytest.mark.parametrize("reason", [Reason.NOT_ENROLLED, Reason.ANOTHER_FACE])
def test_enrolling_takes_the_users_password_and_no_root(reason: Reason) -> None:
    assert "facelatch enroll" in EXPLANATIONS[reason].remedy
    assert "sudo" not in EXPLANATIONS[reason].remedy


def test_a_denied_call_says_what_may_be_the_matter_and_that_sudo_works() -> None:
    text = refused(BusError(Reason.NOT_PERMITTED, "")).text
    assert "the password was not given" in text
    assert "this session may not" in text
    assert "sudo" in text


def test_no_two_reasons_read_alike() -> None:
    assert len({explanation.sentence for explanation in EXPLANATIONS.values()}) == len(Reason) + len(Refusal)


def test_every_band_has_words_and_no_band_has_none() -> None:
    assert len({band_words(band) for band in Band} - {""}) == len(Band)
    assert band_words(None) == ""


def test_every_view_has_words_of_its_own() -> None:
    assert len({view_words(view) for view in View} - {""}) == len(View)


@pytest.mark.parametrize("reason", [*Reason, *Refusal])
def test_a_refusal_is_never_a_success_and_says_something(reason: Reason | Refusal) -> None:
    for text in ("", " \n"):
        failure = refused(BusError(reason, text))
        assert failure.code in (ExitCode.NOTHING, ExitCode.CANNOT_WORK, ExitCode.NOT_PERMITTED)
        assert EXPLANATIONS[reason].remedy in failure.text
    assert refused(BusError(reason, "what the daemon says")).text == "what the daemon says"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.NOT_PERMITTED, 4),
        (Reason.NO_PACK, 3),
        (Reason.NO_LIVENESS, 3),
        (Reason.PACK_TOO_WEAK, 3),
        (Reason.CAMERA_UNTRUSTED, 3),
        (Reason.LID_CLOSED, 3),
        (Reason.STORE_ROLLED_BACK, 3),
        (Reason.NOT_AT_SEAT, 1),
        (Reason.PASSWORD_WANTED, 1),
        (Reason.COVERED, 1),
        (Reason.EYES_CLOSED, 1),
        (Reason.NO_CAMERA, 3),
        (Reason.EYE_FAILED, 3),
        (Reason.BUSY, 3),
        (Reason.BAD_REQUEST, 1),
        (Reason.UNKNOWN_USER, 1),
        (Reason.TOO_DARK, 1),
        (Refusal.NO_SUCH_FACE, 1),
        (Refusal.NO_SUCH_CAMERA, 3),
        (Refusal.ALREADY_IN_USE, 3),
        (Refusal.CLAIM_CAMERA, 3),
    ],
)
def test_the_exit_code_of_a_refusal_is_that_of_the_contract(reason: Reason | Refusal, code: int) -> None:
    assert refused(BusError(reason, "")).code == code


@pytest.mark.parametrize("reason", Reason)
def test_a_try_succeeds_for_a_match_only(reason: Reason) -> None:
    assert (trial_code(reason) == 0) == (reason is Reason.MATCHED)


def test_what_only_the_client_knows_is_no_reason_of_the_daemons() -> None:
    assert not {trouble.value for trouble in Trouble} & {error.value for error in (*Reason, *Refusal)}
    assert not {reason.value for reason in Reason} & {refusal.value for refusal in Refusal}
