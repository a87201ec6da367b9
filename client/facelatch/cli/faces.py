"""`facelatch list`, `rename` and `remove`: the faces that are enrolled."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from facelatch.cli.answers import FaceList
from facelatch.cli.failure import CommandFailed, ExitCode, wrong_use
from facelatch.cli.options import (
    FACE_HELP,
    JsonOption,
    UserOption,
    about_self,
    daemon_of,
    invocation,
    readable_label,
    sendable,
    user_or_self,
)
from facelatch.cli.output import emit, local_time, paint, say, show_table
from facelatch.cli.question import said_yes
from facelatch.cli.words import quality_words
from facelatch.types import FaceSummary, Quality, Reason, Refusal

QUALITY_STYLES: Final = {Quality.POOR: "yellow", Quality.FAIR: "", Quality.GOOD: "green"}


def list_faces(context: typer.Context, user: UserOption = None, as_json: JsonOption = False) -> None:
    """List the enrolled faces."""
    name = user_or_self(user)
    with daemon_of(context).connected(asks=not about_self(name)) as daemon:
        faces = daemon.faces(name)
    if as_json:
        emit(FaceList(name, faces))
    elif not faces:
        say(f"{name} has no enrolled face. Enrol one: {invocation('enroll', name)}")
    else:
        show_faces(faces)
        _show_cameras(faces)
        if not all(face.usable for face in faces):
            say("")
            say("Not usable: enrolled with another pack. Enrol it anew, then remove it.")
        if poor := [face for face in faces if face.usable and face.quality is Quality.POOR]:
            say("")
            say("Poor: covered by few shots, so that it may often not be recognised. Add some, in good light:")
            for face in poor:
                say(f"  {invocation('enroll', name)} --improve {face.id[:12]}")


def show_faces(faces: tuple[FaceSummary, ...]) -> None:
    """Write a table of faces."""
    show_table(
        ("FACE", "ENROLLED", "SHOTS", "QUALITY", "USABLE", "LABEL"),
        [
            (
                face.id[:12],
                local_time(face.enrolled)[:16],
                str(face.templates),
                paint(quality_words(face.quality), QUALITY_STYLES[face.quality]),
                paint("yes", "green") if face.usable else paint("no", "red"),
                face.label,
            )
            for face in faces
        ],
    )


def _show_cameras(faces: tuple[FaceSummary, ...]) -> None:
    """Write which cameras each face was enrolled with, below the rest: an id alone can fill half a line."""
    say("")
    show_table(
        ("FACE", "ENROLLED WITH", "AND INFRARED"),
        [(face.id[:12], face.camera or "not known", face.infrared or "no") for face in faces],
    )


def rename(
    context: typer.Context,
    face: Annotated[str, typer.Argument(metavar="FACE", help=FACE_HELP)],
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The new label.")],
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a face another label."""
    if not face:
        raise wrong_use("name the face to rename; see which there are: facelatch list")
    name, face, label = user_or_self(user), sendable(face, "FACE"), readable_label(label, "LABEL")
    with daemon_of(context).connected(asks=True) as daemon, daemon.claim(name) as claim:
        renamed = claim.rename_face(face, label)
    if as_json:
        emit(FaceList(name, (renamed,)))
    else:
        say(f"Renamed {renamed.id[:12]} to {named(renamed)}.")


def remove(
    context: typer.Context,
    face: Annotated[str, typer.Argument(metavar="FACE", show_default=False, help=FACE_HELP)] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Remove all that is stored: faces, history, standing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a face, or all that is stored about the user, after asking."""
    if face and everything:
        raise wrong_use("name one face to remove or say --all, not both")
    if not face and not everything:
        raise wrong_use("name one face to remove, or say --all; see which there are: facelatch list")
    name, face = user_or_self(user), sendable(face, "FACE")
    if not yes and (as_json or not sys.stdin.isatty()):
        raise wrong_use("remove asks before it removes, and there is no terminal to ask on; say --yes if you mean it")
    with daemon_of(context).connected(asks=True) as daemon:
        if not yes:
            face = _agreed(daemon.faces(name), face, name)
        with daemon.claim(name) as claim:
            removed = (claim.delete_face(face),) if face else claim.delete_faces()
    if as_json:
        emit(FaceList(name, removed))
    else:
        for one in removed:
            say(f"Removed {named(one)} ({one.id[:12]}).")
        if everything:
            say(f"Nothing is stored about {name} any more: faces, history and standing are gone.")


def _agreed(faces: tuple[FaceSummary, ...], face: str, user: str) -> str:
    """Show what would be removed and ask; return the face's id, empty for all of them, or raise `CommandFailed`."""
    if face:
        chosen = _find(faces, face, user)
        face = chosen.id
        question = f"Remove {named(chosen)} ({chosen.id[:12]}) of {user}?"
    else:
        if faces:
            show_faces(faces)
        which = {0: "all", 1: "this face"}.get(len(faces), f"these {len(faces)} faces")
        question = f"Remove {which} of {user}, with the history and all else that is stored?"
    if not said_yes(question):
        raise CommandFailed(Reason.CANCELLED, "nothing was removed", ExitCode.NOTHING)
    return face


def _find(faces: tuple[FaceSummary, ...], wanted: str, user: str) -> FaceSummary:
    """Return the one face that was named; more and none are a `CommandFailed`."""
    exact = [face for face in faces if wanted in (face.id, face.label)]
    fitting = exact or [face for face in faces if face.id.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        text = f"no face {wanted!r}; see which there are: {invocation('list', user)}"
        raise CommandFailed(Refusal.NO_SUCH_FACE, text, ExitCode.NOTHING)
    ids = ", ".join(face.id[:12] for face in fitting)
    text = f"{wanted!r} fits {len(fitting)} faces: {ids}; name one by its id"
    raise CommandFailed(Reason.BAD_REQUEST, text, ExitCode.NOTHING)


def named(face: FaceSummary) -> str:
    """Return a face's name for a sentence."""
    return f"“{face.label}”" if face.label else "the face without a label"
