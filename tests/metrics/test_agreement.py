"""2,000 random pairs of files in each scheme, every second one legal: the counts of SeqScore and of seqeval."""

from __future__ import annotations

import io
import random
from typing import Any, NamedTuple

import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1 as SEQEVAL_IOB1
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from seqeval.scheme import IOBES as SEQEVAL_IOBES
from seqeval.scheme import Entities

from taggers.formats import ColumnFormat
from taggers.formats.columns import read_columns
from taggers.metrics import PRF, SpanScores, score_spans, score_tags
from taggers.metrics.conlleval import count_as_conlleval
from taggers.text.schemes import IOB1, IOB2, IOBES, Scheme, repair, scheme_tags, violations

NUMBER = 2000
THEIRS: dict[str, Any] = {"IOB1": SEQEVAL_IOB1, "IOB2": SEQEVAL_IOB2, "IOBES": SEQEVAL_IOBES}
Tags = list[list[str]]


class Pair(NamedTuple):
    """The tags of a gold and of a predicted file, and whether both follow their scheme."""

    gold: Tags
    predicted: Tags
    legal: bool


def draw(scheme: Scheme) -> list[Pair]:
    """Pairs of files of one to four sentences, written and read."""
    generator = random.Random(scheme.name)
    tags = [*scheme_tags(["LOC", "PER", "a-b"], scheme), "O"]
    drawn = []
    for number in range(NUMBER):
        gold = [generator.choices(tags, k=generator.randint(1, 12)) for _ in range(generator.randint(1, 4))]
        predicted = [[t if generator.random() < 0.7 else generator.choice(tags) for t in some] for some in gold]
        legal = bool(number % 2)
        if legal:
            gold, predicted = ([repair(some, scheme) for some in side] for side in (gold, predicted))
        drawn.append(Pair(through_a_file(gold), through_a_file(predicted), legal))
    assert any(violations(some, scheme) for pair in drawn for some in pair.gold)
    return drawn


def through_a_file(tags: Tags) -> Tags:
    """The tags as they are read from a file that holds them."""
    text = "".join("".join(f"word {tag}\n" for tag in some) + "\n" for some in tags)
    return [list(sentence.layers["tag"]) for sentence in read_columns(io.BytesIO(text.encode()), ColumnFormat())]


def counted(gold: set[Any], predicted: set[Any], label: int) -> SpanScores:
    """The scores of two sets of spans, whose label stands at a place."""

    def prf(wanted: set[Any], found: set[Any]) -> PRF:
        return PRF.of(len(wanted), len(found), len(wanted & found))

    labels = sorted({span[label] for span in gold | predicted})
    own = {name: [{s for s in side if s[label] == name} for side in (gold, predicted)] for name in labels}
    return SpanScores(prf(gold, predicted), {name: prf(*sides) for name, sides in own.items()})


@pytest.mark.parametrize(("scheme", "name"), [(IOB1, "IOB"), (IOB2, "BIO"), (IOBES, "BIOES")])
def test_lenient_counts_are_those_of_seqscore(scheme: Scheme, name: str) -> None:
    scoring = pytest.importorskip("seqscore.scoring")
    compared = 0
    for gold, predicted, legal in draw(scheme):
        if scheme is IOBES and not legal:
            continue  # which SeqScore repairs in no way
        compared += 1
        scores = score_tags(gold, predicted, scheme)
        theirs, accuracy = scoring.score_label_sequences(predicted, gold, name, repair="conlleval")
        assert scores.lenient is not None
        assert scores.lenient.overall == of_seqscore(theirs), (gold, predicted)
        assert scores.lenient.by_label == {k: of_seqscore(v) for k, v in sorted(theirs.type_scores.items())}
        assert scores.tokens.accuracy == accuracy.accuracy
    assert compared == (NUMBER // 2 if scheme is IOBES else NUMBER)


def of_seqscore(score: Any) -> PRF:
    return PRF.of(score.total_ref, score.total_pos, score.true_pos)


@pytest.mark.parametrize("scheme", [IOB1, IOB2])
def test_lenient_counts_are_those_of_conlleval(scheme: Scheme) -> None:
    for gold, predicted, _ in draw(scheme):
        theirs = count_as_conlleval(gold, predicted)
        assert score_spans(gold, predicted) == SpanScores(theirs.overall, theirs.by_label), (gold, predicted)


@pytest.mark.parametrize("scheme", [IOB1, IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_lenient_counts_are_those_of_seqeval(scheme: Scheme) -> None:
    for gold, predicted, _ in draw(scheme):
        expected = counted(set(get_entities(gold)), set(get_entities(predicted)), label=0)
        assert score_spans(gold, predicted) == expected, (gold, predicted)


@pytest.mark.parametrize("scheme", [IOB1, IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_strict_counts_are_those_of_seqeval(scheme: Scheme) -> None:
    for gold, predicted, _ in draw(scheme):
        if scheme is IOB1:  # of illegal IOB1 seqeval reads something else: of B-X I-X at the start the second alone
            gold, predicted = ([repair(some, scheme) for some in side] for side in (gold, predicted))
        own, other = (
            {span.to_tuple() for spans in Entities(side, THEIRS[scheme.name]).entities for span in spans}
            for side in (gold, predicted)
        )
        expected = counted(own, other, label=1)
        assert score_spans(gold, predicted, strict=scheme) == expected, (gold, predicted)
