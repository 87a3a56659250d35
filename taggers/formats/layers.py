"""Which layer of a file is meant: by its name, by the place of its column, or by nothing at all."""

from __future__ import annotations

from dataclasses import replace

from taggers.errors import FormatError, TaggerError
from taggers.formats.columns import ColumnFormat
from taggers.formats.kind import Format
from taggers.formats.table import kind_of
from taggers.text import Sentence


def with_layer(format: Format, layer: str | None) -> tuple[Format, str]:
    """The format and the layer that a name, a column's place or nothing means: by default the last column, or UPOS.

    Raises TaggerError where a format holds no layers.

    >>> format, layer = with_layer(ColumnFormat(("token", "upos", "ner")), None)
    >>> layer
    'ner'
    >>> format, layer = with_layer(ColumnFormat(), "2")
    >>> format.columns, layer
    ({'token': 0, 'tag': 2}, 'tag')
    """
    if not isinstance(format, ColumnFormat):
        kind = kind_of(format)
        if kind.layer is None:
            raise TaggerError(f"{kind.name} has no tags: name another format")
        if "layer" not in kind.options:
            return format, layer or kind.layer
        if layer is not None:
            return kind.make({**vars(format), "layer": layer}), layer
        named: str = vars(format)["layer"]
        return format, named
    if format.header_names:
        return format, _of_header(format, layer)
    if layer is None:
        others = [name for name in format.columns if name != "token"]
        if not others:
            raise TaggerError(_TOKENS_ONLY)
        return format, others[-1]
    if not is_place(layer):
        return format, layer
    return replace(format, columns={"token": format.places["token"], "tag": int(layer)}), "tag"


_TOKENS_ONLY = "the columns are tokens only: name one of tags with --columns or --layer"


def _of_header(format: ColumnFormat, layer: str | None) -> str:
    """The header's name for the column of a name, a place, or the one that the format names last."""
    names = format.names(len(format.header_names))
    if layer is None:
        named = [place for name, place in format.places.items() if name != "token"]
        others = [name for name in names if name != "token"]
        if not others:
            raise TaggerError(_TOKENS_ONLY)
        last = named[-1] if named and -len(names) <= named[-1] < len(names) else -1
        return others[-1] if names[last] == "token" else names[last]
    if is_place(layer) and -len(names) <= int(layer) < len(names):
        if names[int(layer)] == "token":
            raise TaggerError(f"--layer {layer}: that is the column of the tokens; name one of tags")
        return names[int(layer)]
    return layer


def is_place(text: str) -> bool:
    """True for the number of a column, which may count from the end.

    >>> is_place("-1"), is_place("ner")
    (True, False)
    """
    digits = text.strip().removeprefix("-")
    return digits.isascii() and digits.isdecimal()


def layer_of(sentence: Sentence, layer: str) -> tuple[str, ...]:
    """The tags of a layer; where one is empty, or the layer missing, a FormatError that names those there are.

    >>> layer_of(Sentence(("Oslo",), {"upos": ("PROPN",), "ner": ("B-LOC",)}), "pos")
    Traceback (most recent call last):
    ...
    taggers.errors.FormatError: <memory>:1: no layer 'pos'; there are upos, ner
    """
    try:
        tags = sentence.layers[layer]
    except KeyError:
        from difflib import SequenceMatcher  # not at the top, since few need it

        names = sorted(sentence.layers, key=lambda name: -SequenceMatcher(None, name, layer).ratio())
        there = f"there are {', '.join(names)}" if names else "there are none: the file holds tokens only"
        raise FormatError(sentence.source.path, sentence.source.line, f"no layer {layer!r}; {there}") from None
    if "" in tags:
        problem = f"expected a tag in layer {layer!r}, found none; fill it, or name another --layer"
        raise FormatError(sentence.source.path, sentence.line_of(tags.index("")), problem)
    return tags
