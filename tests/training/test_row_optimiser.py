"""AdamW by rows against torch's over whole tables."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from taggers import row_kernels
from taggers.nn.embeddings.lookup import Table
from taggers.optimisation import clip_gradients, pack_optimiser, unpack_optimiser
from taggers.row_optimiser import RowAdamW, _kernels

ROWS, STEPS = 60, 900


class Pair(nn.Module):
    """Two tables and a layer, with a loss."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.tags, self.layer = Table(ROWS, 7), Table(9, 3), nn.Linear(10, 2)

    def forward(self, words: Tensor, tags: Tensor) -> Tensor:
        """Ids (n,) to a loss."""
        read: Tensor = self.words(words)
        states: Tensor = self.layer(torch.cat((read, self.tags(tags)), dim=1))
        return states.square().sum() + read.sum()


def ids(step: int) -> tuple[Tensor, Tensor]:
    """What a step reads: some words often, some seldom, some once, some never; padding too."""
    generator = torch.Generator().manual_seed(step)
    words = (torch.rand(6, generator=generator) ** 6 * (ROWS - 4)).long()
    if step == 5:
        words[0] = ROWS - 2
    return words, torch.randint(9, (6,), generator=generator)


def trained(model: Pair, optimiser: torch.optim.Optimizer, steps: range, norm: float = 3.0) -> None:
    for step in steps:
        (group,) = optimiser.param_groups
        group["lr"] = 0.01 * (1 - step / 1000)
        optimiser.zero_grad()
        model(*ids(step)).backward()
        clip_gradients(model, norm)
        optimiser.step()


def by_rows(model: Pair, decay: float) -> RowAdamW:
    return RowAdamW(model, [model.words, model.tags], learning_rate=0.01, weight_decay=decay)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_weights_and_state_equal_those_of_torchs_adamw(decay: float) -> None:
    torch.manual_seed(1)
    dense = Pair()
    rows = copy.deepcopy(dense)
    theirs, ours = torch.optim.AdamW(dense.parameters(), weight_decay=decay, fused=True), by_rows(rows, decay)
    trained(dense, theirs, range(STEPS))
    trained(rows, ours, range(STEPS))
    lagging = rows.words.weight.detach().clone()
    ours.settle()
    assert not torch.equal(lagging, rows.words.weight)
    for expected, found in zip(dense.parameters(), rows.parameters(), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    expected_state, state = pack_optimiser(theirs), pack_optimiser(ours)
    assert state.keys() == expected_state.keys()
    for name, tensor in state.items():
        torch.testing.assert_close(tensor, expected_state[name], atol=1e-5, rtol=1e-4)
    assert not rows.words.weight[0].any()


def test_a_row_is_up_to_date_when_it_is_read() -> None:
    torch.manual_seed(1)
    model = Pair()
    optimiser = by_rows(model, 0.0)
    trained(model, optimiser, range(50))
    every = torch.arange(ROWS)
    read = model.words(every).detach()
    optimiser.settle()
    assert torch.equal(read, model.words(every))


def test_settling_twice_changes_nothing() -> None:
    model = Pair()
    optimiser = by_rows(model, 0.1)
    trained(model, optimiser, range(20))
    optimiser.settle()
    settled = model.words.weight.detach().clone()
    optimiser.settle()
    assert torch.equal(settled, model.words.weight)


def test_it_goes_on_from_its_packed_tensors_to_the_last_bit() -> None:
    torch.manual_seed(1)
    model = Pair()
    optimiser = by_rows(model, 0.1)
    trained(model, optimiser, range(30))
    optimiser.settle()
    copied = Pair()
    copied.load_state_dict(model.state_dict())
    other = by_rows(copied, 0.1)
    unpack_optimiser(other, {name: tensor.clone() for name, tensor in pack_optimiser(optimiser).items()})
    for each, its_optimiser in ((model, optimiser), (copied, other)):
        trained(each, its_optimiser, range(30, 60))
        its_optimiser.settle()
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), copied.parameters(), strict=True))


def test_more_steps_between_than_there_was_room_for() -> None:
    model = Pair()
    same = copy.deepcopy(model)
    optimiser = by_rows(model, 0.0)
    optimiser._rates = optimiser._rates[:4]
    trained(model, optimiser, range(40))
    optimiser.settle()
    trained(same, torch.optim.AdamW(same.parameters(), weight_decay=0.0, fused=True), range(40))
    torch.testing.assert_close(model.words.weight, same.words.weight, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("norm", [1e-3, 1e6])
def test_sparse_gradients_are_clipped_with_the_others(norm: float) -> None:
    torch.manual_seed(2)
    dense = Pair()
    sparse = copy.deepcopy(dense)
    sparse.words.sparse = True
    for model in (dense, sparse):
        model(*ids(5)).backward()
        clip_gradients(model, norm)
    for expected, found in zip(dense.parameters(), sparse.parameters(), strict=True):
        assert expected.grad is not None
        assert found.grad is not None
        torch.testing.assert_close(found.grad.to_dense(), expected.grad)


def test_tensors_are_given_settled_and_taken_as_a_whole() -> None:
    torch.manual_seed(1)
    model = Pair()
    optimiser = by_rows(model, 0.1)
    trained(model, optimiser, range(30))
    kept = copy.deepcopy(optimiser.state_dict())
    settled = model.words.weight.detach().clone()
    optimiser.settle()
    assert torch.equal(settled, model.words.weight)
    trained(model, optimiser, range(30, 40))
    optimiser.load_state_dict(kept)  # while rows lag behind
    with torch.no_grad():
        model.words.weight.copy_(settled)
    optimiser.settle()
    assert torch.equal(settled, model.words.weight)


def test_squares_of_gradients_fade_as_torchs_do() -> None:
    torch.manual_seed(1)
    dense = Pair()
    rows = copy.deepcopy(dense)
    theirs, ours = torch.optim.AdamW(dense.parameters(), weight_decay=0.0, fused=True), by_rows(rows, 0.0)
    trained(dense, theirs, range(400))
    trained(rows, ours, range(400))
    expected, found = pack_optimiser(theirs), pack_optimiser(ours)
    for name in (name for name in found if name.endswith("exp_avg_sq")):
        torch.testing.assert_close(found[name], expected[name], atol=0.0, rtol=1e-3)


def test_what_is_no_number_reaches_the_weights() -> None:
    model = Pair()
    optimiser = by_rows(model, 0.0)
    words, tags = ids(0)
    model(words, tags).backward()
    for parameter in model.parameters():
        assert parameter.grad is not None
        parameter.grad = parameter.grad * torch.nan
    optimiser.step()
    optimiser.settle()
    assert bool(model.words.weight[words[words > 0]].isnan().all())


def test_the_kernels_do_the_same_before_they_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    models = [Pair()]
    models.append(copy.deepcopy(models[0]))
    plain = _kernels()._replace(move=row_kernels.move, catch_up=row_kernels.catch_up)
    for model, kernels in zip(models, (_kernels(), plain), strict=True):
        monkeypatch.setattr("taggers.row_optimiser._kernels", lambda kernels=kernels: kernels)
        optimiser = by_rows(model, 0.1)
        trained(model, optimiser, range(40))
        optimiser.settle()
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        torch.testing.assert_close(one, other)
