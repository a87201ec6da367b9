"""One verification, from the request to the verdict. Every fault on the way ends in `unavailable`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Band, Reason, ServiceClass, Verdict
from facelatch_eye.messages import Opened, Task, View, Watch
from facelatch_models.pack import Manifest, Pack, Role
from facelatchd.bouncer import Caller
from facelatchd.house import House, Refused, known_user
from facelatchd.look import Bar, Look, Step
from facelatchd.policy import POLKIT_SERVICE, gate_of_record, gate_of_request
from facelatchd.screen import Screen
from facelatchd.settings import ClassRule
from facelatchd.store import Attempt, StoreError, User
from facelatchd.watcher import EyeError

log = logging.getLogger(__name__)

ANSWER_TIME: Final = 0.4
"""Seconds kept back from what the door waits, to record the attempt and answer."""

_UNRECORDED: Final = {
    Reason.UNKNOWN_USER, Reason.NOT_ENROLLED, Reason.NOT_PERMITTED, Reason.SERVICE_REFUSED, Reason.REMOTE,
}  # fmt: skip
"""Gates that are no event in a user's history: they would bury what is one."""


class Ask(msgspec.Struct, frozen=True):
    """Who wants whom verified, and for what. `seconds` is how long the asker will wait, intent apart."""

    caller: Caller
    user: str
    service: str
    remote_host: str = ""
    command: str = ""
    seconds: float = 30.0
    can_ask: bool = False
    camera: str = ""
    face: str = ""
    """The id of the one face to compare with; empty for all of the user's."""
    authorised: bool = False
    """Set where somebody with the right to it has allowed the caller to ask about another user."""
    service_class: ServiceClass | None = None
    """Set where the judge itself asks (a try); else the service's own class holds."""


class Outcome(msgspec.Struct, frozen=True):
    """How a verification ended. `evidence` and `bound`, in nats, are for root's eyes only."""

    reason: Reason
    band: Band | None = None
    seconds: float = 0.0
    frames: int = 0
    took: dict[str, float] = {}
    evidence: float | None = None
    bound: float | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict, which the reason determines."""
        return self.reason.verdict


class Dialogue(Protocol):
    """The person at the door."""

    async def tell(self, text: str) -> None:
        """Show a text."""

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
            outcome = Outcome(refused.reason)
        except EyeError as error:
            log.error("%r for %r: the eye: %r", ask.service, ask.user, str(error))
            outcome = Outcome(error.reason)
        except StoreError as error:
            log.error("%r for %r: the store: %s", ask.service, ask.user, error)
            outcome = Outcome(Reason.STORE_FAILED)
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
        outcome = msgspec.structs.replace(outcome, seconds=time.monotonic() - self._began)
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
            await self._house.clerk.do(self._house.clerk.store.record_attempt, attempt)
        except (StoreError, ValueError) as error:
            log.error("%r for %r: the attempt cannot be recorded: %s", ask.service, ask.user, error)
            return Outcome(Reason.STORE_FAILED, seconds=outcome.seconds, frames=outcome.frames)
        return outcome

    async def _verify(self) -> None:
        """Pass the gates, have the intent, look."""
        ask = self._ask
        settings = self._house.settings()
        user = await known_user(ask.user)
        self._name = user.name
        rule = settings.rule(ask.service_class or settings.class_of(ask.service))
        templates, pack = await self._pass_gates(user, rule)
        manifest = pack.manifest
        assert rule is not None, "a service without a rule does not pass the gates"
        if rule.liveness and manifest.part(Role.LIVENESS) is None:
            raise Refused(Reason.NO_LIVENESS, f"pack {manifest.id} cannot tell life, and the policy wants it to")
        yardstick = await self._house.yardstick(pack)
        if rule.intent:
            await self._want_intent()
        no_face_seconds = settings.look.no_face_seconds
        bar = Bar.of(manifest, yardstick, rule.level, liveness=rule.liveness, no_face_seconds=no_face_seconds)
        self._bound = bar.bound
        self._look = Look(templates, bar)
        watch = Watch(
            camera=ask.camera or settings.camera.use,
            tasks=(Task.EMBED, Task.LIVENESS) if bar.live_threshold is not None else (Task.EMBED,),
            seconds=min(settings.look.seconds, self._time_left()),
        )
        await self._watch(self._look, watch, manifest)

    def _time_left(self) -> float:
        """Return the seconds until the asker must have its answer; raises `Refused` where none are left for a look."""
        spent = time.monotonic() - self._began - self._asked
        left = self._ask.seconds - ANSWER_TIME - spent
        if left <= 0:
            raise Refused(Reason.TIMEOUT, f"the gates took {spent:.1f} s, which leaves no time for a look")
        return left

    async def _pass_gates(self, user: User, rule: ClassRule | None) -> tuple[NDArray[np.float32], Pack]:
        """Return the user's templates, and the pack they are of, if no gate is shut; else raise `Refused`."""
        ask = self._ask
        permitted = ask.authorised or ask.caller.may_ask_about(user)
        if reason := gate_of_request(permitted=permitted, rule=rule, remote_host=ask.remote_host):
            raise Refused(reason)
        if ask.service == POLKIT_SERVICE and self._house.wants_password():
            raise Refused(Reason.SERVICE_REFUSED, "what polkit asks for just now wants the password")
        clerk = self._house.clerk
        await self._want_open_record(enrolled=bool(await clerk.do(clerk.store.faces, user)))
        pack = await self._house.chosen()
        templates = await clerk.do(clerk.store.templates, user, pack.manifest.space)
        if ask.face:
            templates = [template for template in templates if template.face_id == ask.face]
        if not templates:
            name = pack.manifest.id
            raise Refused(Reason.NOT_ENROLLED, f"no face of pack {name}: enrol anew, or use the pack of before")
        return np.stack([template.vector for template in templates]), pack

    async def _want_open_record(self, *, enrolled: bool) -> None:
        """Raise `Refused` where what is known of the user shuts a gate now."""
        run = await self._house.clerk.do(self._house.clerk.store.failure_run, self._name)
        since = (datetime.now(UTC) - run.last).total_seconds() if run.last else 0.0
        if reason := gate_of_record(enrolled=enrolled, mismatches=run.count, since=since):
            raise Refused(reason)

    async def _want_intent(self) -> None:
        """Let the person approve what is asked for before any camera opens; no way to ask is a no."""
        began = time.monotonic()
        if not self._ask.can_ask or not await self._dialogue.approve(self._ask):
            raise Refused(Reason.NO_INTENT)
        self._asked = time.monotonic() - began

    async def _begin_look(self, opened: Opened, watch: Watch) -> None:
        """Check what may have changed since the gates: minutes may have passed at the question, others' looks too."""
        self._camera = opened.camera.id
        self._house.refuse_virtual(opened.camera, watch.camera, self._ask.caller)
        await self._want_open_record(enrolled=True)
        await self._dialogue.tell("Look at the camera.")

    async def _watch(self, look: Look, watch: Watch, manifest: Manifest) -> None:
        opened_at = 0.0
        watching = self._house.watcher.watch(watch, manifest, self._ask.caller, self._screen)
        async with contextlib.aclosing(watching) as answers:
            async for answer in answers:
                if isinstance(answer, Opened):
                    await self._begin_look(answer, watch)
                    opened_at = time.monotonic()
                    continue
                step = look.add(answer, time.monotonic() - opened_at)
                self._on_frame(answer.view, look)
                if step is Step.END:
                    break
