"""A pack's measured figures in words: what was counted, how often it happened, and how sure that is."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from facelatch.types import Level, PackFigure
from facelatch_gui import words

translate = QCoreApplication.translate

SMALLEST_PERCENTAGE: Final = 1e-5
"""Smaller rates are written as one in so many."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A figure for a person; `meaning` is empty for a figure that this window does not know."""

    rate: str
    meaning: str
    certainty: str


def sentence(figure: PackFigure) -> Sentence:
    """Return a figure in words."""
    return Sentence(rate(figure.value), _meaning(figure.name), _certainty(figure))


def rate(value: float) -> str:
    """Return a rate in [0, 1] as a percentage with two digits that count, tiny ones as one in so many."""
    if value != 0 and value < SMALLEST_PERCENTAGE:
        return one_in(value)
    percent = value * 100
    digits = 0 if percent == 0 or percent >= 10 else max(0, 1 - math.floor(math.log10(percent)))
    number = QLocale().toString(percent, "f", digits)
    point = QLocale().decimalPoint()
    if point in number:
        number = number.rstrip(QLocale().zeroDigit()).removesuffix(point)
    return translate("Figures", "{number} %", "a percentage").format(number=number)


def one_in(value: float) -> str:
    """Return a rate above 0 as one in so many, of which two digits count."""
    many = 1 / value
    step = 10 ** max(0, math.floor(math.log10(many)) - 1)
    return translate("Figures", "1 in {many}").format(many=QLocale().toString(round(many / step) * step))


def _certainty(figure: PackFigure) -> str:
    if figure.low is None or figure.high is None:
        return translate("Figures", "Measured on: {data}").format(data=figure.data)
    return translate("Figures", "With 95 % certainty between {low} and {high}. Measured on: {data}").format(
        low=rate(figure.low), high=rate(figure.high), data=figure.data
    )


def _meaning(name: str) -> str:
    for pattern, say in _KNOWN:
        if found := pattern.fullmatch(name):
            return say(found)
    return ""


def _not_taken_in(_found: re.Match[str]) -> str:
    return translate("Figures", "How often a picture gives nothing to compare, for instance because no face is found")


def _misstated(_found: re.Match[str]) -> str:
    return translate("Figures", "How far the probabilities shown are from how often they come true, on average")


def _missed_at_rate(found: re.Match[str]) -> str:
    return translate(
        "Figures", "How often one picture of you is not recognised, if {rate} pictures of others may pass as you"
    ).format(rate=one_in(float(found[1])))


def _passed_at_level(found: re.Match[str]) -> str:
    return translate("Figures", "How often one picture of somebody else passes as you, at the level “{level}”").format(
        level=words.level(Level(found[1]))
    )


def _missed_at_level(found: re.Match[str]) -> str:
    return translate(
        "Figures", "How often one picture of you is not enough alone, at the level “{level}” (a login looks at several)"
    ).format(level=words.level(Level(found[1])))


def _real_refused(_found: re.Match[str]) -> str:
    return translate("Figures", "How often one picture of a real face is taken for a photo")


def _photo_passed(found: re.Match[str]) -> str:
    if found[1] == "printed photos":
        return translate("Figures", "How often one picture of a printed photo is taken for a real face")
    return translate("Figures", "How often one picture of a fake ({kind}) is taken for a real face").format(
        kind=found[1]
    )


def _eyes_called_closed(_found: re.Match[str]) -> str:
    return translate("Figures", "How often both eyes in a picture are taken for closed, rightly or not")


_LEVELS: Final = "|".join(level.value for level in Level)

_KNOWN: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"FTA"), _not_taken_in),
    (re.compile(r"FNMR at FMR (1e-\d)"), _missed_at_rate),
    (re.compile(rf"FMR of one comparison at the bound of ({_LEVELS})"), _passed_at_level),
    (re.compile(rf"FNMR of one comparison at the bound of ({_LEVELS})"), _missed_at_level),
    (re.compile(r"BPCER of one picture at the liveness threshold"), _real_refused),
    (re.compile(r"APCER of one picture at the liveness threshold, (.+)"), _photo_passed),
    (re.compile(r"Pictures in which both eyes are called closed(, webcam)?"), _eyes_called_closed),
    (re.compile(r"Expected calibration error of the probability shown, at even odds"), _misstated),
)
