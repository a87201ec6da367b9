"""`facelatch analyse`: what is seen in pictures, or before the camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from facelatch.cli.answers import AnalysedPicture, RefusedPicture, Skipped
from facelatch.cli.failure import CommandFailed, ExitCode, refused, wrong_use
from facelatch.cli.options import CameraOption, JsonOption, daemon_of, sendable
from facelatch.cli.output import counted, emit, say
from facelatch.cli.photos import Photo, PhotoUnusable, photos
from facelatch.cli.pictures import why_skipped
from facelatch.errors import BusError
from facelatch.types import Analysis, Reason, View

if TYPE_CHECKING:
    from facelatch import sync

GLANCES: Final = 15
"""Frames that the camera gets to show a clear face; the newest counts where none does. Half a second, as webcams go."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked about every picture."""

    attributes: bool
    identify: bool


def analyse(
    context: typer.Context,
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PICTURE",
            show_default=False,
            help="Picture files (JPEG, PNG, WebP, BMP), or folders of them. Default: what the camera sees now.",
        ),
    ] = None,
    camera: CameraOption = "",
    attributes: Annotated[
        bool,
        typer.Option(
            "--attributes", help="Guess as what each face is perceived, where the pack can. Guesses decide nothing."
        ),
    ] = False,
    identify: Annotated[
        bool,
        typer.Option(
            "--identify",
            help="Tell who of all the enrolled each face is; takes an administrator's password for each picture.",
        ),
    ] = False,
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate",
            metavar="OUT",
            show_default=False,
            help="Write the picture with marks to this file (.png, .jpg, .webp); for several, into this folder.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is seen in pictures: faces, how they are turned, how good, whether alive. Nothing is kept.

    Exits 0 where every picture was looked at, with a face in it or without; 1 where one could not be.
    """
    if pictures and camera:
        raise wrong_use("name pictures or a camera, not both")
    camera = sendable(camera, "--camera")
    found, skipped = photos(pictures or [])
    outputs = _outputs(annotate, found, several=len(found) > 1 or any(path.is_dir() for path in pictures or []))
    questions, lost = Questions(attributes, identify), 0
    for name in skipped:
        emit(Skipped(name)) if as_json else say(f"{name}: {why_skipped(name, 'not a picture by its name')}, left out")
    with daemon_of(context).connected(asks=identify) as daemon:
        for photo in found or [_taken(daemon, camera)]:
            lost += not _show(daemon, photo, questions, next(outputs), as_json=as_json)
    if lost:
        raise typer.Exit(ExitCode.NOTHING)


def _outputs(annotate: Path | None, found: list[Photo], *, several: bool) -> Iterator[Path | None]:
    """Return where each photo's marked copy goes; raises `CommandFailed` for a place that cannot be."""
    if annotate is None:
        return iter([None] * max(1, len(found)))
    # Here, not above: only who wants marks waits for OpenCV.
    from facelatch.cli.annotation import places

    return iter(places(annotate, [photo.name for photo in found] or ["camera"], several=several))


def _taken(daemon: sync.Daemon, camera: str) -> Photo:
    """Return what the camera sees: the first frame with a clear face, else the last of a few."""
    try:
        with daemon.claim("", camera) as claim:
            claim.start_preview()
            frame = claim.next_frame()
            for _ in range(GLANCES):
                if frame.overlay.view is View.CLEAR:
                    break
                frame = claim.next_frame(frame.number)
    except BusError as error:
        raise (refused(error.__cause__) if isinstance(error.__cause__, BusError) else error) from error
    return Photo("camera", frame.jpeg)


def _show(daemon: sync.Daemon, photo: Photo, questions: Questions, output: Path | None, *, as_json: bool) -> bool:
    """Have a photo looked at and tell what is in it; False where it could not be."""
    try:
        content = photo.read()
        analysis = daemon.analyse(content, attributes=questions.attributes, identify=questions.identify)
        written = _annotated(content, analysis, output)
    except PhotoUnusable as problem:
        return _refuse(photo, Reason.BAD_REQUEST, str(problem), as_json=as_json)
    except BusError as error:
        if error.error is not Reason.BAD_REQUEST:
            failure = refused(error)
            raise CommandFailed(failure.error, f"{photo.name}: {failure.text}", failure.code) from error
        return _refuse(photo, Reason.BAD_REQUEST, str(error), as_json=as_json)
    if as_json:
        emit(AnalysedPicture(photo.name, analysis, written))
        return True
    # Here, not above: `--json` does without Rich.
    from facelatch.cli.findings import show_analysis

    show_analysis(photo.name, analysis, asked_for_attributes=questions.attributes)
    if written:
        say(f"{photo.name}: {counted(len(analysis.faces), 'face')} marked in {written}")
    return True


def _annotated(content: bytes, analysis: Analysis, output: Path | None) -> str | None:
    """Write a marked copy where one is wanted, and return its name; raises `PhotoUnusable` where that fails."""
    if output is None:
        return None
    from facelatch.cli.annotation import write

    write(content, analysis, output)
    return str(output)


def _refuse(photo: Photo, reason: Reason, text: str, *, as_json: bool) -> bool:
    if as_json:
        emit(RefusedPicture(photo.name, reason.value, text))
    else:
        say(f"{photo.name}: not looked at: {text}")
    return False
