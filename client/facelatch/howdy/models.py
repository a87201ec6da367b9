"""What Howdy knows of a person: a JSON list of "models", each of one frame, with a label and 128 numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from facelatch.howdy.folder import HowdyError

DIMENSION: Final = 128
MOST_MODELS: Final = 100
LONGEST_LABEL: Final = 64
"""Characters of a label of ours; Howdy's have 24 where they were typed at its prompt."""

NOT_ADOPTED: Final = (
    "Howdy's numbers mean nothing to the networks of other packs, and with classic, which has the same one, 61 of 100 "
    "single comparisons with their owner would fail instead of 47 (docs/howdy.md)."
)
"""Why Howdy's numbers are not taken over; measured by `tests.bench.howdy` on lfw/dev at the level `convenient`.

Nor are they what an enrolment makes: one frame, which passed no check of liveness, pose or sharpness, of a camera that
is not recorded.
"""

_YEAR_3000: Final = 32_503_680_000.0


class Model(msgspec.Struct, frozen=True):
    """One face as Howdy has it; `time` is when it was enrolled, in seconds since 1970, `data` are its numbers."""

    time: Annotated[float, Meta(ge=0, le=_YEAR_3000)]
    label: str
    data: Annotated[
        tuple[Annotated[tuple[float, ...], Meta(min_length=DIMENSION, max_length=DIMENSION)], ...], Meta(min_length=1)
    ]

    @property
    def day(self) -> str:
        """The day it was enrolled, in UTC, as ISO 8601 has it."""
        return datetime.fromtimestamp(self.time, UTC).date().isoformat()


_Models = Annotated[tuple[Model, ...], Meta(max_length=MOST_MODELS)]
_DECODER: Final[msgspec.json.Decoder[tuple[Model, ...]]] = msgspec.json.Decoder(_Models)


def read_models(content: bytes, file: str) -> tuple[Model, ...]:
    """Return a person's models; raises `HowdyError`, which names file and entry.

    JSON has neither "not a number" nor infinity, though Python's writes them: here they are an error.
    """
    try:
        return _DECODER.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        remedy = "move it away, or leave this person out with --user"
        raise HowdyError(f"{file}: is damaged: {error}; {remedy}") from error


def labels_of(models: Sequence[Model]) -> tuple[str, ...]:
    """Return a label for each model that can be given here: readable, of bounded length, and no two alike."""
    labels: list[str] = []
    for model in models:
        written = unicodedata.normalize("NFC", model.label)
        readable = "".join(character if character.isprintable() else " " for character in written)
        label = " ".join(readable.split()) or "from Howdy"
        name, number = label[:LONGEST_LABEL].strip(), 1
        while name in labels:
            number += 1
            ending = f" ({number})"
            name = label[: LONGEST_LABEL - len(ending)] + ending
        labels.append(name)
    return tuple(labels)
