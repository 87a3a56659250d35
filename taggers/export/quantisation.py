"""Whole numbers in place of real ones where states meet trained matrices, which is most of the work of tagging.

States lie between -1 and 1, so that one fixed step serves all of them, whatever the text: what a sentence gives never
depends on its neighbours, and nothing has to be calibrated. Each row of a matrix has a step of its own.

Source: Jacob and others 2018.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

STATE_ZERO = 128  # the byte of a state of zero
STATE_STEP = 1 / 127
# Processors without VNNI add two products in 16 bits, which hold 2 x 255 x 64 and not much more: weights have seven
# bits everywhere, so that a model gives the same answers on all. States need the eighth bit more than weights do.
MOST = 64


def matrix_name(weight: str) -> str:
    """What a trained matrix is called as whole numbers."""
    return f"{weight} int8"


def scales_name(weight: str) -> str:
    """What the steps of its rows are called."""
    return f"{weight} scales"


def quantised(name: str, weight: npt.NDArray[np.float32]) -> Mapping[str, npt.NDArray[np.generic]]:
    """A trained matrix (G, H) as whole numbers, turned (H, G), and the step of each of its rows (G,), by their names.

    >>> numbers, scales = quantised("w", np.array([[0.5, -1.0], [0.0, 0.0]], dtype=np.float32)).values()
    >>> numbers.tolist(), scales.tolist()
    ([[32, 0], [-64, 0]], [0.015625, 1.0])
    """
    scales = np.abs(weight).max(axis=1) / np.float32(MOST)  # (G,)
    scales = np.where(scales > 0, scales, 1.0).astype(np.float32)  # the smallest of numbers have no part that small
    numbers = np.rint(weight / scales[:, None]).astype(np.int8)
    return {matrix_name(name): np.ascontiguousarray(numbers.T), scales_name(name): scales}
