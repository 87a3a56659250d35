"""What stands between the tokens of raw text, and in none of them."""

from __future__ import annotations

import re

# Zero width space too, which is none to Python; the separators U+001C to U+001F not.
LAST_SPACE = re.compile(r".*(?:[^\S\x1c-\x1f]|\u200b)", re.DOTALL)
SOMETHING = re.compile(r"[^\s\u200b]|[\x1c-\x1f]")
WORD = re.compile(r"(?:[^\s\u200b]|[\x1c-\x1f])+")


def holds_no_token(text: str) -> bool:
    r"""True for a text that holds no token.

    >>> holds_no_token("\u200b\n"), holds_no_token("\x1c"), holds_no_token("")
    (True, False, True)
    """
    return SOMETHING.search(text) is None


def is_space(character: str) -> bool:
    r"""True for what stands between tokens and in none of them.

    >>> is_space("\u00a0"), is_space("\x1c"), is_space("_")
    (True, False, False)
    """
    return SOMETHING.match(character) is None


_BETWEEN = re.compile(r"[\s\u200b]*")  # of both notions, that of Python and that of our tokenisers


def is_blank(text: str) -> bool:
    r"""True for what may stand between two tokens of a text, whoever has found them.

    >>> is_blank("\u200b \x1c"), is_blank(""), is_blank(" -")
    (True, True, False)
    """
    return _BETWEEN.fullmatch(text) is not None


def find_token(text: str, token: str, end: int) -> int | None:
    r"""Where a token stands in a text, after another that ends at `end` and nothing but white space; None if it is not.

    >>> find_token("Ada\u200bslept", "slept", 3), find_token("Ada has slept", "slept", 3)
    (4, None)
    """
    start = text.find(token, end)
    if start == end or (start == end + 1 and text[end] == " "):  # most often
        return start
    return start if start >= 0 and is_blank(text[end:start]) else None
