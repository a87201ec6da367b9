"""What runs before a claimed camera: a verification, an enrolment or a preview, and how its client hears of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final

import msgspec

from facelatch.types import Enrolled, Failure, Reason, Refusal, ServiceClass, Tried, TryStep, View
from facelatch_eye import messages
from facelatch_eye.messages import Watch
from facelatchd.bouncer import Caller
from facelatchd.bus.faults import refusal, told_reason
from facelatchd.bus.summaries import enroll_step, face_summary
from facelatchd.cameras import candidates
from facelatchd.enrolment import BRISK, GUIDED, Enrolment, Progress
from facelatchd.gates import Ask
from facelatchd.house import House
from facelatchd.look import Look
from facelatchd.refusal import Refused
from facelatchd.screen import Screen
from facelatchd.store import StoreError, User
from facelatchd.verification import Outcome, Verification
from facelatchd.watcher import EyeError, Manners

log = logging.getLogger(__name__)

TRY_SERVICE: Final = "facelatch-try"

LONGEST_PREVIEW: Final = 600.0
UNWATCHED: Final = 5.0
"""Seconds without anybody asking for a frame after which a preview ends: a hung window must not keep the camera on."""

RECHECK: Final = 5.0
"""Seconds after which it is asked anew whether the person at a preview may see it."""

REVIEW: Final = 600.0
"""Seconds that a person gets to look through the shots before they are forgotten."""

WITHOUT_PERSON: Final = 30.0
"""Seconds between two pictures of an enrolment from pictures."""

STOPPING: Final = 1.0
"""Seconds that what is stopped gets to write down what it has seen."""

Signal = Callable[..., None]
"""Sends a signal of the camera's to the claimer: its name, then (signature, value) pairs."""


class Verify(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `VerifyStart`."""

    figures: bool = False
    preview: bool = False


class Enroll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `EnrollStart`."""

    face: str = ""
    pictures: bool = False
    review: bool = False
    like: str = ""


@dataclass(frozen=True)
class Bench:
    """Who sits before which camera (empty: none was named), and how the client is told."""

    house: House
    caller: Caller
    user: User
    camera: str
    signal: Signal


class Action(ABC):
    """Something that runs, and ends by itself or when it is stopped. Its client hears of every end but a stop."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.screen = Screen()
        self._task: asyncio.Task[None] | None = None
        self._why: Failure | None = None

    def start(self) -> None:
        """Begin, after what the loop does now: the caller's answer goes out first."""
        self._task = asyncio.create_task(self._run_to_the_end())

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        """End it, and wait until the camera is free, or a moment at most."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=STOPPING)
            self.screen.switch_off()  # a task that is cancelled before it has begun never gets to it

    async def interrupt(self, failure: Failure) -> None:
        """End it although its client did not ask for that, and tell him why."""
        task = self._task
        if task is None or task.done():
            return
        self._why = failure
        await self.stop()
        if task.cancelled() or not task.done():  # else it came to an end of its own meanwhile, and has told it
            self._tell_why()

    def _tell_why(self) -> None:
        """Tell the client, once, why he was interrupted."""
        if self._why is not None:
            why, self._why = self._why, None
            self.fail(why)

    async def _run_to_the_end(self) -> None:
        try:
            await self.run()
        except asyncio.CancelledError:
            self._tell_why()  # before the screen goes dark: whoever waits for a frame then shall know it already
            raise
        except (Refused, EyeError, StoreError) as error:
            self.fail(Failure(told_reason(error), str(error)))
        except Exception:  # the client must hear that it is over
            log.exception("a fault of the judge's")
            self.fail(Failure(Reason.INTERNAL, "a fault of the daemon's own; its log says more"))
        finally:
            self.screen.switch_off()

    @abstractmethod
    async def run(self) -> None:
        """Do it, and tell the client of a good end."""

    @abstractmethod
    def fail(self, failure: Failure) -> None:
        """Tell the client of another end."""


class Verifying(Action):
    """A look as the screen lock would have it, which opens nothing. `face` is the id of the one face that counts."""

    def __init__(self, bench: Bench, face: str, options: Verify) -> None:
        super().__init__(bench)
        self._face = face
        self._options = options
        self._verdict = Tried(Reason.CANCELLED.verdict, Reason.CANCELLED)

    async def verdict(self) -> Tried:
        """Return the verdict once there is one; without one it was cancelled."""
        assert self._task is not None, "started first"
        await asyncio.wait([self._task])
        return self._verdict

    async def run(self) -> None:
        """Verify, and tell each frame and the end."""
        bench = self.bench
        ask = Ask(
            caller=bench.caller,
            user=bench.user.name,
            service=TRY_SERVICE,
            camera=bench.camera,
            can_ask=True,
            face=self._face,
            authorised=True,
            service_class=ServiceClass.UNLOCK,
        )
        screen = self.screen if self._options.preview else None
        outcome = await Verification(bench.house, ask, self, self._on_frame, screen).run()
        self._end(self._tried(outcome))

    def fail(self, failure: Failure) -> None:
        """A fault is a verdict, too: nothing could be judged."""
        self._end(Tried(failure.reason.verdict, failure.reason))

    async def tell(self, text: str, *, wanted: bool = False) -> None:
        """A try needs no text from the judge: the client shows its own."""

    async def approve(self, ask: Ask) -> bool:
        """Whoever starts a try has said what he wants."""
        return True

    def _on_frame(self, seen: messages.View, look: Look) -> None:
        view = View(seen.value)
        if self._options.figures:
            evidence = look.evidence if look.judged else None
            step = TryStep(view, look.band, look.live, evidence, look.instruction)
        else:  # frame by frame, even a band would tell somebody who climbs which way is up
            step = TryStep(view, instruction=look.instruction)
        self._tell(f"verify-{view.value}", False, step)

    def _tried(self, outcome: Outcome) -> Tried:
        figures = self._options.figures
        return Tried(
            outcome.verdict,
            outcome.reason,
            outcome.band,
            outcome.seconds,
            outcome.frames,
            outcome.took,
            outcome.evidence if figures else None,
            outcome.bound if figures else None,
            outcome.text,
            outcome.opening,
            outcome.deciding,
        )

    def _end(self, tried: Tried) -> None:
        self._verdict = tried
        self._tell(f"verify-{tried.reason.ending}", True, tried)

    def _tell(self, result: str, done: bool, details: msgspec.Struct) -> None:
        self.bench.signal("VerifyStatus", ("s", result), ("b", done), ("a{sv}", details))


class Enrolling(Action):
    """An enrolment that has been prepared."""

    def __init__(self, bench: Bench, enrolment: Enrolment, options: Enroll) -> None:
        super().__init__(bench)
        self._enrolment = enrolment
        self._options = options
        self._reviewed = options.pictures
        self._finished = asyncio.Event()
        self._saved: asyncio.Future[Collection[int]] = asyncio.get_running_loop().create_future()
        self._last: Progress | None = None
        self._touched = time.monotonic()

    @property
    def takes_pictures(self) -> bool:
        """Whether `EnrollPicture` brings any more."""
        return self._options.pictures and not self._finished.is_set()

    @property
    def waits_for_save(self) -> bool:
        """Whether `EnrollSave` is what comes next."""
        return self._reviewed and not self._saved.done()

    @property
    def enrolment(self) -> Enrolment:
        """The enrolment itself."""
        return self._enrolment

    async def add_picture(self, name: str, picture: bytes) -> Progress:
        """Take a shot from a picture."""
        self._touched = time.monotonic()
        progress = await self._enrolment.add_picture(name, picture)
        if progress is None:
            raise refusal(Refusal.NO_ACTION_IN_PROGRESS, "there were no more pictures before this one was looked at")
        self._touched = time.monotonic()
        self._last = progress
        return progress

    def finish(self) -> None:
        """Take no more shots than there are."""
        self._enrolment.finish()
        self._finished.set()

    def save(self, dropped: Collection[int]) -> None:
        """Let the shots be saved but those dropped; where these cannot be, raises `Refused`, and nothing is lost."""
        shots = self._enrolment.shots
        known = {shot.number for shot in shots.kept}
        if unknown := set(dropped) - known:
            raise Refused(Reason.BAD_REQUEST, f"there is no shot {min(unknown)}")
        left = len(known) - len(dropped)
        if shots.enough and left < shots.fewest:
            raise Refused(Reason.BAD_REQUEST, f"{left} shots would be left, {shots.fewest} are needed: drop fewer")
        self._saved.set_result(dropped)
        self.finish()

    async def run(self) -> None:
        """Take the shots, wait for the review where one is wanted, save, and tell how it goes."""
        options, bench = self._options, self.bench
        if options.pictures:
            await self._all_pictures()
            await self._enrolment.decide()
            for progress in self._enrolment.judged():
                self._report(progress)
            self._enrolment.want_enough()
        else:
            patience, screen = (GUIDED, self.screen) if options.review else (BRISK, None)
            await self._enrolment.watch(bench.camera, patience, self._report, screen)
            self.screen.switch_off()
        dropped = await self._review() if options.pictures or options.review else ()
        face = await self._enrolment.save(dropped)
        missing = self._enrolment.shots.missing_poses
        turned = "the head was never turned that far; improve this face for a better one" if missing else ""
        text = "; ".join(filter(None, (turned, self._enrolment.remark)))
        self._tell("enroll-completed", True, Enrolled(face_summary(face, face.space), missing, text))

    def fail(self, failure: Failure) -> None:
        """Say what it came to; nothing is stored."""
        self._tell("enroll-failed", True, failure)

    async def _review(self) -> Collection[int]:
        """Return the shots to drop once the client has decided; raises `Refused` when it takes too long."""
        self._reviewed = True
        if self._last is not None and not self._saved.done():
            self._tell("enroll-review", False, enroll_step(self._last))
        await asyncio.wait([self._saved], timeout=REVIEW)
        if not self._saved.done():
            raise Refused(Reason.TIMEOUT, f"nothing was saved within {REVIEW:g} s, and nothing is stored")
        return self._saved.result()

    async def _all_pictures(self) -> None:
        """Wait until there are no more pictures; raises `Refused` when the next one takes too long to come."""
        while not self._finished.is_set():
            left = self._touched + WITHOUT_PERSON - time.monotonic()
            if left <= 0:
                raise Refused(Reason.TIMEOUT, f"no picture came for {WITHOUT_PERSON:g} s, and nothing is stored")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._finished.wait(), left)

    def _report(self, progress: Progress) -> None:
        self._last = progress
        self._touched = time.monotonic()
        self._tell("enroll-stage-passed" if progress.shot.taken else "enroll-retry-scan", False, enroll_step(progress))

    def _tell(self, result: str, done: bool, details: msgspec.Struct) -> None:
        last = self._last
        progress = min(1.0, last.kept / last.wanted) if last and last.wanted else float(done)
        self.bench.signal("EnrollStatus", ("s", result), ("b", done), ("d", progress), ("a{sv}", details))


class Previewing(Action):
    """Shows the camera to who has claimed it. `permitted` raises `Refused` when he may not see it any more."""

    def __init__(self, bench: Bench, permitted: Callable[[], Awaitable[None]]) -> None:
        super().__init__(bench)
        self._permitted = permitted

    async def run(self) -> None:
        """Show frames until nobody asks for any, a login needs the camera, or somebody else sits there."""
        work = [asyncio.create_task(self._watch()), asyncio.create_task(self._guard())]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _watch(self) -> None:
        bench = self.bench
        manifest = await bench.house.manifest()
        cameras = candidates(bench.house.settings().camera, (), bench.camera)
        watch = Watch(cameras, tasks=(), seconds=LONGEST_PREVIEW)
        watching = bench.house.watcher.watch(watch, manifest, bench.caller, self.screen, Manners.YIELD)
        async with contextlib.aclosing(watching) as sights:
            async for _sight in sights:
                if time.monotonic() - self.screen.watched > UNWATCHED:
                    raise Refused(Reason.TIMEOUT, f"nobody has asked for a frame for {UNWATCHED:g} s")
        raise Refused(Reason.TIMEOUT, f"a preview lasts {LONGEST_PREVIEW / 60:g} minutes at most")

    async def _guard(self) -> None:
        """Ask again and again whether he still may: sessions are switched, and the next person sits down."""
        while True:
            await asyncio.sleep(RECHECK)
            await self._permitted()

    def fail(self, failure: Failure) -> None:
        """Say why it has ended."""
        self.bench.signal("PreviewStatus", ("s", f"preview-{failure.reason.value}"), ("b", True), ("a{sv}", failure))
