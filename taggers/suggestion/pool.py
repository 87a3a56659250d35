"""The items that may be chosen, held in bounded memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from taggers.suggestion.choosing import Item
from taggers.text import Prediction, Sentence

HELD = 1_000_000  # tokens


class Pool:
    """The items that are worth most of all that came, each once, however its text is split into tokens.

    As soon as they have more than `held` tokens, those worth least are let go: since nothing is worth more in a batch
    than by itself, what is chosen is the same as long as it is worth more than what was let go (`lost`).
    """

    def __init__(self, held: int = HELD) -> None:
        self._held, self._tokens = held, 0
        self._items: dict[str, Item] = {}  # by their text
        self._worst_first: list[tuple[tuple[float, int, int], str]] = []
        self.lost = 0.0  # the most that an item that was let go was worth

    def take(self, item: Item) -> None:
        """Hold the item, if it is new and worth enough."""
        text = text_of(item.predictions)
        if text in self._items:
            return
        self._items[text] = item
        worth, tie, number = item.rank
        heapq.heappush(self._worst_first, ((-worth, -tie, -number), text))
        self._tokens += item.tokens
        while self._tokens > self._held and len(self._items) > 1:
            _, worst = heapq.heappop(self._worst_first)
            gone = self._items.pop(worst)
            self._tokens -= gone.tokens
            self.lost = max(self.lost, gone.worth)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)


def text_of(predictions: Iterable[Prediction]) -> str:
    """The letters of some sentences: what copies share, and what ties are broken by."""
    return "\n".join(letters(prediction.sentence) for prediction in predictions)


def letters(sentence: Sentence) -> str:
    """The letters of a sentence, without blanks, however it is split.

    >>> letters(Sentence(("Ada", "slept", "."))) == letters(Sentence(("Ada", "slept.")))
    True
    """
    return "".join("".join(sentence.tokens).split())
