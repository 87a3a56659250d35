"""The encoder of language models: torch's own layers in one piece, step by step, and where gradients end."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from taggers.config import AdamW
from taggers.nn.embeddings.lookup import Lookup, Table
from taggers.nn.heads.next_symbol import NextSymbolHead
from taggers.nn.onward import OnwardEncoder
from taggers.nn.recurrent import Kind, Recurrence, Unidirectional
from taggers.optimisation import build_optimiser
from taggers.row_optimiser import RowAdamW

NO_LENGTHS = torch.tensor([])  # all rows are as long
KINDS: list[Kind] = ["lstm", "gru"]
NAMES = {
    "weight_ih": "input_weight",
    "weight_hh": "recurrent_weight",
    "bias_ih": "input_bias",
    "bias_hh": "recurrent_bias",
}


def in_pieces(inputs: Tensor, cuts: list[int]) -> list[Tensor]:
    borders = sorted({0, *(cut % inputs.shape[1] for cut in cuts), inputs.shape[1]})
    return [inputs[:, a:b] for a, b in pairwise(borders)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
@settings(max_examples=15)
@given(st.lists(st.integers(0, 9), max_size=4), st.integers(0, 99))
def test_pieces_equal_torchs_layers_over_the_whole(kind: Kind, layers: int, cuts: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    encoder = OnwardEncoder(kind, 3, hidden_size=4, layers=layers, rows=2).eval()
    reference = (nn.LSTM if kind == "lstm" else nn.GRU)(3, 4, layers, batch_first=True)
    with torch.no_grad():
        for number, layer in enumerate(encoder.layers):
            assert isinstance(layer, Unidirectional)
            for theirs, ours in NAMES.items():
                weight = getattr(layer.rightward, ours)
                weight.add_(0.1 * torch.randn_like(weight))  # biases begin at zero: let them matter
                getattr(reference, f"{theirs}_l{number}").copy_(weight)
    inputs = torch.randn(2, 9, 3)
    expected, _ = reference(inputs)
    states = torch.cat([encoder(piece, NO_LENGTHS) for piece in in_pieces(inputs, cuts)], dim=1)
    torch.testing.assert_close(states, expected, atol=1e-6, rtol=1e-5)


def test_gradients_end_where_a_batch_begins() -> None:
    encoder = OnwardEncoder("lstm", 3, hidden_size=4, rows=1)
    first, second = torch.randn(1, 2, 3, requires_grad=True), torch.randn(1, 2, 3, requires_grad=True)
    encoder(first, NO_LENGTHS)
    encoder(second, NO_LENGTHS).sum().backward()
    assert first.grad is None
    assert second.grad is not None


def test_what_is_carried_is_a_buffer_of_the_run_and_no_part_of_the_model() -> None:
    encoder = OnwardEncoder("gru", 3, hidden_size=4, layers=2, rows=2)
    encoder(torch.randn(2, 5, 3), NO_LENGTHS)
    assert "carried" in dict(encoder.named_buffers())
    assert "carried" not in encoder.state_dict()
    again = OnwardEncoder("gru", 3, hidden_size=4, layers=2, rows=2).eval()
    again.load_state_dict(encoder.state_dict())
    again.carried.copy_(encoder.carried)
    more = torch.randn(2, 3, 3)
    assert torch.equal(again(more, NO_LENGTHS), encoder.eval()(more, NO_LENGTHS))


def test_some_rows_begin_anew_in_training() -> None:
    torch.manual_seed(1)
    encoder = OnwardEncoder("lstm", 3, hidden_size=4, rows=1000)
    encoder.carried.fill_(0.5)
    inputs = torch.randn(1, 2, 3).expand(1000, 2, 3)
    states = encoder(inputs, NO_LENGTHS)
    begun, _ = encoder.onward(inputs[:1], encoder.start(1))
    gone_on, _ = encoder.onward(inputs[:1], torch.full((1, 2, 1, 4), 0.5))
    anew = torch.isclose(states, begun).all(dim=2).all(dim=1)
    assert 5 <= int(anew.sum()) <= 45  # of which 20 are meant
    torch.testing.assert_close(states[~anew], gone_on.expand(int((~anew).sum()), 2, 4))


def test_rows_of_another_number_begin_anew() -> None:
    encoder = OnwardEncoder("lstm", 3, hidden_size=4, rows=2)
    encoder(torch.randn(2, 5, 3), NO_LENGTHS)
    inputs = torch.randn(3, 2, 3)
    expected, _ = encoder.onward(inputs, encoder.start(3))
    assert torch.equal(encoder(inputs, NO_LENGTHS), expected)


def test_a_layer_goes_on_from_nothing_as_it_starts() -> None:
    layer = Recurrence("lstm", 3, 4)
    inputs = torch.randn(2, 5, 3)
    assert torch.equal(layer.onward(inputs, torch.zeros(2, 2, 4))[0], layer(inputs))


@pytest.mark.parametrize("tied", [False, True])
def test_the_loss_is_the_surprise_at_the_targets(tied: bool) -> None:
    torch.manual_seed(1)
    table = Table(7, 3)
    head = NextSymbolHead(4, 7, table if tied else None)
    states, targets = torch.randn(2, 3, 4), torch.randint(1, 7, (2, 3))
    mask = torch.tensor([[True, True, True], [True, False, False]])
    chances = head.emissions(states, mask)
    torch.testing.assert_close(chances.exp().sum(dim=2), torch.ones(2, 3))
    expected = -sum(chances[b, t, targets[b, t]] for b, t in [(0, 0), (0, 1), (0, 2), (1, 0)])
    torch.testing.assert_close(head.loss(states, targets, mask), expected)
    assert len(list(head.parameters())) == (3 if tied else 2)  # a tied table stays the embedding's


def test_a_tied_table_learns_as_what_is_read_and_as_what_is_predicted() -> None:
    table = Table(7, 3)
    head = NextSymbolHead(4, 7, table)
    head.loss(torch.randn(1, 2, 4), torch.tensor([[2, 3]]), torch.ones(1, 2, dtype=torch.bool)).backward()  # type: ignore[no-untyped-call]
    assert table.weight.grad is not None
    assert table.weight.grad.abs().sum(dim=1).gt(0).all()


@pytest.mark.parametrize("tied", [False, True])
def test_rows_of_a_tied_table_do_not_wait_until_they_are_read(tied: bool) -> None:
    embedding = Lookup("words", 3000, 3)
    model = nn.ModuleList([embedding, NextSymbolHead(4, 3000, embedding.table if tied else None)])
    optimiser = build_optimiser(AdamW(), model, by_row=True)
    assert isinstance(optimiser, RowAdamW) != tied  # each score reads them all, so that every step moves them all
