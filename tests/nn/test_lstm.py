"""The layer that trains on the CPU against torch's own: states and gradients, whatever the lengths."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from taggers.nn import lstm_kernels, recurrent
from taggers.nn.lstm import _kernels
from taggers.nn.recurrent import Bidirectional


def states_and_gradients(layer: Bidirectional, inputs: Tensor, lengths: Tensor, given: Tensor) -> list[Tensor]:
    """States without those of padding, and the gradients of inputs and weights."""
    inside = (torch.arange(inputs.shape[1]) < lengths[:, None])[:, :, None]  # (B, T, 1)
    leaf = inputs.clone().requires_grad_()
    states = layer(leaf, lengths).masked_fill(~inside, 0.0)
    return [states, *torch.autograd.grad((states * given).sum(), [leaf, *layer.parameters()])]


def by_torch(layer: Bidirectional, inputs: Tensor, lengths: Tensor, given: Tensor) -> list[Tensor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurrent, "can_compile", lambda: False)
        return states_and_gradients(layer, inputs, lengths, given)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5).filter(any), st.integers(0, 99))
def test_states_and_gradients_equal_those_of_torchs_layer(lengths: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    layer = Bidirectional("lstm", 3, 5)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(torch.randn_like(parameter))
    inputs, given = torch.randn(len(lengths), max(lengths), 3), torch.randn(len(lengths), max(lengths), 10)
    # torch reads the padding too, and of a row without tokens all of it is padding
    ours = states_and_gradients(layer, inputs, torch.tensor(lengths), given)
    theirs = by_torch(layer, inputs, torch.tensor(lengths), given)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, atol=2e-5, rtol=1e-4)


def test_the_same_connections_drop_as_in_torchs_layer() -> None:
    layer = Bidirectional("lstm", 3, 5, recurrent_dropout=0.5)
    inputs, lengths = torch.randn(2, 4, 3), torch.tensor([2, 4])
    given = torch.randn(2, 4, 10)
    torch.manual_seed(7)
    ours = states_and_gradients(layer, inputs, lengths, given)
    torch.manual_seed(7)
    for our, their in zip(ours, by_torch(layer, inputs, lengths, given), strict=True):
        torch.testing.assert_close(our, their, atol=2e-5, rtol=1e-4)


def test_states_of_padding_are_zero_and_padding_is_never_read() -> None:
    layer, lengths = Bidirectional("lstm", 3, 5), torch.tensor([2, 4, 0])
    inputs = torch.randn(3, 4, 3)
    inside = torch.arange(4) < lengths[:, None]
    inputs[~inside] = torch.nan
    states = layer(inputs, lengths)
    assert bool(states[inside].isfinite().all())
    assert not states[~inside].any()


def test_a_batch_of_rows_without_tokens_has_zeros() -> None:
    layer = Bidirectional("lstm", 3, 5)
    states = layer(torch.randn(2, 1, 3), torch.tensor([0, 0]))
    states.sum().backward()
    assert not states.any()
    assert not any(bool(parameter.grad.any()) for parameter in layer.parameters() if parameter.grad is not None)


def test_a_second_way_back_gives_the_same_once_more() -> None:
    layer, inputs, lengths = Bidirectional("lstm", 3, 5), torch.randn(2, 4, 3), torch.tensor([2, 4])
    states = layer(inputs, lengths).sum()
    first = torch.autograd.grad(states, list(layer.parameters()), retain_graph=True)
    for one, other in zip(first, torch.autograd.grad(states, list(layer.parameters())), strict=True):
        assert torch.equal(one, other)


def test_weights_that_stay_get_no_gradient_and_the_others_the_same() -> None:
    layer, inputs, lengths = Bidirectional("lstm", 3, 5), torch.randn(2, 4, 3), torch.tensor([2, 4])
    whole = torch.autograd.grad(layer(inputs, lengths).sum(), [layer.leftward.recurrent_weight])
    layer.rightward.requires_grad_(False)
    layer(inputs, lengths).sum().backward()
    assert layer.rightward.input_weight.grad is None
    assert layer.leftward.recurrent_weight.grad is not None
    torch.testing.assert_close(layer.leftward.recurrent_weight.grad, whole[0])


def test_in_float64_torchs_layer_trains() -> None:
    layer = Bidirectional("lstm", 3, 5).double()
    states = layer(torch.randn(2, 4, 3, dtype=torch.float64), torch.tensor([2, 4]))
    states.sum().backward()
    assert states.dtype is torch.float64


def test_in_bfloat16_states_and_gradients_are_as_right_as_those_of_torchs_layer() -> None:
    torch.manual_seed(1)
    layer = Bidirectional("lstm", 30, 40)
    inputs, given, lengths = torch.randn(4, 9, 30), torch.randn(4, 9, 80), torch.tensor([9, 4, 7, 1])
    exact = by_torch(layer, inputs, lengths, given)
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = (find(layer, inputs, lengths, given) for find in (states_and_gradients, by_torch))
    for our, their, right in zip(ours, theirs, exact, strict=True):
        assert our.dtype is torch.float32
        assert not torch.equal(our, right)
        assert (our - right).norm() <= 1.5 * (their - right).norm() <= 0.02 * right.norm()


def test_it_serves_training_only(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, inputs, lengths = Bidirectional("lstm", 3, 5), torch.randn(1, 2, 3), torch.tensor([2])

    def refuse(*arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr(recurrent, "bidirectional_lstm", refuse)
    with pytest.raises(AssertionError):
        layer(inputs, lengths)
    layer.eval()(inputs, lengths)
    Bidirectional("gru", 3, 5)(inputs, lengths)


@pytest.mark.parametrize("function", [lstm_kernels.squash, lstm_kernels.open_gates])
def test_the_functions_of_the_gates_are_right_to_seven_digits(function: object) -> None:
    numbers = np.concatenate([np.linspace(-30, 30, 6001), [-1e9, 1e9, np.inf, -np.inf]]).astype(np.float32)
    exact = numbers.astype(np.float64)
    expected = np.tanh(exact) if function is lstm_kernels.squash else 0.5 + 0.5 * np.tanh(0.5 * exact)
    function(numbers)  # type: ignore[operator]
    np.testing.assert_allclose(numbers, expected, atol=3e-7)


def test_what_is_no_number_comes_through_and_back() -> None:
    layer = Bidirectional("lstm", 3, 5)
    inputs = torch.zeros(1, 2, 3)
    inputs[0, 0, 0] = torch.nan
    states = layer(inputs, torch.tensor([2]))
    assert bool(states.isnan().any())
    states.sum().backward()
    gradient = layer.rightward.input_weight.grad
    assert gradient is not None
    assert bool(gradient.isnan().any())


def test_the_kernels_do_the_same_before_they_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, inputs, lengths = Bidirectional("lstm", 3, 5), torch.randn(2, 3, 3), torch.tensor([2, 3])
    given = torch.randn(2, 3, 10)
    compiled = states_and_gradients(layer, inputs, lengths, given)
    plain = _kernels()._replace(step=lstm_kernels.step, step_back=lstm_kernels.step_back)
    monkeypatch.setattr("taggers.nn.lstm._kernels", lambda: plain)
    for one, other in zip(compiled, states_and_gradients(layer, inputs, lengths, given), strict=True):
        torch.testing.assert_close(one, other)
