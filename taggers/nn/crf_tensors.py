"""The CRF's dynamic programs as tensor operations, all rows side by side: for CUDA; tests run them on the CPU too."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class TransitionScores(NamedTuple):
    """Transition parameters as tensors, minus infinity where the constraints forbid."""

    start: Tensor  # (K,)
    transitions: Tensor  # (K, K), [from, to]
    end: Tensor  # (K,)


def result_dtype(emissions: Tensor, transitions: Tensor) -> torch.dtype:
    """That of pytorch-crf, and float32 at least."""
    return torch.promote_types(torch.promote_types(emissions.dtype, transitions.dtype), torch.float32)


def _packing(mask: Tensor) -> tuple[Tensor, Tensor]:
    """The order that brings the steps that are on to the front of their row (B, T), and where those then stand."""
    order = torch.argsort((~mask).byte(), dim=1, stable=True)
    return order, mask.gather(1, order)


def _packed(
    emissions: Tensor,  # (B, T, K)
    scores: TransitionScores,
    mask: Tensor,  # (B, T)
) -> tuple[Tensor, Tensor]:
    """Emissions (B, T, K) in working precision, without gaps, and where their steps are on (B, T)."""
    order, present = _packing(mask)
    dtype = result_dtype(emissions, scores.transitions)
    packed = emissions.gather(1, order.unsqueeze(2).expand_as(emissions)).to(dtype)
    return packed.masked_fill(~present.unsqueeze(2), 0.0), present


def _finite(scores: Tensor) -> Tensor:
    """Zero for minus infinity, so that it can be subtracted."""
    return scores.masked_fill(scores == -torch.inf, 0.0)


def tensor_likelihood(
    emissions: Tensor,  # (B, T, K)
    scores: TransitionScores,
    mask: Tensor,  # (B, T)
    gold: Tensor | None = None,  # (B, T) or (B, T, K)
) -> Tensor:
    """Log likelihoods of gold, or log partitions where there is none: (B,), differentiable, in working precision."""
    everything = _tensor_log_partition(emissions, scores, mask)
    if gold is None:
        return everything
    if gold.dim() == 2:
        return _tensor_path_score(emissions, scores, mask, gold) - everything
    return _tensor_log_partition(emissions.masked_fill(~gold, -torch.inf), scores, mask) - everything


def _tensor_log_partition(
    emissions: Tensor,  # (B, T, K)
    scores: TransitionScores,
    mask: Tensor,  # (B, T)
) -> Tensor:
    """Log of the summed paths, (B,)."""
    packed, present = _packed(emissions, scores, mask)
    start, transitions, end = (part.to(packed.dtype) for part in scores)
    partition: Tensor = _TensorLogPartition.apply(  # type: ignore[no-untyped-call]
        packed, start, transitions, end, present
    )
    return partition


def _tensor_path_score(
    emissions: Tensor,  # (B, T, K)
    scores: TransitionScores,
    mask: Tensor,  # (B, T)
    tags: Tensor,  # (B, T)
) -> Tensor:
    """The score of one path per row, (B,)."""
    tags = tags.masked_fill(~mask, 0)
    dtype = result_dtype(emissions, scores.transitions)
    emitted = emissions.gather(2, tags.unsqueeze(2)).squeeze(2).to(dtype).masked_fill(~mask, 0.0)  # (B, T)
    order, present = _packing(mask)
    packed = tags.gather(1, order)  # (B, T)
    moved = scores.transitions[packed[:, :-1], packed[:, 1:]].to(dtype).masked_fill(~present[:, 1:], 0.0)  # (B, T - 1)
    last = packed.gather(1, mask.sum(dim=1, keepdim=True) - 1).squeeze(1)  # (B,)
    return scores.start[packed[:, 0]] + emitted.sum(dim=1) + moved.sum(dim=1) + scores.end[last]


class _TensorLogPartition(torch.autograd.Function):
    """The forward sum with its analytic gradient, as `taggers.chain.vectorised` has it: few operations a step.

    Scores are kept relative to the best emission and the best tag of each step, so that float32 serves long rows.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,  # (B, T, K), without gaps
        start: Tensor,  # (K,)
        transitions: Tensor,  # (K, K)
        end: Tensor,  # (K,)
        present: Tensor,  # (B, T)
    ) -> Tensor:
        peak = _finite(emissions.amax(dim=2, keepdim=True))  # (B, T, 1)
        relative = emissions - peak
        values = peak.sum(dim=(1, 2))  # (B,)
        reaches, alphas = [], []
        alpha = start + relative[:, 0]  # (B, K)
        for step in range(emissions.shape[1]):
            if step > 0:
                reach = torch.logsumexp(alpha.unsqueeze(2) + transitions, dim=1)  # (B, K, K) -> (B, K)
                alpha = torch.where(present[:, step, None], reach + relative[:, step], alpha)
                reaches.append(reach)
            level = _finite(alpha.amax(dim=1, keepdim=True))  # (B, 1)
            alpha = alpha - level
            values = values + level.squeeze(1)
            alphas.append(alpha)
        final = torch.logsumexp(alpha + end, dim=1)  # (B,)
        ctx.save_for_backward(transitions, end, present, final)
        ctx.reaches, ctx.alphas = reaches, alphas
        return values + final

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        transitions, end, present, final = ctx.saved_tensors
        mass = weights.unsqueeze(1) * torch.exp(ctx.alphas[-1] + end - _finite(final).unsqueeze(1))  # (B, K)
        mass = mass.masked_fill((final == -torch.inf).unsqueeze(1), 0.0)
        of_end, of_transitions = mass.sum(dim=0), torch.zeros_like(transitions)
        unary = [mass]
        for step in range(len(ctx.alphas) - 1, 0, -1):
            pairs = ctx.alphas[step - 1].unsqueeze(2) + transitions - _finite(ctx.reaches[step - 1]).unsqueeze(1)
            pairs = torch.exp(pairs) * mass.unsqueeze(1) * present[:, step, None, None]  # (B, K, K)
            of_transitions += pairs.sum(dim=0)
            mass = torch.where(present[:, step, None], pairs.sum(dim=2), mass)
            unary.append(mass)
        of_emissions = torch.stack(unary[::-1], dim=1) * present.unsqueeze(2)  # (B, T, K)
        return of_emissions, mass.sum(dim=0), of_transitions, of_end, None


def tensor_marginals(
    emissions: Tensor,  # (B, T, K)
    scores: TransitionScores,
    mask: Tensor,  # (B, T)
) -> Tensor:
    """(B, T, K), zeros at steps that are off: the gradient of the log partition."""
    with torch.enable_grad():
        leaf = emissions.detach().to(result_dtype(emissions, scores.transitions)).requires_grad_()
        total = _tensor_log_partition(leaf, TransitionScores(*(part.detach() for part in scores)), mask).sum()
    (probabilities,) = torch.autograd.grad(total, leaf)
    return probabilities


@torch.no_grad()
def tensor_viterbi(
    emissions: Tensor,  # (B, T, K)
    scores: TransitionScores,
    mask: Tensor,  # (B, T)
) -> tuple[Tensor, Tensor]:
    """Best paths (B, T), -1 where off or without a legal path, and their scores (B,)."""
    packed, present = _packed(emissions, scores, mask)
    peak = _finite(packed.amax(dim=2, keepdim=True))  # (B, T, 1)
    relative = packed - peak
    values = peak.sum(dim=(1, 2))  # (B,)
    start, transitions, end = (part.to(packed.dtype) for part in scores)
    score = start + relative[:, 0]  # (B, K)
    stay = torch.arange(packed.shape[2], device=packed.device).expand_as(score)  # where a row has ended
    came_from = []
    for step in range(1, packed.shape[1]):
        reach, source = (score.unsqueeze(2) + transitions).max(dim=1)  # (B, K), the lowest of equals
        score = torch.where(present[:, step, None], reach + relative[:, step], score)
        came_from.append(torch.where(present[:, step, None], source, stay))
    final, tag = (score + end).max(dim=1)  # (B,), (B,)
    path = [tag]
    for source in reversed(came_from):
        tag = source.gather(1, tag.unsqueeze(1)).squeeze(1)
        path.append(tag)
    off = ~present | (final == -torch.inf).unsqueeze(1)
    tags = torch.stack(path[::-1], dim=1).masked_fill(off, -1)  # (B, T), without gaps
    order, _ = _packing(mask)
    return torch.full_like(tags, -1).scatter(1, order, tags), values + final
