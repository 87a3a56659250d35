"""Sentences as CoNLL columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from taggers.errors import FormatError
from taggers.formats.columns import BOUNDARY, ColumnFormat, ends_sentence, read_columns, resolve_columns
from taggers.formats.kind import Kind
from taggers.text import Sentence


def write_columns(sentences: Iterable[Sentence], format: ColumnFormat) -> Iterator[str]:
    r"""Each sentence as lines: its layers in their order, the token in its place, and the extras that may stand there.

    `separator` `auto` is a tab; a document that begins without a -DOCSTART- line gets one. Raises FormatError at a
    value that would not come back: empty, or holding what separates.

    >>> list(write_columns([Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})], ColumnFormat()))
    ['Ada\tB-PER\nslept\tO\n\n']
    """
    separator = " " if format.separator == "space" else "\t"
    names: tuple[str, ...] = ()
    marked = False  # a boundary stands before the sentence already
    for sentence in sentences:
        lines: list[str] = []
        if format.label is not None and sentence.tokens:
            from taggers.formats.remarks import with_label  # which tagging text would load for nothing

            sentence = with_label(sentence, format.label)
        if sentence.extras:
            lines += [e.line for e in sentence.extras if e.position == 0 and keeps_line(e.line, format)]
            marked = marked or any(line.startswith(BOUNDARY) for line in lines)
        if not names and (sentence.tokens or sentence.layers):
            names = _column_order(sentence, format)
            if format.header:
                lines.insert(0, _header(names, separator, format, sentence))
        if sentence.tokens:
            if sentence.starts_document and not marked:
                lines += [separator.join([BOUNDARY] + ["O"] * (len(names) - 1)), ""]
            lines.append(_rows(sentence, names, separator, format))
            number = len(lines)
            if sentence.extras:
                end = len(sentence)
                lines += [e.line for e in sentence.extras if e.position == end and ends_sentence(e.line)]
            if len(lines) == number:
                lines.append("")
            marked = lines[-1].startswith(BOUNDARY)
        elif sentence.on_one_line or not sentence.extras:
            lines.append("")
        lines.append("")
        yield "\n".join(lines)
    if format.header_names and not names:
        yield f"{separator.join(format.header_names)}\n"


def keeps_line(line: str, format: ColumnFormat) -> bool:
    """True for an extra line that a file of the format may hold.

    >>> keeps_line("# text = Ada", ColumnFormat()), keeps_line("", ColumnFormat())
    (False, True)
    """
    return ends_sentence(line) or (format.comments is not None and line.startswith(format.comments))


def _header(names: tuple[str, ...], separator: str, format: ColumnFormat, sentence: Sentence) -> str:
    """The names of the columns, that of the tokens as the header that was read has it."""
    token = format.header_names[format.places["token"]] if format.header_names else "token"
    line = separator.join(token if name == "token" else name for name in names)
    if line.count(separator) != len(names) - 1 or (separator == " " and "\t" in line) or ends_sentence(line):
        problem = f"the header {line[:60]!r} would not come back as {len(names)} names; rename columns, or write tabs"
        raise FormatError(sentence.source.path, 1, problem)
    return line


def _column_order(sentence: Sentence, format: ColumnFormat) -> tuple[str, ...]:
    """The layers in their order, the token among those that were read where the format has it."""
    layers = list(sentence.layers)
    if "token" in layers:
        problem = "two columns would be called 'token', that of the tokens and one of a layer; rename the layer"
        raise FormatError(*sentence.source, problem)
    known = {*format.places, *format.header_names}
    read = [name for name in layers if name in known or re.fullmatch("column[0-9]+", name)]
    place = format.places["token"]
    if place < 0:
        place += len(read) + 1
    return (*layers[:place], "token", *layers[place:])


def _rows(sentence: Sentence, names: tuple[str, ...], separator: str, format: ColumnFormat) -> str:
    """The lines of the tokens, with line feeds between them."""
    if sentence.layers.keys() | {"token"} != set(names):
        found = f"found {', '.join(sentence.layers) or 'none'}"
        expected = f"expected the layers {', '.join(name for name in names if name != 'token')} as in those before"
        raise FormatError(*sentence.source, f"{expected}, {found}; give all sentences the same")
    columns = [sentence.tokens if name == "token" else sentence.layers[name] for name in names]
    rows = list(map(separator.join, zip(*columns, strict=True)))
    text = "\n".join(rows)
    if (
        text.count(separator) == len(rows) * (len(names) - 1)
        and text.count("\n") == len(rows) - 1
        and "\r" not in text
        and BOUNDARY not in text
        and not (separator == " " and "\t" in text)
        and not (format.comments is not None and text.startswith(format.comments))
        and all(map(str.strip, chain.from_iterable(columns)))
    ):
        return text  # nothing in any row to look at closer
    filled = names if separator == " " else {"token", *format.places}
    whole = all("" not in column for name, column in zip(names, columns, strict=True) if name in filled)
    for position, row in enumerate(rows):
        comes_back = (
            row.count(separator) == len(names) - 1
            and not (separator == " " and "\t" in row)
            and "\n" not in row
            and not row.endswith("\r")
            and not ends_sentence(row)
            and not (position == 0 and format.comments is not None and row.startswith(format.comments))
            and (whole or all(c[position] for n, c in zip(names, columns, strict=True) if n in filled))
        )
        if not comes_back:
            values = ", ".join(repr(column[position]) for column in columns)
            kind, advice = ("tab", "JSONL") if separator == "\t" else ("blank", "with tabs")
            problem = f"{values} would not come back as {len(names)} columns separated by a {kind}"
            raise FormatError(sentence.source.path, sentence.line_of(position), f"{problem}; write {advice}")
    return text


COLUMNS = Kind(
    name="columns",
    format=ColumnFormat,
    read=read_columns,
    write=write_columns,
    resolve=resolve_columns,
    layers="many",
    spans=True,
    plain=True,
    label=True,
    tokens=True,
    empty=False,
    documents=True,
    keeps_line=keeps_line,
    unnamed=True,
)
