"""`facelatch history`: what was tried, and how it ended."""

from __future__ import annotations

from typing import Annotated

import typer

from facelatch.cli.answers import AttemptList
from facelatch.cli.options import JsonOption, UserOption, about_self, daemon_of, user_or_self
from facelatch.cli.output import emit, local_time, paint, say, show_table
from facelatch.cli.words import EXPLANATIONS, band_words
from facelatch.types import AttemptSummary, Verdict

VERDICT_STYLES = {Verdict.MATCH: "green", Verdict.MISMATCH: "red", Verdict.UNAVAILABLE: "yellow"}


def history(
    context: typer.Context,
    user: UserOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the latest attempts, newest first, in local time."""
    name = user_or_self(user)
    with daemon_of(context).connected(asks=not about_self(name)) as daemon:
        answer = AttemptList(daemon.history(name, limit))
    if as_json:
        emit(answer)
    elif not answer.attempts:
        say(f"Nobody has tried to log in as {name} by face yet.")
    else:
        show_table(
            ("WHEN", "SERVICE", "VERDICT", "TOOK", "WHY"),
            [
                (
                    local_time(attempt.when),
                    attempt.service,
                    paint(attempt.verdict.value, VERDICT_STYLES[attempt.verdict]),
                    f"{attempt.seconds:.1f} s",
                    _why(attempt),
                )
                for attempt in answer.attempts
            ],
        )


def _why(attempt: AttemptSummary) -> str:
    sentence = EXPLANATIONS[attempt.reason].sentence
    if attempt.verdict is Verdict.MATCH or attempt.band is None:
        return sentence
    return f"{sentence} ({band_words(attempt.band)})"
