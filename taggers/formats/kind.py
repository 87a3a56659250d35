"""What a format is to the rest of the program: its name, its reader and writer, and what it can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from taggers.formats.lines import Lines, PathOrStream
from taggers.text import Sentence


class Format(Protocol):
    """How a file of one kind is read or written: a frozen dataclass, all of whose fields have a default."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def encoding(self) -> str:
        """The encoding of its text."""


F = TypeVar("F", bound=Format)


def _no_line(line: str, format: Any) -> bool:
    del format
    return not line.strip(" \t")  # nothing is lost with a blank one


def _as_said(lines: Lines, format: F) -> F:
    del lines
    return format


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[F]):
    """A row of the table of formats.

    `format` is the class of its settings, made from what is asked for by field names. `read` and `write` are None
    where it cannot be read, or written; `write` yields bytes where the format is no text. The rest is what it can hold:
    no, one or many `layers` of tags, one with those of spans `nested` in its own, or one and `further` ones beside it
    (`layer` is the one meant where nobody names one), that spell `spans` or are `plain`; the `label` of a sentence
    (where the format has a field for it, only if that says which comment it is);
    `text` with the place of its tokens, and of which `unit`: a sentence alone, the whole text if it is one sentence, or
    all sentences of a line or record; the `tokens` as they are (where not, text alone, which is split again); `empty`
    sentences, of no tokens; `documents`; the `confidence` of spans, tags and labels, in a place of its own, and
    `alternatives`; and the `line`s between tokens that `keeps_line` tells. `own_layers` are
    columns that the format defines itself and no tags of the user's, `unnamed` is True where columns that nobody named
    have their place.

    `resolve` looks at the first lines for what the format leaves open, and may find that it is another. Where a raw
    line of the format is kept by a sentence, `beyond` names what it says more than tokens and tags. `shape` tells the
    values of JSON lines that are records of the format. `save` writes what is no stream, but a folder.
    """

    name: str
    format: type[F]
    read: Callable[[PathOrStream | Lines, F], Iterator[Sentence]] | None = None
    write: Callable[[Iterable[Sentence], F], Iterator[str] | Iterator[bytes]] | None = None
    layers: Literal["none", "one", "nested", "further", "many"] = "none"
    layer: str | None = None
    spans: bool = False
    plain: bool = False
    label: bool = False
    text: bool = False
    unit: Literal["sentence", "line", "text", "record"] = "sentence"
    tokens: bool = False
    empty: bool = True
    documents: bool = False
    confidence: bool = False
    alternatives: bool = False
    keeps_line: Callable[[str, F], bool] = _no_line
    own_layers: tuple[str, ...] = ()
    unnamed: bool = False
    resolve: Callable[[Lines, F], Format] | None = None
    beyond: Callable[[str], tuple[str, ...]] | None = None
    shape: Callable[[Any], bool] | None = None
    save: Callable[[Iterable[Sentence], str | Path, F], None] | None = None

    @property
    def shows_spans(self) -> bool:
        """True where spans stand as such, and no tags."""
        return self.layers in ("one", "nested", "further")

    @property
    def is_table(self) -> bool:
        """True where a token is a row, whose cells may be empty."""
        return self.unnamed or bool(self.own_layers)

    @property
    def options(self) -> frozenset[str]:
        """The names of what can be said of a file of it."""
        return frozenset(field.name for field in fields(self.format))

    def make(self, said: Mapping[str, object]) -> F:
        """The format with what is said; what it has no field for, and None, says nothing to it."""
        known = {name: value for name, value in said.items() if name in self.options and value is not None}
        return self.format(**known)
