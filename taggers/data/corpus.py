"""A corpus: annotated sentences in splits, whole documents kept together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from taggers.errors import FormatError, TaggerError
from taggers.formats import Format, OnInvalid, check_tags, read
from taggers.text import Sentence
from taggers.text.schemes import PLAIN, Scheme
from taggers.text.wording import counted


@dataclass(frozen=True)
class Corpus:
    """The splits of a corpus, checked: every tag follows `scheme`. `dev` and `test` may be empty.

    Made by `Corpus.read` from files, or by `Corpus.of` from sentences.
    """

    train: tuple[Sentence, ...]
    dev: tuple[Sentence, ...] = ()
    test: tuple[Sentence, ...] = ()
    scheme: Scheme = field(kw_only=True)

    @classmethod
    def read(
        cls,
        train: str | Path,
        dev: str | Path | None = None,
        test: str | Path | None = None,
        *,
        layer: str = "tag",
        format: Format | None = None,
        scheme: Scheme | None = None,
        on_invalid: OnInvalid = "repair",
        partial: bool = False,
        note: Callable[[str], None] = lambda _: None,
    ) -> Corpus:
        """The corpus in some files (without a format: CoNLL-U by name, else columns, token first and tag last).

        The tag scheme is detected over all of train, unless it is given; dev and test are read in it. `note` is called
        with what was found: sizes, scheme, violations with their lines. Raises FormatError and TagSchemeError with
        file and line.
        """
        splits: list[list[Sentence]] = []
        for name, path in (("train", train), ("dev", dev), ("test", test)):
            splits.append([] if path is None else [s for s in read(path, format) if s.tokens])
            if path is not None and not splits[-1]:
                raise FormatError(path, None, f"expected annotated sentences for {name}, found none; name another file")
        return cls.of(*splits, layer=layer, scheme=scheme, on_invalid=on_invalid, partial=partial, note=note)

    @classmethod
    def of(
        cls,
        train: Iterable[Sentence],
        dev: Iterable[Sentence] = (),
        test: Iterable[Sentence] = (),
        *,
        layer: str = "tag",
        scheme: Scheme | None = None,
        on_invalid: OnInvalid = "repair",
        partial: bool = False,
        note: Callable[[str], None] = lambda _: None,
    ) -> Corpus:
        """The corpus of some sentences, those without tokens left out; the rest as `read`.

        >>> corpus = Corpus.of([Sentence(("Ada",), {"tag": ("I-PER",)}), Sentence(("Obi",), {"tag": ("B-PER",)})])
        >>> corpus.scheme.name, corpus.train[0].layers["tag"]
        ('IOB2', ('B-PER',))
        """
        splits: dict[str, tuple[Sentence, ...]] = {}
        for name, given in (("train", train), ("dev", dev), ("test", test)):
            sentences = tuple(s for s in given if s.tokens)
            splits[name] = sentences
            if not sentences:
                continue
            # What is scored must be known: only training may be partly annotated.
            checked = check_tags(sentences, layer, on_invalid, scheme, partial and name == "train")
            scheme = checked.scheme
            tokens = sum(map(len, sentences))
            size = f"{counted(len(sentences), 'sentence')}, {counted(tokens, 'token')}"
            note(f"{name}: {size} in {sentences[0].source.path}")
            for line in checked.report():
                note(f"  {line}")
            splits[name] = checked.sentences
        return cls(**splits, scheme=scheme or PLAIN)


def documents(sentences: Sequence[Sentence]) -> list[range]:
    """The documents of a file, as ranges of sentences; where no boundary is marked each sentence is its own.

    >>> a, b = Sentence(("a",)), Sentence(("b",), starts_document=True)
    >>> documents([a, a, b]), documents([a, a])
    ([range(0, 2), range(2, 3)], [range(0, 1), range(1, 2)])
    """
    starts = [i for i, s in enumerate(sentences) if i == 0 or s.starts_document]
    if len(starts) < 2:
        starts = list(range(len(sentences)))
    return [range(a, b) for a, b in pairwise([*starts, len(sentences)])]


@dataclass(frozen=True)
class Division:
    """A corpus cut in two: what is left, what is held out, and how many documents of how many that is."""

    kept: tuple[Sentence, ...]
    held: tuple[Sentence, ...]
    documents: int
    of: int


def hold_out(sentences: Sequence[Sentence], share: float, seed: int) -> Division:
    """Whole documents, drawn by the seed, that hold as near to a `share` of the sentences as they come; order stays.

    A document that would overshoot is passed over; where all would, the smallest is held out.

    >>> division = hold_out([Sentence((str(i),)) for i in range(20)], 0.1, seed=1)
    >>> len(division.held), len(division.kept)
    (2, 18)
    """
    units = documents(sentences)
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


def folds(sentences: Sequence[Sentence], number: int, seed: int) -> Iterator[Division]:
    """`number` divisions, each document held out in exactly one of them, the parts of like numbers of sentences.

    >>> [len(d.held) for d in folds([Sentence((str(i),)) for i in range(7)], 3, seed=1)]
    [3, 2, 2]
    """
    units = documents(sentences)
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


def _divide(sentences: Sequence[Sentence], units: Sequence[range], chosen: set[int]) -> Division:
    held = {i for unit in chosen for i in units[unit]}
    return Division(
        kept=tuple(s for i, s in enumerate(sentences) if i not in held),
        held=tuple(s for i, s in enumerate(sentences) if i in held),
        documents=len(chosen),
        of=len(units),
    )


HELD_OUT = 0.1


def with_dev(corpus: Corpus, seed: int, note: Callable[[str], None] = lambda _: None) -> Corpus:
    """The corpus with a tenth of its training documents, drawn by the seed, as dev.

    >>> corpus = with_dev(Corpus.of(Sentence((str(i),), {"tag": ("O",)}) for i in range(20)), seed=1)
    >>> len(corpus.train), len(corpus.dev)
    (18, 2)
    """
    division = hold_out(corpus.train, HELD_OUT, seed)
    note(
        f"dev: none named; {division.documents:,} of {counted(division.of, 'document')} of train held out "
        f"({counted(len(division.held), 'sentence')}, seed {seed}), the first at {division.held[0].source}"
    )
    return Corpus(division.kept, division.held, corpus.test, scheme=corpus.scheme)
