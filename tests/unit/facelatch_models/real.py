"""Packs of the real networks, read where they lie, and made-up networks that run."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from facelatch_models.pack import InputSpec, Kind, Manifest, Pack, PackFile, Role
from tests.unit.facelatch_models.samples import CALIBRATION

RETAIL = (
    (0.3156, 0.4616), (0.6827, 0.4616), (0.5003, 0.6405), (0.3495, 0.8247), (0.6534, 0.8247),
)  # fmt: skip
ARCFACE = tuple(
    (x / 112, y / 112)
    for x, y in (
        (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041),
    )
)  # fmt: skip
HALF = (127.5, 127.5, 127.5)
CENTRED = {"order": "rgb", "mean": HALF}

YUNET = ("yunet_n_dynamic.onnx", Role.DETECTOR, Kind.YUNET, InputSpec(width=320, height=320), 0.6, 0)
YUNET_640 = ("face_detection_yunet_2023mar.onnx", Role.DETECTOR, Kind.YUNET, InputSpec(width=640, height=640), 0.6, 0)
SCRFD = (
    "scrfd_500m_bnkps.onnx", Role.DETECTOR, Kind.SCRFD,
    InputSpec(width=640, height=640, scale=(1 / 128,) * 3, **CENTRED), 0.5, 0,
)  # fmt: skip
RETAIL_0095 = (
    "face-reidentification-retail-0095_fp16w.onnx", Role.EMBEDDER, Kind.VECTOR,
    InputSpec(width=128, height=128, points=RETAIL), 0.5, 256,
)  # fmt: skip
W600K = (
    "w600k_mbf_deq.onnx", Role.EMBEDDER, Kind.VECTOR,
    InputSpec(width=112, height=112, points=ARCFACE, scale=(1 / 127.5,) * 3, **CENTRED), 0.5, 512,
)  # fmt: skip
MINIFASNET = (
    "2.7_80x80_MiniFASNetV2.onnx", Role.LIVENESS, Kind.MINIFASNET,
    InputSpec(width=80, height=80, enlarge=2.7), 0.5, 0,
)  # fmt: skip
FACE_MESH = (
    "mediapipe_face_landmarks_478_256_fp16.onnx", Role.EYES, Kind.FACE_MESH,
    InputSpec(
        width=256, height=256, order="rgb", scale=(1 / 255,) * 3,
        points=((0.3644, 0.3732), (0.6344, 0.3732), (0.5002, 0.5048), (0.3893, 0.6403), (0.6128, 0.6403)),
    ), 0.043, 0,
)  # fmt: skip

Network = tuple[str, Role, Kind, InputSpec, float, int]


def pack_of(folder: Path, *networks: Network) -> Pack:
    """Return a pack of the networks that lie in a folder."""
    files = []
    for name, role, kind, spec, threshold, dimension in networks:
        content = (folder / name).read_bytes()
        files.append(
            PackFile(
                role=role, kind=kind, name=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content),
                licence="none", source="none", input=spec, threshold=threshold, dimension=dimension,
            )
        )  # fmt: skip
    manifest = Manifest(
        id="real", version="1", title="Real", licence="none", file=tuple(files), calibration=CALIBRATION
    )
    return Pack(folder, manifest)


def changed(pack: Pack, role: Role, **changes: Any) -> Pack:
    """Return the pack with another entry for one of its files."""
    files = tuple(
        msgspec.structs.replace(part, **changes) if part.role is role else part for part in pack.manifest.file
    )
    return Pack(pack.folder, msgspec.structs.replace(pack.manifest, file=files))


def constant_network(path: Path, size: int, **outputs: np.ndarray) -> Path:
    """Write a network that takes (1, 3, size, size) and always answers the same."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value.astype(np.float32)))
        for name, value in outputs.items()
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, size, size])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(value.shape)) for name, value in outputs.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path
