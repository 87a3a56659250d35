"""Vectors of words and characters: each form's own, whatever stands beside it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from taggers.nn.embeddings.characters import CharacterCNN, CharacterRNN
from taggers.nn.embeddings.lookup import Table
from taggers.nn.recurrent import Kind

SYMBOLS = 9
RECURRENT: dict[str, Kind] = {"lstm": "lstm", "gru": "gru"}
words = st.lists(st.integers(1, SYMBOLS - 1), min_size=0, max_size=7)


def build(kind: str) -> CharacterCNN | CharacterRNN:
    torch.manual_seed(3)
    if kind in RECURRENT:
        return CharacterRNN(RECURRENT[kind], SYMBOLS, 4, 3).eval()
    return CharacterCNN(SYMBOLS, 4, 6, width=int(kind)).eval()


def vectors(network: CharacterCNN | CharacterRNN, forms: list[list[int]], width: int) -> Tensor:
    """(W, size) of forms padded to a width."""
    characters = torch.tensor([form + [0] * (width - len(form)) for form in forms])
    with torch.no_grad():
        result: Tensor = network(characters, torch.tensor([len(form) for form in forms]))
    return result


@pytest.mark.parametrize("kind", ["1", "3", "5", "7", "lstm", "gru"])
@settings(max_examples=30)
@given(st.lists(words, min_size=1, max_size=4), st.integers(0, 9))
def test_a_word_does_not_feel_the_longest_word_of_the_batch_as_in_ncrfpp(
    kind: str, forms: list[list[int]], more: int
) -> None:
    # There the maximum is taken over padding too, so that tags change with the batch size.
    network = build(kind)
    together = vectors(network, forms, max(1, *map(len, forms), 1) + more)
    for form, vector in zip(forms, together, strict=True):
        torch.testing.assert_close(vector, vectors(network, [form], max(1, len(form)))[0], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", ["3", "lstm", "gru"])
def test_a_form_without_characters_is_zero_and_trains_nothing_to_nan(kind: str) -> None:
    network = build(kind).train()
    result = network(torch.tensor([[0, 0], [2, 3]]), torch.tensor([0, 2]))
    assert not result[0].any()
    assert result[1].any()
    result.sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)


@pytest.mark.parametrize("kind", ["3", "lstm", "gru"])
def test_the_order_of_characters_matters(kind: str) -> None:
    network = build(kind)
    there, back = vectors(network, [[2, 3, 4], [4, 3, 2]], 3)
    assert not torch.allclose(there, back, atol=1e-3)


def test_a_convolution_equals_its_definition() -> None:
    network = build("3")
    assert isinstance(network, CharacterCNN)
    form = [2, 5, 7, 3]
    table, kernel, bias = network.table.weight, network.convolution.weight, network.convolution.bias
    assert bias is not None
    edged = [0, *form, 0]
    windows = [sum(kernel[:, :, k] @ table[edged[i + k]] for k in range(3)) + bias for i in range(len(form))]
    expected = torch.stack(windows).amax(dim=0)
    torch.testing.assert_close(vectors(network, [form], 4)[0], expected)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
@settings(max_examples=30, deadline=None)
@given(st.lists(words, min_size=1, max_size=4), st.integers(0, 3))
def test_a_convolution_trains_by_symbols_as_by_characters(width: int, forms: list[list[int]], more: int) -> None:
    network = build(str(width)).train()
    longest = max(1, *map(len, forms), 1) + more
    characters = torch.tensor([form + [0] * (longest - len(form)) for form in forms])
    lengths, given = torch.tensor([len(form) for form in forms]), torch.randn(len(forms), 6)

    def found() -> list[Tensor]:
        network.zero_grad()
        result = network(characters, lengths)
        result.backward(given)
        return [result, *(p.grad.clone() for p in network.parameters() if p.grad is not None)]

    ours = found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("taggers.nn.embeddings.characters.can_compile", lambda: False)
        theirs = found()
    assert len(ours) == 4
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_no_number_comes_through_the_convolution(place: int) -> None:
    network = build("1").train()
    assert isinstance(network, CharacterCNN)
    with torch.no_grad():
        network.table.weight[5] = torch.nan
    form = [2, 3, 4]
    form[place] = 5
    assert bool(network(torch.tensor([form]), torch.tensor([3])).isnan().all())


@pytest.mark.parametrize("kind", ["3", "lstm", "gru"])
def test_characters_drop_out_in_training_only(kind: str) -> None:
    network: CharacterCNN | CharacterRNN = CharacterCNN(SYMBOLS, 16, 6, 3, dropout=0.5)
    if kind in RECURRENT:
        network = CharacterRNN(RECURRENT[kind], SYMBOLS, 16, 3, dropout=0.5)
    characters, lengths = torch.tensor([[2, 3, 4]]), torch.tensor([3])
    assert not torch.equal(network(characters, lengths), network(characters, lengths))
    network.eval()
    assert torch.equal(network(characters, lengths), network(characters, lengths))


@pytest.mark.parametrize(("kind", "theirs"), [("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)])
def test_a_recurrent_network_gives_the_last_states_of_torchs_own(
    kind: str, theirs: type[torch.nn.LSTM] | type[torch.nn.GRU]
) -> None:
    network = build(kind)
    assert isinstance(network, CharacterRNN)
    form = [2, 5, 7, 3]
    there, back = theirs(4, 3, batch_first=True), theirs(4, 3, batch_first=True)
    with torch.no_grad():
        for layer, direction in ((there, network.layer.rightward), (back, network.layer.leftward)):
            for name, weight in (
                ("weight_ih_l0", direction.input_weight),
                ("weight_hh_l0", direction.recurrent_weight),
                ("bias_ih_l0", direction.input_bias),
                ("bias_hh_l0", direction.recurrent_bias),
            ):
                layer.get_parameter(name).copy_(weight)
        read = network.table(torch.tensor([form]))  # (1, C, E)
        expected = torch.cat((there(read)[0][0, -1], back(read.flip(1))[0][0, -1]))
    torch.testing.assert_close(vectors(network, [form], 6)[0], expected)


def test_padding_is_zero_and_stays_so_in_training() -> None:
    table = Table(5, 3)
    assert not table.weight[0].any()
    optimiser = torch.optim.AdamW(table.parameters(), 0.1, weight_decay=0.1)
    table(torch.tensor([0, 1, 4])).sum().backward()
    optimiser.step()
    assert not table.weight[0].any()
    assert table.weight.grad is not None
    assert table.weight.grad.any(dim=1).tolist() == [False, True, False, False, True]


def test_vectors_start_within_their_bound() -> None:
    weight = Table(500, 12).weight.detach()
    assert float(weight.abs().max()) <= 0.5  # the root of 3 / 12
    assert float(weight.abs().max()) > 0.49
