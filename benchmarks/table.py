"""The tables of docs/results.md, made of benchmarks/results/*.json: python -m benchmarks.table"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from typing import Any

import click

from benchmarks.accuracy import RESULTS, headline, mean_and_spread


@click.command()
def main() -> None:
    """Print the tables as Markdown."""
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    click.echo(
        "| config | layer, measure | seeds | dev | test | 95 % interval | time | size "
        "| linear CRF: dev | test | 95 % interval | time | size | instructions |"
    )
    click.echo("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|")
    for name, result in results.items():
        for layer in result.get("layers", ()):
            click.echo(_row(name, layer, result))
    click.echo("\n| config | folds x seeds | ours | linear CRF | difference, fold by fold |\n|---|---:|---:|---:|---|")
    for name, result in results.items():
        if "folds" in result:
            click.echo(_folds_row(name.removesuffix("-folds"), result))
    click.echo("")
    for line in _classifiers():
        click.echo(line)
    click.echo("")
    for line in _writers():
        click.echo(line)
    click.echo("")
    for line in _language_models(results["language_model"]):
        click.echo(line)


def _classifiers() -> Iterator[str]:
    """The table of classifiers, beside linear models over counts of words, and over vectors too."""
    yield "| config | seeds | dev | test | macro F1 | F1 of spans | time | size | linear model | dev | test |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|"
    for path in sorted((RESULTS / "classification").glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        runs, linear = result["runs"], result["linear"]
        if not runs:  # the linear model comes first
            continue
        of_spans = [run["test"]["lenient_f1"] for run in runs if "lenient_f1" in run["test"]]
        name, own = max(linear.items(), key=lambda item: item[1]["dev"]["accuracy"])
        cells = [
            path.stem,
            str(len(runs)),
            *(mean_and_spread([run[split]["accuracy"] for run in runs]) for split in ("dev", "test")),
            mean_and_spread([run["test"]["macro_f1"] for run in runs]),
            mean_and_spread(of_spans) if of_spans else "-",
            f"{statistics.mean(run['processor_seconds'] for run in runs):.0f} s",
            f"{statistics.mean(run['bytes'] for run in runs) / 1e6:.1f} MB",
            name,
            *(f"{100 * own[split]['accuracy']:.2f}" for split in ("dev", "test")),
        ]
        yield "| " + " | ".join(cells) + " |"


def _writers() -> Iterator[str]:
    """The table of models that write one sequence for another, beside a dictionary of training: accuracy and error."""
    yield "| config | data | seeds | all | unseen | symbol errors | dictionary: all | unseen | time | size |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for path in sorted((RESULTS / "transduction").glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        runs = result["runs"]
        for split in [name for name, found in runs[0].items() if isinstance(found, dict)]:
            name, _, tags = split.partition(", ")
            known = result["dictionary, predicted tags" if tags else "dictionary"][name]
            unseen = [run[split]["unknown_accuracy"] for run in runs]
            cells = [
                path.stem,
                split,
                str(len(runs)),
                mean_and_spread([run[split]["accuracy"] for run in runs]),
                "-" if None in unseen else mean_and_spread(unseen),
                mean_and_spread([run[split]["error_rate"] for run in runs]),
                *("-" if known[k] is None else f"{100 * known[k]:.2f}" for k in ("accuracy", "unknown_accuracy")),
                f"{statistics.mean(run['processor_seconds'] for run in runs):.0f} s",
                f"{statistics.mean(run['bytes'] for run in runs) / 1e6:.1f} MB",
            ]
            yield "| " + " | ".join(cells) + " |"


def _language_models(result: dict[str, Any]) -> Iterator[str]:
    """The table of bits per character: compressors, n-grams, and ours."""
    yield "| model | seeds | dev | test |"
    yield "|---|---:|---:|---:|"
    for name, found in result["compressors"].items():
        for way, told in (("alone", "the text alone"), ("after_train", "after train")):
            yield f"| {name}, {told} | - | {found['dev'][way]:.3f} | {found['test'][way]:.3f} |"
    for name, found in result["ngrams"].items():
        yield f"| {name} | - | {found['dev']:.3f} | {found['test']:.3f} |"
    for name, found in result["ours"].items():
        bits = {split: [run[split]["bits_per_character"] for run in found["runs"]] for split in ("dev", "test")}
        yield f"| {name} | {len(found['runs'])} | {_bits(bits['dev'])} | {_bits(bits['test'])} |"


def _bits(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


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


def _row(name: str, layer: str, result: dict[str, Any]) -> str:
    runs, linear = result["runs"], result["linear"][layer]
    scores = {split: [headline(run[split][layer]) for run in runs] for split in ("dev", "test")}
    low = statistics.mean(run["interval"][layer][0] for run in runs)
    high = statistics.mean(run["interval"][layer][1] for run in runs)
    timed = [run["processor_seconds"] for run in runs if "processor_seconds" in run]
    cells = [
        name,
        f"{layer}, {'accuracy' if runs[0]['test'][layer]['lenient'] is None else 'lenient F1'}",
        str(len(runs)),
        *map(mean_and_spread, scores.values()),
        f"{100 * low:.1f} to {100 * high:.1f}",
        f"{statistics.mean(timed):.0f} s" if timed else "-",
        f"{statistics.mean(run['bytes'] for run in runs) / 1e6:.1f} MB",
        *(f"{100 * headline(linear[split]):.2f}" for split in ("dev", "test")),
        "{:.1f} to {:.1f}".format(*(100 * bound for bound in linear["test_interval"])),
        f"{linear['processor_seconds']:.1f} s" if "processor_seconds" in linear else "-",
        f"{linear['bytes'] / 1e6:.1f} MB" if "bytes" in linear else "-",
        result["machine"].get("instructions", "AVX2"),  # those measured before it was noted
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
