"""The daemon as a whole on the bus: cameras, pack, policy, history, pictures."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.limits import LARGEST_PICTURE
from facelatch.types import (
    EYE_READY,
    Analysis,
    AttemptSummary,
    ExportReport,
    FaceSummary,
    Identified,
    PackReport,
    PersonSummary,
    PolicyReport,
    Reason,
    StandingReport,
    StatusReport,
)
from facelatch_eye.messages import CameraInfo, Description, SeenFace, Task
from facelatch_models.pack import Role
from facelatchd.bus.adapter import Call
from facelatchd.bus.authority import Right
from facelatchd.bus.people import People
from facelatchd.bus.roster import DEFAULT, Roster
from facelatchd.bus.summaries import (
    analysis_of,
    attempt_summary,
    camera_summary,
    export_report,
    pack_report,
    person_summary,
    policy_report,
    standing_report,
)
from facelatchd.cameras import is_named
from facelatchd.choices import Choices
from facelatchd.house import House
from facelatchd.identification import who
from facelatchd.refusal import Refused
from facelatchd.settings import CameraRule, check_document
from facelatchd.shots import vector_of
from facelatchd.store import MOST_ROWS, Person, User
from facelatchd.store.everybody import MOST_LISTED
from facelatchd.watcher import EyeError

log = logging.getLogger(__name__)

INTERFACE: Final = "org.facelatch.Manager"


class Questions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `Analyse`."""

    attributes: bool = False
    identify: bool = False


class Manager:
    """The manager's object."""

    version = importlib.metadata.version("facelatch")

    def __init__(self, house: House, people: People, roster: Roster, choices: Choices) -> None:
        self._house = house
        self._people = people
        self._roster = roster
        self._choices = choices
        self._changing = asyncio.Lock()
        """Held so that one thread at most waits for a disk: there are few, and logins need them."""

    async def get_cameras(self, call: Call) -> tuple[str, ...]:
        """Return the objects of the cameras that are connected."""
        description = await self._house.watcher.describe()
        return self._roster.update(description.cameras)

    async def get_default_camera(self, call: Call) -> str:
        """Return the object of the camera that logins use."""
        return DEFAULT

    async def get_status(self, call: Call) -> StatusReport:
        """Return how everything stands."""
        settings = self._house.settings()
        pack, pack_problem = "", ""
        try:
            manifest = await self._house.manifest()
            pack = f"{manifest.id} {manifest.version}"
        except Refused as refused:
            pack_problem = str(refused)
        description, eye = await self._describe()
        paths = self._roster.update(description.cameras)
        clerk = self._house.clerk
        return StatusReport(
            version=self.version,
            pack=pack,
            pack_problem=pack_problem,
            eye=eye,
            cameras=tuple(map(camera_summary, description.cameras, paths)),
            camera=settings.camera.use,
            camera_problem=camera_problem(settings.camera, description.cameras) if eye == EYE_READY else "",
            enrolled_users=await clerk.do(clerk.store.enrolled_users),
            services={
                service: service_class.value
                for service_class, rule in settings.rules.items()
                if rule.allowed
                for service in rule.services
            },
        )

    async def _describe(self) -> tuple[Description, str]:
        """Return what the eye says of itself, and whether it is ready, or why not."""
        try:
            description = await self._house.watcher.describe()
        except EyeError as error:
            return Description(cameras=()), str(error)
        return description, description.problem.text if description.problem else EYE_READY

    async def get_pack(self, call: Call) -> PackReport:
        """Return the pack in use."""
        try:
            return pack_report(await self._house.manifest())
        except Refused as refused:
            return PackReport(problem=str(refused))

    async def get_policy(self, call: Call) -> PolicyReport:
        """Return the policy in force."""
        return policy_report(self._choices.settings, self._choices.sources)

    async def set_class_rule(self, call: Call, service_class: str, rule: dict[str, Any]) -> PolicyReport:
        """Change the rule of a service class."""
        if "services" in rule:
            text = "services: which service belongs to which class is written in the settings file alone"
            raise Refused(Reason.BAD_REQUEST, text)
        check_document({"class": {service_class: rule}})
        await self._want_to_configure(call)
        await self._choose("class", service_class, **rule)
        return await self.get_policy(call)

    async def reload(self, call: Call) -> PolicyReport:
        """Read the settings anew."""
        await self._want_to_configure(call)
        async with self._changing:
            await asyncio.to_thread(self._choices.reload)
        log.info("the settings are read anew: uid %d wants it", call.caller.uid)
        return await self.get_policy(call)

    async def set_camera(self, call: Call, camera: str) -> None:
        """Choose the camera that logins use."""
        await self._want_to_configure(call)
        if camera.startswith("file:"):
            raise Refused(Reason.BAD_REQUEST, f"{camera}: a file is no camera; only the settings file may name one")
        rule = msgspec.structs.replace(self._house.settings().camera, use=camera)
        if camera and (problem := camera_problem(rule, (await self._house.watcher.describe()).cameras)):
            raise Refused(Reason.NO_CAMERA, problem)
        await self._choose("camera", use=camera)

    async def _want_to_configure(self, call: Call) -> None:
        """Raise `Refused` unless the caller may; who may not even verify opens no dialog."""
        await self._people.want(call, Right.VERIFY)
        await self._people.want(call, Right.CONFIGURE)

    async def _choose(self, *keys: str, **values: Any) -> None:
        async with self._changing:
            await asyncio.to_thread(self._choices.choose, *keys, **values)

    async def get_standing(self, call: Call, name: str) -> StandingReport:
        """Return what decides, beside a user's face, whether a login by face can open now."""
        user = await self._people.meant(call, name)
        _faces, standing = await self._known_of(user)
        return standing

    async def export(self, call: Call, name: str) -> ExportReport:
        """Return all that is stored about a user, the templates' numbers apart."""
        user = await self._people.meant(call, name, Right.EXPORT)
        faces, standing = await self._known_of(user)
        clerk = self._house.clerk
        attempts = await clerk.do(clerk.store.attempts, user.name, MOST_ROWS)
        return export_report(user, standing, faces, attempts, self._house.clock())

    async def _known_of(self, user: User) -> tuple[tuple[FaceSummary, ...], StandingReport]:
        clerk = self._house.clerk
        faces = await self._people.summaries(await clerk.do(clerk.store.faces, user))
        standing = await clerk.do(clerk.store.standing, user)
        return faces, standing_report(user, faces, standing, self._house.settings().password, self._house.clock())

    async def history(self, call: Call, name: str, limit: int) -> tuple[AttemptSummary, ...]:
        """Return a user's newest attempts."""
        if not 1 <= limit <= MOST_ROWS:
            raise Refused(Reason.BAD_REQUEST, f"limit: expected 1 to {MOST_ROWS}")
        user = await self._people.meant(call, name)
        clerk = self._house.clerk
        return tuple(map(attempt_summary, await clerk.do(clerk.store.attempts, user.name, limit)))

    async def get_people(self, call: Call) -> tuple[PersonSummary, ...]:
        """Return all who have a face."""
        await self._people.want_all(call)
        clerk = self._house.clerk
        try:
            space = (await self._house.manifest()).space
        except Refused:
            space = ""  # no pack can be used, and no face with it
        people: list[Person] = []
        more = True
        while more:  # in pieces, between which a login has its turn at the store
            some = await clerk.do(clerk.store.everybody.people, space, people[-1].user.name if people else "")
            people += some
            more = len(some) == MOST_LISTED
        return tuple(map(person_summary, people))

    async def analyse(self, call: Call, picture: bytes, options: dict[str, Any]) -> Analysis:
        """Return what is in a picture."""
        if not 1 <= len(picture) <= LARGEST_PICTURE:
            raise Refused(Reason.BAD_REQUEST, f"a picture of {len(picture)} bytes: expected 1 to {LARGEST_PICTURE}")
        try:
            wanted = msgspec.convert(options, Questions)
        except msgspec.ValidationError as error:
            raise Refused(Reason.BAD_REQUEST, f"options: {error}") from error
        await self._people.want_to_analyse(call, identify=wanted.identify)
        with self._people.looking(call):
            return await self._analysed(picture, wanted)

    async def _analysed(self, picture: bytes, wanted: Questions) -> Analysis:
        watcher = self._house.watcher
        pack = await self._house.chosen()
        manifest = pack.manifest
        tasks = [Task.QUALITY, Task.LIVENESS]
        if wanted.attributes:
            tasks.append(Task.ATTRIBUTES)
        if wanted.identify:
            tasks.append(Task.EMBED)
            await watcher.check_pack(manifest)
        seen = await watcher.analyse(picture, tuple(tasks), manifest.embedder.dimension if wanted.identify else None)
        identified: tuple[Identified, ...] = ()
        if wanted.identify and seen.faces:
            identified = await who(self._house, pack, [_vector(face) for face in seen.faces])
        liveness = manifest.part(Role.LIVENESS)
        return analysis_of(seen, liveness.threshold if liveness else None, identified)


def _vector(face: SeenFace) -> NDArray[np.float32]:
    """Return a face's embedding, shape (dimension,); raises `EyeError` where the eye has sent none."""
    if face.embedding is None:
        raise EyeError(Reason.EYE_FAILED, "the eye sent a face without the embedding that it was asked for")
    return vector_of(face)


def camera_problem(rule: CameraRule, cameras: tuple[CameraInfo, ...]) -> str:
    """Say why no camera would open, empty where one would; a file camera shows only when it is opened."""
    if rule.use.startswith("file:") or any(is_named(camera, (rule.use,)) for camera in cameras):
        return ""
    if rule.use:
        return f"{rule.use} is not connected; facelatch cameras lists what is"
    if any(not camera.virtual or is_named(camera, rule.trusted) for camera in cameras):
        return ""
    if cameras:
        return "no real camera is connected; connect one, or name a virtual one in [camera] trusted"
    return "no camera is connected; connect one or switch it on"
