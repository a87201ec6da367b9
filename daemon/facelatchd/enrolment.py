"""One enrolment, from a camera or from pictures, to a stored face or to nothing stored at all."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import msgspec

from facelatch.types import Reason
from facelatch_eye.messages import Observation, Watch
from facelatch_models.pack import Manifest, Role
from facelatchd.bouncer import Caller
from facelatchd.house import House, Refused
from facelatchd.shots import FEWEST_SHOTS, Shot, Shots
from facelatchd.store import FaceRecord, User
from facelatchd.watcher import EyeError

log = logging.getLogger(__name__)

LONGEST: Final = 25.0
"""Seconds an enrolment from a camera may take."""

STALLED: Final = 5.0
"""Seconds without a new shot after which an enrolment makes do with what it has."""

MOST_FROM_PICTURES: Final = 16
"""Templates from pictures. More add little (the mixture of evidence averages over them) and cost time at each look."""

FROM_PICTURES: Final = "pictures"
"""What stands for the camera of a face that was enrolled from pictures."""


class Picture(msgspec.Struct, frozen=True):
    """One encoded picture to enrol from."""

    name: str
    data: bytes


class Progress(msgspec.Struct, frozen=True):
    """How an enrolment stands after a shot; `picture` is its name where it came from one."""

    kept: int
    wanted: int
    shot: Shot
    picture: str = ""


Report = Callable[[Progress], Awaitable[None]]


class Enrolment:
    """Enrols one appearance of a user."""

    def __init__(self, house: House, caller: Caller, user: User, label: str, report: Report) -> None:
        self._house = house
        self._caller = caller
        self._user = user
        self._label = label
        self._report = report

    async def from_camera(self, camera: str) -> tuple[FaceRecord, str]:
        """Enrol who is before the camera; raises `Refused`, `EyeError` or `StoreError`, and then nothing is stored.

        Returns the face, and what would have made it better, if anything.
        """
        await self._check_label()
        manifest = await self._house.manifest()
        liveness = manifest.part(Role.LIVENESS)
        shots = Shots(manifest.calibration, liveness.threshold if liveness else None)
        identity = camera
        last_kept = time.monotonic()
        watching = self._house.watcher.watch(Watch(camera=camera, seconds=LONGEST), manifest, self._caller)
        async with contextlib.aclosing(watching) as answers:
            async for answer in answers:
                if not isinstance(answer, Observation):
                    identity = answer.camera.id
                    continue
                shot = shots.add(answer)
                await self._report(Progress(len(shots.kept), shots.wanted, shot))
                if shot.taken:
                    last_kept = time.monotonic()
                if shots.complete or (shots.enough and time.monotonic() - last_kept > STALLED):
                    break
        return await self._keep(shots, manifest, identity)

    async def from_pictures(self, pictures: AsyncIterator[Picture]) -> tuple[FaceRecord, str]:
        """Enrol whom the pictures show, as `from_camera`. Liveness is not asked of them: every one is a picture."""
        await self._check_label()
        manifest = await self._house.manifest()
        shots = Shots(manifest.calibration, None, most=MOST_FROM_PICTURES)
        async for picture in pictures:
            try:
                shot = shots.add(await self._house.watcher.analyse(picture.data))
            except EyeError as error:
                if error.reason is not Reason.BAD_REQUEST:
                    raise
                shot = shots.refuse(str(error))
            await self._report(Progress(len(shots.kept), shots.wanted, shot, picture.name))
        return await self._keep(shots, manifest, FROM_PICTURES)

    async def _check_label(self) -> None:
        """Refuse a label that cannot be had before anybody sits through an enrolment."""
        clerk = self._house.clerk
        await clerk.do(clerk.store.check_label, self._user, self._label)

    async def _keep(self, shots: Shots, manifest: Manifest, camera: str) -> tuple[FaceRecord, str]:
        """Store the shots; return the face and what would have made it better, if anything."""
        if not shots.enough:
            raise Refused(
                Reason.UNCLEAR,
                f"{len(shots.kept)} of {FEWEST_SHOTS} shots needed; nothing is stored. {shots.commonest_hint}".strip(),
            )
        if not shots.looks_alive:
            raise Refused(Reason.NOT_LIVE, "this looks like a picture of a face, not like a face; nothing is stored")
        clerk = self._house.clerk
        face = await clerk.do(
            clerk.store.add_face, self._user, self._label, manifest.id, manifest.space, camera, shots.kept
        )
        log.info("enrolled %r of %r: %d templates", face.label, self._user.name, face.templates)
        return face, _advice(shots)


def _advice(shots: Shots) -> str:
    if not shots.missing_poses:
        return ""
    return (
        f"{len(shots.kept)} of {shots.wanted} shots: the head was never turned that far; enrol again for a better one"
    )
