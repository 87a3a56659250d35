"""What a format cannot hold of the texts of sentences: the lines that they share, and white space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taggers.formats.joined import shares_text
from taggers.formats.kind import Format, Kind
from taggers.formats.plain import ends_text
from taggers.text import Sentence, join_tokens
from taggers.text.wording import counted


def lost_texts(sentences: Sequence[Sentence], target: Kind[Format], unspaced: bool) -> Iterator[str]:
    """In words what another format than theirs will not keep; `unspaced` says all of the text within a sentence.

    >>> from taggers.formats.plain import split_text
    >>> from taggers.formats.jsonl import JSONL
    >>> list(lost_texts(list(split_text("Yes. No")), JSONL, unspaced=False))
    ['which sentences share a line or record (1 goes on in that of the one before)', 'white space around 1 sentence']
    """
    pairs = zip([None, *sentences], sentences, strict=False)
    going_on = [b is not None and shares_text(b, s) and not s.starts_document for b, s in pairs]
    if target.unit not in ("line", "record") and (number := _parted(sentences, going_on, target)):
        goes = "goes" if number == 1 else "go"
        yield f"which sentences share a line or record ({number:,} {goes} on in that of the one before)"
    lines = sum("\n" in (s.text or "") and not goes_on for s, goes_on in zip(sentences, going_on, strict=True))
    if target.unit == "line" and lines:
        yield f"which lines are one text ({lines:,} {'has' if lines == 1 else 'have'} several)"
    around = [_has_space_around(sentences, going_on, place, target) for place in range(len(sentences))]
    if target.text:
        if spaces := sum(around):
            yield f"white space around {counted(spaces, 'sentence')}"
    elif texts := sum(space or (not unspaced and _has_text(s)) for s, space in zip(sentences, around, strict=True)):
        yield f"the text of {counted(texts, 'sentence')} beyond tokens (white space, offsets)"


def _parted(sentences: Sequence[Sentence], going_on: Sequence[bool], target: Kind[Format]) -> int:
    """How many sentences will no longer be in one record with that before: the document says it where it can."""
    number = 0
    in_document = False
    for sentence, goes_on in zip(sentences, going_on, strict=True):
        if not goes_on:
            in_document = target.documents and sentence.starts_document
        number += goes_on and not in_document
    return number


def _has_space_around(
    sentences: Sequence[Sentence], going_on: Sequence[bool], place: int, target: Kind[Format]
) -> bool:
    """True where the target leaves out what stands before a sentence in its text, or at the end of that."""
    sentence = sentences[place]
    if target.unit in ("line", "record") or sentence.text is None or not sentence.offsets:
        return False
    goes_on = going_on[place]
    last = ends_text(sentence)
    if target.unit == "text" and last and not goes_on:
        return False
    before = sentences[place - 1].offsets if goes_on else None
    first = before[-1][1] if before else 0
    return sentence.offsets[0][0] > first or (last and len(sentence.text) > sentence.offsets[-1][1])


def _has_text(sentence: Sentence) -> bool:
    """True where the text says more than the tokens joined by blanks."""
    if sentence.text is None or sentence.offsets is None:
        return False
    return (
        bool(sentence.offsets)
        and sentence.text[sentence.offsets[0][0] : sentence.offsets[-1][1]] != (join_tokens(sentence.tokens)[0])
    )
