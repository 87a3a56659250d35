"""spaCy's `ner` from blank, by its own recipe for speed on the CPU (`spacy init config --optimize efficiency`).

Training is spaCy's own loop with its batches, optimiser, dropout and patience; dev is scored every 200 steps, as in the
recipe, and the best model is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc, DocBin

from benchmarks.speed.peers.common import Annotated, Watch, f1, read_columns, run


def train(corpus: Path, model: Path, limit: float, threads: int) -> list[tuple[float, float]]:  # noqa: ARG001
    """To the recipe's own end, or to the limit. Threads are those of its matrix products, which the caller sets."""
    from spacy.cli.init_config import init_config
    from spacy.schemas import ConfigSchemaTraining
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import create_train_batches, train_while_improving
    from spacy.util import registry, resolve_dot_names

    gold = read_columns(corpus / "dev.conll")
    watch = Watch()
    config = init_config(lang="en", pipeline=["ner"], optimize="efficiency", gpu=False)
    for split in ("train", "dev"):
        config["paths"][split] = str(_convert(corpus / f"{split}.conll", model / f"{split}.spacy"))
    nlp = init_nlp(config)
    said = nlp.config.interpolate()
    settings = registry.resolve(said["training"], schema=ConfigSchemaTraining)
    sentences, _ = resolve_dot_names(said, [settings["train_corpus"], settings["dev_corpus"]])
    points: list[tuple[float, float]] = []

    def evaluate() -> tuple[float, dict[str, float]]:
        watch.stop()
        with nlp.use_params(settings["optimizer"].averages):
            score = f1([s.tags for s in gold], [s.tags for s in _tagged(nlp, (s.tokens for s in gold))])
        points.append((watch.seconds, score))
        watch.go()
        return score, {"f1": score}

    steps = train_while_improving(
        nlp, settings["optimizer"], create_train_batches(nlp, sentences, settings["batcher"], settings["max_epochs"]),
        evaluate, dropout=settings["dropout"], accumulate_gradient=settings["accumulate_gradient"],
        patience=settings["patience"], max_steps=settings["max_steps"], eval_frequency=settings["eval_frequency"],
        exclude=[], annotating_components=[], before_update=None,
    )  # fmt: skip
    for _, _, best in steps:
        if best:
            watch.stop()
            with nlp.use_params(settings["optimizer"].averages):
                nlp.to_disk(model / "best")
            watch.go()
        if watch.seconds > limit:
            break
    for split in ("train", "dev"):
        (model / f"{split}.spacy").unlink()
    return points


def tag(model: Path, sentences: Iterator[list[str]]) -> Iterable[Annotated]:
    """By `nlp.pipe`, in batches of its own size."""
    return _tagged(spacy.load(model / "best"), sentences)


def _tagged(nlp: Any, sentences: Iterable[list[str]]) -> Iterator[Annotated]:
    for doc in nlp.pipe(Doc(nlp.vocab, words=tokens) for tokens in sentences):
        tags = [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc]
        yield Annotated([t.text for t in doc], tags)


def _convert(path: Path, place: Path) -> Path:
    vocabulary = spacy.blank("en").vocab
    docs = (Doc(vocabulary, words=s.tokens, ents=s.tags) for s in read_columns(path))
    DocBin(docs=docs).to_disk(place)
    return place


if __name__ == "__main__":
    run(train, tag)
