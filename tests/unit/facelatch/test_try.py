"""`facelatch try`: what a look comes to, and how it is told."""

from __future__ import annotations

import json

import pytest

from facelatch.types import Band, Reason, Tried, TryStep, Verdict, View
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Call, FakeDaemon, Raw, fields


@pytest.mark.parametrize("reason", Reason)
def test_the_exit_code_of_try_is_that_of_the_verdict(run: Run, daemon: FakeDaemon, reason: Reason) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE, Tried(reason.verdict, reason, None, 1.0, 1, {}))
    expected = {Verdict.MATCH: 0, Verdict.MISMATCH: 1, Verdict.UNAVAILABLE: 3}[reason.verdict]
    assert run("try").exit_code == (4 if reason is Reason.NOT_PERMITTED else expected)


@pytest.mark.parametrize("reason", set(Reason) - {Reason.MATCHED})
def test_a_match_with_a_reason_that_is_none_is_not_believed(run: Run, daemon: FakeDaemon, reason: Reason) -> None:
    for result in ("verify-match", f"verify-{reason.value}"):
        details = fields(Tried(Verdict.MATCH, reason))
        daemon.telling("VerifyStart", ("VerifyStatus", Raw("sba{sv}", (result, True, details))))
        shown = run("try")
        assert shown.exit_code == 3
        assert "Match" not in shown.stdout


def test_a_match_that_is_not_done_is_no_match(run: Run, daemon: FakeDaemon) -> None:
    details = fields(answers.MATCHED)
    daemon.telling("VerifyStart", ("VerifyStatus", Raw("sba{sv}", ("verify-match", False, details))))
    shown = run("try")
    assert shown.exit_code == 3
    assert "Match" not in shown.stdout


def test_frames_alike_in_a_row_share_a_line(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE, answers.NO_FACE, answers.NEAR, answers.NO_FACE, answers.MATCHED)
    assert run("try").stdout.split("\n\n")[0].splitlines() == [
        "  2 × no face",
        "      a clear face     somewhat alike, live",
        "      no face",
    ]


def test_try_says_the_verdict_the_time_and_what_to_do(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", Tried(Verdict.MISMATCH, Reason.NOT_LIVE, Band.NEAR, 4.96, 31, {}))
    shown = run("try").stdout
    assert "No match  the face looked like a picture of one\n" in shown
    assert "To do     face the camera" in shown
    assert "Took      5.0 s, 31 frames\n" in shown
    assert "\nLikeness  somewhat alike\n" in shown
    assert "Evidence" not in shown


def test_a_single_frame_is_no_frames(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 0.4, 1, {}))
    assert "Took   0.4 s, 1 frame\n" in run("try").stdout


def test_the_help_of_try_says_that_a_mismatch_counts(run: Run) -> None:
    shown = " ".join(run("try", "--help").stdout.split())
    assert "A mismatch counts like one at a login, towards the lock-out: also against another user" in shown


def test_evidence_is_shown_where_the_daemon_tells_it(run: Run, daemon: FakeDaemon) -> None:
    step = TryStep(View.CLEAR, Band.MATCH, False, -2.25)
    daemon.telling(
        "VerifyStart", step, Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 1, 1, {"embed": 20.4}, 9.5, 7.0)
    )
    shown = run("try", "--figures").stdout
    assert daemon.calls[1] == Call("VerifyStart", ("any", {"figures": True}))
    assert "a clear face     alike, looks like a picture, evidence -2.2\n" in shown
    assert "Evidence   +9.5 nats, 7.0 wanted\n" in shown
    assert "Per frame  embed 20 ms\n" in shown


def test_try_writes_json_lines(run: Run, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE, answers.NEAR, answers.MATCHED)
    lines = [json.loads(line) for line in run("try", "--json").stdout.splitlines()]
    assert [line["is"] for line in lines] == ["try-step", "try-step", "tried"]


def test_an_empty_face_is_not_any(run: Run, daemon: FakeDaemon) -> None:
    assert run("try", "--face", "").exit_code == 2
    assert daemon.calls == []
