"""Sentences as a Parquet table in Hugging Face's layout."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from taggers.errors import FormatError
from taggers.formats.kind import Kind
from taggers.formats.parquet import BATCH, OWN_COLUMNS, ParquetFormat, import_pyarrow, read_parquet, resolve_parquet
from taggers.formats.remarks import name_of_remark, remarks_of, single_remarks
from taggers.formats.units import text_of
from taggers.text import Sentence


def write_parquet(sentences: Iterable[Sentence], format: ParquetFormat) -> Iterator[bytes]:
    """A row a sentence, in groups of rows: `tokens` and a list for each layer, `text`, `label` and remarks as strings.

    The first thousand sentences say which columns there are: texts without layers have no tokens. All are strings;
    `columns` of the format name those that shall be called otherwise. Raises FormatError at a sentence with a column
    that they have not, or with other layers than the first, and at what is no Unicode text. What a sentence lacks is
    null.

    >>> content = b"".join(write_parquet([Sentence(("Ada",), {"ner_tags": ("B-PER",)})], ParquetFormat()))
    >>> content[:4], content[-4:]
    (b'PAR1', b'PAR1')
    """
    pyarrow = import_pyarrow()
    rest = iter(sentences)
    first = list(islice(rest, BATCH))
    called = _called(format)
    names = _columns(first)
    _refuse_names_of_two(first, called)
    layers = frozenset(first[0].layers) if first else frozenset()
    lists = {"token", *layers}
    schema = pyarrow.schema(
        [(called.get(n, n), pyarrow.list_(pyarrow.string()) if n in lists else pyarrow.string()) for n in names]
    )
    sink = _Sink()
    with pyarrow.parquet.ParquetWriter(sink, schema) as writer:
        rest = chain(first, rest)
        while rows := [_row(sentence, names, layers, called) for sentence in islice(rest, BATCH)]:
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """What a writer writes to, to be taken out piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._pieces.append(bytes(content))
        return len(self._pieces[-1])

    def taken(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content


def _called(format: ParquetFormat) -> dict[str, str]:
    said = format.columns if isinstance(format.columns, Mapping) else {}
    return OWN_COLUMNS | {name: column for name, column in said.items() if isinstance(column, str)}


def _refuse_names_of_two(first: Sequence[Sentence], called: Mapping[str, str]) -> None:
    """Raise FormatError where a layer has the name of a column that is none, or of another's."""
    names = [*OWN_COLUMNS, *(first[0].layers if first else ())]
    columns = [called.get(name, name) for name in names]
    for name, column in zip(names, columns, strict=True):
        if names.count(name) > 1 or columns.count(column) > 1:
            problem = f"two columns would be called {column!r}, one of them that of a layer; rename the layer"
            raise FormatError(*first[0].source, problem)


def _columns(first: Sequence[Sentence]) -> list[str]:
    """What some sentences have, remarks first and layers last; texts are those of which all have one and no layer."""
    layers = list(first[0].layers) if first else []
    texts = [sentence.text is not None for sentence in first]
    own = {
        "token": bool(layers) or not texts or not all(s.text is not None and s.tokens for s in first),
        "text": any(texts),
        "label": any(sentence.label is not None for sentence in first),
    }
    remarks = {name: None for sentence in first for name in remarks_of(sentence.extras)}
    others = [name for name in remarks if name not in layers and not own.get(name)]
    return [*others, *(name for name, there in own.items() if there), *layers]


def _row(sentence: Sentence, names: list[str], layers: frozenset[str], called: Mapping[str, str]) -> dict[str, Any]:
    if sentence.layers.keys() != layers:
        has, first = (", ".join(some) or "none" for some in (sentence.layers, sorted(layers)))
        raise FormatError(*sentence.source, f"expected the layers of the first sentence ({first}), found {has}")
    taken = {*called.values(), *sentence.layers} - {"text", "label"}
    values: dict[str, Any] = dict(single_remarks(sentence, taken))
    values |= {name: list(tags) for name, tags in sentence.layers.items()}
    values["token"] = list(sentence.tokens)
    if sentence.label is not None:
        values["label"] = sentence.label
    if sentence.text is not None:
        values["text"] = text_of(sentence)
    if "token" not in names and not (sentence.text and sentence.tokens):
        problem = f"expected a text as the first {BATCH} sentences have, found none; leave the sentence out"
        raise FormatError(*sentence.source, problem)
    if unknown := [name for name in values if name not in names and name != "token"]:
        problem = f"{', '.join(unknown)} is a column that the first {BATCH} sentences have not"
        raise FormatError(*sentence.source, f"{problem}; write JSONL, or give all sentences the same")
    _check(sentence, values)
    return {called.get(name, name): values.get(name) for name in names}


def _check(sentence: Sentence, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        for text in [value] if isinstance(value, str) else value:
            try:
                text.encode()
            except UnicodeEncodeError as fault:
                bad = text[fault.start]
                raise FormatError(*sentence.source, f"{bad!r} in {name} is no character of UTF-8; mend it") from fault


def _keeps_line(line: str, format: ParquetFormat) -> bool:
    """True for a remark, which is a column, and for a blank line."""
    del format
    return not line.strip(" \t") or name_of_remark(line) is not None


PARQUET = Kind(
    name="parquet",
    format=ParquetFormat,
    read=read_parquet,
    write=write_parquet,
    resolve=resolve_parquet,
    layers="many",
    layer="ner_tags",
    spans=True,
    plain=True,
    label=True,
    text=True,
    tokens=True,
    unit="text",
    keeps_line=_keeps_line,
)
