"""Two files of the same text side by side: gold and predicted tags, or labels of texts, read for scoring."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import click

from taggers.cli.options import open_layer, source_of
from taggers.errors import FormatError
from taggers.formats import Format, Lines, layer_of, read
from taggers.text import Sentence
from taggers.text.detection import Detection, detect
from taggers.text.schemes import IOB2, PLAIN, Scheme, usual
from taggers.text.wording import NO_LABEL, counted, escaped

Tags = Sequence[tuple[str, ...]]
_SHORT = reprlib.Repr()  # of a long token both ends
_SHORT.maxstring = 60


@dataclass(frozen=True)
class Pairs:
    """Sentences of a gold file with the tags of both files, in the usual letters of the gold file's scheme."""

    sentences: Sequence[Sentence]
    gold: Tags
    predicted: Tags
    scheme: Scheme


def read_tags(
    gold: str, predicted: str, format: Format, layer: str | None, predicted_column: str | None, say: bool = True
) -> Pairs:
    """The tags of two files; standard error tells what they are. Raises FormatError where they are not of one text."""
    gold_lines, gold_format, gold_layer = open_layer(gold, format, layer)
    predicted_lines, predicted_format, predicted_layer = open_layer(predicted, format, predicted_column)
    sentences: list[Sentence] = []
    gold_tags: list[tuple[str, ...]] = []
    predicted_tags: list[tuple[str, ...]] = []
    both = read(gold_lines, gold_format), read(predicted_lines, predicted_format)
    for ours, theirs in side_by_side(*both, (gold_lines.name, predicted_lines.name)):
        sentences.append(ours)
        gold_tags.append(layer_of(ours, gold_layer))
        predicted_tags.append(layer_of(theirs, predicted_layer))
    if not sentences:
        raise FormatError(gold, None, "expected sentences, found none")
    found, other = detect(gold_tags), detect(predicted_tags)
    if say:
        _say(gold, found, other, predicted)
    # What is no tag of the gold file's dialect stays as it is, so that the predicted file may be in the usual letters.
    dialect = other.scheme if found.scheme.dialect is None else found.scheme
    scheme = found.scheme if found.scheme.dialect is None else IOB2
    return Pairs(sentences, _usual(gold_tags, found.scheme), _usual(predicted_tags, dialect), scheme)


def read_labels(gold: str, predicted: str, format: Format) -> tuple[Sequence[Sentence], list[str], list[str]]:
    """The texts of two files with the labels of both. Raises FormatError where they are not of the same texts."""
    sentences: list[Sentence] = []
    labels: tuple[list[str], list[str]] = ([], [])
    ours, theirs = (Lines(source_of(file), format.encoding) for file in (gold, predicted))
    for pair in side_by_side(read(ours, format), read(theirs, format), (ours.name, theirs.name)):
        for side, text in zip(labels, pair, strict=True):
            if text.label is None:
                raise FormatError(*text.source, NO_LABEL)
            side.append(text.label)
        sentences.append(pair[0])
    if not sentences:
        raise FormatError(gold, None, "expected texts with labels, found none")
    return sentences, *labels


def side_by_side(
    gold: Iterator[Sentence], predicted: Iterator[Sentence], files: tuple[str, str]
) -> Iterator[tuple[Sentence, Sentence]]:
    """The sentences of both `files` side by side; FormatError where their tokens differ."""
    last = None
    for ours, theirs in zip_longest(with_tokens(gold), with_tokens(predicted)):
        if ours is None or theirs is None:
            longer, shorter = (theirs, files[0]) if ours is None else (ours, files[1])
            end = "" if last is None else f" after the sentence at {last}"
            problem = f"expected no more sentences, since {shorter} ends{end}, found one of {len(longer)} tokens"
            raise FormatError(longer.source.path, longer.source.line, f"{problem}; score files of the same text")
        if ours.tokens != theirs.tokens:
            raise _difference(ours, theirs)
        last = theirs.source if ours is None else ours.source
        yield ours, theirs


def with_tokens(sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    """Those that hold any."""
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


def _usual(sentences: Tags, scheme: Scheme) -> list[tuple[str, ...]]:
    """Tags in the usual letters, whatever those of the scheme are."""
    return [tuple(usual(tag, scheme) for tag in tags) for tags in sentences]


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
