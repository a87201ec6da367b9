"""The eye itself: answers requests with what pack, cameras and networks have to say."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import msgspec

from facelatch_eye.camera import BrokenFrame, Camera, CameraError, CameraLost, CameraTimeout, Shot
from facelatch_eye.camera.custody import Custody, Loan
from facelatch_eye.camera.roster import Roster
from facelatch_eye.duty import BEAT, Duty
from facelatch_eye.failure import Failure, problem_of
from facelatch_eye.loading import Loading
from facelatch_eye.memory import give_back
from facelatch_eye.messages import (
    Analyse,
    Describe,
    Description,
    Frame,
    Observation,
    Opened,
    PackInfo,
    Problem,
    ProblemKind,
    Request,
    Stop,
    Task,
    View,
    Warm,
    Watch,
)

if TYPE_CHECKING:
    from facelatch_eye.companion import Companion
    from facelatch_eye.emitter import Glimpse
    from facelatch_eye.sight import Sight

log = logging.getLogger(__name__)

LONGEST_WATCH: Final = 600.0
"""Seconds: ten minutes of preview in a window are enough; a forgotten one shall not keep the camera on."""

LONGEST_WARM: Final = 30.0
"""Seconds: a camera that nobody looks through has its light on while somebody may still sit down, and no longer."""

AFTERTIME: Final = 0.25
"""Seconds that a watch outlasts its time, so that whoever asked sees his own clock run out and not the connection."""

FIRST_FRAME: Final = 5.0
"""Seconds from the stream's start to the first frame; others report 0.3 (Visage) to 1.4 (howdy #467) for laptops."""

SILENCE: Final = 1.5
"""Seconds without a whole frame after which a running camera has failed: less than the judge's own patience (2.0)."""

LARGE: Final = 4_000_000
"""Pixels of a picture after which memory is given back: smaller ones leave as little behind as a camera's frame."""


class Eye:
    """What all conversations share. It answers while its networks are loaded; who needs them waits."""

    def __init__(
        self, roster: Roster, loading: Loading, custody: Custody, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._roster = roster
        self._loading = loading
        self._custody = custody
        self._clock = clock

    @property
    def hangs(self) -> bool:
        """Whether its networks should be loaded by now, and are not."""
        return self._loading.hangs

    def serve(self, request: Request, duty: Duty) -> None:
        """Answer a request; whatever the eye cannot do becomes a `Problem`."""
        try:
            self._serve(request, duty)
        except CameraError as error:
            duty.answer(self._camera_problem(error, duty))
        except Failure as failure:
            duty.answer(problem_of(failure.kind, failure))
        except MemoryError as error:
            log.error("memory is short")
            duty.answer(problem_of(ProblemKind.NETWORK_FAILED, error))

    def _camera_problem(self, error: CameraError, duty: Duty) -> Problem:
        """Return what is told of a camera's fault: without networks that is what is wrong, whatever the camera has."""
        try:
            self._loading.sight(duty.beat)
        except Failure as failure:
            return problem_of(failure.kind, failure)
        return problem_of(error.kind, error)

    def _serve(self, request: Request, duty: Duty) -> None:
        match request:
            case Describe():
                duty.answer(self._describe(duty))
            case Stop():
                raise Failure(ProblemKind.BAD_REQUEST, "there is nothing to stop")
            case Watch():
                _check_seconds(request.seconds, LONGEST_WATCH)
                self._loading.check()
                self._watch(request, duty)
            case Warm():
                _check_seconds(request.seconds, LONGEST_WARM)
                self._loading.check()
                self._warm(request, duty)
            case Analyse():
                observation = self._loading.sight(duty.beat).analyse(request.picture, request.tasks, duty)
                duty.answer(observation)
                if observation.width * observation.height > LARGE:
                    give_back()

    def _describe(self, duty: Duty) -> Description:
        cameras = self._roster.cameras()
        try:
            return Description(cameras, self._loading.sight(duty.beat).pack)
        except Failure as failure:
            return Description(cameras, None, problem_of(failure.kind, failure))

    def _watch(self, request: Watch, duty: Duty) -> None:
        end = self._clock() + request.seconds + AFTERTIME
        wanted = self._roster.find(request.cameras)
        with self._custody.lend(wanted, duty.beat, companion=request.companion) as loan, ExitStack() as stack:
            sight = self._loading.sight(duty.beat)
            asked = self._clock()
            shot = self._first_shot(loan, end, duty)
            if shot is None:
                return
            camera, beside = loan.camera, _beside(loan, stack)
            log.info("watching %s for %.1f s", camera.info.id, request.seconds)
            duty.answer(_opened(loan, sight.pack))
            for sequence in itertools.count():
                spent = {"wait": max(0.0, (self._clock() - asked) * 1000 - shot.took), "decode": shot.took}
                observation = sight.look(shot, request.tasks, sequence, spent, duty)
                if request.preview:
                    duty.answer(Frame(sequence, sight.preview(shot)))
                duty.answer(observation)
                if beside is not None and (sequence % 2 or self._clock() < shot.captured + _interval(camera)):
                    _look_beside(sight, beside, shot.captured, request.tasks, duty)
                asked = self._clock()
                shot = self._next_shot(camera, SILENCE, end, duty)
                if shot is None:
                    return

    def _warm(self, request: Warm, duty: Duty) -> None:
        """Hold a camera, which nobody reads, for whoever looks through it next."""
        end = self._clock() + request.seconds
        wanted = self._roster.find(request.cameras)
        lent = self._custody.lend(wanted, duty.beat, companion=request.companion, ahead=True, patience=request.seconds)
        told = False
        with lent as loan:
            log.info("holding %s ready", loan.camera.info.id)
            while (left := end - self._clock()) > 0:
                duty.beat()
                if not told and not self._loading.goes_on:
                    duty.answer(_opened(loan, self._loading.sight(duty.beat).pack))
                    told = True
                if loan.is_wanted(min(left, BEAT)):
                    return

    def _first_shot(self, loan: Loan, end: float, duty: Duty) -> Shot | None:
        """Return a camera's first frame; one that ran, and sends nothing, is opened anew."""
        if loan.inherited:
            try:
                return self._next_shot(loan.camera, SILENCE, end, duty)
            except CameraError as error:
                log.warning("opening a camera again that was handed over: %s", error)
                loan.reopen()
        return self._next_shot(loan.camera, FIRST_FRAME, end, duty)

    def _next_shot(self, camera: Camera, patience: float, end: float, duty: Duty) -> Shot | None:
        """Return the next whole frame, None once `end` (monotonic seconds) has passed.

        Raises `CameraLost` where none comes within `patience` seconds.
        """
        deadline = self._clock() + patience
        broken = 0
        while (now := self._clock()) < end:
            duty.beat()
            if now > deadline:
                heard = f" ({broken} were broken)" if broken else ""
                raise CameraLost(f"{camera.info.path}: sent no whole picture for {patience:g} s{heard}")
            try:
                return camera.read(BEAT)
            except CameraTimeout:
                continue
            except BrokenFrame as error:
                broken += 1
                log.debug("skipped: %s", error)
        return None


def _check_seconds(seconds: float, most: float) -> None:
    if not 0 < seconds <= most:
        text = f"seconds: expected more than 0 and at most {most:g}, found {seconds:g}"
        raise Failure(ProblemKind.BAD_REQUEST, text)


def _beside(loan: Loan, stack: ExitStack) -> Companion | None:
    """Read the companion that was lent, where there is one, until the stack is left."""
    if loan.beside is None:
        return None
    from facelatch_eye.companion import Companion  # imported late: it needs what the sight loads

    beside = Companion(loan.beside)
    stack.callback(lambda: None if beside.works else loan.part_with_beside())
    return stack.enter_context(beside)


def _opened(loan: Loan, pack: PackInfo) -> Opened:
    camera, infrared = loan.camera, loan.beside.info if loan.beside is not None else None
    return Opened(camera.info, pack, camera.width, camera.height, camera.rate, infrared)


def _look_beside(sight: Sight, beside: Companion, captured: float, tasks: Collection[Task], duty: Duty) -> None:
    """Report what the infrared camera showed about that time.

    The networks, which the colour camera waits for, see only frames that the emitter lit, and nobody's liveness: they
    were made for colours.
    """
    emitter = beside.emitter
    for glimpse, lit in emitter.nearest(captured):
        shot, sequence, spent = glimpse.shot, beside.count(), {"decode": glimpse.shot.took}
        if not lit:
            duty.answer(_unlit(glimpse, sequence, spent))
            continue
        seen = sight.look(shot, [task for task in tasks if task is Task.EMBED], sequence, spent, duty)
        if seen.faces:
            emitter.saw(seen.faces[0].box)
        duty.answer(msgspec.structs.replace(seen, infrared=True, lit=emitter.lit(shot.picture)))


def _interval(camera: Camera) -> float:
    """Return the seconds from one frame to the next, 0 where the camera does not say."""
    return 1 / camera.rate if camera.rate > 0 else 0.0


def _unlit(glimpse: Glimpse, sequence: int, spent: dict[str, float]) -> Observation:
    """Return what is told of a frame in which the emitter was dark."""
    height, width = glimpse.shot.picture.shape[:2]
    return Observation(
        sequence=sequence,
        captured=glimpse.shot.captured,
        width=width,
        height=height,
        view=View.DARK,
        light=glimpse.light,
        took=spent,
        infrared=True,
        lit=glimpse.lit,
    )
