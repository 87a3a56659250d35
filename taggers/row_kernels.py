"""The arithmetic of AdamW over single rows: loops that `taggers.compiling` compiles.

`rates` hold of every step the learning rate over the first mean's correction, one over the root of the second's, and
the share of a weight that decay leaves; `constants` the shares that the first mean keeps and takes, the second's and
the root of the first of these, and epsilon.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.int64]

_NOTHING = np.float32(1e-30)  # a mean below it moves nothing, and below 1e-38 arithmetic is slow
_ZERO = np.float32(0.0)


def move(
    rows: Integers,  # (n,) each once
    gradients: Floats,  # (n, E)
    weights: Floats,  # (V, E) in and out
    means: Floats,  # (V, E) in and out
    squares: Floats,  # (V, E) in and out
    rates: Floats,  # (3,)
    constants: Floats,  # (6,)
) -> None:
    """One step of some rows."""
    rate, correction, kept = rates
    _, takes, keeps_square, takes_square, _, epsilon = constants
    for index in range(rows.shape[0]):
        gradient, row = gradients[index], rows[index]
        weight, mean, square = weights[row], means[row], squares[row]
        for k in range(gradient.shape[0]):
            mean[k] += takes * (gradient[k] - mean[k])
            square[k] = keeps_square * square[k] + takes_square * gradient[k] * gradient[k]
            weight[k] = kept * weight[k] - rate * mean[k] / (np.sqrt(square[k]) * correction + epsilon)


def catch_up(
    rows: Integers,  # (n,)
    done: Integers,  # (V,) how many of the steps each row has made, in and out
    weights: Floats,  # (V, E) in and out
    means: Floats,  # (V, E) in and out
    squares: Floats,  # (V, E) in and out
    rates: Floats,  # (S, 3) of all steps
    constants: Floats,  # (6,)
    most: int,  # how many steps without a gradient move anything
) -> None:
    """The steps without a gradient that some rows have not made yet."""
    keeps, _, keeps_square, _, keeps_root, epsilon = constants
    until = rates.shape[0]
    roots = np.empty_like(weights[0])
    for row in rows:
        start = done[row]
        if start == until:
            continue
        done[row] = until
        weight, mean, square = weights[row], means[row], squares[row]
        for k in range(roots.shape[0]):
            roots[k] = np.sqrt(square[k])
        computed = min(until, start + most)
        for step in range(start, computed):
            rate, correction, kept = rates[step]
            for k in range(roots.shape[0]):
                mean[k] *= keeps
                roots[k] *= keeps_root
                weight[k] = kept * weight[k] - rate * mean[k] / (roots[k] * correction + epsilon)
        kept_after = np.prod(rates[computed:until, 2])
        mean_after = keeps ** np.float32(until - computed)
        square_after = keeps_square ** np.float32(until - start)
        for k in range(roots.shape[0]):
            weight[k] *= kept_after
            mean[k] = mean[k] * mean_after if abs(mean[k]) > _NOTHING else _ZERO
            square[k] *= square_after
