"""Which of the two implementations runs: numpy until someone asks for the compiled kernels.

The rule: numba is imported by `accelerate()` alone. Training calls it; tagging and scoring a model do not, and run in
numpy. Both give the same tags, and the same numbers but for the last digits.
"""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

from taggers.chain import vectorised

_active: ModuleType = vectorised


def accelerate() -> bool:
    """Use the compiled kernels from now on, in this process; False where numba is not installed.

    The first call ever compiles (seconds, when the kernels first run), later processes read the result from disk.

    >>> accelerate() in (True, False)
    True
    """
    global _active
    if _active is not vectorised:
        return True
    if find_spec("numba") is None:
        return False
    from taggers.chain import compiled

    _active = compiled
    return True


def active() -> ModuleType:
    """The module whose `forward`, `backward`, `viterbi` and `k_best` run: `vectorised` or `compiled`."""
    return _active
