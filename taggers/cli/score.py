"""`tagger score`: predicted tags against gold ones, file against file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from taggers.cli.options import FileOptions, file_options, open_layer, print_json, refuse_twice, source_of
from taggers.cli.pairs import read_tags, with_tokens
from taggers.cli.scoring import conlleval_report, detail_option, refuse_plain, refuse_several, table_of
from taggers.errors import FormatError, MissingExtraError
from taggers.formats import KINDS, Format, layer_of, name_of, names, read
from taggers.text.detection import detect
from taggers.text.schemes import PLAIN

if TYPE_CHECKING:
    from taggers.metrics import TrainingSpans

_INPUTS = names(read=True, tags=True)


@click.command(short_help="Score predicted tags against gold ones.")
@click.argument("gold")
@click.argument("predicted")
@click.option("--input", "input_name", type=click.Choice(_INPUTS), help="Format of both [by file name, else columns].")
@click.option("--layer", metavar="NAME|PLACE", help="Column of the tags [the last; upos in CoNLL-U].")
@click.option("--predicted-column", metavar="NAME|PLACE", help="That of the predicted file [as --layer].")
@click.option("--train", metavar="FILE", help="Training file: what it has of words and spans is told apart.")
@detail_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all detail, scores between 0 and 1.")
@click.option(
    "--report", type=click.Choice(["conlleval", "seqeval"]), help="Print the report of another scorer instead."
)
@file_options
def command(
    gold: str,
    predicted: str,
    input_name: str | None,
    layer: str | None,
    predicted_column: str | None,
    train: str | None,
    detail: bool,
    as_json: bool,
    report: str | None,
    options: FileOptions,
) -> None:
    """Score the tags of PREDICTED against those of GOLD, the same tokens line by line.

    Both are column files, token first and tag last, unless told otherwise; - is standard input. Spans are counted as
    the CoNLL scorer counts them (lenient) and only where the gold file's scheme spells them exactly so (strict).
    """
    from taggers.metrics import documents_of, score_detail, score_tags  # not at the top: `--help` has no need of it

    refuse_several(as_json, detail, report)
    without_tags = () if options.of_columns else ("csv",)  # which is refused by its name
    name = input_name or name_of(gold, (*_INPUTS, *without_tags)) or "columns"
    options.refuse_others(name, "the files are")
    refuse_twice(gold, predicted, train)
    format = options.over(KINDS[name].format())
    pairs = read_tags(gold, predicted, format, layer, predicted_column or layer)
    refuse_plain(pairs.scheme is not PLAIN, detail, report)
    if report == "seqeval":
        click.echo(_seqeval(pairs.gold, pairs.predicted))
        return
    detailed = pairs.scheme is not PLAIN and (detail or as_json or report is not None)
    known, training = None, None
    if train is not None:
        words, training = _trained_on(train, format, layer, detailed)
        known = [[token in words for token in sentence.tokens] for sentence in pairs.sentences]
    documents = documents_of(pairs.sentences)
    scores = score_tags(pairs.gold, pairs.predicted, pairs.scheme, known, documents)
    if detailed:
        of = score_detail(pairs.sentences, pairs.gold, pairs.predicted, pairs.scheme, known, training)
        scores = replace(scores, detail=of)
    if as_json:
        print_json(scores.to_json())
    else:
        click.echo(table_of(scores) if report is None else conlleval_report(scores))


def _trained_on(file: str, format: Format, layer: str | None, spans: bool) -> tuple[set[str], TrainingSpans | None]:
    """The words of a training file, and its spans if they are wanted, read by the scheme that its tags follow."""
    from taggers.metrics import TrainingSpans

    training = TrainingSpans() if spans else None
    if training is None:
        words = {token for sentence in read(source_of(file), format) for token in sentence.tokens}
    else:
        lines, form, name = open_layer(file, format, layer)
        sentences = [(sentence.tokens, layer_of(sentence, name)) for sentence in with_tokens(read(lines, form))]
        scheme = detect(tags for _, tags in sentences).scheme
        for tokens, tags in sentences:
            training.add(tokens, tags, scheme)
        words = {token for tokens, _ in sentences for token in tokens}
    if not words:
        raise FormatError(file, None, "expected training sentences, found none; name another file")
    return words, training


def _seqeval(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> str:
    try:
        from seqeval.metrics import classification_report
    except ImportError as missing:
        raise MissingExtraError("--report seqeval needs seqeval: pip install 'taggers[train]'") from missing
    text: str = classification_report([list(t) for t in gold], [list(t) for t in predicted], digits=4)
    return text
