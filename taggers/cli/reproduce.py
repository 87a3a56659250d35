"""`tagger reproduce`: a model trained again from its record, and what is the same."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taggers.checkpoint import latest_model, load_folder
from taggers.cli.progress import Progress
from taggers.cli.train import scores_line
from taggers.errors import MissingExtraError, TaggerError
from taggers.text.wording import counted, escaped

if TYPE_CHECKING:
    from taggers.record import FoundFile
    from taggers.reproduction import Difference

_SHOWN = 5  # tensors that differ


@click.command(short_help="Train a model again from its record, and compare the weights.")
@click.argument("model", required=False, type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Keep the new model there [it is removed].")
@click.pass_context
def command(context: click.Context, model: Path | None, output: Path | None) -> None:
    """Train MODEL [the one trained last] again by what its folder records, and compare both bit by bit.

    The data must be what the training read (exit code 2 where it is not); other versions or another processor are
    noted. The exit code is 0 where all weights are the same bits, 1 where some differ. With --output, a reproduction
    that was killed goes on when the same command is given again.
    """
    folder = load_folder(latest_model(Path("models")) if model is None else model)
    try:
        from taggers.record import find_files, load_record
        from taggers.reproduction import changes, differences, train_again
    except ModuleNotFoundError as missing:
        raise MissingExtraError(f"training needs {missing.name}: pip install 'taggers[train]'") from None
    record = load_record(folder)
    if output is not None and (output.exists() or output.is_symlink()):
        raise TaggerError(f"{output} exists already; choose another --output, or remove it")
    click.echo(f"trained by: {escaped(record.command)}")
    files = find_files(folder, record)
    _show(files)
    for change in changes(folder, record):
        click.echo(f"note: {escaped(change)}; bits may differ")
    with tempfile.TemporaryDirectory() as working:
        with Progress() as progress:
            again = train_again(folder, files, output or Path(working) / folder.path.resolve().name, progress)
        found = differences(folder.weights, again.weights)
        _show_scores(folder.scores, again.scores)
    if found:
        _show_differences(found)
        context.exit(1)
    click.echo("the same weights, bit by bit")


def _show(files: Sequence[FoundFile]) -> None:
    """A line for each file; TaggerError where one is not what the training read."""
    wrong = [file for file in files if file.problem is not None]
    for file in files:
        click.echo(escaped(f"{file.key}: {file.path}: {file.problem or 'the same'}"))
    if wrong:
        problem = f"not what the training read: {len(wrong)} of {counted(len(files), 'file')}"
        raise TaggerError(f"{problem}; put back what it read, or train anew")


def _show_scores(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """The scores of each split once where they are equal, else of both."""
    for split in dict.fromkeys((*then, *now)):
        if then.get(split) == now.get(split):
            click.echo(f"{scores_line(split, then[split])} (the same)")
            continue
        for when, scores in (("then", then), ("now", now)):
            click.echo(scores_line(f"{split} {when}", scores[split]) if split in scores else f"{split} {when}: none")


def _show_differences(found: Sequence[Difference]) -> None:
    click.echo(f"OTHER WEIGHTS: in {counted(len(found), 'tensor')}, by {max(d.largest for d in found):.3g} at most")
    for difference in found[:_SHOWN]:
        click.echo(f"  {difference.tensor}: {difference.what}")
    if len(found) > _SHOWN:
        click.echo(f"  and {len(found) - _SHOWN:,} more")
