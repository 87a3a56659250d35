"""The kernels compiled by numba. Importing numba costs a fifth of a second, so only `backend` does it, when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from taggers.chain import kernels

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(kernel: _Kernel) -> _Kernel:
    """Machine code at the first call, kept on disk for the next process; frees the interpreter lock while it runs."""
    try:
        return cast(_Kernel, njit(cache=True, nogil=True, error_model="numpy")(kernel))
    except RuntimeError:  # no folder that numba may write its cache to
        return cast(_Kernel, njit(nogil=True, error_model="numpy")(kernel))


forward = _compiled(kernels.forward)
backward = _compiled(kernels.backward)
viterbi = _compiled(kernels.viterbi)
k_best = _compiled(kernels.k_best)
