"""What must stand open before a camera does: the gates of a verification, the cheapest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.standing import locked_for, password_first
from facelatch.types import Liveness, PasswordCause, Reason, ServiceClass
from facelatch_eye.messages import Opened
from facelatch_models.pack import Manifest, Pack, Role
from facelatchd.bouncer import Caller
from facelatchd.cameras import built_in, candidates, good_faces, refusal, want_trusted
from facelatchd.house import House, find_account
from facelatchd.place import gate_of_place
from facelatchd.policy import POLKIT_SERVICE, gate_of_pack, gate_of_record, gate_of_request, lock_left, password_cause
from facelatchd.refusal import Refused
from facelatchd.secrecy import wipe
from facelatchd.settings import ClassRule, Settings
from facelatchd.store import FaceRecord, Template, User


class Ask(msgspec.Struct, frozen=True):
    """Who wants whom verified, and for what. `seconds` is how long the asker will wait, intent apart."""

    caller: Caller
    user: str
    service: str
    remote_host: str = ""
    command: str = ""
    terminal: str = ""
    """Where it is asked for: a terminal, or an X display."""
    asker: str = ""
    """The name of whoever asks, as far as the door knows it. It is shown, and may shut a gate, but never opens one."""
    asker_uid: int = 0
    """The real uid of the process that asks: who has started a setuid program; 0 tells nothing. As with the name."""
    seconds: float = 30.0
    can_ask: bool = False
    camera: str = ""
    face: str = ""
    """The id of the one face to compare with; empty for all of the user's."""
    authorised: bool = False
    """Set where somebody with the right to it has allowed the caller to ask about another user."""
    service_class: ServiceClass | None = None
    """Set where the judge itself asks (a try, which opens nothing); else the service's own class holds."""

    @property
    def opens_nothing(self) -> bool:
        """Whether it is a try."""
        return self.service_class is not None


@dataclass(frozen=True)
class Admitted:
    """What a look needs, once every gate has been passed. `faces` are those that it is about, of the pack's space.

    `cameras` may be opened, the best first; `covered` are the names of those that a closed lid covers.
    """

    user: User
    rule: ClassRule
    settings: Settings
    pack: Pack
    faces: Sequence[FaceRecord]
    templates: Sequence[Template]
    cameras: tuple[str, ...]
    covered: frozenset[str]

    def forget(self) -> None:
        """Zero the templates."""
        wipe(template.vector for template in self.templates)

    def good_for(self, opened: Opened, ask: Ask) -> tuple[list[FaceRecord], NDArray[np.float32]]:
        """Return the faces that may open with this camera, and their templates, shape (count, dimension).

        Raises `Refused` where the camera must not be used, or none of the faces may open with it.
        """
        camera = opened.camera
        want_trusted(camera, self.settings.camera, ask.camera, ask.caller.is_root)
        if camera.id in self.covered:
            raise Refused(Reason.LID_CLOSED, f"{camera.id} is built in, and the lid is closed")
        faces = good_faces(self.faces, opened, self.settings.camera)
        if not faces:
            raise refusal(self.faces, opened, self.settings.camera)
        ids = {face.id for face in faces}
        return faces, np.stack([template.vector for template in self.templates if template.face_id in ids])


class Gates:
    """The gates before one ask."""

    def __init__(self, house: House, ask: Ask) -> None:
        self._house = house
        self._ask = ask

    async def admit(self, user: User) -> Admitted:
        """Return what the look needs if no gate is shut; else raise `Refused`, `StoreError` or `EyeError`."""
        ask, house = self._ask, self._house
        settings = house.settings()
        rule = settings.rule(ask.service_class or settings.class_of(ask.service))
        permitted = ask.authorised or ask.caller.may_ask_about(user)
        if reason := gate_of_request(permitted=permitted, rule=rule, remote_host=ask.remote_host):
            raise Refused(reason)
        assert rule is not None, "a service without a rule does not pass the first gate"
        if ask.service == POLKIT_SERVICE and house.wants_password():
            raise Refused(Reason.SERVICE_REFUSED, "what polkit asks for just now wants the password")
        store = house.clerk.store
        faces = await house.clerk.do(store.faces, user)
        await self.want_open_record(user, settings, enrolled=bool(faces))
        covered = await self._want_place(user, settings)
        pack = await house.chosen()
        _want_strong_enough(pack.manifest, rule)
        templates = await house.clerk.do(store.templates, user, pack.manifest.space)
        if ask.face:
            templates = [template for template in templates if template.face_id == ask.face]
        if not templates:
            name = pack.manifest.id
            raise Refused(Reason.NOT_ENROLLED, f"no face of pack {name}: enrol anew, or use the pack of before")
        meant = {template.face_id for template in templates}
        faces = [face for face in faces if face.id in meant]
        cameras = candidates(settings.camera, faces, ask.camera, covered)
        return Admitted(user, rule, settings, pack, faces, templates, cameras, covered)

    async def want_open_record(self, user: User, settings: Settings, *, enrolled: bool) -> None:
        """Raise `Refused` where what is known of the user shuts a gate now; the text is for the person."""
        standing = await self._house.clerk.do(self._house.clerk.store.standing, user)
        now = self._house.clock()
        rule = None if self._ask.opens_nothing else settings.password
        reason = gate_of_record(enrolled=enrolled, standing=standing, rule=rule, now=now)
        if reason is Reason.PASSWORD_WANTED:
            cause = password_cause(standing, settings.password, now) or PasswordCause.NEVER
            raise Refused(reason, password_first(cause))
        if reason is Reason.LOCKED_OUT:
            raise Refused(reason, locked_for(lock_left(standing, now), standing.mismatches))
        if reason is not None:
            raise Refused(reason)

    async def _want_place(self, user: User, settings: Settings) -> frozenset[str]:
        """Raise `Refused` where nobody who may be meant is at a seat; return the cameras that a closed lid covers."""
        ask, seat = self._ask, settings.seat
        if ask.opens_nothing or not (seat.required or seat.lid):
            return frozenset()  # who tries his face on the bus is at a seat, says polkit
        place = await self._house.seat.place(ask.caller)
        if seat.required:
            kind = settings.class_of(ask.service)
            if kind is ServiceClass.ELEVATE and place.caller is None and place.asker is None:
                place = msgspec.structs.replace(place, asker=await self._named_asker())
            reason = gate_of_place(place, service_class=kind, user=user, caller=ask.caller, tty=ask.terminal)
            if reason is not None:
                raise Refused(reason)
        if not (seat.lid and place.lid_closed):
            return frozenset()
        return built_in((await self._house.watcher.describe()).cameras)

    async def _named_asker(self) -> int | None:
        """Return the uid of who asks, as root tells: what cron starts is in nobody's slice. None where he does not."""
        ask = self._ask
        if not ask.caller.is_root:
            return None
        if ask.asker_uid:
            return ask.asker_uid  # su, and polkit's helper before polkit 127
        if not ask.asker:
            return None
        asker = await find_account(ask.asker)  # sudo, which runs as root throughout
        if asker is None:
            raise Refused(Reason.NOT_AT_SEAT, f"{ask.asker!r}, who asks, has no account")
        return asker.uid


def _want_strong_enough(manifest: Manifest, rule: ClassRule) -> None:
    """Raise `Refused` where the pack cannot give what the class asks for: a protection must not fall away silently."""
    if reason := gate_of_pack(manifest, rule.level):
        raise Refused(reason, f"pack {manifest.id} was not shown to keep the level {rule.level.value}")
    if rule.liveness is not Liveness.OFF and manifest.part(Role.LIVENESS) is None:
        raise Refused(Reason.NO_LIVENESS, f"pack {manifest.id} cannot tell life, and the policy wants it to")
