"""Where Howdy's files are found, and which are not believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from facelatch.howdy import folder as module
from facelatch.howdy.folder import LARGEST_MODELS, HowdyError, Installation, at, find, read_config, read_people
from tests.unit.facelatch_howdy.trees import VERSION_2, howdy, model

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away")


def read_all(folder: Path) -> None:
    read_config(folder / "config.ini")
    read_people(folder / "models")


def test_howdy_2_keeps_all_beside_its_program(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    folder = howdy(tmp_path / "usr/lib/security/howdy", VERSION_2, anna=[model()])
    assert find(tmp_path) == Installation(folder / "config.ini", folder / "models")


@pytest.mark.parametrize("place", ["etc/howdy", "usr/local/etc/howdy"])
def test_howdy_3_keeps_all_among_the_settings(tmp_path: Path, place: str) -> None:
    folder = howdy(tmp_path / place, anna=[model()])
    assert find(tmp_path) == Installation(folder / "config.ini", folder / "models")


def test_settings_and_faces_may_lie_apart(tmp_path: Path) -> None:
    settings = howdy(tmp_path / "etc/howdy")
    faces = howdy(tmp_path / "usr/lib/security/howdy", None, anna=[model()])
    assert find(tmp_path) == Installation(settings / "config.ini", faces / "models")


def test_where_both_versions_are_the_newer_is_read_and_the_other_named(tmp_path: Path) -> None:
    older = howdy(tmp_path / "lib/security/howdy", VERSION_2, anna=[model()])
    newer = howdy(tmp_path / "etc/howdy", anna=[model()])
    unread = (older / "config.ini", older / "models")
    assert find(tmp_path) == Installation(newer / "config.ini", newer / "models", unread)


def test_a_folder_of_faces_that_is_empty_does_not_hide_another(tmp_path: Path) -> None:
    (howdy(tmp_path / "etc/howdy") / "models").mkdir()
    faces = howdy(tmp_path / "usr/lib/security/howdy", None, anna=[model()])
    assert find(tmp_path).models == faces / "models"


def test_where_nothing_is_the_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(HowdyError, match=r"no Howdy in /etc/howdy, .*--from"):
        find(tmp_path)
    with pytest.raises(HowdyError, match=r"neither config\.ini nor models in it"):
        at(tmp_path)


def test_each_person_has_a_file(tmp_path: Path) -> None:
    folder = howdy(tmp_path / "howdy", None, anna=[model()], ben=[model()])
    (folder / "models" / "notes.txt").write_text("nobody")
    assert list(read_people(folder / "models")) == ["anna", "ben"]
    assert list(read_people(folder / "models", ("ben",))) == ["ben"]


def test_somebody_of_whom_nothing_is_there_is_an_error_that_names_the_others(tmp_path: Path) -> None:
    folder = howdy(tmp_path / "howdy", None, anna=[model()])
    with pytest.raises(HowdyError, match=r"nothing of 'eve' in it; there is 'anna'"):
        read_people(folder / "models", ("eve",))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = howdy(tmp_path / "howdy", anna=[model()])
    (tmp_path / "elsewhere").write_text("[]")
    (folder / "models" / "ben.dat").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HowdyError, match=r"ben\.dat: is a link, which is not followed"):
        read_people(folder / "models")
    (folder / "config.ini").unlink()
    (folder / "config.ini").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HowdyError, match=r"config\.ini: is a link"):
        read_config(folder / "config.ini")


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    folder = howdy(tmp_path / "howdy", anna=[model()])
    os.mkfifo(folder / "models" / "ben.dat")
    with pytest.raises(HowdyError, match=r"ben\.dat: expected a regular file"):
        read_people(folder / "models")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    folder = howdy(tmp_path / "howdy", anna=[model()])
    with (folder / "models" / "ben.dat").open("wb") as file:
        file.truncate(LARGEST_MODELS + 1)
    with pytest.raises(HowdyError, match=r"ben\.dat: is larger than 1024 KiB"):
        read_people(folder / "models")


@pytest.mark.parametrize("name", [b"\xff.dat", b"new\nline.dat", b"\xe2\x80\xaeanna.dat", b".dat"])
def test_a_name_that_no_user_has_is_refused(tmp_path: Path, name: bytes) -> None:
    folder = howdy(tmp_path / "howdy", None, anna=[model()])
    Path(os.fsdecode(os.fsencode(folder / "models") + b"/" + name)).write_text("[]")
    with pytest.raises(HowdyError, match=r"expected a user's name"):
        read_people(folder / "models")


def test_more_people_than_any_machine_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_USERS", 1)
    folder = howdy(tmp_path / "howdy", None, anna=[model()], ben=[model()])
    with pytest.raises(HowdyError, match=r"2 people, expected at most 1"):
        read_people(folder / "models")
    assert list(read_people(folder / "models", ("ben",))) == ["ben"]


@pytest.mark.parametrize("place", ["config.ini", "models", "models/anna.dat", "."])
def test_what_others_may_write_is_not_believed(tmp_path: Path, place: str) -> None:
    folder = howdy(tmp_path / "howdy", anna=[model()])
    (folder / place).chmod(0o777)
    with pytest.raises(HowdyError, match=r"others could have changed it \(mode 0777\)"):
        read_all(folder)


@as_root
@pytest.mark.parametrize("place", ["config.ini", "models", "models/anna.dat", "."])
def test_what_belongs_to_a_user_is_not_believed(tmp_path: Path, place: str) -> None:
    folder = howdy(tmp_path / "howdy", anna=[model()])
    os.chown(folder / place, 1234, 0)
    with pytest.raises(HowdyError, match=r"belongs to uid 1234, who could have changed it"):
        read_all(folder)
