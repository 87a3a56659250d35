"""The network: embeddings, encoder, head. Tensors in, tensors out; it knows no strings, files or settings."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from taggers.nn.batch import Features
from taggers.nn.embeddings.characters import CharacterCNN, CharacterLSTM
from taggers.nn.embeddings.words import Table
from taggers.nn.encoder import Encoder
from taggers.nn.heads.labelling import CRFHead, SoftmaxHead


class TaggingModel(nn.Module):
    """A tagger: word, character and casing vectors side by side, a recurrent encoder, a head."""

    def __init__(
        self,
        words: Table,
        characters: CharacterCNN | CharacterLSTM | None,
        casings: Table | None,
        encoder: Encoder,
        head: CRFHead | SoftmaxHead,
    ) -> None:
        super().__init__()
        self.words, self.characters, self.casings = words, characters, casings
        self.encoder, self.head = encoder, head

    def embed(self, features: Features) -> Tensor:
        """The vectors of all tokens (B, T, E), one at least; those of padding are zero or never looked at."""
        parts = [self.words(features.words)]  # (B, T, E1)
        if self.characters is not None:
            forms = self.characters(features.characters, features.character_lengths)  # (W, E2)
            parts.append(nn.functional.embedding(features.forms, forms))  # (B, T, E2)
        if self.casings is not None:
            parts.append(self.casings(features.casings))  # (B, T, E3)
        return torch.cat(parts, dim=2)

    def states(self, features: Features) -> Tensor:
        """(B, T, H)."""
        encoded: Tensor = self.encoder(self.embed(features), features.lengths)
        return encoded

    def emissions(self, features: Features) -> Tensor:
        """(B, T, K)."""
        return self.head.emissions(self.states(features))

    def loss(self, features: Features) -> Tensor:
        """The loss summed over the sentences of the batch, a scalar."""
        assert features.targets is not None
        return self.head.loss(self.states(features), features.targets, features.mask)
