"""Probabilities beside the best answers: what a `Question` asks, told from the scores of the heads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from taggers.chain import Chain, k_best, posterior, viterbi
from taggers.chain.arrays import Floats, Integers, Tags
from taggers.chain.paths import Posterior
from taggers.chain.risk import least_risk, most_expected
from taggers.chain.span_tags import Marked, SpanTags
from taggers.chain.spans import Candidates, candidates, span_probabilities
from taggers.chain.temperatures import log_complement
from taggers.engine.interface import Engine, JudgedAnswers, LabelRows, Part, collect
from taggers.tasks.asked import Asked, Head, Judged, Paths, Question
from taggers.text import Sentence


def judge(engine: Engine, sentences: Sequence[Sentence], question: Question) -> JudgedAnswers:
    """As `decode`, with what is asked."""
    reading, asked = engine.read(sentences), question.asked
    heads = [
        _JudgedLabels(asked, head, len(sentences)) if chain is None else _JudgedTags(asked, head, chain, len(sentences))
        for head, chain in zip(question.heads, engine.chains, strict=True)
    ]
    collect(engine, reading, heads)
    return [head.judged() for head in heads]


class _JudgedLabels:
    """Labels, with the probability of each under the temperatures."""

    def __init__(self, asked: Asked, head: Head, number: int) -> None:
        self._asked, self._head, self._scores = asked, head, LabelRows(number)

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        self._scores.take(part, rows)

    def judged(self) -> Judged:
        """The log probabilities as they are, and the probabilities."""
        scores = self._scores.answer
        if not self._asked.wants_confidence:
            return Judged(scores)
        if not self._head.many:
            return Judged(scores, _softmax(self._head.temperatures.scale_emissions(scores)))
        log_odds = scores - log_complement(scores)
        with np.errstate(over="ignore"):
            return Judged(scores, 1.0 / (1.0 + np.exp(-self._head.temperatures.scale_emissions(log_odds))))


class _JudgedTags:
    """Tags, and all that is asked of their probabilities."""

    def __init__(self, asked: Asked, head: Head, chain: Chain, number: int) -> None:
        self._asked, self._head, self._chain, self._number = asked, head, chain, number
        self._scaled = head.temperatures.scale_chain(chain)
        self._parts: list[tuple[Part, Judged]] = []

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        scaled = self._head.temperatures.scale_emissions(rows)
        spans = self._head.spans
        judged = self._plain(part, rows, scaled) if spans is None else self._spans(part, rows, scaled, spans)
        self._parts.append((part, judged))

    def _plain(self, part: Part, rows: NDArray[np.float32], scaled: Floats) -> Judged:
        """What is asked of some sentences with plain tags, their tokens numbered from 0."""
        asked, paths = self._asked, None
        if _is_free(self._chain) and not asked.k_best:  # each token by itself, where many tags would take long
            tags, marginals = self._best(part, rows), _softmax(scaled)
        else:
            known = posterior(self._scaled, scaled, part.offsets)
            tags = most_expected(known) if asked.decoding == "risk" else self._best(part, rows)
            marginals, paths = known.marginals, self._paths(known, scaled)
        confidence = np.minimum(marginals[np.arange(len(tags)), tags], 1.0)
        return Judged(tags, confidence, paths=paths)

    def _spans(self, part: Part, rows: NDArray[np.float32], scaled: Floats, spans: SpanTags) -> Judged:
        """The same where tags spell spans."""
        asked = self._asked
        known = posterior(self._scaled, scaled, part.offsets)
        tags, said = self._said(part, rows, known, spans)
        doubtful = said.probability < asked.min_confidence
        kept, dropped = said.chosen(np.flatnonzero(~doubtful)), said.chosen(np.flatnonzero(doubtful))
        tags[_rows(dropped.spans)] = spans.outside
        confidence = np.full(len(tags), np.nan)
        confidence[_rows(kept.spans)] = np.repeat(kept.probability, kept.spans.end - kept.spans.begin)
        possible = None if asked.candidates is None else candidates(known, spans, asked.candidates)
        return Judged(tags, confidence, possible, self._paths(known, scaled))

    def _said(
        self, part: Part, rows: NDArray[np.float32], known: Posterior, spans: SpanTags
    ) -> tuple[Tags, Candidates]:
        """The tags of the spans that are said, and how probable each is."""
        if self._asked.decoding == "risk":
            every = candidates(known, spans, self._asked.threshold)
            said = every.chosen(least_risk(every, self._asked.threshold))
            return spans.spell(said.spans, known.is_first), said
        tags = self._best(part, rows)
        found = spans.read(tags, known.is_first)
        return tags, Candidates(found, span_probabilities(known, spans, found))

    def _best(self, part: Part, rows: NDArray[np.float32]) -> Tags:
        return viterbi(self._chain, rows, part.offsets)[0]  # never scaled: no temperature changes a tag

    def _paths(self, known: Posterior, scaled: Floats) -> tuple[Paths, ...] | None:
        """The most probable paths of each sentence."""
        if not self._asked.k_best:
            return None
        found = []
        for sentence, (first, stop) in enumerate(pairwise(known.offsets.tolist())):
            tags, _ = k_best(self._scaled, scaled[first:stop], self._asked.k_best)
            found.append(Paths(tags, known.of_paths(sentence, tags)))
        return tuple(found)

    def judged(self) -> Judged:
        """The same of all sentences, in the order given."""
        total = sum(len(part.places) for part, _ in self._parts)
        tags, confidence = np.empty(total, dtype=np.int32), np.empty(total)
        for part, judged in self._parts:
            tags[part.places], confidence[part.places] = judged.answers, judged.confidence
        asked = self._asked
        with_candidates = asked.candidates is not None and self._head.spans is not None
        return Judged(
            tags,
            confidence if asked.wants_confidence else None,
            self._candidates() if with_candidates else None,
            self._all_paths() if asked.k_best else None,
        )

    def _candidates(self) -> Candidates:
        begins, ends, labels = ([np.empty(0, dtype=np.int64)] for _ in range(3))
        probabilities = [np.empty(0)]
        for part, judged in self._parts:
            assert judged.candidates is not None
            spans = judged.candidates.spans
            begins.append(part.places[spans.begin])
            ends.append(part.places[spans.end - 1] + 1)  # the tokens of a sentence stay side by side
            labels.append(spans.label)
            probabilities.append(judged.candidates.probability)
        every = Marked(*map(np.concatenate, (begins, ends, labels)))
        order = np.lexsort((every.label, every.begin, every.end))
        return Candidates(every, np.concatenate(probabilities)).chosen(order)

    def _all_paths(self) -> tuple[Paths, ...]:
        found = [Paths(np.empty((1, 0), dtype=np.int32), np.ones(1))] * self._number  # of no tokens
        for part, judged in self._parts:
            for sentence, paths in zip(part.index.tolist(), judged.paths or (), strict=True):
                found[sentence] = paths
        return tuple(found)


def _rows(spans: Marked) -> Integers:
    """All rows that spans, none overlapping, cover."""
    lengths = spans.end - spans.begin
    return np.repeat(spans.end - np.cumsum(lengths), lengths) + np.arange(lengths.sum())


def _is_free(chain: Chain) -> bool:
    """True where the tags of a sentence are independent: all scores of the chain are 0."""
    return not (chain.start.any() or chain.transitions.any() or chain.end.any())


def _softmax(scores: Floats) -> Floats:
    """Of each row, (N, K)."""
    mass = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    shares: Floats = mass / mass.sum(axis=1, keepdims=True)
    return shares
