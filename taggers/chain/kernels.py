"""The dynamic programs as loops over allowed transitions: plain Python here, compiled by numba in `compiled`.

Sentences lie one after another: sentence `b` is rows `offsets[b]` to `offsets[b + 1]` of `emissions` (N, K).
All work is in log space and float64. Each step first subtracts the best emission that a path can reach, so scores of
1e30 leave the differences between paths exact. Results are written into arrays that the caller made.
"""

from __future__ import annotations

import math

import numpy as np

from taggers.chain.chain import Floats, Integers, Tags


def forward(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Integers,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Floats,  # (N, K)
    offsets: Integers,  # (B + 1,)
    reach: Floats,  # (N, K) out: log of the summed paths into a tag, before its emission
    alpha: Floats,  # (N, K) out: the same with the emission
    values: Floats,  # (B,) out: log partition
) -> None:
    """Sum all paths of every sentence from left to right."""
    num_tags = start.shape[0]
    for sentence in range(offsets.shape[0] - 1):
        total = 0.0
        for step in range(offsets[sentence], offsets[sentence + 1]):
            for tag in range(num_tags):
                if step == offsets[sentence]:
                    reach[step, tag] = start[tag]
                    continue
                best = -math.inf
                for arc in range(arc_first[tag], arc_first[tag + 1]):
                    best = max(best, alpha[step - 1, arc_source[arc]] + arc_score[arc])
                reach[step, tag] = best
                if best > -math.inf:
                    mass = 0.0
                    for arc in range(arc_first[tag], arc_first[tag + 1]):
                        mass += math.exp(alpha[step - 1, arc_source[arc]] + arc_score[arc] - best)
                    reach[step, tag] += math.log(mass)
            peak = -math.inf
            for tag in range(num_tags):
                if reach[step, tag] > -math.inf:
                    peak = max(peak, emissions[step, tag])
            total += peak
            if peak == -math.inf:
                break
            for tag in range(num_tags):
                alpha[step, tag] = -math.inf
                if reach[step, tag] > -math.inf:
                    alpha[step, tag] = reach[step, tag] + (emissions[step, tag] - peak)
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
    arc_source: Integers,  # (A,)
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
            for tag in range(num_tags):
                if unary[step, tag] == 0.0:
                    continue
                for arc in range(arc_first[tag], arc_first[tag + 1]):
                    source = arc_source[arc]
                    share = unary[step, tag] * math.exp(alpha[step - 1, source] + arc_score[arc] - reach[step, tag])
                    unary[step - 1, source] += share
                    arc_counts[arc] += share
        for tag in range(num_tags):
            start_counts[tag] += unary[begin, tag]


def viterbi(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Integers,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Floats,  # (N, K)
    offsets: Integers,  # (B + 1,)
    came_from: Tags,  # (N, K) out: the best tag before each tag
    tags: Tags,  # (N,) out: -1 where a sentence has no legal path
    scores: Floats,  # (B,) out
) -> None:
    """The best path of every sentence; of equal ones, the lowest tag, decided from the last step backwards."""
    num_tags = start.shape[0]
    score = start.copy()
    reach = start.copy()
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        end_of = offsets[sentence + 1]
        total = 0.0
        for step in range(begin, end_of):
            for tag in range(num_tags):
                if step == begin:
                    reach[tag] = start[tag]
                    continue
                reach[tag] = -math.inf
                for arc in range(arc_first[tag], arc_first[tag + 1]):
                    candidate = score[arc_source[arc]] + arc_score[arc]
                    if candidate > reach[tag]:
                        reach[tag] = candidate
                        came_from[step, tag] = arc_source[arc]
            peak = -math.inf
            for tag in range(num_tags):
                if reach[tag] > -math.inf:
                    peak = max(peak, emissions[step, tag])
            total += peak
            if peak == -math.inf:
                break
            for tag in range(num_tags):
                score[tag] = -math.inf
                if reach[tag] > -math.inf:
                    score[tag] = reach[tag] + (emissions[step, tag] - peak)
        scores[sentence] = total
        if begin == end_of:
            continue
        best_tag = -1
        if total > -math.inf:
            best = -math.inf
            for tag in range(num_tags):
                if score[tag] + end[tag] > best:
                    best = score[tag] + end[tag]
                    best_tag = tag
            scores[sentence] += best
        for step in range(end_of - 1, begin - 1, -1):
            tags[step] = best_tag
            if best_tag >= 0 and step > begin:
                best_tag = came_from[step, best_tag]


def k_best(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Integers,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Floats,  # (T, K) of one sentence, T >= 1
    from_tag: Tags,  # (T + 1, K, k) out: where the r-th best path into a tag came from; row T is the end
    from_rank: Tags,  # (T + 1, K, k) out
    paths: Tags,  # (k, T) out
    scores: Floats,  # (k,) out
) -> int:
    """The k best paths of one sentence, best first, and how many there are; ties go as in `viterbi`.

    Every tag keeps its k best paths so far, sorted. The end is one more step, with one tag that all may enter.
    """
    length, num_tags = emissions.shape
    k = scores.shape[0]
    listed = np.full((num_tags, k), -math.inf)  # scores of the best paths into each tag, after its emission
    merged = np.full((num_tags, k), -math.inf)  # the same, of the step being built
    count = np.zeros(num_tags, dtype=np.int64)
    merged_count = np.zeros(num_tags, dtype=np.int64)
    for tag in range(num_tags):
        if start[tag] > -math.inf:
            listed[tag, 0] = start[tag]
            count[tag] = 1
    total = 0.0
    for step in range(length + 1):
        ending = step == length
        for tag in range(1 if ending else num_tags):
            if step == 0:
                continue
            found = 0
            for position in range(num_tags if ending else arc_first[tag + 1] - arc_first[tag]):
                source = position if ending else arc_source[arc_first[tag] + position]
                added = end[source] if ending else arc_score[arc_first[tag] + position]
                for rank in range(count[source]):
                    candidate = listed[source, rank] + added
                    if candidate == -math.inf or (found == k and candidate <= merged[tag, k - 1]):
                        break
                    if found < k:
                        found += 1
                    place = found - 1
                    while place > 0 and merged[tag, place - 1] < candidate:
                        merged[tag, place] = merged[tag, place - 1]
                        from_tag[step, tag, place] = from_tag[step, tag, place - 1]
                        from_rank[step, tag, place] = from_rank[step, tag, place - 1]
                        place -= 1
                    merged[tag, place] = candidate
                    from_tag[step, tag, place] = source
                    from_rank[step, tag, place] = rank
            merged_count[tag] = found
        if step > 0:
            listed, merged = merged, listed
            count, merged_count = merged_count, count
        if ending:
            break
        peak = -math.inf
        for tag in range(num_tags):
            if count[tag] > 0:
                peak = max(peak, emissions[step, tag])
        if peak == -math.inf:
            return 0
        total += peak
        for tag in range(num_tags):
            if emissions[step, tag] == -math.inf:
                count[tag] = 0
            for rank in range(count[tag]):
                listed[tag, rank] += emissions[step, tag] - peak
    for path in range(count[0]):
        scores[path] = total + listed[0, path]
        tag = 0
        rank = path
        for step in range(length, 0, -1):
            before = from_tag[step, tag, rank]
            rank = from_rank[step, tag, rank]
            tag = before
            paths[path, step - 1] = tag
    return int(count[0])
