"""What an analysis found, in lines and tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from facelatch.cli.output import bar, console, counted, paint, plain, say, show_pairs, show_table
from facelatch.cli.words import view_words
from facelatch.types import UNSURE, AnalysedFace, Analysis, Identified, Told, View

if TYPE_CHECKING:
    from rich.text import Text

WEAKEST: Final = 2
"""Components that are named where there are several faces; one alone is told with all of them."""

ALONE: Final = ("single-face-present", "head-size")
"""Components that are low of necessity where several faces share a picture."""

MOST_LIKELY: Final = 0.999
SUREST: Final = 0.99
"""Likelier than this no guess is told to be."""

STRAIGHT: Final = 10.0
"""Degrees that five points can tell apart from straight."""


def show_analysis(name: str, analysis: Analysis, *, asked_for_attributes: bool) -> None:
    """Write what one picture shows."""
    count = len(analysis.faces) + analysis.more
    found = counted(count, "face") if count else "no face found"
    size = f"{analysis.width} × {analysis.height} pixels"
    said = [found, size]
    if analysis.view not in (View.CLEAR, View.NO_FACE, View.SEVERAL_FACES):
        said.append(view_words(analysis.view))
    heading = paint(f"{name}: ", "bold")
    heading.append_text(paint(", ".join(said), "" if count else "yellow"))
    console().print(heading, soft_wrap=True)
    if len(analysis.faces) == 1:
        show_pairs(_one_face(analysis.faces[0]))
    elif analysis.faces:
        _show_faces(analysis)
    if analysis.more:
        say(f"{counted(analysis.more, 'smaller face')} more, which were not looked at.")
    if asked_for_attributes and analysis.faces:
        told = any(face.attributes for face in analysis.faces)
        say(
            "Attributes are guesses from looks; nothing is decided by them."
            if told
            else "The pack tells no attributes."
        )


def _one_face(face: AnalysedFace) -> list[tuple[str, str | Text]]:
    pairs: list[tuple[str, str | Text]] = [
        ("Place", place_words(face)),
        ("Head", head_words(face)),
        ("Detected", f"{face.confidence:.0%} sure"),
        ("Alive", _live_text(face)),
    ]
    if face.identified is not None:
        pairs.append(("Who", identified_words(face.identified)))
    pairs += [(_spoken(told.name).capitalize(), told_words(told)) for told in face.attributes]
    heading = "Quality"
    for name, value in face.quality.items():
        measured = paint("").append_text(bar(round(value), 100, width=10))
        measured.append_text(paint(f" {value:3.0f}  {_spoken(name)}"))
        pairs.append((heading, measured))
        heading = ""
    return pairs


def _show_faces(analysis: Analysis) -> None:
    headings = ["FACE", "PLACE", "HEAD", "ALIVE"]
    if any(face.identified for face in analysis.faces):
        headings.append("WHO")
    if any(face.attributes for face in analysis.faces):
        headings.append("ATTRIBUTES")
    rows = []
    for number, face in enumerate(analysis.faces, start=1):
        row: list[str | Text] = [str(number), place_words(face), head_words(face), _live_text(face)]
        if "WHO" in headings:
            row.append(identified_words(face.identified) if face.identified else "")
        if "ATTRIBUTES" in headings:
            row.append(", ".join(f"{_spoken(told.name)}: {told_words(told)}" for told in face.attributes))
        rows.append([*row, weakest_words(face.quality)])
    show_table([*headings, "WEAKEST QUALITY"], rows)


def place_words(face: AnalysedFace) -> str:
    """Return where a face is and how large: its box in pixels."""
    x, y, width, height = (round(length) for length in face.box)
    return f"{width} × {height} at {x}, {y}"


def head_words(face: AnalysedFace) -> str:
    """Return where a head points, as its owner has left and right."""
    parts = (
        (face.yaw, "left", "right"),
        (face.pitch, "up", "down"),
        (face.roll, "tilted left", "tilted right"),
    )
    turned = [
        f"{abs(angle):.0f}° {positive if angle > 0 else negative}"
        for angle, positive, negative in parts
        if abs(angle) >= STRAIGHT
    ]
    return ", ".join(turned) or "straight"


def _live_text(face: AnalysedFace) -> Text:
    if face.live is None:
        return paint("the pack cannot tell", "dim")
    return paint("looks alive", "green") if face.live else paint("looks like a picture", "yellow")


def identified_words(identified: Identified) -> str:
    """Return who a face is taken for, and how likely that is."""
    if not identified.user:
        return f"nobody enrolled ({_likely(identified.nobody)})"
    best = identified.identities[0] if identified.identities else None
    if best is None or best.user != identified.user:
        return identified.user
    label = f", “{best.face}”" if best.face else ""
    return f"{identified.user}{label} ({_likely(best.probability)})"


def _likely(probability: float) -> str:
    """Return a probability; none is told as certain."""
    return f"{probability:.1%} likely" if probability < MOST_LIKELY else f"over {MOST_LIKELY:.1%} likely"


def told_words(told: Told) -> str:
    """Return a guess with its probability; none is told as certain."""
    if told.label == UNSURE:
        return f"{UNSURE} (at most {told.probability:.0%})"
    return f"{told.label} ({f'{told.probability:.0%}' if told.probability <= SUREST else f'over {SUREST:.0%}'})"


def weakest_words(quality: dict[str, float]) -> str:
    """Return the lowest components of the quality of one face among several."""
    weakest = sorted(((name, value) for name, value in quality.items() if name not in ALONE), key=lambda pair: pair[1])
    return ", ".join(f"{_spoken(name)} {value:.0f}" for name, value in weakest[:WEAKEST])


def _spoken(name: str) -> str:
    return plain(name.replace("-", " "))
