"""The card of a corpus: what its files are called, how they are read, what is in them, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from taggers.config import Section, Separator
from taggers.errors import ConfigError
from taggers.formats import names
from taggers.settings import expand_path, fill, read_toml

CARD = "card.toml"  # what the card that lies beside its data is called

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[(*names(read=True), "vectors")]
SchemeName = Literal["IOB1", "IOB2", "IOE", "IOBES", "BMES", "BILOU", "GROBID", "plain"]
Count = Annotated[int, Field(ge=0)]

_COUNT = "a whole number, at least 0"


class File(Section):
    """One file, relative to the folder of the corpus; `format` and `encoding` where they are not those of the card.

    The counts say what a reader must find, of sentences with tokens: `entities` are spans of the card's layer, by label
    or all together, `violations` the tags of that layer that break its scheme. In text and tables a line or row is a
    sentence, and tokens are what blanks separate.
    """

    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = Field(description="64 hexadecimal digits")
    bytes: Count | None = Field(default=None, description=_COUNT)
    format: FormatName | None = Field(default=None, description="the name of a format")
    encoding: str | None = None
    documents: Count | None = Field(default=None, description=_COUNT)
    sentences: Count | None = Field(default=None, description=_COUNT)
    tokens: Count | None = Field(default=None, description=_COUNT)
    entities: Count | dict[str, Count] | None = Field(
        default=None, description="a whole number, or a table of labels and their numbers such as { PER = 3 }"
    )
    violations: Annotated[int, Field(ge=0)] = 0


class Splits(Section):
    """The parts of a corpus by what they are for; each may be missing."""

    train: File | None = None
    dev: File | None = None
    test: File | None = None


class Card(Section):
    """All that a card says; `tagger train --corpus` takes the settings of a run's data from it.

    The files lie beside the card, or in `folder`. `layers` are the layers of tags with the scheme of each, `layer` the
    one that is meant where nobody names one; `label` is the comment that is a sentence's label. `others` are further
    files of the folder, by any name.
    """

    name: str
    language: str
    code: str | None = None
    task: str
    format: FormatName
    columns: list[str] | dict[str, int] | None = Field(
        default=None,
        description='a list of names such as ["token", "tag"], or places such as { token = 0, tag = -1 }',
    )
    separator: Separator = "auto"
    comments: str | None = None
    header: bool = False
    label: str | None = None
    encoding: str = "utf-8"
    layer: str | None = None
    layers: dict[str, SchemeName] = Field(
        default={}, description='a table of layers and their schemes such as { upos = "plain", ner = "IOB2" }'
    )
    licence: str
    source: str
    commit: str | None = None
    cite: str | None = None
    folder: str = "."
    splits: Splits = Splits()
    others: dict[str, File] = Field(default={}, description="a table of further files by names for them")

    @property
    def files(self) -> Iterator[tuple[str, File]]:
        """Every file with the name of its split, or its own among the others.

        >>> [name for name, _ in load_card(Path("corpora/english")).files]
        ['train', 'dev', 'test']
        """
        for name, file in self.splits:
            if file is not None:
                yield name, file
        yield from self.others.items()

    def reading(self, file: File | None = None) -> dict[str, Any]:
        """How a file is read (as the card says, but for what the file has of its own), under the names of [data]."""
        keys = ("columns", "separator", "comments", "header", "label")
        said = {key: getattr(self, key) for key in keys}
        named = {name: value for name, value in said.items() if name in self.model_fields_set}
        encoding = (file.encoding if file is not None else None) or self.encoding
        format = (file.format if file is not None else None) or self.format
        return {"format": format, **(named if format == self.format else {}), "encoding": encoding}


def find_card(place: Path) -> Path:
    """The card of a corpus: the file itself, or card.toml in the folder; ConfigError where there is none.

    >>> find_card(Path("corpora/english")).as_posix()
    'corpora/english/card.toml'
    """
    if not place.is_dir():
        return place
    if not (place / CARD).exists():
        raise ConfigError(
            f"{place}: expected a {CARD}, which names the files, columns and layers of a corpus, found none; "
            "write one (docs/corpora.md), or name the files with --train, --dev and --test"
        )
    return place / CARD


def load_card(place: Path) -> Card:
    """The card of a folder or file; ConfigError with all its faults."""
    path = find_card(place)
    card = fill(Card, read_toml(path), str(path))
    faults = list(_faults(card))
    if faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    return card


def folder_of(card: Card, place: Path) -> Path:
    """The folder of the corpus's files; ConfigError where it names a variable of the environment that is not set."""
    try:
        return expand_path(card.folder, find_card(place).parent)
    except ConfigError as fault:
        raise ConfigError(f"{find_card(place)}: folder: {fault}") from None


def pick_layer(card: Card, layer: str | None, place: Path) -> str | None:
    """The layer asked for, or the card's own; ConfigError where the card knows others only.

    >>> english = load_card(Path("corpora/english"))
    >>> pick_layer(english, None, Path("card.toml")), pick_layer(english, "upos", Path("card.toml"))
    ('ner', 'upos')
    """
    if layer is None or not card.layers or layer in card.layers:
        return layer or card.layer
    raise ConfigError(f"{find_card(place)}: no layer {layer!r}; {_nearest(layer, card.layers)}")


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"


def _faults(card: Card) -> Iterator[str]:
    """What the parts of a card say against each other."""
    if card.layer is not None and card.layer not in card.layers:
        yield f"layer: expected one of layers, found {card.layer!r}; {_nearest(card.layer, card.layers)}"
    if card.layer is None and card.layers:
        yield f"layer: expected the one that is meant where nobody names one, such as {next(iter(card.layers))!r}"
    if card.separator in ("comma", "semicolon") and card.format in ("columns", "conllu"):
        yield f"separator: expected auto, tab or space for {card.format}, found {card.separator!r}"
    for split, file in card.splits:
        if file is not None and (file.format or file.encoding):
            yield f"splits.{split}: expected the format and the encoding of the card, found its own"
    if card.format == "columns":
        columns = card.columns if card.columns is not None else {"token": 0, "tag": -1}
        for name in ("token", *card.layers):
            if name not in columns and not card.header:
                yield f"columns: expected one called {name!r}"
