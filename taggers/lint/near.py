"""Sentences that are nearly the same, found without comparing all with all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from taggers.data.sentences import TOKEN, Numbering
from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, quoted

THRESHOLD = 0.7  # of the pairs of neighbouring tokens that either sentence has, the share that both have
SHORTEST = 5  # tokens of a sentence that is looked at
_MOST = 50  # earlier sentences that are looked at for one rare pair: a template may have thousands of fillings


def near_copies(data: Annotated) -> Iterator[Finding]:
    """The sentences that are a near copy of an earlier one, each with the nearest: of an earlier split if there is one.

    Two are near where the pairs of neighbouring tokens of both, edges included, case and the digits of numbers aside,
    are at least THRESHOLD of the pairs of either (Jaccard). Exact copies are looked at once, at the first in a split.

    Two such sets share one of the `n - ceil(THRESHOLD n) + 1` rarest pairs of each, by which candidates are found
    (prefix filtering: Chaudhuri, Ganti and Kaushik 2006). Nothing is missed unless more than _MOST sentences share one.
    """
    chosen = [numbers for numbers in data.copies if len(data.tokens[numbers[0]]) >= SHORTEST]
    pairs = _rarest_first(data, [numbers[0] for numbers in chosen])
    sets = list(map(frozenset, pairs))
    holders: dict[int, list[int]] = {}  # a rare pair -> those of the sentences before that have it among their rarest
    for number, mine in enumerate(pairs):
        prefix = mine[: len(mine) - math.ceil(THRESHOLD * len(mine)) + 1]
        candidates = {other for pair in prefix for other in holders.get(pair, ())}
        near = {other: share for other in candidates if (share := _share(sets[number], sets[other])) >= THRESHOLD}
        if near:
            yield _finding(data, chosen, number, near)
        for pair in prefix:
            some = holders.setdefault(pair, [])
            if len(some) < _MOST:
                some.append(number)


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    """The Jaccard index of two sets that are not empty."""
    if min(len(one), len(other)) < THRESHOLD * max(len(one), len(other)):
        return 0.0
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def _finding(data: Annotated, chosen: Sequence[Sequence[int]], number: int, near: dict[int, float]) -> Finding:
    """The sentence with the nearest one: of another split where there is one, since that is worse."""
    mine = chosen[number]
    split = data.split[mine[0]]
    earlier = {other: bool(data.split[chosen[other][0]] < split) for other in near}
    nearest = min(near, key=lambda other: (not earlier[other], -near[other], other))
    kind = "near-leak" if earlier[nearest] else "near-duplicate"
    like = chosen[nearest][0]
    said = f"{quoted(data.tokens[mine[0]])} is {near[nearest]:.0%} like {quoted(data.tokens[like])}"
    places = (*map(data.place, mine), data.place(like))
    return Finding(kind, said, places, weight=near[nearest])


def _rarest_first(data: Annotated, numbers: Sequence[int]) -> list[list[int]]:
    """The distinct pairs of neighbours of each sentence, edges included, as numbers: the smaller, the rarer."""
    store = data.sentences
    column = store.columns[TOKEN]
    forms: Numbering[str] = Numbering()
    ids = np.array([forms[plain(token)] for token in column.values], dtype=np.int64)
    edge = len(forms)
    lines: list[NDArray[np.int64]] = []
    for number in numbers:
        start, end = store.offsets[number], store.offsets[number + 1]
        line = np.full(end - start + 2, edge, dtype=np.int64)
        line[1:-1] = ids[column.places[start:end]]
        lines.append(np.unique(line[:-1] * (edge + 1) + line[1:]))
    if not lines:
        return []
    _, kinds, often = np.unique(np.concatenate(lines), return_inverse=True, return_counts=True)
    rank = np.empty(len(often), dtype=np.int64)
    rank[np.argsort(often, kind="stable")] = np.arange(len(often))
    ends = np.cumsum([len(line) for line in lines])[:-1]
    return [np.sort(some).tolist() for some in np.split(rank[kinds.reshape(-1)], ends)]


def plain(token: str) -> str:
    """A token without its case; of a number all digits are alike, while those of a name or a code tell it apart.

    >>> plain("12.5"), plain("A320")
    ('00.0', 'a320')
    """
    token = token.lower()
    if any(map(str.isalpha, token)):
        return token
    return "".join("0" if c.isdigit() else c for c in token)
