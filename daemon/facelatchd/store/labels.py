"""What a user calls his faces, and which face he means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from facelatchd.store.errors import FaceAmbiguous, FaceUnknown, LabelRefused
from facelatchd.store.rows import FaceRow
from facelatchd.store.schema import LONGEST_LABEL

SHORTEST_BEGINNING: Final = 4
"""Characters of an id that may stand for all of it."""


def read_label(text: str) -> str:
    """Return a label as it is stored: without blanks around it, composed (NFC), so that equal looks are equal.

    Raises `LabelRefused` for anything but 1 to `LONGEST_LABEL` characters that print; those that do not would let a
    label rewrite a terminal's line or show text backwards.
    """
    label = unicodedata.normalize("NFC", text.strip(" "))
    if not 1 <= len(label) <= LONGEST_LABEL:
        raise LabelRefused(f"a label of {len(label)} characters: expected 1 to {LONGEST_LABEL}")
    if not label.isprintable():
        raise LabelRefused(f"label {label!r}: holds a character that does not print")
    return label


def free_label(taken: Iterable[str]) -> str:
    """Return the first of "face 1", "face 2", … that is not taken."""
    labels = set(taken)
    number = 1
    while f"face {number}" in labels:
        number += 1
    return f"face {number}"


def meant(faces: Sequence[FaceRow], which: str) -> FaceRow:
    """Return the one face whose id, beginning of an id (at least 4 characters), or label is `which`.

    Raises `FaceUnknown` where there is none, `FaceAmbiguous` where there are several.
    """
    label = unicodedata.normalize("NFC", which.strip(" "))
    beginning = label.lower()
    for face in faces:
        if face.id == beginning:
            return face
    found = [
        face
        for face in faces
        if face.label == label or (len(beginning) >= SHORTEST_BEGINNING and face.id.startswith(beginning))
    ]
    if not found:
        raise FaceUnknown(
            f"no face is called {which!r}, and no id begins so (at least {SHORTEST_BEGINNING} characters)"
        )
    if len(found) > 1:
        several = ", ".join(f"{face.label!r} ({face.id[:12]})" for face in found)
        raise FaceAmbiguous(f"{which!r} may mean {several}; give more of the id")
    return found[0]
