"""Schedules and the running mean against their definitions; optimisers come back as they were."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from taggers.config import SGD, AdamW, Constant, Linear, Plateau
from taggers.optimisation import Average, Schedule, build_optimiser, clip_gradients, pack_optimiser, unpack_optimiser


@given(warmup=st.floats(0, 0.99), floor=st.floats(0, 1), progress=st.floats(0, 1))
def test_the_linear_factor_stays_between_floor_and_one(warmup: float, floor: float, progress: float) -> None:
    factor = Schedule(Linear(warmup=warmup, floor=floor)).factor(progress)
    assert 0.01 <= factor <= 1.0 if progress < warmup else floor - 1e-9 <= factor <= 1.0 + 1e-9


def test_the_linear_factor_rises_to_one_and_falls_to_the_floor() -> None:
    schedule = Schedule(Linear(warmup=0.5, floor=0.2))
    assert [schedule.factor(p) for p in (0.0, 0.25, 0.5, 0.75, 1.0)] == pytest.approx([0.01, 0.5, 1.0, 0.6, 0.2])
    assert Schedule(Linear()).factor(0.0) == 1.0


@pytest.mark.parametrize("settings", [Constant(), Linear()])
def test_only_the_plateau_looks_at_scores(settings: Constant | Linear) -> None:
    schedule = Schedule(settings)
    for _ in range(9):
        schedule.after_epoch(improved=False)
    assert (schedule.scale, schedule.factor(0.0)) == (1.0, 1.0)


@given(st.lists(st.booleans()), st.integers(0, 3))
def test_the_plateau_falls_once_for_every_patience_and_one_of_level_epochs(rises: list[bool], patience: int) -> None:
    schedule = Schedule(Plateau(factor=0.5, patience=patience))
    level = falls = 0
    for rise in rises:
        schedule.after_epoch(rise)
        level = 0 if rise else level + 1
        if level == patience + 1:
            level, falls = 0, falls + 1
    assert schedule.factor(0.5) == 0.5**falls


def test_the_running_mean_is_the_weighted_mean_of_all_steps() -> None:
    layer = nn.Linear(2, 1, bias=False)
    average = Average(layer, decay=0.5)
    expected = layer.weight.detach().double().clone()
    for step in range(20):
        with torch.no_grad():
            layer.weight.normal_()
        average.update(layer, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * layer.weight.detach().double()
    torch.testing.assert_close(average.weights["weight"].double(), expected)


@pytest.mark.parametrize("settings", [AdamW(weight_decay=0.1), SGD(), SGD(momentum=0.0)], ids=repr)
def test_an_optimiser_goes_on_from_its_packed_tensors(settings: AdamW | SGD) -> None:
    def step(optimiser: torch.optim.Optimizer, layer: nn.Linear, number: int) -> None:
        optimiser.zero_grad()
        (layer(torch.full((1, 3), float(number))) ** 2).sum().backward()
        optimiser.step()

    torch.manual_seed(1)
    first, second = nn.Linear(3, 2), nn.Linear(3, 2)
    ours = build_optimiser(settings, first)
    for number in range(3):
        step(ours, first, number)
    second.load_state_dict(first.state_dict())
    theirs = build_optimiser(settings, second)
    unpack_optimiser(theirs, {name: tensor.clone() for name, tensor in pack_optimiser(ours).items()})
    for optimiser, layer in ((ours, first), (theirs, second)):
        for number in range(3):
            step(optimiser, layer, number)
    assert torch.equal(first.weight, second.weight)


@pytest.mark.parametrize("norm", [1e-3, 1.0, 1e6])
def test_gradients_are_clipped_as_torch_does(norm: float) -> None:
    torch.manual_seed(2)
    ours, theirs = nn.Linear(3, 4), nn.Linear(3, 4)
    theirs.load_state_dict(ours.state_dict())
    inputs = torch.randn(5, 3)
    for layer in (ours, theirs):
        (3.0 * layer(inputs)).square().sum().backward()
    clip_gradients(ours, norm)
    torch.nn.utils.clip_grad_norm_(theirs.parameters(), norm)
    for our, their in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert our.grad is not None
        assert their.grad is not None
        assert torch.equal(our.grad, their.grad)


def test_what_has_no_gradient_is_left_alone() -> None:
    layer = nn.Linear(2, 2)
    layer.weight.grad = torch.full((2, 2), 3.0)
    clip_gradients(layer, 1.0)
    assert layer.bias.grad is None
    assert float(layer.weight.grad.norm()) == pytest.approx(1.0)
