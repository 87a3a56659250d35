"""`--precision` and `--recall`: the least confidence of a span that reaches one of them, by what dev has told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from taggers.cli.options import tell
from taggers.errors import TaggerError
from taggers.tasks.asked import Asked
from taggers.text.schemes import PLAIN

if TYPE_CHECKING:
    from taggers.checkpoint import ModelFolder
    from taggers.metrics.thresholds import Kept


def with_threshold(asked: Asked | None, folder: ModelFolder, precision: float | None, recall: float | None) -> Asked:
    """What is asked, with the least confidence of a span that reaches a precision or a recall; one of them is given.

    Standard error tells the threshold, and what it gave on dev. Raises UsageError where spans are chosen in another way
    too, and TaggerError for a model that keeps no thresholds, or none that reaches so much.
    """
    asked = asked or Asked()
    if asked.min_confidence or (precision is not None and recall is not None):
        raise click.UsageError("--precision, --recall and --min-confidence each choose a threshold: name one of them")
    name, least = ("recall", recall) if precision is None else ("precision", precision)
    if asked.decoding == "risk":
        raise click.UsageError(f"--{name} is told of the spans that --decoding viterbi gives: leave one of them out")
    kept = _reach(folder, name, least or 0.0)
    given = f"precision {100 * kept.precision:.2f} and recall {100 * kept.recall:.2f}"
    tell(f"threshold {kept.threshold:g}: {given} on {folder.calibration.where}")
    return replace(asked, min_confidence=kept.threshold)


def _reach(folder: ModelFolder, name: str, least: float) -> Kept:
    layers = [task.layer for task in folder.tasks if task.outside not in (None, PLAIN)]
    if len(layers) != 1:
        problem = f"--{name} is for models of one layer of spans, and this one gives {', '.join(layers) or 'none'}"
        raise TaggerError(f"{problem}; leave it out{', or say --min-confidence' if layers else ''}")
    table = folder.calibration.of(layers[0]).thresholds
    if table is None:
        problem = f"{folder.path}: keeps no thresholds, which a training with dev writes"
        raise TaggerError(f"{problem}; train anew with one, or say --min-confidence in place of --{name}")
    kept = table.for_precision(least) if name == "precision" else table.for_recall(least)
    if kept is None:
        best = max(table.rows, key=lambda row: getattr(row, name))
        most = f"{getattr(best, name):.4f}, at threshold {best.threshold:g}"
        raise TaggerError(f"--{name} {least:g}: no threshold reaches it on {folder.calibration.where}; at most {most}")
    return kept
