"""Pooling: what each way makes of states by plain loops, that padding never matters, and that a graph says the same."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from taggers.export.graph import OnnxGraph
from taggers.nn.heads.pooling import Pooling, PoolingHead
from taggers.nn.recurrent import reverse

POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
Directions = Literal[1, 2]
H, K = 6, 4


def build(pooling: Pooling, many: bool = False, directions: Directions = 2) -> PoolingHead:
    torch.manual_seed(3)
    head = PoolingHead(H, K, pooling, many, directions)
    with torch.no_grad():
        for weight in head.parameters():
            weight.normal_()
    return head


def mask_of(lengths: list[int], longest: int | None = None) -> Tensor:
    return torch.arange(longest or max(lengths)) < torch.tensor(lengths)[:, None]


def draw_states(lengths: list[int], longest: int | None = None) -> Tensor:
    torch.manual_seed(sum(lengths))
    return torch.rand(len(lengths), longest or max(lengths), H) * 2 - 1


def pooled_plainly(head: PoolingHead, states: Tensor) -> Tensor:
    """Of one sentence (T, H) without padding: (H,)."""
    match head.pooling:
        case "last":
            half = H // 2
            both = head.directions == 2
            return torch.tensor([float(states[0 if both and unit >= half else -1, unit]) for unit in range(H)])
        case "mean":
            return torch.tensor([sum(states[:, unit].tolist()) / len(states) for unit in range(H)])
        case "max":
            return torch.tensor([max(states[:, unit].tolist()) for unit in range(H)])
        case "attention":
            assert head.attend is not None
            hidden, vector = head.attend.hidden, head.attend.vector.weight[0]
            weights = [float(torch.exp(vector @ torch.tanh(hidden.weight @ s + hidden.bias))) for s in states]
            return sum((w * s for w, s in zip(weights, states, strict=True)), torch.zeros(H)) / sum(weights)


@torch.no_grad()
def emissions_plainly(head: PoolingHead, states: Tensor) -> Tensor:
    logits = head.emit.weight @ pooled_plainly(head, states) + head.emit.bias
    if head.many:
        return torch.log(1 / (1 + torch.exp(-logits)))
    return torch.log(torch.exp(logits) / torch.exp(logits).sum())


@torch.no_grad()
def losses_plainly(head: PoolingHead, states: Tensor, lengths: list[int], targets: list[list[int]]) -> float:
    loss = 0.0
    for row, length, gold in zip(states, lengths, targets, strict=True):
        scores = emissions_plainly(head, row[:length])
        for label in range(K):
            if label in gold:
                loss -= float(scores[label])
            elif head.many:
                loss -= float(torch.log(1 - torch.exp(scores[label])))
    return loss


LENGTHS = st.lists(st.integers(1, 7), min_size=1, max_size=4)
WAYS = pytest.mark.parametrize(("directions", "many"), [(2, False), (2, True), (1, False)])


@pytest.mark.parametrize("pooling", POOLINGS)
@WAYS
@settings(max_examples=15)
@given(lengths=LENGTHS)
def test_emissions_are_what_plain_loops_give(
    pooling: Pooling, directions: Directions, many: bool, lengths: list[int]
) -> None:
    head, states = build(pooling, many, directions), draw_states(lengths)
    found = head.emissions(states, mask_of(lengths)).detach()
    expected = torch.stack([emissions_plainly(head, row[:n]) for row, n in zip(states, lengths, strict=True)])
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_loss_is_the_cross_entropy_summed_over_the_batch(pooling: Pooling) -> None:
    lengths, states = [3, 1, 4], draw_states([3, 1, 4])
    head = build(pooling)
    loss = float(head.loss(states, torch.tensor([2, 0, 3]), mask_of(lengths)).detach())
    assert loss == pytest.approx(losses_plainly(head, states, lengths, [[2], [0], [3]]), rel=1e-4)
    head = build(pooling, many=True)
    sets = torch.tensor([[True, False, True, False], [False] * 4, [True] * 4])
    loss = float(head.loss(states, sets, mask_of(lengths)).detach())
    assert loss == pytest.approx(losses_plainly(head, states, lengths, [[0, 2], [], [0, 1, 2, 3]]), rel=1e-4)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("many", [False, True])
def test_what_stands_in_the_padding_changes_neither_loss_nor_gradient(pooling: Pooling, many: bool) -> None:
    lengths = [2, 5, 1]
    targets = torch.tensor([[True, False, True, False]] * 3) if many else torch.tensor([1, 0, 3])

    def gradients(longest: int, padding: float) -> list[Tensor]:
        head, mask = build(pooling, many), mask_of(lengths, longest)
        states = torch.full((3, longest, H), padding)
        states[:, :5] = torch.where(mask[:, :5, None], draw_states(lengths), padding)
        states.requires_grad_()
        loss = head.loss(states, targets, mask)
        loss.backward()  # type: ignore[no-untyped-call]
        assert states.grad is not None
        assert not states.grad[~mask].any()
        return [loss.detach(), states.grad[:, :5], *(p.grad for p in head.parameters() if p.grad is not None)]

    expected = gradients(5, 0.0)
    assert len(expected) == (7 if pooling == "attention" else 4)
    for padding in (-2.0, 1e30, float("nan")):
        for left, right in zip(gradients(9, padding), expected, strict=True):
            torch.testing.assert_close(left, right)


def graph_scores(head: PoolingHead, states: Tensor, lengths: list[int]) -> NDArray[np.float32]:
    """(B, K) of the graph, which is given each direction in the order of its own steps."""
    graph = OnnxGraph("pooling")
    counts = torch.tensor(lengths)
    size = H // head.directions
    ways = {"rightward": states[:, :, :size]}
    if head.directions == 2:
        ways["leftward"] = reverse(states[:, :, size:], counts)
    given_ways = [graph.given(name, "float32", ["T", "B", size]) for name in ways]
    found = head.nodes(graph, "head", given_ways, graph.given("lengths", "int64", ["B"]))
    graph.output("scores", found, "float32", ["B", K])
    options = onnxruntime.SessionOptions()
    weights = {f"head.{name}": weight.detach().numpy() for name, weight in head.named_parameters()}
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(weight) for weight in weights.values()]
    options.add_external_initializers(list(weights), values)
    session = onnxruntime.InferenceSession(graph.serialized(), options, providers=["CPUExecutionProvider"])
    feeds = {name: way.transpose(0, 1).contiguous().numpy() for name, way in ways.items()}
    [scores] = session.run(["scores"], {**feeds, "lengths": counts.numpy()})
    return np.asarray(scores, dtype=np.float32)


@pytest.mark.parametrize("pooling", POOLINGS)
@WAYS
@settings(max_examples=8)
@given(lengths=LENGTHS)
def test_a_graph_says_the_same(pooling: Pooling, directions: Directions, many: bool, lengths: list[int]) -> None:
    head, states = build(pooling, many, directions), draw_states(lengths)
    expected = head.emissions(states, mask_of(lengths)).detach().numpy()
    np.testing.assert_allclose(graph_scores(head, states, lengths), expected, atol=2e-6, rtol=1e-5)
