"""Vectors of the batch's distinct forms, spread over its tokens."""

from __future__ import annotations

from torch import Tensor, nn

from taggers.nn.batch import Features


def spread(vectors: Tensor, features: Features) -> Tensor:
    """(W, E) of the distinct forms -> (B, T, E) of the tokens; padding holds some form's vector."""
    return nn.functional.embedding(features.forms, vectors)
