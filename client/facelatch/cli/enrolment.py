"""`facelatch enroll`: a new face from a camera or from pictures."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from facelatch.admin import Enroll, Enrolled, EnrollStep
from facelatch.cli.daemon import Daemon, broken, unexpected
from facelatch.cli.faces import named
from facelatch.cli.failure import wrong_use
from facelatch.cli.options import (
    CameraOption,
    JsonOption,
    UserOption,
    daemon_of,
    invocation,
    readable_label,
    sendable,
    user_or_self,
)
from facelatch.cli.output import bar, counted, emit, paint, say
from facelatch.cli.pictures import FORMATS, Folder, open_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from rich.text import Text


class Skipped(msgspec.Struct, frozen=True, tag_field="is", tag="skipped"):
    """A file of the folder that is no picture we can send by its name, as `--json` shows it."""

    name: str


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
    camera: CameraOption = "",
    from_pictures: Annotated[
        Path | None,
        typer.Option(
            "--from-pictures", metavar="DIR", help=f"Take the pictures in a folder ({FORMATS}) instead of a camera."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Enrol a face, from a camera or from pictures.

    Ctrl-C gives up, and nothing is stored.
    """
    if from_pictures is not None and camera:
        raise wrong_use("--camera and --from-pictures exclude each other; give one")
    folder = Folder((), ()) if from_pictures is None else open_folder(from_pictures)
    request = Enroll(
        user=user_or_self(user),
        label="" if label is None else readable_label(label, "--label"),
        camera=sendable(camera, "--camera"),
        pictures=len(folder.pictures),
    )
    with contextlib.closing(_follow(daemon_of(context), request, folder)) as answers:
        if as_json:
            for name in folder.skipped:
                emit(Skipped(name))
            for answer in answers:
                emit(answer)
        else:
            for name in folder.skipped:
                say(f"skipped   {name}  (no {FORMATS} by its name)")
            _show(answers, request)


def _follow(daemon: Daemon, request: Enroll, folder: Folder) -> Generator[EnrollStep | Enrolled]:
    """Yield the steps that say something new, then the enrolled face; raises `CommandFailed` for everything else.

    The daemon tells of every frame, most of them alike.
    """
    last: EnrollStep | Enrolled | None = None
    with contextlib.closing(daemon.follow(request, folder.lines())) as answers:
        for answer in answers:
            if not isinstance(answer, EnrollStep | Enrolled):
                raise unexpected(answer)
            if answer != last:
                yield answer
            last = answer
            if isinstance(answer, Enrolled):
                return
    raise broken("no answer at all")


def _show(answers: Iterator[EnrollStep | Enrolled], request: Enroll) -> None:
    """Show an enrolment as it goes, and what came of it."""
    from facelatch.cli.progress import LiveLine

    missed = 0
    enrolled: Enrolled | None = None
    with LiveLine() as line:
        line.move(paint("reading the pictures" if request.pictures else "waiting for the camera", "dim"))
        for answer in answers:
            if isinstance(answer, Enrolled):
                enrolled = answer
                break
            missed += not answer.taken
            if answer.name:
                line.keep(_picture_words(answer))
            elif not line.moving:
                line.keep(paint(f"{_count(answer)}  {answer.hint}".rstrip()))
            line.move(_progress(answer))
    if enrolled is None:
        raise broken("no enrolled face")
    face = enrolled.face
    shots = counted(face.templates, "shot")
    left_out = f", {missed} not kept" if request.pictures else ""
    say(f"Enrolled {named(face)} ({face.id[:12]}) of {request.user} with {shots}{left_out}.")
    if enrolled.hint:
        say(enrolled.hint)
    say(f"See whether it is recognised: {invocation('try', request.user)}")


def _count(step: EnrollStep) -> str:
    return f"{step.kept} of {counted(step.wanted, 'shot')}"


def _picture_words(step: EnrollStep) -> Text:
    """Return `kept` or `not kept`, the picture's name, and why."""
    words = paint("kept      ", "green") if step.taken else paint("not kept  ", "yellow")
    words.append_text(paint(step.name))
    if step.hint and not step.taken:
        words.append_text(paint(f"  ({step.hint})"))
    return words


def _progress(step: EnrollStep) -> Text:
    """Return the bar, the count, and what to do next."""
    words = bar(step.kept, step.wanted)
    words.append_text(paint(f"  {_count(step)}  "))
    words.append_text(paint(step.hint, "" if step.taken else "yellow"))
    return words
