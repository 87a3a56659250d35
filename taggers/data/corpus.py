"""A corpus: annotated sentences in splits, whole documents kept together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from taggers.data.column_store import store_columns
from taggers.data.legality import count_tags, suspects
from taggers.data.sentences import SentenceStore, as_store
from taggers.errors import FormatError, TaggerError
from taggers.formats import (
    CheckedTags,
    ColumnFormat,
    Format,
    Lines,
    OnInvalid,
    check_tags,
    default_format,
    folder_of,
    forget_outside,
    layer_of,
    read,
)
from taggers.text import Sentence
from taggers.text.detection import detect_scheme
from taggers.text.schemes import PLAIN, Scheme
from taggers.text.wording import NO_LABEL, counted

Unlabelled: TypeAlias = Literal["outside", "unknown"]  # what tokens outside the spans of train are
NO_SPANS = (
    "data.unlabelled says that tokens outside spans are unknown, and no layer that is learnt holds spans; "
    "leave it out, and write ? for tags that are unknown"
)


@dataclass(frozen=True)
class Corpus:
    """The splits of a corpus, checked: the tags of every layer follow its scheme. `dev` and `test` may be empty.

    Made by `Corpus.read` from files, or by `Corpus.of` from sentences; it holds tokens, the layers and columns asked
    for, sources and document boundaries in some bytes a token (see `SentenceStore`).
    """

    train: Sequence[Sentence]
    dev: Sequence[Sentence] = ()
    test: Sequence[Sentence] = ()
    schemes: Mapping[str, Scheme] = field(kw_only=True)

    @property
    def scheme(self) -> Scheme:
        """That of the first layer."""
        return next(iter(self.schemes.values()))

    @classmethod
    def read(
        cls,
        train: str | Path,
        dev: str | Path | None = None,
        test: str | Path | None = None,
        *,
        layer: str | Sequence[str] = "tag",
        label: bool = False,
        columns: Sequence[str] = (),
        format: Format | None = None,
        scheme: Scheme | None = None,
        on_invalid: OnInvalid = "repair",
        partial: bool = False,
        unlabelled: Unlabelled = "outside",
        note: Callable[[str], None] = lambda _: None,
    ) -> Corpus:
        """The corpus in some files (without a format: CoNLL-U by name, else columns, token first and tag last).

        `layer` is one or several of tags (or none), `columns` are others to keep; with `label` each sentence must have
        one. The tag scheme of a layer is detected over all of train, unless that of the first is given; dev and test
        are read in it. With `partial` the tags `?` and `A|B` of train are sets of tags, and where `unlabelled` is
        "unknown" its tokens outside any span may be anything. `note` is called with what was found: sizes, scheme,
        violations with their lines. Raises FormatError and TagSchemeError with file and line.
        """
        layers = (layer,) if isinstance(layer, str) else tuple(layer)
        splits: list[SentenceStore] = []
        for name, path in (("train", train), ("dev", dev), ("test", test)):
            splits.append(_read(path, format, layers, columns) if path is not None else as_store(()))
            if path is not None and not splits[-1]:
                what = "annotated sentences" if layers or label else "sentences"  # a language model reads plain text
                raise FormatError(path, None, f"expected {what} for {name}, found none; name another file")
        return cls.of(
            *splits,
            layer=layers,
            label=label,
            columns=columns,
            scheme=scheme,
            on_invalid=on_invalid,
            partial=partial,
            unlabelled=unlabelled,
            note=note,
        )

    @classmethod
    def of(
        cls,
        train: Iterable[Sentence],
        dev: Iterable[Sentence] = (),
        test: Iterable[Sentence] = (),
        *,
        layer: str | Sequence[str] = "tag",
        label: bool = False,
        columns: Sequence[str] = (),
        scheme: Scheme | None = None,
        on_invalid: OnInvalid = "repair",
        partial: bool = False,
        unlabelled: Unlabelled = "outside",
        note: Callable[[str], None] = lambda _: None,
    ) -> Corpus:
        """The corpus of some sentences, those without tokens left out; the rest as `read`.

        >>> corpus = Corpus.of([Sentence(("Ada",), {"tag": ("I-PER",)}), Sentence(("Obi",), {"tag": ("B-PER",)})])
        >>> corpus.scheme.name, corpus.train[0].layers["tag"]
        ('IOB2', ('B-PER',))
        """
        layers = (layer,) if isinstance(layer, str) else tuple(layer)
        schemes: dict[str, Scheme | None] = {which: None if at else scheme for at, which in enumerate(layers)}
        splits: dict[str, SentenceStore] = {}
        for name, given in (("train", train), ("dev", dev), ("test", test)):
            stored = isinstance(given, SentenceStore)
            store = as_store(given if stored else _checked(given, layers), (*layers, *columns))
            if store:
                size = f"{counted(len(store), 'sentence')}, {counted(int(store.offsets[-1]), 'token')}"
                note(f"{name}: {size} in {store.paths[0]}")
                if label:
                    _check_labels(store)
                for which in layers:
                    # What is scored must be known: only training may be partly annotated.
                    partly = (partial or unlabelled == "unknown") and name == "train"
                    store, found = _check(store, which, on_invalid, schemes[which], partly, unlabelled)
                    schemes[which] = found.scheme
                    found = replace(found, notes=store.notes if which == layers[0] else ())
                    for line in found.report():
                        note(f"  {line}")
            splits[name] = store
        if unlabelled == "unknown" and all(schemes[which] is PLAIN for which in layers):
            raise TaggerError(NO_SPANS)
        return cls(**splits, schemes={name: found or PLAIN for name, found in schemes.items()})


def _read(path: str | Path, format: Format | None, layers: Sequence[str], columns: Sequence[str]) -> SentenceStore:
    """The sentences of a file or folder that hold tokens; FormatError where one lacks a tag."""
    format = format or default_format(path)
    if isinstance(format, ColumnFormat) and folder_of(path) is None:
        return store_columns(Lines(path, format.encoding), format, layers, columns)
    return as_store(_checked(read(path, format), layers), (*layers, *columns))


def _checked(sentences: Iterable[Sentence], layers: Sequence[str]) -> Iterator[Sentence]:
    """The sentences that hold tokens; FormatError where one lacks a tag."""
    for sentence in sentences:
        if sentence.tokens:
            for layer in layers:
                layer_of(sentence, layer)
            yield sentence


def _check_labels(store: SentenceStore) -> None:
    """FormatError at the first sentence without a label."""
    values = store.labels.values
    missing = store.labels.places == values.index(None) if None in values else np.empty(0, dtype=np.bool_)
    if missing.any():  # a store of some of the sentences has the values of all
        raise FormatError(*store[int(missing.argmax())].source, NO_LABEL)


def _check(
    store: SentenceStore,
    layer: str,
    on_invalid: OnInvalid,
    scheme: Scheme | None,
    partial: bool,
    unlabelled: Unlabelled,
) -> tuple[SentenceStore, CheckedTags]:
    """The store with its tags repaired, and what was repaired: only sentences that break the scheme are built."""
    if partial:
        checked = check_tags(store, layer, on_invalid, scheme, partial)
        checked = forget_outside(checked) if unlabelled == "unknown" else checked
        return store.with_layer(layer, dict(enumerate(checked.sentences))), checked
    counts = count_tags(store, layer)
    scheme = scheme or detect_scheme(counts).scheme
    wrong = suspects(store, layer, scheme, counts)
    checked = check_tags(store.select(wrong), layer, on_invalid, scheme, counts=counts)
    if not len(wrong):
        return store, checked
    return store.with_layer(layer, dict(zip(wrong.tolist(), checked.sentences, strict=True))), checked


def documents(sentences: Sequence[Sentence]) -> list[range]:
    """The documents of a file, as ranges of sentences; where no boundary is marked each sentence is its own.

    >>> a, b = Sentence(("a",)), Sentence(("b",), starts_document=True)
    >>> documents([a, a, b]), documents([a, a])
    ([range(0, 2), range(2, 3)], [range(0, 1), range(1, 2)])
    """
    if isinstance(sentences, SentenceStore):
        marked = sentences.starts.tolist()
    else:
        marked = [sentence.starts_document for sentence in sentences]
    starts = [i for i, start in enumerate(marked) if i == 0 or start]
    if len(starts) < 2:
        starts = list(range(len(sentences)))
    return [range(a, b) for a, b in pairwise([*starts, len(sentences)])]


@dataclass(frozen=True)
class Division:
    """A corpus cut in two: what is left, what is held out, and how many documents of how many that is.

    `rows` are the numbers of the sentences held out.
    """

    kept: SentenceStore
    held: SentenceStore
    rows: NDArray[np.int64]
    documents: int
    of: int


def _with_equal_sources(sentences: Sequence[Sentence], units: Sequence[range]) -> list[list[int]]:
    """The documents, those joined into one that share a source, as numbers of sentences, in order of the first."""
    joined = list(range(len(units)))  # a document before it in the same group, or itself

    def first(unit: int) -> int:
        while joined[unit] != unit:
            joined[unit] = unit = joined[joined[unit]]
        return unit

    holder: dict[tuple[str, ...], int] = {}
    for number, unit in enumerate(units):
        for i in unit:
            one, other = first(number), first(holder.setdefault(sentences[i].tokens, number))
            joined[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = {}
    for number, unit in enumerate(units):
        groups.setdefault(first(number), []).extend(unit)
    return list(groups.values())


def _units(sentences: Sequence[Sentence], by_source: bool) -> Sequence[Sequence[int]]:
    """What stays together."""
    units = documents(sentences)
    return _with_equal_sources(sentences, units) if by_source else units


def hold_out(sentences: Sequence[Sentence], share: float, seed: int, by_source: bool = False) -> Division:
    """Whole documents, drawn by the seed, that hold as near to a `share` of the sentences as they come; order stays.

    A document that would overshoot is passed over; where all would, the smallest is held out. Documents that share a
    sentence count as one where it goes `by_source`.

    >>> division = hold_out([Sentence((str(i),)) for i in range(20)], 0.1, seed=1)
    >>> len(division.held), len(division.kept)
    (2, 18)
    """
    units = _units(sentences, by_source)
    if len(units) < 2:
        raise TaggerError("the training data is a single sentence or document: name --dev, or train with --dev none")
    wanted = share * len(sentences)
    chosen: set[int] = set()
    count = 0
    drawn = np.random.default_rng(seed).permutation(len(units)).tolist()
    for unit in drawn[:-1]:  # one document is left to train on
        size = len(units[unit])
        if abs(count + size - wanted) < abs(count - wanted):
            chosen.add(unit)
            count += size
    if not chosen:
        chosen.add(min(drawn, key=lambda unit: len(units[unit])))
    return _divide(sentences, units, chosen)


def folds(sentences: Sequence[Sentence], number: int, seed: int, by_source: bool = False) -> Iterator[Division]:
    """`number` divisions, each document held out in exactly one of them, the parts of like numbers of sentences.

    Documents that share a sentence count as one where it goes `by_source`.

    >>> [len(d.held) for d in folds([Sentence((str(i),)) for i in range(7)], 3, seed=1)]
    [3, 2, 2]
    """
    units = _units(sentences, by_source)
    if not 2 <= number <= len(units):
        raise TaggerError(f"--folds {number}: expected between 2 and the number of documents, {len(units)}")
    order = np.random.default_rng(seed).permutation(len(units)).tolist()
    parts: list[set[int]] = [set() for _ in range(number)]
    sizes = [0] * number
    for unit in order:
        least = sizes.index(min(sizes))
        parts[least].add(unit)
        sizes[least] += len(units[unit])
    for part in parts:
        yield _divide(sentences, units, part)


def set_aside(sentences: Sequence[Sentence], share: float) -> Division:
    """Whole documents at even distances, about a `share` of them: with 0.2 each fifth. No chance is in it.

    Where they are too few for the share, none is held.

    >>> division = set_aside([Sentence((str(i),)) for i in range(12)], 0.2)
    >>> [sentence.tokens for sentence in division.held]
    [('4',), ('9',)]
    """
    units = documents(sentences)
    whole = [math.floor(number * share) for number in range(len(units) + 1)]
    return _divide(sentences, units, {unit for unit in range(len(units)) if whole[unit + 1] > whole[unit]})


def _divide(sentences: Sequence[Sentence], units: Sequence[Sequence[int]], chosen: set[int]) -> Division:
    store = sentences
    if not isinstance(store, SentenceStore):
        store = SentenceStore.of(sentences, list(sentences[0].layers) if sentences else ())
    held = np.zeros(len(store), dtype=np.bool_)
    for unit in chosen:
        held[list(units[unit])] = True
    rows = np.flatnonzero(held)
    return Division(
        kept=store.select(np.flatnonzero(~held)),
        held=store.select(rows),
        rows=rows,
        documents=len(chosen),
        of=len(units),
    )


HELD_OUT = 0.1


def with_dev(
    corpus: Corpus, seed: int, note: Callable[[str], None] = lambda _: None, by_source: bool = False
) -> Corpus:
    """The corpus with a tenth of its training documents, drawn by the seed, as dev; see `hold_out`.

    >>> corpus = with_dev(Corpus.of(Sentence((str(i),), {"tag": ("O",)}) for i in range(20)), seed=1)
    >>> len(corpus.train), len(corpus.dev)
    (18, 2)
    """
    division = hold_out(corpus.train, HELD_OUT, seed, by_source)
    what = "source" if by_source else "document"
    note(
        f"dev: none named; {division.documents:,} of {counted(division.of, what)} of train held out "
        f"({counted(len(division.held), 'sentence')}, seed {seed}), the first at {division.held[0].source}"
    )
    return Corpus(division.kept, division.held, corpus.test, schemes=corpus.schemes)
