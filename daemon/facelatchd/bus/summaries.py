"""What callers are told of faces, attempts, pictures, packs and policy: our records in the words of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from facelatch.types import (
    AnalysedFace,
    Analysis,
    AttemptSummary,
    CameraSummary,
    ClassPolicy,
    EnrollShot,
    EnrollStep,
    ExportReport,
    FaceSummary,
    Identified,
    Level,
    PackFigure,
    PackPart,
    PackReport,
    PersonSummary,
    PolicyReport,
    Quality,
    StandingReport,
    Told,
    View,
)
from facelatch_eye.messages import CameraInfo, Observation, SeenFace
from facelatch_models.pack import Manifest
from facelatch_models.scale import supported
from facelatchd.enrolment import Progress
from facelatchd.policy import ever_wants_password, lock_left, password_cause
from facelatchd.settings import PasswordRule, Settings
from facelatchd.shots import Kept
from facelatchd.store import Attempt, FaceRecord, Guest, Moment, Person, Standing, User

GOOD_SHOTS: Final = 8
"""Templates of a face whose every pose was shown, or as many pictures."""

FAIR_SHOTS: Final = 5

_WITHHELD: Final = (
    "The numbers of {} templates, which are stored encrypted: whoever had them could make pictures that pass for this "
    "face. No picture is stored. Removing a face removes its templates."
)


def face_summary(face: FaceRecord, space: str) -> FaceSummary:
    """Return what is told of a face; `space` is that of the pack in use, empty where there is none."""
    quality = Quality.GOOD if face.templates >= GOOD_SHOTS else Quality.FAIR
    return FaceSummary(
        id=face.id,
        label=face.label,
        enrolled=face.enrolled.isoformat(timespec="seconds"),
        templates=face.templates,
        pack=face.pack,
        camera=face.camera,
        usable=face.space == space,
        quality=quality if face.templates >= FAIR_SHOTS else Quality.POOR,
        infrared=face.infrared,
    )


def person_summary(person: Person) -> PersonSummary:
    """Return what is told of somebody who has a face."""
    return PersonSummary(person.user.name, isinstance(person.user, Guest), person.faces, person.usable)


def attempt_summary(attempt: Attempt) -> AttemptSummary:
    """Return what is told of an attempt."""
    return AttemptSummary(
        when=attempt.started.isoformat(timespec="seconds"),
        user=attempt.user,
        service=attempt.service,
        verdict=attempt.verdict,
        reason=attempt.reason,
        band=attempt.band,
        seconds=attempt.seconds,
        frames=attempt.frames,
    )


def camera_summary(camera: CameraInfo, path: str) -> CameraSummary:
    """Return what is told of a camera whose object is at `path`."""
    return CameraSummary(
        id=camera.id,
        name=camera.name,
        path=camera.path,
        driver=camera.driver,
        vendor_product=camera.vendor_product,
        infrared=camera.infrared,
        virtual=camera.virtual,
        object=path,
        removable=camera.removable,
        companion=camera.companion,
    )


def analysis_of(seen: Observation, live_from: float | None = None, identified: Sequence[Identified] = ()) -> Analysis:
    """Return what is told of a frame or picture: no embeddings, and no score of life, which would help to cheat.

    live_from: the probability of life that counts as alive; without one, nothing is told of it.
    identified: who each face is, where that is to be told.
    """
    who: Sequence[Identified | None] = identified or [None] * len(seen.faces)
    return Analysis(
        width=seen.width,
        height=seen.height,
        view=View(seen.view.value),
        light=_share(seen.light),
        faces=tuple(_analysed(face, live_from, each) for face, each in zip(seen.faces, who, strict=True)),
        took=dict(seen.took),
        more=seen.more,
    )


def _analysed(face: SeenFace, live_from: float | None, identified: Identified | None) -> AnalysedFace:
    return AnalysedFace(
        box=face.box,
        landmarks=tuple((x, y) for x, y in face.landmarks),
        confidence=face.confidence,
        yaw=face.yaw,
        pitch=face.pitch,
        roll=face.roll,
        sharpness=min(face.sharpness, 1.0),
        light=_share(face.light),
        quality=dict(face.quality),
        live=None if live_from is None or face.live is None else face.live >= live_from,
        attributes=tuple(Told(each.name, each.label, each.probability) for each in face.attributes),
        identified=identified,
    )


def _share(luma: float) -> float:
    return luma / 255.0


def enroll_step(progress: Progress) -> EnrollStep:
    """Return what is told of an enrolment after a shot."""
    return EnrollStep(
        kept=progress.kept,
        wanted=progress.wanted,
        taken=progress.shot.taken,
        hint=progress.shot.hint,
        text=progress.shot.text,
        name=progress.picture,
        covered=progress.covered,
        shot=progress.number,
    )


def enroll_shot(shot: Kept) -> EnrollShot:
    """Return what is shown of a shot that waits to be saved."""
    return EnrollShot(
        shot=shot.number,
        box=shot.face.box,
        sharpness=min(shot.face.sharpness, 1.0),
        light=_share(shot.face.light),
        pose=shot.pose,
        picture=shot.picture,
        name=shot.name,
    )


def pack_report(manifest: Manifest) -> PackReport:
    """Return what is told of a pack."""
    return PackReport(
        id=manifest.id,
        version=manifest.version,
        title=manifest.title,
        licence=manifest.licence,
        terms=manifest.terms,
        measured=manifest.calibration.measured,
        parts=tuple(
            PackPart(part.role.value, part.name, part.licence, part.source, part.bytes) for part in manifest.file
        ),
        figures=tuple(
            PackFigure(figure.name, figure.value, figure.data, figure.low, figure.high) for figure in manifest.figure
        ),
        levels=tuple(map(Level, supported(manifest.figure))),
    )


def policy_report(settings: Settings, sources: tuple[str, ...]) -> PolicyReport:
    """Return what is told of the policy."""
    classes = tuple(
        ClassPolicy(
            service_class=service_class,
            allowed=rule.allowed,
            level=rule.level,
            liveness=rule.liveness,
            intent=rule.intent,
            services=rule.services,
            seconds=rule.seconds,
            no_face_seconds=rule.no_face_seconds,
        )
        for service_class, rule in settings.rules.items()
    )
    camera = settings.camera
    first = ever_wants_password(settings.password)
    return PolicyReport(classes, camera.use, sources, camera.trusted, camera.infrared, camera.bind, first)


def standing_report(
    user: User, faces: Sequence[FaceSummary], standing: Standing, rule: PasswordRule, now: Moment
) -> StandingReport:
    """Return what is told of how somebody stands; what was edited in the store has been noticed before."""
    return StandingReport(
        user=user.name,
        faces=len(faces),
        usable=sum(face.usable for face in faces),
        mismatches=standing.mismatches,
        locked_seconds=lock_left(standing, now),
        password_wanted=password_cause(standing, rule, now),
        password_given=standing.password.wall.isoformat(timespec="seconds") if standing.password else "",
    )


def export_report(
    user: User, standing: StandingReport, faces: tuple[FaceSummary, ...], attempts: Sequence[Attempt], now: Moment
) -> ExportReport:
    """Return all that is told of somebody at once."""
    return ExportReport(
        user=user.name,
        uid=user.uid,
        exported=now.wall.isoformat(timespec="seconds"),
        standing=standing,
        faces=faces,
        attempts=tuple(map(attempt_summary, attempts)),
        withheld=_WITHHELD.format(sum(face.templates for face in faces)),
    )
