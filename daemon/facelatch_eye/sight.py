"""The sight: the networks at work for all conversations. What it needs takes most of the eye's start to load."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

import cv2

from facelatch_eye.camera import Shot
from facelatch_eye.duty import BEAT, Duty
from facelatch_eye.failure import Failure
from facelatch_eye.gaze import Gaze, Moment
from facelatch_eye.messages import LARGEST_ANSWER, Observation, PackInfo, ProblemKind, Task
from facelatch_models.pack import Pack
from facelatch_models.picture import PictureError
from facelatch_models.picture import decode as decode_picture
from facelatch_models.runtime import NetworkFailed

log = logging.getLogger(__name__)

GLANCE: Final = 0.001
"""Seconds after which a picture that lets looks through sees whether one still waits."""

PREVIEW_QUALITY: Final = 75


class Sight:
    """Networks work for one picture at a time: more would share the same cores, and memory would not be bounded."""

    def __init__(self, pack: Pack, gaze: Gaze, clock: Callable[[], float] = time.monotonic) -> None:
        self.pack = describe_pack(pack)
        self._gaze = gaze
        self._clock = clock
        self._turn = threading.Lock()
        self._waiting: set[Duty] = set()
        """Those who look through a camera, and wait for the networks."""

    def look(
        self, shot: Shot, tasks: Collection[Task], sequence: int, spent: dict[str, float], duty: Duty
    ) -> Observation:
        """Return what a frame shows. spent: milliseconds by stage. Raises `Failure`, and what `duty.beat` raises."""
        self._waiting.add(duty)
        try:
            with self._turns(duty) as gaze, _faults_told():
                self._waiting.discard(duty)
                return gaze.look(shot.picture, tasks, Moment(sequence, shot.captured, spent))
        finally:
            self._waiting.discard(duty)

    def analyse(self, content: bytes, tasks: Collection[Task], duty: Duty) -> Observation:
        """Return what is in an encoded picture; raises `Failure`, and what `duty.beat` raises."""
        with self._turns(duty) as gaze, _faults_told():
            start = self._clock()
            picture = decode_picture(content)
            took = {"decode": (self._clock() - start) * 1000}
            duty.beat()
            return gaze.analyse(picture, tasks, Moment(0, start, took), lambda: self._let_looks_through(duty))

    def preview(self, shot: Shot) -> bytes:
        """Return a frame as JPEG, which takes 0.5 ms at 640x480; raises `Failure`."""
        with _faults_told():
            encoded, jpeg = cv2.imencode(".jpg", shot.picture, [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
        if not encoded or len(jpeg) > LARGEST_ANSWER // 2:
            height, width = shot.picture.shape[:2]
            raise Failure(ProblemKind.CAMERA_FAILED, f"a frame of {width}x{height} cannot be shown")
        return jpeg.tobytes()

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
        while not self._turn.acquire(timeout=BEAT):
            duty.beat()
        try:
            yield self._gaze
        finally:
            self._turn.release()


@contextmanager
def _faults_told() -> Iterator[None]:
    """Turn what goes wrong with a picture inside the block into a `Failure`."""
    try:
        yield
    except PictureError as error:
        raise Failure(ProblemKind.BAD_PICTURE, str(error)) from error
    except (NetworkFailed, cv2.error, ArithmeticError, MemoryError) as error:
        log.error("a picture could not be judged: %s: %s", type(error).__name__, error)
        raise Failure(ProblemKind.NETWORK_FAILED, str(error) or type(error).__name__) from error


def describe_pack(pack: Pack) -> PackInfo:
    """Return what the judge is told of a pack."""
    manifest = pack.manifest
    return PackInfo(manifest.id, manifest.version, manifest.space, manifest.embedder.dimension)
