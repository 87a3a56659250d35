"""How messages word what they count."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one.

    >>> counted(1, "sentence"), counted(1200, "token")
    ('1 sentence', '1,200 tokens')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
