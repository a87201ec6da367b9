"""A teacher and faces that are nobody's, small enough to be learnt from in a test."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from facelatch_models.convert.graph import Graph
from facelatch_models.face import Picture
from facelatch_models.pack import InputSpec
from facelatch_models.train.data import FaceSet
from facelatch_models.train.mixtures import LAYOUT, SIDE
from facelatch_models.train.teacher import Teacher

SPEC = InputSpec(width=32, height=32, mean=(128.0,) * 3, scale=(1 / 64,) * 3, points=LAYOUT)


def teacher_bytes(*, residual: bool = True) -> bytes:
    """Return a network with residual blocks at 16x16 and 8x8 (or with none) that makes vectors of 256 numbers."""
    random = np.random.default_rng(5)
    graph = Graph("teacher", 32, 32)

    def convolution(flow: str, before: int, after: int, step: int) -> str:
        weights = random.normal(0, (before * 9) ** -0.5, (after, before, 3, 3)).astype(np.float32)
        flow = graph.node("Conv", [flow, graph.weight(weights)], kernel_shape=[3, 3], strides=[step] * 2, pads=[1] * 4)
        return graph.node("LeakyRelu", [flow], alpha=0.1)

    flow, channels = "input", 3
    for wide in (8, 12):
        flow = convolution(flow, channels, wide, 2)
        inner = convolution(flow, wide, wide, 1)
        flow = graph.node("Add" if residual else "Mul", [flow, inner])
        channels = wide
    flow = graph.node("Flatten", [graph.node("AveragePool", [flow], kernel_shape=[4, 4], strides=[4, 4])])
    matrix = random.normal(0, 1, (channels * 4, 256)).astype(np.float32)
    return graph.finished(graph.node("MatMul", [flow, graph.weight(matrix)]), [256])


def made_up_teacher() -> Teacher:
    return Teacher(teacher_bytes(), "teacher.onnx", SPEC)


def made_up_faces(people: int, pictures: int, seed: int = 3) -> FaceSet:
    """Return smooth patterns: those of one person are one pattern under noise."""
    random = np.random.default_rng(seed)
    faces, names = [], []
    for person in range(people):
        pattern = cv2.resize(random.uniform(0, 255, (6, 6, 3)).astype(np.float32), (SIDE, SIDE))
        for _ in range(pictures):
            faces.append(np.clip(pattern + random.normal(0, 12, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8))
            names.append(f"person {person}")
    return FaceSet(np.stack(faces), np.array(names))


def write_archive(path: Path, faces: Iterable[Picture], people: Iterable[str]) -> Path:
    """Write faces as the zip that a recipe reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        rows = []
        for index, (face, person) in enumerate(zip(faces, people, strict=True)):
            archive.writestr(f"{index:05d}.jpg", cv2.imencode(".jpg", face)[1].tobytes())
            rows.append(f"{index:05d}.jpg\t{person}\n")
        archive.writestr("index.tsv", "".join(rows))
    return path
