"""The eye itself: answers requests with what pack, cameras and networks have to say."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import cv2
import msgspec

from facelatch_eye.camera import BrokenFrame, Camera, CameraError, CameraLost, CameraTimeout, Shot
from facelatch_eye.camera.roster import Roster
from facelatch_eye.companion import Companion
from facelatch_eye.duty import Duty
from facelatch_eye.emitter import Glimpse
from facelatch_eye.gaze import Gaze, Moment
from facelatch_eye.messages import (
    LARGEST_ANSWER,
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
    Watch,
)
from facelatch_models.pack import Pack
from facelatch_models.picture import PictureError
from facelatch_models.picture import decode as decode_picture
from facelatch_models.runtime import NetworkFailed

log = logging.getLogger(__name__)

LONGEST_WATCH: Final = 600.0
"""Seconds: ten minutes of preview in a window are enough; a forgotten one shall not keep the camera on."""

AFTERTIME: Final = 0.25
"""Seconds that a watch outlasts its time, so that whoever asked sees his own clock run out and not the connection."""

FIRST_FRAME: Final = 5.0
"""Seconds from the stream's start to the first frame; others report 0.3 (Visage) to 1.4 (howdy #467) for laptops."""

SILENCE: Final = 1.5
"""Seconds without a whole frame after which a running camera has failed: less than the judge's own patience (2.0)."""

STEP: Final = 0.1
"""Seconds of one wait for a frame; it bounds how long a stopped watch keeps the camera."""

GLANCE: Final = 0.001
"""Seconds after which a picture that lets looks through sees whether one still waits."""

PREVIEW_QUALITY: Final = 75


class Eye:
    """What all conversations share. `gaze` and `pack` are None where there is no pack, `problem` then says why."""

    def __init__(
        self,
        roster: Roster,
        pack: Pack | None,
        gaze: Gaze | None,
        problem: Problem | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if (gaze is None) != (problem is not None) or (gaze is None) != (pack is None):
            raise ValueError("an eye has a pack and a gaze, or a problem")
        self._roster = roster
        self._gaze = gaze
        self._clock = clock
        self._problem = problem
        self._pack = None if pack is None else describe_pack(pack)
        self._turn = threading.Lock()
        """Networks work for one picture at a time: more would share the same cores, and memory would not be bounded."""
        self._waiting: set[Duty] = set()
        """Those who look through a camera, and wait for the networks."""

    def serve(self, request: Request, duty: Duty) -> None:
        """Answer a request; whatever the eye cannot do becomes a `Problem`."""
        try:
            self._serve(request, duty)
        except CameraError as error:
            duty.answer(problem(error.kind, error))
        except PictureError as error:
            duty.answer(problem(ProblemKind.BAD_PICTURE, error))
        except (NetworkFailed, cv2.error, ArithmeticError, MemoryError) as error:
            log.error("a picture could not be judged: %s: %s", type(error).__name__, error)
            duty.answer(problem(ProblemKind.NETWORK_FAILED, error))

    def _serve(self, request: Request, duty: Duty) -> None:
        match request:
            case Describe():
                duty.answer(Description(self._roster.cameras(), self._pack, self._problem))
            case Stop():
                duty.answer(Problem(ProblemKind.BAD_REQUEST, "there is nothing to stop"))
            case Watch() | Analyse() if self._problem is not None:
                duty.answer(self._problem)
            case Watch() if not 0 < request.seconds <= LONGEST_WATCH:
                text = f"seconds: expected more than 0 and at most {LONGEST_WATCH:g}, found {request.seconds:g}"
                duty.answer(Problem(ProblemKind.BAD_REQUEST, text))
            case Watch():
                self._watch(request, duty)
            case Analyse():
                duty.answer(self._analyse(request, duty))

    def _watch(self, request: Watch, duty: Duty) -> None:
        end = self._clock() + request.seconds + AFTERTIME
        camera = self._roster.find(request.cameras)
        log.debug("opening %s", camera.place)
        with self._roster.lend(camera, duty.beat), camera, ExitStack() as stack:
            duty.beat()
            beside = self._open_beside(camera, stack, duty) if request.companion else None
            log.info("watching %s for %.1f s", camera.info.id, request.seconds)
            asked = self._clock()
            shot = self._next_shot(camera, FIRST_FRAME, end, duty)
            if shot is not None:
                duty.answer(self._opened(camera, beside))
            for sequence in itertools.count():
                if shot is None:
                    return
                spent = {"wait": max(0.0, (self._clock() - asked) * 1000 - shot.took), "decode": shot.took}
                observation = self._look(shot, request.tasks, Moment(sequence, shot.captured, spent), duty)
                if request.preview:
                    duty.answer(Frame(sequence, _preview(shot)))
                duty.answer(observation)
                if beside is not None and (sequence % 2 or self._clock() < shot.captured + _interval(camera)):
                    self._look_beside(beside, shot.captured, request.tasks, duty)
                asked = self._clock()
                shot = self._next_shot(camera, SILENCE, end, duty)

    def _open_beside(self, camera: Camera, stack: ExitStack, duty: Duty) -> Companion | None:
        """Open the infrared camera of the same device until the stack is left; where it cannot be, look without it."""
        try:
            infrared = camera.companion
            if infrared is None:
                log.info("%s: there is no infrared camera in the same device", camera.info.id)
                return None
            stack.enter_context(self._roster.lend(infrared, duty.beat, waits=False))
            stack.enter_context(infrared)
        except CameraError as error:
            log.warning("looking without the infrared camera: %s", error)
            return None
        duty.beat()
        return stack.enter_context(Companion(infrared))

    def _look_beside(self, beside: Companion, captured: float, tasks: Collection[Task], duty: Duty) -> None:
        """Report what the infrared camera showed about that time.

        The networks, which the colour camera waits for, see only frames that the emitter lit, and nobody's liveness:
        they were made for colours.
        """
        emitter = beside.emitter
        for glimpse, lit in emitter.nearest(captured):
            shot, moment = glimpse.shot, Moment(beside.count(), glimpse.shot.captured, {"decode": glimpse.shot.took})
            if not lit:
                duty.answer(_unlit(glimpse, moment))
                continue
            seen = self._look(shot, [task for task in tasks if task is Task.EMBED], moment, duty)
            if seen.faces:
                emitter.saw(seen.faces[0].box)
            duty.answer(msgspec.structs.replace(seen, infrared=True, lit=emitter.lit(shot.picture)))

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
                return camera.read(STEP)
            except CameraTimeout:
                continue
            except BrokenFrame as error:
                broken += 1
                log.debug("skipped: %s", error)
        return None

    def _opened(self, camera: Camera, beside: Companion | None) -> Opened:
        assert self._pack is not None
        infrared = beside.camera.info if beside is not None else None
        return Opened(camera.info, self._pack, camera.width, camera.height, camera.rate, infrared)

    def _look(self, shot: Shot, tasks: Collection[Task], moment: Moment, duty: Duty) -> Observation:
        self._waiting.add(duty)
        try:
            with self._turns(duty) as gaze:
                self._waiting.discard(duty)
                return gaze.look(shot.picture, tasks, moment)
        finally:
            self._waiting.discard(duty)

    def _analyse(self, request: Analyse, duty: Duty) -> Observation:
        with self._turns(duty) as gaze:
            start = self._clock()
            picture = decode_picture(request.picture)
            took = {"decode": (self._clock() - start) * 1000}
            duty.beat()
            return gaze.analyse(picture, request.tasks, Moment(0, start, took), lambda: self._let_looks_through(duty))

    def _let_looks_through(self, duty: Duty) -> None:
        """Lend the networks to who looks through a camera: a picture of many faces takes longer than a login waits."""
        duty.beat()
        if self._waiting:
            self._turn.release()
            while self._waiting:  # a lock goes to whoever asks first, and that would be us again
                time.sleep(GLANCE)
            self._turn.acquire()

    @contextmanager
    def _turns(self, duty: Duty) -> Iterator[Gaze]:
        """Wait for the networks and hold them for the block's length."""
        assert self._gaze is not None
        while not self._turn.acquire(timeout=STEP):
            duty.beat()
        try:
            yield self._gaze
        finally:
            self._turn.release()


def _interval(camera: Camera) -> float:
    """Return the seconds from one frame to the next, 0 where the camera does not say."""
    return 1 / camera.rate if camera.rate > 0 else 0.0


def _unlit(glimpse: Glimpse, moment: Moment) -> Observation:
    """Return what is told of a frame in which the emitter was dark."""
    height, width = glimpse.shot.picture.shape[:2]
    return Observation(
        sequence=moment.sequence,
        captured=moment.captured,
        width=width,
        height=height,
        view=View.DARK,
        light=glimpse.light,
        took=moment.took,
        infrared=True,
        lit=glimpse.lit,
    )


def _preview(shot: Shot) -> bytes:
    """Return the frame as JPEG."""
    encoded, jpeg = cv2.imencode(".jpg", shot.picture, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
    if not encoded or len(jpeg) > LARGEST_ANSWER // 2:
        raise CameraLost(f"a frame of {shot.picture.shape[1]}x{shot.picture.shape[0]} cannot be shown")
    return bytes(jpeg)


def problem(kind: ProblemKind, error: Exception) -> Problem:
    """Return what is told of an error; names of files may hold bytes that are no text and could not be sent."""
    text = str(error) or type(error).__name__
    return Problem(kind, text.encode(errors="replace").decode()[:1000])


def describe_pack(pack: Pack) -> PackInfo:
    """Return what the judge is told of a pack."""
    manifest = pack.manifest
    return PackInfo(manifest.id, manifest.version, manifest.space, manifest.embedder.dimension)
