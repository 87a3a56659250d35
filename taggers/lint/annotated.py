"""The annotated sentences that are looked at: all splits in one store, with the tags of one layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.data.legality import count_tags
from taggers.data.sentences import TOKEN, Column, SentenceStore
from taggers.errors import FormatError
from taggers.formats import layer_of
from taggers.lint.findings import Place
from taggers.text import Note, Sentence, Span
from taggers.text.detection import detect_scheme
from taggers.text.schemes import PLAIN, Scheme, decode
from taggers.text.types import LABEL, split_labels


@dataclass(frozen=True, eq=False)
class Annotated:
    """S sentences of some splits, N tokens, with the tags of `layer` (None: there are none) in a scheme.

    `faults` are what ended the reading of a file before its end, `notes` what a reader said of its sentences. With
    `several_answers` what stands in place of labels are answers, of which copies of a sentence may have different ones.
    """

    sentences: SentenceStore
    splits: tuple[str, ...]
    split: NDArray[np.int8]  # (S,) the number of each sentence's split
    layer: str | None
    scheme: Scheme
    faults: tuple[tuple[Place, FormatError], ...] = ()
    notes: tuple[tuple[Place, Note], ...] = ()
    several_answers: bool = False

    @classmethod
    def of(
        cls,
        splits: Mapping[str, Iterable[Sentence]],
        layer: str | None = None,
        scheme: Scheme | None = None,
        several_answers: bool = False,
        columns: Sequence[str] = (),
    ) -> Annotated:
        """The sentences of some splits that hold tokens; a scheme that is not given is found in the first split.
        `columns` are kept beside the layer.

        A FormatError with a line ends its split, and is kept; one without, or of a layer that is not there, is raised.

        >>> data = Annotated.of({"train": [Sentence(("Ada",), {"ner": ("B-PER",)})]}, "ner")
        >>> data.scheme.name, data.spans[0], str(data.place(0, 0))
        ('IOB2', (Span(start=0, end=1, label='PER'),), '<memory>:1')
        """
        faults: list[tuple[Place, FormatError]] = []
        notes: list[tuple[Place, Note]] = []
        numbers: list[int] = []

        def every() -> Iterator[Sentence]:
            for number, (name, sentences) in enumerate(splits.items()):
                for read in _until_fault(sentences):
                    if isinstance(read, FormatError):
                        faults.append((Place(name, read.path, read.line or 1, len(numbers)), read))
                        break
                    notes.extend((Place(name, *read.source, len(numbers)), note) for note in read.notes)
                    if read.tokens:
                        if layer is not None and layer not in read.layers:
                            layer_of(read, layer)  # raises, and names those there are
                        numbers.append(number)
                        yield read

        store = SentenceStore.of(every(), [*([] if layer is None else [layer]), *columns])
        split = np.array(numbers, dtype=np.int8)
        if layer is None:
            scheme = PLAIN
        elif scheme is None:
            first = store.select(np.flatnonzero(split == split.min())) if len(split) else store
            scheme = detect_scheme(count_tags(first, layer)).scheme
        return cls(store, tuple(splits), split, layer, scheme, tuple(faults), tuple(notes), several_answers)

    def place(self, sentence: int, token: int = 0) -> Place:
        """Where a token stands."""
        store = self.sentences
        line = int(store.lines[sentence])
        if not store.on_one_line[sentence]:
            between = store.between.get(sentence, ())
            line += token + sum(0 < extra.position <= token for extra in between)
        return Place(self.splits[self.split[sentence]], store.paths[sentence], line, sentence)

    def place_of(self, position: int) -> Place:
        """Where the token stands that is at a position among all N."""
        sentence = int(np.searchsorted(self.sentences.offsets, position, side="right")) - 1
        return self.place(sentence, position - int(self.sentences.offsets[sentence]))

    def select(self, split: int) -> SentenceStore:
        """The sentences of a split."""
        return self.sentences.select(np.flatnonzero(self.split == split))

    @cached_property
    def tokens(self) -> list[tuple[str, ...]]:
        """The tokens of each sentence."""
        return _values(self.sentences, self.sentences.columns[TOKEN])

    @cached_property
    def spans(self) -> list[tuple[Span, ...]]:
        """The spans of each sentence; each token is one where tags are plain, and there are none without a layer."""
        if self.layer is None:
            return [()] * len(self.sentences)
        tags = _values(self.sentences, self.sentences.columns[self.layer])
        if self.scheme is PLAIN:
            return [tuple(Span(place, place + 1, tag) for place, tag in enumerate(some)) for some in tags]
        return [tuple(decode(some, self.scheme)) for some in tags]

    @cached_property
    def text_labels(self) -> list[tuple[str, ...]]:
        """The labels of each sentence as a whole."""
        none = self.several_answers
        column = self.sentences.labels
        labels = [() if value is None or none else split_labels(value) for value in column.values]
        return [labels[place] for place in column.places.tolist()]

    @cached_property
    def labels(self) -> dict[str, Counter[str]]:
        """How often each label occurs on spans, under the layer's name, and on whole sentences, under LABEL."""
        found: dict[str, Counter[str]] = {}
        if self.layer is not None:
            found[self.layer] = Counter(span.label for spans in self.spans for span in spans)
        if texts := Counter(label for labels in self.text_labels for label in labels):
            found[LABEL] = texts
        return found

    @cached_property
    def copies(self) -> list[list[int]]:
        """The numbers of sentences that have the same tokens, in order of the first of each."""
        offsets, places = self.sentences.offsets.tolist(), self.sentences.columns[TOKEN].places
        found: dict[bytes, list[int]] = {}
        for number in range(len(self.sentences)):
            found.setdefault(places[offsets[number] : offsets[number + 1]].tobytes(), []).append(number)
        return list(found.values())

    def places_with(self, labels: Iterable[str], name: str) -> dict[str, list[Place]]:
        """Where the spans begin that carry some labels, or the sentences, by the name that `labels` has for them."""
        found: dict[str, list[Place]] = {label: [] for label in labels}
        for number in range(len(self.sentences) if found else 0):
            if name == self.layer:
                carried = [(span.label, span.start) for span in self.spans[number]]
            else:
                carried = [(label, 0) for label in self.text_labels[number]]
            for label, token in carried:
                if label in found:
                    found[label].append(self.place(number, token))
        return found

    def positions_of(self, column: Column[Any], values: Sequence[int]) -> dict[int, list[int]]:
        """The positions, among all N, of some distinct values of a column, by their ids."""
        wanted = np.zeros(len(column.values), dtype=np.bool_)
        wanted[list(values)] = True
        found: dict[int, list[int]] = {value: [] for value in values}
        for position in np.flatnonzero(wanted[column.places]).tolist():
            found[int(column.places[position])].append(position)
        return found


def _until_fault(sentences: Iterable[Sentence]) -> Iterator[Sentence | FormatError]:
    """The sentences, and what ended them where that has a line; what has none (a file that is not there) is raised."""
    source = iter(sentences)
    while True:
        try:
            sentence = next(source)
        except StopIteration:
            return
        except FormatError as fault:
            if fault.line is None:
                raise
            yield fault
            return
        yield sentence


def _values(store: SentenceStore, column: Column[str]) -> list[tuple[str, ...]]:
    """The values of a column, sentence by sentence."""
    flat = list(map(column.values.__getitem__, column.places.tolist()))
    offsets = store.offsets.tolist()
    return [tuple(flat[start:end]) for start, end in pairwise(offsets)]
