"""Temperatures by which the probabilities of a chain are what happens: fitted on sentences with gold tags."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taggers.chain.arrays import Emissions, Floats
from taggers.chain.chain import Chain
from taggers.chain.likelihood import log_likelihood, log_likelihood_gradient
from taggers.chain.temperatures import Temperatures

_MOST_STEPS, _ENOUGH = 100, 1e-9  # how many are taken, and the gain, in nats, that none is taken for
_SUFFICIENT = 1e-4  # of the gain that the slope promises a step gives at least this share (Armijo 1966)
_SHORTEST = 2.0**-30  # of a step: below, rounding decides

_Objective = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Fit:
    """Temperatures, the sentences that they were fitted on, and the log likelihood of those before and after, in nats.

    Sentences whose gold has no legal path tell nothing of temperatures, and are not counted.
    """

    temperatures: Temperatures
    sentences: int
    before: float
    after: float


def fit_temperatures(
    chain: Chain,
    emissions: npt.ArrayLike,  # (N, K)
    offsets: npt.ArrayLike,  # (B + 1,)
    gold: npt.ArrayLike,  # (N,) or (N, K)
) -> Fit:
    """The temperatures that make gold tags likeliest; arguments and errors as in `log_likelihood`.

    Temperature scaling (Guo and others, ICML 2017) of a chain, with one temperature for emissions and one for starts,
    transitions and ends; where these are all 0 or forbidden, as over a softmax, the emissions' alone. A standard normal
    prior over their logarithms, which some hundred sentences outweigh, keeps them finite where gold is likeliest
    everywhere. Where they gain no more than a nat each (the criterion of Akaike 1974), all stay 1.

    >>> chain = Chain(start=[0.0, 0.0], transitions=[[0.0, 0.0], [0.0, 0.0]], end=[0.0, 0.0])
    >>> emissions, gold = np.tile([4.0, 0.0], (400, 1)), np.arange(400) % 4 // 3  # 98 % sure, right 3 times of 4
    >>> fit = fit_temperatures(chain, emissions, np.arange(401), gold)
    >>> (1 / (1 + np.exp([-4 / fit.temperatures.emissions]))).round(2)
    array([0.75])
    """
    scores, answers = np.asarray(emissions, dtype=np.float64), np.asarray(gold)
    values = log_likelihood(chain, scores, offsets, answers)  # (B,)
    told = values > -np.inf

    def likelihood(logs: Floats) -> tuple[float, Floats]:
        """Of gold at some temperatures, and its derivatives by their logarithms."""
        t = _temperatures(logs)
        found = log_likelihood_gradient(t.scale_chain(chain), t.scale_emissions(scores), offsets, answers, told)
        by_emissions = -_product(found.emissions, scores) / t.emissions
        pairs = (
            (found.start, chain.start),
            (found.transitions, chain.transitions),
            (found.end, chain.end),
        )
        by_transitions = -sum(_product(*pair) for pair in pairs) / t.transitions
        return float(found.values[told].sum()), np.array([by_emissions, by_transitions])[: len(logs)]

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = likelihood(logs)
        return 0.5 * float(logs @ logs) - value, logs - slope

    has_scores = any(part[np.isfinite(part)].any() for part in (chain.start, chain.transitions, chain.end))
    best = _minimum(loss, np.zeros(2 if has_scores else 1))
    before, after = float(values[told].sum()), likelihood(best)[0]
    if after - before <= len(best):
        return Fit(Temperatures(), int(told.sum()), before, before)
    return Fit(_temperatures(best), int(told.sum()), before, after)


def _temperatures(logs: Floats) -> Temperatures:
    return Temperatures(*np.exp(logs).tolist())


def _product(slopes: Emissions, scores: Emissions) -> float:
    """Summed where there are scores: what is forbidden has no slope."""
    return float((slopes * np.where(np.isfinite(scores), scores, 0.0)).sum())


def _minimum(objective: _Objective, point: Floats) -> Floats:
    """Where a smooth function, which gives its slope too, is lowest near a point: BFGS, each step halved as need be."""
    value, slope = objective(point)
    inverse = np.eye(len(point))  # of the second derivatives, as far as they are known
    for _ in range(_MOST_STEPS):
        step = -inverse @ slope
        step /= max(1.0, float(np.abs(step).max()))  # not far beyond what is known
        promised = float(slope @ step)
        if -promised < _ENOUGH:
            break
        share = 1.0
        while (found := objective(point + share * step))[0] > value + _SUFFICIENT * share * promised:
            share /= 2
            if share < _SHORTEST:
                return point
        moved, turned = share * step, found[1] - slope
        if (bend := float(moved @ turned)) > 0:
            keep = np.eye(len(point)) - np.outer(moved, turned) / bend
            inverse = keep @ inverse @ keep.T + np.outer(moved, moved) / bend
        point, (value, slope) = point + moved, found
    return point
