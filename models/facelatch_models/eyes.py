"""How far open the eyes of a face are."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.align import aligned
from facelatch_models.face import Face, Openness, Picture
from facelatch_models.pack import PackDamaged, PackFile
from facelatch_models.runtime import Network, planes

POINTS: Final = 478
"""Points of MediaPipe's face mesh with irises, each of x, y and z in pixels of the network's input."""

_RIGHT: Final = ((33, 133), ((160, 144), (159, 145), (158, 153)))
_LEFT: Final = ((263, 362), ((387, 373), (386, 374), (385, 380)))
"""Of the person's eyes: outer and inner corner, and three pairs of points of the lids, upper and lower."""


class FaceMesh:
    """MediaPipe's face mesh; of its points only those of the lids are used."""

    def __init__(self, network: Network, part: PackFile) -> None:
        """Take a loaded network; raises `PackDamaged` where its input or output is not this kind's."""
        spec = part.input
        if not network.accepts(spec.width, spec.height):
            raise PackDamaged(f"{network.where}: cannot be fed {spec.width}x{spec.height}, as pack.toml says")
        if len(spec.points) != 5:
            raise PackDamaged(f"{network.where}: pack.toml does not say where the face's five points are to lie")
        self._network = network
        self._spec = spec
        self.threshold = part.threshold
        outputs = network.run(planes(np.full((spec.height, spec.width, 3), 128, np.uint8), spec))
        meshes = [name for name, output in outputs.items() if output.size == 3 * POINTS]
        if len(meshes) != 1:
            raise PackDamaged(f"{network.where}: is no face mesh, expected one output of {POINTS} points")
        (self._output,) = meshes

    def openness(self, picture: Picture, face: Face) -> Openness:
        """Return how far open the person's right and left eye are; raises `NetworkFailed`."""
        outputs = self._network.run(planes(aligned(picture, face.points, self._spec), self._spec))
        return openness_of(outputs[self._output].reshape(POINTS, 3))


WIDEST: Final = 2.0
"""Openness beyond which a mesh has lost the eye: wide open ones have half as much."""


def openness_of(mesh: NDArray[np.floating]) -> Openness:
    """Return how far open the person's right and left eye are, from a mesh of shape (478, 3).

    The mean distance of the lids over the distance of the corners: T. Soukupová and J. Čech, "Real-time eye blink
    detection using facial landmarks", CVWW 2016, with a third pair of points. 0.0 where the corners coincide.
    """
    right, left = (_openness(mesh[:, :2].astype(np.float64), *eye) for eye in (_RIGHT, _LEFT))
    return right, left


def _openness(points: NDArray[np.float64], corners: tuple[int, int], lids: tuple[tuple[int, int], ...]) -> float:
    width = float(np.linalg.norm(points[corners[0]] - points[corners[1]]))
    upper, lower = np.array(lids).T
    height = float(np.linalg.norm(points[upper] - points[lower], axis=1).mean())
    return min(height / width, WIDEST) if width > 0 else 0.0
