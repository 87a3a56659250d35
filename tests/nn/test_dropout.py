"""Dropout: one mask for all steps, another for each sentence, none when the model is used."""

from __future__ import annotations

import pytest
import torch

from taggers.nn.dropout import VariationalDropout, drop_connect, kept
from taggers.nn.recurrent import Kind, Recurrence


def test_a_mask_is_the_same_at_every_step_and_differs_between_sentences() -> None:
    torch.manual_seed(1)
    states = VariationalDropout(0.5)(torch.ones(4, 5, 64))  # (B, T, H)
    assert bool((states == states[:, :1]).all())
    masks = {tuple(row.tolist()) for row in states[:, 0]}
    assert len(masks) == 4
    assert set(states.flatten().tolist()) == {0.0, 2.0}


def test_what_is_kept_is_scaled_so_that_the_mean_stays() -> None:
    torch.manual_seed(1)
    states = VariationalDropout(0.2)(torch.ones(100, 1, 100))
    assert set(states.flatten().tolist()) == {0.0, 1.25}
    assert abs(float(states.mean()) - 1.0) < 0.02


@pytest.mark.parametrize(("rate", "training"), [(0.5, False), (0.0, True)])
def test_nothing_is_dropped_in_evaluation_or_at_rate_zero(rate: float, training: bool) -> None:
    drop = VariationalDropout(rate).train(training)
    states = torch.randn(2, 3, 4)
    assert drop(states) is states


def test_drop_connect_drops_weights_in_training_only() -> None:
    torch.manual_seed(1)
    weight = torch.ones(40, 40)
    dropped = drop_connect(weight, 0.25, training=True)
    assert sorted(set(dropped.flatten().tolist())) == [0.0, pytest.approx(4 / 3)]
    assert 0.2 < float((dropped == 0).float().mean()) < 0.3
    assert torch.equal(drop_connect(weight, 0.25, training=False), weight)
    assert drop_connect(weight, 0.0, training=True) is weight


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_recurrent_dropout_changes_states_from_the_second_step_on_and_no_stored_weight(kind: Kind) -> None:
    torch.manual_seed(1)
    layer = Recurrence(kind, 3, 4, recurrent_dropout=0.5)
    before = {name: weight.clone() for name, weight in layer.state_dict().items()}
    inputs = torch.randn(2, 3, 3)
    first, second = layer(inputs), layer(inputs)
    assert torch.equal(first[:, 0], second[:, 0])  # nothing has recurred yet
    assert not torch.allclose(first[:, 1:], second[:, 1:])
    assert all(torch.equal(weight, before[name]) for name, weight in layer.state_dict().items())
    layer.eval()
    assert torch.equal(layer(inputs), layer(inputs))


def test_masks_follow_the_seed_and_no_two_are_the_same() -> None:
    like = torch.empty(200, 50)
    torch.manual_seed(3)
    first, second = kept(like, 0.3), kept(like, 0.3)
    torch.manual_seed(3)
    assert torch.equal(kept(like, 0.3), first)
    assert not torch.equal(first, second)
    dropped = (first == 0).float()
    assert float(dropped.mean()) == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / first.numel()) ** 0.5)
    for axis in (0, 1):  # each row and column has its share: standard error of the worst of 200, and of 50
        shares = dropped.mean(dim=axis)
        assert float((shares - 0.3).abs().max()) < 5 * (0.3 * 0.7 / dropped.shape[axis]) ** 0.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_masks_have_the_type_of_what_they_are_for(dtype: torch.dtype) -> None:
    mask = kept(torch.empty(30, dtype=dtype), 0.5)
    assert (mask.dtype, set(mask.tolist())) == (dtype, {0.0, 2.0})
