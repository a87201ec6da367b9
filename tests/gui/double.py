"""A daemon that says what a test lets it say: the same methods as `facelatch.bus.Daemon`, and no bus.

Set the answers before or during a test. Each may be an exception, which is raised instead. `calls` tells what was
asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from types import TracebackType
from typing import Self, TypeVar, cast

import msgspec

from facelatch.bus import BusError, Claim, Daemon, DaemonUnreachable, Event, PreviewFrame, ReviewReady
from facelatch.types import (
    Analysis,
    AttemptSummary,
    Band,
    Enrolled,
    EnrollShot,
    EnrollStep,
    FaceSummary,
    Hint,
    Intent,
    Level,
    Liveness,
    PackPart,
    PackReport,
    PolicyReport,
    Pose,
    Reason,
    Refusal,
    ServiceClass,
    StandingReport,
    StatusReport,
    Tried,
    TryStep,
    Verdict,
    View,
)
from tests.gui.samples import COMPLETE, FACE, POLICY, STANDING, STATUS, analysis, picture, shots

T = TypeVar("T")


def answer(value: T | Exception) -> T:
    """Return the value, or raise it where it is an error."""
    if isinstance(value, Exception):
        raise value
    return value


class Gate:
    """Lets through while it is open. It is opened on another thread than it is waited at, so it is looked at."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open

    async def wait(self) -> None:
        while not self.is_open:
            await asyncio.sleep(0.002)


class DoubleEnrolment:
    """An enrolment that goes through its steps, waits for its review, and is stored."""

    def __init__(self, daemon: DoubleDaemon, review: bool, pictures: bool) -> None:
        self._daemon = daemon
        self._events = self._judged() if pictures else self._live(review)
        self._saved = Gate(is_open=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        return await anext(self._events)

    async def _live(self, review: bool) -> AsyncGenerator[Event, None]:
        daemon = self._daemon
        for step in daemon.enrol_steps:
            await asyncio.sleep(daemon.pace)
            daemon.check()
            yield answer(step)
        await daemon.hold.wait()
        daemon.check()
        if review:
            yield ReviewReady(EnrollStep(8, 8, True, Hint.DONE, covered=tuple(Pose)))
            daemon.running = False
            while not self._saved.is_open:
                daemon.check()
                await asyncio.sleep(0.002)
        yield answer(daemon.enrolled)

    async def _judged(self) -> AsyncGenerator[Event, None]:
        daemon = self._daemon
        for step in daemon.judged:
            yield answer(step)
        yield ReviewReady(EnrollStep(3, 16, True))
        while not self._saved.is_open:
            daemon.check()
            await asyncio.sleep(0.002)
        yield answer(daemon.enrolled)

    async def add_picture(self, name: str, picture: bytes) -> EnrollStep:
        daemon = self._daemon
        daemon.calls.append(("add_picture", name))
        await asyncio.sleep(daemon.pace)
        await daemon.hold.wait()
        daemon.check()
        return EnrollStep(1, 16, True, name=name)

    async def shots(self) -> tuple[EnrollShot, ...]:
        return answer(self._daemon.shots)

    async def save(self, dropped: Collection[int] = ()) -> None:
        self._daemon.calls.append(("save", frozenset(dropped)))
        self._saved.is_open = True

    async def finish(self) -> None:
        self._daemon.calls.append(("finish",))
        self._daemon.hold.is_open = True

    async def stop(self) -> None:
        self._daemon.running = False
        self._daemon.calls.append(("stop_enrolment",))


class DoubleClaim:
    """A claim on the double's camera."""

    def __init__(self, daemon: DoubleDaemon, camera: str) -> None:
        self._daemon = daemon
        self._camera = camera

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.release()

    async def release(self) -> None:
        await asyncio.sleep(self._daemon.pace)
        self._daemon.running = False
        self._daemon.claims -= 1
        self._daemon.calls.append(("release",))

    async def rename_face(self, face: str, label: str) -> FaceSummary:
        daemon = self._daemon
        daemon.calls.append(("rename", face, label))
        daemon.check(daemon.rename_error)
        daemon.enrolled_faces = tuple(
            msgspec.structs.replace(one, label=label) if one.id == face else one for one in daemon.enrolled_faces
        )
        return next(one for one in daemon.enrolled_faces if one.id == face)

    async def delete_face(self, face: str) -> FaceSummary:
        daemon = self._daemon
        daemon.calls.append(("delete", face))
        daemon.check(daemon.delete_error)
        deleted = next(one for one in daemon.enrolled_faces if one.id == face)
        daemon.enrolled_faces = tuple(one for one in daemon.enrolled_faces if one.id != face)
        return deleted

    async def delete_faces(self) -> tuple[FaceSummary, ...]:
        deleted, self._daemon.enrolled_faces = self._daemon.enrolled_faces, ()
        return deleted

    async def verify(
        self, face: str = "", *, figures: bool = False, preview: bool = False
    ) -> AsyncGenerator[TryStep | Tried, None]:
        daemon = self._daemon
        daemon.calls.append(("verify", figures))
        daemon.check(daemon.figures_error if figures else None)
        daemon.running = preview
        for step in daemon.try_steps:
            await asyncio.sleep(daemon.pace)
            daemon.check()
            yield answer(step)
        await daemon.hold.wait()
        daemon.check()
        daemon.running = False
        daemon.check()
        yield answer(daemon.tried)

    async def enroll(
        self, label: str = "", *, face: str = "", pictures: bool = False, review: bool = False, like: str = ""
    ) -> DoubleEnrolment:
        daemon = self._daemon
        daemon.calls.append(("enroll", label, face))
        await daemon.password.wait()
        daemon.check(daemon.enrol_error)
        daemon.running = True
        return DoubleEnrolment(daemon, review, pictures)

    async def start_preview(self) -> None:
        self._daemon.calls.append(("start_preview", self._camera))
        self._daemon.check(self._daemon.preview_error)
        self._daemon.running = True

    async def stop_preview(self) -> None:
        self._daemon.running = False

    async def next_frame(self, after: int = 0) -> PreviewFrame:
        daemon = self._daemon
        for pause in (0.0, daemon.pace):
            await asyncio.sleep(pause)
            daemon.check()
            if not daemon.running:
                raise BusError(Refusal.NO_ACTION_IN_PROGRESS, "nothing runs") from daemon.preview_ended
        daemon.frames_fetched += 1
        return PreviewFrame(after + 1, daemon.pictures[after % len(daemon.pictures)], daemon.overlay)


class DoubleDaemon:
    """The double. `lose` makes it vanish, `come_back` brings it back; `connect` is what a courier is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.pace = 0.001
        """Seconds between two frames or steps."""
        self.present = True
        self.running = False
        self.claims = 0
        self.frames_fetched = 0
        self.hold = Gate()
        """Keeps what runs from ending while it is shut."""
        self.password = Gate()
        """Keeps an enrolment from beginning while it is shut, as an open password dialog does."""
        self.pictures: Sequence[bytes] = [picture(number) for number in range(4)]
        self.overlay = analysis()
        self.status_report: StatusReport | Exception = STATUS
        self.pack_report: PackReport | Exception = PackReport(
            id="open", title="Open pack", parts=(PackPart("liveness", "life", "MIT", "", 1),), levels=tuple(Level)
        )
        self.policy_report: PolicyReport | Exception = POLICY
        self.standing_report: StandingReport | Exception = STANDING
        self.attempts: tuple[AttemptSummary, ...] | Exception = ()
        self.enrolled_faces: tuple[FaceSummary, ...] = ()
        self.analysed: Analysis | Exception = analysis()
        self.identify_error: Exception | None = None
        self.faces_error: Exception | None = None
        self.claim_error: Exception | None = None
        self.rename_error: Exception | None = None
        self.delete_error: Exception | None = None
        self.enrol_error: Exception | None = None
        self.preview_error: Exception | None = None
        self.preview_ended: BusError | None = None
        """Why nothing runs any more."""
        self.figures_error: Exception | None = None
        self.enrol_steps: Sequence[EnrollStep | Exception] = COMPLETE
        self.judged: Sequence[EnrollStep | Exception] = ()
        """What becomes of the pictures that are sent."""
        self.shots: tuple[EnrollShot, ...] | Exception = shots()
        self.enrolled: Enrolled | Exception = Enrolled(FACE)
        self.try_steps: Sequence[TryStep | Exception] = (TryStep(View.NO_FACE), TryStep(View.CLEAR))
        self.tried: Tried | Exception = Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 0.8, 5)

    async def connect(self) -> Daemon:
        """Stand in for `Daemon.connect`."""
        self.calls.append(("connect",))
        self.check()
        return cast(Daemon, self)

    def lose(self) -> None:
        """Be gone, for everything that runs and that is asked."""
        self.present = False
        self.hold.is_open = True

    def come_back(self) -> None:
        """Be there again."""
        self.present = True

    def check(self, error: Exception | None = None) -> None:
        """Raise what a call runs into."""
        if not self.present:
            raise DaemonUnreachable("nobody owns org.facelatch")
        if error is not None:
            raise error

    def called(self, name: str) -> list[tuple[object, ...]]:
        """Return the calls of that name, in order."""
        return [call for call in self.calls if call[0] == name]

    async def close(self) -> None:
        self.calls.append(("close",))

    async def status(self) -> StatusReport:
        self.check()
        return answer(self.status_report)

    async def pack(self) -> PackReport:
        self.check()
        return answer(self.pack_report)

    async def policy(self) -> PolicyReport:
        self.check()
        return answer(self.policy_report)

    async def set_class_rule(
        self,
        service_class: ServiceClass,
        *,
        allowed: bool | None = None,
        level: Level | None = None,
        liveness: Liveness | None = None,
        intent: Intent | None = None,
        seconds: float | None = None,
        no_face_seconds: float | None = None,
    ) -> PolicyReport:
        self.calls.append(("set_class_rule", service_class, allowed, level, liveness, intent))
        self.check()
        return answer(self.policy_report)

    async def set_camera(self, camera: str) -> None:
        self.calls.append(("set_camera", camera))
        self.check()

    async def standing(self, user: str = "") -> StandingReport:
        self.check()
        return answer(self.standing_report)

    async def history(self, user: str = "", limit: int = 20) -> tuple[AttemptSummary, ...]:
        self.check()
        return answer(self.attempts)

    async def faces(self, user: str = "") -> tuple[FaceSummary, ...]:
        self.check(self.faces_error)
        return self.enrolled_faces

    async def analyse(self, picture: bytes, *, attributes: bool = False, identify: bool = False) -> Analysis:
        self.calls.append(("analyse", len(picture), attributes, identify))
        self.check(self.identify_error if identify else None)
        return answer(self.analysed)

    async def claim(self, user: str = "", camera: str = "") -> Claim:
        self.check(self.claim_error)
        if self.claims:
            raise BusError(Refusal.ALREADY_IN_USE, "somebody has claimed the camera")
        self.claims += 1
        self.calls.append(("claim", camera))
        return cast(Claim, DoubleClaim(self, camera))
