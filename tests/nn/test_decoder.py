"""The decoder head: padding, teacher forcing, and the same numbers under onnxruntime as under torch."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from taggers.export.graph import OnnxGraph
from taggers.nn.heads.decoder import DecoderHead
from taggers.nn.recurrent import Kind, reverse

STATES, SYMBOLS, HIDDEN = 6, 5, 4


def decoder(kind: Kind = "lstm", dropout: float = 0.0, directions: Literal[1, 2] = 2) -> DecoderHead:
    torch.manual_seed(3)
    made = DecoderHead(kind, STATES, SYMBOLS, 3, HIDDEN, dropout, directions=directions)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.5 * torch.randn_like(weight))
    return made


def source(rows: int = 3, steps: int = 4) -> tuple[Tensor, Tensor]:
    """States, and what is real of them."""
    lengths = torch.arange(rows) % steps + 1
    mask = torch.arange(steps) < lengths[:, None]
    return torch.randn(rows, steps, STATES), mask


TARGETS = torch.tensor([[1, 2, 3], [4, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@torch.no_grad()
def test_the_loss_is_the_surprise_at_each_target_alone(kind: Kind) -> None:
    head, (states, mask) = decoder(kind).eval(), source()
    alone = []
    for row, length in enumerate(mask.sum(dim=1).tolist()):
        target = TARGETS[row][TARGETS[row] != 0]
        memory, carried = head.read(states[row : row + 1, :length], mask[row : row + 1, :length])
        surprise, last = 0.0, 0
        for place, symbol in enumerate([*target.tolist(), 0]):
            found, carried = head.step(memory, torch.tensor([[last]]), carried.view(-1, 1, 1, HIDDEN), place)
            surprise, last = surprise - float(found[0, 0, symbol]), symbol
        alone.append(surprise)
    assert float(head.loss(states, TARGETS, mask)) == pytest.approx(sum(alone), rel=1e-4)


@torch.no_grad()
def test_probabilities_of_all_sequences_add_up() -> None:
    head, (states, mask) = decoder().eval(), source(1, 3)
    total = 0.0
    for length in range(3):
        for sequence in product(range(1, SYMBOLS), repeat=length):
            target = torch.tensor([sequence], dtype=torch.long).reshape(1, length)
            total += float(torch.exp(-head.loss(states, target, mask)))
    memory, carried = head.read(states, mask)
    going = 0.0
    for sequence in product(range(1, SYMBOLS), repeat=3):
        found, _ = head.follow(memory, torch.tensor([[0, *sequence[:-1]]]), carried)
        going += float(torch.exp(found[0, torch.arange(3), list(sequence)].sum()))
    assert total + going == pytest.approx(1.0, abs=1e-4)


@torch.no_grad()
def test_what_is_near_is_preferred_from_the_start() -> None:
    head = DecoderHead("lstm", STATES, SYMBOLS, 3, HIDDEN).eval()
    states, mask = torch.randn(1, 20, STATES), torch.ones(1, 20, dtype=torch.bool)
    head.key.weight.zero_()
    memory, _ = head.read(states, mask)
    for place in (0, 3, 19):
        seen = torch.zeros(20)
        for step in range(20):  # what each state weighs: how much the answer changes with it
            other = memory._replace(states=memory.states.clone())
            other.states[0, step] += 1.0
            carried = torch.zeros(head.cell.carries, 1, 1, HIDDEN)
            before = torch.zeros(1, 1, dtype=torch.long)
            changed = head.step(other, before, carried, place)[0] - head.step(memory, before, carried, place)[0]
            seen[step] = changed.abs().sum()
        assert int(seen.argmax()) == place


@torch.no_grad()
def test_padding_changes_nothing() -> None:
    head, (states, mask) = decoder().eval(), source()
    loss = head.loss(states, TARGETS, mask)
    wider = torch.nn.functional.pad(states, (0, 0, 0, 3), value=9.0)
    longer = torch.nn.functional.pad(TARGETS, (0, 2))
    padded = head.loss(wider, longer, torch.nn.functional.pad(mask, (0, 3)))
    assert float(padded) == pytest.approx(float(loss), rel=1e-5)


@torch.no_grad()
def test_fed_by_itself_the_decoder_reads_its_own_answers() -> None:
    head, (states, mask) = decoder().train(), source()
    taught = head.loss(states, TARGETS, mask)
    head.teacher_forcing = 0.0
    memory, carried = head.read(states, mask)
    before, own, surprise = torch.zeros(3, 1, dtype=torch.long), carried, torch.zeros(())
    longer = torch.nn.functional.pad(TARGETS, (0, 1))
    for step in range(longer.shape[1]):
        found, own = head.follow(memory, before, own, step)
        there = (longer[:, :step] != 0).all(dim=1)
        surprise = surprise - (found[torch.arange(3), 0, longer[:, step]] * there).sum()
        before = found.argmax(dim=2)
    by_itself = head.loss(states, TARGETS, mask)
    assert float(by_itself) == pytest.approx(float(surprise), rel=1e-4)
    assert float(by_itself) != pytest.approx(float(taught), rel=1e-3)


@torch.no_grad()
def test_half_taught_it_draws_from_the_seed_alone() -> None:
    head, inputs = decoder(dropout=0.3).train(), source()
    head.teacher_forcing = 0.5
    states, mask = inputs
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        losses.append(float(head.loss(states, TARGETS, mask)))
    assert losses[0] == losses[1] != losses[2]


@torch.no_grad()
def test_told_everything_step_by_step_is_all_at_once_with_the_same_dropout() -> None:
    head, (states, mask) = decoder(dropout=0.4).train(), source()
    memory, carried = head.read(states, mask)
    given = torch.nn.functional.pad(TARGETS, (1, 0))
    torch.manual_seed(5)
    together, _ = head.follow(memory, given, carried)
    torch.manual_seed(5)
    one_by_one = head._by_itself(memory, given, carried)  # the chance is 1: nothing is its own answer
    torch.testing.assert_close(one_by_one, together, atol=1e-5, rtol=1e-4)
    torch.manual_seed(6)
    assert not torch.allclose(head.follow(memory, given, carried)[0], together, atol=1e-3)


def test_every_weight_learns() -> None:
    head, (states, mask) = decoder().train(), source()
    head.loss(states, TARGETS, mask).backward()  # type: ignore[no-untyped-call]
    for name, weight in head.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("directions", [1, 2])
def test_the_graphs_give_the_same_numbers(kind: Kind, directions: Literal[1, 2]) -> None:
    head, (states, mask) = decoder(kind, 0.0, directions).eval(), source()
    memory, carried = head.read(states, mask)
    reading = OnnxGraph("memory")
    lengths, size = mask.sum(dim=1), STATES // directions
    ways = {"rightward": states[:, :, :size].transpose(0, 1)}
    if directions == 2:
        ways["leftward"] = reverse(states[:, :, size:], lengths).transpose(0, 1)
    each = [reading.given(way, "float32", ["S", "B", size]) for way in ways]
    head.memory_nodes(reading, "head", each, reading.given("lengths", "int64", ["B"]))
    found = run(reading, head, {**ways, "lengths": lengths})
    for name, value in memory._asdict().items():
        np.testing.assert_allclose(found[name], value.detach().numpy(), atol=1e-5)
    np.testing.assert_allclose(found["begin"], carried[0].detach().numpy(), atol=1e-5)
    step = OnnxGraph("step")
    head.step_nodes(step, "head")
    before = torch.tensor([[0, 1], [2, 3], [4, 4]])
    several = torch.randn(head.cell.carries, 3, 2, HIDDEN)
    feeds = memory._asdict() | {"before": before.int(), "place": torch.tensor(2)}
    feeds |= {f"carried {i}": part for i, part in enumerate(several)}
    given = run(step, head, feeds)
    expected, after = head.step(memory, before, several, 2)
    np.testing.assert_allclose(given["found"], expected.detach().numpy(), atol=1e-5)
    for part, left in enumerate(after):
        np.testing.assert_allclose(given[f"left {part}"], left.detach().numpy(), atol=1e-5)


def run(graph: OnnxGraph, head: DecoderHead, feeds: dict[str, Tensor]) -> dict[str, np.ndarray]:
    options = onnxruntime.SessionOptions()
    content = graph.serialized()
    weights = {
        f"head.{name}": onnxruntime.OrtValue.ortvalue_from_numpy(weight.detach().numpy())
        for name, weight in head.named_parameters() if f"head.{name}".encode() in content
    }  # fmt: skip
    options.add_external_initializers(list(weights), list(weights.values()))
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    outputs = session.run(names, {name: value.detach().numpy() for name, value in feeds.items()})
    return dict(zip(names, outputs, strict=True))
