"""The tables of docs/performance.md, each made of the stored results of one part."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.speed.operations import PRESETS, STANDARD

_DISTURBED = 0.1  # cores kept busy by others from which on a figure is marked
Row = list[str]
Results = Mapping[str, Mapping[str, Any]]  # by file: part, and what it ran on


@dataclass(frozen=True)
class Measured:
    """A stored case: where it ran, its name, its values, and the mark that its figures bear."""

    where: str
    name: str
    values: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """A star where others were at work."""
        return "*" if self.values["others"] > _DISTURBED else ""

    def rate(self, kind: str = "float32") -> float:
        """The rate of matrix products beside it, GFLOP/s."""
        found: float = self.values["rates"][kind]
        return found

    def limit(self, kind: str, operations: float) -> float:
        """Tokens a second that the best rate for a number type allows."""
        rates: Mapping[str, float] = self.values["rates"]
        return 1e9 * max(rate for name, rate in rates.items() if name.startswith(kind)) / operations


def measured(results: Results, part: str) -> Iterator[Measured]:
    """All cases of a part, wherever they ran."""
    for file, content in results.items():
        name, _, kind = file.partition("-")
        if name == part:
            where = kind.replace("2-cores", "2 cores") or "1 core"
            for case, values in content["cases"].items():
                yield Measured(where, case, values)


def training(results: Results) -> Iterator[Row]:
    """Speed of training beside its limit."""
    yield ["recipe, batch, numbers", "on", "tokens/s", "R float32", "tokens/s over R", "limit", "share"]
    for case in measured(results, "training"):
        speed, kind = case.values["tokens_per_second"], case.name.rsplit(", ", 1)[-1]
        known = case.name.startswith("standard")
        limit = case.limit(kind, STANDARD.training) if known else 0.0
        yield [
            case.name if known else f"{case.name}, {case.values['sentences_per_batch']} sentences",
            case.where,
            f"{speed:,.0f}{case.mark}",
            f"{case.rate():.0f}",
            f"{speed / case.rate():.0f}",
            f"{limit:,.0f}" if known else "-",
            f"{100 * speed / limit:.0f} %" if known else "-",
        ]


def profile(results: Results) -> Iterator[Row]:
    """Microseconds a token by part, one column for each profile."""
    cases = list(measured(results, "profile"))
    yield ["part", *(f"{case.name}, {case.where}{case.mark}" for case in cases)]
    for part in dict.fromkeys(part for case in cases for part in case.values["microseconds"]):
        yield [part, *(f"{case.values['microseconds'].get(part, 0.0):.2f}" for case in cases)]
    yield ["all", *(f"{sum(case.values['microseconds'].values()):.2f}" for case in cases)]


def tagging(results: Results) -> Iterator[Row]:
    """Speed of tagging beside its limit."""
    yield [
        "what, model, text, numbers",
        "on",
        "tokens/s",
        "R float32",
        "tokens/s over R",
        "limit",
        "peak memory",
        "model",
    ]
    for case in measured(results, "tagging"):
        _, preset, _, kind = case.name.split(", ")
        speed = case.values["tokens_per_second"]
        yield [
            case.name,
            case.where,
            f"{speed:,.0f}{case.mark}",
            f"{case.rate():.0f}",
            f"{speed / case.rate():.0f}",
            f"{case.limit(kind, PRESETS[preset].forward):,.0f}",
            _megabytes(case.values.get("peak_bytes")),
            _megabytes(case.values.get("model_bytes")),
        ]


def start(results: Results) -> Iterator[Row]:
    """Cold processes."""
    yield ["process", "on", "seconds", "peak memory"]
    for case in measured(results, "start"):
        peak = _megabytes(case.values["peak_bytes"])
        yield [case.name, case.where, f"{case.values['seconds']:.3f}{case.mark}", peak]


def growth(results: Results) -> Iterator[Row]:
    """Time and memory against length."""
    yield ["tokens", "on", "seconds", "microseconds a token", "peak memory"]
    for case in measured(results, "growth"):
        tokens, seconds = case.values["tokens"], case.values["seconds"]
        each = f"{1e6 * seconds / tokens:.1f}"
        yield [f"{tokens:,}", case.where, f"{seconds:.2f}{case.mark}", each, _megabytes(case.values["peak_bytes"])]


_CRF_RATIOS = {
    "loss with gradient": ("pytorch_crf", "ours"),
    "the same in log space": ("pytorch_crf", "log_space"),
    "decoding": ("pytorch_crf_decode", "ours_decode"),
    "best paths as arrays": ("pytorch_crf_decode", "ours_viterbi"),
}


def crf(results: Results) -> Iterator[Row]:
    """How many times faster than pytorch-crf, by number of tags: the least, and both means of the cells."""
    yield ["tags", "on", "cells", *(f"{name}: least (means)" for name in _CRF_RATIOS)]
    groups: dict[tuple[str, str], list[Measured]] = {}
    for case in measured(results, "crf"):
        groups.setdefault((case.name.split()[0], case.where), []).append(case)
    for (tags, where), cases in sorted(groups.items(), key=lambda group: _sizes(group[1][0].name)):
        yield [tags, where, str(len(cases)), *(_ratio(cases, *pair) for pair in _CRF_RATIOS.values())]


def _ratio(cases: list[Measured], slow: str, fast: str) -> str:
    ratios = [case.values[slow] / case.values[fast] for case in cases if fast in case.values]
    if not ratios:
        return "-"
    mark = "*" if any(case.mark for case in cases) else ""
    return f"{min(ratios):.1f} ({statistics.geometric_mean(ratios):.1f}, {statistics.fmean(ratios):.1f}){mark}"


def crf_cells(results: Results) -> Iterator[Row]:
    """Every cell: ours in microseconds a token, and how many times faster than pytorch-crf."""
    yield ["K, T, B", "on", "loss, µs a token", *_CRF_RATIOS]
    for case in sorted(measured(results, "crf"), key=lambda case: _sizes(case.name)):
        _, steps, sentences = _sizes(case.name)
        ratios = (_ratio_of(case.values, *pair) for pair in _CRF_RATIOS.values())
        yield [case.name, case.where, f"{1e6 * case.values['ours'] / steps / sentences:.2f}{case.mark}", *ratios]


def _ratio_of(values: Mapping[str, Any], slow: str, fast: str) -> str:
    return f"{values[slow] / values[fast]:.1f}" if fast in values else "-"


def _sizes(name: str) -> list[int]:
    """The numbers of `K=9 T=15 B=1`."""
    return [int(part.split("=")[1]) for part in name.split()]


def curve(results: Results) -> Iterator[Row]:
    """The best dev F1 of a recipe, and the seconds to some shares of it."""
    yield ["recipe, numbers", "on", "best dev F1", "seconds to 90 % of it", "to 99 %", "to the best", "epochs"]
    for case in measured(results, "curve"):
        points = case.values["curve"]
        best = max(score for _, score in points)
        reached = [_text_seconds(seconds_to(points, share * best)) for share in (0.9, 0.99, 1.0)]
        yield [case.name, case.where, f"{100 * best:.2f}", *(f"{r}{case.mark}" for r in reached), str(len(points))]


def contest_training(results: Results) -> Iterator[Row]:
    """Each contestant's best dev F1, and how long the first of our recipes takes to reach that."""
    yield [
        "corpus, contestant",
        "on",
        "best dev F1",
        "seconds to it",
        "ours to the same F1",
        "times",
        "model",
        "memory",
    ]
    cases = [case for case in measured(results, "peers") if case.name.startswith("train, ")]
    ours: dict[tuple[str, str], list[list[tuple[float, float]]]] = {}
    for case in cases:
        _, corpus, contestant = case.name.split(", ")
        if contestant.startswith("taggers"):
            ours.setdefault((corpus, case.where), []).append(case.values["curve"])
    for case in cases:
        _, corpus, contestant = case.name.split(", ")
        points = case.values["curve"]
        best = max(score for _, score in points)
        spent = seconds_to(points, best)
        reached = (seconds_to(curve, best) for curve in ours.get((corpus, case.where), []))
        same = min((seconds for seconds in reached if seconds is not None), default=None)
        yield [
            f"{corpus}, {contestant}",
            case.where,
            f"{100 * best:.2f}",
            f"{_text_seconds(spent)}{case.mark}",
            _text_seconds(same),
            f"{spent / same:.1f}" if spent and same else "-",
            _megabytes(case.values["model_bytes"]),
            _megabytes(case.values["peak_bytes"]),
        ]


def contest_tagging(results: Results) -> Iterator[Row]:
    """Tagging by each contestant, and ours (the default) over it."""
    yield ["corpus, contestant", "on", "tokens/s", "once started", "ours over it", "one sentence, cold", "its memory",
           "peak memory"]  # fmt: skip
    for case in measured(results, "peers"):
        if not case.name.startswith("tag, "):
            continue
        found = case.values["contestants"]
        speed = found.get("taggers", {}).get("tokens_per_second")
        for name, values in found.items():
            yield [
                f"{case.name.split(', ')[1]}, {name}",
                case.where,
                f"{values['tokens_per_second']:,}{case.mark}",
                f"{values['tokens_per_second_once_started']:,}",
                f"{speed / values['tokens_per_second']:.2f}" if speed else "-",
                f"{values['cold_seconds']:.2f} s",
                _megabytes(values["cold_peak_bytes"]),
                _megabytes(values["peak_bytes"]),
            ]


def machines(results: Results) -> Iterator[Row]:
    """What the figures were measured on."""
    yield ["part", "processor", "instructions", "torch", "Python", "R: float32, by onnxruntime, bfloat16, int8"]
    for file, content in results.items():
        machine, cases = content["machine"], content["cases"].values()
        kinds = ("float32", "float32 onnxruntime", "bfloat16", "int8")
        rates = [[case["rates"][kind] for case in cases if kind in case["rates"]] for kind in kinds]
        about = [machine.get("device", machine["cpu"]), machine["instructions"], machine["torch"], machine["python"]]
        yield [file, *about, ", ".join(f"{statistics.median(found):.0f}" if found else "-" for found in rates)]


def seconds_to(points: Iterable[tuple[float, float]], score: float) -> float | None:
    """Seconds until a score is reached first.

    >>> seconds_to([(1.0, 0.5), (2.0, 0.7)], 0.6)
    2.0
    """
    return next((seconds for seconds, reached in points if reached >= score), None)


def _text_seconds(seconds: float | None) -> str:
    return "not reached" if seconds is None else f"{seconds:.1f}"


def _megabytes(size: float | None) -> str:
    return "-" if size is None else f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.1f} MB"


TABLES: dict[str, Callable[[Results], Iterator[Row]]] = {
    "machines": machines,
    "training": training,
    "profile": profile,
    "curve": curve,
    "tagging": tagging,
    "start": start,
    "growth": growth,
    "crf": crf,
    "crf cells": crf_cells,
    "contest training": contest_training,
    "contest tagging": contest_tagging,
}


def markdown(rows: Iterable[Row]) -> str:
    """Rows, the first of them the header, as a table; nothing where there is no other.

    >>> print(markdown([["part", "seconds"], ["data", "1.5"]]))
    | part | seconds |
    |---|---:|
    | data | 1.5 |
    """
    header, *rest = rows
    if not rest:
        return "Not measured yet."
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rest]
    texts = [" | ".join(line) if line[0] != "---" else "|".join(line) for line in lines]
    return "\n".join(f"|{text}|" if text.startswith("---") else f"| {text} |" for text in texts)
