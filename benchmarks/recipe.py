"""Dev scores of the default recipe and of changes to it, one at a time: the second table of docs/recipe.md.

    python -m benchmarks.recipe --seeds 2
    python -m benchmarks.recipe --table

Test data is not read. Each run is written to benchmarks/results/recipe.json when it is done, and is not repeated; the
default's own scores are those of benchmarks/accuracy.py.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

import click

from benchmarks.accuracy import RESULTS, headline, read_corpus, read_settings, seeded
from taggers.runs import train_model

CONFIGS = Path(__file__).parents[1] / "configs"
CORPORA = ("wikigold", "wnut17")
CHANGES: dict[str, tuple[str, ...]] = {
    "without DropConnect": ("model.encoder.recurrent_dropout=0.0",),
    "128 states per direction": ("model.encoder.hidden_size=128",),
    "case of words kept": ("model.words.lowercase=false",),
    "unknown 0.5": ("training.unknown=0.5",),
    "softmax head": ("model.head.kind=softmax",),
}


@click.command()
@click.option("--seeds", default=2, show_default=True)
@click.option("--table", "only_table", is_flag=True, help="Print the table of what is there, train nothing.")
def main(seeds: int, only_table: bool) -> None:
    """Train what is missing, seed by seed, and print the table."""
    place = RESULTS / "recipe.json"
    scores: dict[str, float] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    for corpus in () if only_table else CORPORA:
        for seed in range(1, seeds + 1):
            for change in CHANGES:
                key = f"{corpus} | {change} | seed {seed}"
                if key not in scores:
                    scores[key] = _dev_score(corpus, CHANGES[change], seed)
                    place.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
                    click.echo(f"{key}: {100 * scores[key]:.2f}", err=True)
    click.echo(f"| change | {' | '.join(CORPORA)} |\n|---|{'---:|' * len(CORPORA)}")
    click.echo(f"| the default | {' | '.join(_cell(_default(corpus)) for corpus in CORPORA)} |")
    for change in CHANGES:
        cells = [_cell([s for key, s in scores.items() if key.startswith(f"{c} | {change} |")]) for c in CORPORA]
        click.echo(f"| {change} | {' | '.join(cells)} |")


def _dev_score(name: str, overrides: tuple[str, ...], seed: int) -> float:
    settings = read_settings(CONFIGS / f"{name}.toml", overrides)
    settings = settings.model_copy(update={"data": settings.data.model_copy(update={"test": None})})
    with tempfile.TemporaryDirectory() as working:
        folder = train_model(seeded(settings, seed), read_corpus(settings), Path(working) / "model", device="cpu")
        return headline(folder.scores["dev"])


def _default(corpus: str) -> list[float]:
    result = json.loads((RESULTS / f"{corpus}.json").read_text(encoding="utf-8"))
    return [headline(run["dev"][result["layers"][0]]) for run in result["runs"]]


def _cell(scores: list[float]) -> str:
    if not scores:
        return "-"
    return ", ".join(f"{100 * score:.2f}" for score in scores) + (
        f" (mean {100 * statistics.mean(scores):.2f})" if len(scores) > 1 else ""
    )


if __name__ == "__main__":
    main()
