"""Names for the arrays that the dynamic programs work on."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Emissions: TypeAlias = npt.NDArray[np.floating]  # float32 or float64, read as they are; all work is in float64
Integers: TypeAlias = npt.NDArray[np.int64]
# Compiled loops need not ask whether an unsigned index is negative, and can then work on several numbers at once.
Unsigned: TypeAlias = npt.NDArray[np.uint32]
Bounds: TypeAlias = npt.NDArray[np.uint64]  # of a `range`, which numba counts in 64 bits
Tags: TypeAlias = npt.NDArray[np.int32]
Booleans: TypeAlias = npt.NDArray[np.bool_]
