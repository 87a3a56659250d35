"""How GROBID writes tags: `I-<x>` begins a span of x, a bare `<x>` goes on with it, `<other>` is outside.

An outside stretch begins with `I-<other>` and goes on with `<other>`; files also hold two `I-<other>` in a row, so both
are read as outside wherever they stand. What is left is IOB2 in other letters, and that is how the rest of the package
sees it. Source: github.com/kermitt2/delft, data/sequenceLabelling/grobid.
"""

from __future__ import annotations

import re
from functools import lru_cache

OTHER = "other"
OUTSIDES = (f"<{OTHER}>", f"I-<{OTHER}>")
EXPECTED = "I-<x> or <x> for a label x"

_TAG = re.compile("(I-)?<(.*)>", re.DOTALL)


@lru_cache(maxsize=4096)
def read_tag(tag: str) -> str | None:
    """The tag as IOB2 writes it; None for one that is not GROBID's.

    >>> [read_tag(tag) for tag in ("I-<day>", "<day>", "I-<other>", "<other>", "B-day")]
    ['B-day', 'I-day', 'O', 'O', None]
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    begins, label = found.groups()
    if label == OTHER:
        return "O"
    prefix = "B" if begins else "I"
    return f"{prefix}-{label}" if label else prefix


def spell_tag(tag: str, after_outside: bool) -> str:
    """A tag of IOB2 as GROBID writes it; ValueError for the label `other`, which would come back as outside.

    >>> spell_tag("B-day", False), spell_tag("I-day", False), spell_tag("O", False), spell_tag("O", True)
    ('I-<day>', '<day>', 'I-<other>', '<other>')
    """
    prefix, _, label = tag.partition("-")
    if label == OTHER:
        raise ValueError(f"GROBID writes <{OTHER}> for tokens outside of spans, so that no label can be {OTHER!r}")
    if prefix == "O":
        return OUTSIDES[0] if after_outside else OUTSIDES[1]
    return f"<{label}>" if prefix == "I" else f"I-<{label}>"
