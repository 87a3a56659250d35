"""Loops over arrays compiled to machine code by numba, where it is installed. It is imported by what compiles alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from types import FunctionType
from typing import Any, TypeVar, cast

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])

# A product and a sum may be rounded once (contract), and zeros have no sign. Sums keep their order, infinities and what
# is not a number their meaning.
EXACT = frozenset({"contract", "nsz"})


@cache
def can_compile() -> bool:
    """Whether numba is installed.

    >>> can_compile() in (True, False)
    True
    """
    return find_spec("numba") is not None


def compiled(kernel: _Kernel, floating_point: frozenset[str] = EXACT, **called: Callable[..., Any]) -> _Kernel:
    """Machine code at the first call, kept on disk for the next process; frees the interpreter lock while it runs.

    `called` are the functions that the kernel calls, compiled; `floating_point` is what numba calls `fastmath`. What is
    on disk is made anew when the kernel's own file changes: whoever changes only a function that it calls in another
    file, or what floating point may do, removes `__pycache__`.

    >>> def doubled(number): return number + number
    >>> compiled(doubled)(2)
    4
    """
    from numba import njit

    assert isinstance(kernel, FunctionType)
    linked = FunctionType(kernel.__code__, {**kernel.__globals__, **called})
    compiler = partial(njit, linked, nogil=True, error_model="numpy", fastmath=set(floating_point))
    try:
        return cast(_Kernel, compiler(cache=True))
    except RuntimeError:  # no folder that numba may write its cache to
        return cast(_Kernel, compiler())
