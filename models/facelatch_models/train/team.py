"""Several workers that learn one network, each from its part of the batch.

On a processor one single-threaded worker a core: beside other work the threads of one operator wait for the slowest of
them hundreds of times a step, workers only once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, distributed, multiprocessing


class WorkerFailed(Exception):
    """One of several workers could not go on; the text is the last line of what it said."""


PATIENCE: Final = timedelta(hours=1)
"""How long a worker waits for the others; the making of mixtures on a busy machine takes minutes."""


@dataclass(frozen=True, slots=True)
class Team:
    """One worker's place among all: `rank` of `size`, and the device that it computes on."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        """Whether this worker is the one that measures, saves and tells."""
        return self.rank == 0

    def add(self, values: Tensor) -> None:
        """Replace values, on all workers, by their sum over the workers."""
        if self.size > 1:
            distributed.all_reduce(values)

    def meet(self) -> None:
        """Return when all workers have come here."""
        if self.size > 1:
            distributed.barrier()


def run_team(size: int, work: Callable[[Team], None]) -> None:
    """Run `work`, which can be pickled, once for each worker.

    A GPU, where there is one, is one worker's. Raises `WorkerFailed` where a worker of several fails; the others are
    then ended. A single worker is this process, and raises what it raises.
    """
    if torch.cuda.is_available():
        work(Team(device="cuda"))
    elif size == 1:
        work(Team())
    else:
        with tempfile.TemporaryDirectory() as folder:
            try:
                multiprocessing.spawn(_worker, (size, Path(folder) / "meet", work), size)
            except (multiprocessing.ProcessRaisedException, multiprocessing.ProcessExitedException) as error:
                raise WorkerFailed(str(error).strip().splitlines()[-1]) from error


def _worker(rank: int, size: int, meeting: Path, work: Callable[[Team], None]) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=size, timeout=PATIENCE
    )
    try:
        work(Team(rank, size))
    finally:
        distributed.destroy_process_group()
