"""Span scores: seqeval is the oracle, the CoNLL scorer's rules the hand-made cases."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import BILOU as SEQEVAL_BILOU
from seqeval.scheme import IOB1 as SEQEVAL_IOB1
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from seqeval.scheme import IOBES as SEQEVAL_IOBES
from seqeval.scheme import IOE2 as SEQEVAL_IOE2

from taggers.metrics import PRF, SpanScores, score_spans
from taggers.text.schemes import BILOU, IOB1, IOB2, IOBES, IOE, Scheme, repair

Pair = tuple[list[str], list[str]]


@st.composite
def pairs(draw: st.DrawFn, prefixes: str) -> list[Pair]:
    """Random gold and predicted tags, of equal lengths, legal or not."""
    tags = st.sampled_from(["O", *(f"{p}-{label}" for p in prefixes for label in ("X", "Y"))])
    drawn = []
    for length in draw(st.lists(st.integers(1, 8), min_size=1, max_size=4)):
        sentence = st.lists(tags, min_size=length, max_size=length)
        drawn.append((draw(sentence), draw(sentence)))
    return drawn


def seqeval_report(examples: list[Pair], **options: Any) -> dict[str, Any]:
    gold, predicted = [list(g) for g, _ in examples], [list(p) for _, p in examples]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where it divides by zero
        report: dict[str, Any] = classification_report(gold, predicted, output_dict=True, zero_division=0, **options)
    return report


def check_against(ours: SpanScores, report: dict[str, Any]) -> None:
    for label, prf in [*ours.by_label.items(), ("micro avg", ours.overall)]:
        theirs = report[label]
        for name, score in (("precision", prf.precision), ("recall", prf.recall), ("f1-score", prf.f1)):
            assert math.isclose(score, theirs[name], abs_tol=1e-12), (label, name)
        assert prf.gold == theirs["support"]
    assert set(ours.by_label) == set(report) - {"micro avg", "macro avg", "weighted avg"}


def has_spans(examples: list[Pair]) -> bool:
    """seqeval's report crashes where there is no span at all."""
    return any(tag != "O" for g, p in examples for tag in (*g, *p))


@given(st.sampled_from(["BI", "IE", "BIES", "BILU"]).flatmap(lambda prefixes: pairs(prefixes)))
def test_lenient_scores_are_those_of_seqeval(examples: list[Pair]) -> None:
    # seqeval knows no L and U here: it reads them as inside, and so do we once they are spelt as E and S.
    spelt = [([_iobes(t) for t in g], [_iobes(t) for t in p]) for g, p in examples]
    ours = score_spans([g for g, _ in examples], [p for _, p in examples])
    if has_spans(examples):
        check_against(ours, seqeval_report(spelt))
    else:
        assert ours == SpanScores(PRF.of(0, 0, 0), {})


def _iobes(tag: str) -> str:
    return {"L": "E", "U": "S"}.get(tag[0], tag[0]) + tag[1:]


STRICT = [
    (IOB2, SEQEVAL_IOB2, "BI"),
    (IOBES, SEQEVAL_IOBES, "BIES"),
    (BILOU, SEQEVAL_BILOU, "BILU"),
    (IOE, SEQEVAL_IOE2, "IE"),
]


@settings(max_examples=150)
@given(st.sampled_from(STRICT).flatmap(lambda case: st.tuples(st.just(case), pairs(case[2]))))
def test_strict_scores_are_those_of_seqeval(drawn: tuple[tuple[Scheme, type, str], list[Pair]]) -> None:
    (scheme, theirs, _), examples = drawn
    ours = score_spans([g for g, _ in examples], [p for _, p in examples], strict=scheme)
    report = seqeval_report(examples, mode="strict", scheme=theirs)
    if ours.by_label:
        check_against(ours, report)
    else:
        assert set(report) <= {"micro avg", "macro avg", "weighted avg"}


@given(pairs("BI"))
def test_strict_scores_of_legal_iob1_are_those_of_seqeval(examples: list[Pair]) -> None:
    # Of illegal IOB1 seqeval reads something else: of B-X I-X at the start the second token alone, for example.
    legal = [(repair(g, IOB1), repair(p, IOB1)) for g, p in examples]
    ours = score_spans([g for g, _ in legal], [p for _, p in legal], strict=IOB1)
    if has_spans(legal):
        check_against(ours, seqeval_report(legal, mode="strict", scheme=SEQEVAL_IOB1))
    assert ours == score_spans([g for g, _ in legal], [p for _, p in legal])


@pytest.mark.parametrize(
    ("gold", "predicted", "counts"),
    [
        ("O I-X I-X", "O B-X I-X", (1, 1, 1)),  # I after O begins a span, as conlleval reads
        ("B-X I-X", "B-X B-X", (1, 2, 0)),
        ("B-X B-X", "B-X I-X", (2, 1, 0)),
        ("B-X I-Y", "B-X O", (2, 1, 1)),
        ("I-X I-Y", "B-X B-Y", (2, 2, 2)),
        ("B-X I-X O", "B-X I-X I-X", (1, 1, 0)),  # half a span is none
        ("B-X", "B-Y", (1, 1, 0)),
        ("S-X B-X E-X", "B-X B-X I-X", (2, 2, 2)),  # across schemes
        ("O O", "O O", (0, 0, 0)),
        ("B I O", "B I O", (1, 1, 1)),  # no labels
        ("B-a-b", "B-a-b", (1, 1, 1)),
    ],
)
def test_counts_by_hand(gold: str, predicted: str, counts: tuple[int, int, int]) -> None:
    overall = score_spans([gold.split()], [predicted.split()]).overall
    assert (overall.gold, overall.predicted, overall.correct) == counts


def test_spans_of_different_sentences_are_different() -> None:
    scores = score_spans([["B-X"], ["O"]], [["O"], ["B-X"]])
    assert scores.overall.correct == 0


def test_nothing_predicted_is_zero_not_minus_one() -> None:
    assert score_spans([["B-X"]], [["O"]]).overall == PRF(0.0, 0.0, 0.0, 1, 0, 0)
    assert score_spans([["O"]], [["O"]]).overall == PRF(0.0, 0.0, 0.0, 0, 0, 0)
    assert score_spans([], []) == SpanScores(PRF.of(0, 0, 0), {})


def test_a_label_that_training_has_not_counts_as_missed() -> None:
    scores = score_spans([["B-NEW", "B-PER"]], [["O", "B-PER"]])
    assert scores.by_label["NEW"] == PRF(0.0, 0.0, 0.0, 1, 0, 0)
    assert scores.overall.recall == 0.5


def test_strict_and_lenient_differ_where_spelling_does() -> None:
    gold, predicted = [["B-X", "I-X", "O", "B-X"]], [["I-X", "I-X", "O", "B-X"]]
    assert score_spans(gold, predicted).overall.correct == 2
    strict = score_spans(gold, predicted, strict=IOB2).overall
    assert (strict.gold, strict.predicted, strict.correct) == (2, 1, 1)


@pytest.mark.parametrize(("gold", "predicted"), [([["O"]], [["O", "O"]]), ([["O"]], []), ([["O", "O"]], [["B-X"]])])
def test_tags_of_other_lengths_are_refused(gold: list[list[str]], predicted: list[list[str]]) -> None:
    with pytest.raises(ValueError, match=r"gold tags|zip"):
        score_spans(gold, predicted)
