"""Wapiti, a linear CRF in C, by its bindings: the features of crfsuite's tutorial as far as its patterns can say them.

It cannot fold case: words are read as they are, beside tests for capitals. L-BFGS, elastic net as crfsuite has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import wapiti

from benchmarks.speed.peers.common import Annotated, Watch, f1, read_columns, run

_ITERATIONS = (10, 20, 40, 70, 100)
_NEAR = r"""
U:word {0}=%x[{0},0]
U:title {0}=%t[{0},0,"^\u\l*$"]
U:upper {0}=%t[{0},0,"^\u*$"]
"""
_PATTERNS = r"""
U:suffix3=%m[0,0,".?.?.?$"]
U:suffix2=%m[0,0,".?.?$"]
U:digit=%t[0,0,"^\d*$"]
B:
"""


def train(corpus: Path, model: Path, limit: float, threads: int) -> list[tuple[float, float]]:  # noqa: ARG001
    """A model after each number of iterations; the last is kept."""
    points = []
    train, dev = read_columns(corpus / "train.conll"), read_columns(corpus / "dev.conll")
    patterns = "\n".join([*(_NEAR.format(offset) for offset in (-1, 0, 1)), _PATTERNS])
    for iterations in _ITERATIONS:
        watch = Watch()
        # It would stop where the share of wrong tags stands still for a while, which that of few spans does at first.
        crf = wapiti.Model(
            patterns=patterns, algo="l-bfgs", nthread=threads, maxiter=iterations, rho1=0.1, rho2=0.1, stopeps=0.0
        )
        crf.train(["\n".join(f"{t} {tag}" for t, tag in zip(s.tokens, s.tags, strict=True)) for s in train])
        watch.stop()
        points.append((watch.seconds, f1([s.tags for s in dev], [_tags(crf, s.tokens) for s in dev])))
    crf.save(str(model / "model"))
    return points


def tag(model: Path, sentences: Iterator[list[str]]) -> Iterable[Annotated]:
    """One sentence after another."""
    crf = wapiti.Model(model=str(model / "model"), nthread=1)
    for tokens in sentences:
        yield Annotated(tokens, _tags(crf, tokens))


def _tags(crf: wapiti.Model, tokens: list[str]) -> list[str]:
    answer: bytes = crf.label_sequence("\n".join(tokens))
    return answer.decode().split()


if __name__ == "__main__":
    run(train, tag)
