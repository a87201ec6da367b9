"""Houses to test in: real judge, real eye, real networks, real PAM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from facelatch_models.build import build
from tests.clips import Cast, webcam_cast
from tests.house import House, living_in
from tests.places import DOOR, find_library


@pytest.fixture(scope="session")
def open_pack(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `open` pack, built from the shared networks."""
    folder = tmp_path_factory.mktemp("packs")
    build("open", shared_models, folder)
    return folder / "open"


@pytest.fixture(scope="session")
def cast(shared: Path) -> Cast:
    """Webcam frames of alice and of a stranger."""
    return webcam_cast(shared / "data")


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
def house(open_pack: Path, cast: Cast, pam_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which alice is enrolled and sits before the camera."""
    with living_in(House(tmp_path_factory.mktemp("house"), open_pack)) as house:
        house.play(cast.enrolment)
        house.enroll()
        house.play(cast.later)
        yield house
