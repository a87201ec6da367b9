"""How somebody stands with the daemon: whether a login by face can open for him now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from facelatch.cli.options import about_self, invocation
from facelatch.cli.output import local_time, paint
from facelatch.errors import BusError, ProtocolBroken
from facelatch.standing import hindrances
from facelatch.types import StandingReport

if TYPE_CHECKING:
    from rich.text import Text

    from facelatch.sync import Daemon


def own_standing(daemon: Daemon, user: str) -> StandingReport | None:
    """Return how the caller stands; None about others, which may take another password, or where it is not told."""
    if not about_self(user):
        return None
    try:
        return daemon.standing(user)
    except (BusError, ProtocolBroken):
        # What was asked for is done whatever this says, and a hint is all that is lost.
        return None


def standing_lines(standing: StandingReport, user: str, *, ready: bool) -> Iterator[Text]:
    """Yield what decides whether a face opens now, and what to do; `ready` where a face could be judged at all."""
    said = hindrances(standing)
    for hindrance in said:
        yield paint(hindrance, "yellow")
    if not standing.usable:
        yield paint(f"Enrol it: {invocation('enroll', user)}")
    elif not said:
        yield paint("A login by face opens now.", "green") if ready else paint("It is not for you that no face opens.")
    elif standing.password_wanted is not None:
        yield paint("Type it at the next login or unlock; the face opens from then on.")
    if standing.password_given:
        yield paint(f"The password was last accepted {local_time(standing.password_given)}.", "dim")
