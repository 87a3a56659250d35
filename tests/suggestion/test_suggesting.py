"""Doubts told from predictions, and suggestions from a stream of them, without any network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from taggers import Asked, Sentence, Span, Tagger, TaggerError
from taggers.suggestion import Budget, doubts, suggest
from taggers.suggestion.doubts import FLOOR
from taggers.tasks.labelling import Labelling
from taggers.text import Prediction
from taggers.text.schemes import IOB2
from taggers.text.types import LABEL, Candidate

LIMA, ADA = Span(2, 3, "LOC"), Span(0, 1, "PER")
SENTENCE = Sentence(("Ada", "saw", "Lima"))


class Sure:
    """In place of a tagger: a word that begins with a capital is a span, the surer the longer it is."""

    tasks = (Labelling("ner", ("PER",), IOB2, IOB2),)

    def stream(self, sentences: Iterable[Sentence], workers: int, asked: Asked) -> Iterator[Prediction]:
        """As `Tagger.stream`."""
        assert asked.confidence
        assert asked.candidates == FLOOR
        assert workers == 1
        for sentence in sentences:
            assert sentence.tokens
            places = [n for n, token in enumerate(sentence.tokens) if token[:1].isupper()]
            spans = tuple(Span(n, n + 1, "PER") for n in places)
            sure = tuple(1.0 - 1.0 / (1 + len(sentence.tokens[n])) for n in places)
            tags = tuple("B-PER" if n in places else "O" for n in range(len(sentence)))
            candidates = tuple(map(Candidate, spans, sure))
            yield Prediction(sentence, "ner", tags, spans, confidences=sure, candidates=candidates)


TAGGER = cast("Tagger", Sure())


def texts(*lines: str) -> list[Sentence]:
    return [Sentence(tuple(line.split())) for line in lines]


def test_spans_are_wrong_where_they_are_predicted_and_where_not() -> None:
    found = (Candidate(LIMA, 0.7), Candidate(ADA, 0.2), Candidate(Span(2, 3, "PER"), 0.25))
    one = Prediction(SENTENCE, "ner", ("O", "O", "B-LOC"), (LIMA,), confidences=(0.7,), candidates=found)
    assert doubts([one]) == pytest.approx({("ner", "ada"): 0.2, ("ner", "lima"): 1 - 0.7 * 0.75})
    # Less probable than any candidate, but predicted all the same.
    unlikely = replace(one, confidences=(0.01,), candidates=())
    assert doubts([unlikely]) == pytest.approx({("ner", "lima"): 0.99})
    assert doubts([one, unlikely])["ner", "lima"] == pytest.approx(1 - 0.7 * 0.75 * 0.01)


def test_plain_tags_and_further_layers_have_matters_of_their_own() -> None:
    spans = Prediction(SENTENCE, "ner", ("O", "O", "O"), confidences=(), candidates=(Candidate(ADA, 0.25),))
    tags = Prediction(SENTENCE, "upos", ("X", "X", "X"), further=(spans,), confidences=(0.5, 0.75, 1.0))
    assert doubts([tags]) == pytest.approx(
        {("upos", "ada"): 0.5, ("upos", "saw"): 0.25, ("upos", "lima"): 0.0, ("ner", "ada"): 0.25}
    )


def test_labels_of_texts_are_matters_by_the_text() -> None:
    scores = {"a": 0.7, "b": 0.29, "c": 0.01}
    one = Prediction(SENTENCE, LABEL, label="a", scores=scores, confidences=(0.8,))
    assert doubts([one]) == pytest.approx({(LABEL, "Ada saw Lima"): 0.2})  # the right one is another just then
    assert doubts([one], many=True) == pytest.approx({(LABEL, "Ada saw Lima"): 1 - 0.8 * 0.71})
    several = Prediction(SENTENCE, LABEL, label="a|b", scores={"a": 0.7, "b": 0.6, "c": 0.3}, confidences=(0.7, 0.6))
    assert doubts([several], many=True) == pytest.approx({(LABEL, "Ada saw Lima"): 1 - 0.7 * 0.6 * 0.7})
    none = Prediction(SENTENCE, LABEL, label="", scores={"a": 0.25}, confidences=())
    assert doubts([none], many=True) == pytest.approx({(LABEL, "Ada saw Lima"): 0.25})


WORDS = st.sampled_from(["Ada", "Obi", "Bo", "saw", "the", "İ", "\ud800", "e\u0301", "👩‍🚀", "\u200f", "Ω"])
LINES = st.lists(st.lists(WORDS, max_size=5).map(tuple), max_size=12)


@given(LINES, st.integers(1, 6), st.integers(0, 3), st.randoms())
def test_neither_order_nor_the_kind_of_stream_matters(lines: list[tuple[str, ...]], k: int, seed: int, luck) -> None:  # type: ignore[no-untyped-def]
    distinct = {line for line in lines if line}
    assume(len({"".join(line) for line in distinct}) == len(distinct))  # of two splits of a text the first counts
    some = [Sentence(line) for line in lines]

    def chosen(sentences: Iterable[Sentence], held: int = 1000) -> list[tuple[str, ...]]:
        found = suggest(TAGGER, sentences, Budget(items=k), seed=seed, held=held)
        return [p.sentence.tokens for one in found.suggestions for p in one.item.predictions]

    found = chosen(some)
    assert len(set(map("".join, found))) == len(found) <= k
    assert chosen(iter(some)) == found
    shuffled = list(some)
    luck.shuffle(shuffled)
    assert chosen(shuffled) == found


def test_the_seed_decides_between_equals_alone() -> None:
    some = texts(*(f"nothing {word} here" for word in "abcdefghij"), "Bo slept")
    orders = set()
    for seed in range(4):
        found = suggest(TAGGER, some, Budget(items=11), seed=seed).suggestions
        assert found[0].item.predictions[0].sentence.tokens == ("Bo", "slept")
        orders.add(tuple(one.item.number for one in found))
        assert len(orders) == seed + 1


def test_what_is_annotated_is_left_out_however_it_is_split() -> None:
    some = texts("Ada slept .", "Ada slept .", "Bo ran", "", "the end")
    found = suggest(TAGGER, some, Budget(items=5), annotated=texts("Ada slept.", "Else"))
    assert [one.item.number for one in found.suggestions] == [2, 3]
    assert (found.items, found.tokens, found.excluded, found.cut) == (4, 10, 2, False)
    nothing = suggest(TAGGER, some, Budget(items=5), annotated=some)
    assert (nothing.suggestions, nothing.excluded) == ((), 4)
    assert suggest(TAGGER, [], Budget(items=5)).items == 0


def test_what_is_let_go_is_told_where_it_might_have_been_chosen() -> None:
    some = texts("Ada ran", "Bo slept", "Bo ate")
    found = suggest(TAGGER, some, Budget(items=2), held=4)
    assert found.cut  # the second Bo is worth less than Ada, who is gone
    assert {one.item.number for one in found.suggestions} == {1, 2}
    assert not suggest(TAGGER, some, Budget(items=1), held=4).cut


def test_documents_are_chosen_whole() -> None:
    begin = {"starts_document": True}
    words = [("Ada saw", begin), ("", {}), ("Bo", {}), ("", begin), ("the", {}), ("Obi Obi Bo", begin)]
    some = [Sentence(tuple(text.split()), **said) for text, said in words]  # type: ignore[arg-type]
    found = suggest(TAGGER, some, Budget(tokens=4), documents=True)
    assert [[p.sentence.tokens for p in one.item.predictions] for one in found.suggestions] == [
        [("Obi", "Obi", "Bo")],
        [("the",)],
    ]
    assert found.items == 3
    assert found.suggestions[0].item.mistakes == pytest.approx(1 - 0.75**2 + 1 / 3)
    assert suggest(TAGGER, some, Budget(items=3), annotated=texts("Bo", "Ada saw"), documents=True).excluded == 1
    with pytest.raises(TaggerError, match="no documents are marked"):
        suggest(TAGGER, texts("Ada", "Bo"), Budget(items=1), documents=True)


def test_no_candidates_are_kept() -> None:
    [one] = suggest(TAGGER, texts("Ada saw Bo"), Budget(items=1)).suggestions
    assert one.item.predictions[0].candidates is None
    assert one.item.predictions[0].confidences
