"""The files of a machine or an image, with those of a plan over them; links are followed as that system would."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam.change import Change, Content

MOST_LINKS: Final = 40
"""Links on the way to a file that Linux follows."""


class Tree:
    """The files below a root. Paths are the system's own: `/etc/pam.d/sudo`, wherever the root is."""

    def __init__(self, root: Path = Path("/"), planned: Mapping[PurePosixPath, bytes | None] | None = None) -> None:
        self.root = root
        self._planned = dict(planned or {})

    @classmethod
    def of(cls, root: Path | Tree) -> Tree:
        """Return the tree of a folder, or the tree that it is already."""
        return root if isinstance(root, Tree) else cls(root)

    def after(self, changes: Iterable[Change]) -> Tree:
        """Return the tree as changes would leave it."""
        planned = {change.path: None if change.after is None else change.after.data for change in changes}
        return Tree(self.root, {**self._planned, **planned})

    def find(self, path: PurePosixPath | str) -> PurePosixPath | None:
        """Return the regular file that a path leads to, None where there is none. Raises OSError of the system."""
        target = self.target(path)
        if target is None:
            return None
        if target in self._planned:
            return target if self._planned[target] is not None else None
        return target if self._place(target).is_file() else None

    def target(self, path: PurePosixPath | str) -> PurePosixPath | None:
        """Return where a path leads, there or not; None for links that lead in a circle."""
        waiting = [part for part in reversed(PurePosixPath(path).parts) if part != "/"]
        at, links = PurePosixPath("/"), 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                at = at.parent
                continue
            step = at / part
            place = self._place(step)
            if step in self._planned or not place.is_symlink():
                at = step
                continue
            links += 1
            if links > MOST_LINKS:
                return None
            link = PurePosixPath(os.readlink(place))
            at = PurePosixPath("/") if link.is_absolute() else at
            waiting += [piece for piece in reversed(link.parts) if piece != "/"]
        return at

    def read(self, path: PurePosixPath | str, most: int = -1) -> bytes:
        """Return what a file holds, up to so many bytes. Raises OSError."""
        found = self.find(path)
        if found is None:
            raise FileNotFoundError(2, "No such file", str(path))
        if (planned := self._planned.get(found)) is not None:
            return planned if most < 0 else planned[:most]
        with self._place(found).open("rb") as stream:
            return stream.read(most)

    def content(self, path: PurePosixPath | str) -> Content | None:
        """Return a file as it lies on the disk, whatever is planned; None where there is none. Raises OSError."""
        target = self.target(path)
        if target is None or not self._place(target).is_file():
            return None
        place = self._place(target)
        lies = place.stat()
        return Content(place.read_bytes(), lies.st_mode & 0o7777, lies.st_uid, lies.st_gid)

    def names(self, folder: PurePosixPath | str) -> frozenset[str]:
        """Return the names of the files in a folder, links to files included; none where it cannot be listed."""
        inside = self.target(folder)
        if inside is None:
            return frozenset()
        planned = {path.name for path in self._planned if path.parent == inside}
        try:
            there = {entry.name for entry in self._place(inside).iterdir()}
            return frozenset(name for name in there | planned if self.find(inside / name) is not None)
        except OSError:
            # Most machines have one of PAM's folders only.
            return frozenset(name for name in planned if self._planned[inside / name] is not None)

    def has(self, path: str) -> bool:
        """Whether a path leads to something that is there."""
        target = self.target(path)
        return target is not None and (self._planned.get(target) is not None or self._place(target).exists())

    def _place(self, path: PurePosixPath) -> Path:
        return self.root / str(path).lstrip("/")
