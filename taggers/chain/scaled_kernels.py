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

from taggers.chain.arrays import Booleans, Bounds, Emissions, Floats, Integers, Unsigned
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
    weights: Floats,  # (K, K) out, [from, to]
    into: Floats,  # (K, K) out, the same, [to, from]
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
    for tag in range(num_tags):
        for after in range(num_tags):
            into[after, tag] = weights[tag, after]
    return True


def highest(
    numbers: Emissions,  # (T, K)
    row: int,
) -> float:
    """The greatest number of a row; four at a time, since each maximum waits for the one before."""
    first = second = third = fourth = -math.inf
    whole = numbers.shape[1] - numbers.shape[1] % 4
    for index in range(0, whole, 4):
        first = max(first, numbers[row, index])
        second = max(second, numbers[row, index + 1])
        third = max(third, numbers[row, index + 2])
        fourth = max(fourth, numbers[row, index + 3])
    for index in range(whole, numbers.shape[1]):
        first = max(first, numbers[row, index])
    return max(max(first, second), max(third, fourth))


def forward(
    start: Floats,  # (K,) weights; tags in the order of the runs, here and below
    into: Floats,  # (K, K) weights, [to, from]
    end: Floats,  # (K,)
    levels: Floats,  # (3,) what the weights of starts, transitions and ends are relative to
    order: Unsigned,  # (K,)
    run_first: Bounds,  # (K + 1,) the runs of those that may precede a tag
    run_begin: Bounds,  # (R,)
    run_stop: Bounds,  # (R,)
    emissions: Emissions,  # (T, K) tags in their own order
    reach: Floats,  # (T, K) out: the summed paths into a tag, before its emission, relative to the step before
    alpha: Floats,  # (T, K) out: the same with the emission, relative to the sum of the step
) -> tuple[float, bool]:
    """Sum all paths of a sentence, T >= 1, from left to right: its log partition.

    False beside it where the rule is broken or no path is left; then all else means nothing. Loops go by two indices:
    a view of a row would be counted as one more owner of its array, which takes longer than the row.
    """
    length, num_tags = emissions.shape
    total = levels[0] + (length - 1) * levels[1] + levels[2]
    scale = 1.0
    faults = 0.0  # counted in floats, which a loop can sum several at a time
    for step in range(length):
        peak = highest(emissions, step)
        if peak == -math.inf:
            return -math.inf, False
        total += peak
        for tag in range(num_tags):
            relative = emissions[step, order[tag]] - peak
            alpha[step, tag] = relative
            faults += 1.0 if (relative < _FARTHEST) & (relative > -math.inf) else 0.0
    if faults > 0.0:
        return -math.inf, False
    exponentials(alpha.reshape(-1), reach.reshape(-1))
    for step in range(length):
        for tag in range(num_tags):
            mass = start[tag]
            if step > 0:
                mass = 0.0
                for run in range(run_first[tag], run_first[tag + 1]):
                    for source in range(run_begin[run], run_stop[run]):
                        mass += alpha[step - 1, source] * into[tag, source]
            reach[step, tag] = mass
        sum_of_all = 0.0
        for tag in range(num_tags):
            weight, arriving = alpha[step, tag], reach[step, tag]
            mass = weight * arriving
            faults += 1.0 if (weight > 0.0) & (arriving > 0.0) & (mass < _LEAST_PRODUCT) else 0.0
            sum_of_all += mass
            alpha[step, tag] = mass
        if faults > 0.0 or sum_of_all == 0.0:
            return -math.inf, False
        inverse = 1.0 / sum_of_all
        for tag in range(num_tags):
            mass = alpha[step, tag] * inverse
            faults += 1.0 if (mass < _LOWEST) & (mass > 0.0) else 0.0
            alpha[step, tag] = mass
        if sum_of_all < 1e-100:
            total += math.log(sum_of_all)
        else:  # logarithms are dear: one for many steps
            scale *= sum_of_all
            if scale < 1e-100 or scale > 1e100:
                total += math.log(scale)
                scale = 1.0
    if faults > 0.0:
        return -math.inf, False
    mass = 0.0
    for tag in range(num_tags):
        mass += alpha[length - 1, tag] * end[tag]
    return total + math.log(scale) + math.log(mass) if mass > 0.0 else -math.inf, True


def backward(
    weights: Floats,  # (K, K), [from, to]; tags in the order of the runs, here and below
    end: Floats,  # (K,) weights
    order: Unsigned,  # (K,)
    run_first: Bounds,  # (K + 1,) the runs of those that may follow a tag
    run_begin: Bounds,  # (R,)
    run_stop: Bounds,  # (R,)
    reach: Floats,  # (T, K) of `forward`
    alpha: Floats,  # (T, K) of `forward`
    gold: Integers,  # (T,) tags of a path, or none
    factor: float,  # the gradient that arrives at the log partition, up to 1e15; a path's is the opposite
    mass: Floats,  # (K,) scratch
    per_reach: Floats,  # (K,) scratch
    unary: Emissions,  # (T, K) out, tags in their own order: factor times a tag's marginal, less factor if gold
    start_counts: Floats,  # (K,) in and out, tags in their own order: expected counts times factor are added
    pairs: Floats,  # (K, K) in and out: the same, but for a factor of weights
    end_counts: Floats,  # (K,) in and out, tags in their own order
) -> None:
    """Share out the probability of every tag among the tags before it, from right to left, as `log_kernels.backward`.

    Given that a path stands on a tag, it came from a source with probability alpha x weight / reach. What paths count
    in starts, transitions and ends is not taken off.
    """
    num_tags = end.shape[0]
    last = unary.shape[0] - 1
    total = 0.0
    for tag in range(num_tags):
        mass[tag] = alpha[last, tag] * end[tag]
        total += mass[tag]
    for tag in range(num_tags):
        mass[tag] *= factor / total
        end_counts[order[tag]] += mass[tag]
    for step in range(last, -1, -1):
        own = gold[step] if gold.shape[0] > 0 else num_tags
        for tag in range(num_tags):
            unary[step, order[tag]] = mass[tag] - (factor if order[tag] == own else 0.0)
        if step == 0:
            break
        for tag in range(num_tags):
            per_reach[tag] = mass[tag] / reach[step, tag] if reach[step, tag] > 0.0 else 0.0
        for source in range(num_tags):
            passed = alpha[step - 1, source]
            shared = 0.0
            for run in range(run_first[source], run_first[source + 1]):
                for tag in range(run_begin[run], run_stop[run]):
                    shared += weights[source, tag] * per_reach[tag]
                    pairs[source, tag] += passed * per_reach[tag]
            mass[source] = passed * shared
    for tag in range(num_tags):
        start_counts[order[tag]] += mass[tag]


def sums(
    start: Floats,  # (K,) these ten as in `forward`
    into: Floats,
    end: Floats,
    levels: Floats,
    order: Unsigned,
    run_first: Bounds,
    run_begin: Bounds,
    run_stop: Bounds,
    emissions: Emissions,  # (N, K)
    offsets: Integers,  # (B + 1,)
    values: Floats,  # (B,) out: log partitions
    certain: Booleans,  # (B,) out: False where a sentence is to be summed in log space
) -> None:
    """Sum all paths of every sentence."""
    longest = 0
    for sentence in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[sentence + 1] - offsets[sentence])
    reach, alpha = np.empty((longest, start.shape[0])), np.empty((longest, start.shape[0]))
    for sentence in range(offsets.shape[0] - 1):
        begin, stop = offsets[sentence], offsets[sentence + 1]
        values[sentence], certain[sentence] = 0.0, True
        if begin < stop:
            values[sentence], certain[sentence] = forward(
                start, into, end, levels, order, run_first, run_begin, run_stop, emissions[begin:stop],
                reach[: stop - begin], alpha[: stop - begin],
            )  # fmt: skip


def gradients(
    start: Floats,  # (K,) these as in `forward`
    into: Floats,
    end: Floats,
    levels: Floats,
    order: Unsigned,
    before_first: Bounds,  # the runs of those that may precede a tag
    before_begin: Bounds,
    before_stop: Bounds,
    weights: Floats,  # (K, K) these as in `backward`
    after_first: Bounds,  # the runs of those that may follow a tag
    after_begin: Bounds,
    after_stop: Bounds,
    emissions: Emissions,  # (N, K)
    offsets: Integers,  # (B + 1,)
    gold: Integers,  # (N,) or (0,)
    factors: Floats,  # (B,)
    values: Floats,  # (B,) out: log partitions
    certain: Booleans,  # (B,) out: False where a sentence is to be summed in log space; then it leaves its unary alone
    unary: Emissions,  # (N, K) out
    start_counts: Floats,  # (K,) out, zeros at first
    pair_counts: Floats,  # (K, K), [from, to] in their own order, out
    end_counts: Floats,  # (K,) out, zeros at first
) -> None:
    """Sum all paths of every sentence, and give the gradient of that while what it needs is at hand."""
    num_tags = start.shape[0]
    longest = 0
    for sentence in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[sentence + 1] - offsets[sentence])
    reach, alpha = np.empty((longest, num_tags)), np.empty((longest, num_tags))
    mass, per_reach, pairs = np.empty(num_tags), np.empty(num_tags), np.zeros_like(weights)
    for sentence in range(offsets.shape[0] - 1):
        begin, stop = offsets[sentence], offsets[sentence + 1]
        values[sentence], certain[sentence] = 0.0, True
        if begin == stop:
            continue
        values[sentence], certain[sentence] = forward(
            start, into, end, levels, order, before_first, before_begin, before_stop, emissions[begin:stop],
            reach[: stop - begin], alpha[: stop - begin],
        )  # fmt: skip
        if certain[sentence] and values[sentence] > -math.inf:
            backward(
                weights, end, order, after_first, after_begin, after_stop, reach[: stop - begin], alpha[: stop - begin],
                gold[begin:stop], factors[sentence], mass, per_reach, unary[begin:stop],
                start_counts, pairs, end_counts,
            )  # fmt: skip
        elif certain[sentence]:
            unary[begin:stop] = 0.0
    for source in range(num_tags):
        for tag in range(num_tags):
            pair_counts[order[source], order[tag]] = pairs[source, tag] * weights[source, tag]
