"""`facelatch reload`: settings that were edited hold at once."""

from __future__ import annotations

import typer

from facelatch.cli.options import JsonOption, daemon_of
from facelatch.cli.output import emit, say


def reload(context: typer.Context, as_json: JsonOption = False) -> None:
    """Have the daemon read its settings anew; takes an administrator's password.

    Where they are wrong, it says in which file and line, and what held before holds on.
    """
    with daemon_of(context).connected(asks=True) as daemon:
        policy = daemon.reload()
    if as_json:
        emit(policy)
    else:
        say(f"The settings hold now. Read from: {', '.join(policy.sources) or 'no file, so that all is as it comes'}")
