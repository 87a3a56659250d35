"""Column files read straight into a store: each distinct line is split once, whatever its tokens."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from taggers.data.sentences import TOKEN, Column, Numbering, SentenceStore, as_numpy, values_of
from taggers.errors import FormatError
from taggers.formats import ColumnFormat, Lines, layer_of, resolve_columns
from taggers.formats.columns import ColumnTable, RawSentence, raw_sentences

_CHUNK = 1 << 16  # places that are translated together, which bounds the memory


def store_columns(
    lines: Lines, format: ColumnFormat, layers: Sequence[str], columns: Sequence[str] = ()
) -> SentenceStore:
    """The sentences of a column file that hold tokens, with layers of tags and other columns.

    The same as `SentenceStore.of` makes of what `read` gives, in less time: a line is a token with all its values, and
    lines repeat as tokens do. Raises FormatError as `read` and `layer_of` do.

    >>> import io
    >>> store_columns(Lines(io.BytesIO(b"Ada\\tB-PER\\n\\nslept\\tO\\n")), ColumnFormat(), ["tag"])[1].layers
    {'tag': ('O',)}
    """
    format = resolve_columns(lines, format) if format.header else format
    table = ColumnTable(lines.name, format)
    distinct: Numbering[str] = Numbering()
    values = {name: _Values() for name in dict.fromkeys([TOKEN, *layers, *columns])}
    places, offsets, firsts, starts = array("i"), array("q", [0]), array("i"), array("b")
    labels: Numbering[str | None] = Numbering()
    label_places = array("i")
    for raw in raw_sentences(lines, table):
        if not raw.lines:
            continue
        known = len(distinct)
        places.fromlist(list(map(distinct.__getitem__, raw.lines)))
        if len(distinct) > known:
            _look_at(distinct.keys_in_order[known:], values, table, raw, layers)
        offsets.append(len(places))
        firsts.append(raw.first)
        starts.append(raw.starts_document)
        label_places.append(labels[table.label_in(raw.extras)])
    del distinct  # before memory is needed for the columns
    number = len(firsts)
    return SentenceStore(
        {name: some.column(as_numpy(places)) for name, some in values.items()},
        as_numpy(offsets),
        Column(as_numpy(label_places), tuple(labels.keys_in_order)),
        Column(np.zeros(number, np.uint8), (lines.name,)),
        as_numpy(firsts),
        as_numpy(starts).astype(np.bool_),
        np.zeros(number, np.bool_),
    )


class _Values:
    """The values of one column in the distinct lines."""

    def __init__(self) -> None:
        self._numbers: Numbering[str] = Numbering()
        self._of_lines = array("i")

    def extend(self, values: Iterable[str]) -> None:
        self._of_lines.extend(map(self._numbers.__getitem__, values))

    def column(self, places: NDArray[np.int32]) -> Column[str]:
        """The values of tokens by the lines (N,) that they are."""
        small = next(t for t in (np.uint8, np.uint16, np.int32) if len(self._numbers) <= np.iinfo(t).max + 1)
        of_lines = as_numpy(self._of_lines).astype(small)
        column = np.empty(len(places), dtype=small)
        for first in range(0, len(places), _CHUNK):
            column[first : first + _CHUNK] = of_lines[places[first : first + _CHUNK]]
        return Column(column, tuple(self._numbers.keys_in_order))


def _look_at(
    new: Sequence[str], values: Mapping[str, _Values], table: ColumnTable, raw: RawSentence, layers: Sequence[str]
) -> None:
    """Split lines that were not met before; where one has a fault, its sentence is read as any other to say which."""
    try:
        split = dict(zip(table.names, table.split_lines(new, raw.first), strict=True)) if table.names else {}
    except FormatError:
        split = {}
    if not split or any("" in column for column in split.values()) or values.keys() - split.keys():
        sentence = table.sentence(raw)
        for name in values:
            _ = layer_of(sentence, name) if name in layers else values_of(sentence, name)
        split = dict(zip(table.names, table.split_lines(new, raw.first), strict=True))
    for name, column in values.items():
        column.extend(split[name])
