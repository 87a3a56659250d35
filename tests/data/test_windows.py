"""Long sequences in windows: every token is scored once, nothing is cut inside a span, and decoding sees the whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from taggers.chain import Chain
from taggers.data.batch import Targets
from taggers.data.cutting import cut_sequence, for_training, places_to_cut
from taggers.data.features import Ints
from taggers.data.indexer import Indexer
from taggers.data.targets import index_targets
from taggers.data.windows import Windows
from taggers.engine import decode
from taggers.engine.interface import Reading
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence
from taggers.text.schemes import IOB2, IOBES, violations

windows = st.builds(Windows, st.integers(1, 12), st.sampled_from([0.0, 0.1, 0.25, 0.5]))


def sentences_of(lengths: list[int]) -> list[Sentence]:
    return [Sentence(tuple(f"w{i}" for i in range(length))) for length in lengths]


@given(windows, st.integers(1, 60))
def test_windows_cover_a_sequence_in_order_and_none_is_longer_than_asked(some: Windows, length: int) -> None:
    spans = some.over(length)
    assert (spans[0][0], spans[-1][1]) == (0, length)
    assert all(end - start == min(some.length, length) for start, end in spans)
    for before, after in pairwise(spans):
        assert before[0] < after[0] <= before[1]
        assert before[1] - after[0] >= min(some.shared, before[1])


@given(windows, st.lists(st.integers(1, 40), min_size=1, max_size=4), st.data())
def test_every_token_of_a_cut_sequence_counts_in_one_window_where_it_is_far_from_edges(
    some: Windows, lengths: list[int], data: st.DataObject
) -> None:
    sentences = sentences_of(lengths)
    whole = Indexer.build(sentences).index(sentences)
    sentence = data.draw(st.integers(0, len(lengths) - 1))
    cut = cut_sequence(int(whole.starts[sentence]), lengths[sentence], some)
    places = [
        int(start) + place
        for start, (first, end) in zip(cut.starts, cut.kept, strict=True)
        for place in range(first, end)
    ]
    assert places == list(range(int(whole.starts[sentence]), int(whole.starts[sentence]) + lengths[sentence]))
    for row, (first, end) in enumerate(cut.kept):
        inner = 0 < row < len(cut.kept) - 1
        assert not inner or min(first, int(cut.lengths[row]) - end) >= some.shared // 2


class Places:
    """An engine whose scores tell the place of a token: a stand-in for a network, which sees one window at a time."""

    budget, most, search = 50, 7, None

    def __init__(self, labels: int, lengths: list[int], windows: Windows | None = None) -> None:
        self.longest, self.labels = 0, labels
        self.chains = (Chain(np.zeros(labels), np.zeros((labels, labels)), np.zeros(labels)),)
        known = Indexer.build(sentences_of(lengths))
        self.indexer = Indexer(known.features, known.spelling, windows=windows)

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """One where the word's number, modulo K, is the tag's."""
        placed = self.indexer.place(sentences)
        numbers = self.indexer.words.index(placed.columns["token"].values)[placed.columns["token"].places]  # (N,)

        def score(starts: NDArray[np.int64], lengths: Ints) -> tuple[NDArray[np.float32]]:
            self.longest = max(self.longest, int(lengths.max()))
            rows = [numbers[start : start + n] for start, n in zip(starts, lengths, strict=True)]
            return (np.eye(self.labels, dtype=np.float32)[np.concatenate(rows) % self.labels],)

        return Reading(placed.starts, placed.lengths, score)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), windows, st.integers(1, 50))
def test_decoding_in_windows_answers_as_over_whole_sentences(lengths: list[int], some: Windows, budget: int) -> None:
    whole, cut = Places(5, lengths), Places(5, lengths, some)
    [expected] = decode(whole, sentences_of(lengths), budget)
    [found] = decode(cut, sentences_of(lengths), budget)
    assert found.tolist() == expected.tolist()
    assert cut.longest <= some.length


@pytest.mark.parametrize("held", [1, 40, 1000])
def test_answers_are_in_place_however_many_are_decoded_together(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taggers.engine.interface._HELD", held)
    lengths = [3, 0, 30, 1, 8, 8, 0, 2]
    [found] = decode(Places(5, lengths), sentences_of(lengths), budget=8)
    known = Indexer.build(sentences_of(lengths)).words
    assert found.tolist() == [known.index([f"w{i}"])[0] % 5 for length in lengths for i in range(length)]


spelt_spans = st.sampled_from([("O",), ("B-X",), ("B-X", "I-X"), ("B-Y", "I-Y", "I-Y", "I-Y")])
gold = st.lists(spelt_spans, min_size=1, max_size=20)


@given(st.lists(gold, min_size=1, max_size=4), windows)
def test_training_windows_are_legal_sequences_that_hold_every_token(
    parts: list[list[tuple[str, ...]]], some: Windows
) -> None:
    tags = [tuple(tag for spelt in part for tag in spelt) for part in parts]
    sentences = [Sentence(tuple(f"w{i}" for i in range(len(t))), {"ner": t}) for t in tags]
    task = Labelling("ner", ("X", "Y"), IOBES, IOB2)
    targets = index_targets(task, sentences)
    whole = Indexer.build(sentences).index(sentences)
    rows = for_training(whole, some, places_to_cut([task], [targets]))
    seen: set[int] = set()
    for start, length in zip(rows.starts.tolist(), rows.lengths.tolist(), strict=True):
        spelt = [task.tags[i] for i in targets.tags[start : start + length]]
        assert length > 0
        assert violations(spelt, IOBES) == []
        assert length <= some.length + 3  # to the end of the longest span
        seen.update(range(start, start + length))
    assert seen == set(range(sum(map(len, tags))))
    borders = {int(start) for start in whole.starts}
    assert all(not any(s < b < s + n for b in borders) for s, n in zip(rows.starts, rows.lengths, strict=True))


def test_no_cut_beside_a_token_whose_tag_is_unknown() -> None:
    task = Labelling("ner", ("X",), IOB2, IOB2, partial=True)
    targets = index_targets(task, [Sentence(("a", "b", "c", "d"), {"ner": ("O", "?", "O", "O")})])
    assert places_to_cut([task], [targets]).tolist() == [True, False, False, True]


def test_every_layer_has_a_say_in_where_to_cut() -> None:
    sentences = [Sentence(("a", "b", "c"), {"one": ("B-X", "I-X", "O"), "two": ("O", "B-X", "I-X")})]
    tasks = [Labelling(layer, ("X",), IOB2, IOB2) for layer in ("one", "two")]
    targets: list[Targets] = [index_targets(task, sentences) for task in tasks]
    assert places_to_cut(tasks, targets).tolist() == [True, False, False]
    assert places_to_cut(tasks[:1], targets[:1]).tolist() == [True, False, True]


@pytest.mark.parametrize(("length", "overlap", "shared"), [(512, 0.25, 128), (8, 0.5, 4), (1, 0.5, 0), (3, 0.0, 0)])
def test_the_overlap_is_a_share_of_the_window(length: int, overlap: float, shared: int) -> None:
    assert Windows(length, overlap).shared == shared
