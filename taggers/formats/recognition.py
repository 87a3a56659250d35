"""Telling a column file and CoNLL-U from text by their first lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from taggers.formats.columns import BLANKS, BOUNDARY

_TAG = re.compile(r"O|[A-Z]-\S+|<\S+>|[A-Z$.,:'`()#_-]+")


def looks_like_columns(first_lines: Sequence[str]) -> bool:
    """True where two lines or more, and all but blank ones and comments, have the same number of columns, a tag last.

    >>> looks_like_columns(["Ada B-PER", "slept O", ""]), looks_like_columns(["Ada slept .", "Obi left ."])
    (True, False)
    """
    lines = [line for line in first_lines if line.strip(BLANKS) and not line.startswith(("# ", BOUNDARY))]
    if len(lines) < 2:
        return False
    tabs = all("\t" in line for line in lines)
    rows = [line.split("\t") if tabs else line.split() for line in lines]
    if len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return False
    if tabs:
        return all(" " not in row[-1] for row in rows)
    return all(_TAG.fullmatch(row[-1]) and not _is_punctuation(row[-1]) for row in rows)


def looks_like_conllu(first_lines: Sequence[str]) -> bool:
    r"""True where all lines but blank ones and comments are words of CoNLL-U: ten columns, a number first.

    >>> looks_like_conllu(["# text = Go!", "1\tGo" + 8 * "\t_", "2\t!" + 8 * "\t_"]), looks_like_conllu(["1. Go!"])
    (True, False)
    """
    lines = [line for line in first_lines if line.strip(BLANKS) and not line.startswith("#")]
    return bool(lines) and all(line.count("\t") == 9 and line[0].isdecimal() for line in lines)


def _is_punctuation(field: str) -> bool:
    return not any(character.isalpha() for character in field)
