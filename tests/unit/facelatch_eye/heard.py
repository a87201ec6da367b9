"""What an eye answers, without a thread or a socket."""

from __future__ import annotations

import time
from collections.abc import Callable

from facelatch_eye.camera.custody import Custody
from facelatch_eye.camera.roster import Roster
from facelatch_eye.duty import Unheard
from facelatch_eye.eye import Eye
from facelatch_eye.failure import Failure
from facelatch_eye.gaze import Gaze
from facelatch_eye.loading import Loading
from facelatch_eye.messages import Answer, Request
from facelatch_eye.sight import Sight
from facelatch_models.networks import Networks
from facelatch_models.pack import Pack


class Heard:
    """A duty without a thread; collects answers, and is stopped after `most` of them."""

    def __init__(self, most: int = 100) -> None:
        self.answers: list[Answer] = []
        self._most = most

    def beat(self) -> None:
        if len(self.answers) >= self._most:
            raise Unheard

    def answer(self, message: Answer) -> None:
        self.answers.append(message)
        self.beat()


def ask(eye: Eye, request: Request, most: int = 100) -> list[Answer]:
    heard = Heard(most)
    try:
        eye.serve(request, heard)  # type: ignore[arg-type]
    except Unheard:
        assert len(heard.answers) == most
    return heard.answers


def loaded(found: Sight | Failure) -> Loading:
    """Return a loading that has come to its end with this."""

    def load() -> Sight:
        if isinstance(found, Failure):
            raise found
        return found

    loading = Loading(load)
    loading.run()
    return loading


def seeing(
    roster: Roster, pack: Pack, networks: Networks, clock: Callable[[], float] = time.monotonic, patience: float = 0.1
) -> Eye:
    """Return an eye whose networks are loaded."""
    return Eye(roster, loaded(Sight(pack, Gaze(networks), clock)), Custody(patience, linger=0.0), clock)
