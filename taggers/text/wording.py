"""How messages word what they count."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one.

    >>> counted(1, "sentence"), counted(1200, "token")
    ('1 sentence', '1,200 tokens')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_MOST = 200  # labels that are listed


def labels_listed(layer: str, labels: Sequence[str]) -> str:
    """The labels of a layer in a sentence, the first of many.

    >>> labels_listed("ner", ["LOC", "PER"])
    'Labels of `ner` (2): LOC, PER.'
    """
    shown = ", ".join(labels[:_MOST]) + (", ..." if len(labels) > _MOST else "")
    return f"Labels of `{layer}` ({len(labels)}): {shown}."
