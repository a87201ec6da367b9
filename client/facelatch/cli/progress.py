"""A line that changes in place on a terminal, and lines that stay."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from facelatch.cli.output import console, say

if TYPE_CHECKING:
    from rich.text import Text


class LiveLine:
    """Shows what is going on at the bottom of a terminal; into a pipe or a dumb terminal go the lasting lines only.

    Repaints when told to and has no thread: frames come often enough, and Ctrl-C finds nothing else running.
    """

    def __init__(self) -> None:
        from rich.live import Live
        from rich.text import Text

        self._console = console()
        self.moving = self._console.is_terminal and not self._console.is_dumb_terminal and sys.stdout.isatty()
        self._live: Live | None = None
        if self.moving:
            self._live = Live(
                Text(),
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe the moving line and give the cursor back."""
        if self._live:
            self._live.stop()

    def move(self, text: Text) -> None:
        """Replace the moving line, cut to the terminal's width."""
        if self._live:
            text.truncate(self._console.width - 1, overflow="ellipsis")
            self._live.update(text, refresh=True)

    def keep(self, text: Text) -> None:
        """Write a lasting line, above the moving one."""
        if self._live:
            self._console.print(text)
        else:
            say(text.plain)
