"""What the commands that measure have in common: a bar while they do, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import Progress

from facelatch_models.calibration import CalibrationError
from facelatch_models.cli.console import Code, fail, reported
from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.insightface_zoo import ZooMissing, ZooUnfit
from facelatch_models.evaluation.plots import PlotsMissing
from facelatch_models.runtime import NetworkFailed

_MISSING: Final = (ZooMissing, ZooUnfit, PlotsMissing)
"""What an extra that is not installed, or does not fit, ends in."""


@contextmanager
def progressing(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while the block runs; the block calls what it gets."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def measuring(as_json: bool) -> Iterator[None]:
    """Turn the errors that a user can mend into one line (or one JSON object) and an exit code."""
    with reported(as_json):
        try:
            yield
        except (GalleryError, CalibrationError, NetworkFailed, *_MISSING, OSError) as error:
            fail(as_json, Code.NOTHING, "failed", error)
