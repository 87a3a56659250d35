"""The network: embeddings, encoder, heads. Tensors in, tensors out; it knows no strings, files or settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from taggers.chain import Chain
from taggers.nn.batch import Features
from taggers.nn.embeddings.interface import Embedding
from taggers.nn.encoder import Encoder
from taggers.nn.heads.decoder import DecoderHead, Memory
from taggers.nn.heads.interface import Head
from taggers.nn.onward import OnwardEncoder


class Model(nn.Module):
    """Embeddings side by side, a recurrent encoder, and heads over its states, each with its weight in the loss."""

    def __init__(
        self,
        embeddings: Mapping[str, Embedding],
        encoder: Encoder,
        heads: Mapping[str, Head],
        weights: Sequence[float],
    ) -> None:
        super().__init__()
        self.embeddings = _named(embeddings)
        self.encoder = encoder
        self.heads = _named(heads)
        self._heads = tuple(heads.values())
        self._weights = tuple(weights)

    @property
    def sizes(self) -> dict[str, int]:
        """Number of weights of each part."""
        parts = {**self.embeddings, "encoder": self.encoder, **self.heads}
        return {n.replace("%2E", "."): sum(p.numel() for p in part.parameters()) for n, part in parts.items()}

    def embed(self, features: Features) -> Tensor:
        """The vectors of all tokens (B, T, E); those of padding are never looked at."""
        return torch.cat([embedding(features) for embedding in self.embeddings.values()], dim=2)

    def states(self, features: Features) -> Tensor:
        """(B, T, H)."""
        encoded: Tensor = self.encoder(self.embed(features), features.lengths)
        return encoded

    def emissions(self, features: Features) -> tuple[Tensor, ...]:
        """Of each head its scores: (B, T, K) of tokens, (B, K) of sentences."""
        states = self.states(features)
        return tuple(head.emissions(states, features.mask) for head in self._heads)

    def chains(self) -> tuple[Chain | None, ...]:
        """Of each head the scores of starts, transitions and ends; None where it scores sentences."""
        return tuple(head.chain() for head in self._heads)

    @property
    def decoder(self) -> DecoderHead:
        """The head of a model that writes sequences, which is its only one."""
        (head,) = self._heads
        assert isinstance(head, DecoderHead)
        return head

    def begin(self, features: Features) -> tuple[Memory, Tensor]:
        """What the decoder reads of the sources, and what its cell starts from (C, B, D)."""
        return self.decoder.read(self.states(features), features.mask)

    def begin_epoch(self) -> None:
        """Be told that an epoch begins: what a language model carries from batch to batch ends with the one before."""
        if isinstance(self.encoder, OnwardEncoder):
            self.encoder.begin_anew()

    def at(self, share: float) -> None:
        """Be told that a share of the training is done."""
        for head in self._heads:
            head.at(share)

    def loss(self, features: Features) -> Tensor:
        """The loss summed over the sentences of the batch and the heads, each with its weight; a scalar."""
        states = self.states(features)
        losses = [
            weight * head.loss(states, gold, features.mask)
            for head, weight, gold in zip(self._heads, self._weights, features.targets, strict=True)
        ]
        return torch.stack(losses).sum()

    def onward(self, features: Features, carried: Tensor, scored: bool = True) -> tuple[Tensor, Tensor]:
        """Of a language model the scores (B, T, V), or the states (B, T, H), and what is carried on (L, C, B, H), given
        what came before.
        """
        assert isinstance(self.encoder, OnwardEncoder)
        (head,) = self._heads
        states, after = self.encoder.onward(self.embed(features), carried)
        return (head.emissions(states, features.mask) if scored else states), after


def _named(modules: Mapping[str, nn.Module]) -> nn.ModuleDict:
    """The modules under their names, which may hold no dot."""
    return nn.ModuleDict({name.replace(".", "%2E"): module for name, module in modules.items()})
