"""Sequence labelling: gold in, answers out, in whatever scheme the file has and whatever scheme the model has."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taggers.chain import viterbi
from taggers.errors import TaggerError, TagSchemeError
from taggers.tasks.labelling import Labelling
from taggers.text import Extra, Prediction, Sentence, Source, Span
from taggers.text.schemes import (
    BILOU,
    GROBID,
    IOB1,
    IOB2,
    IOBES,
    PLAIN,
    SCHEMES,
    Scheme,
    convert,
    encode,
    legal,
    scheme_tags,
    violations,
)

SPELT = [scheme for scheme in SCHEMES.values() if scheme is not PLAIN]
INSIDE = [IOBES, IOB2]


def sentence(*tags: str, line: int = 10) -> Sentence:
    return Sentence(tuple(f"w{i}" for i in range(len(tags))), {"ner": tags}, source=Source("train.conll", line))


def only(task: Labelling, gold: Sentence, ids: list[int]) -> Prediction:
    """The answer for one sentence."""
    [answer] = task.predictions([gold], np.array(ids, dtype=np.int32))
    return answer


@st.composite
def spans_of(draw: st.DrawFn) -> tuple[int, list[Span]]:
    """A length and spans that do not overlap."""
    length = draw(st.integers(0, 7))
    spans, place = [], 0
    while place < length:
        step = draw(st.integers(1, 3))
        if draw(st.booleans()) and place + step <= length:
            spans.append(Span(place, place + step, draw(st.sampled_from(["PER", "LOC", "creative-work"]))))
        place += step
    return length, spans


@pytest.mark.parametrize("outside", SPELT, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("inside", INSIDE, ids=lambda scheme: scheme.name)
@settings(max_examples=30)
@given(spans_of())
def test_spans_pass_through_the_model_unchanged_in_every_scheme(
    inside: Scheme, outside: Scheme, drawn: tuple[int, list[Span]]
) -> None:
    length, spans = drawn
    gold = sentence(*encode(spans, length, outside))
    task = Labelling.build([gold, sentence("O")], "ner", inside, outside)
    target = task.target(gold)
    assert [task.tags[i] for i in target if isinstance(i, int)] == encode(spans, length, inside)
    prediction = only(task, gold, [i for i in target if isinstance(i, int)])
    assert prediction.tags == gold.layers["ner"]  # in the scheme of the file
    assert prediction.spans == tuple(spans)
    assert prediction.sentence is gold


def test_labels_are_those_of_the_training_sentences_in_order() -> None:
    task = Labelling.build([sentence("B-PER", "O"), sentence("B-LOC"), sentence()], "ner", IOBES, IOB2)
    assert task.labels == ("LOC", "PER")
    assert task.tags == ("O", *(f"{prefix}-{label}" for label in ("LOC", "PER") for prefix in "BIES"))


def test_plain_tags_are_their_own_labels() -> None:
    task = Labelling.build([sentence("VERB", "NOUN", "O")], "ner", PLAIN, PLAIN)
    assert task.tags == ("NOUN", "O", "VERB")
    assert task.target(sentence("O", "NOUN")) == [1, 0]
    prediction = only(task, sentence("?", "?"), [2, 0])
    assert prediction.tags == ("VERB", "NOUN")
    assert prediction.spans == ()
    assert not np.isinf(task.constraints.transitions).any()


@pytest.mark.parametrize("inside", SPELT, ids=lambda scheme: scheme.name)
def test_constraints_say_what_the_scheme_says(inside: Scheme) -> None:
    task = Labelling("ner", ("LOC", "PER"), inside, IOB2)
    chain = task.constraints
    for i, before in enumerate(task.tags):
        assert (chain.start[i] == 0.0) == legal(inside, None, before)
        assert (chain.end[i] == 0.0) == legal(inside, before, None)
        for j, after in enumerate(task.tags):
            assert (chain.transitions[i, j] == 0.0) == legal(inside, before, after)
    scores = np.concatenate((chain.start, chain.transitions.ravel(), chain.end))
    assert set(scores) <= {0.0, -np.inf}


@pytest.mark.parametrize("inside", SPELT, ids=lambda scheme: scheme.name)
@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_no_decoded_sequence_violates_its_scheme(inside: Scheme, seed: int, length: int) -> None:
    task = Labelling("ner", ("LOC", "PER"), inside, IOB2)
    emissions = 9.0 * np.random.default_rng(seed).standard_normal((length, len(task.tags)))
    ids, scores = viterbi(task.constraints, emissions, [0, length])
    tags = [task.tags[i] for i in ids]
    assert np.isfinite(scores).all()
    assert violations(tags, inside) == []
    written = only(task, sentence(*tags), ids.tolist()).tags
    assert violations(written, IOB2) == []


@pytest.mark.parametrize("scheme", [IOB2, PLAIN], ids=lambda scheme: scheme.name)
def test_a_label_that_training_has_not_seen_is_named_with_its_line(scheme: Scheme) -> None:
    inside = PLAIN if scheme is PLAIN else IOBES
    task = Labelling.build([sentence("B-PER", "O")], "ner", inside, scheme)
    gold = Sentence(
        ("a", "b", "c"),
        {"ner": ("O", "O", "B-LOC")},
        source=Source("dev.conll", 7),
        extras=(Extra(1, "# between"),),
    )
    with pytest.raises(
        TagSchemeError, match=r"^dev\.conll:10: tag 'B-LOC' has a label that the training data does not"
    ):
        task.target(gold)


def test_training_data_without_any_tag_is_refused_and_the_layer_named() -> None:
    for sentences in ([], [sentence()], [sentence("?", "?")]):
        with pytest.raises(TaggerError, match="layer 'ner' of the training data names no tag"):
            Labelling.build(sentences, "ner", PLAIN, PLAIN, partial=True)


# Partial annotation.


def test_labels_are_found_in_choices_too() -> None:
    task = Labelling.build([sentence("?", "B-LOC|B-ORG", "O")], "ner", IOBES, IOB2, partial=True)
    assert task.labels == ("LOC", "ORG")


def test_a_question_mark_is_a_tag_like_others_where_nothing_is_partial() -> None:
    task = Labelling.build([sentence("?", "A|B")], "ner", PLAIN, PLAIN)
    assert task.tags == ("?", "A|B")
    assert task.target(sentence("A|B", "?")) == [1, 0]


def named(task: Labelling, gold: Sentence) -> list[set[str]]:
    return [{task.tags[i] for i in options} for options in task.target(gold) if isinstance(options, frozenset)]


def test_sets_widen_where_the_schemes_differ() -> None:
    task = Labelling("ner", ("X",), IOBES, IOB2, partial=True)
    assert named(task, sentence("B-X", "?")) == [{"B-X", "S-X"}, {"O", "E-X", "S-X"}]
    assert named(task, sentence("?", "I-X")) == [{"B-X"}, {"E-X"}]


def test_gold_that_is_whole_stays_ids() -> None:
    task = Labelling("ner", ("X",), IOBES, IOB2, partial=True)
    assert task.target(sentence("B-X", "I-X")) == [1, 3]
    assert task.target(sentence()) == []


@pytest.mark.parametrize(
    ("inside", "outside"), [(IOBES, IOB2), (IOBES, IOB1), (IOB2, BILOU), (IOB2, IOB2), (IOBES, GROBID)]
)
@settings(max_examples=50)
@given(st.data())
def test_sets_are_the_images_of_all_legal_readings(inside: Scheme, outside: Scheme, data: st.DataObject) -> None:
    every = scheme_tags(("X", "Y"), outside)
    task = Labelling("ner", ("X", "Y"), inside, outside, partial=True)
    choice = st.one_of(st.just("?"), st.lists(st.sampled_from(every), min_size=1, max_size=3).map("|".join))
    tags = ["?", *data.draw(st.lists(choice, max_size=2)), data.draw(choice)]
    options = [every if tag == "?" else tag.split("|") for tag in tags]
    readings = [path for path in product(*options) if not violations(path, outside)]
    images = [set(column) for column in zip(*(convert(path, inside, outside) for path in readings), strict=True)]
    gold = sentence(*tags)
    if readings:
        assert named(task, gold) == images
    else:
        with pytest.raises(TagSchemeError, match=rf"^train\.conll:\d+: no legal {outside.name} sequence"):
            task.target(gold)


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        (("I-X", "?"), 10),
        (("?", "O", "I-X|I-Y", "?"), 12),
        (("?", "B-X", "I-Y"), 12),
    ],
)
def test_sets_that_admit_no_legal_path_are_refused_where_the_path_ends(tags: tuple[str, ...], line: int) -> None:
    task = Labelling("ner", ("X", "Y"), IOBES, IOB2, partial=True)
    with pytest.raises(TagSchemeError, match=rf"^train\.conll:{line}: no legal IOB2 sequence .*; widen a set or write"):
        task.target(sentence(*tags))


def test_sets_that_leave_a_span_open_at_the_end_are_refused_there() -> None:
    task = Labelling("ner", ("X",), IOB2, IOBES, partial=True)
    with pytest.raises(TagSchemeError, match=r"^train\.conll:11: no legal IOBES sequence"):
        task.target(sentence("?", "B-X"))


@pytest.mark.parametrize("tag", ["B-X|junk", "B-Z|O", "B-X|", "S-X|O"])
def test_no_choice_is_dropped_in_silence(tag: str) -> None:
    task = Labelling("ner", ("X",), IOBES, IOB2, partial=True)
    with pytest.raises(
        TagSchemeError, match=r"^train\.conll:11: '.*' is no IOB2 tag of a label that the training data"
    ):
        task.target(sentence("?", tag))


def test_plain_tags_may_be_partial() -> None:
    task = Labelling.build([sentence("NOUN|VERB", "?", "ADJ")], "ner", PLAIN, PLAIN, partial=True)
    assert named(task, sentence("NOUN|VERB", "?")) == [{"NOUN", "VERB"}, {"ADJ", "NOUN", "VERB"}]
    with pytest.raises(TagSchemeError, match=r"'ADV' is no plain tag"):
        task.target(sentence("ADV|NOUN"))


def test_a_file_in_grobid_is_answered_in_grobid_and_labels_have_no_brackets() -> None:
    gold = sentence("I-<day>", "<day>", "I-<other>", "I-<other>", "I-<year>")
    task = Labelling.build([gold], "ner", inside=IOBES, outside=GROBID)
    assert task.labels == ("day", "year")
    ids = [task.tags.index(tag) for tag in ("B-day", "E-day", "O", "O", "S-year")]
    assert task.target(gold) == ids
    answer = only(task, gold, ids)
    assert answer.tags == ("I-<day>", "<day>", "I-<other>", "<other>", "I-<year>")
    assert answer.spans == (Span(0, 2, "day"), Span(4, 5, "year"))
    assert task.unseen([sentence("I-<day>", "I-<month>")]) == ["month"]
