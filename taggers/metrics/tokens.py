"""Accuracy over tokens: all of them, those whose word training has not seen, and tag by tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

from taggers.metrics.spans import PRF


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Tokens with the right tag among all (0 where there is none), and among unknown words (None where none is told).

    `by_tag` has every tag that gold or predicted tokens have, in sorted order.
    """

    accuracy: float
    unknown_accuracy: float | None
    by_tag: dict[str, PRF]


def score_tokens(
    gold: Iterable[Sequence[str]],
    predicted: Iterable[Sequence[str]],
    known: Iterable[Sequence[bool]] | None = None,
) -> TokenScores:
    """Compare tags token by token; `known` says of each token whether training has seen its word.

    Raises ValueError where a sentence has not as many values on all sides.

    >>> scores = score_tokens([["DET", "NOUN", "NOUN"]], [["DET", "VERB", "NOUN"]], known=[[True, False, True]])
    >>> round(scores.accuracy, 3), scores.unknown_accuracy, scores.by_tag["NOUN"].recall
    (0.667, 0.0, 0.5)
    """
    pairs: Counter[tuple[str, str]] = Counter()
    unknown: Counter[bool] = Counter()  # right or wrong
    told: Iterable[Sequence[bool] | None] = repeat(None) if known is None else known
    pairs_of_tags = zip(gold, predicted, strict=True)
    for (gold_tags, predicted_tags), knowledge in zip(pairs_of_tags, told, strict=known is not None):
        pairs.update(zip(gold_tags, predicted_tags, strict=True))
        if knowledge is not None and not all(knowledge):
            triples = zip(gold_tags, predicted_tags, knowledge, strict=True)
            unknown.update([g == p for g, p, is_known in triples if not is_known])
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for (gold_tag, predicted_tag), count in pairs.items():
        wanted[gold_tag] += count
        found[predicted_tag] += count
    right = {tag: pairs[tag, tag] for tag in wanted.keys() | found.keys()}
    total = pairs.total()
    return TokenScores(
        accuracy=sum(right.values()) / total if total else 0.0,
        unknown_accuracy=unknown[True] / unknown.total() if unknown else None,
        by_tag={tag: PRF.of(wanted[tag], found[tag], right[tag]) for tag in sorted(right)},
    )
