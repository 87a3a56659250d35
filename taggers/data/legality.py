"""Which sentences of a store hold tags that may not stand where they stand, found without a loop over tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.data.sentences import Column, SentenceStore
from taggers.text.detection import TagCounts
from taggers.text.schemes import PLAIN, Scheme, legal

_CHUNK = 4096  # sentences that are looked at together, which bounds the memory
_MOST_TAGS = 1000  # for a table of all pairs


def count_tags(store: SentenceStore, layer: str) -> TagCounts:
    """Counts of the tags of a layer and of neighbouring pairs.

    >>> from taggers.text import Sentence
    >>> counts = count_tags(SentenceStore.of([Sentence(("a", "b"), {"tag": ("B", "O")})], ["tag"]), "tag")
    >>> counts.tags["O"], counts.pairs["B", "O"], counts.pairs["O", None]
    (1, 1, 1)
    """
    column = store.columns[layer]
    tags = Counter({tag: n for tag, n in zip(column.values, column.counts.tolist(), strict=True) if n})
    pairs: Counter[tuple[str | None, str | None]] = Counter()
    names: tuple[str | None, ...] = (*column.values, None)
    for _, codes in _pairs(store, column):
        if len(names) <= _MOST_TAGS:
            found = np.bincount(codes, minlength=len(names) ** 2)
            distinct = np.flatnonzero(found)
            counts = found[distinct]
        else:
            distinct, counts = np.unique(codes, return_counts=True)
        for code, count in zip(distinct.tolist(), counts.tolist(), strict=True):
            before, after = divmod(code, len(names))
            pairs[names[before], names[after]] += count
    return TagCounts(tags, pairs)


def suspects(store: SentenceStore, layer: str, scheme: Scheme, counts: TagCounts) -> NDArray[np.int64]:
    """The sentences that hold a pair of tags which the scheme forbids, a tag of another scheme among them.

    >>> from taggers.text import Sentence
    >>> from taggers.text.schemes import IOB2
    >>> store = SentenceStore.of([Sentence(("a",), {"tag": (tag,)}) for tag in ("O", "I-PER")], ["tag"])
    >>> suspects(store, "tag", IOB2, count_tags(store, "tag")).tolist()
    [1]
    """
    if scheme is PLAIN:
        return np.empty(0, dtype=np.int64)
    column = store.columns[layer]
    ids: dict[str | None, int] = {tag: i for i, tag in enumerate((*column.values, None))}
    wrong = [ids[a] * len(ids) + ids[b] for a, b in counts.pairs if not legal(scheme, a, b)]
    if not wrong:
        return np.empty(0, dtype=np.int64)
    found = [sentences[np.isin(codes, wrong)] for sentences, codes in _pairs(store, column)]
    return np.unique(np.concatenate(found))


def _pairs(store: SentenceStore, column: Column[Any]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Chunk by chunk, for each pair of neighbours its sentence and a number for both; the edge is a tag of its own."""
    edge = len(column.values)
    for first in range(0, len(store), _CHUNK):
        offsets = store.offsets[first : first + _CHUNK + 1]
        lengths = np.diff(offsets)  # (S,)
        sentences = np.repeat(np.arange(len(lengths)), lengths + 1)  # one pair more than tokens
        edged = np.full(len(sentences) + 1, edge, dtype=np.int64)
        starts = (offsets[:-1] - offsets[0]) + np.arange(len(lengths)) + 1  # of tokens, an edge before each sentence
        inside = np.ones(len(edged), dtype=np.bool_)
        inside[starts - 1] = inside[-1] = False
        edged[inside] = column.places[offsets[0] : offsets[-1]]
        yield first + sentences, edged[:-1] * (edge + 1) + edged[1:]
