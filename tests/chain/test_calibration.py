"""Temperatures are those of the highest likelihood, and make probabilities come true."""

from __future__ import annotations

import itertools
from dataclasses import astuple

import numpy as np
import pytest
from numpy.typing import NDArray

from taggers.chain import Chain, log_likelihood, marginals
from taggers.chain.arrays import Floats, Integers
from taggers.chain.calibration import fit_temperatures
from taggers.chain.temperatures import Temperatures

TAGS = 3
LENGTHS = [2, 0, 1, 5, 3, 4] * 50
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])


def random_chain(rng: np.random.Generator) -> Chain:
    """Scores of three tags, one transition forbidden."""
    chain = Chain(rng.normal(size=TAGS), 2 * rng.normal(size=(TAGS, TAGS)), rng.normal(size=TAGS))
    return chain.restricted(transitions_allowed=~np.eye(TAGS, dtype=np.bool_)[[1, 2, 0]] | np.eye(TAGS, dtype=np.bool_))


def drawn(chain: Chain, emissions: Floats, rng: np.random.Generator) -> Integers:
    """A path of each sentence as likely as the chain says, drawn from all of them."""
    tags = []
    for begin, stop in itertools.pairwise(OFFSETS):
        if begin == stop:
            continue
        paths = np.array(list(itertools.product(range(TAGS), repeat=int(stop - begin))))  # (P, T)
        scores = (
            emissions[np.arange(begin, stop), paths].sum(axis=1) + chain.start[paths[:, 0]] + chain.end[paths[:, -1]]
        )
        scores += chain.transitions[paths[:, :-1], paths[:, 1:]].sum(axis=1)
        chances = np.exp(scores - np.logaddexp.reduce(scores))
        tags.append(paths[rng.choice(len(paths), p=chances / chances.sum())])
    return np.concatenate(tags)


def loss(chain: Chain, emissions: Floats, gold: NDArray[np.generic], logs: tuple[float, ...]) -> float:
    """What is to be lowest: the log likelihood and the prior, negative."""
    t = Temperatures(*np.exp(logs).tolist())
    values = log_likelihood(t.scale_chain(chain), t.scale_emissions(emissions), OFFSETS, gold)
    return float(-values[values > -np.inf].sum()) + sum(log * log for log in logs) / 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["tags", "sets"])
def test_no_point_of_a_grid_is_better(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, 1])
    chain, emissions = random_chain(rng), 2 * rng.normal(size=(OFFSETS[-1], TAGS))
    true = Temperatures(2.0 - 0.4 * seed, 0.7 + 0.4 * seed)
    gold: NDArray[np.generic] = drawn(true.scale_chain(chain), true.scale_emissions(emissions), rng)
    if kind == "sets":
        gold = np.eye(TAGS, dtype=np.bool_)[gold] | (rng.random(emissions.shape) < 0.3)
    fit = fit_temperatures(chain, emissions, OFFSETS, gold)
    best = tuple(np.log(astuple(fit.temperatures)))
    lowest = loss(chain, emissions, gold, best)
    for radius in (0.003, 0.1, 2.0):
        around = np.linspace(-radius, radius, 9)
        grid = [loss(chain, emissions, gold, (best[0] + x, best[1] + y)) for x in around for y in around]
        assert lowest <= min(grid) + 1e-9
    assert fit.sentences == len(LENGTHS)
    assert fit.after > fit.before == pytest.approx(log_likelihood(chain, emissions, OFFSETS, gold).sum())


def test_the_temperatures_that_gold_was_drawn_at_are_found_and_marginals_come_true() -> None:
    rng = np.random.default_rng(5)
    chain, emissions = random_chain(rng), 3 * rng.normal(size=(OFFSETS[-1], TAGS))
    true = Temperatures(2.5, 0.6)
    gold = drawn(true.scale_chain(chain), true.scale_emissions(emissions), rng)
    fit = fit_temperatures(chain, emissions, OFFSETS, gold)
    assert fit.temperatures.emissions == pytest.approx(2.5, rel=0.2)
    assert fit.temperatures.transitions == pytest.approx(0.6, rel=0.2)
    t = fit.temperatures
    first = marginals(t.scale_chain(chain), t.scale_emissions(emissions), OFFSETS)
    right = np.eye(TAGS, dtype=np.bool_)[gold]
    assert first[right].mean() == pytest.approx(np.square(first).sum(axis=1).mean(), abs=0.03)


def test_a_chain_of_zeros_has_the_temperature_of_emissions_alone() -> None:
    rng = np.random.default_rng(6)
    zeros = Chain(np.zeros(TAGS), np.zeros((TAGS, TAGS)), np.zeros(TAGS)).restricted([True, False, True])
    emissions = 3 * rng.normal(size=(OFFSETS[-1], TAGS))
    fit = fit_temperatures(zeros, emissions, OFFSETS, drawn(zeros, emissions / 2, rng))
    assert fit.temperatures.transitions == 1.0
    assert fit.temperatures.emissions == pytest.approx(2.0, rel=0.15)


def test_gold_that_is_always_likeliest_or_never_leaves_temperatures_finite() -> None:
    chain = Chain(np.zeros(TAGS), np.zeros((TAGS, TAGS)), np.zeros(TAGS))
    emissions = np.tile([3.0, 0.0, 0.0], (OFFSETS[-1], 1))
    surer = fit_temperatures(chain, emissions, OFFSETS, np.zeros(OFFSETS[-1], dtype=np.int64))
    assert 0.1 < surer.temperatures.emissions < 1.0
    doubtful = fit_temperatures(chain, emissions, OFFSETS, np.ones(OFFSETS[-1], dtype=np.int64))
    assert 10.0 < doubtful.temperatures.emissions < 1e4
    assert doubtful.after > doubtful.before


def test_sentences_whose_gold_is_forbidden_tell_nothing() -> None:
    rng = np.random.default_rng(7)
    chain, emissions = random_chain(rng), 2 * rng.normal(size=(OFFSETS[-1], TAGS))
    gold = drawn(chain, emissions / 2, rng)
    alone = fit_temperatures(chain, emissions, OFFSETS, gold)
    illegal = np.argwhere(np.isneginf(chain.transitions))[0]
    emissions, gold = np.vstack([emissions, emissions[:2]]), np.append(gold, illegal)
    fit = fit_temperatures(chain, emissions, np.append(OFFSETS, OFFSETS[-1] + 2), gold)
    assert alone.temperatures.emissions > 1.5
    assert astuple(fit.temperatures) == pytest.approx(astuple(alone.temperatures))
    assert fit.sentences == alone.sentences
    assert (fit.before, fit.after) == pytest.approx((alone.before, alone.after))


def test_what_chance_gains_is_not_taken() -> None:
    rng = np.random.default_rng(8)
    chain = random_chain(rng)
    kept = []
    for _ in range(20):
        emissions = 2 * rng.normal(size=(OFFSETS[-1], TAGS))
        fit = fit_temperatures(chain, emissions, OFFSETS, drawn(chain, emissions, rng))
        kept.append(fit.temperatures == Temperatures())
        assert kept[-1] == (fit.after == fit.before)
        assert kept[-1] or fit.after - fit.before > 2.0
    assert sum(kept) >= 15  # about 1 of 7 gains two nats by chance


def test_no_sentence_leaves_all_as_it_is() -> None:
    fit = fit_temperatures(Chain([1.0], [[1.0]], [1.0]), np.zeros((0, 1)), [0], np.zeros(0, dtype=np.int64))
    assert astuple(fit.temperatures) == (1.0, 1.0)
    assert (fit.sentences, fit.before, fit.after) == (0, 0.0, 0.0)
