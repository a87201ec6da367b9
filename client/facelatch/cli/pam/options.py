"""What `facelatch pam plan` and `facelatch pam apply` are asked alike, and the plan that comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facelatch.cli.failure import CommandFailed, ExitCode
from facelatch.types import Reason

if TYPE_CHECKING:
    from facelatch.pam.change import Plan
    from facelatch.pam.draft import PlanRefused

ServiceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--service",
        metavar="NAME",
        show_default=False,
        help="Only this service, in its own file; may be given more than once. Default: what the system has for all.",
    ),
]
SlotOption = Annotated[
    list[str] | None,
    typer.Option(
        "--slot",
        metavar="NAME",
        show_default=False,
        help="A service that asks for a face alone, beside the one with the password: kde-face, kde-fingerprint, "
        "gdm-fingerprint.",
    ),
]
RemoveOption = Annotated[bool, typer.Option("--remove", help="Take the lines of the face out again.")]
ReplaceFingerprintOption = Annotated[
    bool,
    typer.Option("--replace-fingerprint", help="Use the place of the fingerprint although this machine has fprintd."),
]
RootOption = Annotated[
    Path,
    typer.Option(
        "--root",
        metavar="DIR",
        exists=True,
        file_okay=False,
        show_default=False,
        help="An image's root instead of this machine's.",
    ),
]


def planned(
    services: list[str] | None,
    slots: list[str] | None,
    *,
    remove: bool,
    replace_fingerprint: bool,
    root: Path,
) -> Plan:
    """Return the plan for what was asked. Raises `CommandFailed` where it is refused, with the reason."""
    from facelatch.pam.planning import PlanRefused, Request, plan

    request = Request(tuple(services or ()), tuple(slots or ()), remove, replace_fingerprint)
    try:
        return plan(request, root)
    except PlanRefused as refusal:
        raise refused_plan(refusal, str(refusal)) from refusal


def refused_plan(refusal: PlanRefused, text: str) -> CommandFailed:
    """Return the error for a plan that is refused, with a text for a person."""
    if refusal.unreadable:
        return CommandFailed(Reason.NOT_PERMITTED, text, ExitCode.NOT_PERMITTED)
    return CommandFailed(Reason.BAD_REQUEST, text, ExitCode.NOTHING)
