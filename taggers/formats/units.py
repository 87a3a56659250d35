"""A text as one unit: a single sentence, however long, for formats that hold one text a row or file."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from taggers.errors import FormatError
from taggers.formats.plain import ends_text, split_text
from taggers.formats.spaces import is_space
from taggers.formats.tokenisers import SYNTOK, Tokeniser
from taggers.text import Extra, Sentence, Source, join_tokens
from taggers.text.types import NOWHERE

_Place = tuple[int, int]


def as_unit(
    text: str,
    label: str | None = None,
    source: Source = NOWHERE,
    *,
    extras: Iterable[Extra] = (),
    tokenised: bool = False,
    tokeniser: Tokeniser = SYNTOK,
) -> Sentence:
    """A whole text as one sentence with a label; FormatError where it holds no token.

    With `tokenised` blanks separate its tokens, else it is split as text is.

    >>> unit = as_unit("Yes. No", "answer")
    >>> unit.tokens, unit.offsets, unit.label
    (('Yes', '.', 'No'), ((0, 3), (3, 4), (5, 7)), 'answer')
    """
    places = _blank_separated(text) if tokenised else _split(text, tokeniser)
    if not places:
        found = "only white space" if text else "none"
        raise FormatError(source.path, source.line, f"expected a text, found {found}; fill it in, or leave it out")
    tokens = tuple(text[start:end] for start, end in places)
    extra = tuple(extras)
    return Sentence(tokens, {}, label, source, text, offsets=places, extras=extra, on_one_line=True)


def _split(text: str, tokeniser: Tokeniser) -> tuple[_Place, ...]:
    return tuple(place for sentence in split_text(text, tokeniser=tokeniser) for place in sentence.offsets or ())


def _blank_separated(text: str) -> tuple[_Place, ...]:
    places: list[_Place] = []
    start = 0
    for token in text.split(" "):
        if token:
            places.append((start, start + len(token)))
        start += len(token) + 1
    return tuple(places)


def text_of(sentence: Sentence) -> str:
    """The text of a sentence as `own_text` gives it, and as it stands where the places of tokens overlap, too.

    >>> text_of(Sentence(("a", "el", "mar"), text="al mar", offsets=((0, 2), (0, 2), (3, 6))))
    'al mar'
    """
    if sentence.text is None:
        return own_text(sentence)[0]
    return _own_part(sentence.text, sentence.offsets, sentence) if sentence.offsets else sentence.text


def _own_part(text: str, places: tuple[_Place, ...], sentence: Sentence) -> str:
    if all(map(is_space, text[: places[0][0]])) and ends_text(sentence):
        return text
    return text[places[0][0] : places[-1][1]]


def own_text(sentence: Sentence) -> tuple[str, tuple[_Place, ...]]:
    """The text of a sentence and the places of its tokens in it.

    Of a unit it is the whole text, of a part of a longer text that part; the tokens joined by blanks where there is no
    text, or where their places overlap.

    >>> own_text(as_unit(" Yes. No "))[0], own_text(next(split_text("Yes. No"))), own_text(Sentence(("A", "b")))[0]
    (' Yes. No ', ('Yes.', ((0, 3), (3, 4))), 'A b')
    """
    text, places = sentence.text, sentence.offsets
    if text is None or places is None or any(left[1] > right[0] for left, right in pairwise(places)):
        return join_tokens(sentence.tokens)
    part = _own_part(text, places, sentence) if places else text
    first = 0 if part == text else places[0][0]
    return part, tuple((start - first, end - first) for start, end in places)
