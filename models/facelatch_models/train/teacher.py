"""The network that is learnt from: its vector of a face, and what it sees on the way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from facelatch_models.face import Picture, Vector
from facelatch_models.pack import InputSpec, PackDamaged
from facelatch_models.runtime import Network, planes

SIDES: Final = (5, 10)
"""Cells of the side of the maps that a student compares itself with, coarse one first: those of its own last stages."""

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Label:
    """What the teacher says of a face: the unit vector, and two maps of features, (channels, side, side)."""

    vector: Vector
    coarse: Map
    fine: Map


class Teacher:
    """An embedder that also shows its last feature maps at its two coarsest resolutions.

    A student that is told not only the answer but where in the face which feature is learns in a fraction of the
    samples: A. Romero et al., "FitNets: hints for thin deep nets", ICLR 2015.
    """

    def __init__(self, content: bytes, where: str, spec: InputSpec) -> None:
        """Load a pack's embedder; raises `PackDamaged` where it has no such maps."""
        model = onnx.load_from_string(content)
        self._vector = model.graph.output[0].name
        self._maps = _last_sums(model, where)
        for name in self._maps:
            model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        self._network = Network(model.SerializeToString(), where, threads=1)
        self._spec = spec

    def label(self, face: Picture) -> Label:
        """Return what the teacher says of an aligned face of any size; raises `NetworkFailed`."""
        large = cv2.resize(face, (self._spec.width, self._spec.height), interpolation=cv2.INTER_LINEAR)
        found = self._network.run(planes(np.asarray(large, np.uint8), self._spec))
        vector = found[self._vector].reshape(-1)
        coarse, fine = (shrunk(found[name][0], side) for name, side in zip(self._maps, SIDES, strict=True))
        return Label(np.asarray(vector / np.linalg.norm(vector), np.float32), coarse, fine)


def shrunk(features: Map, side: int) -> Map:
    """Return maps (channels, n, n) as (channels, side, side), averaged over areas."""
    matrix = _area_means(features.shape[-1], side)
    return np.asarray(matrix @ features @ matrix.T, np.float32)


def _area_means(cells: int, side: int) -> NDArray[np.float32]:
    """Return the matrix (side, cells) that averages `cells` equal intervals over `side` equal ones."""
    edges = np.linspace(0, cells, side + 1)
    begin, end = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    common = np.clip(np.minimum(end, np.arange(1, cells + 1)) - np.maximum(begin, np.arange(cells)), 0, None)
    return np.asarray(common / common.sum(axis=1, keepdims=True), np.float32)


def _last_sums(model: onnx.ModelProto, where: str) -> tuple[str, str]:
    """Return the names of the last sum of each of the two coarsest resolutions, coarsest first.

    The sums are the ends of residual blocks: what a stage hands on.
    """
    inferred = onnx.shape_inference.infer_shapes(model)
    sides = {
        value.name: value.type.tensor_type.shape.dim[3].dim_value
        for value in inferred.graph.value_info
        if len(value.type.tensor_type.shape.dim) == 4
    }
    last = {sides.get(node.output[0], 0): node.output[0] for node in model.graph.node if node.op_type == "Add"}
    found = [last[side] for side in sorted(last) if side > 1][:2]
    if len(found) != 2:
        raise PackDamaged(f"{where}: cannot teach, it has no residual blocks at two resolutions")
    return found[0], found[1]
