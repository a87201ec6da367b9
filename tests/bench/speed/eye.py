"""What a frame of 640x480 costs the eye, stage by stage, and what it costs others to find a face and tell whose it is.

All look at the same frames, one after the other at each frame, in an order that is drawn for each, with a rest before
each. Peers tell neither whether a face is alive nor whether its eyes are open, so that two comparisons are made: our
whole look with theirs, and ours without these stages with theirs. All use as many threads as the eye does unless told
otherwise.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import cv2

from facelatch_eye.gaze import Gaze, Moment, open_gaze
from facelatch_eye.messages import Task
from facelatch_models.face import Picture
from facelatch_models.pack import open_pack
from facelatch_models.picture import decode_jpeg
from tests.bench.speed.footage import footage
from tests.bench.speed.peers import Peer, PeerMissing, Place, offers
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import REST, Setting

SECTION: Final = "eye"

DECODE: Final = "decode a frame (MJPEG)"
WHOLE: Final = "whole look at a frame"
BARE: Final = "detect, align, embed"
STAGES: Final = {"detect": "detect", "embed": "align, embed", "eyes": "eyes", "liveness": "liveness"}
"""What the stages that a look tells of are called here."""

FRAMES: Final = (100, 6)
"""How many are looked at, usually and in a quick run."""

WARM_UP: Final = 2
"""Looks before it is measured: the first ones make room for a network's planes."""

SEED: Final = 1


class Contender(Protocol):
    """Who looks. `wholes` are the names of what a look measures as a whole."""

    subject: str
    wholes: tuple[str, ...]

    def look(self, picture: Picture) -> dict[str, float] | None:
        """Look once, and return milliseconds by stage; None where no face was gone on with."""


class Ours:
    """The eye's look with some of its tasks, of which the stages in `told` are measured."""

    subject = OURS

    def __init__(self, gaze: Gaze, whole: str, tasks: tuple[Task, ...], told: tuple[str, ...]) -> None:
        self.wholes: tuple[str, ...] = (whole,)
        self._gaze = gaze
        self._tasks = tasks
        self._told = told

    def look(self, picture: Picture) -> dict[str, float] | None:
        """Look once; a frame that is not clear is not gone on with."""
        seen = self._gaze.look(picture, self._tasks, Moment())
        if seen.best is None:
            return None
        return {STAGES[stage]: seen.took[stage] for stage in self._told if stage in seen.took}


class Theirs:
    """A peer's look."""

    wholes: tuple[str, ...] = (WHOLE, BARE)

    def __init__(self, name: str, peer: Peer) -> None:
        self.subject = name
        self._peer = peer

    def look(self, picture: Picture) -> dict[str, float] | None:
        """Look once."""
        began = time.perf_counter()
        face = self._peer.find(picture)
        found = time.perf_counter()
        if face is None:
            return None
        self._peer.embed(picture, face)
        return {STAGES["detect"]: 1000 * (found - began), STAGES["embed"]: 1000 * (time.perf_counter() - found)}


class Look(NamedTuple):
    """One look: milliseconds that passed, milliseconds of processor time, and those of its stages."""

    passed: float
    computed: float
    stages: dict[str, float]


def measures(setting: Setting) -> Iterator[Measure]:
    """Measure eye and peers; raises `NoPictures`."""
    shown = footage(setting, setting.times(*FRAMES))
    place = Place.of(setting)
    cv2.setNumThreads(place.threads)
    notes = {OURS: f"{shown.origin}; {place.threads} threads; embedding goes on beside eyes and liveness where it can"}
    contenders = _ours(setting, place.threads)
    for offer in offers():
        try:
            contenders.append(Theirs(offer.name, offer.load(place)))
        except PeerMissing as why:
            yield missing(SECTION, offer.name, WHOLE, "ms", str(why))
        notes[offer.name] = offer.note
    decoded, pictures = _decode(shown.frames)
    yield Measure(SECTION, OURS, DECODE, "ms", decoded)
    for contender, looks in zip(contenders, look_in_turns(contenders, pictures), strict=True):
        yield from _told(contender, looks, len(pictures), notes[contender.subject])


def _ours(setting: Setting, threads: int) -> list[Contender]:
    gaze = open_gaze(open_pack(setting.pack), threads)
    every = (Task.EMBED, Task.LIVENESS, Task.EYES)
    return [Ours(gaze, WHOLE, every, tuple(STAGES)), Ours(gaze, BARE, (Task.EMBED,), ())]


def _decode(frames: list[bytes]) -> tuple[tuple[float, ...], list[Picture]]:
    """Return the milliseconds that each took to decode, and the pictures."""
    took, pictures = [], []
    for frame in frames:
        began = time.perf_counter()
        pictures.append(decode_jpeg(frame))
        took.append(1000 * (time.perf_counter() - began))
    return tuple(took), pictures


def look_in_turns(contenders: list[Contender], pictures: list[Picture]) -> list[list[Look]]:
    """Have everybody look at each picture; return for each contender the looks in which there was a face.

    In an order that is drawn anew: nobody always follows the same one.
    """
    looks: list[list[Look]] = [[] for _ in contenders]
    for contender in contenders:
        for picture in pictures[:WARM_UP]:
            contender.look(picture)
    chance = random.Random(SEED)
    for picture in pictures:
        for index in chance.sample(range(len(contenders)), len(contenders)):
            time.sleep(REST)
            began, busy = time.perf_counter(), time.process_time()
            stages = contenders[index].look(picture)
            computed, passed = time.process_time() - busy, time.perf_counter() - began
            if stages is not None:
                looks[index].append(Look(1000 * passed, 1000 * computed, stages))
    return looks


def _told(contender: Contender, looks: list[Look], shown: int, note: str) -> Iterator[Measure]:
    """Yield what a contender's looks come to; the note stands beside the first."""
    subject = contender.subject
    if len(looks) < shown:
        note = f"{note}; had a face to go on with in {len(looks)} of {shown} frames"
    if not looks:
        yield missing(SECTION, subject, contender.wholes[0], "ms", note)
        return
    for whole in contender.wholes:
        yield Measure(SECTION, subject, whole, "ms", tuple(look.passed for look in looks), note)
        computed = tuple(look.computed for look in looks)
        yield Measure(SECTION, subject, f"{whole}, processor time", "ms", computed)
        note = ""
    stages: dict[str, list[float]] = defaultdict(list)
    for look in looks:
        for stage, took in look.stages.items():
            stages[stage].append(took)
    for stage, values in stages.items():
        yield Measure(SECTION, subject, stage, "ms", tuple(values))
