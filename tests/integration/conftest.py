"""Houses to test in: real judge, real eye, real networks, real PAM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facelatch_models.build import build
from tests.buses import PrivateBus
from tests.clips import Cast, portrait_cast, webcam_cast
from tests.conftest import shared_folder
from tests.demo import PORTRAITS
from tests.house import House, living_in
from tests.integration.bus_client import Client
from tests.integration.bus_judge import PEOPLE, Judge
from tests.integration.bus_states import STATES, State, leave
from tests.packs import best_pack
from tests.places import DOOR, TREE, find_library
from tests.unit.facelatchd.seen import NOBODY


@pytest.fixture(scope="session")
def open_pack(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `open` pack, built from the shared networks."""
    folder = tmp_path_factory.mktemp("packs")
    build("open", shared_models, folder)
    return folder / "open"


@pytest.fixture(scope="session")
def best(request: pytest.FixtureRequest) -> Path:
    """The best pack that can be had here: `open` from the shared networks, else what was built, else our own."""
    if (shared_folder() / "models").is_dir():
        return Path(request.getfixturevalue("open_pack"))
    pack = best_pack(TREE / "build" / "packs")
    assert pack is not None, "the tree has a pack of its own"
    return pack.folder


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """Alice and a stranger: webcam frames, else portraits."""
    if (shared_folder() / "data").is_dir():
        return webcam_cast(shared_folder() / "data")
    made = portrait_cast(PORTRAITS, tmp_path_factory.mktemp("cast"))
    if made is None:
        pytest.skip(
            f"no pictures at {shared_folder()}, and none in {PORTRAITS} (python -m tests.pictures --to {PORTRAITS})"
        )
    return made


@pytest.fixture(scope="session")
def pam_parts() -> None:
    """Skips where the door is not built or the libraries of a private PAM stack are not installed."""
    if not DOOR.is_file():
        pytest.skip(f"{DOOR} is not built: make door")
    for pattern, package in (("pam_wrapper/pam_matrix.so", "libpam-wrapper"), ("libnss_wrapper.so*", "libnss-wrapper")):
        try:
            find_library(pattern, package)
        except FileNotFoundError as error:
            pytest.skip(str(error))


@pytest.fixture(scope="module")
def house(best: Path, cast: Cast, pam_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which alice is enrolled and sits before the camera."""
    with living_in(House.to_play_in(tmp_path_factory.mktemp("house"), best, cast)) as house:
        house.play(cast.enrolment)
        house.enroll()
        house.play(cast.later)
        yield house


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    with PrivateBus(people=PEOPLE) as bus:
        yield bus


@pytest.fixture(scope="module")
def running_judge(bus: PrivateBus) -> Iterator[Judge]:
    with Judge(bus) as judge:
        judge.enrol()
        yield judge


@pytest.fixture
def judge(running_judge: Judge, bus: PrivateBus) -> Iterator[Judge]:
    """A judge that knows alice and has no client; it outlives the test, and meets nothing that nobody foresaw."""
    running_judge.eye.scene = [NOBODY]
    running_judge.wait_for_camera(on=False)
    logged = len(bus.log)
    yield running_judge
    assert running_judge.alive
    assert "Traceback" not in bus.log[logged:]


@pytest.fixture
def client(judge: Judge) -> Iterator[Client]:
    with judge.client() as client:
        yield client
        leave(client)


@pytest.fixture(params=STATES, ids=lambda state: state.__name__)
def state(request: pytest.FixtureRequest) -> State:
    found: State = request.param
    return found


@pytest.fixture(params=STATES[1:], ids=lambda state: state.__name__)
def busy(request: pytest.FixtureRequest) -> State:
    """A state in which something runs."""
    found: State = request.param
    return found
