"""One verification, from the request to the verdict. Every fault on the way ends in `unavailable`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

import msgspec

from facelatch.instructions import INSTRUCTIONS
from facelatch.types import Band, Gesture, Intent, Liveness, Reason, Verdict
from facelatch_eye.messages import Opened, Task, View, Watch
from facelatch_models.pack import Manifest, Role
from facelatch_models.yardstick import Yardstick
from facelatchd.cameras import wants_infrared
from facelatchd.challenge import Challenge
from facelatchd.gates import Admitted, Ask, Gates
from facelatchd.house import House, known_user
from facelatchd.intent import challenge_of, invitation_of, wants_question
from facelatchd.look import Bar, Look, Step
from facelatchd.refusal import Refused
from facelatchd.screen import Screen
from facelatchd.settings import ClassRule
from facelatchd.store import Attempt, StoreError
from facelatchd.store.errors import StoreRolledBack
from facelatchd.watcher import EyeError, Manners

log = logging.getLogger(__name__)

ANSWER_TIME: Final = 0.4
"""Seconds kept back from what the door waits, to record the attempt and answer."""

_UNRECORDED: Final = {
    Reason.UNKNOWN_USER, Reason.NOT_ENROLLED, Reason.NOT_PERMITTED, Reason.SERVICE_REFUSED, Reason.REMOTE,
    Reason.NOT_AT_SEAT, Reason.LID_CLOSED, Reason.PASSWORD_WANTED,
}  # fmt: skip
"""Gates that are no event in a user's history: they would bury what is one."""

_EXPLAINED: Final = {Reason.CAMERA_UNTRUSTED, Reason.PACK_TOO_WEAK, Reason.NO_LIVENESS}
"""Reasons that do not say by themselves what to do: which camera it was enrolled with, which pack would be enough."""

_TOLD: Final = {Reason.PASSWORD_WANTED, Reason.LOCKED_OUT}
"""Gates of which the person at the door is told: who knows nothing of them takes the face for broken."""

CHALLENGE_SECONDS: Final = 8.0
"""Seconds that gestures are given beyond what a look takes, as far as the door waits (`timeout=`)."""


class Outcome(msgspec.Struct, frozen=True):
    """How a verification ended. `evidence` and `bound`, in nats, are for root's eyes only.

    Of its `seconds`, `opening` passed until the camera's first frame (None where none came), `deciding` in the judge.
    """

    reason: Reason
    band: Band | None = None
    seconds: float = 0.0
    frames: int = 0
    took: dict[str, float] = {}
    opening: float | None = None
    deciding: float = 0.0
    evidence: float | None = None
    bound: float | None = None
    text: str = ""
    """What to do about pack or camera, for whoever tries his face; empty for all other reasons."""

    @property
    def verdict(self) -> Verdict:
        """The verdict, which the reason determines."""
        return self.reason.verdict


class Dialogue(Protocol):
    """The person at the door."""

    async def tell(self, text: str, *, wanted: bool = False) -> None:
        """Show a text; `wanted` for one without which the person could not do what is asked, where messages are off."""

    async def approve(self, ask: Ask) -> bool:
        """Ask whether what is asked for shall be approved by face; True for yes."""


class Verification:
    """One verification. `on_frame` hears of each frame's view; the screen shows the frames, where there is one."""

    def __init__(
        self,
        house: House,
        ask: Ask,
        dialogue: Dialogue,
        on_frame: Callable[[View, Look], None] = lambda view, look: None,
        screen: Screen | None = None,
    ) -> None:
        self._house = house
        self._ask = ask
        self._dialogue = dialogue
        self._on_frame = on_frame
        self._screen = screen
        self._look: Look | None = None
        self._camera = ""
        self._name = ask.user
        """As the account database spells it, once that is known: the lock-out must not depend on spelling."""
        self._bound = 0.0
        self._asked = 0.0
        self._opening: float | None = None
        self._deciding = 0.0
        self._told: Gesture | None = None
        self._started = datetime.now(UTC)
        self._began = time.monotonic()

    async def run(self) -> Outcome:
        """Return how it ended. Raises nothing but cancellation: a fault is an outcome, too."""
        ask = self._ask
        try:
            await self._verify()
        except asyncio.CancelledError:
            if self._look is not None:
                await self._record(self._counted(Outcome(Reason.CANCELLED)))
            raise
        except Refused as refused:
            log.info("%r for %r: %s", ask.service, ask.user, refused)
            outcome = Outcome(refused.reason, text=str(refused) if refused.reason in _EXPLAINED else "")
            if refused.reason in _TOLD:
                await self._dialogue.tell(str(refused))
        except EyeError as error:
            log.error("%r for %r: the eye: %r", ask.service, ask.user, str(error))
            outcome = Outcome(error.reason)
        except StoreError as error:
            log.error("%r for %r: the store: %s", ask.service, ask.user, error)
            outcome = Outcome(Reason.STORE_ROLLED_BACK if isinstance(error, StoreRolledBack) else Reason.STORE_FAILED)
        except Exception:  # the password must come, whatever went wrong here
            log.exception("%r for %r: a fault of the judge's", ask.service, ask.user)
            outcome = Outcome(Reason.INTERNAL)
        else:
            outcome = self._outcome()
        return await self._record(self._counted(outcome))

    def _outcome(self) -> Outcome:
        look = self._look
        assert look is not None, "a verification that ends well has looked"
        return Outcome(
            look.conclude(),
            band=look.band if look.counts else None,
            frames=look.frames,
            took={stage: total / look.frames for stage, total in look.took.items()},
            evidence=look.evidence if look.judged else None,
            bound=self._bound,
        )

    def _counted(self, outcome: Outcome) -> Outcome:
        """A mismatch stays one whatever ended the look: hanging up, or pulling the camera, makes no guess free."""
        if self._look is not None and self._look.conclude().verdict is Verdict.MISMATCH:
            return self._outcome()
        return outcome

    async def _record(self, outcome: Outcome) -> Outcome:
        """Write the attempt down before anybody hears of it: what cannot be recorded is not granted."""
        ask = self._ask
        seconds = time.monotonic() - self._began
        outcome = msgspec.structs.replace(outcome, seconds=seconds, opening=self._opening, deciding=self._deciding)
        log.info(
            "%r for %r: %s (%s), %d frames in %.2f s",
            ask.service, ask.user, outcome.verdict.value, outcome.reason.value, outcome.frames, outcome.seconds,
        )  # fmt: skip
        if outcome.reason in _UNRECORDED:
            return outcome
        try:
            attempt = Attempt(
                user=self._name,
                service=ask.service,
                verdict=outcome.verdict,
                reason=outcome.reason,
                band=outcome.band,
                started=self._started,
                seconds=outcome.seconds,
                frames=outcome.frames,
                camera=self._camera,
            )
            store, opens = self._house.clerk.store, not ask.opens_nothing
            await self._house.clerk.do(store.record_attempt, attempt, self._house.clock(), opens=opens)
        except (StoreError, ValueError) as error:
            log.error("%r for %r: the attempt cannot be recorded: %s", ask.service, ask.user, error)
            return Outcome(Reason.STORE_FAILED, seconds=outcome.seconds, frames=outcome.frames)
        return outcome

    async def _verify(self) -> None:
        """Pass the gates, have the intent, look."""
        user = await known_user(self._ask.user)
        self._name = user.name
        gates = Gates(self._house, self._ask)
        admitted = await gates.admit(user)
        try:
            if wants_question(self._ask, admitted.rule):
                admitted.forget()
                await self._want_intent()
                # Minutes may have passed: who sits there, which faces he has and what the settings say is asked anew.
                admitted = await gates.admit(user)
            yardstick = await self._house.yardstick(admitted.pack)
            self._deciding = time.monotonic() - self._began - self._asked
            await self._watch(gates, admitted, yardstick)
        finally:
            admitted.forget()
            if self._look is not None:
                self._look.forget()

    def _time_left(self) -> float:
        """Return the seconds until the asker must have its answer; raises `Refused` where none are left for a look."""
        spent = time.monotonic() - self._began - self._asked
        left = self._ask.seconds - ANSWER_TIME - spent
        if left <= 0:
            raise Refused(Reason.TIMEOUT, f"the gates took {spent:.1f} s, which leaves no time for a look")
        return left

    async def _want_intent(self) -> None:
        """Let the person approve what is asked for before any camera opens; no way to ask is a no."""
        if not self._ask.can_ask:
            raise Refused(Reason.NO_INTENT)
        self._house.watcher.rouse()  # it is ready when the person has answered
        began = time.monotonic()
        if not await self._dialogue.approve(self._ask):
            raise Refused(Reason.NO_INTENT)
        self._asked = time.monotonic() - began

    async def _watch(self, gates: Gates, admitted: Admitted, yardstick: Yardstick) -> None:
        rule, manifest = admitted.rule, admitted.pack.manifest
        challenge = challenge_of(rule, eyes=manifest.part(Role.EYES) is not None)
        watch = Watch(
            cameras=admitted.cameras,
            tasks=_tasks(rule, manifest),
            seconds=min(rule.seconds + (CHALLENGE_SECONDS if challenge else 0.0), self._time_left()),
            companion=wants_infrared(admitted.faces, admitted.settings.camera),
        )
        look: Look | None = None
        wanted_at, opened_at = time.monotonic(), 0.0
        manners = Manners.PAUSE if self._ask.opens_nothing else Manners.INSIST
        hold = partial(self._hold, admitted.settings.camera.hold)
        watching = self._house.watcher.watch(watch, manifest, self._ask.caller, self._screen, manners, hold)
        async with contextlib.aclosing(watching) as answers:
            async for answer in answers:
                if isinstance(answer, Opened):
                    opened_at = time.monotonic()
                    self._opening = opened_at - wanted_at
                    look = self._look = await self._begin_look(answer, gates, admitted, yardstick, challenge)
                    self._deciding += time.monotonic() - opened_at
                    continue
                assert look is not None, "a camera opens before it shows anything"
                came_at = time.monotonic()
                step = look.add(answer, came_at - opened_at)
                self._deciding += time.monotonic() - came_at
                if not answer.infrared:
                    self._on_frame(answer.view, look)
                await self._instruct(look)
                if step is Step.END:
                    break

    def _hold(self, seconds: float) -> float:
        """Return for how many seconds the camera is to run on: whose login has failed is about to try again."""
        failed = self._look is not None and self._look.conclude().verdict is not Verdict.MATCH
        return seconds if failed and not self._ask.opens_nothing else 0.0

    async def _begin_look(
        self, opened: Opened, gates: Gates, admitted: Admitted, yardstick: Yardstick, challenge: Challenge | None
    ) -> Look:
        """Check what may have changed since the gates: others' looks, behind which this one waited."""
        self._camera = opened.camera.id
        faces, templates = admitted.good_for(opened, self._ask)
        await gates.want_open_record(admitted.user, admitted.settings, enrolled=True)
        infrared = wants_infrared(faces, admitted.settings.camera)
        bar = Bar.of(admitted.pack.manifest, yardstick, admitted.rule, infrared=infrared)
        self._bound = bar.bound
        by_gesture = admitted.rule.intent is Intent.GESTURE
        await self._dialogue.tell(invitation_of(self._ask, admitted.rule), wanted=by_gesture)
        return Look(templates, bar, challenge)

    async def _instruct(self, look: Look) -> None:
        """Tell the person what to do next, once."""
        if look.instruction is not self._told:
            self._told = look.instruction
            if self._told is not None:
                await self._dialogue.tell(INSTRUCTIONS[self._told], wanted=True)


def _tasks(rule: ClassRule, manifest: Manifest) -> tuple[Task, ...]:
    """Return what the eye has to work out."""
    tasks = [Task.EMBED]
    if rule.liveness is not Liveness.OFF:
        tasks.append(Task.LIVENESS)
    if manifest.part(Role.EYES) is not None:
        tasks.append(Task.EYES)
    return tuple(tasks)
