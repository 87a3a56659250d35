"""The tables of docs/results.md, made of benchmarks/results/*.json: python -m benchmarks.table"""

from __future__ import annotations

import json
import statistics
from typing import Any

import click

from benchmarks.accuracy import RESULTS, headline


@click.command()
def main() -> None:
    """Print the tables as Markdown."""
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    click.echo("| config | measure | dev | test | 95 % interval | linear CRF | its interval | processor time | size |")
    click.echo("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, result in results.items():
        if "runs" in result:
            click.echo(_row(name, result))
    click.echo("\n| config | folds x seeds | ours | linear CRF | difference, fold by fold |\n|---|---:|---:|---:|---|")
    for name, result in results.items():
        if "folds" in result:
            click.echo(_folds_row(name.removesuffix("-folds"), result))


def _folds_row(name: str, result: dict[str, Any]) -> str:
    folds = [statistics.mean(scores) for scores in zip(*result["ours"], strict=True)]  # over the seeds
    differences = [100 * (ours - linear) for ours, linear in zip(folds, result["linear"], strict=True)]
    cells = [
        name,
        f"{result['folds']} x {len(result['ours'])}",
        f"{100 * statistics.mean(folds):.2f}",
        f"{100 * statistics.mean(result['linear']):.2f}",
        f"{', '.join(f'{d:+.1f}' for d in differences)} "
        f"({statistics.mean(differences):+.2f} ± {statistics.stdev(differences):.2f})",
    ]
    return "| " + " | ".join(cells) + " |"


def _row(name: str, result: dict[str, Any]) -> str:
    runs, linear = result["runs"], result["linear"]
    plain = runs[0]["test"]["lenient"] is None
    scores = {split: [headline(run[split]) for run in runs] for split in ("dev", "test")}
    low = statistics.mean(run["interval"][0] for run in runs)
    high = statistics.mean(run["interval"][1] for run in runs)
    timed = [run["processor_seconds"] for run in runs if "processor_seconds" in run]
    cells = [
        name,
        "accuracy" if plain else "lenient F1",
        *(f"{100 * statistics.mean(s):.2f} ± {100 * statistics.stdev(s):.2f}" for s in scores.values()),
        f"{100 * low:.1f} to {100 * high:.1f}",
        f"{100 * headline(linear['test']):.2f}",
        "{:.1f} to {:.1f}".format(*(100 * bound for bound in linear["test_interval"])),
        f"{statistics.mean(timed):.0f} s" if timed else "-",
        f"{result['summary']['megabytes']:.1f} MB",
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
