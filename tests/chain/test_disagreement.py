"""Where two sequences of tags part, and how probable both are there, against all legal sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from taggers.chain import posterior, viterbi
from taggers.chain.disagreement import Disagreements, disagreements
from taggers.tasks.labelling import Labelling
from taggers.tasks.span_tags import span_tags
from taggers.text import Span
from taggers.text.schemes import BILOU, IOB2, IOBES, PLAIN, Scheme, encode
from tests.chain.test_spans import Case, case_of, enumerate_legal, scored, task_of


def ids(task: Labelling, tags: list[str]) -> np.ndarray:
    return np.array([task.tags.index(tag) for tag in tags], dtype=np.int32)


def found(case: Case, given: list[str], best: list[str]) -> Disagreements:
    task = case.task
    known = posterior(case.chain, case.emissions, [0, len(case.emissions)])
    spans = None if task.inside is PLAIN else span_tags(task.tags, task.inside)
    return disagreements(known, ids(task, given), ids(task, best), spans)


def share(every: Sequence[tuple[tuple[str, ...], float]], tags: Sequence[str], begin: int, end: int) -> float:
    """The probability of some tags in a stretch, added up over all legal sequences."""
    return float(sum(p for path, p in every if path[begin:end] == tuple(tags[begin:end])))


@pytest.mark.parametrize("scheme", [IOB2, IOBES, BILOU], ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("size", [0.3, 3.0])
def test_probabilities_equal_enumeration(scheme: Scheme, size: float, implementation: str) -> None:
    for seed in range(4):
        case = case_of(scheme, 4, seed, size)
        best, _ = viterbi(case.chain, case.emissions, [0, 4])
        best_tags = [case.task.tags[tag] for tag in best]
        every = list(zip(*enumerate_legal(*case), strict=True))
        for given, _ in every[::7]:
            parted = found(case, list(given), best_tags)
            for n, (begin, end) in enumerate(zip(parted.begin.tolist(), parted.end.tolist(), strict=True)):
                assert np.exp(parted.given[n]) == pytest.approx(share(every, given, begin, end), abs=1e-12)
                assert np.exp(parted.best[n]) == pytest.approx(share(every, best_tags, begin, end), abs=1e-12)


A, B = "A", "B"


@pytest.mark.parametrize(
    ("given", "best", "stretches"),
    [
        ([], [], []),
        ([Span(0, 2, A)], [Span(0, 2, A)], []),
        ([Span(0, 2, A)], [], [(0, 2)]),
        ([], [Span(1, 3, A)], [(1, 3)]),
        ([Span(0, 2, A)], [Span(0, 2, B)], [(0, 2)]),
        ([Span(0, 2, A)], [Span(1, 4, A)], [(0, 4)]),
        ([Span(0, 4, A)], [Span(0, 1, A), Span(2, 4, B)], [(0, 4)]),
        ([Span(0, 2, A), Span(2, 4, A)], [Span(0, 2, B), Span(2, 4, B)], [(0, 2), (2, 4)]),
        ([Span(0, 2, A), Span(3, 5, A)], [Span(1, 4, A)], [(0, 5)]),
        ([Span(0, 1, A), Span(4, 5, B)], [Span(0, 1, A), Span(2, 3, A)], [(2, 3), (4, 5)]),
    ],
)
@pytest.mark.parametrize("scheme", [IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_spans_that_differ_and_overlap_are_one_stretch(
    scheme: Scheme, given: list[Span], best: list[Span], stretches: list[tuple[int, int]]
) -> None:
    task = task_of(scheme)
    rng = np.random.default_rng(1)
    case = Case(task, scored(task, rng, 1.0), rng.normal(size=(5, len(task.tags))))
    parted = found(case, encode(given, 5, scheme), encode(best, 5, scheme))
    assert list(zip(parted.begin.tolist(), parted.end.tolist(), strict=True)) == stretches


def test_plain_tags_part_token_by_token() -> None:
    task = Labelling("upos", ("N", "V"), PLAIN, PLAIN)
    rng = np.random.default_rng(1)
    case = Case(task, scored(task, rng, 1.0), rng.normal(size=(4, 2)))
    parted = found(case, ["N", "N", "V", "N"], ["V", "V", "V", "V"])
    assert (parted.begin.tolist(), parted.end.tolist()) == ([0, 1, 3], [1, 2, 4])


def test_sentences_stand_for_themselves() -> None:
    case = case_of(IOBES, 4, 3, 1.0)
    tags, other = encode([Span(0, 2, A), Span(3, 4, A)], 4, IOBES), encode([], 4, IOBES)
    alone = found(case, tags, other)
    spans = span_tags(case.task.tags, IOBES)
    twice = posterior(case.chain, np.concatenate([case.emissions] * 2), [0, 4, 8])
    both = disagreements(twice, ids(case.task, tags * 2), ids(case.task, other * 2), spans)
    assert both.begin.tolist() == [*alone.begin.tolist(), *(alone.begin + 4).tolist()]
    assert both.given == pytest.approx(np.tile(alone.given, 2))
    assert both.best == pytest.approx(np.tile(alone.best, 2))


def test_what_is_all_but_impossible_has_finite_odds() -> None:
    task = Labelling("upos", ("N", "V"), PLAIN, PLAIN)
    case = Case(task, scored(task, np.random.default_rng(1), 0.0), np.array([[900.0, -900.0]] * 2))
    parted = found(case, ["V", "V"], ["N", "N"])
    assert np.isfinite(parted.given).all()
    assert (parted.best - parted.given > 500).all()
