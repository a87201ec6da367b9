"""The client of the daemon for programs that wait: `facelatch.bus` with the same names, blocking.

Arguments, answers and errors are those of `facelatch.bus`. Ctrl-C ends what was waited for, tells the daemon so, and
raises `KeyboardInterrupt`. All that comes from one `Daemon` belongs to one thread, one without a running event loop.

    with Daemon.connect() as daemon, daemon.claim() as claim:
        for step in claim.verify():
            print(step)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Generator
from types import TracebackType
from typing import Any, Self, TypeVar

from facelatch import bus
from facelatch.bus import BusError, DaemonUnreachable, Event, PreviewFrame, ProtocolBroken, ReviewReady
from facelatch.types import (
    Analysis,
    AttemptSummary,
    EnrollShot,
    EnrollStep,
    ExportReport,
    FaceSummary,
    Identified,
    Intent,
    Level,
    Liveness,
    PackReport,
    PersonSummary,
    PolicyReport,
    ServiceClass,
    StandingReport,
    StatusReport,
    Tried,
    TryStep,
)

__all__ = [
    "BusError",
    "Claim",
    "Daemon",
    "DaemonUnreachable",
    "Enrolment",
    "Event",
    "PreviewFrame",
    "ProtocolBroken",
    "ReviewReady",
]

Result = TypeVar("Result")


class _Loop:
    """The event loop that a daemon's connection lives in; it turns only while somebody waits."""

    def __init__(self) -> None:
        # With a factory, the thread's own notion of its loop is left alone.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.closed = False

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return self._runner.run(work)
        except asyncio.CancelledError as error:  # what is left of a Ctrl-C that met something else that was cancelled
            raise KeyboardInterrupt from error

    def each(self, steps: AsyncIterator[Result]) -> Generator[Result, None, None]:
        while (step := self.wait(_next(steps))) is not None:
            yield step

    def close(self) -> None:
        self.closed = True
        self._runner.close()


async def _next(steps: AsyncIterator[Result]) -> Result | None:
    return await anext(steps, None)


class Daemon:
    """The daemon, over a connection to the bus of one's own; as a context manager it is closed at the end."""

    def __init__(self, loop: _Loop, daemon: bus.Daemon) -> None:
        self._loop = loop
        self._daemon = daemon

    @classmethod
    def connect(cls, address: str = "") -> Daemon:
        """Connect to the bus at an address, by default that of FACELATCH_BUS, else the system's.

        Raises `DaemonUnreachable` where none is.
        """
        loop = _Loop()
        try:
            return cls(loop, loop.wait(bus.Daemon.connect(address)))
        except BaseException:
            loop.close()
            raise

    def close(self) -> None:
        """Leave the bus; the daemon ends what was begun over this connection."""
        if not self._loop.closed:
            try:
                self._loop.wait(self._daemon.close())
            finally:
                self._loop.close()

    def __enter__(self) -> Self:
        """Return the daemon."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bus."""
        self.close()

    def status(self) -> StatusReport:
        """Return how the daemon stands."""
        return self._loop.wait(self._daemon.status())

    def pack(self) -> PackReport:
        """Return the pack in use."""
        return self._loop.wait(self._daemon.pack())

    def policy(self) -> PolicyReport:
        """Return what is asked for which service."""
        return self._loop.wait(self._daemon.policy())

    def set_class_rule(
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
        """Change what holds for a class, and return the policy in force then; may ask for a password."""
        return self._loop.wait(
            self._daemon.set_class_rule(
                service_class,
                allowed=allowed,
                level=level,
                liveness=liveness,
                intent=intent,
                seconds=seconds,
                no_face_seconds=no_face_seconds,
            )
        )

    def set_camera(self, camera: str) -> None:
        """Choose the camera that logins use by its id or path, empty for the first real one."""
        self._loop.wait(self._daemon.set_camera(camera))

    def reload(self) -> PolicyReport:
        """Have the settings read anew, and return the policy in force then; may ask for a password."""
        return self._loop.wait(self._daemon.reload())

    def standing(self, user: str = "") -> StandingReport:
        """Return how a user stands: whether a login by face can open now."""
        return self._loop.wait(self._daemon.standing(user))

    def export(self, user: str = "") -> ExportReport:
        """Return all that is stored about a user but the templates' numbers."""
        return self._loop.wait(self._daemon.export(user))

    def history(self, user: str = "", limit: int = 20) -> tuple[AttemptSummary, ...]:
        """Return a user's newest attempts, at most `limit` (1 to 1000)."""
        return self._loop.wait(self._daemon.history(user, limit))

    def faces(self, user: str = "") -> tuple[FaceSummary, ...]:
        """Return a user's faces, oldest first."""
        return self._loop.wait(self._daemon.faces(user))

    def analyse(self, picture: bytes, *, attributes: bool = False, identify: bool = False) -> Analysis:
        """Return what is in an encoded picture."""
        return self._loop.wait(self._daemon.analyse(picture, attributes=attributes, identify=identify))

    def identify(self, camera: str = "") -> Identified:
        """Look once at who is before a camera, and return who of all the enrolled it is."""
        return self._loop.wait(self._daemon.identify(camera))

    def people(self) -> tuple[PersonSummary, ...]:
        """Return all who have a face, in the order of their names."""
        return self._loop.wait(self._daemon.people())

    def claim_guest(self, name: str) -> Claim:
        """Claim a camera for a person without an account, who is enrolled to be identified only."""
        return Claim(self._loop, self._loop.wait(self._daemon.claim_guest(name)))

    def claim(self, user: str = "", camera: str = "") -> Claim:
        """Claim a camera, by its id or device path, for a user."""
        return Claim(self._loop, self._loop.wait(self._daemon.claim(user, camera)))


class Claim:
    """A camera claimed for a user; as a context manager it is released at the end."""

    def __init__(self, loop: _Loop, claim: bus.Claim) -> None:
        self._loop = loop
        self._claim = claim

    def __enter__(self) -> Self:
        """Return the claim."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the camera."""
        self._loop.wait(self._claim.__aexit__(kind, error, trace))

    def release(self) -> None:
        """End whatever runs, and the claim."""
        self._loop.wait(self._claim.release())

    def rename_face(self, face: str, label: str) -> FaceSummary:
        """Give a face a new label."""
        return self._loop.wait(self._claim.rename_face(face, label))

    def delete_face(self, face: str) -> FaceSummary:
        """Remove a face."""
        return self._loop.wait(self._claim.delete_face(face))

    def delete_faces(self) -> tuple[FaceSummary, ...]:
        """Remove all of the user's faces, and return them."""
        return self._loop.wait(self._claim.delete_faces())

    def verify(
        self, face: str = "", *, figures: bool = False, preview: bool = False
    ) -> Generator[TryStep | Tried, None, None]:
        """Look once, and yield what each frame showed, then the verdict; closing the generator ends the look."""
        steps = self._claim.verify(face, figures=figures, preview=preview)
        try:
            yield from self._loop.each(steps)
        finally:
            # A generator that is left to itself may outlive the connection, and the look has ended with that.
            if not self._loop.closed:
                self._loop.wait(steps.aclose())

    def enroll(
        self, label: str = "", *, face: str = "", pictures: bool = False, review: bool = False, like: str = ""
    ) -> Enrolment:
        """Begin to enrol a face."""
        work = self._claim.enroll(label, face=face, pictures=pictures, review=review, like=like)
        return Enrolment(self._loop, self._loop.wait(work))

    def start_preview(self) -> None:
        """Show the camera."""
        self._loop.wait(self._claim.start_preview())

    def stop_preview(self) -> None:
        """End the preview."""
        self._loop.wait(self._claim.stop_preview())

    def next_frame(self, after: int = 0) -> PreviewFrame:
        """Return the newest frame of what runs, as soon as there is one with a number above `after`."""
        return self._loop.wait(self._claim.next_frame(after))


class Enrolment:
    """An enrolment, as the iterator of what happens; as a context manager it is stopped at the end."""

    def __init__(self, loop: _Loop, enrolment: bus.Enrolment) -> None:
        self._loop = loop
        self._enrolment = enrolment

    def __enter__(self) -> Self:
        """Return the enrolment."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the enrolment."""
        self._loop.wait(self._enrolment.__aexit__(kind, error, trace))

    def __iter__(self) -> Generator[Event, None, None]:
        """Yield what happens; the last is `Enrolled`."""
        return self._loop.each(self._enrolment)

    def add_picture(self, name: str, picture: bytes) -> EnrollStep:
        """Send an encoded picture, and return what there is to say of it by itself."""
        return self._loop.wait(self._enrolment.add_picture(name, picture))

    def finish(self) -> None:
        """Take no more shots or pictures, and go on with those there are; iterating tells which pictures are kept."""
        self._loop.wait(self._enrolment.finish())

    def shots(self) -> tuple[EnrollShot, ...]:
        """Return the shots that would be saved, with their pictures."""
        return self._loop.wait(self._enrolment.shots())

    def save(self, dropped: Collection[int] = ()) -> None:
        """Save the shots but those dropped, by their numbers; iterating then tells what came of it."""
        self._loop.wait(self._enrolment.save(dropped))

    def stop(self) -> None:
        """End the enrolment; what is not saved is gone."""
        self._loop.wait(self._enrolment.stop())
