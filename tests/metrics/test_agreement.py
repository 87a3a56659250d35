"""2,000 random sequences of each scheme, legal and not: the counts of SeqScore and of seqeval."""

from __future__ import annotations

import random
from typing import Any

import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1 as SEQEVAL_IOB1
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from seqeval.scheme import IOBES as SEQEVAL_IOBES
from seqeval.scheme import Entities

from taggers.metrics import PRF, SpanScores, score_spans, score_tags
from taggers.text.schemes import IOB1, IOB2, IOBES, Scheme, repair, scheme_tags

NUMBER = 2000
THEIRS: dict[str, Any] = {"IOB1": SEQEVAL_IOB1, "IOB2": SEQEVAL_IOB2, "IOBES": SEQEVAL_IOBES}


def draw(scheme: Scheme) -> list[tuple[list[str], list[str]]]:
    """Gold and predicted sequences; every second pair is legal."""
    generator = random.Random(scheme.name)
    tags = [*scheme_tags(["LOC", "PER", "a-b"], scheme), "O"]
    drawn = []
    for number in range(NUMBER):
        gold = generator.choices(tags, k=generator.randint(1, 12))
        predicted = [tag if generator.random() < 0.7 else generator.choice(tags) for tag in gold]
        drawn.append((repair(gold, scheme), repair(predicted, scheme)) if number % 2 else (gold, predicted))
    return drawn


def counted(gold: set[Any], predicted: set[Any], label: int) -> SpanScores:
    """The scores of two sets of spans, whose label stands at a place."""

    def prf(wanted: set[Any], found: set[Any]) -> PRF:
        return PRF.of(len(wanted), len(found), len(wanted & found))

    labels = sorted({span[label] for span in gold | predicted})
    own = {name: [{s for s in side if s[label] == name} for side in (gold, predicted)] for name in labels}
    return SpanScores(prf(gold, predicted), {name: prf(*sides) for name, sides in own.items()})


@pytest.mark.parametrize(("scheme", "name"), [(IOB1, "IOB"), (IOB2, "BIO")])
def test_lenient_counts_are_those_of_seqscore(scheme: Scheme, name: str) -> None:
    scoring = pytest.importorskip("seqscore.scoring")
    for gold, predicted in draw(scheme):
        lenient = score_tags([gold], [predicted], scheme).lenient
        theirs, accuracy = scoring.score_label_sequences([predicted], [gold], name, repair="conlleval")
        assert lenient is not None
        assert lenient.overall == of_seqscore(theirs), (gold, predicted)
        assert lenient.by_label == {k: of_seqscore(v) for k, v in sorted(theirs.type_scores.items())}
        assert score_tags([gold], [predicted], scheme).tokens.accuracy == accuracy.accuracy


def of_seqscore(score: Any) -> PRF:
    return PRF.of(score.total_ref, score.total_pos, score.true_pos)


@pytest.mark.parametrize("scheme", [IOB1, IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_lenient_counts_are_those_of_seqeval(scheme: Scheme) -> None:
    for gold, predicted in draw(scheme):
        expected = counted(set(get_entities(gold)), set(get_entities(predicted)), label=0)
        assert score_spans([gold], [predicted]) == expected, (gold, predicted)


@pytest.mark.parametrize("scheme", [IOB1, IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_strict_counts_are_those_of_seqeval(scheme: Scheme) -> None:
    pairs = draw(scheme)
    if scheme is IOB1:  # of illegal IOB1 seqeval reads something else: of B-X I-X at the start the second token alone
        pairs = [(repair(gold, scheme), repair(predicted, scheme)) for gold, predicted in pairs]
    for gold, predicted in pairs:
        own, other = (
            {span.to_tuple() for span in Entities([tags], THEIRS[scheme.name]).entities[0]}
            for tags in (gold, predicted)
        )
        expected = counted(own, other, label=1)
        assert score_spans([gold], [predicted], strict=scheme) == expected, (gold, predicted)
