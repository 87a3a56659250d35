"""Scores of spans apart by what they are: their length, their document, and what training has seen of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from taggers.metrics.documents import documents_of
from taggers.metrics.spans import PRF, read_spans
from taggers.metrics.table import prf_table
from taggers.text import Sentence, Span
from taggers.text.schemes import Scheme

_Group = TypeVar("_Group", bound=Hashable)
Surface = tuple[str, ...]  # the tokens of a span

SEEN, SEEN_OTHERWISE, UNSEEN = "seen", "seen with other labels", "unseen"
KNOWN, UNKNOWN = "known words alone", "with an unknown word"
_LENGTHS = ((1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5 and more"))  # the least of each group, and its name
_FREQUENCIES = ((0, "0"), (1, "1"), (2, "2 to 4"), (5, "5 to 19"), (20, "20 and more"))
_TITLES = {
    "length": "tokens in the span",
    "frequency": "times in training",
    "seen": "surface in training",
    "words": "words of the span",
    "document": "document",
}
_DOCUMENTS = 10  # that a table shows, the worst


class TrainingSpans:
    """How often training has each surface as a span of each label."""

    def __init__(self) -> None:
        self._labels: dict[Surface, Counter[str]] = {}

    @classmethod
    def of(cls, sentences: Iterable[Sentence], layer: str, scheme: Scheme) -> TrainingSpans:
        """The spans of a layer of the training sentences, whose tags follow the scheme and are read leniently.

        >>> from taggers.text.schemes import IOB2
        >>> TrainingSpans.of([Sentence(("Ada", "slept"), {"ner": ("B-PER", "O")})], "ner", IOB2).labels_of(("Ada",))
        Counter({'PER': 1})
        """
        spans = cls()
        for sentence in sentences:
            spans.add(sentence.tokens, sentence.layers[layer], scheme)
        return spans

    def add(self, tokens: Sequence[str], tags: Sequence[str], scheme: Scheme) -> None:
        """Count the spans of one sentence more."""
        for start, end, label in read_spans(tags, scheme):
            self._labels.setdefault(tuple(tokens[start:end]), Counter())[label] += 1

    def labels_of(self, surface: Surface) -> Counter[str]:
        """The labels that spans of the surface have in training, with their counts."""
        return self._labels.get(surface, Counter())


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Scores of groups of spans, gold and predicted ones each put into a group by what they are themselves.

    `by_length` is in tokens. `by_frequency` goes by how often training has the surface, the same tokens, as a span of
    any label, `by_seen` by whether it has it with the same label, with other labels alone, or not at all; None
    without training data. `by_words` tells spans with a word that training has not from others; None where words are
    not known. `by_document` goes by file and line of the first sentence; None where there is but one.
    """

    by_length: Mapping[str, PRF]
    by_frequency: Mapping[str, PRF] | None
    by_seen: Mapping[str, PRF] | None
    by_words: Mapping[str, PRF] | None
    by_document: Mapping[str, PRF] | None

    def to_json(self) -> dict[str, Any]:
        """The scores as plain dicts, None for what was left out."""
        return {
            name: None if groups is None else {group: asdict(prf) for group, prf in groups.items()}
            for name, groups in self._parts().items()
        }

    def to_table(self) -> str:
        """The scores as lines of text, in percent, with the counts, and what was left out for want of training data."""
        blocks = []
        for name, groups in self._parts().items():
            if groups is None:
                continue
            title = _TITLES[name]
            if name == "document" and len(groups) > _DOCUMENTS:
                title = f"worst {_DOCUMENTS} of {len(groups)} documents"
                groups = dict(sorted(groups.items(), key=lambda item: item[1].f1)[:_DOCUMENTS])
            blocks.append(prf_table([(group, (prf,)) for group, prf in groups.items()], corner=title))
        left_out = [_TITLES[name] for name in ("frequency", "seen", "words") if self._parts()[name] is None]
        if left_out:
            blocks.append([f"left out without training data: {', '.join(left_out)}"])
        return "\n\n".join("\n".join(block) for block in blocks)

    def _parts(self) -> dict[str, Mapping[str, PRF] | None]:
        return {
            "length": self.by_length,
            "frequency": self.by_frequency,
            "seen": self.by_seen,
            "words": self.by_words,
            "document": self.by_document,
        }


def break_down(
    sentences: Sequence[Sentence],
    gold: Sequence[Sequence[Span]],
    predicted: Sequence[Sequence[Span]],
    known: Sequence[Sequence[bool]] | None = None,
    training: TrainingSpans | None = None,
) -> Breakdown:
    """Score the spans of sentences in groups; `known` says of each token whether training has seen its word.

    >>> ada = Sentence(("Ada", "slept"))
    >>> found = break_down([ada], [[Span(0, 1, "PER")]], [[Span(0, 2, "PER")]])
    >>> found.by_length["1"].recall, found.by_length["2"].precision, found.by_seen
    (0.0, 0.0, None)
    """
    by_frequency = by_seen = by_words = by_document = None

    def labels(place: int, span: Span) -> Counter[str]:
        assert training is not None
        return training.labels_of(sentences[place].tokens[span.start : span.end])

    def seen(place: int, span: Span) -> str:
        found = labels(place, span)
        return SEEN if found[span.label] else SEEN_OTHERWISE if found else UNSEEN

    def score(group: Callable[[int, Span], _Group], order: Iterable[_Group]) -> dict[_Group, PRF]:
        return _by_group(gold, predicted, group, order)

    by_length = score(lambda _, span: _bin(span.length, _LENGTHS), _names(_LENGTHS))
    if training is not None:
        by_frequency = score(lambda *at: _bin(labels(*at).total(), _FREQUENCIES), _names(_FREQUENCIES))
        by_seen = score(seen, (SEEN, SEEN_OTHERWISE, UNSEEN))
    if known is not None:
        by_words = score(
            lambda place, span: KNOWN if all(known[place][span.start : span.end]) else UNKNOWN, (KNOWN, UNKNOWN)
        )
    documents = documents_of(sentences)
    if len(set(documents)) > 1:
        by_document = score(lambda place, _: documents[place], dict.fromkeys(documents))
    return Breakdown(by_length, by_frequency, by_seen, by_words, by_document)


def _by_group(
    gold: Sequence[Sequence[Span]],
    predicted: Sequence[Sequence[Span]],
    group: Callable[[int, Span], _Group],
    order: Iterable[_Group],
) -> dict[_Group, PRF]:
    """The scores of the groups that some span falls into, in order."""
    wanted = Counter([group(place, span) for place, spans in enumerate(gold) for span in spans])
    found = Counter([group(place, span) for place, spans in enumerate(predicted) for span in spans])
    right = Counter(
        [
            group(place, span)
            for place, (ours, theirs) in enumerate(zip(gold, predicted, strict=True))
            if ours and theirs
            for span in set(ours).intersection(theirs)
        ]
    )
    return {name: PRF.of(wanted[name], found[name], right[name]) for name in order if wanted[name] or found[name]}


def _bin(number: int, bins: Sequence[tuple[int, str]]) -> str:
    return next(name for least, name in reversed(bins) if number >= least)


def _names(bins: Iterable[tuple[int, str]]) -> list[str]:
    return [name for _, name in bins]
