"""Answers of least expected cost, told from posterior probabilities, in place of the single best path."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from taggers.chain.arrays import Integers, Tags
from taggers.chain.chain import Chain
from taggers.chain.decoding import viterbi
from taggers.chain.paths import Posterior
from taggers.chain.spans import Candidates


def least_risk(candidates: Candidates, threshold: float) -> Integers:
    """Which of the candidates (C,) to say: those, none overlapping, of the highest sum of probability less threshold.

    So a span that is said and wrong costs the threshold, one that is right and not said 1 less the threshold, and the
    expected cost is least. From a threshold of 0.5 on, all above it are said, since overlapping spans share 1.

    >>> from taggers.chain.span_tags import Marked
    >>> spans = Marked(begin=np.array([0, 1, 2]), end=np.array([2, 3, 4]), label=np.array([0, 0, 0]))
    >>> least_risk(Candidates(spans, np.array([0.3, 0.4, 0.35])), 0.2)  # 0.1 + 0.15 is more than 0.2
    array([0, 2])
    """
    begins, ends = candidates.spans.begin.tolist(), candidates.spans.end.tolist()
    best = [0.0]  # of the first candidates, in order of their ends
    before = [bisect_right(ends, begin) for begin in begins]  # how many end before each begins
    for number, gain in enumerate((candidates.probability - threshold).tolist()):
        best.append(max(best[-1], gain + best[before[number]]))
    said: list[int] = []
    number = len(begins)
    while number:
        if best[number] > best[number - 1]:
            said.append(number - 1)
            number = before[number - 1]
        else:
            number -= 1
    return np.array(said[::-1], dtype=np.int64)


def most_expected(posterior: Posterior) -> Tags:
    """The tags (N,) of the legal path of every sentence that has the most expected right tags.

    >>> from taggers.chain import posterior
    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> most_expected(posterior(chain, [[0.0, 1.0], [1.0, 0.0]], [0, 2]))
    array([1, 0], dtype=int32)
    """
    chain = posterior.chain
    legal = Chain(*(np.where(part > -np.inf, 0.0, -np.inf) for part in (chain.start, chain.transitions, chain.end)))
    return viterbi(legal, posterior.marginals, posterior.offsets)[0]
