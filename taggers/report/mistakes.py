"""The errors of predictions, sentence by sentence: those that the scores count, each with its place and its partner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import PurePath

from taggers.metrics.detail import spans_on_both_sides
from taggers.metrics.errors import counted_as, pair_up
from taggers.report.facts import Case, Marked, Mistake
from taggers.text import Prediction, Sentence
from taggers.text.schemes import Scheme
from taggers.text.types import split_labels


def span_cases(
    sentences: Sequence[Sentence], predictions: Sequence[Prediction], layer: str, scheme: Scheme
) -> Iterator[Case]:
    """The sentences whose spans are not all right; errors are those of `metrics.span_errors`.

    >>> from taggers.text.schemes import IOB2
    >>> ada = Sentence(("Ada", "slept"), {"ner": ("B-PER", "O")})
    >>> [case] = span_cases([ada], [Prediction(ada, "ner", ("O", "O"))], "ner", IOB2)
    >>> case.mistakes
    (Mistake(kind='missed', gold=0, predicted=None),)
    """
    tags = [sentence.layers[layer] for sentence in sentences]
    gold, predicted = spans_on_both_sides(tags, [one.tags for one in predictions], scheme)
    for sentence, prediction, wanted, found in zip(sentences, predictions, gold, predicted, strict=True):
        if wanted == found:
            continue
        places = ({span: n for n, span in enumerate(wanted)}, {span: n for n, span in enumerate(found)})
        mistakes = [
            Mistake(kind, pair.gold and places[0][pair.gold], pair.predicted and places[1][pair.predicted])
            for pair in pair_up(wanted, found)
            if (kind := counted_as(pair)[1]) != "correct"
        ]
        sure = dict(zip(prediction.spans, prediction.confidences or (), strict=False))
        marked = tuple(Marked(*span, sure.get(span)) for span in found)
        yield _case(sentence, tuple(Marked(*span) for span in wanted), marked, mistakes)


def tag_cases(sentences: Sequence[Sentence], predictions: Sequence[Prediction], layer: str) -> Iterator[Case]:
    """The sentences whose plain tags are not all right, with the wrong tags.

    >>> go = Sentence(("Go", "on"), {"upos": ("VERB", "ADP")})
    >>> [case] = tag_cases([go], [Prediction(go, "upos", ("NOUN", "ADP"))], "upos")
    >>> case.gold, case.predicted
    ((Marked(start=0, end=1, label='VERB', confidence=None),), (Marked(start=0, end=1, label='NOUN', confidence=None),))
    """
    for sentence, prediction in zip(sentences, predictions, strict=True):
        tags = zip(sentence.layers[layer], prediction.tags, strict=True)
        wrong = [(place, gold, found) for place, (gold, found) in enumerate(tags) if gold != found]
        if wrong:
            gold = tuple(Marked(place, place + 1, tag) for place, tag, _ in wrong)
            sure = prediction.confidences or (None,) * len(prediction.tags)
            found = tuple(Marked(place, place + 1, tag, sure[place]) for place, _, tag in wrong)
            yield _case(sentence, gold, found, [Mistake("label", n, n) for n in range(len(wrong))])


def label_cases(sentences: Sequence[Sentence], predictions: Sequence[Prediction], many: bool) -> Iterator[Case]:
    """The texts whose label, or set of labels, is not right.

    >>> hello = Sentence(("Hello",), label="greeting")
    >>> [case] = label_cases([hello], [Prediction(hello, "label", label="parting")], many=False)
    >>> case.mistakes
    (Mistake(kind='label', gold=0, predicted=0),)
    """
    for sentence, prediction in zip(sentences, predictions, strict=True):
        gold, found = sentence.label or "", prediction.label or ""
        if gold == found:
            continue
        wanted, given = (split_labels(gold), split_labels(found)) if many else ((gold,), (found,))
        mistakes = [Mistake("label", 0, 0)]
        if many:
            missed = [Mistake("missed", n, None) for n, label in enumerate(wanted) if label not in given]
            spurious = [Mistake("spurious", None, n) for n, label in enumerate(given) if label not in wanted]
            mistakes = missed + spurious
        yield _case(
            sentence,
            tuple(Marked(0, 0, label) for label in wanted),
            tuple(Marked(0, 0, *one) for one in zip(given, prediction.confidences or repeat(None), strict=False)),
            mistakes,
        )


def _case(
    sentence: Sentence, gold: tuple[Marked, ...], predicted: tuple[Marked, ...], mistakes: Sequence[Mistake]
) -> Case:
    first = gold[0] if gold else predicted[0]
    place = f"{PurePath(sentence.source.path).name}:{sentence.line_of(first.start)}"
    return Case(place, sentence.tokens, gold, predicted, tuple(mistakes))
