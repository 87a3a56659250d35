"""One size of CRF: seconds of loss with gradient and of decoding, ours and pytorch-crf's, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
import torchcrf

import taggers.chain
from benchmarks.speed.inside.gemm import wait
from taggers.nn.crf import CRF
from taggers.tasks.labelling import Labelling
from taggers.text.schemes import IOB2, IOBES

_LEAST = 0.02  # seconds that one measurement takes at least
_EXTREME = 2000.0  # a span of scores no exponential holds, so that all work is done in log space


def measure(tags: int, steps: int, sentences: int, device: str, repeats: int) -> dict[str, object]:
    """Medians of some rounds in seconds; `log_space` is ours on emissions that leave no other way.

    On the CPU `ours_viterbi` is what tagging calls, from arrays to arrays; pytorch-crf knows its lists alone.

    All steps of all sentences are on. The constraints are those of IOBES with as many labels as `tags` has room for;
    what is left over of tags follows O in all it may do.
    """
    torch.manual_seed(1)
    ours, theirs = constrained(tags).to(device), torchcrf.CRF(tags, batch_first=True).to(device)
    theirs.load_state_dict(ours.state_dict())
    emissions = torch.randn(sentences, steps, tags, device=device)
    extreme = emissions.clone()
    extreme[:, ::2, 0] -= _EXTREME
    on = torch.ones(sentences, steps, dtype=torch.bool, device=device)  # torchcrf warns of the mask that it would make
    gold = torch.tensor(ours.decode(emissions), device=device)
    works: dict[str, Callable[[], object]] = {
        "ours": lambda: _loss(ours, emissions, gold, on),
        "log_space": lambda: _loss(ours, extreme, gold, on),
        "pytorch_crf": lambda: _loss(theirs, emissions, gold, on),
        "ours_viterbi": _viterbi(ours, emissions),
        "ours_decode": lambda: ours.decode(emissions, on),
        "pytorch_crf_decode": lambda: theirs.decode(emissions, on),
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    for round_ in range(repeats + 1):  # the first warms up
        for name, work in works.items():
            spent = _seconds(work, device)
            if round_:
                found[name].append(spent)
    return {name: statistics.median(values) for name, values in found.items()}


def constrained(tags: int) -> CRF:
    """A CRF that allows what IOBES allows."""
    labels = tuple(f"L{number}" for number in range((tags - 1) // 4))
    rules = Labelling("ner", labels, inside=IOBES, outside=IOB2).constraints
    # O is the first tag; further ones like it fill up to a number that is not one more than a multiple of four
    like = [*range(rules.num_tags), *[0] * (tags - rules.num_tags)]
    return CRF(
        tags,
        batch_first=True,
        start_allowed=(rules.start > -float("inf"))[like],
        transitions_allowed=(rules.transitions > -float("inf"))[like][:, like],
        end_allowed=(rules.end > -float("inf"))[like],
    )


def _viterbi(crf: CRF, emissions: torch.Tensor) -> Callable[[], object]:
    if emissions.device.type != "cpu":
        return lambda: crf.viterbi(emissions)
    chain, offsets = crf.chain(), np.arange(len(emissions) + 1) * emissions.shape[1]
    flat = emissions.reshape(-1, crf.num_tags).numpy()
    return lambda: taggers.chain.viterbi(chain, flat, offsets)


def _loss(crf: torchcrf.CRF, emissions: torch.Tensor, gold: torch.Tensor, on: torch.Tensor) -> None:
    given = emissions.detach().requires_grad_()
    crf.zero_grad(set_to_none=True)
    (-crf(given, gold, mask=on, reduction="sum")).backward()


def _seconds(work: Callable[[], object], device: str) -> float:
    """Seconds of one call, the mean over as many as make the time worth taking."""
    wait(device)
    started, times = time.perf_counter(), 0
    while time.perf_counter() - started < _LEAST:
        work()
        times += 1
        wait(device)
    return (time.perf_counter() - started) / times
