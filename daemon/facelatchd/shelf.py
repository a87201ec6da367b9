"""The pack in use, and what its cosines are worth: read anew where a file of it has changed, and only there.

Every login needs both, and to look whether they have changed takes a fraction of reading and checking them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

import msgspec

from facelatch_models.pack import MANIFEST, Pack, open_pack
from facelatch_models.search import chosen_folder
from facelatch_models.yardstick import Yardstick

SETTLED: Final = 2.0
"""Seconds for which a file must have been left alone before it counts as read: what is written twice within a tick of
the file system's clock, 4 ms and on some 1 s, looks as if it had been written once."""


class Edition(msgspec.Struct, frozen=True):
    """Which file, and which content of it; nobody can set the time of its last change (`changed`)."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


def edition_of(path: Path) -> Edition | None:
    """Return the edition of a file, None where there is none to be seen, or it was changed just now."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not 0 <= status.st_ctime + SETTLED <= time.time():
        return None
    return Edition(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Shelf:
    """Remembers one pack and one yardstick. Its methods wait for the disk: call them in a thread."""

    def __init__(self) -> None:
        self._pack: tuple[Edition, Pack] | None = None
        self._yardstick: tuple[Edition, Pack, Yardstick] | None = None

    def pack(self, name: str) -> Pack:
        """Return the pack in use; raises as `facelatch_models.search.choose` does."""
        folder = Path(os.path.realpath(chosen_folder(name)))
        edition, known = edition_of(folder / MANIFEST), self._pack  # looked at before it is read, so never older
        if edition is not None and known is not None and known[0] == edition and known[1].folder == folder:
            return known[1]
        pack = open_pack(folder)
        self._pack = None if edition is None else (edition, pack)
        return pack

    def yardstick(self, pack: Pack) -> Yardstick:
        """Return the yardstick of a pack, its cohort verified; raises `PackDamaged`."""
        cohort = pack.manifest.calibration.cohort
        edition = None if cohort is None else edition_of(pack.folder / cohort.name)
        known = self._yardstick
        if edition is not None and known is not None and known[0] == edition and known[1] is pack:
            return known[2]
        yardstick = Yardstick.of(pack)
        self._yardstick = None if edition is None else (edition, pack, yardstick)
        return yardstick
