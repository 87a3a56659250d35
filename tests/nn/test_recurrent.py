"""The recurrent layer against torch's own over packed rows, and the place where it starts."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from taggers.engine.torch_engine import full_precision
from taggers.nn.encoder import Encoder
from taggers.nn.recurrent import Bidirectional, Kind, Recurrence, in_one_piece, reverse

KINDS: list[Kind] = ["lstm", "gru"]
lengths_of = st.lists(st.integers(1, 6), min_size=1, max_size=4)


def copy_weights(ours: Recurrence, theirs: nn.RNNBase, layer: int, suffix: str) -> None:
    names = {
        "weight_ih": ours.input_weight,
        "weight_hh": ours.recurrent_weight,
        "bias_ih": ours.input_bias,
        "bias_hh": ours.recurrent_bias,
    }
    with torch.no_grad():
        for name, weight in names.items():
            weight.add_(0.1 * torch.randn_like(weight))  # biases begin at zero: let them matter
            getattr(theirs, f"{name}_l{layer}{suffix}").copy_(weight)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
@settings(max_examples=25)
@given(lengths_of, st.integers(0, 99))
def test_the_encoder_equals_torchs_bidirectional_layers_over_packed_rows(
    kind: Kind, layers: int, lengths: list[int], seed: int
) -> None:
    torch.manual_seed(seed)
    encoder = Encoder(kind, 3, hidden_size=4, layers=layers)
    reference = (nn.LSTM if kind == "lstm" else nn.GRU)(3, 4, layers, bidirectional=True, batch_first=True)
    for number, layer in enumerate(encoder.layers):
        assert isinstance(layer, Bidirectional)
        copy_weights(layer.rightward, reference, number, "")
        copy_weights(layer.leftward, reference, number, "_reverse")
    inputs = torch.randn(len(lengths), max(lengths), 3)
    states = encoder(inputs, torch.tensor(lengths))
    packed = pack_padded_sequence(inputs, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(reference(packed)[0], batch_first=True)
    for row, length in enumerate(lengths):
        torch.testing.assert_close(states[row, :length], expected[row, :length], atol=1e-6, rtol=1e-5)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_reverse_is_its_own_inverse_and_leaves_padding_where_it_is(lengths: list[int]) -> None:
    rows = torch.randn(len(lengths), 5, 2)
    turned = reverse(rows, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        assert torch.equal(turned[row, :length], rows[row, :length].flip(0))
        assert torch.equal(turned[row, length:], rows[row, length:])
    assert torch.equal(reverse(turned, torch.tensor(lengths)), rows)


@pytest.mark.parametrize(("kind", "gates"), [("lstm", 4), ("gru", 3)])
def test_recurrent_weights_start_orthogonal_gate_by_gate(kind: Kind, gates: int) -> None:
    blocks = torch.split(Recurrence(kind, 5, 6).recurrent_weight, 6)
    assert len(blocks) == gates
    for block in blocks:
        torch.testing.assert_close(block @ block.T, torch.eye(6), atol=1e-5, rtol=0.0)


def test_the_forget_bias_starts_at_one_and_all_others_at_zero() -> None:
    lstm, gru = Recurrence("lstm", 5, 3), Recurrence("gru", 5, 3)
    assert (lstm.input_bias + lstm.recurrent_bias).tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6
    assert not (gru.input_bias + gru.recurrent_bias).any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_directions_start_with_weights_of_their_own(kind: Kind) -> None:
    layer = Bidirectional(kind, 3, 4)
    assert not torch.equal(layer.rightward.recurrent_weight, layer.leftward.recurrent_weight)


def test_a_row_without_a_step_does_no_harm() -> None:
    layer = Bidirectional("lstm", 3, 2)
    inputs = torch.randn(2, 4, 3)
    states = layer(inputs, torch.tensor([0, 4]))
    torch.testing.assert_close(states[1:], layer(inputs[1:], torch.tensor([4])))


def test_dropout_of_the_encoder_stands_before_between_and_after_its_layers() -> None:
    torch.manual_seed(1)
    encoder = Encoder("lstm", 6, 6, layers=2, input_dropout=0.5, output_dropout=0.5)
    seen: list[torch.Tensor] = []
    for layer in encoder.layers:
        layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    states = encoder(torch.ones(1, 3, 6), torch.tensor([3]))
    for dropped in (*seen, states.detach()):
        gone = dropped == 0.0  # (1, 3, H)
        assert 0 < int(gone.sum()) < gone.numel()
        assert bool((gone == gone[:, :1]).all())  # the same at every step


@pytest.mark.parametrize("kind", KINDS)
def test_weights_in_one_piece_give_the_same_states_and_gradients(kind: Kind) -> None:
    direction, inputs = Recurrence(kind, 3, 4), torch.randn(2, 5, 3)
    own = list(direction.parameters())
    pieces = in_one_piece(own)
    assert [p.storage_offset() for p in pieces] == [sum(w.numel() for w in own[:i]) for i in range(len(own))]
    assert len({p.untyped_storage().data_ptr() for p in pieces}) == 1
    zeros = torch.zeros(1, 2, 4)
    if kind == "lstm":
        states = torch.lstm(inputs, [zeros, zeros], pieces, True, 1, 0.0, True, False, True)[0]
    else:
        states = torch.gru(inputs, zeros, pieces, True, 1, 0.0, True, False, True)[0]
    torch.testing.assert_close(states, direction(inputs))
    gradients = torch.autograd.grad(states.sum(), own)
    for ours, theirs in zip(gradients, torch.autograd.grad(direction(inputs).sum(), own), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.cuda
@pytest.mark.parametrize("kind", KINDS)
def test_cudnn_finds_its_weights_in_one_piece(kind: Kind) -> None:
    layer = Bidirectional(kind, 3, 4, recurrent_dropout=0.3)
    inputs, lengths = torch.randn(2, 5, 3), torch.tensor([5, 3])
    on_cpu = layer.eval()(inputs, lengths)
    layer.cuda()
    # cuDNN's warning about scattered weights would be an error here
    with full_precision():
        torch.testing.assert_close(layer(inputs.cuda(), lengths.cuda()).cpu(), on_cpu, atol=1e-5, rtol=1e-4)
        layer.train()(inputs.cuda(), lengths.cuda()).sum().backward()


class OnDevice(Tensor):
    """Passes for what lies on a device."""

    is_cuda = True


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_device_what_is_carried_is_as_exact_as_what_is_read(kind: Kind) -> None:
    layer = Recurrence(kind, 3, 4)
    inputs, carried = torch.randn(2, 5, 3), torch.randn(layer.carries, 2, 4).bfloat16()
    states, left = layer.onward(inputs.as_subclass(OnDevice), carried)
    expected, after = layer.onward(inputs, carried.float())
    torch.testing.assert_close(states.as_subclass(Tensor), expected)
    torch.testing.assert_close(left.as_subclass(Tensor), after)
