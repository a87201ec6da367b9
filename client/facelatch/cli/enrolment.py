"""`facelatch enroll`: a new face from a camera or from pictures."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facelatch.cli.daemon import broken
from facelatch.cli.faces import named
from facelatch.cli.failure import wrong_use
from facelatch.cli.from_pictures import Pictures, enrol_pictures
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
from facelatch.cli.pictures import FORMATS
from facelatch.cli.standing import own_standing
from facelatch.types import Enrolled, EnrollStep, StandingReport

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
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="FILE",
            show_default=False,
            help="A picture in that folder that shows you alone, for when the others leave open who is meant.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which pictures in that folder would be kept, and store nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Enrol a face, from a camera or from pictures; takes your password.

    Of pictures it keeps a good few of the person whom most of them show, and says why it leaves out the others.

    Ctrl-C gives up, and nothing is stored.
    """
    if from_pictures is not None and camera:
        raise wrong_use("--camera and --from-pictures exclude each other; give one")
    if improve is not None and label is not None:
        raise wrong_use("--improve and --label exclude each other: the face keeps its label; see facelatch rename")
    if from_pictures is None and (like is not None or dry_run):
        raise wrong_use("--like and --dry-run are about --from-pictures; give a folder of pictures")
    wish = Wish(
        user=user_or_self(user),
        label="" if label is None else readable_label(label, "--label"),
        improved=named_face(improve, "--improve"),
    )
    pictures = None if from_pictures is None else Pictures.of(from_pictures, like, dry=dry_run)
    with (
        daemon_of(context).connected(asks=True) as daemon,
        daemon.claim(wish.user, sendable(camera, "--camera")) as claim,
        claim.enroll(
            wish.label, face=wish.improved, pictures=pictures is not None, like=pictures.like if pictures else ""
        ) as enrolment,
    ):
        if pictures is not None:
            enrolled = enrol_pictures(enrolment, pictures, _called(wish), as_json=as_json)
        else:
            enrolled = _from_camera(enrolment, as_json=as_json)
        standing = None if enrolled is None or as_json else own_standing(daemon, wish.user)
    if enrolled is not None and as_json:
        emit(enrolled)
    elif enrolled is not None:
        _tell_end(enrolled, wish, standing)
    elif not as_json:
        say("Nothing was stored.")


def _called(wish: Wish) -> str:
    """Return the command as it was called, but for the camera and pictures."""
    called = invocation("enroll", wish.user)
    for option, value in (("--label", wish.label), ("--improve", wish.improved)):
        called += f" {option} {shlex.quote(value)}" if value else ""
    return called


def _from_camera(enrolment: Enrolment, *, as_json: bool) -> Enrolled:
    """Show an enrolment before a camera as it goes, and return what came of it."""
    if as_json:
        for event in _changes(enrolment):
            if isinstance(event, Enrolled):
                return event
            emit(event)
        raise broken("no enrolled face")
    from facelatch.cli.progress import LiveLine

    with LiveLine() as line:
        line.move(paint("waiting for the camera", "dim"))
        for event in _changes(enrolment):
            if isinstance(event, Enrolled):
                return event
            if not line.moving:
                line.keep(paint(f"{_count(event)}  {event.text}".rstrip()))
            line.move(_progress(event))
    raise broken("no enrolled face")


def _changes(enrolment: Enrolment) -> Iterator[EnrollStep | Enrolled]:
    """Yield the steps that say something new, then the enrolled face: the daemon tells of every frame."""
    last: EnrollStep | None = None
    for event in enrolment:
        if not isinstance(event, EnrollStep | Enrolled):
            raise broken("it waits for a review that nobody has asked for")
        if event != last:
            yield event
        last = event if isinstance(event, EnrollStep) else None


def _count(step: EnrollStep) -> str:
    return f"{step.kept} of {counted(step.wanted, 'shot')}"


def _progress(step: EnrollStep) -> Text:
    """Return the bar, the count, and what to do next."""
    words = bar(step.kept, step.wanted)
    words.append_text(paint(f"  {_count(step)}  "))
    words.append_text(paint(step.text, "" if step.taken else "yellow"))
    return words


def _tell_end(enrolled: Enrolled, wish: Wish, standing: StandingReport | None) -> None:
    """Say what is enrolled now, and what to do next."""
    face = enrolled.face
    what, shots = f"{named(face)} ({face.id[:12]}) of {wish.user}", counted(face.templates, "shot")
    say(f"Improved {what}: {shots} now." if wish.improved else f"Enrolled {what} with {shots}.")
    if enrolled.text:
        say(sentence(enrolled.text))
    if enrolled.missing:
        say(f"Add to it: {invocation('enroll', wish.user)} --improve {face.id[:12]}")
    if standing is not None and standing.password_wanted is not None:
        say("The next login wants your password once; the face opens from then on.")
    say(f"See whether it is recognised: {invocation('try', wish.user)}")
