"""Sums over paths in plain numbers instead of logarithms: several times as fast, where it is known to be exact.

Paths are summed as numbers relative to the sum of all tags of each step. A number that falls below what float64 holds
would be lost in silence, and later evidence may need it (forbidden transitions make this happen). So the rule:

1. Scores of allowed transitions lie within 50 of each other, so do those of starts and those of ends (`weigh` looks),
   and the emissions of a step within 600, minus infinity apart.
2. At every step each tag that some path reaches keeps at least 1e-270 of the sum of all.
3. Before it is divided by that sum, it is at least 1e-290.

While they hold, no product underflows: by 2, what reaches a tag is at least 1e-270 times exp(-50), above 1e-292, and
float64 is exact to the last digit down to 2e-308; 3 looks at its product with the emission. So exactly the tags that no
path reaches are zero, and all sums over paths are of positive numbers, where nothing cancels: masses and probabilities
are right to some T K roundings of 1e-16. (A log partition adds levels and peaks of either sign to that, and is right
beside the sum of their sizes; a probability below 1e-308 comes out as 0.) On the way back nothing overflows: what
reaches a tag is above 1e-292, so that mass over reach stays finite for factors up to 1e15.

A sentence that breaks the rule, or whose steps no path reaches, is reported as not `certain`, and summed in log space.
"""

from __future__ import annotations

import math

import numpy as np

from taggers.chain.arrays import Booleans, Bounds, Floats, Integers, Unsigned
from taggers.chain.log_kernels import exponentials

_WIDEST = 50.0
_FARTHEST = -600.0
_LEAST_PRODUCT = 1e-290
_LOWEST = 1e-270


def weigh(
    start: Floats,  # (K,) scores; tags in their own order
    transitions: Floats,  # (K, K), [from, to]
    end: Floats,  # (K,)
    order: Unsigned,  # (K,)
    start_weights: Floats,  # (K,) out, tags in the order of the runs
    weights: Floats,  # (K, K) out
    end_weights: Floats,  # (K,) out
    levels: Floats,  # (3,) out: the best scores
) -> bool:
    """exp of the scores, each less the best of its kind, 0 where they forbid; False where they lie too far apart."""
    num_tags = start.shape[0]
    lowest = 0.0
    scratch = np.empty_like(weights)
    for kind in range(3):
        levels[kind] = -math.inf
    for tag in range(num_tags):
        levels[0] = max(levels[0], start[tag])
        levels[2] = max(levels[2], end[tag])
        for after in range(num_tags):
            levels[1] = max(levels[1], transitions[tag, after])
    for kind in range(3):
        if levels[kind] == -math.inf:
            levels[kind] = 0.0
    for tag in range(num_tags):
        start_weights[tag] = start[order[tag]] - levels[0]
        end_weights[tag] = end[order[tag]] - levels[2]
        lowest = min(lowest, start_weights[tag] if start_weights[tag] > -math.inf else 0.0)
        lowest = min(lowest, end_weights[tag] if end_weights[tag] > -math.inf else 0.0)
        for after in range(num_tags):
            score = transitions[order[tag], order[after]] - levels[1]
            weights[tag, after] = score
            lowest = min(lowest, score if score > -math.inf else 0.0)
    if lowest < -_WIDEST:
        return False
    exponentials(start_weights, scratch[0])
    exponentials(end_weights, scratch[0])
    exponentials(weights.reshape(-1), scratch.reshape(-1))
    return True


def highest(numbers: Floats) -> float:
    """The greatest of some numbers; four at a time, since each maximum waits for the one before."""
    first = second = third = fourth = -math.inf
    whole = numbers.shape[0] - numbers.shape[0] % 4
    for index in range(0, whole, 4):
        first = max(first, numbers[index])
        second = max(second, numbers[index + 1])
        third = max(third, numbers[index + 2])
        fourth = max(fourth, numbers[index + 3])
    for index in range(whole, numbers.shape[0]):
        first = max(first, numbers[index])
    return max(max(first, second), max(third, fourth))


def forward(
    start: Floats,  # (K,) weights; tags in the order of the runs, here and below
    into: Floats,  # (K, K) weights, [to, from]
    end: Floats,  # (K,)
    levels: Floats,  # (3,) what the weights of starts, transitions and ends are relative to
    order: Unsigned,  # (K,)
    run_first: Bounds,  # (K + 1,)
    run_begin: Bounds,  # (R,)
    run_stop: Bounds,  # (R,)
    emissions: Floats,  # (N, K) tags in their own order
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) out: the summed paths into a tag, before its emission, relative to the step before
    alpha: Floats,  # (N, K) out: the same with the emission, relative to the sum of the step
    values: Floats,  # (B,) out: log partition
    certain: Booleans,  # (B,) out: False where the rule is broken or no path is left; then all else means nothing
) -> None:
    """Sum all paths of every sentence from left to right."""
    num_tags = start.shape[0]
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        last = offsets[sentence + 1] - 1
        values[sentence] = 0.0
        certain[sentence] = True
        if last < begin:
            continue
        total = levels[0] + (last - begin) * levels[1] + levels[2]
        scale = 1.0
        faults = 0.0  # counted in floats, which a loop can sum several at a time
        for step in range(begin, last + 1):
            peak = highest(emissions[step])
            if peak == -math.inf:
                faults += 1.0
                break
            total += peak
            for tag in range(num_tags):
                relative = emissions[step, order[tag]] - peak
                alpha[step, tag] = relative
                faults += 1.0 if (relative < _FARTHEST) & (relative > -math.inf) else 0.0
        if faults > 0.0:
            certain[sentence] = False
            continue
        exponentials(alpha[begin : last + 1].reshape(-1), reach[begin : last + 1].reshape(-1))
        for step in range(begin, last + 1):
            arriving, leaving = reach[step], alpha[step]
            if step == begin:
                arriving[:] = start
            else:
                before = alpha[step - 1]
                for tag in range(num_tags):
                    mass = 0.0
                    for run in range(run_first[tag], run_first[tag + 1]):
                        for source in range(run_begin[run], run_stop[run]):
                            mass += before[source] * into[tag, source]
                    arriving[tag] = mass
            sum_of_all = 0.0
            for tag in range(num_tags):
                mass = leaving[tag] * arriving[tag]
                faults += 1.0 if (leaving[tag] > 0.0) & (arriving[tag] > 0.0) & (mass < _LEAST_PRODUCT) else 0.0
                sum_of_all += mass
                leaving[tag] = mass
            if faults > 0.0 or sum_of_all == 0.0:
                certain[sentence] = False
                break
            inverse = 1.0 / sum_of_all
            for tag in range(num_tags):
                mass = leaving[tag] * inverse
                faults += 1.0 if (mass < _LOWEST) & (mass > 0.0) else 0.0
                leaving[tag] = mass
            if sum_of_all < 1e-100:
                total += math.log(sum_of_all)
            else:  # logarithms are dear: one for many steps
                scale *= sum_of_all
                if scale < 1e-100 or scale > 1e100:
                    total += math.log(scale)
                    scale = 1.0
        if faults > 0.0:
            certain[sentence] = False
        if certain[sentence]:
            mass = 0.0
            for tag in range(num_tags):
                mass += alpha[last, tag] * end[tag]
            values[sentence] = total + math.log(scale) + math.log(mass) if mass > 0.0 else -math.inf


def backward(
    weights: Floats,  # (K, K), [from, to]; tags in the order of the runs, here and below
    end: Floats,  # (K,) weights
    order: Unsigned,  # (K,)
    run_first: Bounds,  # (K + 1,)
    run_begin: Bounds,  # (R,)
    run_stop: Bounds,  # (R,)
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) of `forward`
    alpha: Floats,  # (N, K) of `forward`
    values: Floats,  # (B,) of `forward`
    certain: Booleans,  # (B,) of `forward`
    factors: Floats,  # (B,) the gradient that arrives at each value, up to 1e15
    unary: Floats,  # (N, K) out, zeros at first, tags in their own order: factor times the marginal of a tag at a step
    start_counts: Floats,  # (K,) out, zeros at first, so too: expected counts times factors, summed over the sentences
    pair_counts: Floats,  # (K, K) out, so too
    end_counts: Floats,  # (K,) out, zeros at first, so too
) -> None:
    """Share out the probability of every tag among the tags before it, from right to left, as `log_kernels.backward`.

    Given that a path stands on a tag, it came from a source with probability alpha x weight / reach.
    """
    num_tags = end.shape[0]
    pairs = np.zeros_like(weights)
    mass = np.empty(num_tags)
    per_reach = np.empty(num_tags)
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        last = offsets[sentence + 1] - 1
        if last < begin or not certain[sentence] or values[sentence] == -math.inf:
            continue
        total = 0.0
        for tag in range(num_tags):
            mass[tag] = alpha[last, tag] * end[tag]
            total += mass[tag]
        for tag in range(num_tags):
            mass[tag] *= factors[sentence] / total
            end_counts[order[tag]] += mass[tag]
        for step in range(last, begin, -1):
            before = alpha[step - 1]
            for tag in range(num_tags):
                unary[step, order[tag]] = mass[tag]
                per_reach[tag] = mass[tag] / reach[step, tag] if reach[step, tag] > 0.0 else 0.0
            for source in range(num_tags):
                passed = before[source]
                shared = 0.0
                for run in range(run_first[source], run_first[source + 1]):
                    for tag in range(run_begin[run], run_stop[run]):
                        shared += weights[source, tag] * per_reach[tag]
                        pairs[source, tag] += passed * per_reach[tag]
                mass[source] = passed * shared
        for tag in range(num_tags):
            unary[begin, order[tag]] = mass[tag]
            start_counts[order[tag]] += mass[tag]
    for source in range(num_tags):
        for tag in range(num_tags):
            pair_counts[order[source], order[tag]] = pairs[source, tag] * weights[source, tag]
