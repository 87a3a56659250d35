"""A conditional random field over a linear chain: pytorch-crf's layer, on faster and constrained dynamic programs."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
import torchcrf
from torch import Tensor

import taggers.chain
from taggers.chain import Chain
from taggers.nn.crf_kernels import KernelLikelihood, Rules, Steps, no_step
from taggers.nn.crf_tensors import TransitionScores, result_dtype, tensor_likelihood, tensor_marginals, tensor_viterbi

Allowed: TypeAlias = Tensor | npt.NDArray[np.bool_] | None

# How far scores are moved to see how the log partition changes: in float64 what is lost is below 1e-6, even where a
# hundred tokens change their tags together.
_NUDGE = 1e-5


class CRF(torchcrf.CRF):  # type: ignore[misc] # pytorch-crf carries no types
    """pytorch-crf's CRF with constraints, partial gold, marginals and k-best; parameters and state are the same.

    `start_allowed` (K,), `transitions_allowed` (K, K) as [from, to] and `end_allowed` (K,) are boolean tables; where
    one says False, no path goes, neither in the partition function nor in decoding. None allows all. They are given
    once and stay, and are no part of the state: a model is saved with its tag set, from which they follow.

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
        for name, allowed, shape in (
            ("start_allowed", start_allowed, (num_tags,)),
            ("transitions_allowed", transitions_allowed, (num_tags, num_tags)),
            ("end_allowed", end_allowed, (num_tags,)),
        ):
            table = None if allowed is None else torch.as_tensor(allowed, dtype=torch.bool).clone()
            if table is not None and table.shape != shape:
                raise ValueError(f"{name}: expected shape {shape}, got {tuple(table.shape)}")
            self.register_buffer(name, table, persistent=False)
        tables = (self.start_allowed, self.transitions_allowed, self.end_allowed)
        self._rules = Rules(num_tags, *(None if table is None else table.numpy() for table in tables))
        self._latest: tuple[bytes, Chain] | None = None  # what `chain` gave last, and for which scores

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
        if tags.is_floating_point() or tags.is_complex():
            raise IndexError(f"tags used as indices must be whole numbers, found {tags.dtype}")
        sets = tags.dtype == torch.bool
        if sets and tags.shape[2:] != (self.num_tags,):
            raise ValueError(f"expected sets of {self.num_tags} tags in the last dimension, got {tuple(tags.shape)}")
        self._validate(emissions, tags=tags[..., 0] if sets else tags)
        if reduction not in ("none", "sum", "mean", "token_mean"):
            raise ValueError(f"invalid reduction: {reduction}")
        rows, on = self._rows(emissions, mask)
        gold = tags if self.batch_first else tags.transpose(0, 1)  # (B, T) or (B, T, K)
        likelihood = self._likelihood(rows, on, gold)  # (B,)
        if sets or self._constrained():
            illegal = np.flatnonzero(~(likelihood.numpy(force=True) > -np.inf))
            if len(illegal):
                raise ValueError(f"row {illegal[0]}: the gold tags admit no path that the constraints allow")
        if reduction == "none":
            return likelihood
        if reduction == "sum":
            return likelihood.sum()
        if reduction == "mean":
            return likelihood.mean()
        return likelihood.sum() / (gold.shape[0] * gold.shape[1] if on is None else on.sum())

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
        return self._likelihood(*self._rows(emissions, mask), None)

    def expected_count(
        self,
        emissions: Tensor,  # (B, T, K) or (T, B, K)
        counted: Tensor,  # (K,) booleans
        mask: Tensor | None = None,  # (B, T) or (T, B)
    ) -> Tensor:
        """How many steps of each row are expected to have a tag that is `counted`, (B,) float64, differentiable.

        It is the derivative of the log partition by a number added to all scores of those tags, taken as a central
        difference, of which every gradient is one as well: so two log partitions give both.

        >>> CRF(2, batch_first=True).expected_count(torch.zeros(1, 3, 2), torch.tensor([True, True]))
        tensor([3.0000], dtype=torch.float64, grad_fn=<DivBackward0>)
        """
        rows, on = self._rows(emissions, mask)
        exact = rows.double()
        nudge = _NUDGE * counted.to(exact)  # (K,)
        parameters = self._parameters_in(torch.float64)
        more, less = (self._likelihood(scores, on, None, parameters) for scores in (exact + nudge, exact - nudge))
        return (more - less) / (2 * _NUDGE)

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
        rows, on = self._rows(emissions, mask)
        if rows.device.type == "cpu":
            steps = Steps.of(rows, on)
            found, scores = taggers.chain.viterbi(self.chain(), steps.emissions, steps.offsets)
            _refuse_pathless(scores)
            tags = found.tolist()
            return [tags[begin:end] for begin, end in pairwise(steps.offsets.tolist())]
        padded, values = self._best(rows, on)  # pragma: no cover - cuda
        _refuse_pathless(values.cpu().numpy())
        return [[tag for tag in row if tag >= 0] for row in padded.tolist()]

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
        tags, scores = self._best(*self._rows(emissions, mask))
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
        rows, on = self._rows(emissions, mask)
        if rows.device.type == "cpu":
            steps = Steps.of(rows, on)
            probabilities = taggers.chain.marginals(self.chain(), steps.emissions, steps.offsets)  # (N, K)
            result = steps.padded(probabilities, rows.shape)  # (B, T, K)
        else:  # pragma: no cover - cuda
            result = tensor_marginals(rows, self._scores(), _mask(rows, on))
        result = result.to(result_dtype(emissions, self.transitions))
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
        steps, scores = Steps.of(*self._rows(emissions, mask)), self.chain()
        results = []
        for begin, end in pairwise(steps.offsets):
            paths, values = taggers.chain.k_best(scores, steps.emissions[begin:end], k)  # (n, T), (n,)
            results.append(list(zip(paths.tolist(), values.tolist(), strict=True)))
        return results

    def chain(self) -> Chain:
        """The present parameters with the constraints applied, as arrays that `taggers.chain` works on.

        >>> CRF(3).chain().num_tags
        3
        """
        scores = self._rules.applied(self.start_transitions, self.transitions, self.end_transitions)
        given = scores.tobytes()
        if self._latest is None or self._latest[0] != given:
            self._latest = given, Chain.joined(scores)
        return self._latest[1]  # what it has found out about its scores serves the next batch too

    def _parameters_in(self, dtype: torch.dtype) -> TransitionScores:
        """The parameters in a precision, so that what is summed up of their gradients is summed in it."""
        own = self.start_transitions, self.transitions, self.end_transitions
        return TransitionScores(*(scores.to(dtype) for scores in own))

    def _scores(self, parameters: TransitionScores | None = None) -> TransitionScores:
        start, transitions, end = parameters or self._parameters_in(self.transitions.dtype)
        return TransitionScores(
            _restricted(start, self.start_allowed),
            _restricted(transitions, self.transitions_allowed),
            _restricted(end, self.end_allowed),
        )

    def _constrained(self) -> bool:
        return any(allowed is not None for allowed in (self.start_allowed, self.transitions_allowed, self.end_allowed))

    def _rows(self, emissions: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Emissions as (B, T, K), and their mask, if any, as booleans (B, T); of shapes that fit."""
        self._validate(emissions)
        if mask is not None and mask.shape != emissions.shape[:2]:
            self._validate(emissions, mask=mask)  # which says so in its own words
        on = mask if mask is None or mask.dtype == torch.bool else mask != 0
        if self.batch_first:
            return emissions, on
        return emissions.transpose(0, 1), None if on is None else on.transpose(0, 1)

    def _likelihood(
        self, rows: Tensor, on: Tensor | None, gold: Tensor | None, parameters: TransitionScores | None = None
    ) -> Tensor:
        """Log likelihoods of gold (B, T) or (B, T, K), or log partitions without: (B,), differentiable; by the layer's
        own `parameters`, unless they are given.
        """
        dtype = result_dtype(rows, self.transitions)
        if rows.device.type == "cpu":
            steps = Steps.of(rows, on)
            parameters = parameters or self._parameters_in(self.transitions.dtype)
            chosen = None if gold is None else steps.of_each(gold)
            found: Tensor = KernelLikelihood.apply(  # type: ignore[no-untyped-call]
                rows, *parameters, self._rules, steps, chosen, dtype, torch.is_grad_enabled()
            )
            return found
        scores = self._scores(parameters)  # pragma: no cover - cuda
        return tensor_likelihood(rows, scores, _mask(rows, on), gold).to(dtype)  # pragma: no cover - cuda

    def _best(self, rows: Tensor, on: Tensor | None) -> tuple[Tensor, Tensor]:
        """Viterbi paths (B, T), -1 at absent steps, and their scores (B,)."""
        if rows.device.type == "cpu":
            steps = Steps.of(rows, on)
            found, values = taggers.chain.viterbi(self.chain(), steps.emissions, steps.offsets)
            tags, scores = steps.padded(found.astype(np.int64), rows.shape[:2], -1), torch.from_numpy(values)
        else:  # pragma: no cover - cuda
            tags, scores = tensor_viterbi(rows, self._scores(), _mask(rows, on))
        return tags, scores.to(result_dtype(rows, self.transitions))


def _restricted(scores: Tensor, allowed: Tensor | None) -> Tensor:
    return scores if allowed is None else scores.masked_fill(~allowed, -torch.inf)


def _mask(rows: Tensor, on: Tensor | None) -> Tensor:  # pragma: no cover - cuda
    """Which steps are on (B, T); raises ValueError for a row without any."""
    mask = torch.ones(rows.shape[:2], dtype=torch.bool, device=rows.device) if on is None else on
    present = mask.any(dim=1)  # (B,)
    if not present.all():
        raise no_step(int((~present).nonzero()[0]))
    return mask


def _refuse_pathless(scores: npt.NDArray[np.floating]) -> None:
    """ValueError where the best path of a row scores minus infinity."""
    if len(scores) and scores.min() == -np.inf:
        row = int(scores.argmin())
        raise ValueError(f"row {row} has no legal path: the constraints forbid every one of its length")
