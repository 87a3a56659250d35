"""A conditional random field over a linear chain: pytorch-crf's layer, on faster and constrained dynamic programs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
import torchcrf
from torch import Tensor
from torch.autograd.function import once_differentiable

import taggers.chain
from taggers.chain import Chain, Forward, Path

Allowed: TypeAlias = Tensor | npt.NDArray[np.bool_] | None


class Scores(NamedTuple):
    """Transition parameters as tensors, minus infinity where the constraints forbid."""

    start: Tensor  # (K,)
    transitions: Tensor  # (K, K), [from, to]
    end: Tensor  # (K,)

    def chain(self) -> Chain:
        """The same as arrays."""
        return Chain(*(scores.detach().to("cpu", torch.float64).numpy() for scores in self))


class CRF(torchcrf.CRF):  # type: ignore[misc] # pytorch-crf carries no types
    """pytorch-crf's CRF with constraints, partial gold, marginals and k-best; parameters and state are the same.

    `start_allowed` (K,), `transitions_allowed` (K, K) as [from, to] and `end_allowed` (K,) are boolean tables; where
    one says False, no path goes, neither in the partition function nor in decoding. None allows all. They are no part
    of the state: a model is saved with its tag set, from which they follow.

    Emissions are (B, T, K) where `batch_first`, else (T, B, K), and so for tags and mask. A mask (bool or uint8) may
    have gaps: a step that is off is absent, and its neighbours meet; what emissions and tags hold there is of no
    concern. Raises ValueError for shapes that do not fit (as pytorch-crf words it), for a row without any step, and
    on the CPU for emissions that are NaN or plus infinity.

    On the CPU the work is done in float64 by the kernels of `taggers.chain`, on other devices by tensor operations in
    float32, or the wider type of emissions and parameters.

    >>> crf = CRF(2, batch_first=True, transitions_allowed=torch.tensor([[False, True], [True, True]]))
    >>> crf.decode(torch.tensor([[[5.0, 0.0], [5.0, 0.0]]])) in ([[0, 1]], [[1, 0]])
    True
    """

    start_transitions: torch.nn.Parameter  # (K,)
    transitions: torch.nn.Parameter  # (K, K), [from, to]
    end_transitions: torch.nn.Parameter  # (K,)
    start_allowed: Tensor | None  # (K,)
    transitions_allowed: Tensor | None  # (K, K)
    end_allowed: Tensor | None  # (K,)
    num_tags: int
    batch_first: bool

    def __init__(
        self,
        num_tags: int,
        batch_first: bool = False,
        *,
        start_allowed: Allowed = None,
        transitions_allowed: Allowed = None,
        end_allowed: Allowed = None,
    ) -> None:
        super().__init__(num_tags, batch_first)
        taggers.chain.accelerate()
        for name, allowed, shape in (
            ("start_allowed", start_allowed, (num_tags,)),
            ("transitions_allowed", transitions_allowed, (num_tags, num_tags)),
            ("end_allowed", end_allowed, (num_tags,)),
        ):
            table = None if allowed is None else torch.as_tensor(allowed, dtype=torch.bool).clone()
            if table is not None and table.shape != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {tuple(table.shape)}")
            self.register_buffer(name, table, persistent=False)

    def forward(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        tags: Tensor,  # (B, T) or (T, B); booleans with one more dimension (K): sets of tags
        mask: Tensor | None = None,  # as tags
        reduction: str = "sum",
    ) -> Tensor:
        """The log likelihood of gold tags: (B,) where `reduction` is "none", () for "sum", "mean" and "token_mean".

        Boolean tags are sets: every tag that is True may be the gold one at its step, and the likelihood is that of
        all paths inside the sets. Raises IndexError for a tag that is none, and ValueError naming the row where the
        constraints forbid the gold path, or every path inside the sets.

        >>> crf = CRF(2, batch_first=True)
        >>> emissions = torch.zeros(1, 3, 2)
        >>> any_tag = torch.ones(1, 3, 2, dtype=torch.bool)
        >>> round(crf(emissions, any_tag).item(), 6) + 0.0  # every path is inside, so the likelihood is 1
        0.0
        """
        sets = tags.dtype == torch.bool
        if sets and tags.shape[2:] != (self.num_tags,):
            raise ValueError(f"expected sets of {self.num_tags} tags in the last dimension, got {tuple(tags.shape)}")
        self._validate(emissions, tags=tags[..., 0] if sets else tags)
        if reduction not in ("none", "sum", "mean", "token_mean"):
            raise ValueError(f"invalid reduction: {reduction}")
        rows, mask = self._rows(emissions, mask)
        gold = tags if self.batch_first else tags.transpose(0, 1)  # (B, T) or (B, T, K)
        inside, everything = _sums(rows, self._scores(), mask, gold)  # (B,), (B,)
        if sets or self._constrained():
            for row in (inside == -torch.inf).nonzero().flatten().tolist():
                raise ValueError(f"row {row}: the gold tags admit no path that the constraints allow")
        likelihood = (inside - everything).to(_result_dtype(emissions, self.transitions))  # (B,)
        if reduction == "none":
            return likelihood
        if reduction == "sum":
            return likelihood.sum()
        if reduction == "mean":
            return likelihood.mean()
        return likelihood.sum() / mask.sum()

    def log_partition(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        mask: Tensor | None = None,  # (B, T) or (T, B)
    ) -> Tensor:
        """Log of the sum of exp(score) over all legal paths, (B,); minus infinity where there is none.

        >>> crf = CRF(2, batch_first=True)
        >>> crf.log_partition(torch.zeros(4, 3, 2)).shape
        torch.Size([4])
        """
        rows, mask = self._rows(emissions, mask)
        _, everything = _sums(rows, self._scores(), mask)
        return everything.to(_result_dtype(emissions, self.transitions))

    def decode(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        mask: Tensor | None = None,  # (B, T) or (T, B)
    ) -> list[list[int]]:
        """The best legal path of every row, as tags of the steps that are on; ties as in `taggers.chain.viterbi`.

        Raises ValueError naming the row where no path is legal.

        >>> crf = CRF(2, batch_first=True)
        >>> crf.decode(torch.tensor([[[0.0, 9.0], [9.0, 0.0], [0.0, 9.0]]]), torch.tensor([[True, False, True]]))
        [[1, 1]]
        """
        tags, scores = self._best(emissions, mask)
        for row in (scores == -torch.inf).nonzero().flatten().tolist():
            raise ValueError(f"row {row} has no legal path: the constraints forbid every one of its length")
        return [[tag for tag in row if tag >= 0] for row in tags.tolist()]

    def viterbi(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        mask: Tensor | None = None,  # (B, T) or (T, B)
    ) -> tuple[Tensor, Tensor]:
        """The best legal paths as one tensor, shaped as a mask, and their scores (B,).

        Tags are -1 at steps that are off, and all through a row without a legal path, whose score is minus infinity.

        >>> crf = CRF(2, batch_first=True)
        >>> crf.viterbi(torch.tensor([[[0.0, 9.0], [9.0, 0.0]]]))[0]
        tensor([[1, 0]])
        """
        tags, scores = self._best(emissions, mask)
        return (tags if self.batch_first else tags.transpose(0, 1)), scores

    @torch.no_grad()
    def marginals(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        mask: Tensor | None = None,  # (B, T) or (T, B)
    ) -> Tensor:
        """The probability of every tag at every step, shaped as the emissions; zeros at steps that are off.

        >>> CRF(2, batch_first=True).marginals(torch.randn(1, 3, 2)).sum(2)
        tensor([[1., 1., 1.]])
        """
        rows, mask = self._rows(emissions, mask)
        if rows.device.type == "cpu":
            probabilities = taggers.chain.marginals(self.chain(), _flat(rows, mask), _offsets(mask))  # (N, K)
            result = _padded(probabilities, mask)  # (B, T, K)
        else:  # pragma: no cover - cuda
            result = _tensor_marginals(rows, self._scores(), mask)
        result = result.to(_result_dtype(emissions, self.transitions))
        return result if self.batch_first else result.transpose(0, 1)

    @torch.no_grad()
    def k_best(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        k: int,
        mask: Tensor | None = None,  # (B, T) or (T, B)
    ) -> list[list[tuple[list[int], float]]]:
        """For every row its k best legal paths with their scores, best first; fewer where fewer exist.

        The work is done on the CPU, whatever the device.

        >>> [len(paths) for paths in CRF(3, batch_first=True).k_best(torch.randn(2, 1, 3), k=5)]
        [3, 3]
        """
        rows, mask = self._rows(emissions, mask)
        steps, offsets, scores = _flat(rows, mask), _offsets(mask), self.chain()  # (N, K), (B + 1,)
        results = []
        for begin, end in pairwise(offsets):
            paths, values = taggers.chain.k_best(scores, steps[begin:end], k)  # (n, T), (n,)
            results.append(list(zip(paths.tolist(), values.tolist(), strict=True)))
        return results

    def chain(self) -> Chain:
        """The present parameters with the constraints applied, as arrays that `taggers.chain` works on.

        >>> CRF(3).chain().num_tags
        3
        """
        return self._scores().chain()

    def _scores(self) -> Scores:
        return Scores(
            _restricted(self.start_transitions, self.start_allowed),
            _restricted(self.transitions, self.transitions_allowed),
            _restricted(self.end_transitions, self.end_allowed),
        )

    def _constrained(self) -> bool:
        return any(allowed is not None for allowed in (self.start_allowed, self.transitions_allowed, self.end_allowed))

    def _rows(self, emissions: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Checked emissions as (B, T, K), and their mask as booleans (B, T)."""
        on = torch.ones(emissions.shape[:2], dtype=torch.bool, device=emissions.device) if mask is None else mask != 0
        # The original refuses every row whose first step is off, since it cannot skip a step; we can.
        self._validate(emissions, mask=torch.ones_like(on))
        if not self.batch_first:
            emissions, on = emissions.transpose(0, 1), on.transpose(0, 1)
        steps = on.any(dim=1)  # (B,)
        if not steps.all():
            row = int((~steps).nonzero()[0])
            raise ValueError(f"mask of the first timestep must all be on: row {row} has no step at all")
        return emissions, on

    def _best(self, emissions: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Viterbi paths (B, T), -1 at absent steps, and their scores (B,)."""
        rows, mask = self._rows(emissions, mask)
        if rows.device.type == "cpu":
            flat_tags, values = taggers.chain.viterbi(self.chain(), _flat(rows, mask), _offsets(mask))
            tags = torch.full(mask.shape, -1)
            tags[mask] = torch.from_numpy(flat_tags).long()
            scores = torch.from_numpy(values)
        else:  # pragma: no cover - cuda
            tags, scores = _tensor_viterbi(rows, self._scores(), mask)
        return tags, scores.to(_result_dtype(emissions, self.transitions))


def _result_dtype(emissions: Tensor, transitions: Tensor) -> torch.dtype:
    """That of pytorch-crf, and float32 at least."""
    return torch.promote_types(torch.promote_types(emissions.dtype, transitions.dtype), torch.float32)


def _restricted(scores: Tensor, allowed: Tensor | None) -> Tensor:
    return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)


def _sums(
    emissions: Tensor,  # (B, T, K)
    scores: Scores,
    mask: Tensor,  # (B, T)
    gold: Tensor | None = None,  # (B, T) tags, or (B, T, K) sets of tags
) -> tuple[Tensor, Tensor]:
    """Scores of the gold paths (B,) and of all paths (B,), differentiable; float64 on the CPU; zeros without gold."""
    if emissions.device.type == "cpu":
        inside, everything = _KernelSums.apply(emissions, *scores, mask, gold)  # type: ignore[no-untyped-call]
        return inside, everything
    return _tensor_sums(emissions, scores, mask, gold)  # pragma: no cover - cuda


# On the CPU: the kernels of taggers.chain over the steps that are on.


class _KernelSums(torch.autograd.Function):
    """`_sums` with the analytic gradient."""

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
        chain, steps, offsets = Scores(start, transitions, end).chain(), _flat(emissions, mask), _offsets(mask)
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
            gradient += taggers.chain.path_gradient(ctx.inside, of_inside.numpy())
        elif isinstance(ctx.inside, Forward):
            gradient += taggers.chain.backward(ctx.inside, of_inside.numpy())
        of_emissions, of_scores = ctx.dtypes
        return (
            _padded(gradient.emissions, ctx.mask).to(of_emissions),
            torch.from_numpy(gradient.start).to(of_scores),
            torch.from_numpy(gradient.transitions).to(of_scores),
            torch.from_numpy(gradient.end).to(of_scores),
            None,
            None,
        )


def _flat(emissions: Tensor, mask: Tensor) -> npt.NDArray[np.floating]:
    """The steps that are on, one after another: (B, T, K) and (B, T) -> (N, K)."""
    scores = emissions.detach().cpu()
    if scores.dtype == torch.bfloat16:  # numpy has none
        scores = scores.float()
    steps: npt.NDArray[np.floating] = scores.numpy()[mask.cpu().numpy()]
    return steps


def _offsets(mask: Tensor) -> npt.NDArray[np.int64]:
    """Where each row begins among the steps that are on: (B, T) -> (B + 1,)."""
    return np.concatenate([[0], np.cumsum(mask.sum(dim=1).cpu().numpy())])


def _padded(steps: npt.NDArray[np.float64], mask: Tensor) -> Tensor:
    """Back to where they came from, zeros elsewhere: (N, K) and (B, T) -> (B, T, K)."""
    result = np.zeros((*mask.shape, steps.shape[1]))
    result[mask.numpy()] = steps
    return torch.from_numpy(result)


# On other devices: tensor operations, all rows side by side; tests run them on the CPU too.


def _packing(mask: Tensor) -> tuple[Tensor, Tensor]:
    """The order that brings the steps that are on to the front of their row (B, T), and where those then stand."""
    order = torch.argsort((~mask).byte(), dim=1, stable=True)
    return order, mask.gather(1, order)


def _packed(
    emissions: Tensor,  # (B, T, K)
    scores: Scores,
    mask: Tensor,  # (B, T)
) -> tuple[Tensor, Tensor]:
    """Emissions (B, T, K) in working precision, without gaps, and where their steps are on (B, T)."""
    order, present = _packing(mask)
    dtype = _result_dtype(emissions, scores.transitions)
    packed = emissions.gather(1, order.unsqueeze(2).expand_as(emissions)).to(dtype)
    return packed.masked_fill(~present.unsqueeze(2), 0.0), present


def _finite(scores: Tensor) -> Tensor:
    """Zero for minus infinity, so that it can be subtracted."""
    return scores.masked_fill(scores == -torch.inf, 0.0)


def _tensor_sums(
    emissions: Tensor,  # (B, T, K)
    scores: Scores,
    mask: Tensor,  # (B, T)
    gold: Tensor | None = None,  # (B, T) or (B, T, K)
) -> tuple[Tensor, Tensor]:
    """`_sums` in working precision."""
    everything = _tensor_log_partition(emissions, scores, mask)
    if gold is None:
        return torch.zeros_like(everything), everything
    if gold.dim() == 2:
        return _tensor_path_score(emissions, scores, mask, gold), everything
    return _tensor_log_partition(emissions.masked_fill(~gold, -torch.inf), scores, mask), everything


def _tensor_log_partition(
    emissions: Tensor,  # (B, T, K)
    scores: Scores,
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
    scores: Scores,
    mask: Tensor,  # (B, T)
    tags: Tensor,  # (B, T)
) -> Tensor:
    """The score of one path per row, (B,)."""
    tags = tags.masked_fill(~mask, 0)
    dtype = _result_dtype(emissions, scores.transitions)
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


def _tensor_marginals(
    emissions: Tensor,  # (B, T, K)
    scores: Scores,
    mask: Tensor,  # (B, T)
) -> Tensor:
    """(B, T, K), zeros at steps that are off: the gradient of the log partition."""
    with torch.enable_grad():
        leaf = emissions.detach().to(_result_dtype(emissions, scores.transitions)).requires_grad_()
        total = _tensor_log_partition(leaf, Scores(*(part.detach() for part in scores)), mask).sum()
    (probabilities,) = torch.autograd.grad(total, leaf)
    return probabilities


@torch.no_grad()
def _tensor_viterbi(
    emissions: Tensor,  # (B, T, K)
    scores: Scores,
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
