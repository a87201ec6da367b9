"""From a folder of ten pictures to a face that is enrolled, and what others need for the same pictures.

Ours is measured twice: as the command `facelatch enroll --from-pictures`, its own start in it, and as a program that
has been started asks for it through the client's library. Both include the bus, finding small faces too, choosing the
pictures that go together, sealing and storing. Peers decode a picture, find the face and compute its numbers, and are
loaded before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import cv2

from facelatch.sync import Daemon, Enrolment
from facelatch.types import Enrolled, EnrollStep
from facelatch_models.picture import decode
from tests.bench.speed.footage import recordings, spread
from tests.bench.speed.household import Household, Neighbourhood
from tests.bench.speed.peers import Peer, PeerMissing, Place, offers
from tests.bench.speed.processes import NotReady
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import REST, Setting

SECTION: Final = "enrolment"

COMMAND: Final = "facelatch enroll, a picture"
PICTURE: Final = "a picture"
COMPUTED: Final = "a picture, processor time"

PICTURES: Final = 10
ROUNDS: Final = (12, 2)
"""Enrolments, usually and in a quick run; each is of another person, in turn."""

RIVALS: Final = (
    "dlib HOG and ResNet, 480 rows, doubled",
    "insightface buffalo_sc, 640",
    "insightface buffalo_l size, 640",
)
"""The peers by which people are enrolled from pictures: what `face_recognition` and FaceAnalysis do by default."""


class Took(NamedTuple):
    """Milliseconds a picture: that passed, and of processor time."""

    passed: float
    computed: float


def measures(setting: Setting) -> Iterator[Measure]:
    """Measure the ways in turn; raises `NoPictures`, `Impossible`."""
    folders = list(_folders(setting))
    place = Place.of(setting)
    cv2.setNumThreads(place.threads)
    peers: dict[str, Peer] = {}
    notes = {OURS: f"{_origin(setting, len(folders))}; processor time is judge's and eye's"}
    for offer in offers():
        if offer.name in RIVALS:
            notes[offer.name] = offer.note
            try:
                peers[offer.name] = offer.load(place)
            except PeerMissing as why:
                yield missing(SECTION, offer.name, PICTURE, "ms", str(why))
    commands: list[float] = []
    took: dict[str, list[Took]] = {name: [] for name in (OURS, *peers)}
    household = Household.of(setting)
    with household.lived_in():
        _enrol(household, folders[0])  # the eye starts
        for turn in range(setting.times(*ROUNDS)):
            folder = folders[turn % len(folders)]
            time.sleep(REST)
            commands.append(_command(household, folder))
            took[OURS].append(_enrol(household, folder))
            for name, peer in peers.items():
                time.sleep(REST)
                took[name].append(_of_peer(peer, folder))
    yield Measure(SECTION, OURS, COMMAND, "ms", tuple(commands))
    for name, taken in took.items():
        yield Measure(SECTION, name, PICTURE, "ms", tuple(one.passed for one in taken), notes[name])
        yield Measure(SECTION, name, COMPUTED, "ms", tuple(one.computed for one in taken))


def _origin(setting: Setting, people: int) -> str:
    """Say where the pictures are from."""
    frames = "frames made of portraits" if recordings(setting) is None else "webcam frames (NUAA)"
    return f"{PICTURES} {frames} of {'one person' if people == 1 else f'each of {people} people'}"


def _folders(setting: Setting) -> Iterator[Path]:
    """Yield a folder of ten pictures for each person."""
    for resident in Neighbourhood.of(setting).residents:
        folder = setting.scratch / resident.name
        folder.mkdir()
        for picture in spread(resident.enrolment, PICTURES):
            (folder / picture.name).symlink_to(picture.resolve())
        yield folder


def _command(household: Household, folder: Path) -> float:
    """Enrol by the command, and return milliseconds a picture; the face is removed again."""
    began = time.perf_counter()
    household.command("enroll", "--user", "alice", "--from-pictures", str(folder))
    passed = time.perf_counter() - began
    with Daemon.connect(household.at_the_bus[1]) as daemon, daemon.claim("alice") as claim:
        claim.delete_faces()
    return 1000 * passed / PICTURES


def _enrol(household: Household, folder: Path) -> Took:
    """Enrol through the library; the face is removed again."""
    with Daemon.connect(household.at_the_bus[1]) as daemon, daemon.claim("alice") as claim:
        busy, began = sum(household.processor_seconds()), time.perf_counter()
        with claim.enroll(pictures=True) as enrolment:
            for path in sorted(folder.iterdir()):
                enrolment.add_picture(path.name, path.read_bytes())
            enrolment.finish()
            _to_its_end(enrolment)
        passed = time.perf_counter() - began
        computed = sum(household.processor_seconds()) - busy
        claim.delete_faces()
    return Took(1000 * passed / PICTURES, 1000 * computed / PICTURES)


def _to_its_end(enrolment: Enrolment) -> None:
    """Save once the pictures are judged, and wait until the face is stored."""
    for event in enrolment:
        if isinstance(event, Enrolled):
            return
        if not isinstance(event, EnrollStep):
            enrolment.save()
    raise NotReady("the enrolment ended without a face")


def _of_peer(peer: Peer, folder: Path) -> Took:
    busy, began = time.process_time(), time.perf_counter()
    for path in sorted(folder.iterdir()):
        picture = decode(path.read_bytes())
        face = peer.find(picture)
        if face is not None:
            peer.embed(picture, face)
    passed, computed = time.perf_counter() - began, time.process_time() - busy
    return Took(1000 * passed / PICTURES, 1000 * computed / PICTURES)
