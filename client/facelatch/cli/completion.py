"""What may follow on the command line, for the scripts in packaging/completions.

A script calls the command with the environment's _FACELATCH_COMPLETE set to its shell. Typer's own scripts (0.29) offer
no files where a file is meant, break labels apart at their spaces, and in bash a camera's id at its colons.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import typer

from facelatch.cli import candidates
from facelatch.cli.candidates import Candidate
from facelatch.cli.output import plain

_library: Final[Any] = importlib.import_module(
    f"{typer.BadParameter.__mro__[2].__module__.rpartition('.')[0]}.shell_completion"
)
"""Click's, or the copy that Typer has from 0.26 on."""


class Shell(enum.Enum):
    """Who asks. zsh and fish give the words up to the cursor, bash the command's name and the line up to there."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


class Kind(enum.Enum):
    """What a line of the answer is: a value, or that the shell shall offer files or folders."""

    PLAIN = "plain"
    FILE = "file"
    DIR = "dir"


_KINDS: Final = {"DIR": Kind.DIR, "FILE": Kind.FILE, "PICTURE": Kind.FILE, "OUT": Kind.FILE}
"""By what stands for the value in the help."""


def answer(group: Any, shell: Shell, arguments: Sequence[str]) -> None:
    """Write what may stand where the cursor is: on each line its kind, and of a value itself and what it is."""
    raw = ""
    match shell:
        case Shell.BASH:
            words, raw = words_of_line(*arguments)
        case Shell.ZSH:
            words = list(arguments)
        case Shell.FISH:
            words = [*arguments[:-1], words_of_line("", arguments[-1])[0][-1]]
    for kind, candidate in possible(group, words):
        value = for_bash(candidate.value, raw) if shell is Shell.BASH else candidate.value
        told = "" if shell is Shell.BASH else plain(" ".join(candidate.help.split()))
        sys.stdout.write("\t".join(part for part in (kind.value, value, told) if part) + "\n")


def possible(group: Any, words: Sequence[str]) -> Iterator[tuple[Kind, Candidate]]:
    """Yield what may stand in the place of the last word, the others being there."""
    before, last = list(words[:-1]), words[-1]
    with contextlib.redirect_stdout(io.StringIO()):  # options that act at once, such as --version, do so here, too
        context = _library._resolve_context(group, {}, "facelatch", before)
        meant, begun = _library._resolve_incomplete(context, before, last)
    prefix = last.removesuffix(begun)  # of --option=value
    for kind, candidate in _values(meant, context, begun):
        if kind is not Kind.PLAIN or (candidate.value.startswith(begun) and candidate.value.isprintable()):
            yield kind, Candidate(prefix + candidate.value, candidate.help)


def _values(meant: Any, context: Any, begun: str) -> Iterator[tuple[Kind, Candidate]]:
    if (known := _known(meant, context)) is not None:
        for candidate in known:
            yield Kind.PLAIN, candidate
        return
    kinds = [_KINDS[word] for word in str(getattr(meant, "metavar", "") or "").split("|") if word in _KINDS]
    for kind in kinds:
        yield kind, Candidate("")
    for item in meant.shell_complete(context, begun):
        if item.type == Kind.PLAIN.value or not kinds:
            yield Kind(item.type), Candidate(item.value, item.help or "")


def _known(meant: Any, context: Any) -> Iterable[Candidate] | None:
    """Return the values that there are for an option or argument, None where nobody knows."""
    name, metavar = getattr(meant, "name", ""), getattr(meant, "metavar", "")
    if not hasattr(meant, "opts"):
        return None
    bus = context.find_root().params.get("bus") or ""
    group = context.parent.info_name if context.parent else ""
    if metavar == "FACE":
        return candidates.faces(bus, context.params.get("user"))
    if metavar == "CAMERA":
        return candidates.cameras(bus)
    if "--user" in meant.opts:
        return candidates.users()
    if group == "pack" and name == "name" and context.info_name in ("use", "verify", "remove"):
        return candidates.packs()
    if group == "pam" and name == "services":
        return candidates.services(Path(context.params.get("root") or "/"))
    if group == "pam" and name == "slots":
        return candidates.slots()
    return None


# --- bash -------------------------------------------------------------------------------------------------------------


def words_of_line(command: str, line: str) -> tuple[list[str], str]:
    """Return the words of a line behind a command, the last one being typed, and that one as it stands there."""
    words, start, quote, escaped, begun = [""], 0, "", False, False
    for at, character in enumerate(line):
        if escaped:
            words[-1] += character
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = begun = True
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote, begun = character, True
        elif not quote and character in " \t\n":
            if begun or words[-1]:
                words.append("")
            start, begun = at + 1, False
        else:
            words[-1] += character
    skipped = words.index(command) + 1 if command in words[:-1] else 0
    return words[skipped:], line[start:]


def for_bash(value: str, raw: str) -> str:
    """Return a value as bash shall put it in the place of a word that is being typed.

    bash takes what is behind the last colon or equals sign for the word, unless it is in quotes.
    """
    quote = _quote_around(raw)
    if quote == "'":
        return value.replace("'", "'\\''")
    if quote == '"':
        return re.sub(r'(["$`\\])', r"\\\1", value)
    whole = re.sub(r"([^\w./:=@%+,-])", r"\\\1", value)
    return whole.removeprefix(raw[: max(raw.rfind(":"), raw.rfind("=")) + 1])


def _quote_around(raw: str) -> str:
    """Return the quote that a whole word stands in so far, if any. Behind `''` bash would run what a value says."""
    quote, escaped = "", False
    for at, character in enumerate(raw):
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character == quote:
            return ""
        elif not quote and character in "'\"":
            if at:
                return ""
            quote = character
    return quote
