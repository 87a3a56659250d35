"""The kernels compiled. Importing numba costs a fifth of a second, so only `backend` imports this, when asked."""

from __future__ import annotations

from functools import partial

from taggers.chain import log_kernels, path_kernels, scaled_kernels
from taggers.chain.loops import Loops
from taggers.compiling import EXACT, compiled

# A maximum need not look for what is not a number, which the callers refuse.
_NUMBERS = EXACT | {"nnan"}
# Sums over paths have one sign, so that no order is wrong; no grouping of their products leaves float64's range either,
# since two factors of each are at most 1.
_IN_ANY_ORDER = _NUMBERS | {"reassoc"}
_compiled = partial(compiled, floating_point=_NUMBERS)
_sums_compiled = partial(compiled, floating_point=_IN_ANY_ORDER)

exponentials = _compiled(log_kernels.exponentials)
_highest = _compiled(scaled_kernels.highest)
_forward = _sums_compiled(scaled_kernels.forward, exponentials=exponentials, highest=_highest)
_backward = _sums_compiled(scaled_kernels.backward)
LOOPS = Loops(
    log_forward=_compiled(log_kernels.forward, exponentials=exponentials),
    log_backward=_compiled(log_kernels.backward, exponentials=exponentials),
    weigh=_compiled(scaled_kernels.weigh, exponentials=exponentials),
    scaled_sums=_compiled(scaled_kernels.sums, forward=_forward),
    scaled_gradients=_compiled(scaled_kernels.gradients, forward=_forward, backward=_backward),
    score_paths=_compiled(path_kernels.score_paths),
    count_paths=_compiled(path_kernels.count_paths),
    best_paths=_compiled(path_kernels.viterbi),
    k_best_paths=_compiled(path_kernels.k_best),
)
