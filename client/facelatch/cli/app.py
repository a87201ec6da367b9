"""The command's frame: global options, the commands, and the one place where every run ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from facelatch.cli import plugins
from facelatch.cli.commands import Commands
from facelatch.cli.daemon import Daemon
from facelatch.cli.failure import CommandFailed, ExitCode, wrong_use
from facelatch.cli.output import complain, emit_error, say
from facelatch.types import Reason

EPILOG: Final = """Exit codes:
  0  done; try: match,
  1  came to nothing: refused, not found; try: mismatch,
  2  wrong use of the command,
  3  no daemon, or it cannot work now: no pack, no camera; try: unavailable,
  4  not permitted,
130  interrupted.

With --json, standard output carries one JSON object (analyse, enroll, import,
try and identify of pictures: one a line), and for an error {"error": REASON, "text": TEXT}."""
"""Older versions of Typer make one paragraph of it, hence the punctuation."""

_usage_error: type[Exception] = typer.BadParameter.__mro__[2]
"""What Typer raises for wrong use. Up to 0.25 it is Click's, later Typer's own copy: no import names both."""

_OUTPUT_TROUBLE: Final = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class FacelatchGroup(TyperGroup):
    """Has our commands, finds those of other packages, and ends every run with a code and a line of the contract."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = Commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Name our commands, then those of other packages."""
        own = list(self.commands)
        return own + sorted(set(plugins.entries()) - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one of our commands, else one that another package brings."""
        return super().get_command(ctx, cmd_name) or plugins.command(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Ctrl-C is caught here, since versions of Typer differ in what they make of it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            raise CommandFailed(Reason.CANCELLED, "interrupted", ExitCode.INTERRUPTED) from interrupt

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run and exit; arguments are the process's where none are given."""
        arguments = list(sys.argv[1:] if args is None else args)
        if (shell := os.environ.get("_FACELATCH_COMPLETE")) in ("bash", "zsh", "fish"):
            from facelatch.cli import completion

            completion.answer(self, completion.Shell(shell), arguments)
            sys.exit(ExitCode.DONE)
        run = super().main
        sys.exit(_end(lambda: run(arguments, "facelatch", complete_var, standalone_mode=False, **extra), arguments))


app = typer.Typer(
    cls=FacelatchGroup,
    help="Log in with your face: enrol it, try it, and see how things stand.",
    epilog=EPILOG,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        say(f"facelatch {metadata.version('facelatch')}")
        raise typer.Exit


@app.callback()
def frame(
    context: typer.Context,
    bus: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="FACELATCH_BUS",
            show_default=False,
            help="The message bus that the daemon is on, as unix:path=FILE. Default: the system bus.",
        ),
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the global options."""
    context.obj = Daemon(bus)
    if context.invoked_subcommand is None:
        # Where Rich is installed it has written the help by now, and the text is empty.
        typer.echo(context.get_help(), nl=False)
        raise typer.Exit(ExitCode.WRONG_USE)


def _end(run: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command and return its exit code, after saying what went wrong."""
    for stream in (sys.stdout, sys.stderr):
        # A label that the terminal's character set lacks must not end a command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    as_json = "--json" in arguments
    try:
        try:
            outcome = run()
        except CommandFailed as failure:
            return _report(failure, as_json)
        except typer.Abort as abort:
            if isinstance(abort.__cause__, KeyboardInterrupt):  # outside of any command, where Typer catches it first
                return _report(CommandFailed(Reason.CANCELLED, "interrupted", ExitCode.INTERRUPTED), as_json)
            return _report(CommandFailed(Reason.CANCELLED, "given up, nothing was done", ExitCode.NOTHING), as_json)
        except _usage_error as error:
            return _report_usage(error, as_json)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in _OUTPUT_TROUBLE:
            raise
        if error.errno != errno.EPIPE:
            complain(f"cannot write: {error.strerror}")
        # Python's own flush at exit must not complain again. A reader who has gone wants to hear nothing at all.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NOTHING
    return outcome if isinstance(outcome, int) else ExitCode.DONE


def _report(failure: CommandFailed, as_json: bool) -> int:
    if as_json:
        emit_error(failure.error.value, failure.text)
    else:
        complain(failure.text)
    return failure.code


def _report_usage(error: Any, as_json: bool) -> int:
    """Say on one line what Typer says in a box of five."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return ExitCode.WRONG_USE
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "facelatch"
    return _report(wrong_use(f"{error.format_message().rstrip('.')}; see: {where} --help"), as_json)
