"""The drop-in: never over what is there, and gone where it is refused."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from facelatch.howdy.dropin import DROP_INS, FILE, NAME, settled, text_of, written
from facelatch.howdy.folder import HowdyError
from facelatch.howdy.mapping import Entry, Fate

LID = Entry("core", "abort_if_lid_closed", "false", Fate.TAKEN, "the lid", {"seat.lid": False})
SECONDS = Entry(
    "video", "timeout", "7", Fate.TAKEN, "the time", {"class.unlock.seconds": 7.0, "class.login.seconds": 7.0}
)
CAMERA = Entry("video", "device_path", "/dev/video0", Fate.TAKEN, "it", {"camera.use": 'pci "1" \\ [x]'})


def test_it_says_in_toml_what_is_set_and_where_it_comes_from() -> None:
    text = text_of((LID, SECONDS, CAMERA))
    assert text.startswith("# What `facelatch import-howdy` took over")
    assert tomllib.loads(text) == {
        "seat": {"lid": False},
        "class": {"unlock": {"seconds": 7.0}, "login": {"seconds": 7.0}},
        "camera": {"use": 'pci "1" \\ [x]'},
    }


def test_nothing_to_set_is_no_drop_in() -> None:
    assert text_of((Entry("core", "x", "", Fate.HOLDS, "so it is"),)) == ""


def test_it_lies_among_the_drop_ins_for_all_to_read(tmp_path: Path) -> None:
    before, folder = os.umask(0o077), tmp_path / "facelatch"
    try:
        with written("# text\n", folder) as path:
            pass
    finally:
        os.umask(before)
    assert path == folder / DROP_INS / NAME
    assert path.read_text() == "# text\n"
    assert [one.stat().st_mode & 0o777 for one in (folder, path.parent, path)] == [0o755, 0o755, 0o644]
    assert os.listdir(path.parent) == [NAME]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_what_is_refused_is_gone_again(tmp_path: Path, fault: type[BaseException]) -> None:
    with pytest.raises(fault), written("# text\n", tmp_path) as path:
        raise fault(path.read_text())
    assert os.listdir(tmp_path / DROP_INS) == []


def test_another_one_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / DROP_INS).mkdir()
    (tmp_path / DROP_INS / NAME).write_text("# mine\n")
    with pytest.raises(HowdyError, match="is there already and says something else"), written("# text\n", tmp_path):
        pytest.fail("was not refused")
    assert (tmp_path / DROP_INS / NAME).read_text() == "# mine\n"
    assert os.listdir(tmp_path / DROP_INS) == [NAME]


def test_the_same_one_stays_whatever_the_daemon_says(tmp_path: Path) -> None:
    with written("# text\n", tmp_path):
        pass
    with pytest.raises(ValueError, match="refused"), written("# text\n", tmp_path):
        raise ValueError("refused")
    assert (tmp_path / DROP_INS / NAME).read_text() == "# text\n"


def test_a_link_in_its_place_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / DROP_INS).mkdir()
    (tmp_path / DROP_INS / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HowdyError, match="is a link to what is not there"), written("# text\n", tmp_path):
        pytest.fail("was not refused")
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_left_of_an_interrupted_import_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / DROP_INS).mkdir()
    (tmp_path / DROP_INS / f".{NAME}.new").write_text("half")
    with written("# text\n", tmp_path):
        pass
    assert os.listdir(tmp_path / DROP_INS) == [NAME]


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / DROP_INS).write_text("a file in place of the folder")
    with pytest.raises(HowdyError, match=rf"{NAME}: cannot be"), written("# text\n", tmp_path):
        pytest.fail("was not refused")


def test_what_the_administrator_has_set_stays(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[seat]\nlid = true\n")
    (tmp_path / DROP_INS).mkdir()
    (tmp_path / DROP_INS / "90-mine.toml").write_text("[class.unlock]\nseconds = 3\n")
    (tmp_path / DROP_INS / NAME).write_text('[camera]\nuse = "of an earlier import"\n')
    lid, seconds, camera = settled((LID, SECONDS, CAMERA), tmp_path)
    assert (lid.fate, lid.settings) == (Fate.ALREADY_SET, {})
    assert FILE in lid.text
    assert (seconds.fate, seconds.settings) == (Fate.TAKEN, {"class.login.seconds": 7.0})
    assert "90-mine.toml" in seconds.text
    assert camera == CAMERA


def test_settings_that_cannot_be_read_are_mended_first(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[seat\n")
    with pytest.raises(HowdyError, match=rf"{FILE}: cannot be read .*mend it first"):
        settled((LID,), tmp_path)
