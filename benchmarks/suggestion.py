"""How many tokens have to be annotated for the same F1: those that `tagger suggest` chooses, any, or the longest first.

    python -m benchmarks.suggestion configs/bc5cdr.toml --seeds 5 --rounds 4 --read 100000 --test
    python -m benchmarks.suggestion configs/snips.toml --seeds 5 --rounds 4 --read 100000 --test
    python -m benchmarks.suggestion --draw docs/suggest-curve.png

Annotation is simulated: the training split loses its tags, sentences at random give a first model, and in each round
some more tokens are chosen and have their tags back; a new model is trained of all there are. The first sentences of a
seed are the same for each way of choosing. What is scored is dev, by which choices of design are made; with --test it
is test, for the curve that is reported. A round is written to benchmarks/results/suggestion/ when it is done, and is
not repeated. The aim: fewer tokens than either other way on every corpus.
"""

from __future__ import annotations

import io
import json
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.accuracy import RESULTS, read_corpus, read_settings, seeded, settings_digest
from benchmarks.machine import machine
from taggers import Config, Corpus, Tagger
from taggers.data.sentences import SentenceStore
from taggers.metrics import Scores
from taggers.runs import train_model
from taggers.suggestion import Budget, suggest

FOLDER = RESULTS / "suggestion"
SHORT = ("training.batch_tokens=64", "training.schedule.kind=linear", "data.dev=none")


@dataclass(frozen=True)
class Plan:
    """How many rounds after the first model, of how many tokens each, what a training reads, and what is scored."""

    rounds: int
    tokens: int
    read: int
    test: bool


Point = dict[str, Any]  # of a round: tokens annotated so far, F1, and which sentences were added before it
Choice = Callable[[Tagger | None, SentenceStore, list[int], int, int], list[int]]


@click.command()
@click.argument("config", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--seeds", default=1, show_default=True)
@click.option("--rounds", default=6, show_default=True, help="After the first model.")
@click.option("--tokens", default=2000, show_default=True, help="Of each round, and of the first model.")
@click.option("--read", default=150_000, show_default=True, help="Tokens that a training reads, over all epochs.")
@click.option("--way", "ways", type=click.Choice(["suggested", "random", "longest"]), multiple=True)
@click.option("--test", is_flag=True, help="Score test, not dev.")
@click.option("--draw", type=click.Path(path_type=Path), help="Draw all that was measured on test, as a PNG.")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="Where results are.")
@click.option("--set", "overrides", multiple=True)
def main(
    config: Path | None,
    seeds: int,
    rounds: int,
    tokens: int,
    read: int,
    ways: tuple[str, ...],
    test: bool,
    draw: Path | None,
    folder: Path,
    overrides: tuple[str, ...],
) -> None:
    """Measure CONFIG and write the result beside this script; or draw what there is."""
    if config is not None:
        measure(config, seeds, Plan(rounds, tokens, read, test), ways or tuple(WAYS), folder, overrides)
    if draw is not None:
        draw.write_bytes(
            curves([json.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*-test.json"))])
        )


def measure(config: Path, seeds: int, plan: Plan, ways: Sequence[str], folder: Path, overrides: Sequence[str]) -> None:
    """Run the rounds that are not there yet, of each seed and way."""
    settings = read_settings(config, (*SHORT, *overrides))
    corpus = read_corpus(read_settings(config, overrides))  # with its dev, which no training sees
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{config.stem}-{'test' if plan.test else 'dev'}.json"
    same = {"config": config.name, "settings": settings_digest(settings), "tokens": plan.tokens, "read": plan.read}
    before: dict[str, Any] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    runs: dict[str, list[Point]] = before["runs"] if before.items() >= same.items() else {}
    for seed in range(1, seeds + 1):
        for way in ways:
            points = runs.setdefault(f"{way} {seed}", [])
            if not points:  # the first model is the same for each way
                points += next((made[:1] for key, made in runs.items() if key.split()[1] == str(seed) and made), [])
            for point in further_rounds(seeded(settings, seed), corpus, WAYS[way], points, plan):
                points.append(point)
                about = same | {"overrides": list(overrides), "machine": machine(), "summary": summary(runs)}
                place.write_text(json.dumps(about | {"runs": runs}) + "\n", encoding="utf-8")
                click.echo(
                    f"{config.stem}, {way}, seed {seed}: {point['tokens']} tokens, F1 {point['f1']:.4f}", err=True
                )
    click.echo(json.dumps(summary(runs), indent=1))


def further_rounds(
    settings: Config, corpus: Corpus, choose: Choice, points: Sequence[Point], plan: Plan
) -> Iterator[Point]:
    """The rounds after those that were measured."""
    pool = corpus.train
    assert isinstance(pool, SentenceStore)
    seed = settings.training.seed
    chosen = [number for point in points for number in point["chosen"]]
    with tempfile.TemporaryDirectory() as place:
        tagger: Tagger | None = None
        for number in range(len(points), plan.rounds + 1):
            left = sorted(set(range(len(pool))) - set(chosen))
            if number == 0:
                new = at_random(None, pool, left, plan.tokens, seed)
            else:
                if choose is suggested and tagger is None:
                    tagger = trained(settings, corpus, chosen, plan.read, Path(place) / str(number - 1))
                new = choose(tagger, pool, left, plan.tokens, seed)
            chosen = [*chosen, *new]
            tagger = trained(settings, corpus, chosen, plan.read, Path(place) / str(number))
            scores = tagger.evaluate(corpus.test if plan.test else corpus.dev)
            assert isinstance(scores, Scores)
            annotated = int(pool.lengths[chosen].sum())
            yield {"tokens": annotated, "sentences": len(chosen), "f1": scores.headline, "chosen": new}


def trained(settings: Config, corpus: Corpus, chosen: Sequence[int], read: int, place: Path) -> Tagger:
    """A tagger that has seen the chosen sentences alone, in as many epochs as it takes to read so many tokens."""
    pool = corpus.train
    assert isinstance(pool, SentenceStore)
    epochs = max(1, round(read / int(pool.lengths[chosen].sum())))
    settings = settings.model_copy(update={"training": settings.training.model_copy(update={"epochs": epochs})})
    train_model(settings, replace(corpus, train=pool.select(np.sort(chosen)), dev=(), test=()), place, device="cpu")
    return Tagger.load(place, device="cpu")


def suggested(tagger: Tagger | None, pool: SentenceStore, left: list[int], tokens: int, seed: int) -> list[int]:
    """What `tagger suggest --tokens` gives."""
    assert tagger is not None
    found = suggest(tagger, pool.select(np.array(left)), Budget(tokens=tokens), seed=seed)
    return [left[suggestion.item.number] for suggestion in found.suggestions]


def at_random(tagger: Tagger | None, pool: SentenceStore, left: list[int], tokens: int, seed: int) -> list[int]:
    """Any sentences."""
    del tagger
    order = random.Random(f"{seed} {len(left)}").sample(left, len(left))
    return as_many(order, pool, tokens)


def longest(tagger: Tagger | None, pool: SentenceStore, left: list[int], tokens: int, seed: int) -> list[int]:
    """The sentences of most tokens."""
    del tagger, seed
    return as_many(sorted(left, key=lambda number: -pool.lengths[number]), pool, tokens)


def as_many(order: Sequence[int], pool: SentenceStore, tokens: int) -> list[int]:
    """The first sentences, as many as have so many tokens together."""
    ends = np.cumsum(pool.lengths[order])
    return list(order[: int(np.searchsorted(ends, tokens, side="right"))])


WAYS: dict[str, Choice] = {"suggested": suggested, "random": at_random, "longest": longest}


def needed(points: Sequence[Point], f1: float) -> float | None:
    """The tokens at which a curve reaches an F1, between two rounds on a line; None where it does not.

    >>> needed([{"tokens": 100, "f1": 0.4}, {"tokens": 200, "f1": 0.6}], 0.5)
    150.0
    """
    if points and points[0]["f1"] >= f1:
        return float(points[0]["tokens"])
    for one, other in pairwise(points):
        if other["f1"] >= f1:
            share = (f1 - one["f1"]) / (other["f1"] - one["f1"])
            return float(one["tokens"] + share * (other["tokens"] - one["tokens"]))
    return None


def summary(runs: dict[str, list[Point]]) -> dict[str, Any]:
    """Of each way, over the seeds that all have come to the end of: the F1 it ends with, and the `share` of its tokens
    that suggestions need for the F1 that the lesser of both ends with; mean and standard deviation.
    """
    seeds = sorted({key.split()[1] for key in runs})
    ways = sorted({key.split()[0] for key in runs})
    longest_run = max(map(len, runs.values()))
    whole = [seed for seed in seeds if all(len(runs.get(f"{way} {seed}", ())) == longest_run for way in ways)]
    found: dict[str, Any] = {}
    for way in ways if whole else ():
        found[way] = {"seeds": len(whole), "final f1": _over_seeds([runs[f"{way} {seed}"][-1]["f1"] for seed in whole])}
        if way != "suggested" and "suggested" in ways:
            pairs = [(runs[f"suggested {seed}"], runs[f"{way} {seed}"]) for seed in whole]
            found[way]["share"] = _over_seeds([share(*pair) for pair in pairs])
    return found


def share(ours: Sequence[Point], theirs: Sequence[Point]) -> float:
    """The tokens that one curve needs for the F1 that the lesser of both ends with, as a share of the other's."""
    f1 = min(ours[-1]["f1"], theirs[-1]["f1"])
    own, other = needed(ours, f1), needed(theirs, f1)
    assert own is not None
    assert other is not None
    return own / other


def _over_seeds(values: Sequence[float]) -> list[float]:
    """Mean and standard deviation."""
    return [statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0]


def curves(results: Sequence[dict[str, Any]]) -> bytes:
    """F1 over annotated tokens, one picture a corpus: the mean over the seeds, and a standard deviation about it."""
    figure = Figure(figsize=(4.5 * max(1, len(results)), 3.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    for place, result in enumerate(results, start=1):
        axes = figure.add_subplot(1, len(results), place)
        runs: dict[str, list[Point]] = result["runs"]
        for way, colour in (("suggested", "tab:blue"), ("random", "tab:orange"), ("longest", "tab:gray")):
            own = [points for key, points in runs.items() if key.split()[0] == way and points]
            if not own:
                continue
            rounds = min(map(len, own))
            tokens, f1 = (np.array([[p[key] for p in points[:rounds]] for points in own]) for key in ("tokens", "f1"))
            x, y, spread = tokens.mean(axis=0), f1.mean(axis=0), f1.std(axis=0, ddof=int(len(own) > 1))
            axes.plot(x, y, color=colour, marker=".", label=way)
            axes.fill_between(x, y - spread, y + spread, color=colour, alpha=0.15, linewidth=0)
        axes.set(title=Path(result["config"]).stem, xlabel="annotated tokens", ylabel="F1, test")
        axes.legend(frameon=False, loc="lower right")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


if __name__ == "__main__":
    main()
