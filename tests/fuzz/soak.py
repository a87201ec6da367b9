"""Runs what is tested here on fresh examples for as long as one likes: `python -m tests.fuzz.soak --seconds 600`.

Each test gets an equal part of the time, and every round of it another seed. Prints how many examples were run; ends
with the failing example, made small, where one is found.
"""

from __future__ import annotations

import argparse
import ctypes
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from facelatch_eye.messages import HEADER
from tests.fuzz import test_lines, test_messages
from tests.fuzz.lines import ANYTHING, WRITTEN
from tests.fuzz.messages import ANSWERS, REQUESTS, bodies
from tests.pam.parser import Parser, compile_parser

ROUND = settings(
    max_examples=2000,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

HEADERS = st.binary(min_size=HEADER.size, max_size=HEADER.size)
AGREEMENT = test_lines.test_judge_and_door_agree_about_what_is_a_line_and_what_it_says

TESTS: dict[Callable[..., None], dict[str, st.SearchStrategy[Any]]] = {
    test_lines.test_what_is_no_line_is_a_line_error_and_what_is_one_can_be_written: {"raw": ANYTHING},
    test_lines.test_what_is_written_reads_back_and_what_cannot_be_is_a_line_error: {"written": WRITTEN},
    AGREEMENT: {"raw": ANYTHING},
    test_messages.test_whatever_the_eye_is_asked_is_a_request_or_a_message_error: {"raw": bodies(REQUESTS)},
    test_messages.test_whatever_the_eye_answers_is_a_message_error_or_can_be_looked_through: {"raw": bodies(ANSWERS)},
    test_messages.test_a_length_is_within_bounds_or_a_message_error: {"header": HEADERS},
}
"""What each is given, as in its own decorator: with that come settings for quick runs."""


def soak(test: Callable[..., None], given_to_it: dict[str, st.SearchStrategy[Any]], seconds: float) -> int:
    """Run a test until the time is over; return the number of examples. Raises what a failing example raises."""
    examples = 0
    inner = test.hypothesis.inner_test  # type: ignore[attr-defined]

    def counting(**values: Any) -> None:
        nonlocal examples
        examples += 1
        inner(**values)

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ROUND(seed(secrets.randbits(64))(given(**given_to_it)(counting)))()
    return examples


def main() -> None:
    """Soak all tests, and say how many examples each was given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all tests together (default 60)")
    seconds = parser.parse_args().seconds / len(TESTS)
    with tempfile.TemporaryDirectory() as folder:
        lines = Parser(ctypes.CDLL(str(compile_parser("cc", Path(folder)))))
        for test, given_to_it in TESTS.items():
            needed = {"lines": st.just(lines)} if test is AGREEMENT else {}
            examples = soak(test, given_to_it | needed, seconds)
            print(f"{examples:>9} examples clean: {test.__name__}", flush=True)


if __name__ == "__main__":
    main()
