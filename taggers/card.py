"""The README of a model folder: what the model is, where it comes from, how good it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taggers.metrics.summary import between, layers, main_intervals, shown, summary
from taggers.plain_settings import how_to_tag
from taggers.tasks import LANGUAGE_MODEL

if TYPE_CHECKING:
    from taggers.calibration import Calibration
    from taggers.config import Config
    from taggers.tasks import Task


def model_card(
    name: str,
    tasks: Sequence[Task],
    config: Config,
    scores: Mapping[str, Any],
    provenance: Mapping[str, Any],
    parts: Mapping[str, int],
    calibration: Calibration | None = None,
) -> str:
    """The card as Markdown."""
    encoder, answers = config.model.encoder, tasks[0].kind != LANGUAGE_MODEL
    of = f" of {' and '.join(f'`{task.layer}`' for task in tasks)}" if answers else ""
    lines = [
        f"# {name}",
        "",
        f"A {tasks[0].noun}{of} trained by taggers "
        f"{provenance['versions']['taggers']}: "
        f"{encoder.layers} x {encoder.kind} of {encoder.hidden_size} per direction, {config.head.kind} head.",
        "",
        *(f"{task.about}\n" for task in tasks),
        "",
        f"    {how_to_tag(config.model_dump()) if answers else 'tagger generate'} --model DIR",
        "",
        "## Scores",
        "",
        *_scores(dict(layers(scores))),
    ]
    if calibration is not None:
        lines += ["", "## Confidence", "", *(f"- `{layer}`: {said}" for layer, said in calibration.facts.items())]
    lines += ["", "## Data", "", "| split | sentences | tokens | sha256 of the content |", "|---|---:|---:|---|"]
    lines += [
        f"| {split} | {d['sentences']:,} | {d['tokens']:,} | `{d['sha256'][:16]}` |"
        for split, d in provenance["data"].items()
    ]
    total = sum(parts.values())
    lines += ["", "## Size", "", *(f"- {part}: {count:,} weights" for part, count in parts.items())]
    lines += [f"- together: {total:,} weights", "", f"Seed {provenance['seed']}, {provenance['threads']} threads; "
              + ", ".join(f"{k} {v}" for k, v in provenance["versions"].items()) + ".", ""]  # fmt: skip
    lines += ["How it was trained stands in `run.json` and `log.jsonl`; `tagger reproduce DIR` trains it again.", ""]
    return "\n".join(lines)


def _scores(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A table of the main figures of each split and layer, with their 95 % intervals."""
    figures = {split: summary(values) for split, values in found.items()}
    names = list(dict.fromkeys(name for row in figures.values() for name in row))
    yield f"| split | {' | '.join(names)} |"
    yield f"|---|{'---:|' * len(names)}"
    for split, row in figures.items():
        intervals = main_intervals(found[split])
        cells = [f"{shown(name, row.get(name))}{between(name, intervals.get(name))}" for name in names]
        yield f"| {split} | {' | '.join(cells)} |"
    if figures:
        yield "\nIn brackets 95 % intervals, by the bootstrap."
