"""What the commands that score say of it alike: --detail, --report and the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from taggers.errors import MissingExtraError, TaggerError

if TYPE_CHECKING:
    from taggers.metrics import AnyScores

_Command = TypeVar("_Command", bound=Callable[..., object])


def detail_option(command: _Command) -> _Command:
    """Add --detail."""
    help = "Show errors by kind, confusions, and scores by length, document and what training has seen."
    return click.option("--detail", is_flag=True, help=help)(command)


def refuse_several(as_json: bool, detail: bool, report: str | None) -> None:
    """Raise UsageError where more than one form of output is asked for."""
    if as_json and report is not None:
        raise click.UsageError(f"--json prints the project's own scores, --report {report} another's: leave out one")
    if detail and report is not None:
        raise click.UsageError(f"--detail adds to the project's own scores, --report {report} prints another's")
    if as_json and detail:
        raise click.UsageError("--json holds the detail: leave --detail out")


def refuse_plain(spans: bool, detail: bool, report: str | None) -> None:
    """Raise TaggerError where what is asked for is of spans, and there are none."""
    option = "--detail" if detail else None if report is None else f"--report {report}"
    if option is not None and not spans:
        raise TaggerError(f"{option} is of spans, and here are none: leave it out")


def table_of(scores: AnyScores) -> str:
    """The scores as lines of text, those of further layers and what detail there is after them."""
    from taggers.metrics import LabelScores, Scores

    if not isinstance(scores, Scores | LabelScores):
        return scores.to_table()
    blocks = [scores.to_table()]
    if scores.confidence is not None:
        blocks.append(scores.confidence.to_table())
    if isinstance(scores, LabelScores):
        return "\n\n".join(blocks)
    if scores.detail is not None:
        blocks.append(scores.detail.to_table())
    blocks += [f"{name}:\n{table_of(others)}" for name, others in scores.further.items()]
    return "\n\n".join(blocks)


def draw_reliability(scores: AnyScores, layer: str) -> bytes:
    """The reliability of the confidences of a layer and of those learnt beside it, a panel for each kind of answer."""
    try:
        from taggers.plots import reliability_diagram
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"--reliability needs {missing.name}: pip install 'taggers[train]'") from None
    from taggers.metrics import LabelScores, Scores

    every = {layer: scores, **(scores.further if isinstance(scores, Scores) else {})}
    panels: dict[str, Any] = {}
    for name, own in every.items():
        assert isinstance(own, Scores | LabelScores)
        assert own.confidence is not None
        of = f"{name}, " if len(every) > 1 else ""
        panels |= {f"{of}{kind}": figures for kind, figures in own.confidence.to_json().items()}
    return reliability_diagram(panels)


def conlleval_report(scores: AnyScores) -> str:
    """The report of conlleval on spans; standard error tells where it reads others than the lenient scores."""
    from taggers.metrics import Scores

    assert isinstance(scores, Scores)
    assert scores.lenient is not None
    assert scores.detail is not None
    theirs, ours = scores.detail.conlleval.overall, scores.lenient.overall
    if (theirs.gold, theirs.predicted, theirs.correct) != (ours.gold, ours.predicted, ours.correct):
        found = f"{theirs.gold} and {theirs.predicted}, the lenient scores {ours.gold} and {ours.predicted}"
        problem = f"conlleval knows the prefixes B, I and E alone: it counts {found} gold and predicted spans"
        click.echo(f"{problem}; score files in IOB2 (tagger convert --scheme IOB2) for equal counts", err=True)
    return scores.detail.conlleval.to_text()
