"""A machine with one camera, and a pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch_eye.camera.v4l2 import Machine
from facelatch_models.pack import InputSpec, Kind, Manifest, Pack, PackFile, Role
from facelatch_models.scale import Calibration
from tests.unit.facelatch_eye.fake import INTERNAL, FakeClock, FakeNode, fake_machine, plug_in


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def node(clock: FakeClock) -> FakeNode:
    return FakeNode(clock)


@pytest.fixture
def machine(tmp_path: Path, clock: FakeClock, node: FakeNode) -> Machine:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "7"))
    return fake_machine(tmp_path, {"video0": node}, clock)


@pytest.fixture
def pack() -> Pack:
    parts = ((Role.DETECTOR, Kind.YUNET), (Role.EMBEDDER, Kind.VECTOR))
    files = tuple(
        PackFile(
            role=role,
            kind=kind,
            name=f"{role.value}.onnx",
            sha256="0" * 64,
            bytes=1,
            licence="",
            source="",
            input=InputSpec(width=32, height=32),
            dimension=4,
        )
        for role, kind in parts
    )
    calibration = Calibration(slope=1.0, intercept=0.0, correlation=0.0, bounds={}, measured="")
    manifest = Manifest(id="toy", version="3", title="", licence="", file=files, calibration=calibration)
    return Pack(Path("/nowhere"), manifest)
