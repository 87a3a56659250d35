"""The kernels compiled by numba. Importing numba costs a fifth of a second, so only `backend` does it, when asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, TypeVar, cast

from numba import njit

from taggers.chain import log_kernels, path_kernels, scaled_kernels
from taggers.chain.loops import Loops

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])

# A product and a sum may be rounded once (contract), and a maximum need not look for NaN, which the callers refuse.
# Sums keep their order, and infinities their meaning.
_FLOATING_POINT = frozenset({"contract", "nnan", "nsz"})
# Sums over paths have one sign, so that no order is wrong; no grouping of their products leaves float64's range either,
# since two factors of each are at most 1.
_SUMS_IN_ANY_ORDER = _FLOATING_POINT | {"reassoc"}


def compiled(
    kernel: _Kernel, floating_point: frozenset[str] = _FLOATING_POINT, **called: Callable[..., Any]
) -> _Kernel:
    """Machine code at the first call, kept on disk for the next process; frees the interpreter lock while it runs.

    `called` are the functions of its module that the kernel calls, compiled.
    """
    assert isinstance(kernel, FunctionType)
    linked = FunctionType(kernel.__code__, {**kernel.__globals__, **called})
    compiler = partial(njit, linked, nogil=True, error_model="numpy", fastmath=set(floating_point))
    try:
        return cast(_Kernel, compiler(cache=True))
    except RuntimeError:  # no folder that numba may write its cache to
        return cast(_Kernel, compiler())


exponentials = compiled(log_kernels.exponentials)
_highest = compiled(scaled_kernels.highest)
_forward = compiled(scaled_kernels.forward, _SUMS_IN_ANY_ORDER, exponentials=exponentials, highest=_highest)
_backward = compiled(scaled_kernels.backward, _SUMS_IN_ANY_ORDER)
LOOPS = Loops(
    log_forward=compiled(log_kernels.forward, exponentials=exponentials),
    log_backward=compiled(log_kernels.backward, exponentials=exponentials),
    weigh=compiled(scaled_kernels.weigh, exponentials=exponentials),
    scaled_sums=compiled(scaled_kernels.sums, forward=_forward),
    scaled_gradients=compiled(scaled_kernels.gradients, forward=_forward, backward=_backward),
    score_paths=compiled(path_kernels.score_paths),
    count_paths=compiled(path_kernels.count_paths),
    best_paths=compiled(path_kernels.viterbi),
    k_best_paths=compiled(path_kernels.k_best),
)
