"""How somebody stands with the daemon: whether a login by face can open for him now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from facelatch.cli.options import about_self, invocation
from facelatch.cli.output import local_time, paint
from facelatch.errors import BusError, ProtocolBroken
from facelatch.standing import hindrances
from facelatch.types import PasswordCause, StandingReport, StatusReport

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


def obstacles(daemon: Daemon, status: StatusReport) -> tuple[str, ...]:
    """Return what, beside his standing, keeps the caller's faces from opening: pack and cameras, a sentence each.

    None where the daemon does not tell.
    """
    from facelatch.doctor.camera import strange_cameras
    from facelatch.doctor.pack import shortcomings

    try:
        pack, policy, faces = daemon.pack(), daemon.policy(), daemon.faces()
    except (BusError, ProtocolBroken):
        return ()
    return tuple(finding.text for finding in (*shortcomings(pack, policy), *strange_cameras(status, policy, faces)))


def standing_lines(standing: StandingReport, user: str, besides: Sequence[str], *, ready: bool) -> Iterator[Text]:
    """Yield what decides whether a face opens now, and what to do.

    besides: what stands in the way that is no matter of his standing. ready: whether a face could be judged at all.
    """
    said = (*hindrances(standing), *besides)
    for hindrance in said:
        yield paint(hindrance, "yellow")
    if not standing.usable:
        yield paint(f"Enrol it: {invocation('enroll', user)}")
    elif besides:
        yield paint("What to do: facelatch doctor")
    elif not said:
        yield paint("A login by face opens now.", "green") if ready else paint("It is not for you that no face opens.")
    elif standing.password_wanted is not None:
        # Not "to unlock": many screen locks run as the user, who is not believed.
        first = standing.password_wanted is PasswordCause.NEVER
        then = "if that changes nothing: facelatch doctor" if first else "the face opens from then on"
        yield paint(f"Type it at the next login, or for sudo; {then}.")
    if standing.password_given:
        yield paint(f"The password was last accepted {local_time(standing.password_given)}.", "dim")
