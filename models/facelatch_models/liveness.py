"""Telling a live face from a print or a screen."""

from __future__ import annotations

from typing import Final

import numpy as np

from facelatch_models.align import surroundings
from facelatch_models.face import Face, Picture
from facelatch_models.pack import PackDamaged, PackFile
from facelatch_models.runtime import Network, planes

LIVE: Final = 1
"""MiniFASNet's classes: 0 and 2 are attacks (flat and other), 1 is a live face."""


class MiniFasNet:
    """MiniFASNet of minivision's Silent-Face-Anti-Spoofing: looks at the face's surroundings, answers three classes."""

    def __init__(self, network: Network, part: PackFile) -> None:
        """Take a loaded network; raises `PackDamaged` where its input or output is not this kind's."""
        spec = part.input
        if not network.accepts(spec.width, spec.height):
            raise PackDamaged(f"{network.where}: cannot be fed {spec.width}x{spec.height}, as pack.toml says")
        if spec.enlarge < 1:
            raise PackDamaged(f"{network.where}: input.enlarge is {spec.enlarge}, expected 1 or more")
        self._network = network
        self._spec = spec
        outputs = network.run(planes(np.zeros((spec.height, spec.width, 3), np.uint8), spec))
        if [output.size for output in outputs.values()] != [3]:
            raise PackDamaged(f"{network.where}: is no MiniFASNet, expected one output of 3 classes")

    def live(self, picture: Picture, face: Face) -> float:
        """Return the probability, in [0, 1], that the face is a living person's; raises `NetworkFailed`."""
        (output,) = self._network.run(planes(surroundings(picture, face, self._spec), self._spec)).values()
        logits = output.reshape(-1).astype(np.float64)
        weights = np.exp(logits - logits.max())
        return float(weights[LIVE] / weights.sum())
