"""The kernels compiled by numba. Importing numba costs a fifth of a second, so only `backend` does it, when asked."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar, cast

from numba import njit

from taggers.chain import kernels

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])

# A product and a sum may be rounded once (contract), and a maximum need not look for NaN, which the callers refuse.
# Sums keep their order, and infinities their meaning.
_FLOATING_POINT = {"contract", "nnan", "nsz"}


def _compiled(kernel: _Kernel, **called: Callable[..., Any]) -> _Kernel:
    """Machine code at the first call, kept on disk for the next process; frees the interpreter lock while it runs.

    `called` are the functions of its module that the kernel calls, compiled.
    """
    assert isinstance(kernel, FunctionType)
    linked = FunctionType(kernel.__code__, {**kernel.__globals__, **called})
    try:
        return cast(_Kernel, njit(linked, cache=True, nogil=True, error_model="numpy", fastmath=_FLOATING_POINT))
    except RuntimeError:  # no folder that numba may write its cache to
        return cast(_Kernel, njit(linked, nogil=True, error_model="numpy", fastmath=_FLOATING_POINT))


_exponentials = _compiled(kernels.exponentials)
forward = _compiled(kernels.forward, exponentials=_exponentials)
backward = _compiled(kernels.backward, exponentials=_exponentials)
viterbi = _compiled(kernels.viterbi)
k_best = _compiled(kernels.k_best)
