"""What a face looks like: as what it is perceived, which is not what somebody is. Nothing is ever decided by it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.align import aligned
from facelatch_models.face import Face, Picture, Told
from facelatch_models.pack import Attribute, PackDamaged, PackFile
from facelatch_models.runtime import Network, planes

UNSURE: Final = "unsure"
"""What is told where no label is likely enough: all of them may be wrong."""

Probabilities = NDArray[np.float64]


class AttributeNetwork:
    """A network that takes one aligned face and returns a logit a label; the pack says what they mean.

    Each label is a yes or no of its own, so that a picture may be none of them.
    """

    def __init__(self, network: Network, part: PackFile) -> None:
        """Take a loaded network; raises `PackDamaged` where its input or output is not what the pack says."""
        spec = part.input
        if not network.accepts(spec.width, spec.height):
            raise PackDamaged(f"{network.where}: cannot be fed {spec.width}x{spec.height}, as pack.toml says")
        if len(spec.points) != 5:
            raise PackDamaged(f"{network.where}: pack.toml does not say where the face's five points are to lie")
        if any(UNSURE in attribute.labels for attribute in part.attribute):
            raise PackDamaged(f"{network.where}: pack.toml calls a label {UNSURE!r}, which means that none is told")
        self._network = network
        self._spec = spec
        self.attributes: tuple[Attribute, ...] = part.attribute
        outputs = network.run(planes(np.full((spec.height, spec.width, 3), 128, np.uint8), spec))
        labels = sum(len(attribute.labels) for attribute in part.attribute)
        if [output.size for output in outputs.values()] != [labels]:
            raise PackDamaged(f"{network.where}: expected one output of {labels} numbers, a label each in pack.toml")

    def tell(self, picture: Picture, face: Face) -> tuple[Told, ...]:
        """Return what the face is perceived as, in the manifest's order; raises `NetworkFailed`."""
        return tuple(
            told(attribute, probabilities)
            for attribute, probabilities in zip(self.attributes, self.probabilities(picture, face), strict=True)
        )

    def probabilities(self, picture: Picture, face: Face) -> list[Probabilities]:
        """Return the calibrated probability of each label, in [0, 1], an array an attribute; raises `NetworkFailed`.

        Those of one attribute need not add up to 1.
        """
        (output,) = self._network.run(planes(aligned(picture, face.points, self._spec), self._spec)).values()
        ends = np.cumsum([len(attribute.labels) for attribute in self.attributes])
        parts = np.split(output.reshape(-1).astype(np.float64), ends[:-1])
        return [calibrated(attribute, logits) for attribute, logits in zip(self.attributes, parts, strict=True)]


def calibrated(attribute: Attribute, logits: NDArray[np.float64]) -> Probabilities:
    """Return the probability of each label, in [0, 1]."""
    odds = attribute.slope * logits + attribute.intercept
    return np.asarray(np.exp(-np.logaddexp(0, -odds)), np.float64)


def told(attribute: Attribute, probabilities: Probabilities) -> Told:
    """Return the likeliest label if it is likely enough, else that nothing is sure, and the probability of either."""
    likeliest = int(np.argmax(probabilities))
    probability = float(probabilities[likeliest])
    label = attribute.labels[likeliest] if probability >= attribute.sure else UNSURE
    return Told(attribute.name, label, probability)
