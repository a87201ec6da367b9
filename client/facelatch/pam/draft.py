"""A plan in the making: the files as they would be so far."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from facelatch.pam.change import Change, Content
from facelatch.pam.tree import Tree


class PlanRefused(Exception):
    """There is no safe plan; the text says where and why. `unreadable`: for want of the right to read a file."""

    def __init__(self, text: str, *, unreadable: bool = False) -> None:
        super().__init__(text)
        self.unreadable = unreadable


class Draft:
    """What would be written, with what has to be known; `tree` is how the files would be.

    `wanted` are services in which a face has to open; `foreign` says that ways in of another program go.
    """

    def __init__(self, tree: Tree, *, foreign: bool = False) -> None:
        self.tree = tree
        self.foreign = foreign
        self.wanted: list[str] = []
        self.commands: list[tuple[str, ...]] = []
        self.remarks: list[str] = []
        self._changes: dict[PurePosixPath, Change] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes so far, in order."""
        return tuple(self._changes.values())

    def with_text(self, path: PurePosixPath | str, data: bytes | None) -> Tree:
        """Return the files as they would be with this one too."""
        return self.tree.after([self._change(path, data)])

    def write(self, path: PurePosixPath | str, data: bytes | None, *, listed: bool = True) -> None:
        """Have a file hold this, or be gone where it is None; a link is followed. Raises OSError."""
        change = replace(self._change(path, data), listed=listed)
        self._changes[change.path] = change
        self.tree = self.tree.after([change])

    def _change(self, path: PurePosixPath | str, data: bytes | None) -> Change:
        target = self.tree.target(path)
        if target is None:
            raise PlanRefused(f"{path}: links lead in a circle here")
        known = self._changes.get(target)
        before = known.before if known is not None else self.tree.content(target)
        after = None if data is None else replace(before or Content(b""), data=data)
        return Change(target, before, after)
