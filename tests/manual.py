"""The parts of the manual pages that the code knows better: `make manual` renews them, a test says when that is due.

A source in docs/man has them between two comments, `; begin NAME` and `; end NAME`; all around is written by hand.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from unittest import mock

import typer
from typer.main import get_command

from tests.places import TREE

SOURCES: Final = TREE / "docs" / "man"
SHARED_BY: Final = 3
"""An option that so many commands have, in the same words, is described once."""

CORES: Final = 2
"""The machine that the pages speak of: a default may depend on it."""


class _Caught(BaseException):
    """Ends a program where its options would be read."""


@dataclass(frozen=True)
class Option:
    """An option or argument, as a page shows it."""

    names: tuple[str, ...]
    """Empty for an argument."""
    value: str
    text: str
    required: bool = False
    repeated: bool = False

    @property
    def brief(self) -> str:
        """Return it as a synopsis has it."""
        value = f"_{_plain(self.value)}_{'…' if self.repeated else ''}" if self.value else ""
        shown = " ".join(part for part in (f"*{self.names[0]}*" if self.names else "", value) if part)
        return shown if self.required else f"[{shown}]"

    @property
    def whole(self) -> str:
        """Return it with its description."""
        names = ", ".join(f"*{name}*" for name in sorted(self.names, key=len))
        value = f"_{_plain(self.value)}_" if self.value else ""
        return f"{' '.join(part for part in (names, value) if part)}\n\t{_text(self.text)}\n"


@dataclass(frozen=True)
class Command:
    """A command without commands below it."""

    name: str
    text: str
    options: tuple[Option, ...]


# --- what programs say of themselves ----------------------------------------------------------------------------------


def commands_of(app: typer.Typer, name: str) -> tuple[list[Option], list[Command]]:
    """Return the global options of a program of Typer's, and its commands, those that are hidden left out."""
    root = get_command(app)
    context = root.make_context(name, [], resilient_parsing=True)
    return _options_of(root, context), list(_commands_below(root, context, ()))


def _commands_below(group: Any, context: Any, path: tuple[str, ...]) -> Iterator[Command]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command.hidden:
            continue
        if hasattr(command, "list_commands"):
            yield from _commands_below(command, context, (*path, name))
        else:
            options = [option for option in _options_of(command, context) if "--help" not in option.names]
            yield Command(" ".join((*path, name)), command.help or "", tuple(options))


def _options_of(command: Any, context: Any) -> list[Option]:
    parameters = [*command.get_params(context)]
    return [_option_of(parameter) for parameter in parameters if not getattr(parameter, "hidden", False)]


def _option_of(parameter: Any) -> Option:
    is_option = parameter.param_type_name == "option"
    names = (*parameter.opts, *parameter.secondary_opts) if is_option else ()
    is_flag = getattr(parameter, "is_flag", False)
    value = "" if is_flag else (parameter.metavar or _value_of(parameter))
    text = (parameter.help or "").strip() + _range_of(parameter)
    if parameter.show_default is not False and not is_flag and parameter.default not in (None, "", False, (), []):
        text += f" Default: {_default_of(parameter.default)}."
    if parameter.envvar:
        text += f" Environment: {parameter.envvar}."
    repeated = parameter.multiple or parameter.nargs == -1
    return Option(names, value.removesuffix("..."), text, bool(parameter.required), repeated)


def _default_of(default: Any) -> str:
    """Return a default; of a file that comes with the program the name, since it lies elsewhere each time."""
    if isinstance(default, Path) and default.is_relative_to(TREE):
        return f"{default.name}, which comes with it"
    return str(getattr(default, "value", default))


def _range_of(parameter: Any) -> str:
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if low is None:
        return ""
    return f" At least {low}." if high is None else f" From {low} to {high}."


def _value_of(parameter: Any) -> str:
    if choices := parameter.type_descriptor.choices:
        return "|".join(str(getattr(choice, "value", choice)) for choice in choices)
    return str(parameter.name).upper().replace("_", "-")


def options_of(read: Callable[[list[str]], Any]) -> list[Option]:
    """Return the options of a program of argparse's; `read` is what reads them."""
    caught: list[argparse.ArgumentParser] = []

    def catch(parser: argparse.ArgumentParser, *_arguments: Any) -> None:
        caught.append(parser)
        raise _Caught

    with (
        mock.patch.object(argparse.ArgumentParser, "parse_args", catch),
        mock.patch("os.cpu_count", return_value=CORES),
        contextlib.suppress(_Caught),
    ):
        read([])
    (parser,) = caught
    return [_option_of_action(parser, action) for action in parser._actions]


def _option_of_action(parser: argparse.ArgumentParser, action: argparse.Action) -> Option:
    value = ""
    if action.nargs != 0:
        value = "|".join(action.choices or ()) or str(action.metavar or action.dest.upper().replace("_", "-"))
    words = " ".join(parser._get_formatter()._expand_help(action).split())
    repeated = isinstance(action, argparse._AppendAction)
    return Option(tuple(action.option_strings), value, f"{words[:1].upper()}{words[1:]}.", False, repeated)


def models_app() -> typer.Typer:
    """Return the commands of `facelatch-models`, which are put together when it runs."""
    from facelatch_models import cli

    with (
        mock.patch("facelatch_models.cli.console.ended", side_effect=_Caught) as ended,
        contextlib.suppress(_Caught),
    ):
        cli.main()
    app: typer.Typer = ended.call_args.args[0]
    return app


# --- parts of pages ---------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    return re.sub(r"([\\*_`~\[\]<>])", r"\\\1", text)


def _text(text: str) -> str:
    """Return words of the code as scdoc's: what stands in backticks is bold, and nothing else means anything."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return "".join(f"*{_plain(part)}*" if at % 2 else _plain(part) for at, part in enumerate(parts))


def _paragraphs(text: str) -> str:
    """Return a docstring of a command."""
    return "\n\n".join(_text(paragraph) for paragraph in text.split("\n\n"))


def option_list(options: Sequence[Option]) -> str:
    """Return a list of options, each with its description."""
    return "\n".join(option.whole for option in options)


def command_list(program: str, commands: Sequence[Command]) -> str:
    """Return a section of each command; options that several of a group have stand in a section behind it."""
    return "\n".join(
        _group_section(" ".join((program, *group)), list(members))
        for group, members in groupby(commands, lambda command: command.name.split()[:-1])
    )


def _group_section(prefix: str, commands: Sequence[Command]) -> str:
    counted = Counter(option for command in commands for option in command.options)
    shared = [option for option, count in counted.items() if count >= SHARED_BY]
    parts = []
    for command in commands:
        name = f"{prefix} {command.name.split()[-1]}"
        brief = " ".join(option.brief for option in command.options)
        own = [option for option in command.options if option not in shared]
        parts += [f"## {name}\n", f"*{name}* {brief}".rstrip() + "\n", _paragraphs(command.text) + "\n"]
        parts.append(option_list(own))
    if shared:
        parts += [f"## Options of several commands of {prefix}\n", option_list(shared)]
    return "\n".join(part for part in parts if part)


def parts() -> dict[str, dict[str, str]]:
    """Return the parts of each page that has some, by the page's name, as the code has them now."""
    import facelatch_eye.main
    import facelatchd.keytool
    import facelatchd.main
    from facelatch.cli.app import app
    from facelatch_gui.app import read_options

    made = {}
    for page, program in (
        ("facelatch.1", app), ("facelatch-models.1", models_app()), ("facelatch-key.8", facelatchd.keytool.app),
    ):  # fmt: skip
        name = page.partition(".")[0]
        options, commands = commands_of(program, name)
        made[page] = {"options": option_list(options), "commands": command_list(name, commands)}
    readers: dict[str, Callable[[list[str]], Any]] = {
        "facelatchd.8": facelatchd.main._parse,
        "facelatch-eye.8": facelatch_eye.main.parse,
        "facelatch-settings.1": read_options,
    }
    for page, read in readers.items():
        made[page] = {"options": option_list(options_of(read))}
    return made


def renewed(source: str, parts: dict[str, str]) -> str:
    """Return a page's source with its parts as given; raises `ValueError` where it has no place for one."""
    for name, text in parts.items():
        place = re.compile(rf"(?ms)^; begin {name}\n.*?^; end {name}\n")
        if not place.search(source):
            raise ValueError(f"there is no place for {name}")
        before, after = place.split(source)
        source = f"{before}; begin {name}\n\n{text.strip()}\n\n; end {name}\n{after}"
    return source


def main() -> int:
    """Renew the sources of all pages."""
    for page, made in parts().items():
        path = SOURCES / f"{page}.scd"
        before = path.read_text()
        if (after := renewed(before, made)) != before:
            path.write_text(after)
            print(f"renewed: {Path('docs/man', path.name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
