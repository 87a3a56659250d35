"""What stands between the tokens of raw text, and in none of them."""

from __future__ import annotations

import re

# Zero width space too, which is none to Python; the separators U+001C to U+001F not.
LAST_SPACE = re.compile(r".*(?:[^\S\x1c-\x1f]|\u200b)", re.DOTALL)
SOMETHING = re.compile(r"[^\s\u200b]|[\x1c-\x1f]")
WORD = re.compile(r"(?:[^\s\u200b]|[\x1c-\x1f])+")


def is_blank(text: str) -> bool:
    r"""True for a text that holds no token.

    >>> is_blank("\u200b\n"), is_blank("\x1c"), is_blank("")
    (True, False, True)
    """
    return SOMETHING.search(text) is None


def is_space(character: str) -> bool:
    r"""True for what stands between tokens and in none of them.

    >>> is_space("\u00a0"), is_space("\x1c"), is_space("_")
    (True, False, False)
    """
    return SOMETHING.match(character) is None
