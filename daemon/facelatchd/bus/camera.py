"""A camera on the bus: one claim at a time, one thing at a time, and the claimer alone hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from facelatch.types import EnrollShot, EnrollStep, FaceSummary, Failure, Identified, Reason, Refusal, Tried
from facelatch_eye.messages import CameraInfo
from facelatchd.bus.action import Action, Bench, Enroll, Enrolling, Previewing, Verify, Verifying
from facelatchd.bus.adapter import Bus, BusLost, Call
from facelatchd.bus.authority import Right
from facelatchd.bus.faults import refusal
from facelatchd.bus.identifying import Identifying
from facelatchd.bus.people import People
from facelatchd.bus.summaries import analysis_of, enroll_shot, enroll_step
from facelatchd.enrolment import Enrolment
from facelatchd.house import House
from facelatchd.refusal import Refused
from facelatchd.store import FaceRecord, User

INTERFACE: Final = "org.facelatch.Camera"

Options = TypeVar("Options", Verify, Enroll)
Doing = TypeVar("Doing", bound=Action)


@dataclass(eq=False)
class Claim:
    """Who has the camera, for whom, and what runs."""

    owner: str
    uid: int
    user: User
    action: Action | None = None
    watch: int = 0

    @property
    def previews(self) -> bool:
        """Whether it is for a preview, which runs."""
        return isinstance(self.action, Previewing) and self.action.running

    @property
    def idle(self) -> bool:
        """Whether nothing runs, or no more than a preview."""
        return self.action is None or self.previews or not self.action.running


class Camera:
    """One camera's object; `camera` is what is known of it, None for the one that logins use."""

    def __init__(self, house: House, people: People, bus: Bus, path: str, camera: CameraInfo | None) -> None:
        self._house = house
        self._people = people
        self._bus = bus
        self._claim: Claim | None = None
        self._camera = camera
        self.path_on_bus = path
        self.connected = True

    # --- properties, under the names of the interface -----------------------------------------------------------------

    id = property(lambda self: self._camera.id if self._camera else "")
    name = property(lambda self: self._camera.name if self._camera else "")
    path = property(lambda self: self._camera.path if self._camera else "")
    driver = property(lambda self: self._camera.driver if self._camera else "")
    infrared = property(lambda self: bool(self._camera and self._camera.infrared))
    virtual = property(lambda self: bool(self._camera and self._camera.virtual))

    @property
    def claimed(self) -> bool:
        """Whether somebody has it."""
        return self._claim is not None

    def update(self, camera: CameraInfo | None) -> None:
        """Note what is known of it now: one that comes back may have another path; None for one that is gone."""
        self.connected = camera is not None
        self._camera = camera or self._camera

    # --- faces --------------------------------------------------------------------------------------------------------

    async def list_enrolled_faces(self, call: Call, name: str) -> tuple[FaceSummary, ...]:
        """Return a user's faces."""
        user = await self._people.meant(call, name)
        clerk = self._house.clerk
        return await self._people.summaries(await clerk.do(clerk.store.faces, user))

    async def rename_enrolled_face(self, call: Call, face: str, label: str) -> FaceSummary:
        """Give a face another label."""
        user = await self._with_right(call, Right.DELETE)
        clerk = self._house.clerk
        return await self._one(await clerk.do(clerk.store.rename_face, user, face, label))

    async def delete_enrolled_face(self, call: Call, face: str) -> FaceSummary:
        """Remove a face."""
        user = await self._with_right(call, Right.DELETE)
        clerk = self._house.clerk
        return await self._one(await clerk.do(clerk.store.remove_face, user, face))

    async def delete_enrolled_faces(self, call: Call) -> tuple[FaceSummary, ...]:
        """Remove all faces of the claim's user."""
        user = await self._with_right(call, Right.DELETE)
        clerk = self._house.clerk
        return await self._people.summaries(await clerk.do(clerk.store.remove_all, user))

    async def _with_right(self, call: Call, right: Right) -> User:
        """Return the claim's user, if the same claim is the caller's before and after polkit was asked."""
        claim = self._owned(call)
        await self._people.want_about(call, right, claim.user)
        self._want_same(call, claim)
        return claim.user

    async def _one(self, face: FaceRecord) -> FaceSummary:
        (summary,) = await self._people.summaries([face])
        return summary

    # --- claims -------------------------------------------------------------------------------------------------------

    async def claim(self, call: Call, name: str) -> None:
        """Let the caller have the camera."""
        self._want_free(call)
        await self._claim_for(call, await self._people.meant(call, name))

    async def claim_guest(self, call: Call, name: str) -> None:
        """Let the caller have the camera for somebody without an account."""
        self._want_free(call)
        await self._claim_for(call, await self._people.guest(call, name))

    async def _claim_for(self, call: Call, user: User) -> None:
        while self._claim is not None:
            self._want_free(call)
            await self._give_up(self._claim)
        claim = self._claim = Claim(call.sender, call.caller.uid, user)
        claim.watch = self._bus.watch_leaving(call.sender, lambda: self._bus.begin(self._end(claim)))
        try:
            await self._bus.caller(call.sender)  # who left before the watch began is not heard leaving
        except BusLost:
            await self._end(claim)
            raise

    def _want_free(self, call: Call) -> None:
        """Raise unless the camera is to be had: unclaimed, or claimed for no more than a preview of the caller's own.

        Root gets it from whoever does no more than that, or nothing: an idle claim must not keep him from his work.
        """
        claim = self._claim
        if claim is None:
            return
        yields = (claim.previews and claim.uid == call.caller.uid) or (claim.idle and call.caller.is_root)
        if claim.owner == call.sender or not yields:
            raise refusal(Refusal.ALREADY_IN_USE, "somebody has claimed this camera; try again in a moment")

    async def _give_up(self, claim: Claim) -> None:
        """End a claim for another's sake, and say so to whoever has it."""
        if claim.action is not None:
            await claim.action.interrupt(Failure(Reason.BUSY, "another program needs the camera"))
        await self._end(claim)

    async def release(self, call: Call) -> None:
        """End whatever runs, and the claim."""
        self._owned(call)
        await self.end()

    async def end(self) -> None:
        """End the claim, if there is one, and what runs in it."""
        if self._claim is not None:
            await self._end(self._claim)

    async def _end(self, claim: Claim) -> None:
        """End this claim and what runs in it, unless it has ended: the camera may be somebody else's by now."""
        if self._claim is claim:
            self._claim = None
            self._bus.forget(claim.watch)
            if claim.action is not None:
                await claim.action.stop()

    async def pause(self) -> None:
        """End what runs, but not the claim: the machine goes to sleep."""
        if self._claim is not None and self._claim.action is not None:
            await self._claim.action.interrupt(Failure(Reason.CANCELLED, "the machine goes to sleep"))

    def _owned(self, call: Call) -> Claim:
        claim = self._claim
        if claim is None or claim.owner != call.sender:
            raise refusal(Refusal.CLAIM_CAMERA, "claim the camera first")
        return claim

    def _want_same(self, call: Call, claim: Claim) -> None:
        """Raise if a claim has ended while something was waited for, even if the caller has a new one."""
        if self._owned(call) is not claim:
            raise refusal(Refusal.CLAIM_CAMERA, "the camera was released meanwhile")

    def _begin(self, call: Call, claim: Claim, action: Action) -> None:
        """Start an action, unless the claim has ended, or something else has begun, meanwhile."""
        self._idle(call)
        self._want_same(call, claim)
        claim.action = action
        action.start()

    def _idle(self, call: Call) -> Claim:
        claim = self._owned(call)
        if claim.action is not None and claim.action.running:
            raise refusal(Refusal.ALREADY_IN_USE, "something runs already; stop it first")
        return claim

    def _doing(self, call: Call, kind: type[Doing]) -> Doing:
        action = self._owned(call).action
        if not isinstance(action, kind):
            raise refusal(Refusal.NO_ACTION_IN_PROGRESS, "nothing of the kind was started")
        return action

    async def _stop(self, call: Call, kind: type[Action]) -> None:
        action = self._doing(call, kind)
        await action.stop()
        claim = self._claim
        if claim is not None and claim.action is action:
            claim.action = None

    def _bench(self, call: Call, claim: Claim) -> Bench:
        camera = self._camera.id if self._camera else ""  # of the default camera the settings and the faces decide
        signal = partial(self._bus.tell, call.sender, self.path_on_bus, INTERFACE)
        return Bench(self._house, call.caller, claim.user, camera, signal)

    # --- what is done before it ---------------------------------------------------------------------------------------

    async def verify(self, call: Call, name: str, face: str) -> Tried:
        """Claim, look once, and release."""
        await self.claim(call, name)
        claim = self._owned(call)
        try:
            await self.verify_start(call, face, {})
            return await self._doing(call, Verifying).verdict()
        finally:
            await self._end(claim)

    async def identify(self, call: Call) -> Identified:
        """Claim, look once, tell who of all it is, and release."""
        await self._people.want_all(call)
        await self.claim(call, "")
        claim = self._owned(call)
        try:
            action = Identifying(self._bench(call, claim))
            self._begin(call, claim, action)
            return await action.found()
        finally:
            await self._end(claim)

    async def verify_start(self, call: Call, face: str, options: dict[str, Any]) -> None:
        """Begin to look."""
        wanted = _read(options, Verify)
        claim = self._idle(call)
        await self._people.want(call, Right.VERIFY)
        if wanted.figures:
            await self._people.want(call, Right.CONFIGURE)
        clerk = self._house.clerk
        only = "" if face in ("", "any") else (await clerk.do(clerk.store.find_face, claim.user, face)).id
        self._begin(call, claim, Verifying(self._bench(call, claim), only, wanted))

    async def verify_stop(self, call: Call) -> None:
        """End it."""
        await self._stop(call, Verifying)

    async def enroll_start(self, call: Call, label: str, options: dict[str, Any]) -> None:
        """Begin to enrol."""
        wanted = _read(options, Enroll)
        claim = self._idle(call)
        await self._people.want_about(call, Right.ENROLL, claim.user)
        enrolment = Enrolment(self._house, call.caller, claim.user, label, wanted.face, wanted.like)
        await enrolment.prepare(from_pictures=wanted.pictures)
        self._begin(call, claim, Enrolling(self._bench(call, claim), enrolment, wanted))

    async def enroll_picture(self, call: Call, name: str, picture: bytes) -> EnrollStep:
        """Take a shot from a picture."""
        action = self._enrolling(call)
        if not action.takes_pictures:
            raise refusal(Refusal.NO_ACTION_IN_PROGRESS, "this enrolment takes no pictures")
        with self._people.looking(call):
            return enroll_step(await action.add_picture(name, picture))

    async def enroll_finish(self, call: Call) -> None:
        """Take no more shots than are enough."""
        self._enrolling(call).finish()

    async def enroll_shots(self, call: Call) -> tuple[EnrollShot, ...]:
        """Return the shots that would be saved."""
        action = self._enrolling(call)
        await action.enrolment.decide()
        return tuple(map(enroll_shot, action.enrolment.shots.kept))

    async def enroll_save(self, call: Call, dropped: list[int]) -> None:
        """Let the shots be saved."""
        action = self._enrolling(call)
        await action.enrolment.decide()
        if self._enrolling(call) is not action or not action.waits_for_save:
            raise refusal(Refusal.NO_ACTION_IN_PROGRESS, "there is nothing to save, or not yet, or it is saved")
        action.save(frozenset(dropped))

    def _enrolling(self, call: Call) -> Enrolling:
        action = self._doing(call, Enrolling)
        if not action.running:
            raise refusal(Refusal.NO_ACTION_IN_PROGRESS, "the enrolment has ended")
        return action

    async def enroll_stop(self, call: Call) -> None:
        """End it; what is not saved is gone."""
        await self._stop(call, Enrolling)

    async def preview_start(self, call: Call) -> None:
        """Begin to show the camera."""
        claim = self._idle(call)
        await self._people.want(call, Right.VERIFY)
        permitted = partial(self._people.want, call, Right.VERIFY)
        self._begin(call, claim, Previewing(self._bench(call, claim), permitted))

    async def preview_stop(self, call: Call) -> None:
        """End it."""
        await self._stop(call, Previewing)

    async def next_frame(self, call: Call, after: int) -> tuple[int, bytes, Any]:
        """Return the newest frame of what runs."""
        action = self._owned(call).action
        showing = await action.screen.next(after) if action is not None and action.running else None
        if showing is None:
            raise refusal(Refusal.NO_ACTION_IN_PROGRESS, "nothing shows the camera now")
        return showing.number, showing.jpeg, analysis_of(showing.seen)


def _read(options: dict[str, Any], kind: type[Options]) -> Options:
    try:
        return msgspec.convert(options, kind)
    except msgspec.ValidationError as error:
        raise Refused(Reason.BAD_REQUEST, f"options: {error}") from error
