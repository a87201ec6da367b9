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
from facelatch.types import Pose, Reason
from facelatch_eye.messages import Observation, Opened, Task, Watch
from facelatch_models.pack import Manifest, Role
from facelatchd.album import Album
from facelatchd.bouncer import Caller
from facelatchd.house import House, Refused
from facelatchd.screen import Screen
from facelatchd.shots import Shot, Shots
from facelatchd.store import MOST_TEMPLATES, FaceRecord, User
from facelatchd.watcher import EyeError

log = logging.getLogger(__name__)

FROM_PICTURES: Final = "pictures"
"""What stands for the camera of a face that was enrolled from pictures."""


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

    async def prepare(self, *, from_pictures: bool) -> None:
        """Find out whether it can be before anybody sits through it; raises `Refused` or `StoreError`."""
        clerk = self._house.clerk
        pack = await self._house.chosen()
        manifest = self._manifest = pack.manifest
        yardstick = await self._house.yardstick(pack)
        known = None
        if self._improves:
            face = await clerk.do(clerk.store.find_face, self._user, self._improves)
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
        """Take shots of who is before the camera until there are enough; raises `Refused` or `EyeError`."""
        assert self._manifest is not None, "prepared first"
        shots = self.shots
        assert isinstance(shots, Shots), "prepared for a camera"
        last_kept = time.monotonic()
        watch = Watch(camera=camera, seconds=patience.longest)
        watching = self._house.watcher.watch(watch, self._manifest, self._caller, screen)
        async with contextlib.aclosing(watching) as sights:
            async for sight in sights:
                if isinstance(sight, Opened):
                    self._camera = sight.camera.id
                    self._house.refuse_virtual(sight.camera, camera, self._caller)
                    continue
                shot = shots.add(sight, screen.newest if screen else b"")
                number = shots.kept[-1].number if shot.taken else None
                report(Progress(len(shots.kept), shots.wanted, shot, shots.covered, number=number))
                if shot.taken:
                    last_kept = time.monotonic()
                if shots.of_somebody_else:
                    raise Refused(Reason.ANOTHER_FACE, "this is somebody else than before; nothing is stored")
                stalled = time.monotonic() - last_kept > patience.stalled
                if shots.complete or (shots.enough and (stalled or self._finished)):
                    break
        self.want_enough()

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
            pack = self._manifest.id
            face = await clerk.do(clerk.store.add_face, self._user, self._label, pack, space, self._camera, vectors)
        log.info("enrolled %r of %r: %d templates", face.label, self._user.name, face.templates)
        return face
