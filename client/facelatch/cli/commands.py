"""The command's own commands, each loaded when it is called or help is shown: none has to wait for the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

import typer
from typer.main import get_command, get_group

_PLACES: Final = {
    "enroll": ("enrolment", "enroll"),
    "list": ("faces", "list_faces"),
    "rename": ("faces", "rename"),
    "remove": ("faces", "remove"),
    "try": ("trial", "try_face"),
    "selftest": ("selftest.command", "selftest"),
    "identify": ("identification", "identify"),
    "people": ("people", "people"),
    "import": ("importing", "import_people"),
    "import-howdy": ("howdy", "import_howdy"),
    "status": ("status", "status"),
    "cameras": ("status", "cameras"),
    "history": ("history", "history"),
    "analyse": ("analyse", "analyse"),
    "export": ("export", "export"),
    "reload": ("reload", "reload"),
    "doctor": ("doctor", "doctor"),
    "analyze": ("analyse", "analyse"),
    "pam": ("pam.group", "app"),
}
"""By the command's name the module it is in, and its function or group there; in the order in which help shows them."""

_HIDDEN: Final = {"analyze"}


class Commands(Mapping[str, Any]):
    """The commands as Typer has them, by their names. To name them all, or one that there is not, loads none."""

    def __getitem__(self, name: str) -> Any:
        if name not in _PLACES:
            raise KeyError(name)
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)

    def __contains__(self, name: object) -> bool:
        return name in _PLACES


@cache
def _load(name: str) -> Any:
    module, member = _PLACES[name]
    found = getattr(import_module(f"facelatch.cli.{module}"), member)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    app.command(name, hidden=name in _HIDDEN)(found)
    return get_command(app)
