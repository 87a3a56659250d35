"""Scores by group: by hand, and groups whose counts add up to the whole."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics import PRF, TrainingSpans, score_detail, score_spans
from taggers.metrics.breakdown import break_down
from taggers.text import Sentence, Source
from taggers.text.schemes import GROBID, IOB2

TRAINING = [
    Sentence(("Ada", "met", "Bo"), {"ner": ("B-PER", "O", "B-PER")}),
    Sentence(("Ada", "in", "Oslo"), {"ner": ("B-PER", "O", "B-LOC")}),
    Sentence(("New", "York"), {"ner": ("I-LOC", "I-LOC")}),  # read leniently
]
TEST = [
    Sentence(("Ada", "saw", "Oslo"), {}, source=Source("a", 1)),
    Sentence(("New", "York", "Bo"), {}, source=Source("a", 5)),
    Sentence(("Zoe",), {}, source=Source("a", 9), starts_document=True),
    Sentence(("Oslo",), {}, source=Source("b", 1)),
]
GOLD = [["B-PER", "O", "B-PER"], ["B-LOC", "I-LOC", "B-PER"], ["B-PER"], ["B-LOC"]]
PREDICTED = [["B-PER", "O", "B-LOC"], ["B-LOC", "O", "B-PER"], ["O"], ["B-LOC"]]
TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y"])


def spans(label: str = "ner") -> TrainingSpans:
    return TrainingSpans.of(TRAINING, label, IOB2)


def test_by_hand() -> None:
    known = [[True, False, True], [True, True, True], [False], [True]]
    found = score_detail(TEST, GOLD, PREDICTED, IOB2, known, spans()).breakdown
    assert found.by_length == {"1": PRF.of(5, 5, 3), "2": PRF.of(1, 0, 0)}
    # Zoe and (predicted) New: never; Oslo, Bo, New York: once; Ada: twice
    assert found.by_frequency == {"0": PRF.of(1, 1, 0), "1": PRF.of(4, 3, 2), "2 to 4": PRF.of(1, 1, 1)}
    assert found.by_seen == {
        "seen": PRF.of(4, 4, 3),
        "seen with other labels": PRF.of(1, 0, 0),  # Oslo, which is a place in training
        "unseen": PRF.of(1, 1, 0),
    }
    assert found.by_words == {"known words alone": PRF.of(5, 5, 3), "with an unknown word": PRF.of(1, 0, 0)}
    assert found.by_document == {"a:1": PRF.of(4, 4, 2), "a:9": PRF.of(1, 0, 0), "b:1": PRF.of(1, 1, 1)}


def test_what_needs_training_data_is_left_out_and_said_without_it() -> None:
    found = score_detail(TEST, GOLD, PREDICTED, IOB2).breakdown
    assert (found.by_frequency, found.by_seen, found.by_words) == (None, None, None)
    assert found.to_json()["seen"] is None
    said = "left out without training data: times in training, surface in training, words of the span"
    assert found.to_table().splitlines()[-1] == said
    found = score_detail(TEST, GOLD, PREDICTED, IOB2, training=spans()).breakdown
    assert found.to_table().splitlines()[-1] == "left out without training data: words of the span"


def test_one_document_is_no_group() -> None:
    assert score_detail(TEST[:2], GOLD[:2], PREDICTED[:2], IOB2).breakdown.by_document is None


def test_of_many_documents_a_table_shows_the_worst() -> None:
    sentences = [Sentence(("a",), source=Source("f", 1 + 2 * n), starts_document=True) for n in range(12)]
    predicted = [["O"] if n == 11 else ["B-X"] for n in range(12)]
    found = score_detail(sentences, [["B-X"]] * 12, predicted, IOB2).breakdown
    lines = found.to_table().split("\n\n")[1].splitlines()
    assert lines[0].startswith("worst 10 of 12 documents  precision")
    assert lines[1].split()[:2] == ["f:23", "0.00"]
    assert len(lines) == 11
    assert found.by_document is not None
    assert len(found.by_document) == 12


@given(st.lists(st.lists(st.tuples(TAGS, TAGS, st.sampled_from("abc"), st.booleans()), min_size=1), max_size=5))
def test_groups_add_up_to_the_whole(rows: list[list[tuple[str, str, str, bool]]]) -> None:
    sentences = [
        Sentence(tuple(t for _, _, t, _ in row), {"ner": tuple(g for g, _, _, _ in row)}, source=Source("a", n))
        for n, row in enumerate(rows, start=1)
    ]
    gold, predicted = [[g for g, _, _, _ in row] for row in rows], [[p for _, p, _, _ in row] for row in rows]
    known = [[k for _, _, _, k in row] for row in rows]
    training = TrainingSpans.of(sentences[::2], "ner", IOB2)
    detail = score_detail(sentences, gold, predicted, IOB2, known, training)
    overall = score_spans(gold, predicted).overall
    found = detail.breakdown
    for groups in (found.by_length, found.by_frequency, found.by_seen, found.by_words):
        assert groups is not None
        sums = (sum(getattr(prf, side) for prf in groups.values()) for side in ("gold", "predicted", "correct"))
        assert PRF.of(*sums) == overall
    assert json.loads(json.dumps(detail.to_json())) == detail.to_json()


def test_grobids_letters_are_the_usual_ones() -> None:
    tags = [["I-<day>", "<day>", "I-<other>"]]
    sentence = Sentence(("1", "May", "."), {"tag": tuple(tags[0])})
    training = TrainingSpans.of([sentence], "tag", GROBID)
    detail = score_detail([sentence], tags, tags, GROBID, training=training)
    assert detail.conlleval.correct == {"day": 1}
    assert detail.breakdown.by_seen == {"seen": PRF.of(1, 1, 1)}


def test_no_spans_are_no_groups() -> None:
    found = break_down([], [], [])
    assert found.by_length == {}
    assert found.to_table().startswith("tokens in the span")
