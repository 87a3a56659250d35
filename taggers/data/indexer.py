"""Words to ids. All features of a token follow from its form, so each distinct form is looked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from taggers.data.vocabulary import Vocabulary
from taggers.text import Sentence

Ints = NDArray[np.int32]

CASINGS = ("pad", "lower", "upper", "title", "mixed", "number", "digits", "caseless", "symbol")


def casing(form: str) -> int:
    """The casing class of a word, an index into CASINGS.

    >>> [CASINGS[casing(w)] for w in ("sea", "NATO", "Ada", "iPhone", "1,200", "B2B", "東京", "--", "A")]
    ['lower', 'upper', 'title', 'mixed', 'number', 'digits', 'caseless', 'symbol', 'title']
    """
    if form.islower():
        name = "digits" if any(c.isdigit() for c in form) else "lower"
    elif not any(c.isalpha() for c in form):
        name = "number" if any(c.isdigit() for c in form) else "symbol"
    elif any(c.isdigit() for c in form):
        name = "digits"
    elif form.lower() == form.upper():
        name = "caseless"
    elif form[0].isupper() and not any(c.isupper() for c in form[1:]):
        name = "title"
    else:
        name = "upper" if form.isupper() else "mixed"
    return CASINGS.index(name)


def cut(form: str, first: int, last: int) -> str:
    """The characters of a word that a model reads: all, or its `first` and its `last` where there are more.

    >>> cut("sea", 2, 2), cut("seagull", 2, 2)
    ('sea', 'sell')
    """
    return form if len(form) <= first + last else form[:first] + form[len(form) - last :]


@dataclass(frozen=True)
class Forms:
    """The distinct forms of some sentences, V of them: their ids as words, casings, characters and counts.

    Characters lie flat: those of form v are `characters[character_offsets[v]:character_offsets[v + 1]]`.
    """

    words: Ints  # (V,)
    casings: Ints  # (V,)
    characters: Ints  # (sum of lengths,)
    character_offsets: Ints  # (V + 1,)
    counts: Ints  # (V,)


@dataclass(frozen=True)
class Indexed:
    """Sentences as flat arrays: those of sentence s are `tokens[offsets[s]:offsets[s + 1]]`, indices into `forms`."""

    tokens: Ints  # (N,)
    offsets: Ints  # (S + 1,)
    forms: Forms

    @property
    def lengths(self) -> Ints:
        """Tokens of each sentence (S,)."""
        return np.diff(self.offsets).astype(np.int32)


@dataclass(frozen=True)
class Indexer:
    """The vocabularies of a model and how a word is cut for them.

    A word's characters are its first `first` and last `last`: part of the model's definition, so that a monstrous token
    costs nothing. `lowercase` folds the case of words, not of characters.

    >>> from taggers.text import Sentence
    >>> indexer = Indexer.build([Sentence(("Sea", "sea"))], lowercase=True)
    >>> indexed = indexer.index([Sentence(("sea", "Gull"))])
    >>> indexed.forms.words.tolist(), indexed.tokens.tolist()
    ([2, 1], [0, 1])
    """

    words: Vocabulary
    characters: Vocabulary
    lowercase: bool = False
    first: int = 24
    last: int = 8

    def __post_init__(self) -> None:
        if min(self.first, self.last) < 1:
            raise ValueError(f"first {self.first} and last {self.last}: expected at least one character of each")

    @classmethod
    def build(
        cls,
        sentences: Iterable[Sentence],
        minimum: int = 1,
        lowercase: bool = False,
        first: int = 24,
        last: int = 8,
    ) -> Indexer:
        """Vocabularies of the training sentences: words seen `minimum` times or more, all characters that are read."""
        forms = Counter(chain.from_iterable(s.tokens for s in sentences))
        words: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        for form, count in forms.items():
            words[form.lower() if lowercase else form] += count
            for character in cut(form, first, last):
                characters[character] += count
        return cls(
            Vocabulary(sorted((w for w, n in words.items() if n >= minimum), key=lambda w: (-words[w], w))),
            Vocabulary(sorted(characters, key=lambda c: (-characters[c], c))),
            lowercase,
            first,
            last,
        )

    def knows(self, form: str) -> bool:
        """True for a word of the vocabulary."""
        return (form.lower() if self.lowercase else form) in self.words

    def index(self, sentences: Sequence[Sentence]) -> Indexed:
        """The sentences as flat id arrays."""
        ids: dict[str, int] = {}
        tokens = np.fromiter(
            (ids.setdefault(token, len(ids)) for s in sentences for token in s.tokens),
            dtype=np.int32,
            count=sum(len(s) for s in sentences),
        )
        offsets = np.zeros(len(sentences) + 1, dtype=np.int32)
        np.cumsum([len(s) for s in sentences], out=offsets[1:])
        return Indexed(tokens, offsets, self._forms(list(ids), np.bincount(tokens, minlength=len(ids))))

    def _forms(self, forms: Sequence[str], counts: NDArray[np.int64]) -> Forms:
        read = [cut(form, self.first, self.last) for form in forms]
        character_offsets = np.zeros(len(read) + 1, dtype=np.int32)
        np.cumsum([len(f) for f in read], out=character_offsets[1:])
        word, character = self.words.index, self.characters.index
        return Forms(
            words=np.array([word(f.lower() if self.lowercase else f) for f in forms], dtype=np.int32),
            casings=np.array([casing(f) for f in read], dtype=np.int32),
            characters=np.array([character(c) for f in read for c in f], dtype=np.int32),
            character_offsets=character_offsets,
            counts=counts.astype(np.int32),
        )
