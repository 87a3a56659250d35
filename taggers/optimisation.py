"""Optimisers, clipping of gradients, learning-rate schedules and the running mean of weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import torch
from torch import Tensor, nn

from taggers import config as c
from taggers.nn.embeddings.lookup import Lookup
from taggers.row_optimiser import RowAdamW

_LARGE = 2_000  # rows, below which keeping track of them would cost more than a dense step


def build_optimiser(settings: c.AdamW | c.SGD, model: nn.Module, by_row: bool = False) -> torch.optim.Optimizer:
    """The optimiser of a model's weights, one fused kernel for all of them.

    With `by_row` AdamW leaves rows of large tables as they are until they are read (`RowAdamW`); whoever reads them
    otherwise has to call `settle` before.
    """
    match settings:
        case c.AdamW():
            tables = [part.table for part in model.modules() if isinstance(part, Lookup)]
            tables = [table for table in tables if len(table.weight) >= _LARGE and not table.whole]
            if by_row and tables:
                return RowAdamW(model, tables, settings.learning_rate, settings.weight_decay)
            return torch.optim.AdamW(
                model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
            )
        case c.SGD():
            return torch.optim.SGD(
                model.parameters(),
                settings.learning_rate,
                settings.momentum,
                weight_decay=settings.weight_decay,
                fused=True,
            )
        case never:
            assert_never(never)


@torch.no_grad()
def clip_gradients(model: nn.Module, norm: float) -> None:
    """Scale all gradients down together where their common norm is above `norm`, as `torch.nn.utils.clip_grad_norm_`.

    On the CPU nothing is scaled by one, which would read and write every gradient for nothing.
    """
    gradients = []
    for parameter in model.parameters():
        if parameter.grad is not None and parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
            gradients.append(parameter.grad.values())
        elif parameter.grad is not None:
            gradients.append(parameter.grad)
    if not gradients:
        return
    total = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    factor = (norm / (total + 1e-6)).clamp(max=1.0)
    if factor.device.type != "cpu" or factor != 1.0:  # a GPU would have to be waited for
        torch._foreach_mul_(gradients, factor)


class Schedule:
    """The factor on the learning rate: of the share of training done (linear) and of dev scores so far (plateau).

    >>> schedule = Schedule(c.Plateau(factor=0.5, patience=0))
    >>> schedule.after_epoch(improved=False)
    >>> schedule.factor(progress=0.5)
    0.5
    """

    def __init__(self, settings: c.Plateau | c.Linear | c.Constant) -> None:
        self._settings = settings
        self.scale = 1.0
        self.waited = 0

    def factor(self, progress: float) -> float:
        """The factor when the share `progress` (0 to 1) of the training is done."""
        match self._settings:
            case c.Plateau() | c.Constant():
                return self.scale
            case c.Linear() as linear:
                if progress < linear.warmup:
                    return max(progress / linear.warmup, 0.01)
                left = (1.0 - progress) / (1.0 - linear.warmup)
                return linear.floor + (1.0 - linear.floor) * max(left, 0.0)
            case never:
                assert_never(never)

    def after_epoch(self, improved: bool) -> None:
        """Take note of whether the dev score has risen."""
        if not isinstance(self._settings, c.Plateau):
            return
        self.waited = 0 if improved else self.waited + 1
        if self.waited > self._settings.patience:
            self.scale *= self._settings.factor
            self.waited = 0


class Average:
    """The exponential running mean of a model's weights: a flatter place than the last step's.

    The mean follows the weights closely at first: its decay at step n is at most (1 + n) / (10 + n).
    Source: Polyak and Juditsky 1992; the warm-up as in TensorFlow's ExponentialMovingAverage.

    >>> layer = nn.Linear(1, 1)
    >>> average = Average(layer, decay=0.9)
    >>> average.update(layer, step=1)
    >>> sorted(average.weights) == ["bias", "weight"]
    True
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights: dict[str, Tensor] = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the model's weights after its step number `step`."""
        decay = min(self.decay, (1.0 + step) / (10.0 + step))
        current = dict(model.named_parameters())
        torch._foreach_lerp_(list(self.weights.values()), [current[name] for name in self.weights], 1.0 - decay)


def pack_optimiser(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors under flat names, for a file of tensors."""
    state: Mapping[int, Mapping[str, object]] = optimiser.state_dict()["state"]
    return {
        f"{index}.{key}": value
        for index, entries in state.items()
        for key, value in entries.items()
        if isinstance(value, Tensor)
    }


def unpack_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """The inverse of `pack_optimiser`."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
