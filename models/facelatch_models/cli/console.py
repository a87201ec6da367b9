"""What the pack commands say, and how they end."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from facelatch_models.build import BuildError
from facelatch_models.convert import ConvertError
from facelatch_models.download import DownloadError
from facelatch_models.install import InstallError
from facelatch_models.pack import PackDamaged, PackMissing
from facelatch_models.shelf import NotPermittedError, ShelfError


class Code(enum.IntEnum):
    """Exit codes, as docs/contracts.md has them."""

    DONE = 0
    NOTHING = 1
    UNABLE = 3
    NOT_PERMITTED = 4
    INTERRUPTED = 130


@contextmanager
def reported(as_json: bool) -> Iterator[None]:
    """Turn the errors of this package into one line (or one JSON object) and the exit code that belongs to them."""
    try:
        yield
    except PackMissing as error:
        fail(as_json, Code.UNABLE, "no-pack", error)
    except PackDamaged as error:
        fail(as_json, Code.NOTHING, "pack-damaged", error)
    except NotPermittedError as error:
        fail(as_json, Code.NOT_PERMITTED, "not-permitted", error)
    except (BuildError, ConvertError, DownloadError, InstallError, ShelfError) as error:
        fail(as_json, Code.NOTHING, "failed", error)
    except KeyboardInterrupt:
        fail(as_json, Code.INTERRUPTED, "interrupted", "interrupted; nothing was changed")


def fail(as_json: bool, code: Code, reason: str, text: object) -> NoReturn:
    """Say what went wrong and exit."""
    if as_json:
        answer({"error": reason, "text": str(text)})
    else:
        note(f"facelatch: {text}")
    raise typer.Exit(code)


def answer(value: dict[str, Any]) -> None:
    """Write the command's one JSON object."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def say(text: str) -> None:
    """Write a line of the result; what came out of files can move no cursor."""
    typer.echo(_printable(text))


def note(text: str) -> None:
    """Write a line beside the result, to standard error."""
    typer.echo(_printable(text), err=True)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
