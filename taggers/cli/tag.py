"""`tagger tag`: text in, tags out, sentence by sentence, in constant memory."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING, BinaryIO

import click

from taggers.checkpoint import Precision
from taggers.cli.options import (
    FileOptions,
    FileOrFolder,
    asking_options,
    file_options,
    model_options,
    refuse_placeless,
    refuse_tokeniser,
    search_options,
    speed_options,
    tell,
    threshold_options,
    tokeniser_option,
    with_tokeniser,
)
from taggers.errors import FormatError
from taggers.evaluation import WINDOW
from taggers.formats import (
    KINDS,
    ColumnFormat,
    Format,
    Lines,
    TextFormat,
    Tokeniser,
    as_sentence,
    encode,
    kind_of,
    looks_like_columns,
    looks_like_conllu,
    name_of,
    names,
    read,
    resolve,
    source_name,
)
from taggers.plain_settings import labels_said
from taggers.tagger import Tagger
from taggers.text import Prediction, Sentence
from taggers.text.schemes import PLAIN, Scheme, usual
from taggers.text.types import LABEL
from taggers.text.wording import counted

if TYPE_CHECKING:
    from taggers.tasks import SentenceTask
    from taggers.tasks.asked import Asked

INPUTS = names(read=True)
OUTPUTS = names(stream=True, tags=True)
ALL_OUTPUTS = tuple(dict.fromkeys([*OUTPUTS, *names(stream=True, labels=True)]))  # of taggers and classifiers
NAMED = names(read=True, tags=True, among=(name for name in INPUTS if name != "columns"))
LOOKED_AT = 20  # lines by which a column file is told from text


@click.command(short_help="Tag text, tokens, columns or CoNLL-U from a file or a pipe.")
@click.argument("file", type=FileOrFolder("rb"), default="-")
@model_options
@speed_options
@search_options
@asking_options
@threshold_options
@click.option("--input", "kind", type=click.Choice(INPUTS), help="What comes in [by its name, else text].")
@click.option("--output", type=click.Choice(ALL_OUTPUTS), help="What goes out [as the input; for text inline, or csv].")
@click.option("--line-buffered", is_flag=True, help="Answer every sentence at once, for use in a dialogue.")
@tokeniser_option
@file_options
def command(
    file: BinaryIO | str,
    model: str | None,
    device: str,
    precision: Precision,
    workers: int,
    beam: int | None,
    length_power: float | None,
    asked: Asked | None,
    min_precision: float | None,
    min_recall: float | None,
    kind: str | None,
    output: str | None,
    line_buffered: bool,
    tokeniser: Tokeniser | None,
    options: FileOptions,
) -> None:
    """Tag FILE (standard input by default) and write it to standard output, as many sentences as came in, in order.

    Text is split into sentences and tokens by the tokeniser of the model, or the one named by --tokeniser, and comes
    back line by line with its entities in brackets; columns come back with the predicted tags as a further column;
    CoNLL-U with the predicted layer in its place, or in MISC; records of other tools with the predicted spans in place
    of those they have.
    """
    if line_buffered and workers > 1:
        raise click.UsageError("--line-buffered answers each sentence before it reads the next: leave --workers out")
    tagger = Tagger.load(model, device, precision, beam, length_power)
    if min_precision is not None or min_recall is not None:
        from taggers.cli.thresholds import with_threshold  # not at the top: tagging starts sooner without

        asked = with_threshold(asked, tagger.folder, min_precision, min_recall)
    window = 1 if line_buffered else 2 * WINDOW  # in twice the sentences batches hold more alike
    if tagger.labels_alone:
        from taggers.cli.labelled import labels_format, open_texts, with_tokens

        lines, source = open_texts(file, tagger.folder, kind, tokeniser, options)
        target = labels_format(output, source, tagger.folder)
        refuse_placeless(asked, target, labels=True)
        texts = with_tokens(read(lines, source))
        predictions = tagger.stream(texts, window, workers, tell, asked=asked)
        write_stream(encode((as_sentence(p, {}) for p in predictions), target), line_buffered)
        return
    # Where every line waits for its answer, there is no looking ahead.
    lines, source = open_tokens(file, tagger, kind, tokeniser, options, look=not line_buffered)
    written = Written.of(tagger, output, source, asked is not None and asked.confidence)
    refuse_placeless(asked, written.format)
    predictions = tagger.stream(read(lines, source), window, workers, tell, asked=asked)
    answers = written.sentences(predictions)
    if kind_of(written.format).name == "conllu":
        answers = without_empty(answers)
    elif not kind_of(written.format).empty and not isinstance(source, TextFormat):  # whose blank lines are no sentences
        answers = without_empty(answers, keep=True)
    write_stream(encode(answers, written.format), line_buffered)


def open_tokens(
    file: BinaryIO | str,
    tagger: Tagger,
    kind: str | None,
    tokeniser: Tokeniser | None,
    options: FileOptions,
    look: bool = True,
) -> tuple[Lines, Format]:
    """The lines of what a model is to tag, and how they are read: as text, where nothing says what they are.

    FormatError where one may `look` at them, and they look like something else.
    """
    kind = kind or name_of(source_name(file), NAMED)
    options.refuse_others(kind or "text", "the input is")
    refuse_tokeniser(tokeniser, kind or "text", "the input is")
    said = {"layer": _layers(tagger)[0].layer}
    given = tagger.folder.token_format if kind == "columns" else KINDS[kind or "text"].make(said)
    source = with_tokeniser(options.over(given), tokeniser or tagger.folder.tokeniser)
    lines = Lines(file, encoding=source.encoding)
    if kind is None and look:
        refuse_files_taken_for_text(lines.name, lines.peek(LOOKED_AT))
    return lines, resolve(lines, source)


@dataclass(frozen=True)
class Written:
    """How the predictions of a tagger are written: the format, the names of the predicted layers and of their
    confidences there, whether these layers come `alone`, and the scheme whose letters are not those of spans.
    """

    format: Format
    names: Mapping[str, str]
    columns: Mapping[str, str]
    alone: bool
    outside: Scheme | None

    @classmethod
    def of(cls, tagger: Tagger, output: str | None, source: Format, confidence: bool) -> Written:
        """What --output says, or the input; standard error tells what is not kept. UsageError where that is all."""
        layers = _layers(tagger)
        many = labels_said(tagger.folder.settings["task"], "jsonl")["many"]
        target, names = _output(output, source, layers, _label_name(tagger), many)
        if kind_of(target).layers == "none":
            if len(layers) == len(tagger.tasks):
                raise click.UsageError(f"--output {output} has no place for tags, which is all that this model gives")
            click.echo(f"not kept: layers {', '.join(names)}", err=True)
        columns = _confidence_names(layers, source, target, names) if confidence else {}
        if columns and len(layers) < len(tagger.tasks):
            click.echo("not kept: the confidence of labels; add --output jsonl to keep it", err=True)
        # Spans of other layers would come among those predicted, and not every sentence has the same.
        alone = "nested" in (kind_of(target).layers, kind_of(source).layers)
        # Formats that show spans read them from the usual letters.
        return cls(target, names, columns, alone, layers[0].outside if kind_of(target).shows_spans else None)

    def sentences(self, predictions: Iterable[Prediction]) -> Iterator[Sentence]:
        """The predictions as sentences that are written."""
        outside = self.outside
        if outside is not None:
            predictions = (replace(p, tags=tuple(usual(tag, outside) for tag in p.tags)) for p in predictions)
        return (as_sentence(p, self.names, self.alone, self.columns) for p in predictions)


def _layers(tagger: Tagger) -> list[SentenceTask]:
    """The tasks that give tags."""
    return [task for task in tagger.tasks if task.layer != LABEL]


def _label_name(tagger: Tagger) -> str | None:
    """The comment that is the label of a sentence, where a model gives one beside tags."""
    if all(task.layer != LABEL for task in tagger.tasks):
        return None
    from taggers.cli.labelled import label_name  # not at the top: taggers have no need of it

    return label_name(tagger.folder)


def without_empty(sentences: Iterator[Sentence], keep: bool = False) -> Iterator[Sentence]:
    """The sentences that are not empty, or all where those `keep` their places; a last line says how many are."""
    from taggers.formats import is_empty  # not at the top: text has no need of it, and starts sooner without

    number = 0
    for sentence in sentences:
        empty = is_empty(sentence)
        number += empty
        if keep or not empty:
            yield sentence
    if number:
        click.echo(f"not kept: {counted(number, 'sentence')} without tokens", err=True)


def _without_mark(encoding: str) -> str:
    """UTF-8 is written without a byte order mark, whether the input had one or not."""
    return "utf-8" if codecs.lookup(encoding).name == "utf-8-sig" else encoding


def refuse_files_taken_for_text(name: str, first_lines: Sequence[str]) -> None:
    """Raise FormatError where the first lines of what is to be read as text look like another format."""
    if looks_like_conllu(first_lines):
        raise FormatError(name, 1, "looks like CoNLL-U: say --input conllu, or --input text if it is not")
    if looks_like_columns(first_lines):
        raise FormatError(name, 1, "looks like a column file: say --input columns, or --input text if it is not")


def _output(
    name: str | None, source: Format, tasks: Sequence[SentenceTask], label: str | None, many: bool
) -> tuple[Format, dict[str, str]]:
    """The format to write (as the input, or inline where that has no place for tags), and the names of the layers.

    `label` is what the comment is called in which columns have the label of a sentence, which may be a set of `many`.
    """
    task = tasks[0]
    if name is None:
        name = kind_of(source).name
        name = name if name in OUTPUTS else "inline"
    if name != "columns":
        further = tuple(t.layer for t in tasks[1:])
        plain = task.outside in (None, PLAIN)
        said = {"layer": task.layer, "plain": plain, "further": further, "label": label, "many": many}
        return KINDS[name].make(said), {task.layer: task.layer for task in tasks}
    if not isinstance(source, ColumnFormat):
        return ColumnFormat({"token": 0}, label=label), _free_names(tasks, set())
    taken = _names_read(source)
    format = replace(source, encoding=_without_mark(source.encoding), label=label or source.label)
    return format, _free_names(tasks, taken)


def _free_names(tasks: Sequence[SentenceTask], taken: set[str], called: str = "predicted") -> dict[str, str]:
    """Names for columns of the predicted layers that no column has."""
    names: dict[str, str] = {}
    for task in tasks:
        wanted = f"{called}-{task.layer}" if names else called
        numbered = (f"{wanted}{number}" for number in count(2))
        names[task.layer] = next(n for n in chain([wanted], numbered) if n not in {*taken, *names.values()})
    return names


def _confidence_names(
    tasks: Sequence[SentenceTask], source: Format, target: Format, names: Mapping[str, str]
) -> dict[str, str]:
    """Names for the confidences of the predicted layers, where these come as layers do."""
    if kind_of(target).layers != "many":
        return {}
    read = _names_read(source) if isinstance(target, ColumnFormat) else set()  # where columns are, and no keys
    return _free_names(tasks, {*read, *names.values()}, "confidence")


def _names_read(source: Format) -> set[str]:
    return {*source.columns, *source.header_names} if isinstance(source, ColumnFormat) else set()


def write_stream(pieces: Iterator[bytes], flush: bool = False) -> None:
    """Write pieces to standard output, where asked for each at once."""
    out = sys.stdout.buffer
    for piece in pieces:
        out.write(piece)
        if flush:
            out.flush()
    out.flush()
