"""The heads of texts, sequences and language models on a device, whole and in reduced precision, against the CPU."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch import Tensor

from taggers.engine.torch_engine import full_precision
from taggers.nn.heads.decoder import DecoderHead
from taggers.nn.heads.interface import Head
from taggers.nn.heads.next_symbol import NextSymbolHead
from taggers.nn.heads.pooling import Pooling, PoolingHead

STATES, SYMBOLS = 6, 5
LABELS, SEQUENCES = torch.tensor([1, 4, 0]), torch.tensor([[1, 2, 3], [4, 0, 0], [0, 0, 0]])
EACH = torch.tensor([[1, 2, 3, 4], [4, 1, 0, 0], [2, 0, 0, 0]])
CASES: dict[str, tuple[Callable[[], Head], Tensor]] = {
    "decoder lstm": (lambda: DecoderHead("lstm", STATES, SYMBOLS, 3, 4), SEQUENCES),
    "decoder gru": (lambda: DecoderHead("gru", STATES, SYMBOLS, 3, 4), SEQUENCES),
    "next symbol": (lambda: NextSymbolHead(STATES, SYMBOLS), EACH),
}


def pooled(pooling: Pooling) -> tuple[Callable[[], Head], Tensor]:
    return lambda: PoolingHead(STATES, SYMBOLS, pooling), LABELS


CASES |= {f"pooling {pooling}": pooled(pooling) for pooling in get_args(Pooling)}


@pytest.mark.cuda
@pytest.mark.parametrize("reduced", [False, True], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("case", CASES)
def test_a_device_gives_the_loss_and_the_gradients_of_the_cpu(
    case: str, reduced: bool
) -> None:  # pragma: no cover - cuda
    make, targets = CASES[case]
    torch.manual_seed(3)
    head = make()
    states, mask = torch.randn(3, 4, STATES), torch.arange(4) < torch.tensor([4, 2, 1])[:, None]
    loss, gradients = learnt(head, states, targets, mask, reduced=False)
    there = copy.deepcopy(head).cuda()
    for parameter in there.parameters():
        parameter.grad = None
    loss_there, gradients_there = learnt(there, states.cuda(), targets.cuda(), mask.cuda(), reduced)
    near = 0.05 if reduced else 1e-4
    torch.testing.assert_close(loss_there, loss, atol=near, rtol=near)
    torch.testing.assert_close(gradients_there, gradients, atol=near, rtol=near)


def learnt(head: Head, states: Tensor, targets: Tensor, mask: Tensor, reduced: bool) -> tuple[Tensor, list[Tensor]]:
    """The loss, and the gradients of the weights, on the CPU."""
    kind = states.device.type
    with full_precision(), torch.autocast(kind, dtype=torch.bfloat16, enabled=reduced):
        loss = head.loss(states, targets, mask)
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = [weight.grad.float().cpu() for weight in head.parameters() if weight.grad is not None]
    return loss.detach().float().cpu(), gradients


@pytest.mark.parametrize("case", CASES)
def test_reduced_precision_on_the_cpu_is_near(case: str) -> None:
    make, targets = CASES[case]
    torch.manual_seed(3)
    head = make()
    states, mask = torch.randn(3, 4, STATES), torch.arange(4) < torch.tensor([4, 2, 1])[:, None]
    (loss, _), (other, _) = (learnt(head, states, targets, mask, reduced) for reduced in (False, True))
    torch.testing.assert_close(other, loss, atol=0.05, rtol=0.05)
