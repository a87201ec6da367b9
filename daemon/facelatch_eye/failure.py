"""What the eye cannot do, as it is told to who asked."""

from __future__ import annotations

from facelatch_eye.messages import Problem, ProblemKind

LONGEST_TEXT = 1000


class Failure(Exception):
    """Something that cannot be done, for a reason of the contract."""

    def __init__(self, kind: ProblemKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def problem_of(kind: ProblemKind, error: Exception) -> Problem:
    """Return what is told of an error; names of files may hold bytes that are no text and could not be sent."""
    text = str(error) or type(error).__name__
    return Problem(kind, text.encode(errors="replace").decode()[:LONGEST_TEXT])
