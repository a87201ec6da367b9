"""`facelatch identify`, `people` and `import`, against a daemon that answers what a test says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from facelatch import sync
from facelatch.errors import BusError
from facelatch.types import (
    Analysis,
    Enrolled,
    EnrollStep,
    Failure,
    Hint,
    Identified,
    Identity,
    PersonSummary,
    Reason,
    Refusal,
    View,
)
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import Call, FakeDaemon

ANNA = Identified("anna", 0.0004, (Identity("anna", "with glasses", 0.9995), Identity("berta", "face 1", 0.002)))
PERHAPS = Identified("", 0.37, (Identity("anna", "with glasses", 0.62), Identity("berta", "face 1", 0.01)))
HARDLY = Identified("", 0.97, (Identity("anna", "with glasses", 0.03),))
NOBODY = Identified("", 1.0)
GUEST = PersonSummary("Frau Röntgen", True, 1, 1)
USER = PersonSummary("anna", False, 2, 0)


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


# --- identify ---------------------------------------------------------------------------------------------------------


def test_who_is_before_the_camera_is_named(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Identify=ANNA)
    result = run("identify")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "This is anna."
    assert [line.split() for line in result.stdout.splitlines()[2:]] == [
        ["anna", "over", "99.9", "%", "with", "glasses"],
        ["berta", "0.2", "%", "face", "1"],
        ["(nobody)", "under", "0.1", "%"],
    ]
    assert daemon.calls == [Call("Identify")]


@pytest.mark.parametrize(
    ("told", "words"),
    [(NOBODY, "Nobody who is enrolled."), (PERHAPS, "Nobody for certain: "), (HARDLY, "Most likely nobody")],
    ids=["no", "perhaps", "hardly"],
)
def test_nobody_is_said_and_ends_with_1(run: Run, daemon: FakeDaemon, told: Identified, words: str) -> None:
    daemon.answering(Identify=told)
    result = run("identify")
    assert result.exit_code == 1
    assert result.stdout.startswith(words)
    assert all(one.user in result.stdout for one in told.identities)


def test_json_has_the_probabilities(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(Identify=PERHAPS)
    result = run("identify", "--json")
    assert result.exit_code == 1
    assert objects(result.stdout) == [
        {
            "is": "identified",
            "user": "",
            "nobody": 0.37,
            "identities": [
                {"user": "anna", "face": "with glasses", "probability": 0.62},
                {"user": "berta", "face": "face 1", "probability": 0.01},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("reason", "code"),
    [(Reason.NO_FACE, 1), (Reason.SEVERAL_FACES, 1), (Reason.NOT_ENROLLED, 1), (Reason.BUSY, 3),
     (Reason.NOT_PERMITTED, 4)],
)  # fmt: skip
def test_what_keeps_a_face_from_being_judged_is_an_error(
    run: Run, daemon: FakeDaemon, reason: Reason, code: int
) -> None:
    daemon.answering(Identify=BusError(reason, ""))
    result = run("identify", "--json")
    assert result.exit_code == code
    assert objects(result.stdout)[0]["error"] == reason.value


def picture_of(*identified: Identified) -> Analysis:
    """What is seen in a picture with so many faces, the first of them the rightmost."""
    (face,) = answers.ANALYSIS.faces
    faces = tuple(
        type(face)(**{name: getattr(face, name) for name in face.__struct_fields__}
                   | {"box": (100.0 - at, 0.0, 9.0, 9.0), "identified": one})
        for at, one in enumerate(identified)
    )  # fmt: skip
    return Analysis(640, 480, View.CLEAR, 0.5, faces)


def test_pictures_are_told_one_by_one_and_a_broken_one_does_not_end_the_others(
    run: Run, daemon: FakeDaemon, tmp_path: Path
) -> None:
    seen = {
        b"both": picture_of(ANNA, NOBODY),
        b"none": picture_of(),
        b"text": BusError(Reason.BAD_REQUEST, "no picture that can be read"),
    }
    paths = [tmp_path / f"{name.decode()}.jpg" for name in seen]
    for path, content in zip(paths, seen, strict=True):
        path.write_bytes(content)
    daemon.answering(Analyse=lambda call: seen[call.arguments[0]])
    result = run("identify", *map(str, paths), str(tmp_path / "missing.jpg"))
    assert result.exit_code == 0
    assert [call.arguments[1] for call in daemon.calls] == [{"identify": True}] * 3
    lines = result.stdout.splitlines()
    assert lines[0] == f"{paths[0]}: 2 faces, from left to right"
    assert lines[1] == "Nobody who is enrolled."
    assert lines[2] == "This is anna."
    assert f"{paths[1]}: no face found" in lines
    assert f"{paths[2]}: not looked at: no picture that can be read" in lines
    assert lines[-1].startswith(f"{tmp_path / 'missing.jpg'}: not looked at: ")


def test_a_picture_of_strangers_ends_with_1(run: Run, daemon: FakeDaemon, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    daemon.answering(Analyse=picture_of(NOBODY))
    result = run("identify", str(tmp_path), "--json")
    assert result.exit_code == 1
    (told,) = objects(result.stdout)
    assert told["is"] == "identified-picture"
    assert told["faces"][0]["identified"]["nobody"] == 1.0


# --- people -----------------------------------------------------------------------------------------------------------


def test_all_are_listed_with_who_can_log_in(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetPeople=(GUEST, USER))
    rows = [line.split() for line in run("people").stdout.splitlines()[1:]]
    assert rows == [["Frau", "Röntgen", "1", "1", "no", "account"], ["anna", "2", "0", "yes"]]
    assert objects(run("people", "--json").stdout)[0]["people"][0] == {
        "name": "Frau Röntgen", "guest": True, "faces": 1, "usable": 1,
    }  # fmt: skip


def test_nobody_to_list_is_no_failure(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetPeople=())
    result = run("people")
    assert result.exit_code == 0
    assert result.stdout.startswith("Nobody has a face.")


@pytest.mark.parametrize(("person", "claims"), [(GUEST, "ClaimGuest"), (USER, "Claim")])
def test_a_person_is_removed_as_what_he_is(run: Run, daemon: FakeDaemon, person: PersonSummary, claims: str) -> None:
    daemon.answering(GetPeople=(GUEST, USER), ClaimGuest=None, DeleteEnrolledFaces=(answers.GLASSES,))
    result = run("people", "--remove", person.name, "--yes")
    assert result.exit_code == 0
    assert [call.member for call in daemon.calls] == ["GetPeople", claims, "DeleteEnrolledFaces", "Release"]
    assert daemon.calls[1].arguments == (person.name,)


def test_nobody_is_removed_unasked_or_who_is_not_there(run: Run, daemon: FakeDaemon) -> None:
    daemon.answering(GetPeople=(GUEST,))
    assert run("people", "--remove", GUEST.name).exit_code == 2
    assert run("people", "--remove", "", "--yes").exit_code == 2
    assert run("people", "--remove", "anna", "--yes").exit_code == 1
    assert set(daemon.members) <= {"GetPeople"}


# --- import -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of anna, who has an account, and of Frau Röntgen, who has none."""
    for name in ("anna", "Frau Röntgen"):
        (tmp_path / name).mkdir()
        for number in range(3):
            (tmp_path / name / f"{number}.jpg").write_bytes(b"picture")
    return tmp_path


class Desk:
    """Takes pictures as the daemon does: at the save it tells what became of each, then of the face."""

    def __init__(self, daemon: FakeDaemon, people: tuple[PersonSummary, ...] = ()) -> None:
        self.daemon = daemon
        self.sent: list[str] = []
        daemon.answering(
            GetPeople=people,
            Claim=lambda call: None if call.arguments[0] == "anna" else BusError(Reason.UNKNOWN_USER, ""),
            ClaimGuest=None,
            EnrollPicture=self.take,
            EnrollSave=self.save,
        )

    def take(self, call: Call) -> EnrollStep:
        self.sent.append(call.arguments[0])
        return EnrollStep(len(self.sent), 5, True, name=call.arguments[0])

    def save(self, call: Call) -> None:
        for name in self.sent[:-1]:
            self.daemon.tell(EnrollStep(1, 5, True, name=name))
        self.daemon.tell(EnrollStep(1, 5, False, Hint.ANOTHER_FACE, "another face", self.sent[-1]))
        self.daemon.tell(Enrolled(answers.GLASSES))
        self.sent.clear()


def starts(daemon: FakeDaemon) -> list[Any]:
    return [call.arguments for call in daemon.calls if call.member == "EnrollStart"]


def test_each_folder_becomes_a_person_with_an_account_or_a_guest(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    Desk(daemon)
    result = run("import", str(folder))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "enrolled  Frau Röntgen  2 pictures kept, 1 not (no account: to be identified only)",
        "            2.jpg: another face",
        "enrolled  anna  2 pictures kept, 1 not (can log in)",
        "            2.jpg: another face",
        "2 enrolled, 0 improved, 0 skipped, 0 failed.",
    ]
    assert [call.arguments for call in daemon.calls if call.member == "ClaimGuest"] == [("Frau Röntgen",)]
    assert starts(daemon) == [("imported", {"pictures": True})] * 2


def test_who_is_enrolled_is_skipped_and_with_improve_added_to(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    Desk(daemon, (GUEST, PersonSummary("anna", False, 1, 1)))
    result = run("import", str(folder), "--json")
    assert [told["outcome"] for told in objects(result.stdout)[:-1]] == ["skipped", "skipped"]
    assert daemon.members == ["GetPeople"]
    result = run("import", str(folder), "--improve", "--json")
    *told, done = objects(result.stdout)
    assert [person["outcome"] for person in told] == ["improved", "improved"]
    assert done == {"is": "import-done", "enrolled": 0, "improved": 2, "skipped": 0, "failed": 0}
    assert starts(daemon) == [("", {"pictures": True, "face": "imported"})] * 2


def test_pictures_that_add_nothing_are_no_failure_and_others_are(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    desk = Desk(daemon, (GUEST, PersonSummary("anna", False, 1, 1)))

    def save(call: Call) -> None:
        blurred = daemon.members.count("EnrollSave") == 2
        for name in desk.sent:
            daemon.tell(EnrollStep(0, 5, False, Hint.HOLD_STILL if blurred else Hint.ALIKE, "why", name))
        daemon.tell(Failure(Reason.UNCLEAR, "0 of 1 shots needed"))
        desk.sent.clear()

    daemon.answering(EnrollSave=save)
    result = run("import", str(folder), "--improve", "--json")
    assert result.exit_code == 1
    first, second, _done = objects(result.stdout)
    assert (first["outcome"], first["text"]) == ("skipped", "these pictures add nothing to those it has")
    assert (second["outcome"], second["text"]) == ("failed", "0 of 1 shots needed")
    assert [left["name"] for left in second["left_out"]] == ["0.jpg", "1.jpg", "2.jpg"]


def test_improving_somebody_without_an_imported_face_enrols_one(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    Desk(daemon, (GUEST,))

    def start(call: Call) -> BusError | None:
        return BusError(Refusal.NO_SUCH_FACE, "") if "face" in call.arguments[1] else None

    daemon.answering(EnrollStart=start)
    result = run("import", str(folder), "--improve", "--json")
    assert [told["outcome"] for told in objects(result.stdout)[:-1]] == ["enrolled", "enrolled"]


def test_who_has_faces_of_another_pack_only_gets_a_new_one(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    Desk(daemon, (PersonSummary("Frau Röntgen", True, 1, 0), PersonSummary("anna", False, 1, 1)))
    result = run("import", str(folder), "--json")
    assert [told["outcome"] for told in objects(result.stdout)[:-1]] == ["enrolled", "skipped"]
    assert starts(daemon) == [("", {"pictures": True})]


def test_a_folder_without_pictures_or_with_too_few_fails_and_the_others_do_not(
    run: Run, daemon: FakeDaemon, folder: Path
) -> None:
    (folder / "empty").mkdir()
    (folder / "loose.txt").write_text("not looked at")
    desk = Desk(daemon)

    def save(call: Call) -> BusError | None:
        if daemon.members.count("EnrollSave") == 1:
            desk.sent.clear()
            return BusError(Reason.UNCLEAR, "2 of 3 shots needed; nothing is stored")
        desk.save(call)
        return None

    daemon.answering(EnrollSave=save)
    result = run("import", str(folder), "--json")
    assert result.exit_code == 1
    stray, *told, done = objects(result.stdout)
    assert stray == {"is": "skipped", "name": "loose.txt"}
    outcomes = [(person["name"], person["outcome"]) for person in told]
    assert outcomes == [("Frau Röntgen", "failed"), ("anna", "enrolled"), ("empty", "failed")]
    assert told[0]["text"] == "2 of 3 shots needed; nothing is stored"
    assert "no JPEG" in told[2]["text"]
    assert done == {"is": "import-done", "enrolled": 1, "improved": 0, "skipped": 0, "failed": 2}


def test_whatever_of_a_persons_folder_cannot_be_sent_is_told_of(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    Desk(daemon)
    (folder / "anna" / "gone.jpg").symlink_to("nowhere")
    (folder / "anna" / "more").mkdir()
    (folder / "anna" / "notes.txt").touch()
    (folder / "loose.txt").touch()
    result = run("import", str(folder))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "loose.txt: no person's folder, left out",
        "enrolled  Frau Röntgen  2 pictures kept, 1 not (no account: to be identified only)",
        "            2.jpg: another face",
        "enrolled  anna  2 pictures kept, 4 not (can log in)",
        "            more/: a subfolder, which is not looked into",
        "            notes.txt: no picture by its name",
        "            gone.jpg: cannot be read (No such file or directory)",
        "            2.jpg: another face",
        "2 enrolled, 0 improved, 0 skipped, 0 failed.",
    ]


def test_what_keeps_everybody_from_being_enrolled_ends_the_import(run: Run, daemon: FakeDaemon, folder: Path) -> None:
    Desk(daemon)
    daemon.answering(EnrollStart=BusError(Reason.NO_PACK, "there is no pack"))
    result = run("import", str(folder))
    assert result.exit_code == 3
    assert daemon.members.count("EnrollStart") == 1


def test_a_folder_of_pictures_that_is_no_folder_of_folders_is_wrong_use(run: Run, folder: Path) -> None:
    assert run("import", str(folder / "anna")).exit_code == 2
    assert run("import", str(folder / "nowhere")).exit_code == 2


# --- the library ------------------------------------------------------------------------------------------------------


def test_the_library_says_the_same(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(Identify=ANNA, GetPeople=(GUEST, USER), ClaimGuest=None)
    assert client.identify() == ANNA
    assert client.people() == (GUEST, USER)
    with client.claim_guest("Frau Röntgen"):
        pass
    assert daemon.members == ["Identify", "GetPeople", "ClaimGuest", "Release"]
