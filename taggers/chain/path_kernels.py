"""Given and best paths as loops: plain Python here, compiled by numba in `compiled`.

Sentences lie one after another. For best paths, scores of 1e30 leave the differences between paths exact, as in
`log_kernels`.
"""

from __future__ import annotations

import math

import numpy as np

from taggers.chain.arrays import Bounds, Emissions, Floats, Integers, Tags, Unsigned


def score_paths(
    start: Floats,  # (K,)
    transitions: Floats,  # (K, K), [from, to]
    end: Floats,  # (K,)
    emissions: Emissions,  # (N, K)
    offsets: Integers,  # (B + 1,)
    tags: Integers,  # (N,)
    scores: Floats,  # (B,) out
) -> None:
    """The score of one path per sentence."""
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        last = offsets[sentence + 1] - 1
        total = 0.0
        if begin <= last:
            total = start[tags[begin]] + end[tags[last]]
        for step in range(begin, last + 1):
            total += emissions[step, tags[step]]
            if step > begin:
                total += transitions[tags[step - 1], tags[step]]
        scores[sentence] = total


def count_paths(
    offsets: Integers,  # (B + 1,)
    tags: Integers,  # (N,)
    factors: Floats,  # (B,)
    start_counts: Floats,  # (K,) in and out: each sentence's factor is taken off wherever its path comes by
    pair_counts: Floats,  # (K, K), [from, to], so too
    end_counts: Floats,  # (K,) so too
) -> None:
    """What one path per sentence uses of a chain."""
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        last = offsets[sentence + 1] - 1
        factor = factors[sentence]
        if begin <= last:
            start_counts[tags[begin]] -= factor
            end_counts[tags[last]] -= factor
        for step in range(begin + 1, last + 1):
            pair_counts[tags[step - 1], tags[step]] -= factor


def viterbi(
    start: Floats,  # (K,) tags in the order of the runs, here and below
    transitions: Floats,  # (K, K), [from, to]
    into: Floats,  # (K, K) the same, [to, from]
    end: Floats,  # (K,)
    order: Unsigned,  # (K,)
    run_first: Bounds,  # (K + 1,)
    run_begin: Bounds,  # (R,)
    run_stop: Bounds,  # (R,)
    emissions: Emissions,  # (N, K) tags in their own order
    offsets: Integers,  # (B + 1,)
    tags: Tags,  # (N,) out: -1 where a sentence has no legal path
    scores: Floats,  # (B,) out
) -> None:
    """The best path of every sentence; of equal ones, the lowest tag, decided from the last step backwards.

    The way forward keeps scores alone; where the best path came from is asked on the way back, for its own tags only.
    """
    num_tags = start.shape[0]
    longest = 0
    for sentence in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[sentence + 1] - offsets[sentence])
    score = np.empty((longest, num_tags))  # of the best path to a tag, less the best emissions so far
    for sentence in range(offsets.shape[0] - 1):
        begin = offsets[sentence]
        last = offsets[sentence + 1] - 1
        scores[sentence] = 0.0
        if last < begin:
            continue
        total = 0.0
        for step in range(begin, last + 1):
            now = step - begin
            for tag in range(num_tags):
                score[now, tag] = start[tag] if now == 0 else -math.inf
            if now > 0:
                for source in range(num_tags):
                    so_far = score[now - 1, source]
                    for run in range(run_first[source], run_first[source + 1]):
                        for tag in range(run_begin[run], run_stop[run]):
                            score[now, tag] = max(score[now, tag], so_far + transitions[source, tag])
            peak = -math.inf
            for tag in range(num_tags):
                peak = max(peak, emissions[step, order[tag]] if score[now, tag] > -math.inf else -math.inf)
            total += peak
            if peak == -math.inf:
                break
            for tag in range(num_tags):
                reached = score[now, tag]
                score[now, tag] = reached + (emissions[step, order[tag]] - peak) if reached > -math.inf else -math.inf
        best_tag = -1
        if total > -math.inf:
            best = -math.inf
            for tag in range(num_tags):
                best = max(best, score[last - begin, tag] + end[tag])
            if best > -math.inf:
                lowest = num_tags
                for tag in range(num_tags):
                    lowest = min(lowest, order[tag] if score[last - begin, tag] + end[tag] == best else num_tags)
                best_tag = lowest
            total += best
        scores[sentence] = total
        tags[last] = best_tag
        for step in range(last - 1, begin - 1, -1):
            if best_tag >= 0:
                place = 0
                for tag in range(num_tags):
                    place = max(place, tag if order[tag] == best_tag else 0)
                now = step - begin
                best = -math.inf
                for source in range(num_tags):
                    best = max(best, score[now, source] + into[place, source])
                lowest = num_tags
                for source in range(num_tags):
                    reached = score[now, source] + into[place, source]
                    lowest = min(lowest, order[source] if reached == best else num_tags)
                best_tag = lowest
            tags[step] = best_tag


def k_best(
    start: Floats,  # (K,)
    end: Floats,  # (K,)
    arc_first: Integers,  # (K + 1,)
    arc_source: Unsigned,  # (A,)
    arc_score: Floats,  # (A,)
    emissions: Emissions,  # (T, K) of one sentence, T >= 1
    from_tag: Tags,  # (T, K, k) out: over which tag of a step the r-th best path goes on into each tag
    from_rank: Tags,  # (T, K, k) out: and which of the paths into that tag
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
    for step in range(length):
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
        ending = step == length - 1
        for tag in range(1 if ending else num_tags):
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
        listed, merged = merged, listed
        count, merged_count = merged_count, count
    for path in range(count[0]):
        scores[path] = total + listed[0, path]
        tag = 0
        rank = path
        for step in range(length - 1, -1, -1):
            tag, rank = from_tag[step, tag, rank], from_rank[step, tag, rank]
            paths[path, step] = tag
    return int(count[0])
