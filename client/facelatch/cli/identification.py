"""`facelatch identify`: who of all the enrolled is before the camera, or in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facelatch.cli.answers import IdentifiedFace, IdentifiedPicture, RefusedPicture, Skipped
from facelatch.cli.failure import ExitCode, wrong_use
from facelatch.cli.options import CameraOption, JsonOption, daemon_of, sendable
from facelatch.cli.output import counted, emit, paint, say, show_table
from facelatch.cli.photos import Photo, PhotoUnusable, photos
from facelatch.cli.pictures import why_skipped
from facelatch.errors import BusError
from facelatch.types import Identified, Reason

if TYPE_CHECKING:
    from rich.text import Text

    from facelatch.sync import Daemon


def identify(
    context: typer.Context,
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PICTURE",
            show_default=False,
            help="Pictures, or folders of them, to look at instead of the camera.",
        ),
    ] = None,
    camera: CameraOption = "",
    as_json: JsonOption = False,
) -> None:
    """Tell who of all the enrolled is there, or in pictures; takes an administrator's password, each time.

    It opens nothing. Exits 0 where somebody was named, 1 where it is nobody, or nobody for certain.
    """
    if pictures and camera:
        raise wrong_use("name pictures or a camera, not both")
    camera = sendable(camera, "--camera")
    found, skipped = photos(pictures or [])
    for name in skipped:
        emit(Skipped(name)) if as_json else say(f"{name}: {why_skipped(name, 'not a picture by its name')}, left out")
    named = False
    with daemon_of(context).connected(asks=True) as daemon:
        for photo in found:
            named |= _look_at(daemon, photo, as_json=as_json)
        if not pictures:
            identified = daemon.identify(camera)
            named = bool(identified.user)
            emit(identified) if as_json else _show(identified)
    raise typer.Exit(ExitCode.DONE if named else ExitCode.NOTHING)


def _look_at(daemon: Daemon, photo: Photo, *, as_json: bool) -> bool:
    """Tell who is in a picture, and return whether somebody was named; one that is none does not end the others."""
    try:
        seen = daemon.analyse(photo.read(), identify=True)
    except PhotoUnusable as problem:
        return _refuse(photo, str(problem), as_json=as_json)
    except BusError as error:
        if error.error is not Reason.BAD_REQUEST:
            raise
        return _refuse(photo, str(error), as_json=as_json)
    faces = tuple(
        IdentifiedFace(face.box, face.identified)
        for face in sorted(seen.faces, key=lambda face: face.box[0])
        if face.identified is not None
    )
    if as_json:
        emit(IdentifiedPicture(photo.name, faces))
    elif not faces:
        say(f"{photo.name}: no face found")
    else:
        say(f"{photo.name}: {counted(len(faces), 'face')}{', from left to right' if faces[1:] else ''}")
        for face in faces:
            _show(face.identified)
    return any(face.identified.user for face in faces)


def _refuse(photo: Photo, text: str, *, as_json: bool) -> bool:
    if as_json:
        emit(RefusedPicture(photo.name, Reason.BAD_REQUEST.value, text))
    else:
        say(f"{photo.name}: not looked at: {text}")
    return False


def _show(identified: Identified) -> None:
    """Say who it is, or who it may be."""
    if identified.user:
        say(f"This is {identified.user}.")
    elif not identified.identities:
        say("Nobody who is enrolled.")
        return
    elif identified.nobody >= 0.5:
        say("Most likely nobody who is enrolled.")
    else:
        say("Nobody for certain: the face is not like enough to anybody's among so many. Perhaps:")
    rows: list[tuple[Text, str, str]] = [
        (paint(one.user, "green" if one.user == identified.user else ""), _percent(one.probability), one.face)
        for one in identified.identities
    ]
    show_table(("WHO", "PROBABILITY", "FACE"), [*rows, (paint("(nobody)"), _percent(identified.nobody), "")])


def _percent(probability: float) -> str:
    """Return a probability as a person reads it; nothing measured is beyond 99.9 %."""
    if probability > 0.999:
        return "over 99.9 %"
    return "under 0.1 %" if probability < 0.001 else f"{100 * probability:.1f} %"
