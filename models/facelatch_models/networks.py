"""The networks of a pack, loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from facelatch_models.attributes import AttributeNetwork
from facelatch_models.detect import Scrfd, YuNet
from facelatch_models.embed import VectorEmbedder
from facelatch_models.eyes import FaceMesh
from facelatch_models.face import Attributes, Detector, Embedder, Eyes, Liveness
from facelatch_models.liveness import MiniFasNet
from facelatch_models.pack import Kind, Pack, PackDamaged, PackFile, Role
from facelatch_models.runtime import Network, NetworkFailed

Part = TypeVar("Part")
Maker = Callable[[Network, PackFile], Part]

_DETECTORS: Final[dict[Kind, Maker[Detector]]] = {Kind.YUNET: YuNet, Kind.SCRFD: Scrfd}
_EMBEDDERS: Final[dict[Kind, Maker[Embedder]]] = {Kind.VECTOR: VectorEmbedder}
_LIVENESS: Final[dict[Kind, Maker[Liveness]]] = {Kind.MINIFASNET: MiniFasNet}
_ATTRIBUTES: Final[dict[Kind, Maker[Attributes]]] = {Kind.ATTRIBUTES: AttributeNetwork}
_EYES: Final[dict[Kind, Maker[Eyes]]] = {Kind.FACE_MESH: FaceMesh}


@dataclass(frozen=True, slots=True)
class Networks:
    """What a pack can do; `liveness`, `attributes` and `eyes` are None where it has no network for it."""

    detector: Detector
    embedder: Embedder
    liveness: Liveness | None
    attributes: Attributes | None = None
    eyes: Eyes | None = None


def load_networks(pack: Pack, threads: int = 2) -> Networks:
    """Load a pack's networks from verified bytes.

    threads: how many one network may use at a time, at least 1.
    Raises `PackDamaged`, which names the file, where one is not what the manifest says, cannot be loaded, or does not
    answer a trial picture as its kind does.
    """
    detector = _load(pack, Role.DETECTOR, _DETECTORS, threads)
    embedder = _load(pack, Role.EMBEDDER, _EMBEDDERS, threads)
    if detector is None or embedder is None:
        raise PackDamaged(f"{pack.folder}: has no detector or no embedder")
    return Networks(
        detector,
        embedder,
        _load(pack, Role.LIVENESS, _LIVENESS, threads),
        _load(pack, Role.ATTRIBUTES, _ATTRIBUTES, threads),
        _load(pack, Role.EYES, _EYES, threads),
    )


def _load(pack: Pack, role: Role, makers: dict[Kind, Maker[Part]], threads: int) -> Part | None:
    part = pack.manifest.part(role)
    content = pack.read(role)
    if part is None or content is None:
        return None
    network = Network(content, str(pack.folder / part.name), threads)
    try:
        return makers[part.kind](network, part)
    except NetworkFailed as error:
        raise PackDamaged(f"{error}, although it could be loaded") from error
