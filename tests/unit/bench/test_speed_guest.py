from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.speed import guest, memory, starting
from tests.bench.speed.household import Resident
from tests.bench.speed.peers import offers
from tests.bench.speed.processes import Footprint
from tests.bench.speed.setting import Setting
from tests.places import TREE

FAILS = "import sys; print('loaded', flush=True); sys.exit(\"No module named 'nothing'\")"


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, None, True, tmp_path)


def test_every_kind_of_peer_is_asked_in_and_what_it_is_is_said() -> None:
    names = guest.names()

    assert set(names) - {guest.WRAPPED} <= {offer.name for offer in offers()}
    for kind in ("face_recognition", "dlib", "buffalo_sc", "buffalo_l", "OpenCV"):
        assert sum(name.startswith(kind) or f" {kind}" in name for name in names) == 1
    assert all(names.values())


def test_a_package_that_is_not_installed_is_named_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "face_recognition", None)
    monkeypatch.setattr(sys, "argv", ["guest", guest.WRAPPED, "scratch", "frame", "models"])

    assert guest.main() == guest.MISSING
    assert "pip install --no-deps face_recognition" in capsys.readouterr().err


def test_a_peers_process_carries_nothing_that_the_peer_does_not_need() -> None:
    script = "import sys; from tests.bench.speed import guest; guest.names(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=TREE, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())

    assert "tests.bench.speed.peers.opencv" in loaded
    assert not loaded & {"dlib", "pytest", "onnx", "onnxruntime", "facelatch_eye", "facelatchd", "sqlalchemy", "rich"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One peer, which loads and then fails."""
    command = [sys.executable, "-c", FAILS]
    monkeypatch.setattr(guest, "names", lambda quick: {"nobody": "a peer that fails"})
    monkeypatch.setattr(starting, "guest_command", lambda *arguments: command)


@pytest.mark.usefixtures("failing")
def test_a_peer_that_fails_when_it_starts_is_named_with_its_last_words_and_keeps_what_it_had(setting: Setting) -> None:
    taken: starting.Taken = {}
    absent: dict[str, str] = {}
    starting.start_guests(setting, Path("frame.jpg"), taken, absent)
    starting.start_guests(setting, Path("frame.jpg"), taken, absent)

    assert absent == {"nobody": "No module named 'nothing'"}
    assert [len(values) for (_, what), values in taken.items() if what == starting.LOADED] == [1]
    assert ("nobody", starting.SEEN) not in taken


@pytest.mark.usefixtures("failing")
def test_a_peer_that_fails_is_not_weighed(setting: Setting) -> None:
    held: dict[tuple[str, str], list[Footprint]] = {}
    absent: dict[str, str] = {}
    memory._guests(setting, Resident("s0001", [], [Path("frame.jpg")]), held, absent)

    assert held == {}
    assert absent == {"nobody": "No module named 'nothing'"}
