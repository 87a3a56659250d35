"""What becomes of tokens and of the borders of sentences in a format that holds text alone, which is split again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from taggers.formats.joined import Joined, join
from taggers.formats.kind import Format, Kind
from taggers.formats.marks import Place, place_marks
from taggers.formats.table import kind_of
from taggers.formats.tokenisers import SYNTOK
from taggers.text import Sentence
from taggers.text.types import NOWHERE


class Unlike(NamedTuple):
    """How many sentences would be read as others, and how many of no tokens would not be read at all."""

    split: int
    empty: int


def read_unlike(sentences: Iterable[Sentence], format: Format, layer: str | None) -> Unlike:
    """The sentences that would not come back from a format without tokens as they are, with spans of `layer`.

    >>> from taggers.formats.doccano import DoccanoFormat
    >>> read_unlike([Sentence(("Ada", "slept")), Sentence(("slept.",))], DoccanoFormat(), None)
    Unlike(split=1, empty=0)
    """
    kind = kind_of(format)
    spans = layer if kind.layers == "nested" else None
    split = empty = 0
    for joined in join(sentences, spans, kind.layers == "nested" and kind.documents, whole=kind.save is not None):
        again = _read_again(joined, kind, format)
        end = 0
        for sentence in joined.sentences:
            start, end = end, end + len(sentence)
            if sentence.tokens:
                split += joined.words[start:end] not in again
            else:  # a record of its own it may be
                empty += len(joined.sentences) > 1
    return Unlike(split, empty)


def _read_again(joined: Joined, kind: Kind[Format], format: Format) -> set[tuple[Place, ...]]:
    """The places of the tokens of each sentence that a reader would find in the text."""
    tokeniser = vars(format).get("tokeniser", SYNTOK)
    found: Sequence[Sentence] = place_marks(joined.text, joined.spans, NOWHERE, "tag", "snap", tokeniser=tokeniser)
    places = [sentence.offsets or () for sentence in found]
    if kind.label and kind.unit != "line":  # a text with a label is one sentence, however long
        return {tuple(place for some in places for place in some)}
    return set(places)
