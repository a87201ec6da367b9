"""The group `facelatch pam`."""

from __future__ import annotations

import typer

from facelatch.cli.pam.apply import apply
from facelatch.cli.pam.confirm import confirm
from facelatch.cli.pam.plan import plan
from facelatch.cli.pam.revert import revert
from facelatch.cli.pam.status import status

app = typer.Typer(
    help="See and change what PAM does with the face; there is always a way back.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (plan, apply, confirm, status, revert):
    app.command(_command.__name__)(_command)
