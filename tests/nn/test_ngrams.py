"""Sums of the vectors of hashed character n-grams, against their definition on strings of ids."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from taggers.nn.embeddings.ngrams import CharacterNgrams

SYMBOLS, START, END = 9, 9, 10
forms_of_words = st.lists(st.lists(st.integers(1, SYMBOLS - 1), max_size=7), min_size=1, max_size=5)


def make(shortest: int = 2, longest: int = 4, buckets: int = 50, dropout: float = 0.0) -> CharacterNgrams:
    torch.manual_seed(3)
    return CharacterNgrams(SYMBOLS, 6, shortest, longest, buckets, dropout)


def padded(forms: list[list[int]], more: int = 0) -> tuple[Tensor, Tensor]:
    """Ids (W, C), at least one column, and lengths (W,)."""
    width = max(1, *map(len, forms), 1) + more
    rows = [form + [0] * (width - len(form)) for form in forms]
    return torch.tensor(rows), torch.tensor([len(form) for form in forms])


def bucket(gram: list[int], buckets: int) -> int:
    """The hash, in whole numbers of any size."""
    code = len(gram)
    for character in gram:
        code = (code * 1_000_003 + character) % (2**31 - 1)
    return code % buckets


def defined(network: CharacterNgrams, form: list[int]) -> Tensor:
    """The vector of one form, n-gram by n-gram."""
    edged = [START, *form, END]
    grams = [
        edged[i : i + length]
        for length in range(network.shortest, network.longest + 1)
        for i in range(len(edged) - length + 1)
        if form
    ]
    rows = [network.weight[bucket(gram, network.buckets)] for gram in grams]
    return torch.stack(rows).sum(dim=0) / len(rows) ** 0.5 if rows else torch.zeros(network.output_size)


@settings(max_examples=100)
@given(forms_of_words, st.integers(1, 3), st.integers(3, 8), st.integers(0, 6))
def test_a_vector_is_what_the_definition_says(forms: list[list[int]], shortest: int, longest: int, more: int) -> None:
    network = make(shortest, longest)
    with torch.no_grad():
        together = network(*padded(forms, more))
        for form, vector in zip(forms, together, strict=True):
            torch.testing.assert_close(vector, defined(network, form), atol=1e-5, rtol=1e-5)


def test_every_word_of_one_character_or_more_has_an_n_gram() -> None:
    assert make(shortest=3, longest=3)(*padded([[4]])).any()


def test_borders_and_order_are_part_of_n_grams() -> None:
    network = make(buckets=10_000)
    there, back, inner = network(*padded([[2, 3, 4], [4, 3, 2], [5, 2, 3, 4, 5]]))
    assert not torch.allclose(there, back, atol=1e-3)
    ids, inside = network.hashed(*padded([[2, 3, 4], [5, 2, 3, 4, 5]]))
    first, second = (set(row[kept].tolist()) for row, kept in zip(ids, inside, strict=True))
    assert len(first) == 4 + 3 + 2
    assert first & second == {bucket(gram, 10_000) for gram in ([2, 3], [3, 4], [2, 3, 4])}
    assert inner.isfinite().all()


def test_a_form_of_no_character_is_zero_and_trains_nothing_to_nan() -> None:
    network = make()
    result = network(*padded([[], [2, 3]]))
    assert not result[0].any()
    result.sum().backward()
    assert network.weight.grad is not None
    assert network.weight.grad.isfinite().all()
    used = {bucket(gram, 50) for length in (2, 3, 4) for gram in runs([START, 2, 3, END], length)}
    assert set(network.weight.grad.abs().sum(dim=1).nonzero().flatten().tolist()) == used


def runs(row: list[int], length: int) -> list[list[int]]:
    """All runs of a length."""
    return [row[i : i + length] for i in range(len(row) - length + 1)]


def test_n_grams_drop_out_in_training_only() -> None:
    network = make(dropout=0.5)
    forms = padded([[2, 3, 4, 5]])
    assert not torch.equal(network(*forms), network(*forms))
    network.eval()
    assert torch.equal(network(*forms), network(*forms))
