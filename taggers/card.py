"""The README of a model folder: what the model is, where it comes from, how good it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taggers.tasks.labelling import Labelling

if TYPE_CHECKING:
    from taggers.config import Config


def model_card(
    name: str,
    tasks: Sequence[Labelling],
    config: Config,
    scores: Mapping[str, Any],
    provenance: Mapping[str, Any],
    parts: Mapping[str, int],
) -> str:
    """The card as Markdown."""
    encoder, head = config.model.encoder, config.model.head
    lines = [
        f"# {name}",
        "",
        f"A tagger of {' and '.join(f'`{task.layer}`' for task in tasks)} trained by taggers "
        f"{provenance['versions']['taggers']}: "
        f"{encoder.layers} x {encoder.kind} of {encoder.hidden_size} per direction, {head.kind} head.",
        "",
        *(_labels(task) for task in tasks),
        "",
        "    tagger tag --model DIR < text",
        "",
        "## Scores",
        "",
        "| split | precision | recall | F1 (lenient) | F1 (strict) | accuracy | accuracy, unknown words |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for split, values in score_rows(scores):
        lenient = values["lenient"]["overall"] if values["lenient"] else None
        strict = values["strict"]["overall"] if values["strict"] else None
        cells = [
            *((lenient["precision"], lenient["recall"], lenient["f1"]) if lenient else (None, None, None)),
            strict["f1"] if strict else None,
            values["accuracy"],
            values["unknown_accuracy"],
        ]
        lines.append(f"| {split} | " + " | ".join("-" if c is None else f"{100 * c:.2f}" for c in cells) + " |")
    lines += ["", "## Data", "", "| split | sentences | tokens | sha256 of the content |", "|---|---:|---:|---|"]
    lines += [
        f"| {split} | {d['sentences']:,} | {d['tokens']:,} | `{d['sha256'][:16]}` |"
        for split, d in provenance["data"].items()
    ]
    total = sum(parts.values())
    lines += ["", "## Size", "", *(f"- {part}: {count:,} weights" for part, count in parts.items())]
    lines += [f"- together: {total:,} weights", "", f"Seed {provenance['seed']}, {provenance['threads']} threads; "
              + ", ".join(f"{k} {v}" for k, v in provenance["versions"].items()) + ".", ""]  # fmt: skip
    return "\n".join(lines)


_MOST = 200  # labels that are listed


def _labels(task: Labelling) -> str:
    shown = ", ".join(task.labels[:_MOST]) + (", ..." if len(task.labels) > _MOST else "")
    return f"Labels of `{task.layer}` ({len(task.labels)}): {shown}. Tags are written in {task.outside.name}.\n"


def score_rows(scores: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The scores of each split, those of its further layers after it."""
    for split, values in scores.items():
        yield split, values
        for layer, others in values.get("further", {}).items():
            yield f"{split}, {layer}", others
