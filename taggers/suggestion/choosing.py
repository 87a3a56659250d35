"""The choice of a batch: greedily the most mistakes for each token to annotate, of which the same count less again."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from operator import itemgetter

from taggers.lint.near import THRESHOLD, plain
from taggers.suggestion.doubts import Doubts, Matter
from taggers.text import Prediction

# What a sentence costs an annotator beside its tokens, in tokens: to look at another one takes time too (Ringger and
# others, LREC 2008, measure both), and without it sentences of one token would come first.
OVERHEAD = 3.0


@dataclass(frozen=True, eq=False)
class Item:
    """What is annotated as one: a sentence, or those of a document, with what may be wrong in it.

    `tie` and then `number`, its place in what was read, decide between items that are worth the same.
    """

    predictions: tuple[Prediction, ...]
    doubts: Doubts
    tie: int = 0
    number: int = 0

    @cached_property
    def tokens(self) -> int:
        """How many tokens it has."""
        return sum(len(prediction.sentence) for prediction in self.predictions)

    @property
    def cost(self) -> float:
        """What it takes to annotate, in tokens."""
        return self.tokens + OVERHEAD * len(self.predictions)

    @cached_property
    def mistakes(self) -> float:
        """How many different mistakes are expected in it."""
        return sum(self.doubts.values())

    @property
    def worth(self) -> float:
        """The mistakes expected for each token of its cost, were it chosen first; it is worth no more in any batch."""
        return self.mistakes / self.cost

    @property
    def rank(self) -> tuple[float, int, int]:
        """Its place among others before any is chosen, the best lowest."""
        return -self.worth, self.tie, self.number


@dataclass(frozen=True, eq=False)
class Budget:
    """How much is chosen at most, None where that is open: items, and tokens."""

    items: int | None = None
    tokens: int | None = None


@dataclass(frozen=True, eq=False)
class Suggestion:
    """An item to annotate, and its `score`: the mistakes expected for each token of its cost, those about matters of
    items chosen before it counted less, so that it falls from one suggestion to the next.
    """

    item: Item
    score: float


def choose(items: Iterable[Item], budget: Budget) -> list[Suggestion]:
    """Items in the order of what they are worth beside those before them, as many as the budget has.

    The aim is the expected number of different matters that the model is wrong about somewhere in the batch: of each
    matter 1 less the product of the probabilities that it is right, over the items. That is monotone and submodular,
    so the greedy choice of items that cost the same reaches 1 - 1/e of the best at least (Nemhauser, Wolsey and Fisher
    1978); for costs that differ the gain is divided by them (Khuller, Moss and Naor 1999). Items are looked at again
    only when they come to the top (Minoux 1978).

    Items that no longer fit into the tokens are passed over, as are those nearly like one chosen: of the pairs of
    neighbouring tokens that either has, at least 70 % are in both, case and numbers aside.

    >>> from taggers.text import Sentence
    >>> ada, obi, two = (Prediction(Sentence(tuple(text.split())), "ner") for text in ("Ada sat", "Obi ran", "Ada ran"))
    >>> doubts = [{("ner", "ada"): 0.5}, {("ner", "obi"): 0.4}, {("ner", "ada"): 0.45}]
    >>> items = [Item((p,), own, number=n) for n, (p, own) in enumerate(zip((ada, obi, two), doubts))]
    >>> [chosen.item.number for chosen in choose(items, Budget(items=3))]
    [0, 1, 2]
    """
    return list(_chosen(sorted(((item.rank, item) for item in items), key=itemgetter(0)), budget))  # sorted is a heap


def _chosen(heap: list[tuple[tuple[float, int, int], Item]], budget: Budget) -> Iterator[Suggestion]:
    batch = _Batch()
    left = budget.tokens
    number = 0
    while heap and (budget.items is None or number < budget.items):
        _, item = heapq.heappop(heap)
        if left is not None and item.tokens > left:
            continue
        now = (-batch.gain(item) / item.cost, item.tie, item.number)
        if heap and now > heap[0][0]:
            heapq.heappush(heap, (now, item))
        elif not batch.has_near(item):
            batch.add(item)
            number += 1
            left = None if left is None else left - item.tokens
            yield Suggestion(item, 0.0 - now[0])


@dataclass(eq=False)
class _Batch:
    """What is chosen so far: of each matter the probability that the model is right about it throughout, and the pairs
    of neighbouring tokens of each item.
    """

    right: dict[Matter, float] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    holders: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def gain(self, item: Item) -> float:
        """By how much the batch would expect more different mistakes with the item."""
        return sum(self.right.get(matter, 1.0) * wrong for matter, wrong in item.doubts.items())

    def has_near(self, item: Item) -> bool:
        """True where an item chosen before is nearly the same."""
        pairs = _pairs(item)
        shared = Counter(number for pair in pairs for number in self.holders.get(pair, ()))
        return any(both >= THRESHOLD * (len(pairs) + self.sizes[number] - both) for number, both in shared.items())

    def add(self, item: Item) -> None:
        """Choose the item."""
        for matter, wrong in item.doubts.items():
            self.right[matter] = self.right.get(matter, 1.0) * (1.0 - wrong)
        pairs = _pairs(item)
        for pair in pairs:
            self.holders.setdefault(pair, []).append(len(self.sizes))
        self.sizes.append(len(pairs))


def _pairs(item: Item) -> set[tuple[str, str]]:
    """The pairs of neighbouring tokens, edges of sentences included, without case and numbers."""
    pairs: set[tuple[str, str]] = set()
    for prediction in item.predictions:
        line = ["", *map(plain, prediction.sentence.tokens), ""]
        pairs.update(pairwise(line))
    return pairs
