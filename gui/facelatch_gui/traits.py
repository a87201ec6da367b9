"""What can be told of a face in a picture, in words and figures: how good it is, whether alive, and who."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from facelatch.types import UNSURE, AnalysedFace, Identified, Told

BLURRED: Final = 0.010
SOFT: Final = 0.050
"""Sharpness below which the eye calls a face blurred; 19 in 20 ordinary pictures are above the second."""

DARK: Final = 20 / 255
DIM: Final = 60 / 255
BRIGHT: Final = 225 / 255
"""Light: below the first the eye calls a face too dark; the others are where details begin to drown."""

STRAIGHT: Final = 10.0
"""Degrees: what the five points of a face can tell apart from straight."""

translate = QCoreApplication.translate


def sharpness(face: AnalysedFace) -> str:
    """Return how sharp a face is."""
    if face.sharpness < BLURRED:
        word = translate("Traits", "Blurred")
    elif face.sharpness < SOFT:
        word = translate("Traits", "Soft")
    else:
        word = translate("Traits", "Sharp")
    return _with_figure(word, QLocale().toString(face.sharpness, "f", 3))


def light(face: AnalysedFace) -> str:
    """Return how a face is lit."""
    if face.light < DARK:
        word = translate("Traits", "Too dark")
    elif face.light < DIM:
        word = translate("Traits", "Dim")
    elif face.light > BRIGHT:
        word = translate("Traits", "Very bright")
    else:
        word = translate("Traits", "Well lit")
    return _with_figure(word, _percent(face.light))


def turn(face: AnalysedFace) -> str:
    """Return where a head points, as its owner has left and right."""
    parts = (
        (face.yaw, translate("Traits", "{angle}° left"), translate("Traits", "{angle}° right")),
        (face.pitch, translate("Traits", "{angle}° up"), translate("Traits", "{angle}° down")),
    )
    figures = [
        (positive if angle >= 0 else negative).format(angle=round(abs(angle))) for angle, positive, negative in parts
    ]
    figures.append(translate("Traits", "{angle}° tilted").format(angle=round(abs(face.roll))))
    return _with_figure(_direction(face), translate("Traits", ", ", "between figures").join(figures))


def _direction(face: AnalysedFace) -> str:
    if max(abs(face.yaw), abs(face.pitch)) < STRAIGHT:
        return translate("Traits", "Straight")
    if abs(face.yaw) >= abs(face.pitch):
        return translate("Traits", "Turned left") if face.yaw > 0 else translate("Traits", "Turned right")
    return translate("Traits", "Raised") if face.pitch > 0 else translate("Traits", "Lowered")


def all_of(face: AnalysedFace) -> list[tuple[str, str]]:
    """Return names and findings: whether a face is alive, who it is, guesses, and its quality, the weakest first."""
    found: list[tuple[str, str]] = []
    if face.live is not None:
        alive = translate("Traits", "Looks alive") if face.live else translate("Traits", "Looks like a picture")
        found.append((translate("Traits", "Life"), alive))
    if face.identified is not None:
        found.append((translate("Traits", "Person"), _person(face.identified)))
    found += [(_guessed(told), _guess(told)) for told in face.attributes]
    weakest_first = sorted(face.quality.items(), key=lambda pair: pair[1])
    figure = translate("Traits", "{number} of 100", "a quality")
    found += [
        (component(name), figure.format(number=QLocale().toString(round(value)))) for name, value in weakest_first
    ]
    return found


def _person(identified: Identified) -> str:
    if not identified.user:
        nobody = translate("Traits", "Nobody who is enrolled")
        return _with_figure(nobody, _likely(identified.nobody))
    best = next((each for each in identified.identities if each.user == identified.user), None)
    return identified.user if best is None else _with_figure(identified.user, _likely(best.probability))


def _likely(probability: float) -> str:
    """Return a probability; none is told as certain."""
    return translate("Traits", "{percent} likely").format(percent=_percent(min(0.99, probability)))


def _guessed(told: Told) -> str:
    known = {
        "age": translate("Traits", "Guessed age"),
        "gender": translate("Traits", "Guessed gender"),
        "mask": translate("Traits", "Guess: a mask"),
    }
    return known.get(told.name) or translate("Traits", "Guess: {what}").format(what=told.name)


def _guess(told: Told) -> str:
    if told.label == UNSURE:
        return translate("Traits", "Unsure")
    known = {
        "female": translate("Traits", "Female"),
        "male": translate("Traits", "Male"),
        "child": translate("Traits", "A child"),
        "young": translate("Traits", "Young"),
        "middle-aged": translate("Traits", "Middle-aged"),
        "senior": translate("Traits", "Old"),
        "worn": translate("Traits", "Worn"),
        "absent": translate("Traits", "Not worn"),
    }
    return _with_figure(known.get(told.label, told.label), _likely(told.probability))


def component(name: str) -> str:
    """Return what a component of ISO/IEC 29794-5 is called; one that is not known here is called as it is."""
    return _of_light(name) or _of_place(name) or name


def _of_light(name: str) -> str | None:
    return {
        "sharpness": translate("Traits", "Sharpness"),
        "luminance-mean": translate("Traits", "Brightness"),
        "luminance-variance": translate("Traits", "Contrast"),
        "dynamic-range": translate("Traits", "Range of tones"),
        "under-exposure-prevention": translate("Traits", "No part too dark"),
        "over-exposure-prevention": translate("Traits", "No part too bright"),
        "illumination-uniformity": translate("Traits", "Light on both sides alike"),
        "natural-colour": translate("Traits", "Natural colour"),
        "single-face-present": translate("Traits", "No other face beside it"),
    }.get(name)


def _of_place(name: str) -> str | None:
    return {
        "inter-eye-distance": translate("Traits", "Distance between the eyes"),
        "head-size": translate("Traits", "Size of the head, as on a passport"),
        "leftward-crop": translate("Traits", "Room to the left"),
        "rightward-crop": translate("Traits", "Room to the right"),
        "upward-crop": translate("Traits", "Room below"),
        "downward-crop": translate("Traits", "Room above"),
        "head-pose-yaw": translate("Traits", "Not turned to a side"),
        "head-pose-pitch": translate("Traits", "Not raised or lowered"),
        "head-pose-roll": translate("Traits", "Not tilted"),
    }.get(name)


def _percent(share: float) -> str:
    return translate("Traits", "{number} %", "a percentage").format(number=QLocale().toString(round(100 * share)))


def _with_figure(word: str, figure: str) -> str:
    return translate("Traits", "{word} ({figure})").format(word=word, figure=figure)
