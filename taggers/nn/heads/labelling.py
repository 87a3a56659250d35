"""One tag per token: a linear layer for the emissions, and a CRF or a softmax over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from taggers.chain import Chain
from taggers.nn.crf import CRF
from taggers.nn.graph import Graph, product_of_ways
from taggers.nn.heads.interface import Head


@dataclass(frozen=True)
class EntityRatio:
    """How large a share of the tokens of a batch should have one of the tags that are True in `tags` (K,).

    What the model expects may be off by the `margin`; each further unit costs the `weight`, of each sentence.
    Source: Effland and Collins 2021 (expected entity ratio loss).
    """

    tags: tuple[bool, ...]
    expected: float
    margin: float
    weight: float


class CRFHead(Head):
    """Emissions scored by a linear-chain CRF that gives no weight to illegal sequences (Lample and others 2016)."""

    def __init__(self, states: int, constraints: Chain, ratio: EntityRatio | None = None) -> None:
        super().__init__()
        self.emit = nn.Linear(states, constraints.num_tags)
        self.crf = CRF(
            constraints.num_tags,
            batch_first=True,
            start_allowed=constraints.start > -np.inf,
            transitions_allowed=constraints.transitions > -np.inf,
            end_allowed=constraints.end > -np.inf,
        )
        self._ratio = ratio

    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, K)."""
        del mask
        return _emissions(self.emit, states)

    def outputs(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> None:
        """(B, T, K)."""
        scores = _emitted(graph, name, self.emit, ways, lengths)
        graph.output(name, scores, "float32", ["B", "T", self.emit.out_features])

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Negative log likelihood summed over the batch; targets (B, T) ids or (B, T, K) sets.

        With a ratio of entities, what it costs to be off it is added for each sentence.
        """
        emissions = _emissions(self.emit, states)
        likelihood: Tensor = self.crf(emissions, targets, mask=mask, reduction="sum")
        if self._ratio is None:
            return -likelihood
        return len(mask) * self._off_ratio(self._ratio, emissions, mask).to(likelihood.dtype) - likelihood

    def _off_ratio(self, ratio: EntityRatio, emissions: Tensor, mask: Tensor) -> Tensor:
        """What the share of entity tokens that the model expects costs, a scalar."""
        counted = torch.as_tensor(ratio.tags, device=emissions.device)
        share = self.crf.expected_count(emissions, counted, mask).sum() / mask.sum()
        return ratio.weight * torch.relu((share - ratio.expected).abs() - ratio.margin)

    def chain(self) -> Chain:
        """The scores of starts, transitions and ends, -inf where forbidden."""
        return self.crf.chain()


class SoftmaxHead(Head):
    """Each token's tag by itself in training, the best legal sequence in decoding.

    Source: Lester and others 2020 (constrained decoding).
    """

    def __init__(self, states: int, constraints: Chain) -> None:
        super().__init__()
        self.emit = nn.Linear(states, constraints.num_tags)
        self._constraints = constraints

    def emissions(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, K): log probabilities."""
        del mask
        return torch.log_softmax(_emissions(self.emit, states), dim=2)

    def outputs(self, graph: Graph, name: str, ways: Sequence[str], lengths: str) -> None:
        """(B, T, K)."""
        scores = graph.node("LogSoftmax", [_emitted(graph, name, self.emit, ways, lengths)], axis=2)
        graph.output(name, scores, "float32", ["B", "T", self.emit.out_features])

    def loss(self, states: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
        """Cross entropy summed over the real tokens; of a set of tags the probabilities add up."""
        scores = self.emissions(states, mask)[mask]  # (n, K)
        gold = targets[mask]  # (n,) or (n, K)
        if gold.dtype is torch.bool:
            return -scores.masked_fill(~gold, float("-inf")).logsumexp(dim=1).sum()
        return nn.functional.nll_loss(scores, gold, reduction="sum")

    def chain(self) -> Chain:
        """Zeros, -inf where forbidden."""
        return self._constraints


def _emissions(emit: nn.Linear, states: Tensor) -> Tensor:
    """(B, T, H) -> (B, T, K); on the CPU in float32, since so small a product only loses by bfloat16."""
    with torch.autocast("cpu", enabled=False):
        scores: Tensor = emit(states if states.is_cuda else states.to(emit.weight.dtype))
        return scores


def _emitted(graph: Graph, name: str, emit: nn.Linear, ways: Sequence[str], lengths: str) -> str:
    """What `emit` makes of the states of each direction (T, B, H), in a graph: (B, T, K)."""
    products = product_of_ways(graph, f"heads.{name}.emit.weight", emit.weight, ways, lengths)
    return graph.node("Add", [products, graph.weight(f"heads.{name}.emit.bias", emit.bias)])
