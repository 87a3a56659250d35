"""Posteriors of spans, candidates, whole paths and decisions of least risk, against all legal sequences."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taggers.chain import Chain, k_best, marginals, posterior
from taggers.chain.arrays import Floats
from taggers.chain.risk import least_risk, most_expected
from taggers.chain.span_tags import Marked
from taggers.chain.spans import Candidates, candidates, span_probabilities
from taggers.chain.temperatures import Temperatures
from taggers.tasks.labelling import Labelling
from taggers.tasks.span_tags import span_tags
from taggers.text import Span
from taggers.text.schemes import BILOU, BMES, IOB1, IOB2, IOBES, IOE, PLAIN, Scheme, decode, legal

INSIDE = (IOB1, IOB2, IOE, IOBES, BMES, BILOU)  # that may stand inside a model
Sequenced = tuple[list[tuple[str, ...]], Floats]


def task_of(scheme: Scheme, labels: Sequence[str] = ("A", "B")) -> Labelling:
    return Labelling("ner", tuple(labels), scheme, scheme)


def scored(task: Labelling, rng: np.random.Generator, size: float) -> Chain:
    rules, number = task.constraints, len(task.tags)
    return Chain(
        rules.start + rng.normal(size=number) * size,
        rules.transitions + rng.normal(size=(number, number)) * size,
        rules.end + rng.normal(size=number) * size,
    )


def enumerate_legal(task: Labelling, chain: Chain, emissions: Floats) -> Sequenced:
    """Every legal sequence of tags and its probability, added up path by path."""
    found, scores = [], []
    for path in itertools.product(range(len(task.tags)), repeat=len(emissions)):
        tags = [None, *(task.tags[i] for i in path), None]
        if not all(legal(task.inside, a, b) for a, b in itertools.pairwise(tags)):
            continue
        parts = [chain.start[path[0]], chain.end[path[-1]], *(row[i] for row, i in zip(emissions, path, strict=True))]
        parts += [chain.transitions[a, b] for a, b in itertools.pairwise(path)]
        found.append(tuple(task.tags[i] for i in path))
        scores.append(parts)
    # Of extreme scores only differences to the best path tell: each is taken off before anything small is added.
    exact = np.array(scores)
    best = exact[exact.sum(axis=1).argmax()]
    relative = np.array([sum(sorted(row - best, key=abs, reverse=True)) for row in exact])
    weights = np.exp(relative - relative.max())
    return found, weights / weights.sum()


def span_shares(sequences: Sequenced) -> dict[Span, float]:
    shares: dict[Span, float] = defaultdict(float)
    for tags, share in zip(*sequences, strict=True):
        for span in decode(tags):
            shares[span] += share
    return shares


def every_span(length: int, labels: Sequence[str]) -> list[Span]:
    return [Span(a, b, label) for a in range(length) for b in range(a + 1, length + 1) for label in labels]


def marked(spans: Sequence[Span], labels: Sequence[str], offset: int = 0) -> Marked:
    rows = np.array([(s.start + offset, s.end + offset, labels.index(s.label)) for s in spans]).reshape(-1, 3)
    return Marked(rows[:, 0], rows[:, 1], rows[:, 2])


class Case(NamedTuple):
    """One sentence of a random model."""

    task: Labelling
    chain: Chain
    emissions: Floats


def case_of(scheme: Scheme, length: int, seed: int, size: float) -> Case:
    task = task_of(scheme, ("A", "B") if length < 5 or len(scheme.prefixes) < 4 else ("A",))
    rng = np.random.default_rng(seed)
    return Case(task, scored(task, rng, size), rng.normal(size=(length, len(task.tags))) * size)


@pytest.mark.parametrize("scheme", INSIDE, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("size", [0.3, 3.0, 40.0])
def test_span_posteriors_equal_enumeration(scheme: Scheme, size: float, implementation: str) -> None:
    for length in range(1, 5):
        case = case_of(scheme, length, length, size)
        shares = span_shares(enumerate_legal(*case))
        spans = every_span(length, case.task.labels)
        known = posterior(case.chain, case.emissions, [0, length])
        found = span_probabilities(known, span_tags(case.task.tags, scheme), marked(spans, case.task.labels))
        assert found == pytest.approx([shares[s] for s in spans], abs=1e-12)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scheme=st.sampled_from(INSIDE),
    length=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    size=st.sampled_from([0.0, 0.1, 1.0, 10.0, 300.0]),
    threshold=st.sampled_from([1e-9, 0.01, 0.05, 0.3, 0.9]),
)
def test_candidates_are_all_spans_above_the_threshold(
    scheme: Scheme, length: int, seed: int, size: float, threshold: float
) -> None:
    case = case_of(scheme, length, seed, size)
    shares = {s: p for s, p in span_shares(enumerate_legal(*case)).items() if abs(p - threshold) > 1e-10}
    found = candidates(posterior(case.chain, case.emissions, [0, length]), span_tags(case.task.tags, scheme), threshold)
    rows = zip(found.spans.begin, found.spans.end, found.spans.label, found.probability, strict=True)
    listed = {Span(int(a), int(b), case.task.labels[i]): p for a, b, i, p in rows if abs(p - threshold) > 1e-10}
    assert len(found.probability) >= len(listed)
    assert listed == pytest.approx({s: p for s, p in shares.items() if p >= threshold}, abs=1e-11)
    covered = np.zeros(length)
    for span, probability in listed.items():
        covered[span.start : span.end] += probability
    assert covered.max() <= 1.0 + 1e-9
    order = list(zip(found.spans.end, found.spans.begin, found.spans.label, strict=True))
    assert order == sorted(order)


@pytest.mark.parametrize("scheme", INSIDE, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("extreme", [1e4, 1e15, 1e30])
def test_extreme_scores_lose_nothing(scheme: Scheme, extreme: float, implementation: str) -> None:
    """A tag forced by a score of any size leaves the rest of the sentence as probable as it was."""
    task = task_of(scheme)
    rng = np.random.default_rng(3)
    chain, emissions = scored(task, rng, 1.0), rng.normal(size=(3, len(task.tags)))
    through = [(t, p) for t, p in zip(*enumerate_legal(task, chain, emissions), strict=True) if t[1] == "O"]
    total = sum(p for _, p in through)
    shares = span_shares(([t for t, _ in through], np.array([p / total for _, p in through])))
    emissions[1] = np.where(np.array(task.tags) == "O", extreme, -extreme)
    spans = every_span(3, task.labels)
    known = posterior(chain, emissions, [0, 3])
    found = span_probabilities(known, span_tags(task.tags, scheme), marked(spans, task.labels))
    assert found == pytest.approx([shares[s] for s in spans], abs=1e-12)


def test_sentences_do_not_mix(implementation: str) -> None:
    task = task_of(IOB1)
    tags = span_tags(task.tags, IOB1)
    rng = np.random.default_rng(5)
    chain, lengths = scored(task, rng, 1.0), [3, 0, 1, 4, 0]
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    emissions = rng.normal(size=(offsets[-1], len(task.tags)))
    found = candidates(posterior(chain, emissions, offsets), tags, 0.02)
    alone = []
    for first, stop in itertools.pairwise(offsets.tolist()):
        own = candidates(posterior(chain, emissions[first:stop], [0, stop - first]), tags, 0.02)
        rows = zip(own.spans.begin + first, own.spans.end + first, own.spans.label, own.probability, strict=True)
        alone += list(rows)
    together = zip(found.spans.begin, found.spans.end, found.spans.label, found.probability, strict=True)
    for (*span, probability), (*expected, likely) in zip(together, alone, strict=True):
        assert span == expected
        assert probability == pytest.approx(likely, abs=1e-12)


def test_a_sentence_without_a_legal_path_has_no_spans(implementation: str) -> None:
    task = task_of(IOBES)
    emissions = np.zeros((5, len(task.tags)))
    emissions[1:4] = -np.inf
    known = posterior(task.constraints, emissions, [0, 3, 5])
    spans = [*every_span(3, task.labels), *(Span(s.start + 3, s.end + 3, s.label) for s in every_span(2, task.labels))]
    found = span_probabilities(known, span_tags(task.tags, IOBES), marked(spans, task.labels))
    assert not found.any()
    assert len(candidates(known, span_tags(task.tags, IOBES), 1e-9).probability) == 0


def test_float32_emissions_are_told_in_float64(implementation: str) -> None:
    case = case_of(IOBES, 4, 1, 2.0)
    narrow = case.emissions.astype(np.float32)
    spans = marked(every_span(4, case.task.labels), case.task.labels)
    tags = span_tags(case.task.tags, IOBES)
    wide = span_probabilities(posterior(case.chain, narrow.astype(np.float64), [0, 4]), tags, spans)
    assert span_probabilities(posterior(case.chain, narrow, [0, 4]), tags, spans).tolist() == wide.tolist()


def test_marginals_are_those_of_the_gradient(implementation: str) -> None:
    case = case_of(IOBES, 4, 2, 2.0)
    known = posterior(case.chain, case.emissions, [0, 4])
    assert known.marginals == pytest.approx(marginals(case.chain, case.emissions, [0, 4]), abs=1e-12)


@pytest.mark.parametrize("scheme", [*INSIDE, PLAIN], ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("size", [0.5, 20.0])
def test_paths_have_their_share(scheme: Scheme, size: float, implementation: str) -> None:
    task = task_of(scheme)
    rng = np.random.default_rng(7)
    chain, emissions = scored(task, rng, size), rng.normal(size=(3, len(task.tags))) * size
    shares = dict(zip(*enumerate_legal(task, chain, emissions), strict=True))
    known = posterior(chain, np.concatenate((emissions[:1], emissions)), [0, 1, 4])
    paths, _ = k_best(chain, emissions, 8)
    found = known.of_paths(1, paths)
    assert found == pytest.approx([shares[tuple(task.tags[i] for i in path)] for path in paths], abs=1e-12)
    assert found == pytest.approx(sorted(shares.values(), reverse=True)[: len(found)], abs=1e-12)
    every = np.array(list(itertools.product(range(len(task.tags)), repeat=3)), dtype=np.int32)
    assert known.of_paths(1, every).sum() == pytest.approx(1.0)
    assert known.of_paths(0, np.array([[0]], dtype=np.int32)).shape == (1,)


def sets_of(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """Every set of spans of which none overlap."""
    sets: list[tuple[Span, ...]] = [()]
    for span in spans:
        sets += [(*one, span) for one in sets if all(o.end <= span.start or span.end <= o.start for o in one)]
    return sets


@settings(deadline=None, max_examples=60)
@given(
    scheme=st.sampled_from(INSIDE),
    length=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    size=st.sampled_from([0.0, 1.0, 3.0]),
    threshold=st.sampled_from([0.01, 0.1, 0.25, 0.5, 0.8]),
)
def test_decisions_of_least_risk_are_the_best_of_all_sets(
    scheme: Scheme, length: int, seed: int, size: float, threshold: float
) -> None:
    case = case_of(scheme, length, seed, size)
    shares = span_shares(enumerate_legal(*case))
    known = posterior(case.chain, case.emissions, [0, length])
    tags = span_tags(case.task.tags, scheme)
    found = candidates(known, tags, threshold)
    said = found.chosen(least_risk(found, threshold))
    possible = sets_of([s for s in every_span(length, case.task.labels) if shares[s] > threshold])
    best = max(sum(shares[s] - threshold for s in one) for one in possible)
    assert (said.probability - threshold).sum() == pytest.approx(best, abs=1e-10)
    ids = tags.spell(said.spans, known.is_first)
    spelt = [case.task.tags[i] for i in ids]
    assert all(legal(scheme, a, b) for a, b in itertools.pairwise([None, *spelt, None]))
    rows = zip(said.spans.begin, said.spans.end, said.spans.label, strict=True)
    assert decode(spelt) == [Span(int(a), int(b), case.task.labels[i]) for a, b, i in rows]


def test_spans_of_the_cheapest_set_do_not_overlap_where_probabilities_tie() -> None:
    spans = Marked(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([0, 0, 0]))
    ties = Candidates(spans, np.nextafter(np.full(3, 0.5), 1.0))
    assert least_risk(ties, 0.5).tolist() == [0, 2]


@pytest.mark.parametrize("scheme", INSIDE, ids=lambda scheme: scheme.name)
def test_spans_side_by_side_are_spelt_as_the_scheme_has_them(scheme: Scheme) -> None:
    task = task_of(scheme)
    spans = [Span(0, 1, "A"), Span(1, 3, "A"), Span(3, 4, "A"), Span(4, 6, "B"), Span(6, 7, "B"), Span(7, 8, "B")]
    is_first = np.isin(np.arange(9), [0, 7])  # another sentence begins with the last span
    ids = span_tags(task.tags, scheme).spell(marked(spans, task.labels), is_first)
    spelt = [task.tags[i] for i in ids]
    for part, own in ((slice(0, 7), spans[:5]), (slice(7, 9), [Span(0, 1, "B")])):
        assert decode(spelt[part]) == own
        assert all(legal(scheme, a, b) for a, b in itertools.pairwise([None, *spelt[part], None]))


def test_most_expected_tags_equal_enumeration(implementation: str) -> None:
    rng = np.random.default_rng(11)
    task = Labelling("upos", ("ADJ", "NOUN", "VERB"), PLAIN, PLAIN)
    chain = scored(task, rng, 2.0).restricted(transitions_allowed=rng.random((3, 3)) < 0.7)
    emissions = rng.normal(size=(4, 3))
    known = posterior(chain, emissions, [0, 4])
    finite = {
        path: sum(known.marginals[step, tag] for step, tag in enumerate(path))
        for path in itertools.product(range(3), repeat=4)
        if np.isfinite([chain.transitions[a, b] for a, b in itertools.pairwise(path)]).all()
    }
    assert tuple(most_expected(known).tolist()) == max(finite, key=finite.__getitem__)


def test_temperatures_divide_and_keep_what_is_forbidden() -> None:
    case = case_of(IOBES, 3, 4, 2.0)
    milder = Temperatures(emissions=2.0, transitions=4.0)
    chain, emissions = milder.scale_chain(case.chain), milder.scale_emissions(case.emissions)
    assert (np.isneginf(chain.transitions) == np.isneginf(case.chain.transitions)).all()
    shares = span_shares(enumerate_legal(case.task, chain, emissions))
    by_hand = span_shares(
        enumerate_legal(
            case.task,
            Chain(case.chain.start / 4.0, case.chain.transitions / 4.0, case.chain.end / 4.0),
            case.emissions / 2.0,
        )
    )
    assert shares == pytest.approx(by_hand)
    assert Temperatures().scale_chain(case.chain) is case.chain
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="temperature of emissions: expected a positive number"):
            Temperatures(emissions=wrong)


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.5, float("nan")])
def test_thresholds_that_cannot_be_are_refused(threshold: float) -> None:
    case = case_of(IOB2, 2, 1, 1.0)
    with pytest.raises(ValueError, match="least probability of a candidate: expected more than 0"):
        candidates(posterior(case.chain, case.emissions, [0, 2]), span_tags(case.task.tags, IOB2), threshold)


def test_of_a_model_that_has_seen_no_span_there_is_none() -> None:
    task = Labelling("ner", (), IOBES, IOB2)
    tags = span_tags(task.tags, IOBES)
    known = posterior(task.constraints, np.zeros((3, 1)), [0, 1, 3])
    assert len(candidates(known, tags, 0.01).probability) == 0
    assert len(tags.read(np.zeros(3, dtype=np.int32), known.is_first).begin) == 0
    assert tags.spell(marked([], ()), known.is_first).tolist() == [0, 0, 0]
