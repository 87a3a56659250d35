"""Sums over paths in log space, as loops over allowed transitions: plain Python here, compiled by numba in `compiled`.

Sentences lie one after another: sentence `b` is rows `offsets[b]` to `offsets[b + 1]` of `emissions` (N, K).
All work is in log space and float64. Each step first subtracts the best emission that a path can reach, so scores of
1e30 leave the differences between paths exact; sums of paths also subtract the best tag, so long sentences stay exact.
Results are written into arrays that the caller made.
"""

from __future__ import annotations

import math

import numpy as np

from taggers.chain.arrays import Emissions, Floats, Integers, Unsigned

# Constants of `exponentials`: 1.5 * 2**52 pushes the integer part of a number into its lowest bits; ln 2 in two parts.
_SHIFTER = 6755399441055744.0
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
_SMALLEST = -707.0


def exponentials(
    numbers: Floats,  # (A,) zero or less, in and out
    scratch: Floats,  # (A,)
) -> None:
    """exp of every number, in place, to the last digit or two; 0 below 1e-307.

    Written out so that the compiler can work on several numbers at once: x = n ln 2 + r, Taylor's series for exp(r) to
    degree 13 (|r| < 0.35, error below 1e-17), and n added to the exponent bits of the result.
    """
    for index in range(numbers.shape[0]):
        number = max(numbers[index], _SMALLEST)
        shifted = number * _LOG2_E + _SHIFTER
        whole = shifted - _SHIFTER
        r = (number - whole * _LN2_HIGH) - whole * _LN2_LOW
        series = 1.0 + r * (1.0 / 13.0)
        series = 1.0 + r * (1.0 / 12.0) * series
        series = 1.0 + r * (1.0 / 11.0) * series
        series = 1.0 + r * (1.0 / 10.0) * series
        series = 1.0 + r * (1.0 / 9.0) * series
        series = 1.0 + r * (1.0 / 8.0) * series
        series = 1.0 + r * (1.0 / 7.0) * series
        series = 1.0 + r * (1.0 / 6.0) * series
        series = 1.0 + r * (1.0 / 5.0) * series
        series = 1.0 + r * (1.0 / 4.0) * series
        series = 1.0 + r * (1.0 / 3.0) * series
        series = 1.0 + r * (1.0 / 2.0) * series
        series = 1.0 + r * (1.0 / 1.0) * series
        scratch[index] = shifted if numbers[index] > _SMALLEST else _SHIFTER
        numbers[index] = series if numbers[index] > _SMALLEST else 0.0
    bits = numbers.view(np.int64)
    whole_bits = scratch.view(np.int64)
    for index in range(numbers.shape[0]):
        bits[index] += whole_bits[index] << 52


def forward(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Emissions,  # (N, K)
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) out: log of the summed paths into a tag, before its emission
    alpha: Floats,  # (N, K) out: the same with the emission, less that of the step's best tag
    values: Floats,  # (B,) out: log partition
) -> None:
    """Sum all paths of every sentence from left to right."""
    num_tags = start.shape[0]
    moved = np.empty_like(arc_score)
    scratch = np.empty_like(arc_score)
    for sentence in range(offsets.shape[0] - 1):
        total = 0.0
        for step in range(offsets[sentence], offsets[sentence + 1]):
            if step == offsets[sentence]:
                reach[step] = start
            else:
                before = alpha[step - 1]
                for arc in range(arc_score.shape[0]):
                    moved[arc] = before[arc_source[arc]] + arc_score[arc]
                for tag in range(num_tags):
                    best = -math.inf
                    for arc in range(arc_first[tag], arc_first[tag + 1]):
                        best = max(best, moved[arc])
                    reach[step, tag] = best
                    if best > -math.inf:
                        for arc in range(arc_first[tag], arc_first[tag + 1]):
                            moved[arc] -= best
                exponentials(moved, scratch)
                for tag in range(num_tags):
                    if reach[step, tag] > -math.inf:
                        mass = 0.0
                        for arc in range(arc_first[tag], arc_first[tag + 1]):
                            mass += moved[arc]
                        reach[step, tag] += math.log(mass)
            peak = -math.inf
            for tag in range(num_tags):
                if reach[step, tag] > -math.inf:
                    peak = max(peak, emissions[step, tag])
            total += peak
            if peak == -math.inf:
                break
            level = -math.inf
            for tag in range(num_tags):
                alpha[step, tag] = -math.inf
                if reach[step, tag] > -math.inf:
                    alpha[step, tag] = reach[step, tag] + (emissions[step, tag] - peak)
                    level = max(level, alpha[step, tag])
            for tag in range(num_tags):
                alpha[step, tag] -= level
            total += level
        values[sentence] = total
        if offsets[sentence] < offsets[sentence + 1] and total > -math.inf:
            last = offsets[sentence + 1] - 1
            best = -math.inf
            for tag in range(num_tags):
                best = max(best, alpha[last, tag] + end[tag])
            mass = 0.0
            if best > -math.inf:
                for tag in range(num_tags):
                    mass += math.exp(alpha[last, tag] + end[tag] - best)
                best += math.log(mass)
            values[sentence] += best


def backward(
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) of `forward`
    alpha: Floats,  # (N, K) of `forward`
    values: Floats,  # (B,) of `forward`
    weights: Floats,  # (B,) the gradient that arrives at each value
    unary: Floats,  # (N, K) out, zeros at first: weight times the marginal of a tag at a step
    start_counts: Floats,  # (K,) out, zeros at first: weighted expected counts, summed over the sentences
    arc_counts: Floats,  # (A,) out, zeros at first
    end_counts: Floats,  # (K,) out, zeros at first
) -> None:
    """Share out the probability of every tag among the arcs into it, from right to left.

    Given that a path stands on `tag` at a step, it came over an arc with probability
    exp(alpha of the source + arc score - reach of the tag): no second recursion is needed, and marginals sum to 1.
    A sentence without a legal path leaves zeros.
    """
    num_tags = end.shape[0]
    shares = np.empty_like(arc_score)
    scratch = np.empty_like(arc_score)
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        last = offsets[sentence + 1] - 1
        if last < begin or values[sentence] == -math.inf:
            continue
        best = -math.inf
        for tag in range(num_tags):
            best = max(best, alpha[last, tag] + end[tag])
        mass = 0.0
        for tag in range(num_tags):
            unary[last, tag] = math.exp(alpha[last, tag] + end[tag] - best)
            mass += unary[last, tag]
        for tag in range(num_tags):
            unary[last, tag] *= weights[sentence] / mass
            end_counts[tag] += unary[last, tag]
        for step in range(last, begin, -1):
            before, unary_before = alpha[step - 1], unary[step - 1]
            for tag in range(num_tags):
                # No path reaches a tag of minus infinity: its arcs all have minus infinity too, and must keep it.
                reached = reach[step, tag] if reach[step, tag] > -math.inf else 0.0
                for arc in range(arc_first[tag], arc_first[tag + 1]):
                    shares[arc] = before[arc_source[arc]] + arc_score[arc] - reached
            exponentials(shares, scratch)
            for tag in range(num_tags):
                mass = unary[step, tag]
                for arc in range(arc_first[tag], arc_first[tag + 1]):
                    share = mass * shares[arc]
                    unary_before[arc_source[arc]] += share
                    arc_counts[arc] += share
        for tag in range(num_tags):
            start_counts[tag] += unary[begin, tag]
