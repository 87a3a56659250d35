"""Sentences put together again to the record, text or document that they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from taggers.formats.layers import layer_of
from taggers.formats.marks import Mark, Place, is_nested, touched
from taggers.formats.plain import ends_text
from taggers.formats.spans import own_text
from taggers.text import Sentence
from taggers.text.schemes import decode


@dataclass(frozen=True)
class Joined:
    """A text with the places of its tokens and the spans of a layer and those nested in it, in order of their start.

    `judged` says of spans how probable they are, and is None where nobody was asked.
    """

    sentences: tuple[Sentence, ...]
    text: str
    words: tuple[Place, ...]
    spans: tuple[Mark, ...]
    judged: Mapping[Place, float | None] | None = None

    @property
    def lines(self) -> list[str]:
        """The raw lines that were kept of the record."""
        return [extra.line for extra in self.sentences[0].extras]

    def marks(self, old: Sequence[Mark]) -> list[Mark]:
        """The spans as marks: the old ones that say the same of the tokens (or of none) as they were, then the new.

        >>> [joined] = join([Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")})], "tag", documents=False)
        >>> [mark.item for mark in joined.marks([Mark(1, 2, "PER", "cut"), Mark(4, 9, "X", "gone")])]
        ['cut']
        """
        wanted = Counter(self.spans)
        marks: list[Mark] = []
        for mark in old:
            stretch = touched(mark, self.words)
            if stretch is None:
                marks.append(mark)
                continue
            whole = Mark(self.words[stretch[0]][0], self.words[stretch[1] - 1][1], mark.label)
            if wanted[whole]:
                wanted[whole] -= 1
                marks.append(mark)
        for span in self.spans:
            if wanted[span]:
                wanted[span] -= 1
                marks.append(span)
        return marks


def join(sentences: Iterable[Sentence], layer: str | None, documents: bool, whole: bool = False) -> Iterator[Joined]:
    r"""The sentences that share a text, together; those without one alone, or line by line with their document.

    With `documents` sentences are joined by line feeds from one that begins a document to the next; with `whole` those
    before the first such one, too. Without a `layer` there are no spans.

    >>> both = [Sentence(("Yes",), {"tag": ("O",)}, starts_document=True), Sentence(("No",), {"tag": ("O",)})]
    >>> [joined.text for joined in join(both, "tag", documents=True)]
    ['Yes\nNo']
    """
    group: list[Sentence] = []
    shared = False  # they hold one text
    for sentence in sentences:
        goes_on = bool(group) and not sentence.starts_document
        if goes_on and shares_text(group[-1], sentence):
            shared = True
        elif not (goes_on and documents and _has_lines(sentence) and (whole or group[0].starts_document)):
            if group:
                yield _joined(group, layer, shared)
            group, shared = [], False
        group.append(sentence)
        if not _has_lines(sentence) and ends_text(sentence):  # at once: whoever sends the records may wait for each
            yield _joined(group, layer, shared)
            group, shared = [], False
    if group:
        yield _joined(group, layer, shared)


def _has_lines(sentence: Sentence) -> bool:
    """False for a sentence with a text of its own from one line: a line is no part of a document."""
    return sentence.text is None or not sentence.on_one_line


def shares_text(one: Sentence, other: Sentence) -> bool:
    """True where a sentence goes on in the text of the one before.

    >>> from taggers.formats.plain import split_text
    >>> shares_text(*split_text("Yes. No"))
    True
    """
    if one.text is None or one.text != other.text or not one.offsets or not other.offsets:
        return False
    return one.offsets[-1][1] <= other.offsets[0][0]


def _joined(group: Sequence[Sentence], layer: str | None, shared: bool) -> Joined:
    pieces: list[str] = []
    words: list[Place] = []
    spans: list[Mark] = []
    judged: dict[Place, float | None] = {}
    start = 0  # of the piece in the text
    for sentence in group:
        text, offsets = own_text(sentence)
        first = len(words)
        words += ((start + a, start + b) for a, b in offsets)
        for name in _layers(sentence, layer):
            for span in decode(sentence.layers[name]):
                spans.append(Mark(words[first + span.start][0], words[first + span.end - 1][1], span.label))
                if sentence.judgement is not None and name in sentence.judgement.confidences:
                    judged[spans[-1][:2]] = sentence.judgement.confidences[name][span.start]
        if not shared or not pieces:
            pieces.append(text)
        if not shared:
            start += len(text) + 1
    spans.sort(key=lambda mark: (mark.start, -mark.end))
    asked = any(sentence.judgement is not None and sentence.judgement.confidences for sentence in group)
    return Joined(tuple(group), "\n".join(pieces), tuple(words), tuple(spans), judged if asked else None)


def _layers(sentence: Sentence, layer: str | None) -> list[str]:
    if layer is None or not sentence.layers or not sentence.tokens:
        return []  # text that nobody annotated
    layer_of(sentence, layer)
    return [name for name in sentence.layers if name == layer or is_nested(name, layer)]
