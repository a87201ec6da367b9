"""Who holds which camera, and how one that runs passes from hand to hand.

Opening a camera takes a laptop 0.3 to 1.4 s, and closing it makes the next one who wants it wait for that again. So a
camera whose holder has done with it goes on running where somebody waits for it, and is closed where nobody does: it
belongs to exactly one at a time, and no open camera is without an owner.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from facelatch_eye.camera import Camera, CameraBusy, CameraError
from facelatch_eye.duty import BEAT

log = logging.getLogger(__name__)

PATIENCE: Final = 3.0
"""Seconds that a second caller waits for the first to let go of a camera, who has just hung up and is closing it.

The first does so when its frame is judged: 0.1 s later on a desktop; on an emulated machine it was up to 2.3 s.
"""

LINGER: Final = 0.1
"""Seconds that a camera runs on behind a look for somebody whose request is on its way while the look hangs up."""


class _Running:
    """An open camera."""

    def __init__(self, camera: Camera) -> None:
        """Open it; raises `CameraError`."""
        self._closing = ExitStack()
        log.debug("opening %s", camera.place)
        self.camera = self._closing.enter_context(camera)

    def close(self) -> None:
        """Close it; whoever has done with a camera has no use for what goes wrong then."""
        try:
            self._closing.close()
        except CameraError as error:
            log.warning("closing a camera: %s", error)
        log.debug("closed %s", self.camera.place)


@dataclass(eq=False, slots=True)
class _Claim:
    """What one caller wants or holds. `running` is what it has open: the camera and, behind it, its companion."""

    place: str
    ahead: bool
    granted: bool = False
    running: list[_Running] = field(default_factory=list)


class Custody:
    """Lends cameras. In seconds: `patience` of who waits for another to let go, `linger` of who ends for the next."""

    def __init__(self, patience: float = PATIENCE, linger: float = LINGER) -> None:
        self._patience = patience
        self._linger = linger
        self._changed = threading.Condition()
        self._holders: dict[str, _Claim] = {}
        """By place; who has a companion open holds two. Nobody waits for a place that is not in here."""
        self._waiting: list[_Claim] = []

    @contextmanager
    def lend(
        self,
        wanted: Camera,
        beat: Callable[[], None],
        *,
        companion: bool = False,
        ahead: bool = False,
        patience: float | None = None,
    ) -> Iterator[Loan]:
        """Lend a camera, open, for the block's length, with its infrared companion where that is wished for.

        The one that is lent may be another object than `wanted`: the one that its last holder had open. It is closed at
        the block's end, unless somebody waits for it and the block has not ended by a `CameraError`. Who wants it
        `ahead` comes behind all others. `beat` is called while waiting and may raise. Raises `CameraError`, which is
        `CameraBusy` where the camera was not let go in time. For who holds it ready, and so lets go once it is open,
        a look waits as long as `beat` lets it: it would have had to open the camera itself.
        """
        claim = self._take(wanted.place, ahead, beat, self._patience if patience is None else patience)
        sound = True
        try:
            yield Loan(self, claim, wanted, companion, beat)
        except CameraError:
            sound = False
            raise
        finally:
            self._end(claim, sound)

    def _take(self, place: str, ahead: bool, beat: Callable[[], None], patience: float) -> _Claim:
        """Wait until the place, and what runs there, is this caller's."""
        claim = _Claim(place, ahead)
        with self._changed:
            if place not in self._holders:
                self._holders[place] = claim
                return claim
            self._waiting.append(claim)
            self._changed.notify_all()
        log.debug("waiting for %s", place)
        try:
            left = max(1, round(patience / BEAT))
            while left > 0:
                with self._changed:
                    if self._changed.wait_for(lambda: claim.granted, BEAT):
                        return claim
                    opens_for_us = self._holders[place].ahead and not ahead
                beat()
                left -= not opens_for_us
            raise CameraBusy(f"{place}: another look at it has not ended")
        except BaseException:
            self._withdraw(claim)
            raise

    def _withdraw(self, claim: _Claim) -> None:
        """Wait no more; what was granted meanwhile goes to the next."""
        with self._changed:
            if not claim.granted:
                self._waiting.remove(claim)
                return
        self._end(claim, sound=True)

    def _end(self, claim: _Claim, sound: bool) -> None:
        """Pass on what runs to the next who waits for it, or close it."""
        with self._changed:
            heir = self._await_heir(claim) if sound and claim.running else None
            if heir is not None:
                heir.running, claim.running = claim.running, []
                self._give(self._places(claim), heir)
                return
        try:
            self._close(claim)
        finally:
            with self._changed:
                self._free(claim.place)

    def _close(self, claim: _Claim, first: int = 0) -> None:
        """Close what a claim has open, from `first` on; its own place stays held, nobody else's hands are on it."""
        if len(claim.running) <= first:
            return
        running = claim.running.pop()
        try:
            running.close()
        finally:
            if claim.running:
                with self._changed:
                    self._free(running.camera.place)
            self._close(claim, first)  # whatever went wrong

    def _places(self, claim: _Claim) -> list[str]:
        return [place for place, holder in self._holders.items() if holder is claim]

    def _heir(self, place: str) -> _Claim | None:
        """Return who gets the place next: the first in the queue who wants to look, else the first."""
        queue = [claim for claim in self._waiting if claim.place == place]
        return min(queue, key=lambda claim: claim.ahead, default=None)

    def _await_heir(self, claim: _Claim) -> _Claim | None:
        if not claim.ahead:
            self._changed.wait_for(lambda: self._heir(claim.place) is not None, self._linger)
        return self._heir(claim.place)

    def _give(self, places: list[str], heir: _Claim) -> None:
        self._waiting.remove(heir)
        self._holders.update(dict.fromkeys(places, heir))
        heir.granted = True
        self._changed.notify_all()

    def _free(self, place: str) -> None:
        heir = self._heir(place)
        if heir is not None:
            self._give([place], heir)
        else:
            del self._holders[place]

    # --- for loans ---

    def is_wanted(self, claim: _Claim, timeout: float) -> bool:
        """Wait up to `timeout` seconds until somebody waits for what a claim holds, to look; False if nobody does."""

        def wanted() -> bool:
            places = self._places(claim)
            return any(other.place in places and not other.ahead for other in self._waiting)

        with self._changed:
            return self._changed.wait_for(wanted, timeout)

    def open(
        self, claim: _Claim, wanted: Camera, companion: bool, beat: Callable[[], None], anew: bool = False
    ) -> bool:
        """Have the claim's cameras run; returns whether they did, which `anew` rules out. Raises `CameraError`."""
        inherited = not anew and bool(claim.running) and claim.running[0].camera.stands_for(wanted)
        if not inherited:
            self._close(claim)
            claim.running.append(_Running(wanted))
        beat()
        if not companion:
            self.part_with_companion(claim)
        elif len(claim.running) == 1:
            self._open_beside(claim)
            beat()
        return inherited

    def part_with_companion(self, claim: _Claim) -> None:
        """Close a claim's companion, and that alone."""
        self._close(claim, 1)

    def _open_beside(self, claim: _Claim) -> None:
        """Open the infrared camera of the same device; where it cannot be, the look goes on without it."""
        camera = claim.running[0].camera
        try:
            infrared = camera.companion
            if infrared is None:
                log.info("%s: there is no infrared camera in the same device", camera.info.id)
                return
            with self._changed:
                if infrared.place in self._holders:
                    raise CameraBusy(f"{infrared.place}: another look at it has not ended")
                self._holders[infrared.place] = claim
            try:
                claim.running.append(_Running(infrared))
            except BaseException:
                with self._changed:
                    self._free(infrared.place)
                raise
        except CameraError as error:
            log.warning("looking without the infrared camera: %s", error)


class Loan:
    """What was lent: `camera`, and its companion `beside`, None where there is none or it could not be opened.

    `inherited` says that the camera ran before and had another holder.
    """

    def __init__(
        self, custody: Custody, claim: _Claim, wanted: Camera, companion: bool, beat: Callable[[], None]
    ) -> None:
        """Open the cameras that do not run; raises `CameraError`."""
        self._custody = custody
        self._claim = claim
        self._wanted = wanted
        self._companion = companion
        self._beat = beat
        self.inherited = custody.open(claim, wanted, companion, beat)

    @property
    def camera(self) -> Camera:
        """The camera."""
        return self._claim.running[0].camera

    @property
    def beside(self) -> Camera | None:
        """The infrared camera of the same device, where it runs, too."""
        return self._claim.running[1].camera if len(self._claim.running) > 1 else None

    def is_wanted(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until somebody waits for the camera, to look; False if nobody does."""
        return self._custody.is_wanted(self._claim, timeout)

    def part_with_beside(self) -> None:
        """Close the companion, which does not work: the next shall open it anew."""
        self._custody.part_with_companion(self._claim)

    def reopen(self) -> None:
        """Close the cameras and open them anew; raises `CameraError`."""
        self.inherited = self._custody.open(self._claim, self._wanted, self._companion, self._beat, anew=True)
