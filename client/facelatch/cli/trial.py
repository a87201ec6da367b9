"""`facelatch try`: a verification as a login would run it, which opens nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from facelatch.cli.daemon import broken
from facelatch.cli.failure import CommandFailed, ExitCode, trial_code
from facelatch.cli.options import (
    FACE_HELP,
    CameraOption,
    JsonOption,
    UserOption,
    about_self,
    daemon_of,
    named_face,
    sendable,
    user_or_self,
)
from facelatch.cli.output import counted, emit, paint, say, show_pairs
from facelatch.cli.standing import own_standing
from facelatch.cli.words import EXPLANATIONS, Explanation, band_words, view_words
from facelatch.holder import camera_holder
from facelatch.instructions import INSTRUCTIONS
from facelatch.standing import hindrances, locked
from facelatch.types import Reason, StandingReport, Tried, TryStep, Verdict, View

if TYPE_CHECKING:
    from rich.text import Text

GESTURE_MISSED: Final = Explanation(
    "the gesture that was asked for was not seen",
    "make it at once, large and no other one, with your whole face in the picture",
)
HEADINGS: Final = {
    Verdict.MATCH: ("Match", "bold green"),
    Verdict.MISMATCH: ("No match", "bold red"),
    Verdict.UNAVAILABLE: ("Not judged", "bold yellow"),
}


def try_face(
    context: typer.Context,
    user: UserOption = None,
    camera: CameraOption = "",
    face: Annotated[
        str | None,
        typer.Option("--face", metavar="FACE", show_default=False, help=f"Compare with this one only. {FACE_HELP}"),
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures", help="Tell the evidence as well; takes an administrator's password.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look once as a login would, but open nothing.

    A mismatch counts like one at a login, towards the lock-out: also against another user whom you try.

    Exits 0 for a match, 1 for another face or a picture of one, 3 where nothing could be judged.
    """
    name, camera, face = user_or_self(user), sendable(camera, "--camera"), named_face(face, "--face")
    try:
        with (
            daemon_of(context).connected(asks=figures or not about_self(name)) as daemon,
            daemon.claim(name, camera) as claim,
            contextlib.closing(claim.verify(face, figures=figures)) as steps,
        ):
            result, asked = (_emit_all(steps), False) if as_json else _show_steps(steps, quiet=figures)
            standing = None if as_json else own_standing(daemon, name)
    except CommandFailed as failure:
        if failure.code is ExitCode.NOTHING:
            # What keeps a look from happening leaves nothing judged, whoever says so.
            raise CommandFailed(failure.error, failure.text, ExitCode.CANNOT_WORK) from failure
        raise
    if not as_json:
        _show_result(result, standing, asked=asked)
    raise typer.Exit(trial_code(result.reason))


def _emit_all(answers: Iterator[TryStep | Tried]) -> Tried:
    for answer in answers:
        emit(answer)
        if isinstance(answer, Tried):
            return answer
    raise broken("no verdict")


def _show_steps(answers: Iterator[TryStep | Tried], *, quiet: bool) -> tuple[Tried, bool]:
    """Show the frames, those alike and in a row on one line; return the verdict, and whether a gesture was asked for.

    `quiet` leaves the terminal alone until the first: a password may be asked for on it.
    """
    from facelatch.cli.progress import LiveLine

    alike: list[TryStep] = []
    asked = False
    with LiveLine() as line:
        if not quiet:
            line.move(paint("waiting for the camera", "dim"))
        for answer in answers:
            if alike and (isinstance(answer, Tried) or not _alike(alike[-1], answer)):
                line.keep(_frames_words(alike))
                alike = []
            if isinstance(answer, Tried):
                return answer, asked
            alike.append(answer)
            asked = asked or answer.instruction is not None
            line.move(_frames_words(alike))
    raise broken("no verdict")


def _alike(one: TryStep, other: TryStep) -> bool:
    return (one.view, one.band, one.live, one.instruction) == (other.view, other.band, other.live, other.instruction)


def _frames_words(alike: list[TryStep]) -> Text:
    """Return one line for frames in a row that showed the same; evidence is the last one's."""
    step = alike[-1]
    words = paint(f"{len(alike):3d} × " if len(alike) > 1 else "      ", "dim")
    words.append_text(paint(f"{view_words(step.view):<15}", "" if step.view is View.CLEAR else "yellow"))
    parts = [band_words(step.band)]
    if step.live is not None:
        parts.append("live" if step.live else "looks like a picture")
    if step.evidence is not None:
        parts.append(f"evidence {step.evidence:+.1f}")
    words.append_text(paint("  " + ", ".join(part for part in parts if part)))
    if step.instruction is not None:
        words.append_text(paint(f"  {INSTRUCTIONS[step.instruction]}", "bold cyan"))
    words.rstrip()
    return words


def _show_result(result: Tried, standing: StandingReport | None, *, asked: bool) -> None:
    """Write the verdict, and of the standing what would keep a login from opening all the same, or a lock.

    asked: whether a gesture was, which tells a face that did not make it from a picture no more than the daemon can.
    """
    missed = asked and result.reason in (Reason.NOT_LIVE, Reason.NO_INTENT)
    explanation = GESTURE_MISSED if missed else EXPLANATIONS[result.reason]
    heading, style = HEADINGS[result.verdict]
    pairs = [
        (heading, paint(explanation.sentence, style)),
        ("Took", paint(f"{result.seconds:.1f} s, {counted(result.frames, 'frame')}")),
    ]
    if result.verdict is not Verdict.MATCH:
        pairs.insert(1, ("To do", paint(explanation.remedy)))
        if result.band is not None:
            pairs.append(("Likeness", paint(band_words(result.band))))
    if result.text:
        pairs.append(("In detail", paint(result.text)))
    if standing is not None and result.verdict is Verdict.MATCH:
        pairs += [("But", paint(text, "yellow")) for text in hindrances(standing)]
    elif standing is not None and (lock := locked(standing)):
        pairs.append(("Locked", paint(lock, "yellow")))
    if result.reason is Reason.CAMERA_BUSY and (holder := camera_holder()):
        pairs.append(("Held by", paint(holder)))
    if result.evidence is not None:
        wanted = "" if result.wanted is None else f", {result.wanted:.1f} wanted"
        pairs.append(("Evidence", paint(f"{result.evidence:+.1f} nats{wanted}")))
    if result.took:
        stages = ", ".join(f"{stage} {milliseconds:.0f} ms" for stage, milliseconds in result.took.items())
        pairs.append(("Per frame", paint(stages, "dim")))
    say("")
    show_pairs(pairs)
