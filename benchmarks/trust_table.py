"""The tables of docs/trust.md, made of benchmarks/results/: python -m benchmarks.trust_table"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import click

from benchmarks.accuracy import RESULTS, mean_and_spread
from benchmarks.partial import WAYS

Result = Mapping[str, Any]


@click.command()
def main() -> None:
    """Print the tables as Markdown, one below the other."""
    click.echo("\n\n".join("\n".join(rows) for rows in tables()))


def tables() -> Iterator[list[str]]:
    """All of them, in the order of the page."""
    calibrated = _read("calibration")
    yield _table("corpus, seeds, number, error, before, if perfect, Brier, before, constant", 1,
                 _rows(_reliability, calibrated))  # fmt: skip
    yield _table("corpus, precision asked for, on dev, on test, recall on test", 1, _rows(_thresholds, calibrated))
    for name, result in _read("partial").items():
        yield _table(f"{name}, seeds, dev, test", 1, _partial(result))
    yield _table("corpus, ranking, precision at 100, average precision", 2, _rows(_suspects, _read("suspects")))
    yield _table("corpus, sentences, seeds, F1 at the end, tokens that suggestions need for the same F1", 2,
                 _rows(_suggestion, _read("suggestion")))  # fmt: skip


def _rows(one: Callable[[str, Result], Iterator[list[str]]], results: Mapping[str, Result]) -> Iterator[list[str]]:
    """The rows of all corpora."""
    return chain.from_iterable(one(name, result) for name, result in results.items())


def _read(room: str) -> dict[str, Result]:
    """The results in a folder by the names of their files."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((RESULTS / room).glob("*.json"))}


def _table(names: str, words: int, rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of columns with names, the first of which are words and the others numbers."""
    columns = names.split(", ")
    rule = "|" + "|".join("---" if place < words else "---:" for place in range(len(columns))) + "|"
    head, *body = ("| " + " | ".join(cells) + " |" for cells in (columns, *rows))
    return [head, rule, *body]


def _reliability(name: str, result: Result) -> Iterator[list[str]]:
    """Of predicted spans and of candidates: errors and Brier scores, in percent."""
    for kind in ("predicted spans", "candidate spans"):
        every = [run["confidence"][kind] for run in result["runs"]]
        before = [own["before"] or own for own in every]
        yield [
            f"{name}, {kind}",
            str(len(every)),
            f"{statistics.mean(own['number'] for own in every):,.0f}",
            mean_and_spread([own["error"] for own in every]),
            mean_and_spread([own["error"] for own in before]),
            mean_and_spread([own["perfect"]["mean"] for own in every]),
            mean_and_spread([own["brier"] for own in every]),
            mean_and_spread([own["brier"] for own in before]),
            mean_and_spread([own["brier_constant"] for own in every]),
        ]


def _thresholds(name: str, result: Result) -> Iterator[list[str]]:
    """What a precision that is asked for comes to on test."""
    every = [threshold for run in result["runs"] for threshold in run["thresholds"]]
    for target in sorted({threshold["target"] for threshold in every}):
        own = [threshold for threshold in every if threshold["target"] == target]
        yield [
            name,
            f"{100 * target:.0f}",
            mean_and_spread([threshold["dev"]["precision"] for threshold in own]),
            mean_and_spread([threshold["test"]["precision"] for threshold in own]),
            mean_and_spread([threshold["test"]["recall"] for threshold in own]),
        ]


def _partial(result: Result) -> Iterator[list[str]]:
    """F1 of each way of training."""
    for way in WAYS:
        runs = result["runs"][way].values()
        yield [way, str(len(runs)), *(mean_and_spread([run[split] for run in runs]) for split in ("dev", "test"))]


def _suspects(name: str, result: Result) -> Iterator[list[str]]:
    """Our ranking, cleanlab's by tags, and its best."""
    others = {title: own for title, own in result["rankings"].items() if title.startswith("cleanlab scores")}
    best = max(others, key=lambda title: others[title]["average precision"])
    shown = {"ours": "taggers", "cleanlab, tags": "cleanlab scores, tags", "cleanlab, at its best": best}
    for title, key in shown.items():
        own = result["rankings"][key]
        yield [name, title, *(f"{100 * own[figure]:.1f}" for figure in ("precision at 100", "average precision"))]


def _suggestion(name: str, result: Result) -> Iterator[list[str]]:
    """What each way comes to, and what suggestions need for the same."""
    for way, own in result["summary"].items():
        share = _both(own["share"]) if "share" in own else "-"
        yield [name.removesuffix("-test"), way, str(own["seeds"]), _both(own["final f1"]), share]


def _both(pair: Sequence[float]) -> str:
    """A mean and a standard deviation in percent.

    >>> _both([0.5, 0.012])
    '50.0 ± 1.2'
    """
    return "{:.1f} ± {:.1f}".format(*(100 * value for value in pair))


if __name__ == "__main__":
    main()
