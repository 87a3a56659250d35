"""`tagger report`: one page on how good a model is on annotated text, with all its errors to leaf through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from taggers.checkpoint import MANIFEST, ModelFolder, Precision, latest_model, load_folder
from taggers.cli.gold import read_gold
from taggers.cli.options import (
    STANDARD,
    FileOptions,
    device_option,
    file_options,
    print_json,
    refuse_output,
    refuse_twice,
    source_of,
    speed_options,
    tell,
)
from taggers.errors import CheckpointError, TaggerError
from taggers.files import write_bytes
from taggers.formats import names
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.report import Training
    from taggers.report.facts import File

_PAGE = "report.html"


@click.command(short_help="Write a page on how good a model is, and on its errors.")
@click.argument("model", required=False)
@click.argument("corpus", required=False)
@click.option("--split", type=click.Choice(["dev", "test"]), help="Of a CORPUS with a card, or of the run [test].")
@click.option("--output", metavar="FILE", help=f"The page, for a browser [{_PAGE}]; - is standard output.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print what the page holds as one JSON object; no page without --output."
)
@device_option
@speed_options
@click.option(
    "--input", "kind", type=click.Choice(names(read=True)), help="What CORPUS is [by its name, else as in training]."
)
@click.option("--layer", help="The layer of CORPUS that holds the gold tags [as in training].")
@click.option("--on-invalid", type=click.Choice(["repair", "refuse"]), default="repair", show_default=True)
@click.option("--train", metavar="FILE", help="Training file, read as CORPUS is [what the training read].")
@file_options
def command(
    model: str | None,
    corpus: str | None,
    split: Literal["dev", "test"] | None,
    output: str | None,
    as_json: bool,
    device: str,
    precision: Precision,
    workers: int,
    kind: str | None,
    layer: str | None,
    on_invalid: Literal["repair", "refuse"],
    train: str | None,
    options: FileOptions,
) -> None:
    """Score MODEL [the one trained last] on CORPUS, and write a page that a browser opens without a network.

    CORPUS is a file, read as `tagger evaluate` reads it, or a folder with a card.toml; left out it is what the training
    was tested on. Scores and counts are those of `tagger evaluate`. What stands in the training data too is told where
    that is at hand.
    """
    if output == STANDARD and as_json:
        raise click.UsageError("--json is for standard output, and so is --output -: leave out one")
    if model is not None and corpus is None and not (Path(model) / MANIFEST).exists():
        if model != STANDARD and not Path(model).exists():
            raise TaggerError(f"{model}: does not exist; name a model folder, a file of annotated text, or both")
        model, corpus = None, model
    refuse_twice(corpus, train)
    folder = load_folder(latest_model(Path("models")) if model is None else Path(model))
    # Not at the top, so that `--help` starts at once.
    from taggers.engine import load_engine
    from taggers.report import Corpus, make_report, page
    from taggers.report.making import check_tasks
    from taggers.tagger import Tagger

    check_tasks(folder)
    tagger = Tagger(folder, load_engine(folder, device, precision), precision)  # a device may not be there
    place = _recorded_corpus(folder, split) if corpus is None else _corpus(folder, corpus, split, kind)
    written = None if output == STANDARD or (output is None and as_json) else output or _PAGE
    if written is not None:
        refuse_output("--output", written, place.path, train, *_recorded_files(folder))
    gold: Sequence[Sentence] = read_gold(
        source_of(place.path), place.folder, place.kind, layer or place.layer, on_invalid, options
    )
    if train is None:
        learnt, training = _recorded_training(folder, gold)
    else:
        learnt = read_gold(source_of(train), place.folder, place.kind, layer or place.layer, on_invalid, options)
        training = _beside(_file(train), learnt, gold)
    judged = tagger.judge(gold, workers, tell, training=learnt)
    corpus_file = Corpus(_file(place.path), len(gold), sum(map(len, gold)))
    report = make_report(folder, judged.sentences, judged.predictions, judged.scores, corpus_file, training)
    if as_json:
        print_json(report.to_json(), indent=None)
    if output is not None or not as_json:
        _write(page(report), output or _PAGE)


def _write(text: str, output: str) -> None:
    """The page, whole or not at all; halves of surrogate pairs, which no file can hold, are spelt."""
    content = text.encode("utf-8", "backslashreplace")
    if output == STANDARD:
        click.echo(content, nl=False)
        return
    if not output:
        raise click.UsageError("the file to write has no name: name one, or - for standard output")
    write_bytes(Path(output), content)
    tell(f"wrote {output}")


class _Place(NamedTuple):
    """A file of annotated text, and how it is read: as the model's `folder` says, of a kind where that is known."""

    path: str
    folder: ModelFolder
    kind: str | None
    layer: str | None = None


def _corpus(folder: ModelFolder, corpus: str, split: str | None, kind: str | None) -> _Place:
    """A file as it is, or that of a split of a corpus with a card."""
    from taggers.corpus_card import CARD, folder_of, load_card, pick_layer  # not at the top: few corpora are cards

    place = Path(corpus)
    if not (place.suffix == ".toml" or (place / CARD).exists()):
        if split is not None:
            raise click.UsageError(f"--split {split} is for a corpus with a card, and {corpus} has none: leave it out")
        return _Place(corpus, folder, kind)
    card = load_card(place)
    wanted = split or "test"
    file = getattr(card.splits, wanted)
    if file is None:
        raise TaggerError(f"{corpus}: holds no {wanted} data; name another --split, or a file")
    data = {**card.reading(file), "tokeniser": folder.settings["data"].get("tokeniser", {"kind": "syntok"})}
    reading = replace(folder, settings={**folder.settings, "data": data})
    first = folder.expect_answers()[0].layer
    layer = None if not card.layers else first if first in card.layers else pick_layer(card, None, place)
    return _Place(str(folder_of(card, place) / file.file), reading, kind or card.format, layer)


def _recorded_corpus(folder: ModelFolder, split: str | None) -> _Place:
    """The test data of the run, or its dev data where it had none; TaggerError where they are not as they were."""
    from taggers.record import find_file, load_record

    record = load_record(folder)
    keys = [f"data.{name}" for name in ((split,) if split else ("test", "dev")) if f"data.{name}" in record.files]
    if not keys:
        what = split or "test or dev"
        raise TaggerError(f"{folder.path}: its training was given no {what} data; name a CORPUS after the model")
    found = find_file(folder, record, keys[0])
    if found.problem is not None:
        raise TaggerError(f"{keys[0]}: {found.path}: {found.problem}; name a CORPUS after the model")
    return _Place(str(found.path), folder, folder.settings["data"].get("format"))


def _recorded_files(folder: ModelFolder) -> list[str]:
    """The files of the data of a model's training, as they are or changed; none where there is no record."""
    from taggers.record import find_file, load_record

    try:
        record = load_record(folder)
    except CheckpointError:  # told where the training data is asked for
        return []
    return [str(find_file(folder, record, key).path) for key in record.files if key.startswith("data.")]


def _recorded_training(folder: ModelFolder, gold: Sequence[Sentence]) -> tuple[Sequence[Sentence] | None, Training]:
    """The sentences that a model was trained on, by its record, and what of the corpus is among them."""
    from taggers.record import load_training
    from taggers.report import Training

    try:
        path, sentences = load_training(folder)
    except CheckpointError as fault:
        return None, Training(None, absent=str(fault).removeprefix(f"{folder.path}: "))
    return sentences, _beside(_file(str(path)), sentences, gold)


def _beside(file: File, training: Sequence[Sentence], gold: Sequence[Sentence]) -> Training:
    from taggers.lint import Annotated, find_leaks
    from taggers.report import Training

    return Training(file, find_leaks(Annotated.of({"train": training, "corpus": gold}))["corpus"])


def _file(path: str) -> File:
    from taggers.digests import digest_of
    from taggers.report.facts import File

    if path == STANDARD:
        return File("standard input", None)
    return File(Path(path).name, digest_of("data", path))
