"""What a command asks of a model beside its best tags: how sure it is, other answers, and how its tags are chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from taggers.formats import Format
    from taggers.tasks.asked import Asked

_PROBABILITY = click.FloatRange(0.0, 1.0)


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
