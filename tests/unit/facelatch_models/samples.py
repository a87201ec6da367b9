"""Packs of made-up networks: the bytes are no networks, and nothing that is tested with them runs one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from facelatch_models.pack import Attribute, InputSpec, Kind, Manifest, PackFile, Role, write_manifest
from facelatch_models.scale import Calibration

POINTS = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
CALIBRATION = Calibration(
    slope=60.0,
    intercept=-20.0,
    correlation=0.5,
    bounds={"convenient": 9.0, "balanced": 11.0, "strict": 13.0},
    measured="on nothing",
)
NETWORKS = {
    Role.DETECTOR: (Kind.YUNET, "detector.onnx", b"detector" * 40),
    Role.EMBEDDER: (Kind.VECTOR, "embedder.onnx", b"embedder" * 50),
    Role.LIVENESS: (Kind.MINIFASNET, "liveness.onnx", b"liveness" * 30),
    Role.ATTRIBUTES: (Kind.ATTRIBUTES, "attributes.onnx", b"attributes" * 20),
    Role.EYES: (Kind.FACE_MESH, "eyes.onnx", b"eyes" * 60),
}


GLASSES = Attribute(name="glasses", labels=("glasses", "none"), slope=1.0, intercept=0.0, sure=0.8)


def part(role: Role, **changes: Any) -> PackFile:
    """Return a valid entry for one of the made-up networks."""
    kind, name, content = NETWORKS[role]
    made = PackFile(
        role=role,
        kind=kind,
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        licence="none",
        source="made up",
        input=InputSpec(width=64, height=64, points=POINTS if role in (Role.EMBEDDER, Role.EYES) else ()),
        dimension=8 if role is Role.EMBEDDER else 0,
        attribute=(GLASSES,) if role is Role.ATTRIBUTES else (),
    )
    return msgspec.structs.replace(made, **changes)


def manifest(name: str = "sample", **changes: Any) -> Manifest:
    """Return a valid manifest of the made-up networks."""
    made = Manifest(
        id=name,
        version="1",
        title="A sample",
        licence="none",
        file=tuple(map(part, Role)),
        calibration=CALIBRATION,
    )
    return msgspec.structs.replace(made, **changes)


def write_pack(folder: Path, made: Manifest | None = None) -> Path:
    """Write a whole pack into a new folder named after the manifest's id, below the given one."""
    made = made or manifest()
    pack = folder / made.id
    pack.mkdir(parents=True)
    for entry in made.file:
        (pack / entry.name).write_bytes(NETWORKS[entry.role][2])
    (pack / "pack.toml").write_text(write_manifest(made))
    return pack
