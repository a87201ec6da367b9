"""A face as a vector."""

from __future__ import annotations

import numpy as np

from facelatch_models.align import aligned
from facelatch_models.face import Face, Picture, Vector
from facelatch_models.pack import PackDamaged, PackFile
from facelatch_models.runtime import Network, NetworkFailed, planes


class VectorEmbedder:
    """Any network that takes one aligned face and returns one vector; the pack says how it is fed."""

    def __init__(self, network: Network, part: PackFile) -> None:
        """Take a loaded network; raises `PackDamaged` where its input or output is not what the pack says."""
        spec = part.input
        if not network.accepts(spec.width, spec.height):
            raise PackDamaged(f"{network.where}: cannot be fed {spec.width}x{spec.height}, as pack.toml says")
        if len(network.outputs) != 1:
            raise PackDamaged(f"{network.where}: expected one output, found {', '.join(network.outputs)}")
        self.dimension = part.dimension
        self._network = network
        self._spec = spec
        found = self._run(np.full((spec.height, spec.width, 3), 128, np.uint8)).size
        if found != part.dimension:
            raise PackDamaged(f"{network.where}: makes vectors of {found} numbers, pack.toml says {part.dimension}")

    def embed(self, picture: Picture, face: Face) -> Vector:
        """Return the unit vector, (dimension,) float32, of a face; raises `NetworkFailed`."""
        return self.embed_aligned(aligned(picture, face.points, self._spec))

    def embed_aligned(self, crop: Picture) -> Vector:
        """Return the unit vector of a face that is already aligned to the network's size; raises `NetworkFailed`."""
        vector = self._run(crop).astype(np.float64)
        length = float(np.linalg.norm(vector))
        if not length > 1e-6:
            raise NetworkFailed(f"{self._network.where}: made a vector of length {length:g}, which points nowhere")
        return np.asarray(vector / length, np.float32)

    def _run(self, crop: Picture) -> Vector:
        (output,) = self._network.run(planes(crop, self._spec)).values()
        return output.reshape(-1)
