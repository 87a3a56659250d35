"""The errors that are listed are those that the scores count."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics.errors import KINDS, span_errors
from taggers.report.facts import Mistake
from taggers.report.mistakes import label_cases, span_cases, tag_cases
from taggers.text import Prediction, Sentence, Span
from taggers.text.schemes import IOB2

SIZE = 9


@st.composite
def tagged(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[Span, ...]]:
    """Tags of a sentence of SIZE tokens, and the spans that they spell."""
    cuts = sorted(draw(st.sets(st.integers(0, SIZE), max_size=6)))
    labels = draw(st.lists(st.sampled_from(("", "A", "B")), min_size=len(cuts), max_size=len(cuts)))
    spans = tuple(Span(*cut, label) for cut, label in zip(pairwise(cuts), labels, strict=False) if label)
    tags = ["O"] * SIZE
    for start, end, label in spans:
        tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
    return tuple(tags), spans


def judged(gold: tuple[str, ...], tags: tuple[str, ...], spans: tuple[Span, ...]) -> Prediction:
    """A prediction whose confidences are as good as names of its spans."""
    sentence = Sentence(("w",) * SIZE, {"ner": gold})
    return Prediction(sentence, "ner", tags, spans, confidences=tuple(span.start / 10 for span in spans))


@given(st.lists(st.tuples(tagged(), tagged()), max_size=4))
def test_errors_of_spans_are_those_that_are_counted(
    pairs: list[tuple[tuple[tuple[str, ...], tuple[Span, ...]], tuple[tuple[str, ...], tuple[Span, ...]]]],
) -> None:
    predictions = [judged(gold, *predicted) for (gold, _), predicted in pairs]
    cases = list(span_cases([one.sentence for one in predictions], predictions, "ner", IOB2))
    counted = span_errors([spans for (_, spans), _ in pairs], [one.spans for one in predictions]).by_label
    found = Counter(
        ((case.gold[mistake.gold] if mistake.gold is not None else case.predicted[mistake.predicted or 0]).label, kind)
        for case in cases
        for mistake in case.mistakes
        if (kind := mistake.kind)
    )
    assert found == Counter(
        {(label, kind): n for label, row in counted.items() for kind in KINDS[1:] if (n := row[kind])}
    )
    wrong = {span for case in cases for span in case.predicted}
    assert all(marked.confidence == marked.start / 10 for marked in wrong)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("AB")), min_size=1))
def test_errors_of_tags_are_the_tokens_that_are_wrong(pairs: list[tuple[str, str]]) -> None:
    gold, tags = (tuple(side) for side in zip(*pairs, strict=True))
    sentence = Sentence(("w",) * len(pairs), {"upos": gold})
    sure = tuple(place / len(pairs) for place in range(len(pairs)))
    cases = list(tag_cases([sentence], [Prediction(sentence, "upos", tags, confidences=sure)], "upos"))
    wrong = [place for place, (one, other) in enumerate(pairs) if one != other]
    assert [marked.start for case in cases for marked in case.predicted] == wrong
    assert [marked.confidence for case in cases for marked in case.predicted] == [place / len(pairs) for place in wrong]
    assert sum(len(case.mistakes) for case in cases) == len(wrong)


def test_of_a_set_of_labels_each_is_missed_or_spurious_by_itself() -> None:
    text = Sentence(("Hello",), label="a|b")
    [case] = label_cases([text], [Prediction(text, "label", label="b|c|d", confidences=(0.9, 0.8, 0.7))], many=True)
    assert case.mistakes == (Mistake("missed", 0, None), Mistake("spurious", None, 1), Mistake("spurious", None, 2))
    assert [marked.confidence for marked in case.predicted] == [0.9, 0.8, 0.7]


def test_a_text_without_labels_may_have_been_given_some() -> None:
    text = Sentence(("Hello",), label="")
    [case] = label_cases([text], [Prediction(text, "label", label="a", confidences=(0.9,))], many=True)
    assert case.mistakes == (Mistake("spurious", None, 0),)
    assert not list(label_cases([text], [Prediction(text, "label", label="")], many=True))


def test_the_place_is_that_of_the_first_span_without_folders() -> None:
    from taggers.text.types import Source

    sentence = Sentence(("It", "is", "Ada"), {"ner": ("O", "O", "B-PER")}, source=Source("/home-of/a/test.conll", 7))
    [case] = span_cases([sentence], [Prediction(sentence, "ner", ("O", "O", "O"))], "ner", IOB2)
    assert case.place == "test.conll:9"
