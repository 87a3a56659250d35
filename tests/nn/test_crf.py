"""The CRF layer beside pytorch-crf, and beyond it."""

from __future__ import annotations

import copy
import itertools
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torchcrf
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import taggers.nn.crf
import taggers.nn.crf_tensors
from taggers.nn.crf import CRF

REDUCTIONS = ["none", "sum", "mean", "token_mean"]


def twins(num_tags: int, batch_first: bool = False) -> tuple[Any, CRF]:
    """pytorch-crf's layer and ours with the same parameters, in float64."""
    theirs = torchcrf.CRF(num_tags, batch_first).double()
    ours = CRF(num_tags, batch_first)
    ours.double().load_state_dict(theirs.state_dict())
    return theirs, ours


def right_padded(lengths: list[int]) -> Tensor:
    """(B, T)."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def constrained(num_tags: int, generator: torch.Generator) -> CRF:
    """A layer with random parameters and constraints, under which every length has a legal path."""
    transitions = torch.rand(num_tags, num_tags, generator=generator) < 0.6
    transitions[0, 0] = True
    start = torch.rand(num_tags, generator=generator) < 0.6
    end = torch.rand(num_tags, generator=generator) < 0.6
    start[0] = end[0] = True
    crf = CRF(num_tags, True, start_allowed=start, transitions_allowed=transitions, end_allowed=end)
    crf.double()
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    return crf


def likelihood_by_enumeration(crf: CRF, emissions: Tensor, gold: Tensor) -> Tensor:
    """Of one sentence (T, K) whose gold is sets of tags (T, K); differentiable; only legal paths are ever scored."""
    length, num_tags = emissions.shape
    every, inside = [], []
    chain = crf.chain()
    for path in itertools.product(range(num_tags), repeat=length):
        if chain.start[path[0]] == -np.inf or chain.end[path[-1]] == -np.inf:
            continue
        if any(chain.transitions[pair] == -np.inf for pair in itertools.pairwise(path)):
            continue
        score = crf.start_transitions[path[0]] + crf.end_transitions[path[-1]]
        score = score + sum(emissions[step, tag] for step, tag in enumerate(path))
        score = score + sum(crf.transitions[pair] for pair in itertools.pairwise(path))
        every.append(score)
        if all(gold[step, tag] for step, tag in enumerate(path)):
            inside.append(score)
    return torch.logsumexp(torch.stack(inside), 0) - torch.logsumexp(torch.stack(every), 0)


# Beside pytorch-crf.


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("mask_type", [torch.bool, torch.uint8, None])
def test_loss_and_gradients_are_those_of_pytorch_crf(
    reduction: str, batch_first: bool, mask_type: torch.dtype | None
) -> None:
    torch.manual_seed(0)
    theirs, ours = twins(6, batch_first)
    mask = right_padded([7, 1, 4, 7, 3])
    emissions, tags = torch.randn(5, 7, 6, dtype=torch.float64), torch.randint(6, (5, 7))
    if not batch_first:
        emissions, tags, mask = emissions.transpose(0, 1), tags.transpose(0, 1), mask.transpose(0, 1)
    results = []
    for crf in (theirs, ours):
        leaf = emissions.clone().requires_grad_()
        with warnings.catch_warnings():
            if crf is theirs:
                warnings.simplefilter("ignore")  # it warns of masks that are not booleans, its own default among them
            value = crf(leaf, tags, None if mask_type is None else mask.to(mask_type), reduction=reduction)
        (value * torch.arange(1, 1 + value.numel()).reshape(value.shape)).sum().backward()
        results.append([value, leaf.grad, *(parameter.grad for parameter in crf.parameters())])
    for one, other in zip(*results, strict=True):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), num_tags=st.integers(1, 5), seed=st.integers(0, 2**31)
)
def test_decoding_is_that_of_pytorch_crf(lengths: list[int], num_tags: int, seed: int) -> None:
    torch.manual_seed(seed)
    theirs, ours = twins(num_tags, batch_first=True)
    mask = right_padded(lengths)
    emissions = torch.randn(*mask.shape, num_tags, dtype=torch.float64)
    assert ours.decode(emissions, mask) == theirs.decode(emissions, mask)


def test_ties_are_broken_as_pytorch_crf_breaks_them() -> None:
    theirs, ours = twins(3, batch_first=True)
    for crf in (theirs, ours):
        with torch.no_grad():
            for parameter, modulus in zip(crf.parameters(), (2, 3, 2), strict=True):
                parameter.copy_(torch.arange(parameter.numel()).reshape(parameter.shape) % modulus % 2)
    emissions = torch.randint(2, (50, 6, 3), generator=torch.Generator().manual_seed(1)).double()
    mask = torch.ones(50, 6, dtype=torch.bool)
    assert ours.decode(emissions, mask) == theirs.decode(emissions, mask)


@pytest.mark.parametrize("layer", [torchcrf.CRF, CRF])
def test_code_in_the_style_of_a_pytorch_crf_user_runs_unchanged(layer: Callable[..., Any]) -> None:
    torch.manual_seed(1)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.emit = torch.nn.Linear(4, 3)
            self.crf = layer(3, batch_first=True)

        def loss(self, inputs: Tensor, tags: Tensor, mask: Tensor) -> Any:
            return -self.crf(self.emit(inputs), tags, mask=mask, reduction="token_mean")

    model = Model()
    inputs, mask = torch.randn(8, 5, 4), right_padded([5, 5, 4, 3, 2, 1, 5, 5])
    tags = inputs[:, :, :3].argmax(dim=2)  # something that can be learnt
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = model.loss(inputs, tags, mask)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
    decoded = model.crf.decode(model.emit(inputs), mask)
    assert [len(path) for path in decoded] == [5, 5, 4, 3, 2, 1, 5, 5]
    assert all(type(tag) is int for path in decoded for tag in path)
    assert repr(model.crf) == "CRF(num_tags=3)"
    assert list(model.crf.state_dict()) == ["start_transitions", "end_transitions", "transitions"]
    assert [name for name, _ in model.crf.named_parameters()] == list(model.crf.state_dict())
    assert all(parameter.abs().max() <= 0.1 for parameter in layer(9).parameters())


@pytest.mark.parametrize("layer", [torchcrf.CRF, CRF])
@pytest.mark.parametrize(
    ("emissions", "tags", "mask", "message"),
    [
        ((2, 3), (2, 3), None, "emissions must have dimension of 3, got 2"),
        ((2, 3, 5), (2, 3), None, "expected last dimension of emissions is 4, got 5"),
        ((2, 3, 4), (3, 2), None, r"dimensions of emissions and tags must match, got \(2, 3\) and \(3, 2\)"),
        ((2, 3, 4), (2, 3), [[1, 1]], r"dimensions of emissions and mask must match, got \(2, 3\) and \(1, 2\)"),
        ((3, 2, 4), (3, 2), [[1, 0], [1, 0], [1, 0]], "mask of the first timestep must all be on"),
    ],
)
def test_faults_are_reported_as_pytorch_crf_reports_them(
    layer: Callable[..., Any],
    emissions: tuple[int, ...],
    tags: tuple[int, ...],
    mask: list[list[int]] | None,
    message: str,
) -> None:
    given = None if mask is None else torch.tensor(mask, dtype=torch.bool)
    crf = layer(4)
    with pytest.raises(ValueError, match=message):
        crf(torch.zeros(emissions), torch.zeros(tags, dtype=torch.long), given)
    if tags == (3, 2) and emissions == (2, 3, 4):
        return
    with pytest.raises(ValueError, match=message):
        crf.decode(torch.zeros(emissions), given)


@pytest.mark.parametrize("layer", [torchcrf.CRF, CRF])
def test_other_faults_of_arguments_are_the_same_too(layer: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="invalid number of tags: 0"):
        layer(0)
    with pytest.raises(ValueError, match="invalid reduction: foo"):
        layer(2)(torch.zeros(1, 1, 2), torch.zeros(1, 1, dtype=torch.long), reduction="foo")


# What pytorch-crf gets wrong.


def test_no_mask_gives_no_warning_and_means_that_all_steps_are_on() -> None:
    crf = CRF(3, batch_first=True)
    emissions, tags = torch.randn(2, 4, 3), torch.randint(3, (2, 4))
    mask = torch.ones(2, 4, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert crf(emissions, tags).item() == crf(emissions, tags, mask).item()
        assert crf.decode(emissions) == crf.decode(emissions, mask)


@pytest.mark.parametrize("on", [[0, 1, 3, 4], [2, 3], [1], [0, 4]])
def test_a_gap_in_a_mask_is_not_silently_wrong(on: list[int]) -> None:
    torch.manual_seed(2)
    crf = CRF(4, batch_first=True).double()
    emissions, tags = torch.randn(2, 5, 4, dtype=torch.float64), torch.randint(4, (2, 5))
    mask = torch.zeros(2, 5, dtype=torch.bool)
    mask[0, on] = True
    mask[1] = True
    removed = crf(emissions[:1, on], tags[:1, on], reduction="none")
    torch.testing.assert_close(crf(emissions, tags, mask, reduction="none")[:1], removed)
    assert crf.decode(emissions, mask)[0] == crf.decode(emissions[:1, on])[0]
    torch.testing.assert_close(crf.marginals(emissions, mask)[:1, on], crf.marginals(emissions[:1, on]))
    assert (crf.marginals(emissions, mask)[~mask] == 0.0).all()
    assert crf.k_best(emissions, 3, mask)[0] == crf.k_best(emissions[:1, on], 3)[0]
    assert crf.viterbi(emissions, mask)[0][0].nonzero(as_tuple=True)[0].tolist() != []
    assert (crf.viterbi(emissions, mask)[0][~mask] == -1).all()


def test_padding_targets_of_minus_100_do_not_crash() -> None:
    crf = CRF(3, batch_first=True)
    emissions, mask = torch.randn(2, 4, 3), right_padded([4, 2])
    tags = torch.randint(3, (2, 4))
    padded = tags.masked_fill(~mask, -100)
    assert crf(emissions, padded, mask).item() == crf(emissions, tags, mask).item()


def test_nan_in_the_padding_reaches_neither_value_nor_gradient() -> None:
    crf = CRF(3, batch_first=True)
    mask = right_padded([4, 2])
    emissions = torch.randn(2, 4, 3).masked_fill(~mask.unsqueeze(2), torch.nan).requires_grad_()
    crf(emissions, torch.zeros(2, 4, dtype=torch.long), mask).backward()
    assert emissions.grad is not None
    assert emissions.grad.isfinite().all()
    assert (emissions.grad[~mask] == 0.0).all()
    assert len(crf.decode(emissions, mask)[1]) == 2


@pytest.mark.parametrize("call", ["forward", "decode", "marginals", "k_best", "log_partition", "viterbi"])
def test_a_row_with_no_step_is_named(call: str) -> None:
    crf = CRF(3, batch_first=True)
    emissions, mask = torch.randn(3, 4, 3), right_padded([4, 2, 1])
    mask[1] = False
    arguments: dict[str, Any] = {
        "forward": (torch.zeros(3, 4, dtype=torch.long), mask),
        "k_best": (2, mask),
    }
    with pytest.raises(ValueError, match="mask of the first timestep must all be on: row 1 has no step at all"):
        getattr(crf, call)(emissions, *arguments.get(call, (mask,)))


def test_a_tag_that_is_none_does_not_wrap_around() -> None:
    crf = CRF(3, batch_first=True)
    with pytest.raises(IndexError, match="row 1, step 0: tag -1 is not one of 0 to 2"):
        crf(torch.zeros(2, 1, 3), torch.tensor([[0], [-1]]))


def test_nan_in_the_emissions_is_named() -> None:
    emissions = torch.zeros(2, 3, 2)
    emissions[1, 2, 0] = torch.nan
    with pytest.raises(ValueError, match="NaN or plus infinity: sentence 1, step 2"):
        CRF(2, batch_first=True)(emissions, torch.zeros(2, 3, dtype=torch.long))


# Beyond pytorch-crf.


@pytest.mark.parametrize("seed", range(4))
def test_constrained_loss_and_gradients_equal_enumeration(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    crf = constrained(4, generator)
    mask = right_padded([4, 1, 3])
    emissions = torch.randn(3, 4, 4, dtype=torch.float64, generator=generator).requires_grad_()
    sets = torch.rand(3, 4, 4, generator=generator) < 0.5
    sets[:, :, 0] = True  # the one path that is always legal
    for gold in (sets, torch.zeros(3, 4, dtype=torch.long)):
        as_sets = gold if gold.dim() == 3 else torch.nn.functional.one_hot(gold, 4).bool()
        leaves = [emissions, *crf.parameters()]
        rows = [emissions[row, on] for row, on in enumerate(mask)]
        expected = [likelihood_by_enumeration(crf, row, as_sets[i, mask[i]]) for i, row in enumerate(rows)]
        value = crf(emissions, gold, mask, reduction="none")
        torch.testing.assert_close(value, torch.stack(expected), rtol=1e-9, atol=1e-9)
        weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        ours = torch.autograd.grad((value * weights).sum(), leaves)
        theirs = torch.autograd.grad((torch.stack(expected) * weights).sum(), leaves)
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def count_by_enumeration(crf: CRF, emissions: Tensor, counted: Tensor) -> Tensor:
    """The expected number of counted tags in one sentence (T, K), differentiable, over legal paths."""
    length, num_tags = emissions.shape
    scores, counts = [], []
    for path in itertools.product(range(num_tags), repeat=length):
        gold = torch.nn.functional.one_hot(torch.tensor(path), num_tags).bool()
        try:
            scores.append(likelihood_by_enumeration(crf, emissions, gold))
        except RuntimeError:  # which no legal path goes through
            continue
        counts.append(float(counted[list(path)].sum()))
    probabilities = torch.stack(scores).exp()
    return (probabilities * torch.tensor(counts, dtype=torch.float64)).sum()


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_expected_count_and_its_gradients_equal_enumeration(seed: int, batch_first: bool) -> None:
    generator = torch.Generator().manual_seed(seed)
    crf = constrained(3, generator)
    crf.batch_first = batch_first
    mask = torch.tensor([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 0]], dtype=torch.bool)
    emissions = 3 * torch.randn(3, 4, 3, dtype=torch.float64, generator=generator)
    emissions.requires_grad_()
    counted, weights = torch.tensor([False, True, True]), torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    expected = torch.stack([count_by_enumeration(crf, emissions[row, on], counted) for row, on in enumerate(mask)])
    arguments = (emissions, counted, mask) if batch_first else (emissions.transpose(0, 1), counted, mask.T)
    value = crf.expected_count(*arguments)
    torch.testing.assert_close(value, expected, rtol=0, atol=1e-7)
    leaves = [emissions, *crf.parameters()]
    ours, theirs = (torch.autograd.grad((found * weights).sum(), leaves) for found in (value, expected))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


def count_in_torch(crf: CRF, emissions: Tensor, counted: Tensor) -> Tensor:
    """The same as one plain recursion from left to right, with what is expected up to each tag beside its score."""
    tags = counted.to(emissions)
    score, count = crf.start_transitions + emissions[0], tags  # (K,), (K,)
    for step in emissions[1:]:
        moved = score[:, None] + crf.transitions  # (K, K), [from, to]
        count = (torch.softmax(moved, 0) * count[:, None]).sum(0) + tags
        score = torch.logsumexp(moved, 0) + step
    return (torch.softmax(score + crf.end_transitions, 0) * count).sum()


@pytest.mark.parametrize("scale", [0.1, 3.0, 30.0])
def test_the_expected_count_of_a_long_sentence_is_that_of_autograd(scale: float) -> None:
    torch.manual_seed(4)
    crf = CRF(5, batch_first=True).double()
    torch.nn.init.normal_(crf.transitions, std=scale / 3)  # tags that hang together over many steps are the hard case
    emissions = (scale * torch.randn(1, 120, 5, dtype=torch.float64)).requires_grad_()
    counted = torch.tensor([False, True, True, False, True])
    value, expected = crf.expected_count(emissions, counted)[0], count_in_torch(crf, emissions[0], counted)
    torch.testing.assert_close(value, expected, rtol=0, atol=1e-5)
    leaves = [emissions, *crf.parameters()]
    for one, other in zip(*(torch.autograd.grad(found, leaves) for found in (value, expected)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_the_expected_count_is_exact_for_parameters_in_float32() -> None:
    torch.manual_seed(5)
    crf = CRF(3, batch_first=True)
    exact = copy.deepcopy(crf).double()
    emissions, counted = torch.randn(2, 30, 3), torch.tensor([False, True, True])
    for layer in (crf, exact):
        layer.expected_count(emissions.to(layer.transitions.dtype), counted).sum().backward()
    for one, other in zip(crf.parameters(), exact.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad.double(), other.grad, rtol=1e-5, atol=1e-6)


def test_gradients_pass_the_numerical_check() -> None:
    crf = constrained(3, torch.Generator().manual_seed(9))
    mask = torch.tensor([[True, False, True, True], [True, True, False, False]])
    emissions = torch.randn(2, 4, 3, dtype=torch.float64).requires_grad_()
    leaves = (emissions, *crf.parameters())
    gold, sets = torch.zeros(2, 4, dtype=torch.long), torch.rand(2, 4, 3) < 0.5
    sets[:, :, 0] = True
    for check in (
        lambda emissions, *_: crf.log_partition(emissions, mask),
        lambda emissions, *_: crf(emissions, gold, mask, reduction="none"),
        lambda emissions, *_: crf(emissions, sets, mask, reduction="none"),
    ):
        assert torch.autograd.gradcheck(check, leaves)


def test_decoding_never_leaves_the_constraints_and_gradients_stay_finite_under_them() -> None:
    generator = torch.Generator().manual_seed(4)
    crf = constrained(6, generator).float()
    chain = crf.chain()
    mask = right_padded([9, 1, 5])
    for scale in (1.0, 1e4, 1e30):
        emissions = (torch.randn(3, 9, 6, generator=generator) * scale).requires_grad_()
        paths = crf.decode(emissions, mask)
        for path in [*paths, *(path for row in crf.k_best(emissions, 9, mask) for path, _ in row)]:
            assert chain.start[path[0]] + chain.end[path[-1]] > -np.inf
            assert all(chain.transitions[pair] > -np.inf for pair in itertools.pairwise(path))
        crf.zero_grad()
        crf(emissions, torch.zeros(3, 9, dtype=torch.long), mask).backward()
        for leaf in (emissions, *crf.parameters()):
            assert leaf.grad is not None
            assert leaf.grad.isfinite().all()
        assert crf.transitions.grad is not None
        assert (crf.transitions.grad[~torch.as_tensor(chain.transitions > -np.inf)] == 0.0).all()


def test_a_gold_path_that_breaks_the_constraints_is_named() -> None:
    crf = CRF(2, batch_first=True, transitions_allowed=torch.tensor([[True, True], [False, True]]))
    emissions = torch.zeros(3, 2, 2)
    with pytest.raises(ValueError, match="row 1: the gold tags admit no path that the constraints allow"):
        crf(emissions, torch.tensor([[0, 1], [1, 0], [0, 0]]))
    sets = torch.ones(3, 2, 2, dtype=torch.bool)
    sets[2, 1] = False
    with pytest.raises(ValueError, match="row 2: the gold tags admit no path"):
        crf(emissions, sets)


def test_a_row_whose_constraints_allow_no_path_is_named() -> None:
    crf = CRF(2, batch_first=True, start_allowed=np.array([True, False]), end_allowed=np.array([False, True]))
    emissions, mask = torch.zeros(2, 2, 2), right_padded([2, 1])
    with pytest.raises(ValueError, match="row 1 has no legal path"):
        crf.decode(emissions, mask)
    tags, scores = crf.viterbi(emissions, mask)
    assert tags.tolist() == [[0, 1], [-1, -1]]
    assert scores[1] == -torch.inf
    assert crf.log_partition(emissions, mask)[1] == -torch.inf
    assert crf.k_best(emissions, 3, mask)[1] == []
    assert (crf.marginals(emissions, mask)[1] == 0.0).all()


@pytest.mark.parametrize("batch_first", [False, True])
def test_marginals_are_the_gradient_of_the_log_partition(batch_first: bool) -> None:
    crf = CRF(4, batch_first).double()
    mask = right_padded([5, 2, 3])
    emissions = torch.randn(3, 5, 4, dtype=torch.float64)
    if not batch_first:
        emissions, mask = emissions.transpose(0, 1), mask.transpose(0, 1)
    emissions.requires_grad_()
    crf.log_partition(emissions, mask).sum().backward()
    result = crf.marginals(emissions, mask)
    assert not result.requires_grad
    torch.testing.assert_close(result, emissions.grad)
    assert crf.viterbi(emissions, mask)[0].shape == mask.shape


def test_k_best_starts_with_the_decoded_path_and_its_scores_fall() -> None:
    crf = CRF(3, batch_first=True)
    emissions, mask = torch.randn(2, 4, 3), right_padded([4, 1])
    long, short = crf.k_best(emissions, 5, mask)
    assert [long[0][0], short[0][0]] == crf.decode(emissions, mask)
    assert [len(long), len(short)] == [5, 3]
    assert [score for _, score in long] == sorted((score for _, score in long), reverse=True)
    assert torch.tensor([long[0][1], short[0][1]]).tolist() == pytest.approx(crf.viterbi(emissions, mask)[1].tolist())


def test_a_result_does_not_depend_on_the_batch() -> None:
    torch.manual_seed(5)
    crf = CRF(5, batch_first=True)
    mask = right_padded([12, 3, 7, 1])
    emissions, tags = torch.randn(4, 12, 5), torch.randint(5, (4, 12))
    together = crf(emissions, tags, mask, reduction="none")
    for row, length in enumerate([12, 3, 7, 1]):
        alone = crf(emissions[row : row + 1, :length], tags[row : row + 1, :length], reduction="none")
        assert alone.item() == together[row].item()


def test_float32_is_worked_on_in_float64() -> None:
    torch.manual_seed(6)
    crf = CRF(5, batch_first=True)
    emissions, tags = torch.randn(2, 2000, 5) * 10, torch.randint(5, (2, 2000))
    exact = copy.deepcopy(crf).double()(emissions.double(), tags)
    value = crf(emissions, tags)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(exact.item(), rel=1e-7)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_reduced_precision_is_lifted(dtype: torch.dtype) -> None:
    crf = CRF(3, batch_first=True)
    emissions = torch.randn(2, 4, 3).to(dtype).requires_grad_()
    tags = torch.randint(3, (2, 4))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = crf(emissions, tags)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(crf(emissions.float(), tags).item(), rel=1e-6)
    value.backward()
    assert emissions.grad is not None
    assert emissions.grad.dtype == dtype
    assert crf.to(dtype).decode(emissions) == crf.decode(emissions.float())


def test_a_chain_follows_parameters_that_change_unseen_by_autograd() -> None:
    crf = CRF(2, batch_first=True, transitions_allowed=np.array([[True, False], [True, True]]))
    emissions = torch.zeros(1, 1, 2)
    crf.start_transitions.data.copy_(torch.tensor([1.0, 0.0]))
    assert crf.decode(emissions)[0] == [0]
    first = crf.chain()
    assert crf.chain() is first
    crf.start_transitions.data.copy_(torch.tensor([0.0, 9.0]))  # which raises no version
    crf.end_transitions.data.zero_()
    assert crf.decode(emissions) == [[1]]
    assert first.start[0] == 1.0


def test_rows_may_weigh_differently() -> None:
    generator = torch.Generator().manual_seed(5)
    crf, mask = constrained(3, generator), right_padded([3, 1])
    emissions = torch.randn(2, 3, 3, dtype=torch.float64, generator=generator).requires_grad_()
    gold = crf.viterbi(emissions, mask)[0].clamp(min=0)
    weights = torch.tensor([2.0, -0.5], dtype=torch.float64)
    leaves = [emissions, *crf.parameters()]
    ours = torch.autograd.grad((crf(emissions, gold, mask, "none") * weights).sum(), leaves)
    each = [torch.autograd.grad(crf(emissions, gold, mask, "none")[row], leaves) for row in (0, 1)]
    for found, first, second in zip(ours, *each, strict=True):
        torch.testing.assert_close(found, 2.0 * first - 0.5 * second)


@pytest.mark.parametrize("reduction", ["sum", "mean", "token_mean"])
def test_one_sum_gives_value_and_gradient(reduction: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crf, emissions = CRF(3, batch_first=True), torch.randn(4, 5, 3, requires_grad=True)
    gold = torch.zeros(4, 5, dtype=torch.long)
    (expected,) = torch.autograd.grad(-crf(emissions, gold, reduction=reduction) / 7, emissions, retain_graph=True)
    calls = []
    original = taggers.chain.log_likelihood_gradient

    def counted(*arguments: Any) -> Any:
        calls.append(1)
        return original(*arguments)

    monkeypatch.setattr(taggers.chain, "log_likelihood_gradient", counted)
    loss = -crf(emissions, gold, reduction=reduction) / 7
    for _ in range(2):
        (again,) = torch.autograd.grad(loss, emissions, retain_graph=True)
        torch.testing.assert_close(again, expected)
    with torch.no_grad():
        torch.testing.assert_close(-crf(emissions, gold, reduction=reduction) / 7, loss.detach())
    assert len(calls) == 1


def test_emissions_that_changed_since_are_refused_where_they_are_read_again() -> None:
    crf, leaf = CRF(3, batch_first=True), torch.randn(2, 5, 3, requires_grad=True)
    emissions = leaf * 1.0
    likelihood = crf(emissions, torch.zeros(2, 5, dtype=torch.long), reduction="none")
    with torch.no_grad():
        emissions.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        (likelihood * torch.tensor([1.0, 2.0])).sum().backward()


def test_constraints_are_copied_moved_and_pickled_but_are_no_part_of_the_state() -> None:
    crf = CRF(2, batch_first=True, start_allowed=torch.tensor([False, True]))
    assert sorted(crf.state_dict()) == sorted(torchcrf.CRF(2).state_dict())
    for other in (copy.deepcopy(crf), pickle.loads(pickle.dumps(crf)), crf.to("cpu")):
        assert other.decode(torch.tensor([[[9.0, 0.0]]])) == [[1]]
    assert crf.chain().start[0] == -np.inf


def test_constraints_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"transitions_allowed: expected shape \(3, 3\), got \(2, 2\)"):
        CRF(3, transitions_allowed=np.ones((2, 2), dtype=np.bool_))


def test_sets_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected sets of 2 tags in the last dimension, got \(1, 1, 3\)"):
        CRF(2)(torch.zeros(1, 1, 2), torch.ones(1, 1, 3, dtype=torch.bool))
    with pytest.raises(ValueError, match="expected sets of 2 tags"):
        CRF(2)(torch.zeros(1, 1, 2), torch.ones(1, 1, dtype=torch.bool))


# The tensor operations of other devices, on the CPU.


@pytest.fixture(params=range(3))
def case(request: pytest.FixtureRequest) -> tuple[CRF, Tensor, Tensor]:
    """A constrained layer, emissions (3, 6, 4), and a mask with gaps, all in float64."""
    generator = torch.Generator().manual_seed(request.param)
    mask = torch.tensor([[1, 1, 0, 1, 0, 1], [0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=torch.bool)
    emissions = torch.randn(3, 6, 4, dtype=torch.float64, generator=generator) * 2
    return constrained(4, generator), emissions.masked_fill(~mask.unsqueeze(2), torch.nan), mask


@pytest.mark.parametrize("kind", ["none", "tags", "sets"])
def test_tensor_operations_equal_the_kernels(case: tuple[CRF, Tensor, Tensor], kind: str) -> None:
    crf, emissions, mask = case
    sets = torch.rand(3, 6, 4) < 0.5
    sets[:, :, 0] = True
    gold = {"none": None, "tags": torch.zeros(3, 6, dtype=torch.long).masked_fill(~mask, -100), "sets": sets}[kind]
    results = []
    for by_kernels in (True, False):
        leaf = emissions.clone().requires_grad_()
        likelihood = (
            crf._likelihood(leaf, mask, gold)
            if by_kernels
            else taggers.nn.crf_tensors.tensor_likelihood(leaf, crf._scores(), mask, gold)
        )
        crf.zero_grad()
        torch.autograd.backward((likelihood * torch.tensor([1.0, 2.0, -3.0])).sum())
        results.append([likelihood, leaf.grad, *(parameter.grad for parameter in crf.parameters())])
    for one, other in zip(*results, strict=True):
        assert one is not None
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)
        assert one.isfinite().all()


def test_tensor_operations_take_parameters_in_another_precision(case: tuple[CRF, Tensor, Tensor]) -> None:
    crf, emissions, mask = case
    exact = crf._likelihood(emissions, mask, None)
    scores = crf.float()._scores(crf._parameters_in(torch.float64))
    assert scores.transitions.dtype is torch.float64
    found = taggers.nn.crf_tensors.tensor_likelihood(emissions, scores, mask)
    torch.testing.assert_close(found, exact, rtol=1e-6, atol=1e-6)


def test_tensor_decoding_and_marginals_equal_the_kernels(case: tuple[CRF, Tensor, Tensor]) -> None:
    crf, emissions, mask = case
    tags, scores = taggers.nn.crf_tensors.tensor_viterbi(emissions, crf._scores(), mask)
    expected_tags, expected_scores = crf.viterbi(emissions, mask)
    assert tags.tolist() == expected_tags.tolist()
    torch.testing.assert_close(scores, expected_scores)
    with torch.no_grad():
        probabilities = taggers.nn.crf_tensors.tensor_marginals(emissions, crf._scores(), mask)
    torch.testing.assert_close(probabilities, crf.marginals(emissions, mask))


def test_tensor_operations_survive_rows_without_a_legal_path_and_extreme_scores() -> None:
    crf = CRF(2, True, start_allowed=np.array([True, False]), end_allowed=np.array([False, True]))
    mask = right_padded([3, 1])
    emissions = torch.tensor([[[1e30, 1e30], [0.0, 0.5], [-1e30, -1e30]]] * 2).requires_grad_()
    everything = taggers.nn.crf_tensors.tensor_likelihood(emissions, crf._scores(), mask)
    assert everything[1] == -torch.inf
    torch.autograd.backward(everything[0])
    assert emissions.grad is not None
    torch.testing.assert_close(emissions.grad[:1], crf.marginals(emissions, mask)[:1])
    assert (emissions.grad[1] == 0.0).all()
    tags, scores = taggers.nn.crf_tensors.tensor_viterbi(emissions, crf._scores(), mask)
    assert tags.tolist() == crf.viterbi(emissions, mask)[0].tolist()
    assert scores[1] == -torch.inf


def test_tensor_operations_keep_float32_exact_over_2000_steps() -> None:
    torch.manual_seed(8)
    crf = CRF(5, batch_first=True)
    with torch.no_grad():
        crf.transitions.add_(5.0)  # scores that grow with the length
    emissions, mask = torch.randn(1, 2000, 5), torch.ones(1, 2000, dtype=torch.bool)
    probabilities = taggers.nn.crf_tensors.tensor_marginals(emissions, crf._scores(), mask)
    torch.testing.assert_close(probabilities, crf.marginals(emissions), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64])
def test_tags_that_are_no_whole_numbers_are_refused_as_pytorch_crf_does(
    case: tuple[CRF, Tensor, Tensor], dtype: torch.dtype
) -> None:
    crf, emissions, mask = case
    with pytest.raises(IndexError, match="tags used as indices must be whole numbers"):
        crf(emissions, torch.zeros(3, 6, dtype=dtype), mask)


@pytest.mark.cuda
def test_cuda_equals_the_cpu(case: tuple[CRF, Tensor, Tensor]) -> None:  # pragma: no cover - cuda
    crf, emissions, mask = case
    gold = torch.zeros(3, 6, dtype=torch.long).masked_fill(~mask, -100)
    device = copy.deepcopy(crf).cuda()
    there, on = emissions.cuda().requires_grad_(), mask.cuda()
    here = emissions.clone().requires_grad_()
    value, expected = device(there, gold.cuda(), on), crf(here, gold, mask)
    torch.testing.assert_close(value.cpu(), expected)
    value.backward()
    expected.backward()
    assert there.grad is not None
    torch.testing.assert_close(there.grad.cpu(), here.grad)
    assert device.decode(there, on) == crf.decode(here, mask)
    torch.testing.assert_close(device.marginals(there, on).cpu(), crf.marginals(here, mask))
    counted = torch.tensor([False, True, True, False])
    torch.testing.assert_close(
        device.expected_count(there, counted.cuda(), on).cpu(), crf.expected_count(here, counted, mask)
    )
    assert [[path for path, _ in row] for row in device.k_best(there, 3, on)] == [
        [path for path, _ in row] for row in crf.k_best(here, 3, mask)
    ]
