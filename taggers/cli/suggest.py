"""`tagger suggest`: which sentences to annotate next, with what the model says of them filled in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import BinaryIO

import click

from taggers.checkpoint import Precision
from taggers.cli.labelled import kind_for, labels_format, open_texts
from taggers.cli.options import (
    FileOptions,
    FileOrFolder,
    file_options,
    model_options,
    speed_options,
    tell,
    tokeniser_option,
)
from taggers.cli.tag import ALL_OUTPUTS, INPUTS, LOOKED_AT, NAMED, Written, open_tokens, write_stream
from taggers.errors import FormatError, TaggerError
from taggers.formats import (
    ColumnFormat,
    Format,
    Lines,
    Tokeniser,
    as_sentence,
    encode,
    kind_of,
    looks_like_columns,
    name_of,
    read,
)
from taggers.formats.columns import ends_sentence
from taggers.formats.conllu import NEW_DOCUMENT
from taggers.formats.remarks import remark
from taggers.suggestion import Budget, Suggested, Suggestion, suggest
from taggers.tagger import Tagger
from taggers.text import Prediction, Sentence
from taggers.text.types import Judgement
from taggers.text.wording import counted

_USUAL = 100  # sentences, where nothing is said
_KEPT = ("columns", "conllu", "jsonl", "labels", "doccano", "prodigy", "spacy", "huggingface")  # as they come
_SCORED = ("jsonl", "labels", "prodigy")  # whose records hold scores; where there are comments, these do
_NOTHING_SAID = FileOptions(None, None, None, None, None)


@click.command(short_help="Choose the sentences to annotate next, and tag them.")
@click.argument("file", type=FileOrFolder("rb"), default="-")
@model_options
@speed_options
@click.option("--k", type=click.IntRange(min=1), metavar="N", help="How many sentences [100, if no --tokens].")
@click.option("--tokens", type=click.IntRange(min=1), metavar="N", help="How many tokens they have at most, together.")
@click.option("--documents", is_flag=True, help="Choose whole documents in place of sentences.")
@click.option(
    "--exclude", type=click.Path(exists=True), multiple=True, metavar="FILE", help="Annotated already: left out."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Decides between equals.")
@click.option("--input", "kind", type=click.Choice(INPUTS), help="What comes in [by its name, else text].")
@click.option("--output", type=click.Choice(ALL_OUTPUTS), help="What goes out [as the input, but jsonl for text].")
@tokeniser_option
@file_options
def command(
    file: BinaryIO | str,
    model: str | None,
    device: str,
    precision: Precision,
    workers: int,
    k: int | None,
    tokens: int | None,
    documents: bool,
    exclude: tuple[str, ...],
    seed: int,
    kind: str | None,
    output: str | None,
    tokeniser: Tokeniser | None,
    options: FileOptions,
) -> None:
    """Choose the sentences of FILE (standard input by default) from which a model would learn most, best first, and
    write them to standard output with the tags or labels that it predicts, to be corrected.

    A sentence is worth as many mistakes as the model expects of itself in it, for each token to annotate; those about
    words that are in the batch already count less. Copies are left out.
    """
    tagger = Tagger.load(model, device, precision)
    if tagger.tasks[0].search is not None:
        problem = f"{tagger.folder.path}: a model for {tagger.folder.kind} does not say how sure it is"
        raise TaggerError(f"{problem}, which suggestions go by; name a tagger or a classifier")
    lines, source = _open(file, tagger, kind, tokeniser, options)
    target = _Target(tagger, output or (None if kind_of(source).name in _KEPT else "jsonl"), source)
    if k is None and tokens is None:
        k = _USUAL
    suggested = suggest(
        tagger,
        read(lines, source),
        Budget(k, tokens),
        annotated=chain.from_iterable(_annotated(one, tagger, kind, tokeniser, options) for one in exclude),
        documents=documents,
        seed=seed,
        workers=workers,
    )
    if not suggested.items:
        raise FormatError(lines.name, None, "expected sentences to choose from, found none; name another file")
    target.tell_losses()
    write_stream(encode(target.sentences(suggested.suggestions, documents), target.format))
    for line in _report(suggested, "document" if documents else "text" if tagger.labels_alone else "sentence", k):
        tell(line)


def _open(
    file: BinaryIO | str, tagger: Tagger, kind: str | None, tokeniser: Tokeniser | None, options: FileOptions
) -> tuple[Lines, Format]:
    if tagger.labels_alone:
        return open_texts(file, tagger.folder, kind, tokeniser, options)
    return open_tokens(file, tagger, kind, tokeniser, options)


def _annotated(
    file: str, tagger: Tagger, kind: str | None, tokeniser: Tokeniser | None, options: FileOptions
) -> Iterator[Sentence]:
    """The sentences of a file that is annotated already: of the kind that its name or its first lines say, else as the
    input, whose options hold for files of the same kind.
    """
    if tagger.labels_alone:
        own: str | None = kind_for(file, tagger.folder)
        own = (kind or own) if own == "text" else own
    else:
        own = name_of(file, NAMED)
        if own is None:
            looks_annotated = not os.path.isdir(file) and looks_like_columns(Lines(file).peek(LOOKED_AT))
            own = "columns" if looks_annotated else kind
    same = own == kind
    lines, source = _open(file, tagger, own, tokeniser if same else None, options if same else _NOTHING_SAID)
    return read(lines, source)


class _Target:
    """How suggestions are written."""

    def __init__(self, tagger: Tagger, output: str | None, source: Format) -> None:
        self._written = None if tagger.labels_alone else Written.of(tagger, output, source, confidence=True)
        self.format = labels_format(output, source, tagger.folder) if self._written is None else self._written.format
        self._kind = kind_of(self.format)
        comments = self.format.comments if isinstance(self.format, ColumnFormat) else None
        self._remarks = self._kind.name == "conllu" or (comments is not None and "# ".startswith(comments))

    def tell_losses(self) -> None:
        """Say what the format has no place for."""
        lost = [] if self._remarks or self._kind.name in _SCORED else ["scores and places of sentences"]
        lost += [] if self._kind.confidence or self._kind.layers == "many" else ["confidences"]
        if lost:
            tell(f"not kept: {', '.join(lost)}; add --output jsonl to keep them")

    def sentences(self, suggestions: Sequence[Suggestion], documents: bool) -> Iterator[Sentence]:
        """The sentences in the order of the suggestions."""
        for suggestion in suggestions:
            for number, sentence in enumerate(self._answers(suggestion.item.predictions)):
                placed = sentence if documents or self._kind.name == "jsonl" else _by_itself(sentence)
                yield self._scored(_between(placed, documents, first=number == 0), suggestion.score)

    def _answers(self, predictions: Sequence[Prediction]) -> Iterator[Sentence]:
        if self._written is None:
            return (as_sentence(prediction, {}) for prediction in predictions)
        return self._written.sentences(predictions)

    def _scored(self, sentence: Sentence, score: float) -> Sentence:
        judged = replace(sentence, judgement=replace(sentence.judgement or Judgement(), score=score))
        if not self._remarks:
            return judged
        said = (remark("score", f"{score:.4f}"), remark("place", str(sentence.source)))
        return replace(judged, extras=(*said, *judged.extras))


def _by_itself(sentence: Sentence) -> Sentence:
    """The sentence with its own part of the text alone, where it shares that with others, which were not chosen."""
    text, offsets = sentence.text, sentence.offsets
    if text is None or not offsets:
        return sentence
    first, last = offsets[0][0], offsets[-1][1]
    if not text[:first].strip() and not text[last:].strip():
        return sentence
    moved = tuple((start - first, end - first) for start, end in offsets)
    return replace(sentence, text=text[first:last], offsets=moved, extras=())


def _between(sentence: Sentence, documents: bool, first: bool) -> Sentence:
    """The sentence without the borders that stood around it in its file; each document chosen has one."""
    kept = [e for e in sentence.extras if not ends_sentence(e.line)]
    if not documents:
        kept = [e for e in kept if not e.line.startswith(NEW_DOCUMENT)]
    return replace(sentence, extras=tuple(kept), starts_document=documents and first)


def _report(suggested: Suggested, what: str, k: int | None) -> Iterator[str]:
    """What was chosen of what, and how unsure the model is of it."""
    chosen = [suggestion.item for suggestion in suggested.suggestions]
    tokens = sum(item.tokens for item in chosen)
    yield (
        f"suggested {counted(len(chosen), what)} of {suggested.items:,}, {counted(tokens, 'token')} of "
        f"{suggested.tokens:,}"
    )
    if tokens:
        own, every = sum(item.mistakes for item in chosen) / tokens, suggested.mistakes / suggested.tokens
        yield f"mistakes expected in 100 tokens: {100 * own:.1f}, in all that was read {100 * every:.1f}"
    if suggested.excluded:
        yield f"left out: {counted(suggested.excluded, what)} annotated already"
    if k is not None and len(chosen) < k:
        yield f"fewer than --k {k}: no others are left, or fit"
    if suggested.cut:
        yield f"not all of {counted(suggested.items, what)} could be held; of those let go some might have been chosen"
