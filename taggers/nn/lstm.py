"""An LSTM in both directions, for training on the CPU: torch's products, and one kernel for the rest of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from taggers.compiling import compiled
from taggers.nn import lstm_kernels


def bidirectional_lstm(inputs: Tensor, lengths: Tensor, weights: Sequence[Tensor], reduced: bool) -> Tensor:
    """Inputs (B, T, E) of lengths (B,) to states (B, T, 2H), which are zero in the padding; all in float32.

    Weights are (4 H, E), (4 H, H), (4 H,), (4 H,) of the rightward layer, then of the leftward. Steps of padding are
    never computed, and both directions go side by side, the leftward one from each row's own end. Where `reduced`,
    products over all steps at once are in bfloat16; those of single steps are too small to gain by it.
    """
    states: Tensor = _BidirectionalLSTM.apply(inputs, lengths, reduced, *weights)  # type: ignore[no-untyped-call]
    return states


class _BidirectionalLSTM(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,  # (B, T, E)
        lengths: Tensor,  # (B,)
        reduced: bool,
        *weights: Tensor,
    ) -> Tensor:
        into, onward, input_bias, recurrent_bias = (weights[number::4] for number in range(4))
        size, (batch, longest, width) = onward[0].shape[1], inputs.shape
        steps = _steps_of(lengths, longest)
        count = steps.tokens.shape[1]  # N
        inward = [weight.bfloat16() if reduced else weight for weight in into]  # (4 H, E) each
        flat = inputs.reshape(-1, width)  # (B T, E)
        read = [_factor(flat.index_select(0, tokens), reduced) for tokens in steps.tokens]  # (N, E) each
        gates, cells = inputs.new_empty(2, count, 4 * size), inputs.new_empty(2, count, size)
        for side in (0, 1):
            if reduced:
                gates[side] = (read[side] @ inward[side].t())[:count]
            else:
                torch.mm(read[side], inward[side].t(), out=gates[side])
        biases = torch.stack(input_bias) + torch.stack(recurrent_bias)  # (2, 4 H)
        turned = [weight.t().contiguous() for weight in onward]  # (H, 4 H) each: twice as fast as they lie
        added = inputs.new_empty(2, steps.widest, 4 * size)
        befores = inputs.new_zeros(2, count, size)
        result = inputs.new_zeros(2 * batch * longest, size)
        arrays = [each.numpy() for each in (gates, added, biases, cells, befores, result, steps.places)]
        for (last, _), (begin, end), (_, after) in steps.neighbours():
            if begin:
                for side in (0, 1):
                    torch.mm(befores[side, begin:end], turned[side], out=added[side, : end - begin])
            _kernels().step(*arrays, last, begin, end, after - end)
        ctx.steps, ctx.shape, ctx.reduced = steps, inputs.shape, reduced
        ctx.save_for_backward(*read, *inward, *onward, gates, cells, befores)
        return result.view(batch, longest, 2 * size)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_result: Tensor) -> tuple[Tensor | None, ...]:
        *both, gates, cells, befores = ctx.saved_tensors
        read, inward, onward = both[:2], both[2:4], both[4:]
        steps, size = ctx.steps, cells.shape[2]
        of_gates = torch.empty_like(gates)  # (2, N, 4 H)
        of_cells, of_states = cells.new_zeros(2, 2, steps.widest, size)  # (2, B, H) each
        of_rows = of_result.reshape(-1, size)
        arrays = [each.numpy() for each in (of_gates, of_cells, of_states, of_rows, steps.places, gates, cells)]
        for (last, _), (begin, end), _ in reversed(steps.neighbours()):
            _kernels().step_back(*arrays, last, begin, end)
            if begin:
                for side in (0, 1):
                    torch.mm(of_gates[side, begin:end], onward[side], out=of_states[side, : end - begin])
        of_inputs = cells.new_zeros(ctx.shape).view(-1, ctx.shape[2])
        of_weights: list[Tensor | None] = []
        later = 0 if ctx.reduced else steps.widest  # the first step starts from zeros, which need no product
        for side, tokens in enumerate(steps.tokens):
            bias, arrived = of_gates[side].sum(dim=0), _factor(of_gates[side], ctx.reduced)  # (4 H,), (N, 4 H)
            of_inputs.index_add_(0, tokens, (arrived @ inward[side])[: len(tokens)].float())
            of_into = arrived.t() @ read[side]
            of_onward = arrived[later:].t() @ _factor(befores[side, later:], ctx.reduced)
            of_weights += [of_into.float(), of_onward.float(), bias, bias]
        return of_inputs.view(ctx.shape), None, None, *of_weights


def _factor(rows: Tensor, reduced: bool) -> Tensor:
    """Rows (N, A) as a factor of a product: if `reduced` in bfloat16, with zeros up to a multiple of 64 rows.

    oneDNN makes code for every shape that it meets, which takes longer than a product of another number of rows.
    """
    if not reduced:
        return rows
    padded = rows.new_zeros(-(-len(rows) // 64) * 64, rows.shape[1], dtype=torch.bfloat16)
    padded[: len(rows)] = rows
    return padded


class _Steps(NamedTuple):
    """How the N steps of a batch lie side by side, as `lstm_kernels` has them."""

    borders: list[tuple[int, int]]  # where each step begins and ends
    tokens: Tensor  # (2, N) which of the B T tokens each direction reads
    places: Tensor  # (2, N) which of the B T 2 halves of states each direction gives

    @property
    def widest(self) -> int:
        """The rows of the first step, which are those of the batch that have any token."""
        return self.borders[0][1] if self.borders else 0

    def neighbours(self) -> list[tuple[tuple[int, int], ...]]:
        """The borders of each step between those of the one before and the one after."""
        padded = [(0, 0), *self.borders, (self.tokens.shape[1],) * 2]
        return list(zip(padded, padded[1:], padded[2:], strict=False))


def _steps_of(lengths: Tensor, longest: int) -> _Steps:
    """The steps of rows of these lengths (B,), padded to the longest.

    >>> steps = _steps_of(torch.tensor([1, 2]), 2)
    >>> steps.borders, steps.tokens.tolist()
    ([(0, 2), (2, 3)], [[2, 0, 3], [3, 0, 2]])
    """
    order = np.argsort(-lengths.numpy(), kind="stable")  # (B,)
    sizes = lengths.numpy()[order]
    there = np.arange(longest)[:, None] < sizes  # (T, B)
    step, row = np.nonzero(there)  # (N,), (N,)
    starts = longest * order[row]
    tokens = torch.from_numpy(np.stack((starts + step, starts + sizes[row] - 1 - step)))  # (2, N)
    ends = np.cumsum(there.sum(axis=1)).tolist()
    borders = [(begin, end) for begin, end in pairwise([0, *ends]) if begin < end]
    return _Steps(borders, tokens, 2 * tokens + torch.tensor([[0], [1]]))


class _Kernels(NamedTuple):
    step: Callable[..., None]
    step_back: Callable[..., None]


@cache
def _kernels() -> _Kernels:
    """The functions of `lstm_kernels`, compiled."""
    tanh, add, mix = compiled(lstm_kernels.tanh), compiled(lstm_kernels.add), compiled(lstm_kernels.mix)
    squash, open_gates, show, retreat = (
        compiled(function, tanh=tanh)
        for function in (lstm_kernels.squash, lstm_kernels.open_gates, lstm_kernels.show, lstm_kernels.retreat)
    )
    return _Kernels(
        step=compiled(lstm_kernels.step, add=add, squash=squash, open_gates=open_gates, mix=mix, show=show),
        step_back=compiled(lstm_kernels.step_back, add=add, retreat=retreat),
    )
