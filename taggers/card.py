"""The README of a model folder: what the model is, where it comes from, how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taggers.config import Config
from taggers.tasks.labelling import Labelling


def model_card(
    name: str,
    task: Labelling,
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
        f"A tagger of the layer `{task.layer}` trained by taggers {provenance['versions']['taggers']}: "
        f"{encoder.layers} x {encoder.kind} of {encoder.hidden_size} per direction, {head.kind} head.",
        "",
        f"Labels ({len(task.labels)}): {', '.join(task.labels)}. Tags are written in {task.outside.name}.",
        "",
        "    tagger tag --model DIR < text",
        "",
        "## Scores",
        "",
        "| split | precision | recall | F1 (lenient) | F1 (strict) | accuracy | accuracy, unknown words |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for split, values in scores.items():
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
