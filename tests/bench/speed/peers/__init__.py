"""Other programs' ways from a picture to a face's numbers, run as they run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from facelatch_models.face import Picture

if TYPE_CHECKING:
    from tests.bench.speed.setting import Setting


class Peer(Protocol):
    """A pipeline. It tells neither whether a face is alive nor whether its eyes are open."""

    def find(self, picture: Picture) -> Any | None:
        """Return the face in a frame, in a form of its own; None where it finds none."""

    def embed(self, picture: Picture, face: Any) -> Any:
        """Align the face and return its numbers."""


class PeerMissing(Exception):
    """A pipeline cannot be run here; the text says why."""


class Place(NamedTuple):
    """What pipelines are loaded from and with.

    models: the folder of networks, None where there is none. scratch: a folder to build some in. threads: how many a
    network may use.
    """

    models: Path | None
    scratch: Path
    threads: int

    @classmethod
    def of(cls, setting: Setting) -> Place:
        """Return a section's place, with as many threads as the eye uses unless it is told otherwise."""
        # late: a peer in a process of its own (`tests.bench.speed.guest`) is not to be measured with these
        from facelatch_eye.main import parse
        from tests.conftest import shared_folder

        models = shared_folder() / "models"
        return cls(models if models.is_dir() else None, setting.scratch, parse(()).threads)

    def model(self, name: str) -> Path:
        """Return one of the networks; raises `PeerMissing`."""
        if self.models is None or not (self.models / name).is_file():
            raise PeerMissing(f"the network {name} is not here: set FACELATCH_SHARED to a folder with models/{name}")
        return self.models / name


class Offer(NamedTuple):
    """A pipeline that can be loaded, which raises `PeerMissing`; `note` says what exactly is run."""

    name: str
    load: Callable[[Place], Peer]
    note: str


def offers() -> Iterator[Offer]:
    """Yield all pipelines."""
    from tests.bench.speed.peers import howdy, insightface, opencv

    built = howdy.built()
    yield from (offer._replace(note=offer.note + built) for offer in howdy.OFFERS)
    yield from insightface.OFFERS
    yield from opencv.OFFERS
