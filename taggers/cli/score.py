"""`tagger score`: predicted tags against gold ones, file against file."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

import click

from taggers.cli.options import FileOptions, file_options, open_layer, print_json, refuse_twice, source_of
from taggers.cli.scoring import conlleval_report, detail_option, refuse_plain, refuse_several, table_of
from taggers.errors import FormatError, MissingExtraError
from taggers.formats import KINDS, Format, layer_of, name_of, names, read
from taggers.metrics import TrainingSpans, score_detail, score_tags
from taggers.text import Sentence
from taggers.text.detection import Detection, detect
from taggers.text.schemes import IOB2, PLAIN, Scheme, usual
from taggers.text.wording import counted, escaped

_INPUTS = names(read=True, tags=True)
_SHORT = reprlib.Repr()  # of a long token both ends
_SHORT.maxstring = 60


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
    refuse_several(as_json, detail, report)
    without_tags = () if options.of_columns else ("csv",)  # which is refused by its name
    name = input_name or name_of(gold, (*_INPUTS, *without_tags)) or "columns"
    options.refuse_others(name, "the files are")
    refuse_twice(gold, predicted, train)
    format = options.over(KINDS[name].format())
    gold_lines, gold_format, gold_layer = open_layer(gold, format, layer)
    predicted_lines, predicted_format, predicted_layer = open_layer(predicted, format, predicted_column or layer)
    sentences: list[Sentence] = []
    gold_tags: list[tuple[str, ...]] = []
    predicted_tags: list[tuple[str, ...]] = []
    for ours, theirs in _pairs(read(gold_lines, gold_format), read(predicted_lines, predicted_format)):
        sentences.append(ours)
        gold_tags.append(layer_of(ours, gold_layer))
        predicted_tags.append(layer_of(theirs, predicted_layer))
    if not sentences:
        raise FormatError(gold, None, "expected sentences, found none")
    found, other = detect(gold_tags), detect(predicted_tags)
    _say(gold, found, other, predicted)
    refuse_plain(found.scheme is not PLAIN, detail, report)
    # What is no tag of the gold file's dialect stays as it is, so that the predicted file may be in the usual letters.
    dialect = other.scheme if found.scheme.dialect is None else found.scheme
    gold_tags, predicted_tags = _usual(gold_tags, found.scheme), _usual(predicted_tags, dialect)
    scheme = found.scheme if found.scheme.dialect is None else IOB2
    if report == "seqeval":
        click.echo(_seqeval(gold_tags, predicted_tags))
        return
    detailed = found.scheme is not PLAIN and (detail or as_json or report is not None)
    known, training = None, None
    if train is not None:
        words, training = _trained_on(train, format, layer, detailed)
        known = [[token in words for token in sentence.tokens] for sentence in sentences]
    scores = score_tags(gold_tags, predicted_tags, scheme, known)
    if detailed:
        scores = replace(scores, detail=score_detail(sentences, gold_tags, predicted_tags, scheme, known, training))
    if as_json:
        print_json(scores.to_json())
    else:
        click.echo(table_of(scores) if report is None else conlleval_report(scores))


def _usual(sentences: Sequence[tuple[str, ...]], scheme: Scheme) -> list[tuple[str, ...]]:
    """Tags in the usual letters, whatever those of the scheme are."""
    return [tuple(usual(tag, scheme) for tag in tags) for tags in sentences]


def _pairs(gold: Iterator[Sentence], predicted: Iterator[Sentence]) -> Iterator[tuple[Sentence, Sentence]]:
    """The sentences of both files side by side; FormatError where their tokens differ."""
    last = None
    for ours, theirs in zip_longest(_with_tokens(gold), _with_tokens(predicted)):
        if ours is None or theirs is None:
            longer, shorter = (theirs, "GOLD") if ours is None else (ours, "PREDICTED")
            end = "" if last is None else f" after the sentence at {last}"
            problem = f"expected no more sentences, since {shorter} ends{end}, found one of {len(longer)} tokens"
            raise FormatError(longer.source.path, longer.source.line, f"{problem}; score files of the same text")
        if ours.tokens != theirs.tokens:
            raise _difference(ours, theirs)
        last = theirs.source if ours is None else ours.source
        yield ours, theirs


def _with_tokens(sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    return (sentence for sentence in sentences if sentence.tokens)


def _difference(gold: Sentence, predicted: Sentence) -> FormatError:
    for position, (ours, theirs) in enumerate(zip(gold.tokens, predicted.tokens, strict=False)):
        if ours != theirs:
            place = f"{predicted.source.path}:{predicted.line_of(position)}"
            tokens = f"gold has the token {_SHORT.repr(ours)}, predicted {_SHORT.repr(theirs)} at {place}"
            problem = f"{tokens}; score files of the same text"
            return FormatError(gold.source.path, gold.line_of(position), problem)
    problem = f"gold has a sentence of {len(gold)} tokens, predicted one of {len(predicted)} at {predicted.source}"
    return FormatError(gold.source.path, gold.source.line, f"{problem}; score files with the same sentences")


def _say(gold: str, found: Detection, other: Detection, predicted: str) -> None:
    """What the tags are, on standard error, where it bears on the scores."""
    if found.scheme is PLAIN:
        click.echo("plain tags: accuracy only", err=True)
        return
    for file, detection in ((gold, found), (predicted, other)):
        strangers = ", ".join(map(escaped, detection.strangers[:5]))
        strange = f" (of no or another scheme: {strangers})" if strangers else ""
        violations = counted(detection.violations, "violation")
        click.echo(f"{file}: {detection.scheme.name}, {violations}{strange}", err=True)
    if other.scheme is not found.scheme:
        click.echo(f"strict scores and accuracy take both files as {found.scheme.name}", err=True)


def _trained_on(file: str, format: Format, layer: str | None, spans: bool) -> tuple[set[str], TrainingSpans | None]:
    """The words of a training file, and its spans if they are wanted, read by the scheme that its tags follow."""
    training = TrainingSpans() if spans else None
    if training is None:
        words = {token for sentence in read(source_of(file), format) for token in sentence.tokens}
    else:
        lines, form, name = open_layer(file, format, layer)
        sentences = [(sentence.tokens, layer_of(sentence, name)) for sentence in _with_tokens(read(lines, form))]
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
