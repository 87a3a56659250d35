"""Annotation errors, planted, found again: the ranking of `tagger lint --folds` beside cleanlab's of the same models.

    python -m benchmarks.suspects configs/snips.toml --every 2 --folds 3 --work FOLDER --set training.epochs=4

In the training data of CONFIG errors are planted as annotators make them (`benchmarks/planting.py`). Models are trained
without a part each, and what each says of that part is kept in the folder --work, so that rankings can be compared
without another training. Then the places that `tagger lint` ranks and the tokens that cleanlab ranks (extra `suspects`)
by the marginal probabilities of the same models are held against what was planted. Writes
benchmarks/results/suspects/NAME.json.

An item of a ranking finds an error where one of its tokens has a tag that the error changed; the tokens of a place are
those that the model would tag otherwise. Each error is found once, and an item that finds only what was found before is
passed over, so that an error of several tokens costs cleanlab nothing. "Runs" pass over a token beside one that was
ranked before as well, unless it finds something. Errors that the corpus had before count as wrong in all rankings.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import RESULTS, read_settings, settings_digest
from benchmarks.machine import machine
from benchmarks.planting import MISTAKES, Planted, plant
from taggers import Config, Corpus
from taggers.chain import Chain, posterior
from taggers.data.features import Ints
from taggers.engine.interface import Engine, HeadScores, Part, Reading, Starts, collect
from taggers.lint import Annotated, Finding
from taggers.reading import columns_of, format_of
from taggers.runs import Fold, train_folds
from taggers.suspects import suspicious
from taggers.tasks.labelling import Labelling
from taggers.text import Sentence, Span
from taggers.text.schemes import PLAIN, SCHEMES, Scheme, encode

SHARE = 0.05  # of the spans that get an error
RUNS = ", runs"
_STEPS = (25, 50, 100, 200, 400, 800, 1600, 3200)


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path))
@click.option("--seed", default=1, show_default=True, help="Of the errors.")
@click.option("--folds", "number", default=5, show_default=True)
@click.option("--every", default=1, show_default=True, type=click.IntRange(1), help="One sentence of so many.")
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Where the scores of the models are kept.")
@click.option("--set", "overrides", multiple=True)
def main(config: Path, seed: int, number: int, every: int, work: Path, overrides: tuple[str, ...]) -> None:
    """Plant errors in the training data of CONFIG and look for them."""
    settings = read_settings(config, ("data.dev=none", *overrides))
    corpus = Corpus.read(
        settings.data.train or "",
        layer=settings.task.layers,
        columns=columns_of(settings),
        format=format_of(settings),
        scheme=SCHEMES.get(settings.data.scheme),
    )
    [layer] = settings.task.layers
    spelt, planted = plant(list(corpus.train)[::every], layer, corpus.scheme, SHARE, seed)
    models = list(_models(settings, spelt, corpus.scheme, number, work / f"{config.stem}-{seed}-{every}-{number}"))
    place = RESULTS / "suspects" / f"{config.stem}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {
        "config": config.name,
        "overrides": list(overrides),
        "seed": seed,
        "folds": number,
        "sentences": len(spelt),
        "every": every,
        "planted": {mistake: sum(one.mistake == mistake for one in planted) for mistake in MISTAKES},
        "rankings": {
            name: judged(items, planted, runs=name.endswith(RUNS))
            for name, items in _rankings(spelt, layer, corpus.scheme, models)
        },
        "machine": machine(),
    }
    place.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for name, figures in result["rankings"].items():
        shown = ", ".join(f"{key} {value:.3f}" for key, value in figures.items() if isinstance(value, float))
        click.echo(f"{name}: {shown}", err=True)


@dataclass(frozen=True, eq=False)
class Kept:
    """What a model said of the part that it was trained without: an engine whose scores (N, K) are there already."""

    rows: NDArray[np.int64]  # (S,) the numbers of the sentences
    lengths: Ints  # (S,)
    scores: NDArray[np.float32]
    chain: Chain
    task: Labelling
    budget, most, indexer = 4096, 1024, SimpleNamespace(windows=None)

    @property
    def chains(self) -> tuple[Chain]:
        """That of the one layer."""
        return (self.chain,)

    def read(self, sentences: Sequence[Sentence]) -> Reading:
        """The scores of all its sentences."""
        assert len(sentences) == len(self.lengths)

        def score(starts: Starts, lengths: Ints) -> HeadScores:
            spans = zip(starts.tolist(), lengths.tolist(), strict=True)
            return (np.concatenate([self.scores[start : start + length] for start, length in spans]),)

        return Reading(np.cumsum(self.lengths) - self.lengths, self.lengths, score)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each sentence begins (S + 1,)."""
        return np.concatenate(([0], np.cumsum(self.lengths, dtype=np.int64)))


def _models(settings: Config, sentences: Sequence[Sentence], scheme: Scheme, number: int, work: Path) -> Iterator[Kept]:
    """What each model said, from the folder where it was kept, or by training."""
    [layer] = settings.task.layers
    work = work.with_name(f"{work.name}-{settings_digest(settings)[:8]}")
    work.mkdir(parents=True, exist_ok=True)
    places = [work / f"fold-{turn}.npz" for turn in range(1, number + 1)]
    if not all(place.exists() for place in places):
        corpus = Corpus.of(sentences, layer=layer, columns=columns_of(settings), scheme=scheme)
        with tempfile.TemporaryDirectory() as checkpoints:
            folds = train_folds(settings, corpus, number, Path(checkpoints), "cpu")
            for place, fold in zip(places, folds, strict=True):
                _keep(fold, place)
                click.echo(f"{place}: {fold.run.evaluate(fold.division.held).headline:.3f}", err=True)
    for place in places:
        with np.load(place) as kept:
            task = Labelling(layer, tuple(kept["labels"].tolist()), SCHEMES[str(kept["inside"])], scheme)
            chain = Chain(kept["start"], kept["transitions"], kept["end"])
            yield Kept(kept["rows"], kept["lengths"], kept["scores"], chain, task)


class _Scores:
    """Takes the scores of tags as they are."""

    def __init__(self, tokens: int, tags: int) -> None:
        self.every = np.empty((tokens, tags), np.float32)

    def take(self, part: Part, rows: NDArray[np.float32]) -> None:
        """As `Collector.take`."""
        self.every[part.places] = rows


def _keep(fold: Fold, place: Path) -> None:
    """Write what a model says of its part."""
    engine, [task] = fold.run.engine, fold.run.tasks
    [chain] = engine.chains
    assert isinstance(task, Labelling)
    assert chain is not None
    reading = engine.read(list(fold.division.held))
    scores = _Scores(int(reading.lengths.sum()), len(task.tags))
    collect(engine, reading, [scores])
    np.savez(
        place,
        rows=fold.division.rows,
        lengths=reading.lengths,
        scores=scores.every,
        start=chain.start,
        transitions=chain.transitions,
        end=chain.end,
        labels=np.array(task.labels),
        inside=np.array(task.inside.name),
    )


Item = tuple[int, frozenset[int]]  # a sentence, and tokens of it
Ranking = list[Item]


def _rankings(
    sentences: Sequence[Sentence], layer: str, scheme: Scheme, models: Sequence[Kept]
) -> Iterator[tuple[str, Iterable[Item]]]:
    """Ours and those of cleanlab, by name; that of plain tags is by the same tokens."""
    data = Annotated.of({"train": sentences}, layer, scheme)
    yield "taggers", ours(data, models)
    for classes in ("tags", "labels"):
        for name, ranking in cleanlab_rankings(sentences, models, merged=classes == "labels").items():
            yield f"cleanlab {name}, {classes}", ranking
            yield f"cleanlab {name}, {classes}{RUNS}", ranking


def ours(data: Annotated, models: Sequence[Kept]) -> Ranking:
    """The places that `tagger lint` ranks."""
    findings: list[Finding] = []
    for model in models:
        held = [(int(row), data.sentences[int(row)]) for row in model.rows]
        findings += suspicious(data, model.task, cast("Engine", model), held)
    findings.sort(key=lambda finding: -finding.weight)
    return [(finding.places[0].sentence, _tokens(finding, data)) for finding in findings]


def _tokens(finding: Finding, data: Annotated) -> frozenset[int]:
    """The tokens whose tags a finding would change."""
    length = len(data.tokens[finding.places[0].sentence])
    tags = []
    for side in ("annotated", "instead"):
        spans = [Span(span["start"], span["end"], span["label"]) for span in finding.facts[side]]
        tags.append(encode(spans, length, data.scheme))
    return frozenset(token for token, (one, other) in enumerate(zip(*tags, strict=True)) if one != other)


def cleanlab_rankings(sentences: Sequence[Sentence], models: Sequence[Kept], merged: bool) -> dict[str, Ranking]:
    """The tokens that cleanlab takes for issues, in its order, and all tokens by its quality; by the marginals of the
    tags, or with those of a label taken together, as its guide for entities has it.
    """
    from cleanlab.token_classification.filter import find_label_issues
    from cleanlab.token_classification.rank import get_label_quality_scores

    labels: list[list[int]] = []
    shares: list[NDArray[np.float64]] = []
    numbers: list[int] = []
    names = {name: n for n, name in enumerate(sorted({tag for m in models for tag in _classes(m.task, merged)}))}
    for model in models:
        known = posterior(model.chain, model.scores, model.offsets).marginals
        columns = np.array([names[name] for name in _classes(model.task, merged)])
        together = known @ np.eye(len(names))[columns]  # (N, classes)
        together /= together.sum(axis=1, keepdims=True)
        for row, first, length in zip(model.rows, model.offsets, model.lengths, strict=False):
            labels.append(columns[np.array(model.task.target(sentences[int(row)]))].tolist())
            shares.append(together[first : first + length])
            numbers.append(int(row))
    issues = find_label_issues(labels, shares, n_jobs=1)
    _, scores = get_label_quality_scores(labels, shares)
    every = sorted((score, n, t) for n, own in enumerate(scores) for t, score in enumerate(own))
    return {
        "issues": [(numbers[n], frozenset({int(t)})) for n, t in issues],
        "scores": [(numbers[n], frozenset({t})) for _, n, t in every],
    }


def _classes(task: Labelling, merged: bool) -> list[str]:
    """What each tag of a model counts as."""
    assert task.inside is not PLAIN
    return [tag.partition("-")[2] or tag for tag in task.tags] if merged else list(task.tags)


def judged(ranking: Iterable[Item], planted: Sequence[Planted], runs: bool = False) -> dict[str, Any]:
    """Precision and recall over a ranking.

    >>> error = Planted(0, "removed", Span(0, 2, "PER"), None, frozenset({0, 1}))
    >>> found = judged([(1, frozenset({0})), (0, frozenset({1})), (0, frozenset({0}))], [error])
    >>> found["average precision"], found["items"]
    (0.5, 2)
    """
    by_sentence: dict[int, list[int]] = {}
    for number, error in enumerate(planted):
        by_sentence.setdefault(error.sentence, []).append(number)
    found: set[int] = set()
    ranked: set[tuple[int, int]] = set()
    news: list[int] = []  # how many errors each item finds that none has before
    for sentence, tokens in ranking:
        own = {number for number in by_sentence.get(sentence, ()) if planted[number].tokens & tokens}
        beside = runs and any((sentence, t + step) in ranked for t in tokens for step in (-1, 1))
        ranked.update((sentence, token) for token in tokens)
        if own - found or not (own or beside):
            news.append(len(own - found))
        found |= own
    return _figures(np.array(news), len(planted))


def _figures(news: NDArray[np.int64], number: int) -> dict[str, Any]:
    hits, every = np.cumsum(news > 0), np.cumsum(news)
    precision = hits / np.arange(1, len(news) + 1)
    last = min(number, len(news))
    return {
        "items": len(news),
        "precision at 100": float((news[:100] > 0).sum() / 100),
        "precision at planted": float(hits[last - 1] / number),
        "recall at planted": float(every[last - 1] / number),
        "recall": float(every[-1] / number),
        "average precision": float((precision * news).sum() / number),
        "curve": [[step, round(float(precision[step - 1]), 4), round(float(every[step - 1] / number), 4)]
                  for step in _STEPS if step <= len(news)],
    }  # fmt: skip


if __name__ == "__main__":
    main()
