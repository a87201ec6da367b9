"""`facelatch import`, `identify` and `people` with everything real: command, bus, judge, eye, networks, pictures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, living_in

pytestmark = pytest.mark.real

PICTURES = 6


@pytest.fixture(scope="module")
def people(shared: Path) -> list[list[Path]]:
    """Pictures of people of whom there are some more than are enrolled with."""
    folders = (sorted(folder.glob("*.jpg")) for folder in sorted((shared / "data/lfw/dev").iterdir()))
    return [pictures for pictures in folders if PICTURES < len(pictures) < 20][:6]


@pytest.fixture(scope="module")
def folder(people: list[list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each of four people, one of whom has an account; and some that nobody can be enrolled from."""
    folder = tmp_path_factory.mktemp("people")
    for name, pictures in zip(("alice", "Bob", "Frau Röntgen", "张三"), people, strict=False):
        (folder / name).mkdir()
        for picture in pictures[:PICTURES]:
            (folder / name / picture.name).symlink_to(picture.resolve())
    (folder / "alice" / "broken.jpg").write_bytes(b"no picture")
    (folder / "alice" / "notes.txt").write_text("not sent")
    (folder / "empty").mkdir()
    (folder / "broken only").mkdir()
    (folder / "broken only" / "a.jpg").write_bytes(b"no picture")
    (folder / "two\nlines").mkdir()
    (folder / "two\nlines" / "a.jpg").symlink_to(people[0][0].resolve())
    return folder


@pytest.fixture(scope="module")
def house(best: Path, pam_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with living_in(House(tmp_path_factory.mktemp("house"), best, liveness=False)) as house:
        yield house


def run(house: House, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    """Run the command and return its exit code and what it told."""
    done = subprocess.run(
        [Path(sys.executable).parent / "facelatch", *house.at_the_bus, *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_many_are_imported_and_told_apart_and_who_has_no_account_opens_nothing(
    house: House, folder: Path, people: list[list[Path]]
) -> None:
    code, (*told, done) = run(house, "import", folder)
    outcomes = {person["name"]: person for person in told}
    assert code == 1  # some could not be
    assert (done["enrolled"], done["failed"]) == (4, 3)
    for name in ("alice", "Bob", "Frau Röntgen", "张三"):
        assert outcomes[name]["outcome"] == "enrolled", outcomes[name]
        assert outcomes[name]["guest"] is (name != "alice")
        assert outcomes[name]["kept"] >= 3
    assert {"broken.jpg", "notes.txt"} <= {left["name"] for left in outcomes["alice"]["left_out"]}
    for name in ("empty", "broken only", "two\nlines"):
        assert outcomes[name]["outcome"] == "failed"
        assert outcomes[name]["text"]

    code, (listed,) = run(house, "people")
    assert [(person["name"], person["guest"]) for person in listed["people"]] == [
        ("Bob", True), ("Frau Röntgen", True), ("alice", False), ("张三", True),
    ]  # fmt: skip
    assert run(house, "status")[1][0]["enrolled_users"] == 1

    held_back = {
        name: pictures[-1] for name, pictures in zip(("alice", "Bob", "Frau Röntgen", "张三"), people, strict=False)
    }
    code, found = run(house, "identify", *held_back.values())
    assert code == 0
    shown = [{face["identified"]["user"] for face in picture["faces"]} for picture in found]
    assert [users - {""} for users in shown] == [{name} for name in held_back]  # bystanders are nobody
    code, found = run(house, "identify", people[4][0], people[5][0])
    assert code == 1
    assert {face["identified"]["user"] for picture in found for face in picture["faces"]} == {""}

    house.play([people[1][-1]] * 30)
    code, (told_of,) = run(house, "identify")
    assert (code, told_of["user"]) == (0, "Bob")
    assert run(house, "try", "--user", "Bob")[1][-1]["error"] == "unknown-user"

    code, (*told, done) = run(house, "import", folder)  # again: those who are there are left alone
    assert (done["enrolled"], done["skipped"], done["failed"]) == (0, 4, 3)
    code, (removed,) = run(house, "people", "--remove", "Bob", "--yes")
    assert (code, removed["people"][0]["name"]) == (0, "Bob")
    code, (told_of,) = run(house, "identify")
    assert (code, told_of["user"]) == (1, "")
