"""What training on partly annotated data is worth: F1 with half of the annotation hidden, beside all of it.

    python -m benchmarks.partial configs/bc5cdr.toml --seeds 3 --share 0.5
    python -m benchmarks.partial configs/snips.toml --seeds 3 --every 4

Hidden is, drawn anew by each seed, half of all tags, or half of all spans, when nothing says of any token that it is
outside. What is hidden is either taken to be outside, or unknown; and with spans alone, what the model expects is held
to the share of tokens inside spans that dev has. Dev, which decides when training stops, and test are annotated in
full. The result is written to benchmarks/results/partial/NAME.json after every run, and gone on with where the settings
are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click
import numpy as np

from benchmarks.accuracy import RESULTS, headline, mean_and_spread, read_corpus, read_settings, seeded, settings_digest
from benchmarks.machine import machine
from taggers import Config, Corpus
from taggers.data.corpus import Unlabelled
from taggers.runs import train_model
from taggers.text import Sentence
from taggers.text.partial import UNKNOWN
from taggers.text.schemes import OUTSIDE, Scheme, decode, encode

_HIDDEN = 2  # what a random stream is for, beside those of training


@dataclass(frozen=True)
class Way:
    """What is hidden, and how training takes it."""

    hidden: Literal["nothing", "tokens", "spans"] = "nothing"
    unknown: bool = False
    ratio: bool = False

    @property
    def settings(self) -> list[str]:
        """The overrides that it takes."""
        if not self.unknown:
            return []
        said = "data.partial=true" if self.hidden == "tokens" else "data.unlabelled=unknown"
        return [said, *(["task.entity_ratio.expected=dev"] if self.ratio else [])]


WAYS = {
    "everything annotated": Way(),
    "half of tokens, the rest as O": Way("tokens"),
    "half of tokens, the rest unknown": Way("tokens", unknown=True),
    "half of spans, the rest as O": Way("spans"),
    "half of spans, the rest unknown": Way("spans", unknown=True),
    "half of spans, the rest unknown, entity ratio": Way("spans", unknown=True, ratio=True),
}


@click.command()
@click.argument("config", type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=3, show_default=True)
@click.option("--share", default=1.0, show_default=True, type=click.FloatRange(0.0, 1.0, min_open=True))
@click.option("--every", default=1, show_default=True, type=click.IntRange(1), help="One sentence of so many.")
@click.option("--only", multiple=True, type=click.Choice(list(WAYS)), help="Some of the ways.")
@click.option("--device", default="cpu", show_default=True)
@click.option("--set", "overrides", multiple=True)
def main(
    config: Path, seeds: int, share: float, every: int, only: tuple[str, ...], device: str, overrides: tuple[str, ...]
) -> None:
    """Train by CONFIG in each way, on the first SHARE of its training sentences, and write the result.

    Where sentences of a kind stand together, a part of each is taken by --every.
    """
    settings = read_settings(config, overrides)
    corpus = read_corpus(settings)
    corpus = replace(corpus, train=corpus.train[: max(1, round(share * len(corpus.train))) : every])
    place = RESULTS / "partial" / f"{config.stem}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    about = {"settings": settings_digest(settings), "share": share, "every": every, "device": device}
    runs = _read(place, about)
    for seed in range(1, seeds + 1):
        for name in only or WAYS:
            if str(seed) not in runs.setdefault(name, {}):
                way = WAYS[name]
                own = seeded(read_settings(config, (*overrides, *way.settings)), seed)
                runs[name][str(seed)] = _scores(own, hide(corpus, own.task.layers[0], way, seed), device)
                said = {"config": config.name, "overrides": list(overrides), "machine": machine()}
                result = {**about, **said, "summary": summary(runs), "runs": runs}
                place.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
                click.echo(f"{config.stem}, {name}, seed {seed}: {runs[name][str(seed)]}", err=True)
    click.echo(table(runs))


def _read(place: Path, about: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What was measured before in the same way."""
    result: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    same = all(result.get(key) == value for key, value in about.items())
    runs: dict[str, dict[str, Any]] = result["runs"] if same else {}
    return runs


def hide(corpus: Corpus, layer: str, way: Way, seed: int) -> Corpus:
    """The corpus with half of the annotation of train hidden, drawn by the seed; dev and test stay as they are."""
    rng = np.random.default_rng([seed, _HIDDEN])
    scheme = corpus.schemes[layer]
    hidden = UNKNOWN if way.unknown else OUTSIDE
    tags = [sentence.layers[layer] for sentence in corpus.train]
    if way.hidden == "tokens":
        tags = _without_tokens(tags, hidden, rng)
    elif way.hidden == "spans":
        tags = _without_spans(tags, scheme, rng)
    train = [Sentence(s.tokens, {layer: t}, source=s.source) for s, t in zip(corpus.train, tags, strict=True)]
    unlabelled: Unlabelled = "unknown" if way.hidden == "spans" and way.unknown else "outside"
    return Corpus.of(
        train, corpus.dev, corpus.test, layer=layer, scheme=scheme, partial=way.unknown, unlabelled=unlabelled
    )


def _without_tokens(tags: Sequence[tuple[str, ...]], hidden: str, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Half of all tags hidden."""
    number = sum(map(len, tags))
    drawn = iter((rng.permutation(number) < number // 2).tolist())
    return [tuple(hidden if next(drawn) else tag for tag in some) for some in tags]


def _without_spans(tags: Sequence[tuple[str, ...]], scheme: Scheme, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Half of all spans left out."""
    spans = [decode(some, scheme) for some in tags]
    number = sum(map(len, spans))
    drawn = iter((rng.permutation(number) < number // 2).tolist())
    kept = [[span for span in some if not next(drawn)] for some in spans]
    return [tuple(encode(some, len(t), scheme)) for some, t in zip(kept, tags, strict=True)]


def _scores(settings: Config, corpus: Corpus, device: str) -> dict[str, float]:
    with TemporaryDirectory() as place:
        folder = train_model(settings, corpus, Path(place) / "model", device=device)
    return {split: headline(values) for split, values in folder.scores.items()}


def summary(runs: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, str]]:
    """Mean and spread over the seeds, in percent, of each way and split."""
    return {
        name: {split: mean_and_spread([run[split] for run in found.values()]) for split in ("dev", "test")}
        for name in WAYS
        if (found := runs.get(name))
    }


def table(runs: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The summary as a table of Markdown."""
    lines = [f"| {name} | {means['dev']} | {means['test']} |" for name, means in summary(runs).items()]
    return "\n".join(["| training data | dev F1 | test F1 |", "|---|---:|---:|", *lines])


if __name__ == "__main__":
    main()
