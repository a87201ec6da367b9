"""How weights follow their gradients: Muon for the convolutions, AdamW for everything else.

Muon (K. Jordan et al., 2024) replaces a matrix of momenta by the nearest orthogonal one, so that directions in which
the gradient is weak are learnt as fast as those in which it is strong. With the update's size matched to AdamW's
(J. Liu et al., "Muon is scalable for LLM training", 2025) one learning rate serves both.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from facelatch_models.train.team import Team

MOMENTUM: Final = 0.95
UPDATE_SIZE: Final = 0.2
"""Root mean square of an update before the learning rate, about that of AdamW's."""

ROUNDS: Final = 5
COEFFICIENTS: Final = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial of degree five that Muon's authors found to bring singular values near 1 in five rounds."""


class Descent:
    """Both optimizers over all of a module's weights; every worker of a team makes its share of the matrices."""

    def __init__(self, module: nn.Module, weight_decay: float, team: Team) -> None:
        self._team, self._decay = team, weight_decay
        filters = {
            id(layer.weight): layer.weight
            for layer in module.modules()
            if isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.weight.shape[1] > 3
        }
        self._matrices = list(filters.values())
        self._momenta = [torch.zeros_like(matrix) for matrix in self._matrices]
        others = [parameter for parameter in module.parameters() if id(parameter) not in filters]
        groups = [
            {"params": [one for one in others if one.ndim > 1], "weight_decay": weight_decay},
            {"params": [one for one in others if one.ndim < 2], "weight_decay": 0.0},
        ]
        self._adam = torch.optim.AdamW([group for group in groups if group["params"]], lr=0.0, betas=(0.9, 0.98))

    def step(self, rate: float) -> None:
        """Change the weights by one step of the given learning rate along their gradients."""
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        with torch.no_grad():
            self._muon(rate)

    def state(self) -> dict[str, Any]:
        """Return what `restore` takes."""
        return {"adam": self._adam.state_dict(), "momenta": self._momenta}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state; raises ValueError where it is another network's."""
        found = [tuple(momentum.shape) for momentum in state["momenta"]]
        if found != [tuple(momentum.shape) for momentum in self._momenta]:
            raise ValueError("the state is of another network")
        self._adam.load_state_dict(state["adam"])
        for momentum, stored in zip(self._momenta, state["momenta"], strict=True):
            momentum.copy_(stored)

    def _muon(self, rate: float) -> None:
        if not self._matrices:
            return
        sizes = [matrix.numel() for matrix in self._matrices]
        updates = torch.zeros(sum(sizes), device=self._matrices[0].device)
        parts = updates.split(sizes)
        for index, (matrix, momentum, part) in enumerate(zip(self._matrices, self._momenta, parts, strict=True)):
            momentum.lerp_(matrix.grad, 1 - MOMENTUM)
            if index % self._team.size == self._team.rank:
                ahead = matrix.grad.lerp(momentum, MOMENTUM).flatten(1)
                part.copy_(orthogonal(ahead).flatten() * UPDATE_SIZE * max(ahead.shape) ** 0.5)
        self._team.add(updates)
        for matrix, part in zip(self._matrices, parts, strict=True):
            matrix.mul_(1 - rate * self._decay).add_(part.view_as(matrix), alpha=-rate)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return, roughly, the matrix with all its singular values replaced by 1 (0.7 to 1.2), in float32."""
    flow = matrix.bfloat16()
    tall = flow.shape[0] > flow.shape[1]
    flow = flow.T if tall else flow
    flow = flow / (flow.norm() + 1e-7)
    first, third, fifth = COEFFICIENTS
    for _ in range(ROUNDS):
        square = flow @ flow.T
        flow = first * flow + (third * square + fifth * square @ square) @ flow
    return (flow.T if tall else flow).float()
