"""The client of the daemon, over the bus. Its blocking twin is `facelatch.sync`.

async with await Daemon.connect() as daemon:
    print((await daemon.status()).version)
    async with await daemon.claim() as claim:
        async for step in claim.verify():
            print(step)
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from facelatch.claim import Claim, PreviewFrame
from facelatch.enrolment import Enrolment, Event, ReviewReady
from facelatch.errors import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.remote import DEFAULT_CAMERA, MANAGER, PASSWORD_PATIENCE, Remote
from facelatch.types import (
    Analysis,
    AttemptSummary,
    ExportReport,
    FaceSummary,
    Identified,
    Intent,
    Level,
    Liveness,
    PackReport,
    PersonSummary,
    PolicyReport,
    Refusal,
    ServiceClass,
    StandingReport,
    StatusReport,
)
from facelatch.wire import Wire

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

CAMERA_INTERFACE = "org.facelatch.Camera"
MANAGER_INTERFACE = "org.facelatch.Manager"


class Daemon:
    """The daemon, over a connection to the bus of one's own; as an async context manager it is closed at the end.

    The calls raise `BusError` for what the daemon refuses, `DaemonUnreachable` where there is none or it leaves,
    `ProtocolBroken` for an answer that is none of the contract's or does not come, and `ValueError` for what cannot
    travel. An empty user is the caller. Those that say so may have the desktop ask for a password meanwhile.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._manager = Remote(wire, MANAGER, MANAGER_INTERFACE)
        self._camera = Remote(wire, DEFAULT_CAMERA, CAMERA_INTERFACE)

    @classmethod
    async def connect(cls, address: str = "") -> Daemon:
        """Connect to the bus at a D-Bus address; raises `DaemonUnreachable` where none is.

        Without one it is the bus that the environment variable FACELATCH_BUS names, else the system's.
        The daemon itself need not run yet: the first call has the bus start it.
        """
        return cls(await Wire.open(address))

    async def close(self) -> None:
        """Leave the bus; the daemon ends what was begun over this connection."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        """Return the daemon."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bus."""
        await self.close()

    async def status(self) -> StatusReport:
        """Return how the daemon stands."""
        (report,) = await self._manager.ask(tuple[StatusReport], "GetStatus")
        return report

    async def pack(self) -> PackReport:
        """Return the pack in use, its networks, licences and figures."""
        (report,) = await self._manager.ask(tuple[PackReport], "GetPack")
        return report

    async def policy(self) -> PolicyReport:
        """Return what is asked for which service."""
        (report,) = await self._manager.ask(tuple[PolicyReport], "GetPolicy")
        return report

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
        """Change what holds for a class, and return the policy in force then; may ask for an administrator's password.

        What is None stays as it is. The daemon takes 0.5 <= `no_face_seconds` <= `seconds` <= 30.
        """
        words = {"level": level, "liveness": liveness, "intent": intent}
        times = {"seconds": seconds, "no_face_seconds": no_face_seconds}
        rule: dict[str, tuple[str, object]] = {} if allowed is None else {"allowed": ("b", allowed)}
        rule |= {key: ("s", word.value) for key, word in words.items() if word is not None}
        rule |= {key: ("d", float(time)) for key, time in times.items() if time is not None}
        (policy,) = await self._manager.ask(
            tuple[PolicyReport], "SetClassRule", "sa{sv}", service_class.value, rule, patience=PASSWORD_PATIENCE
        )
        return policy

    async def set_camera(self, camera: str) -> None:
        """Choose the camera that logins use by its id or path, empty for the first real one; may ask like the above."""
        await self._manager.ask(tuple[()], "SetCamera", "s", camera, patience=PASSWORD_PATIENCE)

    async def reload(self) -> PolicyReport:
        """Have the settings read anew, and return the policy in force then; may ask for an administrator's password.

        Raises `BusError` with `BAD_REQUEST` for settings that are wrong, whose text names file and line; those that
        held before hold on.
        """
        (policy,) = await self._manager.ask(tuple[PolicyReport], "Reload", patience=PASSWORD_PATIENCE)
        return policy

    async def standing(self, user: str = "") -> StandingReport:
        """Return how a user stands: whether a login by face can open now; about others, may ask for a password."""
        (report,) = await self._manager.ask(tuple[StandingReport], "GetStanding", "s", user, patience=PASSWORD_PATIENCE)
        return report

    async def export(self, user: str = "") -> ExportReport:
        """Return all that is stored about a user but the templates' numbers; about others, may ask for a password."""
        (report,) = await self._manager.ask(tuple[ExportReport], "Export", "s", user, patience=PASSWORD_PATIENCE)
        return report

    async def history(self, user: str = "", limit: int = 20) -> tuple[AttemptSummary, ...]:
        """Return a user's newest attempts, at most `limit` (1 to 1000); about others, may ask for a password."""
        (attempts,) = await self._manager.ask(
            tuple[tuple[AttemptSummary, ...]], "History", "su", user, limit, patience=PASSWORD_PATIENCE
        )
        return attempts

    async def analyse(self, picture: bytes, *, attributes: bool = False, identify: bool = False) -> Analysis:
        """Return what is in an encoded picture (JPEG, PNG, WebP; at most `LARGEST_PICTURE` bytes). Nothing is kept.

        attributes: tell as what each face is perceived, where the pack can. identify: tell who of all the enrolled each
        face is; may ask for an administrator's password.
        """
        options = {key: ("b", True) for key, wanted in (("attributes", attributes), ("identify", identify)) if wanted}
        (analysis,) = await self._manager.ask(
            tuple[Analysis], "Analyse", "aya{sv}", picture, options, patience=PASSWORD_PATIENCE
        )
        return analysis

    async def identify(self, camera: str = "") -> Identified:
        """Look once at who is before a camera, named as for `claim`, and return who of all the enrolled it is.

        May ask for an administrator's password. Raises `BusError` with the reason where no face could be judged.
        """
        remote = await self._find(camera) if camera else self._camera
        (identified,) = await remote.ask(tuple[Identified], "Identify", patience=PASSWORD_PATIENCE)
        return identified

    async def people(self) -> tuple[PersonSummary, ...]:
        """Return all who have a face, in the order of their names; may ask for an administrator's password."""
        (people,) = await self._manager.ask(tuple[tuple[PersonSummary, ...]], "GetPeople", patience=PASSWORD_PATIENCE)
        return people

    async def faces(self, user: str = "") -> tuple[FaceSummary, ...]:
        """Return a user's faces, oldest first; about others, may ask for a password."""
        (faces,) = await self._camera.ask(
            tuple[tuple[FaceSummary, ...]], "ListEnrolledFaces", "s", user, patience=PASSWORD_PATIENCE
        )
        return faces

    async def claim(self, user: str = "", camera: str = "") -> Claim:
        """Claim a camera for a user; for others than oneself, may ask for a password.

        `camera` is the id or device path of one that is connected, empty for the one that a login would use. Raises
        `BusError` with `NO_SUCH_CAMERA` for another, and with `ALREADY_IN_USE` while somebody else has claimed it.
        """
        remote = await self._find(camera) if camera else self._camera
        await remote.begin("Claim", "Release", "s", user)
        return Claim(remote)

    async def claim_guest(self, name: str) -> Claim:
        """Claim a camera for a person without an account, who is to be identified only; may ask like `identify`.

        Raises `BusError` with `BAD_REQUEST` for a name that an account has, or that nobody can have.
        """
        await self._camera.begin("ClaimGuest", "Release", "s", name)
        return Claim(self._camera)

    async def _find(self, camera: str) -> Remote:
        connected = [one for one in (await self.status()).cameras if one.object]
        for one in connected:
            if camera in (one.id, one.path):
                return Remote(self._wire, one.object, CAMERA_INTERFACE)
        known = ", ".join(one.path for one in connected) or "none"
        raise BusError(Refusal.NO_SUCH_CAMERA, f"no camera {camera!r} is connected; connected are: {known}")
