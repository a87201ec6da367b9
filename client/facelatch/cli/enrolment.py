"""`facelatch enroll`: a new face from a camera or from pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facelatch.cli.answers import Skipped
from facelatch.cli.daemon import broken
from facelatch.cli.faces import named
from facelatch.cli.failure import wrong_use
from facelatch.cli.options import (
    FACE_HELP,
    CameraOption,
    JsonOption,
    UserOption,
    daemon_of,
    invocation,
    named_face,
    readable_label,
    sendable,
    user_or_self,
)
from facelatch.cli.output import bar, counted, emit, paint, say, sentence
from facelatch.cli.pictures import FORMATS, Folder, open_folder
from facelatch.types import Enrolled, EnrollStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from facelatch.sync import Enrolment


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be enrolled: `improved` names the face that is added to, if it is not a new one."""

    user: str
    label: str
    improved: str
    folder: Folder


def enroll(
    context: typer.Context,
    user: UserOption = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            "-l",
            metavar="TEXT",
            show_default=False,
            help="What to call this face, such as “with glasses”. Default: the first free of “face 1”, “face 2”, …",
        ),
    ] = None,
    improve: Annotated[
        str | None,
        typer.Option(
            "--improve",
            metavar="FACE",
            show_default=False,
            help=f"Add shots to this face instead of a new one. {FACE_HELP}",
        ),
    ] = None,
    camera: CameraOption = "",
    from_pictures: Annotated[
        Path | None,
        typer.Option(
            "--from-pictures", metavar="DIR", help=f"Take the pictures in a folder ({FORMATS}) instead of a camera."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Enrol a face, from a camera or from pictures; takes your password.

    Ctrl-C gives up, and nothing is stored.
    """
    if from_pictures is not None and camera:
        raise wrong_use("--camera and --from-pictures exclude each other; give one")
    if improve is not None and label is not None:
        raise wrong_use("--improve and --label exclude each other: the face keeps its label; see facelatch rename")
    wish = Wish(
        user=user_or_self(user),
        label="" if label is None else readable_label(label, "--label"),
        improved=named_face(improve, "--improve"),
        folder=Folder((), ()) if from_pictures is None else open_folder(from_pictures),
    )
    with (
        daemon_of(context).connected(asks=True) as daemon,
        daemon.claim(wish.user, sendable(camera, "--camera")) as claim,
        claim.enroll(wish.label, face=wish.improved, pictures=from_pictures is not None) as enrolment,
    ):
        events = _follow(enrolment, wish.folder)
        if as_json:
            _emit_all(events, wish.folder)
        else:
            _show(events, wish)


def _follow(enrolment: Enrolment, folder: Folder) -> Iterator[EnrollStep | Enrolled]:
    """Send the pictures, and yield the steps that say something new, then the enrolled face.

    The daemon tells of every frame, most of them alike.
    """
    for name, content in folder.contents():
        yield enrolment.add_picture(name, content)
    if folder.pictures:
        enrolment.save()
    last: EnrollStep | None = None
    for event in enrolment:
        if isinstance(event, Enrolled):
            yield event
            return
        if not isinstance(event, EnrollStep):
            raise broken("it waits for a review that nobody has asked for")
        if event != last:
            yield event
        last = event
    raise broken("no enrolled face")


def _emit_all(events: Iterator[EnrollStep | Enrolled], folder: Folder) -> None:
    for name in folder.skipped:
        emit(Skipped(name))
    for event in events:
        emit(event)


def _show(events: Iterator[EnrollStep | Enrolled], wish: Wish) -> None:
    """Show an enrolment as it goes, and what came of it."""
    from facelatch.cli.progress import LiveLine

    for name in wish.folder.skipped:
        say(f"skipped   {name}  (no {FORMATS} by its name)")
    missed = 0
    with LiveLine() as line:
        line.move(paint("reading the pictures" if wish.folder.pictures else "waiting for the camera", "dim"))
        for event in events:
            if isinstance(event, Enrolled):
                break
            missed += not event.taken
            if event.name:
                line.keep(_picture_words(event))
            elif not line.moving:
                line.keep(paint(f"{_count(event)}  {event.text}".rstrip()))
            line.move(_progress(event))
        else:
            raise broken("no enrolled face")
    face = event.face
    what = f"{named(face)} ({face.id[:12]}) of {wish.user}"
    shots = counted(face.templates, "shot")
    left_out = f", {missed} not kept" if wish.folder.pictures else ""
    say(f"Improved {what}: {shots} now{left_out}." if wish.improved else f"Enrolled {what} with {shots}{left_out}.")
    if event.text:
        say(sentence(event.text))
    if event.missing:
        say(f"Add to it: {invocation('enroll', wish.user)} --improve {face.id[:12]}")
    say(f"See whether it is recognised: {invocation('try', wish.user)}")


def _count(step: EnrollStep) -> str:
    return f"{step.kept} of {counted(step.wanted, 'shot')}"


def _picture_words(step: EnrollStep) -> Text:
    """Return `kept` or `not kept`, the picture's name, and why."""
    words = paint("kept      ", "green") if step.taken else paint("not kept  ", "yellow")
    words.append_text(paint(step.name))
    if step.text and not step.taken:
        words.append_text(paint(f"  ({step.text})"))
    return words


def _progress(step: EnrollStep) -> Text:
    """Return the bar, the count, and what to do next."""
    words = bar(step.kept, step.wanted)
    words.append_text(paint(f"  {_count(step)}  "))
    words.append_text(paint(step.text, "" if step.taken else "yellow"))
    return words
