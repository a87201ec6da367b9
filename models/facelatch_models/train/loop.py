"""The run itself: step after step, told in a log, kept in checkpoints, taken up again where it was cut off."""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn

from facelatch_models.assembly import LOG
from facelatch_models.convert import first_line
from facelatch_models.train.descent import Descent
from facelatch_models.train.schedule import Horizon, Patience, cosine_rate, found_rate
from facelatch_models.train.team import Team

CHECKPOINT: Final = "checkpoint.pt"
BEST: Final = "best.pt"
SAVE_SECONDS: Final = 120.0
TELL_SECONDS: Final = 20.0

Line = dict[str, Any]
"""One line of the log."""


class TrainingFailed(Exception):
    """A run that cannot go on; the text says why."""


class Plan(Protocol):
    """The numbers of a recipe that the loop goes by; see `recipe.Recipe`."""

    @property
    def batch(self) -> int:
        """Samples a step, over all workers."""

    @property
    def learning_rate(self) -> float:
        """The highest one; 0: look for it first."""

    @property
    def weight_decay(self) -> float:
        """Share of the rate by which weights shrink in a step."""

    @property
    def warm_up(self) -> float:
        """Share of the run in which the rate grows."""

    @property
    def measure(self) -> int:
        """Samples between two measurements."""

    @property
    def patience(self) -> int:
        """Measurements without a better figure that end the run; 0: run to the end."""


class Task(Protocol):
    """What is learnt, as the loop sees it. `module` holds everything that has weights, `student` what comes of it."""

    module: nn.Module
    student: nn.Module

    def losses(self, step: int, samples: int, progress: float) -> dict[str, Tensor]:
        """Return the weighted parts of the loss on this worker's share of a batch."""

    def figures(self, progress: float) -> dict[str, float]:
        """Return what is measured on people held out; the first figure is the one that is to grow."""


class Loop:
    """One worker's run of a task; all workers of a team make the same steps."""

    def __init__(self, task: Task, recipe: Plan, folder: Path, team: Team, tell: Callable[[Line], None]) -> None:
        """Take up the run in `folder`, or begin one there.

        Raises `TrainingFailed` where what is there cannot be gone on from.
        """
        self._task, self._recipe, self._folder, self._team, self._tell = task, recipe, folder, team, tell
        self._descent = Descent(task.module, recipe.weight_decay, team)
        self._parameters = list(task.module.parameters())
        self._patience = Patience(recipe.patience)
        self._rate = recipe.learning_rate
        self._step, self._samples = 0, 0
        self.progress = 0.0
        if (folder / CHECKPOINT).exists():
            self._restore()

    def run(self, horizon: Horizon) -> dict[str, float]:
        """Learn up to the horizon, or until patience is over, and return the last (or the best) figures.

        The student then has the weights that these were measured with. Raises `TrainingFailed` where the loss is no
        number any more.
        """
        self._task.module.train()
        self.progress = self._agreed(horizon.progress(self._samples))
        if not self._rate:
            self._rate = self._look_for_rate()
        told = saved = time.monotonic()
        told_samples, measured = self._samples, self._samples
        while self.progress < 1 and not self._patience.over:
            parts = self._learn(cosine_rate(self._rate, self.progress, self._recipe.warm_up))
            self._step += 1
            self._samples += self._recipe.batch
            self.progress = self._agreed(horizon.progress(self._samples))
            now = time.monotonic()
            if self._team.leads and now - told > TELL_SECONDS:
                pace = (self._samples - told_samples) / (now - told)
                self._note(parts, samples_per_second=round(pace, 1))
                told, told_samples = now, self._samples
            if self._samples - measured >= self._recipe.measure:
                self._measure()
                measured = self._samples
            if self._team.leads and now - saved > SAVE_SECONDS:
                self._save()
                saved = now
        return self._ended()

    def _learn(self, rate: float) -> dict[str, float]:
        """Make one step and return the parts of the loss, averaged over the workers."""
        parts = self._task.losses(self._step, self._samples, self.progress)
        for parameter in self._parameters:
            parameter.grad = None
        torch.stack(list(parts.values())).sum().backward()
        values = torch.stack([part.detach() for part in parts.values()])
        gradients = [torch.zeros_like(one) if one.grad is None else one.grad for one in self._parameters]
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), values])
        self._team.add(flat)
        flat /= self._team.size
        sizes = [gradient.numel() for gradient in gradients]
        *shares, values = flat.split([*sizes, len(parts)])
        means = dict(zip(parts, values.tolist(), strict=True))
        if not math.isfinite(sum(means.values())):
            raise TrainingFailed(
                f"after {self._samples} samples the loss is no number ({means}); train with a lower learning_rate"
            )
        for parameter, share in zip(self._parameters, shares, strict=True):
            parameter.grad = share.view_as(parameter)
        self._descent.step(rate)
        return means

    def _look_for_rate(self) -> float:
        """Find the learning rate by trying, and leave everything as it was."""
        before = copy.deepcopy((self._task.module.state_dict(), self._descent.state()))
        try:
            found = found_rate(self._tried)
        except ValueError as error:
            raise TrainingFailed(str(error)) from error
        self._task.module.load_state_dict(before[0])
        self._descent.restore(before[1])
        if self._team.leads:
            self._note({}, found_learning_rate=found)
        return found

    def _tried(self, rate: float) -> float:
        try:
            return sum(self._learn(rate).values())
        except TrainingFailed:
            return math.inf

    def _measure(self) -> dict[str, float]:
        """Measure, on the leader, and let the others know whether patience is over."""
        figures = self._task.figures(self.progress) if self._team.leads else {}
        self._task.module.train()
        if self._team.leads:
            self._note({}, **figures)
            if self._patience.improved(next(iter(figures.values()))) and self._recipe.patience:
                _write(self._folder / BEST, self._task.student.state_dict())
        self._patience.waited = int(self._agreed(float(self._patience.waited)))
        return figures

    def _ended(self) -> dict[str, float]:
        figures = self._measure()
        if self._team.leads:
            self._save()
            if self._recipe.patience and self._patience.waited:
                self._task.student.load_state_dict(_read(self._folder / BEST))
                figures = self._task.figures(1.0)
                self._note({}, best=True, **figures)
        return figures

    def _agreed(self, value: float) -> float:
        """Return the leader's value on every worker."""
        shared = torch.tensor([value if self._team.leads else 0.0], dtype=torch.float64, device=self._team.device)
        self._team.add(shared)
        return float(shared)

    def _note(self, parts: dict[str, float], **more: Any) -> None:
        rate = cosine_rate(self._rate, self.progress, self._recipe.warm_up)
        line: Line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S"),
            "step": self._step,
            "samples": self._samples,
            "progress": round(self.progress, 4),
            "learning_rate": rate,
            **{f"loss {name}": round(value, 5) for name, value in parts.items()},
            **more,
        }
        with (self._folder / LOG).open("a") as log:
            log.write(json.dumps(line) + "\n")
        self._tell(line)

    def _save(self) -> None:
        state = {
            "module": self._task.module.state_dict(),
            "descent": self._descent.state(),
            "step": self._step,
            "samples": self._samples,
            "progress": min(self.progress, 1.0),
            "rate": self._rate,
            "best": self._patience.best,
            "waited": self._patience.waited,
        }
        _write(self._folder / CHECKPOINT, state)

    def _restore(self) -> None:
        path = self._folder / CHECKPOINT
        state = _read(path)
        try:
            self._task.module.load_state_dict(state["module"])
            self._descent.restore(state["descent"])
            self._step, self._samples = state["step"], state["samples"]
            self.progress, self._rate = state["progress"], state["rate"]
            self._patience.best, self._patience.waited = state["best"], state["waited"]
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingFailed(f"{path}: is of another recipe; train into another folder ({error})") from error


def _read(path: Path) -> Any:
    """Return what `_write` wrote; only tensors, numbers and text are taken, never code."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise TrainingFailed(f"{path}: cannot be read ({first_line(error)}); remove it to begin anew") from error


def _write(path: Path, state: Any) -> None:
    """Replace a file as a whole: a run that is cut off while saving keeps the checkpoint before."""
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(unfinished, path)
