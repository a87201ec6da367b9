"""What a training run is told to do, whatever it is that learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from rich.progress import Progress

from facelatch_models.assembly import RECIPE
from facelatch_models.cli.console import note
from facelatch_models.train.loop import Line, TrainingFailed
from facelatch_models.train.schedule import Clock, Horizon, Samples

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Order(Generic[Told]):
    """What every worker is told. `samples` or `seconds` is 0; the other says how long the run is."""

    recipe: Told
    pack: Path
    folder: Path
    samples: int
    seconds: float
    command: str

    def begun(self, written: str) -> bool:
        """Return whether the run's pictures have been prepared, by the recipe that is `written`.

        Raises `TrainingFailed` where it was by another recipe.
        """
        path = self.folder / RECIPE
        if not path.exists():
            return False
        if path.read_text() != written:
            raise TrainingFailed(f"{path}: another recipe is followed in this folder; train into another one")
        return True

    def prepared(self, written: str) -> None:
        """Keep the recipe: from now on the run has `begun`."""
        (self.folder / RECIPE).write_text(written)

    def horizon(self, done: float) -> Horizon:
        """Return the end of the run; done: the share of it that is behind."""
        return Samples(self.samples) if self.samples else Clock(self.seconds, done)


def shown(bar: Progress, title: str) -> Callable[[int, int], None]:
    """Return what a task of the bar is told its progress by."""
    task = bar.add_task(title, total=1)
    return lambda done, of: bar.update(task, completed=done, total=of)


def tell(line: Line) -> None:
    """Show a line of the log, shortly."""
    numbers = (f"{name} {value:.4g}" for name, value in line.items() if isinstance(value, float))
    note(f"{line['time']} {line['samples']} samples: {', '.join(numbers)}")
