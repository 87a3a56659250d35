"""The tags of a task as parts of spans, as the dynamic programs of a chain read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from taggers.chain.span_tags import SpanTags
from taggers.text.schemes import OUTSIDE, Prefix, Scheme, facts_of, join_tag, parse_tag

_OUTSIDE = Prefix(starts=False, ends=False)


def span_tags(tags: Sequence[str], scheme: Scheme) -> SpanTags:
    """The K tags of a model that spells spans in a scheme, as parts of spans; labels are numbered in sorted order.

    >>> from taggers.text.schemes import IOB2
    >>> found = span_tags(["O", "B-PER", "I-PER"], IOB2)
    >>> found.members.tolist(), found.goes_on.tolist()
    ([[1, 2]], [[[False, True], [False, True]]])
    """
    numbers = {tag: number for number, tag in enumerate(tags)}
    parsed = [parse_tag(tag) for tag in tags]
    labels = sorted({tag.label for tag in parsed if tag.prefix})
    members = [[n for n, tag in enumerate(parsed) if tag.prefix and tag.label == label] for label in labels]
    facts = [facts_of(tag) or _OUTSIDE for tag in tags]
    starts, ends = (np.array([bool(said) for said in column]) for column in zip(*facts, strict=True))  # (K,) each
    touching = ("B", "B") if scheme.between else (scheme.begin, scheme.single)
    prefixes = (scheme.inside, scheme.end, scheme.begin, scheme.single, *touching)
    spelling = [[numbers[join_tag(prefix, label)] for prefix in prefixes] for label in labels]
    rows = _table(members, (len(tags) - 1) // max(len(labels), 1))
    goes_on = ~ends[rows][:, :, None] & ~starts[rows][:, None, :]
    return SpanTags(rows, goes_on, _table(spelling, len(prefixes)), numbers[OUTSIDE])


def _table(rows: Sequence[Sequence[int]], width: int) -> NDArray[np.int64]:
    """Rows of one width, of which there may be none: training may have seen no span."""
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)
