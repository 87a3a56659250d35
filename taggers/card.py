"""The README of a model folder: what the model is, where it comes from, how good it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taggers.metrics.summary import shown, summaries
from taggers.tasks.labelling import Labelling
from taggers.tasks.language_model import LanguageModel
from taggers.tasks.transduction import Transduction
from taggers.text.types import LABEL

if TYPE_CHECKING:
    from taggers.config import Config
    from taggers.tasks import Task


def model_card(
    name: str,
    tasks: Sequence[Task],
    config: Config,
    scores: Mapping[str, Any],
    provenance: Mapping[str, Any],
    parts: Mapping[str, int],
) -> str:
    """The card as Markdown."""
    encoder, kind = config.model.encoder, tasks[0].kind
    of = "" if kind == LanguageModel.kind else f" of {' and '.join(f'`{task.layer}`' for task in tasks)}"
    lines = [
        f"# {name}",
        "",
        f"A {_NOUNS[kind]}{of} trained by taggers "
        f"{provenance['versions']['taggers']}: "
        f"{encoder.layers} x {encoder.kind} of {encoder.hidden_size} per direction, {config.head.kind} head.",
        "",
        *(_facts(task) for task in tasks),
        "",
        f"    {'tagger generate --model DIR' if kind == LanguageModel.kind else 'tagger tag --model DIR < text'}",
        "",
        "## Scores",
        "",
        *_scores(dict(summaries(scores))),
    ]
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


_NOUNS = {
    "labelling": "tagger",
    "classification": "classifier",
    "transduction": "writer",
    "language_model": "language model",
}
_MOST = 200  # labels that are listed


def _facts(task: Task) -> str:
    """What the task is, in a line."""
    if isinstance(task, LanguageModel):
        return f"It foretells {task.facts['foretells']}.\n"
    if isinstance(task, Transduction):
        beside = f" beside {', '.join(f'`{column}`' for column in task.beside)}" if task.beside else ""
        around = f" and {task.around} characters on either side" if task.around else ""
        read = "tokens" if task.layer == LABEL else "characters"
        return f"It reads {read}{beside}{around}, and writes {len(task.symbols)} symbols.\n"
    labels = task.labels
    shown = ", ".join(labels[:_MOST]) + (", ..." if len(labels) > _MOST else "")
    written = f" Tags are written in {task.outside.name}." if isinstance(task, Labelling) else ""
    return f"Labels of `{task.layer}` ({len(labels)}): {shown}.{written}\n"


def _scores(figures: Mapping[str, Mapping[str, float | None]]) -> Iterator[str]:
    """A table of the main figures of each split and layer."""
    names = list(dict.fromkeys(name for row in figures.values() for name in row))
    yield f"| split | {' | '.join(names)} |"
    yield f"|---|{'---:|' * len(names)}"
    for split, row in figures.items():
        yield f"| {split} | {' | '.join(shown(name, row.get(name)) for name in names)} |"
