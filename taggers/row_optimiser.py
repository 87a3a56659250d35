"""AdamW for large tables of embeddings: a step costs the rows that the batch has read, not all that there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from taggers import row_kernels
from taggers.compiling import compiled
from taggers.nn.embeddings.lookup import Table

_NEGLIGIBLE = 1e-7  # of what the first step without a gradient moves a weight


class RowAdamW(torch.optim.AdamW):
    """torch's AdamW, equal to rounding, for a model with large `tables` on the CPU; every batch has to read them all.

    In a step without a gradient a row still moves by what its running means hold. Such steps are made up for when the
    row is next read, or by `settle`; until then the row and its means lag behind. What the means hold fades, so that of
    many such steps only the first hundred and fifty or so are computed.

    >>> table = Table(4, 2)
    >>> optimiser = RowAdamW(table, [table], learning_rate=0.1, weight_decay=0.0)
    >>> before = table.weight.detach().clone()
    >>> table(torch.tensor([2, 3])).sum().backward()
    >>> optimiser.step()
    >>> (before - table.weight.detach()).round(decimals=4)
    tensor([[0.0000, 0.0000],
            [0.0000, 0.0000],
            [0.1000, 0.1000],
            [0.1000, 0.1000]])
    """

    def __init__(self, model: nn.Module, tables: Sequence[Table], learning_rate: float, weight_decay: float) -> None:
        assert tables
        super().__init__(model.parameters(), learning_rate, weight_decay=weight_decay, fused=True)
        (group,) = self.param_groups
        first, second = group["betas"]
        constants = first, 1 - first, second, 1 - second, math.sqrt(second), group["eps"]
        self._constants = np.array(constants, np.float32)
        self._most = math.ceil(math.log(_NEGLIGIBLE) / math.log(first / math.sqrt(second)))
        self._done = {table.weight: np.zeros(len(table.weight), np.int64) for table in tables}  # steps of each row (V,)
        self._rates = np.empty((1024, 3), np.float32)  # of the steps since all rows were settled, and room for more
        self._steps = 0  # since then
        for table in tables:
            table.sparse = True
            table.register_forward_pre_hook(self._before_reading)

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override] # nobody gives a closure
        """Move all weights, those of tables in the rows that have a gradient."""
        gradients: dict[nn.Parameter, Tensor] = {}
        for weight in self._done:
            assert weight.grad is not None
            gradients[weight] = weight.grad.coalesce()
            weight.grad = None  # torch's own step refuses it
        super().step()
        rates = self._note(self._count())
        for weight, gradient in gradients.items():
            rows = gradient.indices()[0].numpy()
            _kernels().move(rows, gradient.values().numpy(), *self._arrays(weight), rates, self._constants)
            self._done[weight][rows] = self._steps

    def state_dict(self) -> dict[str, Any]:
        """As torch's, of settled rows."""
        self.settle()
        return super().state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As torch's; whatever rows had not caught up with is of the past."""
        super().load_state_dict(state_dict)
        for done in self._done.values():
            done[:] = 0
        self._steps = 0

    def settle(self) -> None:
        """Bring every row up to the last step, as whoever reads weights or states as a whole needs them."""
        for weight, done in self._done.items():
            self._catch_up(weight, np.arange(len(done)))
            done[:] = 0
        self._steps = 0

    def _before_reading(self, table: nn.Module, arguments: tuple[Tensor]) -> None:
        assert isinstance(table, Table)
        self._catch_up(table.weight, arguments[0].flatten().numpy())

    def _catch_up(self, weight: nn.Parameter, rows: npt.NDArray[np.int64]) -> None:
        if self._steps:
            rates = self._rates[: self._steps]
            _kernels().catch_up(rows, self._done[weight], *self._arrays(weight), rates, self._constants, self._most)

    def _count(self) -> int:
        """The number of the step that begins now, counted in each table's state as torch does."""
        for weight in self._done:
            self._state_of(weight)["step"] += 1
        return int(self._state_of(weight)["step"])

    def _note(self, number: int) -> npt.NDArray[np.float32]:
        """The rates (3,) of the step of this number, which begins now."""
        (group,) = self.param_groups
        first, second = group["betas"]
        if self._steps == len(self._rates):
            self._rates = np.concatenate((self._rates, np.empty_like(self._rates)))
        rates: npt.NDArray[np.float32] = self._rates[self._steps]  # (3,)
        rates[:] = (
            group["lr"] / (1 - first**number),
            1 / math.sqrt(1 - second**number),
            1 - group["lr"] * group["weight_decay"],
        )
        self._steps += 1
        return rates

    def _arrays(self, weight: Tensor) -> tuple[npt.NDArray[np.float32], ...]:
        """A table's weights, means and squares, (V, E) each."""
        state = self._state_of(weight)
        return weight.detach().numpy(), state["exp_avg"].numpy(), state["exp_avg_sq"].numpy()

    def _state_of(self, weight: Tensor) -> dict[str, Tensor]:
        """As torch's keeps it."""
        state: dict[str, Tensor] = self.state[weight]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(weight), torch.zeros_like(weight)
        return state


class _Kernels(NamedTuple):
    move: Callable[..., None]
    catch_up: Callable[..., None]


@cache
def _kernels() -> _Kernels:
    """The functions of `row_kernels`, compiled."""
    return _Kernels(compiled(row_kernels.move), compiled(row_kernels.catch_up))
