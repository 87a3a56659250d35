"""sklearn-crfsuite with the features of its tutorial: L-BFGS, up to 100 iterations, elastic net as in the tutorial.

The time until an iteration is that of a training of its own that ends there: there is no looking in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.crfsuite_baseline import template
from benchmarks.speed.peers.common import Annotated, Watch, f1, read_columns, run
from taggers.text import Sentence

_ITERATIONS = (10, 20, 40, 70, 100)


def train(corpus: Path, model: Path, limit: float, threads: int) -> list[tuple[float, float]]:  # noqa: ARG001
    """A model after each number of iterations; the last is kept. It knows one thread only."""
    import sklearn_crfsuite

    points = []
    train, dev = read_columns(corpus / "train.conll"), read_columns(corpus / "dev.conll")
    for iterations in _ITERATIONS:
        watch = Watch()
        crf = sklearn_crfsuite.CRF(
            algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=iterations, all_possible_transitions=True,
            model_filename=str(model / "model"),
        )  # fmt: skip
        crf.fit([template(Sentence(tuple(s.tokens))) for s in train], [s.tags for s in train])
        watch.stop()
        predicted = crf.predict([template(Sentence(tuple(s.tokens))) for s in dev])
        points.append((watch.seconds, f1([s.tags for s in dev], predicted)))
    return points


def tag(model: Path, sentences: Iterator[list[str]]) -> Iterable[Annotated]:
    """One sentence after another, by the library below sklearn-crfsuite, which starts in a tenth of the time."""
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open(str(model / "model"))
    for tokens in sentences:
        yield Annotated(tokens, tagger.tag(template(Sentence(tuple(tokens)))))


if __name__ == "__main__":
    run(train, tag)
