"""The symbols that a model knows, each with its id; built from the training split only, frozen after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count

PAD, UNK = 0, 1
_RESERVED = 2


class Vocabulary:
    """Symbols and their ids; id 0 is padding and id 1 the unknown symbol, which no symbol of the text can collide with.

    >>> vocabulary = Vocabulary.build(["the", "sea", "the"], minimum=2)
    >>> len(vocabulary), vocabulary.index("the"), vocabulary.index("sea")
    (3, 2, 1)
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self._ids = dict(zip(self.symbols, count(_RESERVED), strict=False))
        if len(self._ids) != len(self.symbols):
            raise ValueError("a vocabulary holds each symbol once")

    @classmethod
    def build(cls, symbols: Iterable[str], minimum: int = 1) -> Vocabulary:
        """The symbols that occur at least `minimum` times, most frequent first, ties in alphabetical order."""
        counts = Counter(symbols)
        return cls(sorted((s for s, n in counts.items() if n >= minimum), key=lambda s: (-counts[s], s)))

    def __len__(self) -> int:
        return len(self.symbols) + _RESERVED

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.symbols == other.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)

    def index_all(self, symbols: Iterable[str]) -> list[int]:
        """The ids of many symbols, with no call for each.

        >>> Vocabulary(["the", "sea"]).index_all(["sea", "gull", "the"])
        [3, 1, 2]
        """
        get = self._ids.get
        return [get(symbol, UNK) for symbol in symbols]

    def index(self, symbol: str) -> int:
        """The symbol's id, or that of the unknown symbol."""
        return self._ids.get(symbol, UNK)
