"""Heads: what they lose, what they allow, and sets of tags as gold."""

from __future__ import annotations

import math
from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from taggers.nn.heads.labelling import CRFHead, EntityRatio, SoftmaxHead
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import IOB2, IOBES, Scheme

TASK = Labelling("ner", ("X",), IOB2, IOB2)  # O, B-X, I-X
K, H = 3, 4
MASK = torch.tensor([[True, True, True], [True, True, False]])  # (B, T)
GOLD = torch.tensor([[0, 1, 2], [1, 2, 0]])  # (B, T)


def states() -> Tensor:
    torch.manual_seed(5)
    return torch.randn(2, 3, H)  # (B, T, H)


def build(kind: type[CRFHead] | type[SoftmaxHead]) -> CRFHead | SoftmaxHead:
    torch.manual_seed(6)
    return kind(H, TASK.constraints)


def legal_paths(length: int) -> list[tuple[int, ...]]:
    chain = TASK.constraints
    return [
        path
        for path in product(range(K), repeat=length)
        if chain.start[path[0]] == 0 and all(chain.transitions[a, b] == 0 for a, b in pairwise(path))
    ]


def test_the_crf_loss_is_the_negative_log_likelihood_over_legal_paths() -> None:
    head = build(CRFHead)
    emissions, chain = head.emissions(states(), MASK).detach().double(), head.chain()

    def score(row: int, path: tuple[int, ...]) -> float:
        moves = sum(chain.transitions[a, b] for a, b in pairwise(path))
        steps = sum(float(emissions[row, step, tag]) for step, tag in enumerate(path))
        return float(chain.start[path[0]] + moves + chain.end[path[-1]]) + steps

    expected = 0.0
    for row, gold in enumerate(((0, 1, 2), (1, 2))):
        total = math.fsum(math.exp(score(row, path)) for path in legal_paths(len(gold)))
        expected += math.log(total) - score(row, gold)
    assert float(head.loss(states(), GOLD, MASK).detach()) == pytest.approx(expected, rel=1e-5)


def test_the_softmax_loss_is_the_cross_entropy_of_the_real_tokens() -> None:
    head = build(SoftmaxHead)
    emissions = head.emissions(states(), MASK).detach()
    torch.testing.assert_close(emissions.exp().sum(dim=2), torch.ones(2, 3))
    expected = -sum(float(emissions[b, t, GOLD[b, t]]) for b, t in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)))
    assert float(head.loss(states(), GOLD, MASK).detach()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", [CRFHead, SoftmaxHead])
def test_sets_of_one_tag_cost_what_the_tag_costs_and_free_ones_cost_nothing(
    kind: type[CRFHead] | type[SoftmaxHead],
) -> None:
    head = build(kind)
    single = torch.nn.functional.one_hot(GOLD, K).bool()  # (B, T, K)
    torch.testing.assert_close(head.loss(states(), single, MASK), head.loss(states(), GOLD, MASK))
    free = torch.ones_like(single)
    assert float(head.loss(states(), free, MASK).detach()) == pytest.approx(0.0, abs=1e-5)
    open_at_the_end = single.clone()
    open_at_the_end[0, 2] = True
    between = float(head.loss(states(), open_at_the_end, MASK).detach())
    assert 0.0 < between < float(head.loss(states(), GOLD, MASK).detach())


@pytest.mark.parametrize("kind", [CRFHead, SoftmaxHead])
def test_what_padding_holds_does_not_change_the_loss(kind: type[CRFHead] | type[SoftmaxHead]) -> None:
    head = build(kind)
    changed, gold = states(), GOLD.clone()
    changed[1, 2], gold[1, 2] = 99.0, 2
    torch.testing.assert_close(head.loss(changed, gold, MASK), head.loss(states(), GOLD, MASK))


@pytest.mark.parametrize("kind", [CRFHead, SoftmaxHead])
@pytest.mark.parametrize("scheme", [IOB2, IOBES], ids=lambda scheme: scheme.name)
def test_both_heads_are_decoded_under_the_constraints_of_the_scheme(
    kind: type[CRFHead] | type[SoftmaxHead], scheme: Scheme
) -> None:
    task = Labelling("ner", ("X", "Y"), scheme, IOB2)
    chain, constraints = kind(H, task.constraints).chain(), task.constraints
    for ours, wanted in (
        (chain.start, constraints.start),
        (chain.transitions, constraints.transitions),
        (chain.end, constraints.end),
    ):
        assert ((ours == -math.inf) == (wanted == -math.inf)).all()


def test_the_softmax_head_scores_no_transition() -> None:
    chain = build(SoftmaxHead).chain()
    assert set(chain.transitions.ravel()) == {0.0, -math.inf}


@pytest.mark.parametrize("off", [-0.2, -0.05, 0.0, 0.05, 0.2])
def test_what_is_off_the_expected_share_of_entities_costs_each_sentence(off: float) -> None:
    plain = build(CRFHead)
    assert isinstance(plain, CRFHead)
    marginals = plain.crf.marginals(plain.emissions(states(), MASK), mask=MASK)  # (B, T, K)
    share = float(marginals[:, :, 1:].sum() / 5)  # five tokens are real
    torch.manual_seed(6)
    head = CRFHead(H, TASK.constraints, EntityRatio((False, True, True), share - off, 0.1, 10.0))
    gold = torch.ones(2, 3, K, dtype=torch.bool)  # all unknown, which costs nothing
    loss = head.loss(states(), gold, MASK)
    assert float(loss.detach()) == pytest.approx(2 * 10.0 * max(0.0, abs(off) - 0.1), abs=1e-4)
    torch.autograd.backward(loss)
    assert head.emit.weight.grad is not None
    assert (head.emit.weight.grad.abs().max() > 1e-4) == (abs(off) > 0.1)


def test_a_step_down_the_loss_brings_the_share_of_entities_nearer() -> None:
    for expected in (0.05, 0.95):
        torch.manual_seed(6)
        head = CRFHead(H, TASK.constraints, EntityRatio((False, True, True), expected, 0.0, 10.0))
        gold = torch.ones(2, 3, K, dtype=torch.bool)
        losses = []
        optimiser = torch.optim.SGD(head.parameters(), lr=0.05)
        for _ in range(30):
            optimiser.zero_grad()
            loss = head.loss(states(), gold, MASK)
            torch.autograd.backward(loss)
            optimiser.step()
            losses.append(float(loss.detach()))
        assert losses[-1] < losses[0] / 2
