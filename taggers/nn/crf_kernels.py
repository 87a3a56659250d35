"""The CRF's sums on the CPU: the kernels of `taggers.chain` over the steps that are on, with analytic gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

import taggers.chain
from taggers.chain import Forward, Path
from taggers.nn.crf_tensors import Scores


class KernelSums(torch.autograd.Function):
    """Scores of the gold paths (B,) and of all paths (B,), float64, with analytic gradient; zeros without gold."""

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,  # (B, T, K)
        start: Tensor,  # (K,)
        transitions: Tensor,  # (K, K)
        end: Tensor,  # (K,)
        mask: Tensor,  # (B, T)
        gold: Tensor | None,  # (B, T) or (B, T, K)
    ) -> tuple[Tensor, Tensor]:
        taggers.chain.accelerate()  # training is worth the import of numba; decoding decides for itself
        chain, steps, offsets = Scores(start, transitions, end).chain(), flat(emissions, mask), offsets_of(mask)
        ctx.everything = taggers.chain.forward(chain, steps, offsets)
        ctx.inside = None
        if gold is not None:
            choice = gold.numpy()[mask.numpy()]  # (N,) or (N, K)
            summed = taggers.chain.path if gold.dim() == 2 else taggers.chain.forward
            ctx.inside = summed(chain, steps, offsets, choice)
        ctx.mask = mask
        ctx.dtypes = emissions.dtype, start.dtype
        inside = np.zeros(len(mask)) if ctx.inside is None else ctx.inside.values
        return torch.from_numpy(inside), torch.from_numpy(ctx.everything.values)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_inside: Tensor, of_everything: Tensor) -> tuple[Tensor | None, ...]:
        gradient = taggers.chain.backward(ctx.everything, of_everything.numpy())
        if isinstance(ctx.inside, Path):
            ctx.inside.add(np.ascontiguousarray(of_inside.numpy()), gradient)
        elif isinstance(ctx.inside, Forward):
            gradient.add(taggers.chain.backward(ctx.inside, of_inside.numpy()))
        of_emissions, of_scores = ctx.dtypes
        return (
            padded(gradient.emissions, ctx.mask).to(of_emissions),
            torch.from_numpy(gradient.start).to(of_scores),
            torch.from_numpy(gradient.transitions).to(of_scores),
            torch.from_numpy(gradient.end).to(of_scores),
            None,
            None,
        )


def flat(emissions: Tensor, mask: Tensor) -> npt.NDArray[np.floating]:
    """The steps that are on, one after another: (B, T, K) and (B, T) -> (N, K)."""
    scores = emissions.detach().cpu()
    if scores.dtype == torch.bfloat16:  # numpy has none
        scores = scores.float()
    steps: npt.NDArray[np.floating] = scores.numpy()[mask.cpu().numpy()]
    return steps


def offsets_of(mask: Tensor) -> npt.NDArray[np.int64]:
    """Where each row begins among the steps that are on: (B, T) -> (B + 1,)."""
    return np.concatenate([[0], np.cumsum(mask.sum(dim=1).cpu().numpy())])


def padded(steps: npt.NDArray[np.float64], mask: Tensor) -> Tensor:
    """Back to where they came from, zeros elsewhere: (N, K) and (B, T) -> (B, T, K)."""
    result = np.zeros((*mask.shape, steps.shape[1]))
    result[mask.numpy()] = steps
    return torch.from_numpy(result)
