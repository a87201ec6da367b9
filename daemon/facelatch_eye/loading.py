"""How the networks are loaded: in a thread of their own, so that the eye listens and a camera opens meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from facelatch_eye.duty import BEAT
from facelatch_eye.failure import Failure
from facelatch_eye.memory import give_back
from facelatch_eye.messages import ProblemKind

if TYPE_CHECKING:
    from facelatch_eye.sight import Sight

log = logging.getLogger(__name__)

LONGEST: Final = 60.0
"""Seconds after which loading counts as hung. A desktop takes half a second; a disk that reads for a whole starting
machine may take many, and an eye that were killed for that would begin again."""


class Loading:
    """Loads the sight once. `load` returns it, or raises the `Failure` for which there is none."""

    def __init__(self, load: Callable[[], Sight], clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._deadline = clock() + LONGEST
        self._done = threading.Event()
        self._sight: Sight | None = None
        self._failure: Failure | None = None

    def start(self) -> None:
        """Begin, in a thread that does not keep the process from leaving."""
        threading.Thread(target=self.run, daemon=True, name="loading").start()

    def run(self) -> None:
        """Load; whatever goes wrong is kept for all who ask."""
        began = self._clock()
        try:
            self._sight = self._load()
            log.info("the networks are loaded, which took %.2f s", self._clock() - began)
        except Failure as failure:
            log.error("no pack can be used: %s", failure)
            self._failure = failure
        except Exception as error:
            # A fault of ours or of the installation (a library that is missing): nobody may wait for it for ever.
            log.exception("the networks cannot be loaded")
            self._failure = Failure(ProblemKind.NETWORK_FAILED, f"the networks cannot be loaded: {error!r}")
        self._done.set()
        give_back()

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended yet."""
        return not self._done.is_set()

    @property
    def hangs(self) -> bool:
        """Whether it should have ended."""
        return self.goes_on and self._clock() > self._deadline

    def check(self) -> None:
        """Raise `Failure` where it is known that there will be no sight."""
        if self._failure is not None:
            raise Failure(self._failure.kind, str(self._failure))

    def sight(self, beat: Callable[[], None]) -> Sight:
        """Wait for it; `beat` is called meanwhile and may raise. Raises `Failure`."""
        while not self._done.wait(BEAT):
            beat()
        self.check()
        assert self._sight is not None
        return self._sight
