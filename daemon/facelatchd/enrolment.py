"""One enrolment, from a camera or from pictures, to a stored face or to nothing stored at all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection
from typing import Final

import msgspec
import numpy as np

from facelatch.limits import LARGEST_PICTURE, MOST_PICTURES
from facelatch.types import FROM_PICTURES, Infrared, Pose, Reason
from facelatch_eye.messages import Observation, Opened, Task, Watch
from facelatch_models.pack import Manifest, Role
from facelatch_models.yardstick import Yardstick
from facelatchd.agreement import Agreement
from facelatchd.album import Album
from facelatchd.bouncer import Caller
from facelatchd.cameras import candidates, good_faces, refusal, want_trusted, wants_infrared
from facelatchd.house import House
from facelatchd.refusal import Refused
from facelatchd.screen import Screen
from facelatchd.shots import Shot, Shots
from facelatchd.store import MOST_TEMPLATES, FaceRecord, User
from facelatchd.watcher import SHORTEST_LOOK, EyeError, GaveWay, Manners

log = logging.getLogger(__name__)

AGREEMENT_TIME: Final = 4.0
"""Seconds without a new shot after which an enrolment that has them all waits no longer for the infrared camera."""

REMEDY: Final = (
    "; many infrared emitters stay dark under Linux until a tool such as linux-enable-ir-emitter has switched them on"
)

PAUSED: Final = "A login uses the camera. Wait a moment."


class Patience(msgspec.Struct, frozen=True):
    """Seconds that an enrolment from a camera takes at most, and without a new shot after which it makes do."""

    longest: float
    stalled: float


BRISK: Final = Patience(longest=25.0, stalled=5.0)
GUIDED: Final = Patience(longest=90.0, stalled=20.0)
"""For a window that shows hints and a ring to fill: people read, and try again."""


class Progress(msgspec.Struct, frozen=True):
    """How an enrolment stands after a shot; `picture` is its name where it came from one, `number` a taken shot's."""

    kept: int
    wanted: int
    shot: Shot
    covered: tuple[Pose, ...] = ()
    picture: str = ""
    number: int | None = None


class Enrolment:
    """Enrols one appearance of a user, or improves the face that `improves` names. Nothing is stored before `save`.

    `like` names a picture that shows the person alone, for when it is not clear who is meant by all of them.
    """

    def __init__(
        self, house: House, caller: Caller, user: User, label: str = "", improves: str = "", like: str = ""
    ) -> None:
        self._house = house
        self._caller = caller
        self._user = user
        self._label = label
        self._improves = improves
        self._like = like
        self._camera = FROM_PICTURES
        self._face: FaceRecord | None = None
        """The face to be improved."""
        self._yardstick: Yardstick | None = None
        self._infrared = ""
        self._shut = ""
        """The infrared camera that should have opened, too."""
        self._agreement: Agreement | None = None
        self._agreed = False
        self._looked_at = 0
        self._eye_known = False
        self._finished = False
        self._manifest: Manifest | None = None
        self._shots: Shots | Album | None = None
        self._deciding = asyncio.Lock()

    @property
    def shots(self) -> Shots | Album:
        """The shots so far, of a camera or of pictures, once the enrolment is prepared."""
        assert self._shots is not None, "prepared first"
        return self._shots

    @property
    def album(self) -> Album:
        """The pictures so far, once the enrolment is prepared for pictures."""
        assert isinstance(self._shots, Album), "prepared for pictures"
        return self._shots

    @property
    def remark(self) -> str:
        """What the person should know of a face that was stored; empty where there is nothing to say."""
        rule = self._house.settings().camera
        if self._face is not None:
            return ""
        if self._camera == FROM_PICTURES and rule.infrared is Infrared.REQUIRED:
            return "the settings require the infrared camera: a face from pictures is only good for telling who it is"
        if self._agreement is not None and not self._agreed:
            return f"enrolled without the infrared camera: {self._agreement.fault}{REMEDY}"
        if self._shut:
            return f"enrolled without the infrared camera {self._shut}: it could not be opened"
        return ""

    async def prepare(self, *, from_pictures: bool) -> None:
        """Find out whether it can be before anybody sits through it; raises `Refused` or `StoreError`."""
        clerk = self._house.clerk
        await clerk.do(clerk.store.standing, self._user)  # a store that was put back, or altered, would take no face
        pack = await self._house.chosen()
        manifest = self._manifest = pack.manifest
        yardstick = self._yardstick = await self._house.yardstick(pack)
        known = None
        if self._improves:
            face = self._face = await clerk.do(clerk.store.find_face, self._user, self._improves)
            self._improves = face.id
            if face.space != manifest.space:
                raise Refused(Reason.BAD_REQUEST, f"{face.label!r} is of pack {face.pack}: remove it and enrol anew")
            if face.templates >= MOST_TEMPLATES:
                raise Refused(Reason.BAD_REQUEST, f"{face.label!r} has {face.templates} shots, as many as can be")
            templates = await clerk.do(clerk.store.templates, self._user, manifest.space)
            known = np.stack([template.vector for template in templates if template.face_id == face.id])
        else:
            await clerk.do(clerk.store.check_label, self._user, self._label)
        liveness = manifest.part(Role.LIVENESS)
        threshold = liveness.threshold if liveness else None
        self._shots = Album(yardstick, known, self._like) if from_pictures else Shots(yardstick, threshold, known)

    async def watch(
        self, camera: str, patience: Patience, report: Callable[[Progress], None], screen: Screen | None = None
    ) -> None:
        """Take shots of who is before the camera until there are enough; raises `Refused` or `EyeError`.

        camera: the one that was named, or empty. While a login needs the camera, the enrolment waits.
        """
        deadline = time.monotonic() + patience.longest
        while (left := deadline - time.monotonic()) >= SHORTEST_LOOK:
            try:
                await self._take_shots(camera, left, patience.stalled, report, screen)
                break
            except GaveWay:
                log.info("the enrolment of %r waits: a login needs the camera", self._user.name)
                shots, shot = self._camera_shots, Shot(taken=False, text=PAUSED)
                report(Progress(len(shots.kept), shots.wanted, shot, shots.covered))
            except EyeError as error:
                if error.reason is not Reason.BUSY or not self.shots.enough:
                    raise
                break  # the login took the rest of the time, and there is enough
        self.want_enough()

    @property
    def _camera_shots(self) -> Shots:
        assert isinstance(self._shots, Shots), "prepared for a camera"
        return self._shots

    async def _take_shots(
        self, camera: str, seconds: float, stalled: float, report: Callable[[Progress], None], screen: Screen | None
    ) -> None:
        """Take shots until there are enough or the time is over; raises `GaveWay` where a login needs the camera."""
        assert self._manifest is not None, "prepared first"
        shots = self._camera_shots
        last_kept = time.monotonic()
        watch = self._watch(camera, seconds)
        watching = self._house.watcher.watch(watch, self._manifest, self._caller, screen, Manners.PAUSE)
        async with contextlib.aclosing(watching) as sights:
            async for sight in sights:
                if isinstance(sight, Opened):
                    self._begin(sight, camera)
                    continue
                self._compare(sight)
                if not sight.infrared:
                    shot = shots.add(sight, screen.newest if screen else b"")
                    number = shots.kept[-1].number if shot.taken else None
                    report(Progress(len(shots.kept), shots.wanted, shot, shots.covered, number=number))
                    last_kept = time.monotonic() if shot.taken else last_kept
                if shots.of_somebody_else:
                    raise Refused(Reason.ANOTHER_FACE, "this is somebody else than before; nothing is stored")
                if self._has_all(time.monotonic() - last_kept, stalled):
                    break

    def _watch(self, camera: str, seconds: float) -> Watch:
        """Return what the eye is asked: to improve a face with the camera that it is of, or else with any."""
        rule = self._house.settings().camera
        if self._face is None:
            return Watch(candidates(rule, (), camera), companion=rule.infrared is not Infrared.OFF, seconds=seconds)
        faces = () if self._face.camera == FROM_PICTURES else (self._face,)
        return Watch(candidates(rule, faces, camera), companion=wants_infrared(faces, rule), seconds=seconds)

    def _begin(self, opened: Opened, asked: str) -> None:
        """Bind the enrolment to the camera that opened; raises `Refused` for one that a face must not be bound to."""
        rule = self._house.settings().camera
        want_trusted(opened.camera, rule, asked, self._caller.is_root)
        face = self._face
        if face is not None and face.camera != FROM_PICTURES and not good_faces([face], opened, rule):
            raise refusal([face], opened, rule)
        if self._camera not in (FROM_PICTURES, opened.camera.id):
            raise Refused(Reason.CAMERA_UNTRUSTED, "another camera than before has opened; nothing is stored")
        self._camera = opened.camera.id
        if opened.infrared is None and rule.infrared is Infrared.REQUIRED:
            text = f"{self._camera} has no infrared camera in the same device, or it cannot be opened"
            raise Refused(Reason.CAMERA_UNTRUSTED, f"{text}, and the settings require one")
        if opened.infrared is None and rule.infrared is Infrared.AUTO:
            self._shut = opened.camera.companion
        if opened.infrared is not None and self._agreement is None:
            assert self._yardstick is not None, "prepared first"
            self._infrared = opened.infrared.id
            self._agreement = Agreement(self._yardstick)

    def _compare(self, sight: Observation) -> None:
        """Note whether the infrared camera agrees; once it did, it need not while the head turns."""
        if self._agreement is not None and not self._agreed:
            self._agreement.add(sight)
            self._agreed = self._agreement.agrees is True

    def _has_all(self, since_last: float, stalled: float) -> bool:
        """Return whether to end: with all shots that are wanted and the infrared camera agreeing, or waited for."""
        shots = self._camera_shots
        if shots.complete:
            return self._agreement is None or self._agreed or since_last > min(AGREEMENT_TIME, stalled)
        return shots.enough and (since_last > stalled or self._finished)

    def finish(self) -> None:
        """Take no more shots than are enough."""
        self._finished = True

    async def add_picture(self, name: str, data: bytes) -> Progress | None:
        """Look at an encoded picture; raises `EyeError` where the eye cannot look at any.

        What is told of it is said of it alone. Whether it is kept is decided once all are there: `judged`. None where
        no more were wanted meanwhile.
        """
        self._looked_at += 1
        if self._looked_at > MOST_PICTURES:
            raise Refused(Reason.BAD_REQUEST, f"more than {MOST_PICTURES} pictures")
        album = self.album
        seen = await self._look_at(data)
        if self._finished:
            return None
        shot = album.refuse(seen, name) if isinstance(seen, str) else album.add(seen, name)
        number = len(album.sheets) if shot.taken else None
        return Progress(album.usable, album.wanted, shot, picture=name, number=number)

    async def _look_at(self, data: bytes) -> Observation | str:
        """Return what a picture shows, or why that cannot be said of it."""
        if len(data) > LARGEST_PICTURE:
            return f"a picture of more than {LARGEST_PICTURE >> 20} MiB"
        assert self._manifest is not None, "prepared first"
        watcher = self._house.watcher
        if not self._eye_known:
            await watcher.check_pack(self._manifest)
            self._eye_known = True
        try:
            return await watcher.analyse(data, (Task.EMBED,), self._manifest.embedder.dimension)
        except EyeError as error:
            if error.reason is not Reason.BAD_REQUEST:
                raise
            return str(error)

    async def decide(self) -> None:
        """Have it known what becomes of the pictures so far, before it is asked for.

        In a thread, one at a time: two hundred pictures of crowds take long enough to keep a login waiting.
        """
        async with self._deciding:
            while isinstance(self._shots, Album) and not self._shots.decided:
                await asyncio.to_thread(self._shots.decide)

    def judged(self) -> list[Progress]:
        """Return what became of each picture, in the order in which they came; `decide` first."""
        album = self.album
        kept = {shot.number for shot in album.kept}
        return [
            Progress(len(kept), album.wanted, shot, picture=sheet.name, number=number if number in kept else None)
            for number, (sheet, shot) in enumerate(zip(album.sheets, album.choice.shots, strict=True), 1)
        ]

    def want_enough(self) -> None:
        """Raise `Refused` where what there is cannot be stored."""
        shots = self.shots
        if isinstance(shots, Album) and shots.choice.trouble:
            raise Refused(shots.choice.reason, shots.choice.trouble)
        if not shots.enough:
            hint = shots.commonest_hint.rstrip(".")
            most = f" (most often: {hint})" if hint else ""
            raise Refused(Reason.UNCLEAR, f"{len(shots.kept)} of {shots.fewest} shots needed; nothing is stored{most}")
        if not shots.looks_alive:
            raise Refused(Reason.NOT_LIVE, "this looks like a picture of a face, not like a face; nothing is stored")
        if self._agreement is not None and not self._agreed and self._wants_agreement:
            text = f"{self._agreement.fault}, and without it nothing is stored{REMEDY}"
            raise Refused(Reason.NOT_LIVE if self._agreement.agrees is False else Reason.UNCLEAR, text)

    @property
    def _wants_agreement(self) -> bool:
        """Whether a face without the infrared camera is of no use, or this one has one."""
        required = self._house.settings().camera.infrared is Infrared.REQUIRED
        return required or (self._face is not None and bool(self._face.infrared))

    async def save(self, dropped: Collection[int] = ()) -> FaceRecord:
        """Store the shots but those dropped, and return the face; where it raises, nothing is stored."""
        assert self._manifest is not None, "prepared first"
        try:
            self.shots.drop(dropped)
        except LookupError as error:
            raise Refused(Reason.BAD_REQUEST, str(error)) from error
        self.want_enough()
        clerk, space = self._house.clerk, self._manifest.space
        vectors = [shot.vector for shot in self.shots.kept]
        if self._improves:
            face = await clerk.do(clerk.store.improve_face, self._user, self._improves, space, vectors)
        else:
            pack, infrared = self._manifest.id, self._infrared if self._agreed else ""
            face = await clerk.do(
                clerk.store.add_face, self._user, self._label, pack, space, self._camera, vectors, infrared
            )
        log.info("enrolled %r of %r: %d templates", face.label, self._user.name, face.templates)
        if self.remark:
            log.info("%r of %r: %s", face.label, self._user.name, self.remark)
        return face
