"""The decoder head: padding, teaching, copies, and the same numbers under onnxruntime as under torch."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from taggers.export.graph import OnnxGraph
from taggers.nn.heads.decoder import Decoder, Memory
from taggers.nn.recurrent import Kind

STATES, SYMBOLS, HIDDEN = 6, 5, 4
COPIES = (0, 1, 0, 2, 4, 3)  # of six symbols of the source


def decoder(
    kind: Kind = "lstm", copying: bool = True, dropout: float = 0.0, directions: Literal[1, 2] = 2
) -> Decoder:
    torch.manual_seed(3)
    made = Decoder(kind, STATES, SYMBOLS, 3, HIDDEN, dropout, COPIES if copying else None, directions)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.5 * torch.randn_like(weight))
    return made


def source(rows: int = 3, steps: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """States, what is real of them, and the numbers of the source's symbols."""
    lengths = torch.arange(rows) % steps + 1
    mask = torch.arange(steps) < lengths[:, None]
    return torch.randn(rows, steps, STATES), mask, torch.randint(1, len(COPIES), (rows, steps)) * mask


TARGETS = torch.tensor([[1, 2, 3], [4, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("copying", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@torch.no_grad()
def test_the_loss_is_the_surprise_at_each_target_alone(kind: Kind, copying: bool) -> None:
    head, (states, mask, sources) = decoder(kind, copying).eval(), source()
    alone = []
    for row, length in enumerate(mask.sum(dim=1).tolist()):
        target = TARGETS[row][TARGETS[row] != 0]
        memory, carried = head.read(states[row : row + 1, :length], mask[row : row + 1, :length],
                                    sources[row : row + 1, :length])  # fmt: skip
        surprise, last = 0.0, 0
        for symbol in [*target.tolist(), 0]:
            found, carried = head.step(memory, torch.tensor([[last]]), carried.view(-1, 1, 1, HIDDEN))
            surprise, last = surprise - float(found[0, 0, symbol]), symbol
        alone.append(surprise)
    assert float(head.loss(states, TARGETS, mask, sources)) == pytest.approx(sum(alone), rel=1e-4)


@pytest.mark.parametrize("copying", [False, True])
@torch.no_grad()
def test_probabilities_of_all_sequences_add_up(copying: bool) -> None:
    head, (states, mask, sources) = decoder(copying=copying).eval(), source(1, 3)
    total = 0.0
    for length in range(3):
        for sequence in product(range(1, SYMBOLS), repeat=length):
            target = torch.tensor([sequence], dtype=torch.long).reshape(1, length)
            total += float(torch.exp(-head.loss(states, target, mask, sources)))
    memory, carried = head.read(states, mask, sources)
    going = 0.0
    for sequence in product(range(1, SYMBOLS), repeat=3):
        found, _ = head.follow(memory, torch.tensor([[0, *sequence[:-1]]]), carried)
        going += float(torch.exp(found[0, torch.arange(3), list(sequence)].sum()))
    assert total + going == pytest.approx(1.0, abs=1e-4)


@torch.no_grad()
def test_what_is_attended_to_can_be_copied() -> None:
    head, (states, mask, sources) = decoder(), source(1, 1)
    assert head.gate is not None
    with torch.no_grad():
        head.gate.bias.fill_(50.0)  # copy always
        head.gate.weight.zero_()
    sources[0, 0] = 4
    memory, carried = head.read(states[:, :1], mask[:, :1], sources[:, :1])
    found, _ = head.follow(memory, torch.tensor([[0]]), carried)
    assert int(found.argmax()) == COPIES[4]
    assert float(found.max()) == pytest.approx(0.0, abs=1e-5)
    sources[0, 0] = 2  # which stands for none
    memory, carried = head.read(states[:, :1], mask[:, :1], sources[:, :1])
    found, _ = head.follow(memory, torch.tensor([[0]]), carried)
    assert float(torch.exp(found).sum()) == pytest.approx(1.0, abs=1e-5)
    assert int((found > -10).sum()) > 1


@torch.no_grad()
def test_padding_changes_nothing() -> None:
    head, (states, mask, sources) = decoder().eval(), source()
    loss = head.loss(states, TARGETS, mask, sources)
    wider = torch.nn.functional.pad(states, (0, 0, 0, 3), value=9.0)
    longer = torch.nn.functional.pad(TARGETS, (0, 2))
    padded = head.loss(wider, longer, *(torch.nn.functional.pad(each, (0, 3)) for each in (mask, sources)))
    assert float(padded) == pytest.approx(float(loss), rel=1e-5)


@torch.no_grad()
def test_fed_by_itself_the_decoder_reads_its_own_answers() -> None:
    head, (states, mask, sources) = decoder().train(), source()
    taught = head.loss(states, TARGETS, mask, sources)
    head.teaching = 0.0
    memory, carried = head.read(states, mask, sources)
    before, own, surprise = torch.zeros(3, 1, dtype=torch.long), carried, torch.zeros(())
    longer = torch.nn.functional.pad(TARGETS, (0, 1))
    for step in range(longer.shape[1]):
        found, own = head.follow(memory, before, own)
        there = (longer[:, :step] != 0).all(dim=1)
        surprise = surprise - (found[torch.arange(3), 0, longer[:, step]] * there).sum()
        before = found.argmax(dim=2)
    by_itself = head.loss(states, TARGETS, mask, sources)
    assert float(by_itself) == pytest.approx(float(surprise), rel=1e-4)
    assert float(by_itself) != pytest.approx(float(taught), rel=1e-3)


@torch.no_grad()
def test_half_taught_it_draws_from_the_seed_alone() -> None:
    head, inputs = decoder(dropout=0.3).train(), source()
    head.teaching = 0.5
    states, mask, sources = inputs
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        losses.append(float(head.loss(states, TARGETS, mask, sources)))
    assert losses[0] == losses[1] != losses[2]


def test_every_weight_learns() -> None:
    head, (states, mask, sources) = decoder().train(), source()
    head.loss(states, TARGETS, mask, sources).backward()  # type: ignore[no-untyped-call]
    for name, weight in head.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize("copying", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("directions", [1, 2])
def test_the_graphs_give_the_same_numbers(kind: Kind, copying: bool, directions: Literal[1, 2]) -> None:
    head, (states, mask, sources) = decoder(kind, copying, 0.0, directions).eval(), source()
    memory, carried = head.read(states, mask, sources)
    reading = OnnxGraph("memory")
    head.memory_nodes(reading, "head", reading.given("given", "float32", ["B", "S", STATES]),
                      reading.given("lengths", "int64", ["B"]))  # fmt: skip
    found = run(reading, head, {"given": states, "lengths": mask.sum(dim=1)})
    np.testing.assert_allclose(found["keys"], memory.keys.detach().numpy(), atol=1e-5)
    np.testing.assert_allclose(found["begin"], carried[0].detach().numpy(), atol=1e-5)
    step = OnnxGraph("step")
    head.step_nodes(step, "head")
    before = torch.tensor([[0, 1], [2, 3], [4, 4]])
    several = torch.randn(head.cell.carries, 3, 2, HIDDEN)
    feeds = feeds_of(memory) | {"before": before.int()} | {f"carried {i}": part for i, part in enumerate(several)}
    given = run(step, head, feeds)
    expected, after = head.step(memory, before, several)
    np.testing.assert_allclose(given["found"], expected.detach().numpy(), atol=1e-5)
    for part, left in enumerate(after):
        np.testing.assert_allclose(given[f"left {part}"], left.detach().numpy(), atol=1e-5)


def feeds_of(memory: Memory) -> dict[str, Tensor]:
    return {name: value for name, value in memory._asdict().items() if value is not None}


def run(graph: OnnxGraph, head: Decoder, feeds: dict[str, Tensor]) -> dict[str, np.ndarray]:
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
