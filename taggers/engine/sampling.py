"""The next symbol drawn from its scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def sample(
    scores: NDArray[np.float32], rng: np.random.Generator, temperature: float = 1.0, top_k: int = 0
) -> NDArray[np.int64]:
    """For each row of scores (B, V), log probabilities up to a constant, the number of a symbol (B,).

    Scores are divided by the temperature, so that below 1 likely symbols become likelier still; at 0 the best one is
    taken. With `top_k` none but the k best can be drawn. A symbol whose score is -inf never is. ValueError for a
    temperature or a k below 0.

    Source: the Gumbel-max trick (Gumbel 1954): the largest of the scores, each with noise of its own, is such a draw.

    >>> sample(np.log([[0.1, 0.6, 0.3]]), np.random.default_rng(1), temperature=0.0).tolist()
    [1]
    """
    if temperature < 0.0 or top_k < 0:
        raise ValueError(f"temperature {temperature}, top_k {top_k}: expected neither below 0")
    kept = scores.astype(np.float64)  # (B, V), a copy
    symbols = kept.shape[1]
    if 0 < top_k < symbols:
        others = np.argpartition(kept, symbols - top_k, axis=1)[:, : symbols - top_k]
        np.put_along_axis(kept, others, -np.inf, axis=1)
    if temperature > 0.0:
        behind = kept - kept.max(axis=1, keepdims=True)
        with np.errstate(over="ignore"):  # what a tiny temperature makes -inf is never drawn, as it should be
            kept = behind / temperature + rng.gumbel(size=kept.shape)
    drawn: NDArray[np.int64] = kept.argmax(axis=1)
    return drawn
