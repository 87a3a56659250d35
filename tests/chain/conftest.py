"""The three ways a dynamic program runs, and an oracle that looks at every path there is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from taggers.chain import Chain, backend, log_kernels, path_kernels, scaled_kernels, vectorised
from taggers.chain.arrays import Booleans, Floats, Integers
from taggers.chain.loops import Loops

PLAIN = Loops(
    log_kernels.forward,
    log_kernels.backward,
    scaled_kernels.weigh,
    scaled_kernels.sums,
    scaled_kernels.gradients,
    path_kernels.score_paths,
    path_kernels.count_paths,
    path_kernels.viterbi,
    path_kernels.k_best,
)


def in_log_space(loops: Loops) -> Loops:
    """The loops without the way round log space."""
    return replace(loops, weigh=lambda *_: False)


def _compiled() -> Loops:
    pytest.importorskip("numba", reason="numba is not installed: only the numpy implementation can run")
    from taggers.chain.compiled import LOOPS

    return LOOPS


IMPLEMENTATIONS: dict[str, Callable[[], backend.Backend]] = {
    "numpy": lambda: vectorised,
    "numba": _compiled,
    "numba in log space": lambda: in_log_space(_compiled()),
    "kernels as plain python": lambda: PLAIN,
    "kernels as plain python in log space": lambda: in_log_space(PLAIN),
}


@pytest.fixture
def plain() -> Loops:
    """The kernels as plain Python."""
    return PLAIN


@pytest.fixture(params=list(IMPLEMENTATIONS))
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with each implementation."""
    name: str = request.param
    monkeypatch.setattr(backend, "_active", IMPLEMENTATIONS[name]())
    return name


@pytest.fixture(params=["numpy", "numba", "numba in log space"])
def fast_implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same without plain Python, for inputs too long for it."""
    name: str = request.param
    monkeypatch.setattr(backend, "_active", IMPLEMENTATIONS[name]())
    return name


@dataclass(frozen=True)
class Paths:
    """Every sequence of tags of one sentence, P in all, with its score, legal or not."""

    tags: Integers  # (P, T)
    scores: Floats  # (P,)

    @property
    def log_partition(self) -> float:
        return float(np.logaddexp.reduce(self.scores))

    def marginals(self, num_tags: int) -> Floats:
        """(T, K)."""
        probabilities = np.exp(self.scores - self.log_partition)
        return np.array([np.bincount(tags, probabilities, num_tags) for tags in self.tags.T])

    def pairs(self, num_tags: int) -> Floats:
        """Expected counts of transitions, (K, K)."""
        result = np.zeros((num_tags, num_tags))
        for source, target in itertools.pairwise(self.tags.T):
            np.add.at(result, (source, target), np.exp(self.scores - self.log_partition))
        return result


@pytest.fixture
def enumerated() -> Callable[..., Paths]:
    """Score every path of one sentence by adding up what it passes."""

    def enumerate_paths(chain: Chain, emissions: Floats, sets: Booleans | None = None) -> Paths:
        length, num_tags = emissions.shape
        tags = np.array(list(itertools.product(range(num_tags), repeat=length)))  # (P, T)
        scores = chain.start[tags[:, 0]] + chain.end[tags[:, -1]]
        for step in range(length):
            scores += emissions[step, tags[:, step]]
            if step > 0:
                scores += chain.transitions[tags[:, step - 1], tags[:, step]]
            if sets is not None:
                scores[~sets[step, tags[:, step]]] = -np.inf
        return Paths(tags, scores)

    return enumerate_paths
