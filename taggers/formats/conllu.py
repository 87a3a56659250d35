"""CoNLL-U: ten columns a word; comments, multiword ranges and empty nodes kept in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from taggers.errors import FormatError
from taggers.formats.columns import BLANKS
from taggers.formats.conllu_misc import item_values, layer_names
from taggers.formats.conllu_text import align, says_spaces, spelt_text
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.remarks import label_in
from taggers.text import Extra, Sentence, Source

# the columns between the word's number and its MISC, under the names they have as layers; FORM is the token
LAYERS = ("lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")

_WORD = re.compile("[0-9]{1,9}")
_RANGE_OR_EMPTY = re.compile("[0-9]{1,9}[-.][0-9]{1,9}")
TEXT = re.compile("# *text *= ?(.*)")
NEW_DOCUMENT = "# newdoc"
_TAKEN = frozenset({*LAYERS, "token"})
_MOST_EXTRAS = 1000  # lines without a word between two sentences that are held in memory


@dataclass(frozen=True)
class ConlluFormat:
    """CoNLL-U (universaldependencies.org/format.html); the standard says UTF-8, files do not always.

    Layers that are no columns are items of MISC, `name=tag`: those that every word of the first sentence has (but for
    what Universal Dependencies defines), and the `layer` that is meant. The comment that is called `label`, such as
    genre in `# genre = news`, is the sentence's label.
    """

    encoding: str = "utf-8"
    layer: str = "upos"
    label: str | None = None


def read_conllu(source: PathOrStream | Lines, format: ConlluFormat) -> Iterator[Sentence]:
    r"""The sentences of a CoNLL-U file: tokens are the words' forms, layers the other columns (`upos`, `feats`, ...).

    All other lines are extras; those after the last sentence come in a last sentence without tokens (and so does each
    thousand of them, wherever it stands). Text and offsets are those of `# text`, where the words are found in it;
    without that comment what SpaceAfter and SpacesAfter say in MISC. Words of a range that are no parts of its form
    have the place of the whole form. Raises FormatError at a line that does not fit.

    >>> import io
    >>> words = ["1\tGo\tgo\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No", "2\t!\t!\tPUNCT\t_\t_\t1\tpunct\t_\t_"]
    >>> data = "\n".join(["# text = Go!", *words, "", ""])
    >>> [sentence] = read_conllu(io.BytesIO(data.encode()), ConlluFormat())
    >>> sentence.tokens, sentence.layers["upos"], sentence.offsets
    (('Go', '!'), ('VERB', 'PUNCT'), ((0, 2), (2, 3)))
    """
    lines = open_lines(source, format.encoding)
    rows: list[list[str]] = []
    extras: list[Extra] = []
    names: tuple[str, ...] | None = None  # of the layers in MISC, once there is a sentence
    first = 1  # the line of the first word
    starts_document = False
    for number, line in enumerate(lines, start=1):
        if not line.strip(BLANKS):
            if line or not rows:  # the plain empty line after a sentence goes without saying
                extras.append(Extra(len(rows), line))
            if rows:
                names = layer_names([row[9] for row in rows], _TAKEN) if names is None else names
                yield _sentence(lines.name, format, names, rows, extras, first, starts_document)
                rows, extras, starts_document = [], [], False
        elif line.startswith("#"):
            extras.append(Extra(len(rows), line))
            starts_document = starts_document or (not rows and line.startswith(NEW_DOCUMENT))
        else:
            fields = line.split("\t")
            if len(fields) != 10 or "" in fields:
                raise FormatError(lines.name, number, f"expected 10 filled columns, {_found(fields, line)}")
            word = fields[0]
            if _WORD.fullmatch(word):
                if int(word) != len(rows) + 1:
                    problem = f"expected word {len(rows) + 1}, found {word!r}; number the words of a sentence from 1"
                    raise FormatError(lines.name, number, problem)
                if not rows:
                    first = number
                rows.append(fields)
            elif _RANGE_OR_EMPTY.fullmatch(word):
                extras.append(Extra(len(rows), line))
            else:
                problem = f"expected a word's number such as 3, 3-4 or 3.1, found {word!r}; is it CoNLL-U?"
                raise FormatError(lines.name, number, problem)
        if len(extras) >= _MOST_EXTRAS and not rows:
            yield _no_sentence(lines.name, names or (), extras, number)
            extras = []
    if rows:
        names = layer_names([row[9] for row in rows], _TAKEN) if names is None else names
        yield _sentence(lines.name, format, names, rows, extras, first, starts_document)
    elif extras:
        yield _no_sentence(lines.name, names or (), extras, number)


def _found(fields: list[str], line: str) -> str:
    if len(fields) == 10:
        return f"found column {fields.index('') + 1} empty; write _ where there is no value"
    return f"found {len(fields)} in {line[:60]!r}; separate them by single tabs, or name the format of the file"


def _sentence(
    path: str,
    format: ConlluFormat,
    names: Sequence[str],
    rows: list[list[str]],
    extras: list[Extra],
    first: int,
    starts_document: bool,
) -> Sentence:
    _, forms, *columns = zip(*rows, strict=True)
    text = next((found[1] for _, line in extras if (found := TEXT.match(line)) is not None), None)
    layers: dict[str, tuple[str, ...]] = dict(zip(LAYERS, columns, strict=True))
    offsets = None if text is None else align(text, forms, extras)
    if text is None and says_spaces(layers["misc"], extras):
        text, offsets = spelt_text(forms, layers["misc"], extras)
    sentence = Sentence(
        forms,
        layers,
        label=label_in(extras, format.label),
        source=Source(path, first),
        text=None if offsets is None else text,
        offsets=offsets,
        extras=tuple(extras),
        starts_document=starts_document,
    )
    wanted = {**dict.fromkeys(names), **({} if format.layer in LAYERS else {format.layer: None})}
    further = {name: _of_misc(sentence, name, once=name == format.layer) for name in wanted}
    further = {name: tags for name, tags in further.items() if name in names or any(tags)}
    return replace(sentence, layers=layers | further) if further else sentence


def _of_misc(sentence: Sentence, name: str, once: bool) -> tuple[str, ...]:
    """The tags of a layer in MISC, empty where there is none; FormatError where there are several and one is meant."""
    found = [item_values(misc, name) for misc in sentence.layers["misc"]]
    for position, tags in enumerate(found) if once else ():
        if len(tags) > 1:
            problem = f"expected one item {name}= in MISC, found {len(tags)} ({', '.join(tags)}); leave one of them"
            raise FormatError(sentence.source.path, sentence.line_of(position), problem)
    return tuple(tags[0] if tags else "" for tags in found)


def _no_sentence(path: str, names: Sequence[str], extras: list[Extra], line: int) -> Sentence:
    layers: dict[str, tuple[str, ...]] = dict.fromkeys((*LAYERS, *names), ())
    return Sentence((), layers, source=Source(path, line), extras=tuple(extras))
