"""Which of the two implementations runs: numpy until someone asks for the compiled kernels.

The rule: decoding imports numba by `accelerate()` alone, once a process has decoded many tokens; until then it runs in
numpy. Training calls it at once. Both give the same tags, and the same numbers but for the last digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from taggers.chain import vectorised
from taggers.chain.arrays import Emissions, Floats, Integers, Tags
from taggers.chain.chain import Chain
from taggers.chain.gradient import Gradient
from taggers.chain.lattice import Lattice

if TYPE_CHECKING:
    from taggers.chain.paths import Posterior


class Backend(Protocol):
    """The dynamic programs over what was checked."""

    def log_partition(self, chain: Chain, lattice: Lattice) -> Floats:
        """The summed paths of every sentence, (B,)."""

    def score(self, chain: Chain, lattice: Lattice, tags: Integers) -> Floats:
        """The score of one path per sentence, tags (N,): (B,)."""

    def gradient(self, chain: Chain, lattice: Lattice, weights: Floats, tags: Integers | None = None) -> Gradient:
        """Of the log partitions, each times its weight (B,); with tags (N,) of the path's score less the partition."""

    def posterior(self, chain: Chain, lattice: Lattice) -> Posterior:
        """What is known of the tags of every sentence."""

    def viterbi(self, chain: Chain, lattice: Lattice) -> tuple[Tags, Floats]:
        """The best path of every sentence, (N,), -1 where there is none, and its score, (B,)."""

    def k_best(self, chain: Chain, emissions: Emissions, k: int) -> tuple[Tags, Floats]:
        """The k best paths of one sentence (T, K), T >= 1: (n, T), and their scores, (n,)."""


_active: Backend = vectorised


def accelerate() -> bool:
    """Use the compiled kernels from now on, in this process; False where numba is not installed.

    The first call ever compiles (seconds, when the kernels first run), later processes read the result from disk.

    >>> accelerate() in (True, False)
    True
    """
    global _active
    if _active is not vectorised:
        return True
    from taggers.compiling import can_compile

    if not can_compile():
        return False
    from taggers.chain.compiled import LOOPS

    _active = LOOPS
    return True


def active() -> Backend:
    """What runs: `vectorised`, or the kernels of `compiled`."""
    return _active
