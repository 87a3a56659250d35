"""The tags of sentences as a random path: how probable each is, and where a path came from that passes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taggers.chain.arrays import Booleans, Floats, Integers, Tags
from taggers.chain.chain import Chain

_LEAST = np.finfo(np.float64).tiny  # a probability that is below has a logarithm all the same


@dataclass(frozen=True, eq=False)
class Posterior:
    """The probability of every legal path of some sentences, as a walk from right to left.

    The last tag of a sentence is drawn by its marginal; given that a path stands on `tag` at a step, it came from
    `source` with probability exp(alpha of the source a step before + transition - reach of the tag). All of it holds
    for scores of any size, since only differences between paths are taken. A sentence without a legal path has zeros
    as marginals, and minus infinity in `reach` and `alpha`.
    """

    chain: Chain
    offsets: Integers  # (B + 1,)
    log_partition: Floats  # (B,)
    reach: Floats  # (N, K) log of the summed paths into a tag, before its emission
    alpha: Floats  # (N, K) the same with the emission, less that of the step's best tag
    marginals: Floats  # (N, K)

    @cached_property
    def is_first(self) -> Booleans:
        """Which rows (N,) begin a sentence."""
        return self._at(self.offsets[:-1])

    @cached_property
    def is_last(self) -> Booleans:
        """Which rows (N,) end one."""
        return self._at(self.offsets[1:] - 1)

    def _at(self, rows: Integers) -> Booleans:
        found = np.zeros(len(self.marginals), dtype=np.bool_)
        found[rows[np.diff(self.offsets) > 0]] = True
        return found

    def came_from(
        self,
        rows: Integers,  # (M,) none that begins a sentence
        sources: Integers,  # (M, S)
        tags: Integers,  # (M, T)
    ) -> Floats:
        """The probability (M, S, T) that a path came from each source, given that it stands on each tag at a row."""
        reach = self.reach[rows[:, None], tags]  # (M, T)
        reach[reach == -np.inf] = 0.0  # no path comes there: the sums below are minus infinity, and must keep it
        sums = (
            self.alpha[rows[:, None] - 1, sources][:, :, None]
            + self.chain.transitions[sources[:, :, None], tags[:, None, :]]
        )
        return np.exp(sums - reach[:, None, :])

    def of_paths(
        self,
        sentence: int,
        paths: Tags,  # (n, T)
    ) -> Floats:
        """The probabilities (n,) of whole paths of a sentence of T tags.

        >>> from taggers.chain import posterior
        >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
        >>> posterior(chain, [[0.0, 0.0], [0.0, 0.0]], [0, 2]).of_paths(0, np.array([[0, 1]]))
        array([0.25])
        """
        first, stop = self.offsets[sentence], self.offsets[sentence + 1]
        if first == stop:
            return np.ones(len(paths))
        rows = np.arange(first + 1, stop)
        before, after = paths[:, :-1], paths[:, 1:]  # (n, T - 1) each
        with np.errstate(invalid="ignore"):  # minus infinity less itself: such a path has no probability either way
            steps = self.alpha[rows - 1, before] + self.chain.transitions[before, after] - self.reach[rows, after]
        probabilities: Floats = self.marginals[stop - 1, paths[:, -1]] * np.exp(np.nan_to_num(steps, nan=-np.inf)).prod(
            axis=1
        )
        return probabilities

    def log_of_stretches(
        self,
        begin: Integers,  # (M,)
        end: Integers,  # (M,) exclusive, none beyond the sentence of its beginning
        tags: Tags,  # (N,) of which the model has a legal sequence in every sentence
    ) -> Floats:
        """The log of the probability (M,) that a path has these tags in each of some stretches of rows.

        >>> from taggers.chain import posterior
        >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
        >>> known = posterior(chain, [[0.0, 0.0]] * 3, [0, 3])
        >>> np.exp(known.log_of_stretches(np.array([0, 1]), np.array([1, 3]), np.array([0, 1, 1])))
        array([0.5 , 0.25])
        """
        rows = np.flatnonzero(~self.is_first)
        before, after = tags[rows - 1], tags[rows]
        onward = np.zeros(len(tags) + 1)  # the sum of the steps into all rows before
        onward[rows + 1] = (
            self.alpha[rows - 1, before] + self.chain.transitions[before, after] - self.reach[rows, after]
        )
        onward = np.cumsum(onward)
        last = self.marginals[end - 1, tags[end - 1]]
        log: Floats = np.log(np.maximum(last, _LEAST)) + onward[end] - onward[begin + 1]
        return log
