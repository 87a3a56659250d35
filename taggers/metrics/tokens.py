"""Accuracy over tokens: all of them, those whose word training has not seen, and tag by tag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import eq

import numpy as np

from taggers.metrics.counts import Counts, Name, count_each, count_labels, spread
from taggers.metrics.intervals import Figure, share
from taggers.metrics.spans import PRF, SIDES, check_lengths, label_figures, prf_of

TOKENS, RIGHT, UNKNOWN, UNKNOWN_RIGHT = ("tokens",), ("right tokens",), ("unknown",), ("right unknown",)
_BY_TAG = ("by_tag",)


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Tokens with the right tag among all (0 where there is none), and among unknown words (None where none is told).

    `by_tag` has every tag that gold or predicted tokens have, in sorted order, where tags are counted apart.
    """

    accuracy: float
    unknown_accuracy: float | None
    by_tag: dict[str, PRF]

    @classmethod
    def of(cls, counts: Counts) -> TokenScores:
        """The scores of what `count_tokens` counted."""
        tokens, right, unknown, unknown_right = map(counts.total, (TOKENS, RIGHT, UNKNOWN, UNKNOWN_RIGHT))
        return cls(
            accuracy=right / tokens if tokens else 0.0,
            unknown_accuracy=unknown_right / unknown if unknown else None,
            by_tag=prf_of(counts, _BY_TAG)[1],
        )


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
    return TokenScores.of(count_tokens(list(gold), list(predicted), None if known is None else list(known)))


def count_tokens(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    known: Sequence[Sequence[bool]] | None = None,
    by_tag: bool = True,
) -> Counts:
    """Count the tokens of each sentence: all, those with the right tag, unknown words; with `by_tag` each tag apart.

    Raises ValueError where a sentence has not as many values on all sides.
    """
    check_lengths(gold, predicted)
    sentences, number = spread(map(len, gold)), len(gold)  # (T,)
    right = np.fromiter(map(eq, chain.from_iterable(gold), chain.from_iterable(predicted)), np.bool_, len(sentences))
    counts = count_each(TOKENS, np.bincount(sentences, minlength=number)).beside(
        count_each(RIGHT, np.bincount(sentences[right], minlength=number))
    )
    if known is not None:
        if list(map(len, known)) != list(map(len, gold)):
            raise ValueError("expected as many words told as known or not as there are tags, in each sentence")
        unknown = ~np.fromiter(chain.from_iterable(known), np.bool_, len(sentences))
        counts = counts.beside(
            count_each(UNKNOWN, np.bincount(sentences[unknown], minlength=number)),
            count_each(UNKNOWN_RIGHT, np.bincount(sentences[unknown & right], minlength=number)),
        )
    if by_tag:
        wanted, found = list(chain.from_iterable(gold)), list(chain.from_iterable(predicted))
        both = [tag for tag, agrees in zip(wanted, right.tolist(), strict=True) if agrees]
        own = ((sentences, wanted), (sentences, found), (sentences[right], both))
        counts = counts.beside(
            *(count_labels((*_BY_TAG, side), number, *of) for side, of in zip(SIDES, own, strict=True))
        )
    return counts


def token_figures(counts: Counts) -> dict[Name, Figure]:
    """What is scored of tokens, by places in JSON."""
    figures = {("accuracy",): share(RIGHT, TOKENS)}
    if counts.total(UNKNOWN):
        figures["unknown_accuracy",] = share(UNKNOWN_RIGHT, UNKNOWN)
    return figures | label_figures(counts, _BY_TAG, _BY_TAG)
