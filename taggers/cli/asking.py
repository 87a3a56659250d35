"""What a command asks of a model beside its best tags: how sure it is, other answers, how tags and spans are chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from taggers.cli.options import tell
from taggers.errors import TaggerError
from taggers.text.schemes import PLAIN

if TYPE_CHECKING:
    from taggers.checkpoint import ModelFolder
    from taggers.formats import Format
    from taggers.metrics.thresholds import Kept
    from taggers.tasks.asked import Asked

_Command = TypeVar("_Command", bound=Callable[..., object])
_PROBABILITY = click.FloatRange(0.0, 1.0)
_TARGET = click.FloatRange(0.0, 1.0, min_open=True)


def asking_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --confidence and the like, handed over as `asked`: an `Asked`, or None where nothing is asked."""

    @click.option("--confidence", is_flag=True, help="Write how probable each span, plain tag or label is.")
    @click.option("--min-confidence", type=_PROBABILITY, metavar="X", help="Leave out spans less probable than X.")
    @click.option("--k-best", type=click.IntRange(1, 1000), metavar="N", help="The N best tag sequences too (jsonl).")
    @click.option(
        "--decoding", type=click.Choice(["viterbi", "risk"]), default="viterbi", show_default=True,
        help="viterbi: the best sequence of tags; risk: spans that are each more likely right than wrong.",
    )  # fmt: skip
    @click.option(
        "--threshold", type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True), metavar="X",
        help="With --decoding risk: how probable a span has to be [0.5].",
    )  # fmt: skip
    @wraps(command)
    def with_options(
        *,
        confidence: bool,
        min_confidence: float | None,
        k_best: int | None,
        decoding: Literal["viterbi", "risk"],
        threshold: float | None,
        **others: Any,
    ) -> None:
        if threshold is not None and decoding != "risk":
            raise click.UsageError("--threshold says which spans --decoding risk gives: add that, or leave it out")
        asked = None
        if confidence or min_confidence or k_best or decoding == "risk":
            from taggers.tasks.asked import Asked  # not at the top: tagging starts sooner without

            asked = Asked(
                confidence=confidence,
                k_best=k_best or 0,
                decoding=decoding,
                threshold=0.5 if threshold is None else threshold,
                min_confidence=min_confidence or 0.0,
            )
        command(asked=asked, **others)

    return with_options


def refuse_placeless(asked: Asked | None, target: Format, labels: bool = False) -> None:
    """Raise UsageError where something is asked that has no place in the format to be written, of labels or of tags."""
    if asked is None:
        return
    from taggers.formats import kind_of

    kind = kind_of(target)
    if asked.confidence and not kind.confidence and (labels or kind.layers != "many"):
        raise click.UsageError(f"--confidence has no place in the output {kind.name}: add --output jsonl")
    if asked.k_best and not kind.alternatives:
        raise click.UsageError(f"--k-best has no place in the output {kind.name}: add --output jsonl")


def threshold_options(command: _Command) -> _Command:
    """Add --precision and --recall, each a share that spans are to reach."""
    help = "Leave out unsure spans, as many as it takes to reach this precision on dev, between 0 and 1."
    precision = click.option("--precision", "min_precision", type=_TARGET, metavar="X", help=help)
    help = "Leave out unsure spans, as many as can be to keep this recall on dev, between 0 and 1."
    recall = click.option("--recall", "min_recall", type=_TARGET, metavar="X", help=help)
    return precision(recall(command))


def with_threshold(
    asked: Asked | None, folder: ModelFolder, precision: float | None, recall: float | None
) -> Asked | None:
    """What is asked, with the least confidence of a span that reaches a precision or a recall, if one is given.

    Standard error tells the threshold, and what it gave on dev. Raises UsageError where spans are chosen in another way
    too, and TaggerError for a model that keeps no thresholds, or none that reaches so much.
    """
    if precision is None and recall is None:
        return asked
    from taggers.tasks.asked import Asked  # not at the top: tagging starts sooner without

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
