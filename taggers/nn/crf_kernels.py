"""The CRF's sums on the CPU: the kernels of `taggers.chain` over the steps that are on, with analytic gradients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

import taggers.chain
from taggers.chain import Chain, Gradient

Table = npt.NDArray[np.bool_]
_OF_NUMPY = (torch.float32, torch.float64)


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of a batch that are on, one after another, and where each row begins among them."""

    emissions: npt.NDArray[np.floating]  # (N, K)
    offsets: npt.NDArray[np.int64]  # (B + 1,)
    on: Table | None  # (B, T); None where all are

    @classmethod
    def of(
        cls,
        emissions: Tensor,  # (B, T, K)
        mask: Tensor | None,  # (B, T)
    ) -> Steps:
        """Of emissions and their mask; raises ValueError for a row without a step."""
        values = as_array(emissions)
        rows, length, num_tags = values.shape
        on = None if mask is None else mask.cpu().numpy()
        if on is None or on.all():
            if rows and not length:
                raise no_step(0)
            return cls(values.reshape(-1, num_tags), np.arange(0, rows * length + 1, max(1, length)), None)
        lengths = on.sum(axis=1)
        if not lengths.all():
            raise no_step(int(np.flatnonzero(lengths == 0)[0]))
        return cls(values[on], np.concatenate([[0], np.cumsum(lengths)]), on)

    def of_each(self, table: Tensor) -> npt.NDArray[Any]:
        """What belongs to the steps that are on: (B, T, ...) -> (N, ...)."""
        values: npt.NDArray[Any] = table.detach().cpu().numpy()
        return values.reshape(-1, *values.shape[2:]) if self.on is None else values[self.on]

    def padded(self, steps: npt.NDArray[Any], shape: torch.Size, elsewhere: int = 0) -> Tensor:
        """Back to where they came from: (N, ...) -> (B, T, ...)."""
        if self.on is None:
            return torch.from_numpy(steps.reshape(shape))
        result = np.full(shape, elsewhere, dtype=steps.dtype)
        result[self.on] = steps
        return torch.from_numpy(result)


def no_step(row: int) -> ValueError:
    """What is wrong with a row of which no step is on."""
    return ValueError(f"mask of the first timestep must all be on: row {row} has no step at all")


class Rules:
    """What the constraints allow: tables for starts (K,), transitions (K, K) as [from, to] and ends (K,); None: all."""

    def __init__(self, num_tags: int, start: Table | None, transitions: Table | None, end: Table | None) -> None:
        allowed = (
            np.ones(size, dtype=np.bool_) if table is None else table.ravel()
            for table, size in ((start, num_tags), (transitions, num_tags**2), (end, num_tags))
        )
        self._forbidden = ~np.concatenate(list(allowed))

    def applied(self, *scores: Tensor) -> npt.NDArray[np.float64]:
        """Starts, transitions and ends as `Chain.joined` takes them, minus infinity where forbidden."""
        joined = np.concatenate([as_array(part).ravel() for part in scores], dtype=np.float64)
        np.copyto(joined, -np.inf, where=self._forbidden)
        return joined


def as_array(scores: Tensor) -> npt.NDArray[np.floating]:
    """The same numbers in float32 or float64, in the same memory where they are that already and on the CPU."""
    values = scores.detach().cpu()
    array: npt.NDArray[np.floating] = (values if values.dtype in _OF_NUMPY else values.float()).numpy()
    return array


class KernelLikelihood(torch.autograd.Function):
    """Log likelihoods of gold tags, or log partitions where there are none: (B,), with analytic gradient.

    The gradient is taken while the sums are, as if every row weighed 1, which is so but for a factor unless someone
    weighs rows of their own accord.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,  # (B, T, K)
        start: Tensor,  # (K,)
        transitions: Tensor,  # (K, K)
        end: Tensor,  # (K,)
        rules: Rules,
        steps: Steps,  # of the emissions
        gold: npt.NDArray[Any] | None,  # (N,) tags, or (N, K) sets of them
        dtype: torch.dtype,  # of the result
        differentiable: bool,
    ) -> Tensor:
        taggers.chain.accelerate()  # training is worth the import of numba; decoding decides for itself
        chain = Chain.joined(rules.applied(start, transitions, end))
        if not differentiable or not any(ctx.needs_input_grad):
            return torch.from_numpy(_values(chain, steps, gold)).to(dtype)
        ctx.weighted, ctx.steps = partial(_gradient, chain, steps, gold), steps
        ctx.gradient = ctx.weighted(np.ones(len(emissions)))
        ctx.save_for_backward(emissions)
        ctx.shape, ctx.dtypes = emissions.shape, (emissions.dtype, start.dtype)
        return torch.from_numpy(ctx.gradient.values).to(dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        found, factors = ctx.gradient, weights.numpy()
        factor = float(factors[0]) if len(factors) else 1.0
        if (factors != factor).any():
            (_,) = ctx.saved_tensors  # which raises where they are no longer what they were
            found, factor = ctx.weighted(factors), 1.0
        of_emissions, of_scores = ctx.dtypes
        return (
            (ctx.steps.padded(found.emissions, ctx.shape) * factor).to(of_emissions),
            *(torch.from_numpy(part * factor).to(of_scores) for part in (found.start, found.transitions, found.end)),
            *(None, None, None, None, None),
        )


def _values(chain: Chain, steps: Steps, gold: npt.NDArray[Any] | None) -> npt.NDArray[np.float64]:
    if gold is None:
        return taggers.chain.log_partition(chain, steps.emissions, steps.offsets)
    return taggers.chain.log_likelihood(chain, steps.emissions, steps.offsets, gold)


def _gradient(chain: Chain, steps: Steps, gold: npt.NDArray[Any] | None, weights: npt.NDArray[np.floating]) -> Gradient:
    if gold is None:
        return taggers.chain.log_partition_gradient(chain, steps.emissions, steps.offsets, None, weights)
    return taggers.chain.log_likelihood_gradient(chain, steps.emissions, steps.offsets, gold, weights)
