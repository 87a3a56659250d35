"""Which layer of a file is meant: by its name, by the place of its column, or by nothing at all."""

from __future__ import annotations

from dataclasses import replace

from taggers.errors import TaggerError
from taggers.formats.columns import ColumnFormat
from taggers.formats.conllu import ConlluFormat


def with_layer(format: ColumnFormat | ConlluFormat, layer: str | None) -> tuple[ColumnFormat | ConlluFormat, str]:
    """The format and the layer that a name, a column's place or nothing means: by default the last column, or UPOS.

    >>> format, layer = with_layer(ColumnFormat(("token", "upos", "ner")), None)
    >>> layer
    'ner'
    >>> format, layer = with_layer(ColumnFormat(), "2")
    >>> format.columns, layer
    ({'token': 0, 'tag': 2}, 'tag')
    """
    if isinstance(format, ConlluFormat):
        return format, layer or "upos"
    names = format.names(len(format.header_names)) if format.header_names else tuple(format.columns)
    if layer is None:
        others = [name for name in names if name != "token"]
        if not others:
            raise TaggerError("the columns are tokens only: name one of tags with --columns or --layer")
        return format, others[-1]
    if not is_place(layer):
        return format, layer
    if not format.header_names:
        return replace(format, columns={"token": format.places["token"], "tag": int(layer)}), "tag"
    return format, names[int(layer)] if -len(names) <= int(layer) < len(names) else layer


def is_place(text: str) -> bool:
    """True for the number of a column, which may count from the end.

    >>> is_place("-1"), is_place("ner")
    (True, False)
    """
    digits = text.strip().removeprefix("-")
    return digits.isascii() and digits.isdecimal()
