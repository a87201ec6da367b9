"""`facelatch selftest`: how it goes, how it ends, and what its report says and does not say."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from facelatch.bus import BusError
from facelatch.cli.app import app
from facelatch.cli.selftest import attack, command, looker, looks
from facelatch.cli.selftest.looks import GUIDANCE
from facelatch.cli.selftest.setting import camera_of, model_of
from facelatch.types import CameraSummary, FaceSummary, Reason, Tried, TryStep, View
from facelatch.types.words import Gesture
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run, Spawn
from tests.unit.facelatch.fake import Act, Call, FakeDaemon
from tests.unit.facelatch.test_process import ended, wait_until

TOOK = {"wait": 20.0, "decode": 2.0, "detect": 3.0, "eyes": 10.0, "embed": 4.0, "liveness": 3.0}
OPENED = Tried(Reason.MATCHED.verdict, Reason.MATCHED, answers.MATCHED.band, 0.4, 3, TOOK, opening=0.2, deciding=0.001)

Guided = Callable[..., Result]


def ending(reason: Reason) -> Tried:
    return Tried(reason.verdict, reason, seconds=2.0, frames=9)


class Record:
    """Lets a fake daemon's looks end as scripted, and counts their mismatches as the real one does."""

    def __init__(self, daemon: FakeDaemon, reasons: Iterable[Reason], mismatches: int = 0) -> None:
        self._daemon = daemon
        self._left = iter(reasons)
        self.mismatches = mismatches
        self.locked: list[float] = []
        """For how long the face is locked, each time that is asked; then it is not."""
        daemon.answering(GetStatus=answers.STATUS, VerifyStart=self._begin, GetStanding=self._standing)

    def _begin(self, _call: Call) -> None:
        reason = next(self._left)
        self.mismatches += reason in (Reason.ANOTHER_FACE, Reason.NOT_LIVE)
        self._daemon.telling("VerifyStart", answers.NO_FACE, OPENED if reason is Reason.MATCHED else ending(reason))

    def _standing(self, _call: Call) -> msgspec.Struct:
        locked = self.locked.pop(0) if self.locked else 0.0
        return msgspec.structs.replace(answers.STANDING, mismatches=self.mismatches, locked_seconds=locked)

    @property
    def looks(self) -> int:
        return self._daemon.members.count("VerifyStart")


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of a test in this process, which are not slept."""
    slept: list[float] = []
    for module in (looker, looks, attack):
        monkeypatch.setattr(module, "sleep", slept.append)
    return slept


@pytest.fixture
def guided(run: Run, monkeypatch: pytest.MonkeyPatch) -> Guided:
    """Run the command in this process, as if on a terminal, with these lines typed."""
    monkeypatch.setattr(command, "_on_terminal", lambda: True)
    runner = CliRunner()
    return lambda *arguments, typed=(): runner.invoke(
        app, ["selftest", *arguments], input="".join(f"{line}\n" for line in typed)
    )


def report_of(shown: Result) -> dict[str, object]:
    (line,) = shown.stdout.splitlines()
    report: dict[str, object] = json.loads(line)
    assert report["is"] == "selftest-report"
    return report


# --- looks ------------------------------------------------------------------------------------------------------------


def test_it_says_how_many_opened_and_where_the_true_rate_lies(run: Run, daemon: FakeDaemon) -> None:
    Record(daemon, [Reason.MATCHED] * 17 + [Reason.ANOTHER_FACE] * 2 + [Reason.NO_FACE])
    shown = run("selftest", "--unattended")
    assert shown.exit_code == 0
    text = " ".join(shown.stdout.split())
    assert "17 of 20 opened; the true rate of refusals is between 3 % and 38 %" in text
    assert "2 × the face is not one that is enrolled" in text
    assert "1 × no face was seen" in text
    assert "To do if it was you, enrol this look too" in text
    assert "MILLISECONDS OF 17 LOOKS" in text
    assert daemon.members.count("Claim") == daemon.members.count("Release") == 1


def test_every_part_of_the_time_has_its_line(run: Run, daemon: FakeDaemon) -> None:
    Record(daemon, [Reason.MATCHED])
    shown = run("selftest", "--unattended", "--looks", "1").stdout
    lines = {" ".join(line.split()[:-2]): line.split()[-2:] for line in shown.splitlines()}
    assert lines["camera opens, to its first frame"] == ["200", "200"]
    assert lines["waiting for more frames"] == ["60", "60"]
    assert lines["eyes"] == ["30", "30"]
    assert lines["deciding"] == ["1", "1"]
    assert "bus, permission, record" in lines
    assert "all" in lines


def test_the_report_is_one_object_without_scores_names_or_serial_numbers(run: Run, daemon: FakeDaemon) -> None:
    camera = msgspec.structs.replace(answers.CAMERA, name="Front camera ABC")
    Record(daemon, [Reason.MATCHED, Reason.NOT_LIVE, Reason.TOO_DARK])
    daemon.answering(GetStatus=msgspec.structs.replace(answers.STATUS, cameras=(answers.INFRARED, camera)))
    shown = run("selftest", "--unattended", "--looks", "3", "--json", "--user", "anna")
    assert shown.exit_code == 0
    report = report_of(shown)
    assert report["setting"]["camera"] == {  # type: ignore[index]
        "name": "Front camera", "driver": "uvcvideo", "vendor_product": "046d:0825", "infrared": False,
        "virtual": False,
    }  # fmt: skip
    assert report["looks"]["refused"]["count"] == 2  # type: ignore[index]
    assert report["looks"]["reasons"] == {"matched": 1, "not-live": 1, "too-dark": 1}  # type: ignore[index]
    assert report["times"]["open"] == {"median": 200.0, "p95": 200.0}  # type: ignore[index]
    assert (report["attacks"], report["ended"], report["failure"]) == ([], "done", None)
    for secret in ("anna", "ABC", "with glasses", "usb-1", "evidence", "band", 'match"', "near", "picture"):
        assert secret not in shown.stdout, secret


def test_a_face_that_never_opens_is_no_success(run: Run, daemon: FakeDaemon) -> None:
    Record(daemon, [Reason.NO_FACE] * 3)
    shown = run("selftest", "--unattended", "--looks", "3")
    assert shown.exit_code == 1
    assert "0 of 3 opened" in shown.stdout
    assert "MILLISECONDS" not in shown.stdout


def test_it_ends_before_the_face_would_be_locked_and_says_so(run: Run, daemon: FakeDaemon) -> None:
    record = Record(daemon, [Reason.MATCHED, *[Reason.ANOTHER_FACE] * 19])
    shown = run("selftest", "--unattended")
    assert shown.exit_code == 1
    assert record.mismatches == 3
    text = " ".join(shown.stdout.split())
    assert "Counted 3 refused faces in a row on record; 5 lock the face, a login clears them" in text
    assert "Ended at 3 refusals on record" in text
    assert "1 of 4 opened" in text


def test_refusals_from_before_count(run: Run, daemon: FakeDaemon) -> None:
    record = Record(daemon, [Reason.NOT_LIVE] * 19, mismatches=2)
    assert run("selftest", "--unattended").exit_code == 1
    assert (record.looks, record.mismatches) == (1, 3)


@pytest.mark.parametrize(("mismatches", "locked"), [(3, 0.0), (4, 0.0), (5, 21.5)])
def test_with_too_many_on_record_it_does_not_begin(
    run: Run, daemon: FakeDaemon, mismatches: int, locked: float
) -> None:
    record = Record(daemon, [Reason.MATCHED], mismatches)
    record.locked = [locked]
    shown = run("selftest", "--unattended")
    assert shown.exit_code == 3
    assert "type your password once" in shown.stderr
    assert f"{mismatches} " in shown.stderr
    assert record.looks == 0
    record.locked = [locked]
    error = json.loads(run("selftest", "--unattended", "--json").stdout)["error"]
    assert error == ("locked-out" if locked else "password-wanted")


def test_without_a_face_it_does_not_begin(run: Run, daemon: FakeDaemon) -> None:
    Record(daemon, [])
    daemon.answering(GetStanding=msgspec.structs.replace(answers.STANDING, faces=0, usable=0))
    shown = run("selftest", "--unattended")
    assert (shown.exit_code, shown.stderr) == (3, "facelatch: no face is enrolled; enrol one: facelatch enroll\n")
    assert "Claim" not in daemon.members


@pytest.mark.parametrize(("reason", "code"), [(Reason.CAMERA_BUSY, 3), (Reason.NO_PACK, 3), (Reason.NOT_PERMITTED, 4)])
def test_what_is_not_for_the_face_ends_it(run: Run, daemon: FakeDaemon, reason: Reason, code: int) -> None:
    Record(daemon, [reason])
    first = run("selftest", "--unattended", "--json")
    assert first.exit_code == code
    assert json.loads(first.stdout)["error"] == reason.value
    Record(daemon, [Reason.MATCHED, reason])
    later = run("selftest", "--unattended", "--json")
    assert later.exit_code == code
    report = report_of(later)
    assert (report["ended"], report["failure"]) == ("failed", reason.value)
    assert report["looks"]["refused"]["of"] == 1  # type: ignore[index]


def test_a_refusal_of_the_daemon_is_told_as_everywhere(run: Run, daemon: FakeDaemon) -> None:
    Record(daemon, [])
    daemon.answering(Claim=BusError(Reason.NOT_PERMITTED, "not from afar"))
    shown = run("selftest", "--unattended")
    assert (shown.exit_code, shown.stderr) == (4, "facelatch: not from afar\n")


def test_a_look_that_gave_way_to_a_login_is_taken_again(run: Run, daemon: FakeDaemon) -> None:
    record = Record(daemon, [Reason.BUSY, Reason.BUSY, Reason.MATCHED, Reason.MATCHED])
    report = report_of(run("selftest", "--unattended", "--looks", "2", "--json"))
    assert record.looks == 4
    assert report["looks"]["reasons"] == {"matched": 2}  # type: ignore[index]


def test_a_camera_that_is_always_needed_by_others_is_waited_for_no_longer(run: Run, daemon: FakeDaemon) -> None:
    record = Record(daemon, [Reason.BUSY] * 9)
    assert run("selftest", "--unattended").exit_code == 3
    assert record.looks == 3


SECOND = msgspec.structs.replace(
    answers.CAMERA, id="pci-2/0123:4567/S9", path="/dev/video2", vendor_product="0123:4567"
)
BOTH = msgspec.structs.replace(answers.STATUS, cameras=(answers.INFRARED, answers.CAMERA, SECOND))
NEWEST = msgspec.structs.replace(answers.SEEN, camera=SECOND.id, enrolled="2026-08-01T10:00:00+00:00")


@pytest.mark.parametrize(
    ("named", "chosen", "faces", "expected"),
    [
        (SECOND.path, answers.CAMERA.id, (answers.SEEN,), SECOND),
        ("", SECOND.id, (answers.SEEN,), SECOND),
        ("", "file:/clip", (answers.SEEN,), None),
        ("/dev/video7", "", (answers.SEEN,), None),
        ("", "", (answers.SEEN, NEWEST), SECOND),
        ("", "", (answers.SEEN, msgspec.structs.replace(NEWEST, usable=False)), answers.CAMERA),
        ("", "", (answers.GLASSES,), answers.CAMERA),
    ],
)
def test_the_camera_of_the_report_is_the_one_that_is_looked_through(
    named: str, chosen: str, faces: tuple[FaceSummary, ...], expected: CameraSummary | None
) -> None:
    assert camera_of(msgspec.structs.replace(BOTH, camera=chosen), faces, named) == expected


@pytest.mark.parametrize(
    ("id_", "name", "told"),
    [
        ("pci-2/0123:4567/S9", "Cam S9", "Cam"),
        ("pci-2/0123:4567", "Cam S9", "Cam S9"),
        ("platform-x", "Cam", "Cam"),
    ],
)
def test_a_serial_number_is_taken_out_of_a_cameras_name(id_: str, name: str, told: str) -> None:
    assert model_of(msgspec.structs.replace(SECOND, id=id_, name=name)).name == told


# --- guided -----------------------------------------------------------------------------------------------------------


def test_between_looks_the_person_is_told_to_move(
    guided: Guided, daemon: FakeDaemon, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(looker.Silence, "move", lambda _self, text: told.append(text.plain))
    monkeypatch.setattr("facelatch.cli.selftest.course.LiveLine", lambda: _In(looker.Silence()))
    Record(daemon, [Reason.MATCHED] * 3)
    assert guided("--looks", "3", typed=("", "")).exit_code == 0
    said = [text.partition(" of 3  ")[2] for text in told]
    assert said == [
        "looking",
        GUIDANCE[1], "now look at the camera", "looking",
        GUIDANCE[2], "now look at the camera", "looking",
    ]  # fmt: skip
    assert naps == [looks.AWAY, looks.BACK] * 2


class _In:
    """A context that gives something."""

    def __init__(self, what: looker.Silence) -> None:
        self._what = what

    def __enter__(self) -> looker.Silence:
        return self._what

    def __exit__(self, *_: object) -> None:
        pass


def test_where_no_line_can_move_the_guidance_stays_and_a_pipe_gets_none(
    guided: Guided, run: Run, daemon: FakeDaemon
) -> None:
    Record(daemon, [Reason.MATCHED] * 4)
    assert f"2 of 2  {GUIDANCE[1]}" in guided("--looks", "2", typed=("", "")).stdout
    assert GUIDANCE[1] not in run("selftest", "--unattended", "--looks", "2").stdout


def test_a_gesture_that_is_wanted_is_told(guided: Guided, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(looker.Silence, "move", lambda _self, text: told.append(text.plain))
    daemon.answering(GetStatus=answers.STATUS)
    daemon.telling("VerifyStart", TryStep(View.CLEAR, instruction=Gesture.NOD), OPENED)
    monkeypatch.setattr("facelatch.cli.selftest.course.LiveLine", lambda: _In(looker.Silence()))
    guided("--looks", "1", typed=("", ""))
    assert "Now nod." in told


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--attack", "photo"), ("--to", "x.json")])
def test_without_a_terminal_it_wants_to_be_left_alone(run: Run, daemon: FakeDaemon, arguments: tuple[str, ...]) -> None:
    shown = run("selftest", *arguments)
    assert shown.exit_code == 2
    assert "--unattended" in shown.stderr + shown.stdout
    assert daemon.calls == []


@pytest.mark.parametrize(
    "arguments",
    [("--looks", "0"), ("--looks", "101"), ("--attack", "mask"), ("--unattended", "--attack", "photo"),
     ("--presentations", "0")],
)  # fmt: skip
def test_what_makes_no_sense_is_wrong_use(guided: Guided, daemon: FakeDaemon, arguments: tuple[str, ...]) -> None:
    assert guided(*arguments).exit_code == 2
    assert daemon.calls == []


@pytest.mark.parametrize("typed", [(), ("q",)])
def test_who_does_not_begin_has_done_nothing(guided: Guided, daemon: FakeDaemon, typed: tuple[str, ...]) -> None:
    record = Record(daemon, [])
    shown = guided(typed=typed)
    assert (shown.exit_code, record.looks) == (1, 0)
    assert "given up, nothing was done" in shown.stderr


# --- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "typed"),
    [
        ((), ("", "", "y", "")),
        ((), ("", "what", "y", "")),
        ((), ("", "p", "n", "")),
        ((), ("", "p", "", "")),
        (("--attack", "photo"), ("", "no", "")),
    ],
)
def test_pictures_are_presented_only_to_who_agrees(
    guided: Guided, daemon: FakeDaemon, options: tuple[str, ...], typed: tuple[str, ...]
) -> None:
    record = Record(daemon, [Reason.MATCHED, Reason.MATCHED])
    assert guided("--looks", "1", *options, typed=typed).exit_code == 0
    assert record.looks == 1


def test_pictures_that_are_refused_are_counted(guided: Guided, daemon: FakeDaemon, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    Record(daemon, [Reason.MATCHED, Reason.NOT_LIVE, Reason.NO_FACE, Reason.ANOTHER_FACE])
    shown = guided("--looks", "1", "--presentations", "3", "--to", str(file), typed=("", "s", "y", "", "", ""))
    assert shown.exit_code == 0
    text = " ".join(shown.stdout.split())
    assert "Phone 0 of 3 got in; the true rate is below 64 %" in text
    assert "of them 1 time nothing was judged" in text
    (tried,) = json.loads(file.read_text())["attacks"]
    assert (tried["attack"], tried["accepted"]["count"], tried["unanswered"]) == ("phone", 0, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_picture_that_gets_in_is_bad_news_with_a_remedy(guided: Guided, daemon: FakeDaemon) -> None:
    Record(daemon, [Reason.MATCHED, Reason.MATCHED, Reason.NOT_LIVE])
    shown = guided("--looks", "1", "--attack", "photo", "--presentations", "2", typed=("", "y", "", ""))
    assert shown.exit_code == 1
    text = " ".join(shown.stdout.split())
    assert "GOT IN" in text
    assert "Photo 1 of 2 got in; the true rate is between 1 % and 99 %" in text
    assert 'set liveness = "active" for class.unlock' in text


def test_at_three_on_record_pictures_are_presented_only_to_who_wants_the_lock(
    guided: Guided, daemon: FakeDaemon
) -> None:
    record = Record(daemon, [Reason.MATCHED, *[Reason.NOT_LIVE] * 9])
    shown = guided("--looks", "1", "--attack", "photo", typed=("", "y", "", "", "", "", "", "q"))
    assert shown.exit_code == 0
    assert record.mismatches == 3, "neither Enter nor q goes on while they stand there"
    assert "3 refused faces in a row are on record" in " ".join(shown.stdout.split())
    assert "0 of 3 got in" in shown.stdout


def test_a_password_clears_the_record_and_the_test_goes_on(guided: Guided, daemon: FakeDaemon) -> None:
    record = Record(daemon, [])

    def reasons() -> Iterator[Reason]:
        yield Reason.MATCHED
        yield from [Reason.NOT_LIVE] * 3
        record.mismatches = 0  # ... was typed elsewhere, before the next look
        yield from [Reason.NOT_LIVE] * 2

    record._left = reasons()
    standing = record._standing

    def after_password(call: Call) -> msgspec.Struct:
        answer = standing(call)
        if record.mismatches == 3 and daemon.members[-2] == "GetStanding":
            record.mismatches = 0
        return answer

    daemon.answering(GetStanding=after_password)
    shown = guided("--looks", "1", "--attack", "photo", "--presentations", "5", typed=("", "y", *[""] * 6))
    assert "0 of 5 got in; the true rate is below 46 %" in shown.stdout


def test_who_goes_on_waits_for_the_lock_to_end(guided: Guided, daemon: FakeDaemon, naps: list[float]) -> None:
    record = Record(daemon, [Reason.MATCHED, *[Reason.NOT_LIVE] * 5])
    record.mismatches = 0
    typed = ("", "y", "", "", "", "l", "", "", "")

    def standing(_call: Call) -> msgspec.Struct:
        locked = 3.0 if record.mismatches == 5 and not naps else 0.0
        return msgspec.structs.replace(answers.STANDING, mismatches=record.mismatches, locked_seconds=locked)

    daemon.answering(GetStanding=standing)
    record._left = iter([Reason.MATCHED, *[Reason.NOT_LIVE] * 5, Reason.NO_FACE])
    shown = guided("--looks", "1", "--attack", "photo", "--presentations", "6", typed=typed)
    assert "0 of 6 got in" in shown.stdout
    assert record.mismatches == 5
    assert naps, "locked after the fifth"


# --- its end ----------------------------------------------------------------------------------------------------------


def test_a_report_is_written_over_no_file(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("mine")
    assert run("selftest", "--unattended", "--to", str(file)).exit_code == 2
    assert run("selftest", "--unattended", "--to", str(tmp_path / "no" / "x")).exit_code == 2
    assert file.read_text() == "mine"
    assert daemon.calls == []


def test_ctrl_c_reports_what_was_done_so_far(spawn: Spawn, daemon: FakeDaemon) -> None:
    record = Record(daemon, [Reason.MATCHED, *[Reason.NO_FACE] * 9])
    process = spawn("selftest", "--unattended", "--json")
    wait_until(lambda: record.looks == 1 and "VerifyStop" in daemon.members)
    process.send_signal(signal.SIGINT)
    code, stdout, stderr = ended(process)
    assert (code, stderr) == (130, "")
    report = json.loads(stdout)
    assert report["ended"] == "interrupted"
    assert report["looks"]["wanted"] == 20
    assert report["looks"]["reasons"] == {"matched": 1}
    assert daemon.members[-1] == "Release"


def without_the_daemon(daemon: FakeDaemon, looks: int) -> None:
    """Have it leave the bus in the look behind so many that open."""
    ends = iter([OPENED] * looks)

    def begin(_call: Call) -> None:
        daemon.telling("VerifyStart", answers.NO_FACE, next(ends, Act.LEAVE))

    daemon.answering(GetStatus=answers.STATUS, VerifyStart=begin)


def test_a_daemon_that_goes_away_takes_no_look_with_it(run: Run, daemon: FakeDaemon) -> None:
    without_the_daemon(daemon, 2)
    shown = run("selftest", "--unattended")
    assert shown.exit_code == 3
    text = " ".join(shown.stdout.split())
    assert "2 of 2 opened" in text
    assert "Ended the daemon went away" in text


def test_a_report_says_that_the_daemon_went_away(run: Run, daemon: FakeDaemon) -> None:
    without_the_daemon(daemon, 1)
    shown = run("selftest", "--unattended", "--json")
    assert shown.exit_code == 3
    report = report_of(shown)
    assert (report["ended"], report["failure"]) == ("broken-off", None)
    assert report["looks"]["refused"]["of"] == 1  # type: ignore[index]


def test_where_the_daemon_goes_away_before_a_look_there_is_nothing_to_report(run: Run, daemon: FakeDaemon) -> None:
    without_the_daemon(daemon, 0)
    shown = run("selftest", "--unattended", "--json")
    assert (shown.exit_code, json.loads(shown.stdout)["error"]) == (3, "no-daemon")


def test_where_nothing_was_seen_no_interval_is_spoken_of(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS).telling("VerifyStart", answers.NO_FACE)
    process = spawn("selftest", "--unattended")
    wait_until(lambda: "VerifyStart" in daemon.members)
    process.send_signal(signal.SIGINT)
    code, stdout, _stderr = ended(process)
    assert code == 130
    assert "none was taken" in stdout
    assert "Intervals" not in stdout


def test_ctrl_c_in_the_middle_of_a_look_ends_it_and_counts_it_for_nothing(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.answering(GetStatus=answers.STATUS).telling("VerifyStart", answers.NO_FACE)
    process = spawn("selftest", "--unattended", "--json")
    wait_until(lambda: "VerifyStart" in daemon.members)
    process.send_signal(signal.SIGINT)
    code, stdout, _stderr = ended(process)
    assert code == 130
    assert json.loads(stdout)["looks"]["refused"]["of"] == 0
    assert daemon.members[-3:] == ["VerifyStop", "GetStanding", "Release"], "it may have counted"


@pytest.mark.parametrize("terminal", ["dumb", "xterm-256color"])
def test_on_a_terminal_it_asks_and_fits_into_80_columns(
    spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, terminal: str
) -> None:
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    Record(daemon, [Reason.MATCHED, Reason.NOT_LIVE])
    dialogue = (
        "Enter begins. q: end.",
        "Begin? [y/N]",
        "1 of 1: hold up the photo, your face out of view. Enter: look. q: end.",
    )
    shown = answering(spawn, dialogue, "selftest", "-n", "1", "--attack", "photo", "--presentations", "1")
    assert "0 of 1 got in" in shown
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "\n").splitlines()
    assert max(map(len, lines)) <= 80, lines


def answering(spawn: Spawn, questions: Iterable[str], *arguments: str) -> str:
    """Run on a pseudo-terminal, answer each question with a yes or a mere Enter, and return what is shown."""
    main, side = pty.openpty()
    process = spawn(*arguments, stdin=side, stdout=side, stderr=side, start_new_session=True)
    os.close(side)
    shown = b""
    waiting = list(questions)
    while True:
        try:
            shown += os.read(main, 65536)
        except OSError:
            break
        if waiting and waiting[0].encode() in shown:
            os.write(main, b"y\n" if waiting.pop(0).endswith("[y/N]") else b"\n")
    os.close(main)
    assert process.wait(20) == 0, shown
    assert waiting == []
    return shown.decode()
