"""How messages word what they count."""

from __future__ import annotations

import re
from collections.abc import Sequence

NO_LABEL = (
    "expected a label, found none; fill it in, name the format or column that holds it, or in data.label the comment"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one.

    >>> counted(1, "sentence"), counted(1200, "token")
    ('1 sentence', '1,200 tokens')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def escaped(text: str) -> str:
    r"""A text without line breaks, tabs and other control characters, which are spelt, so that it stays on its line.

    >>> escaped("a\nb\t"), escaped("é \\")
    ('a\\nb\\t', 'é \\')
    """
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


_MOST = 200  # labels that are listed


def labels_listed(layer: str, labels: Sequence[str]) -> str:
    """The labels of a layer in a sentence, the first of many.

    >>> labels_listed("ner", ["LOC", "PER"])
    'Labels of `ner` (2): LOC, PER.'
    """
    shown = ", ".join(map(escaped, labels[:_MOST])) + (", ..." if len(labels) > _MOST else "")
    return f"Labels of `{layer}` ({len(labels)}): {shown}."
