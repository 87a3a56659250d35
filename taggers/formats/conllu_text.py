"""The text of a CoNLL-U sentence: its words found in `# text`, or put together as MISC says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from taggers.formats.spaces import find_token, is_blank
from taggers.text import Extra

Places = tuple[tuple[int, int], ...]

_RANGE = re.compile("([0-9]{1,9})-([0-9]{1,9})\t([^\t]+)")
_SPACES = ("SpaceAfter=", "SpacesAfter=")
_ESCAPES = {" ": "s", "\t": "t", "\r": "r", "\n": "n", "|": "p", "\\": "\\"}  # as UDPipe writes them
_ESCAPED = {f"\\{letter}": sign for sign, letter in _ESCAPES.items()}


class _Unit(NamedTuple):
    """Words that are one stretch of the text: one, or those of a range; `misc` is None where its line has none."""

    words: Sequence[str]
    surface: str
    misc: str | None

    def places(self, start: int) -> Iterator[tuple[int, int]]:
        """The place of each word in the text; where they are no parts of the surface that of the whole."""
        if "".join(self.words) != self.surface:
            yield from [(start, start + len(self.surface))] * len(self.words)
            return
        for word in self.words:
            yield start, start + len(word)
            start += len(word)


def _units(forms: Sequence[str], misc: Sequence[str], extras: Sequence[Extra]) -> Iterator[_Unit]:
    ranges = {int(found[1]) - 1: found for _, line in extras if (found := _RANGE.match(line)) is not None}
    first = 0
    while first < len(forms):
        found = ranges.get(first)
        if found is None:
            yield _Unit(forms[first : first + 1], forms[first], misc[first])
            first += 1
            continue
        words = forms[first : int(found[2])]
        columns = found.string.split("\t")
        yield _Unit(words, found[3], columns[9] if len(columns) == 10 else None)
        if not words:  # the range is one of no words
            return
        first += len(words)


def align(text: str, forms: Sequence[str], extras: Sequence[Extra]) -> Places | None:
    """The place of each word in the text, where all stand in it in order with nothing but blanks between; else None.

    >>> align("vámonos ya", ["vamos", "nos", "ya"], [Extra(0, "1-2" + chr(9) + "vámonos")])
    ((0, 7), (0, 7), (8, 10))
    """
    offsets: list[tuple[int, int]] = []
    end = 0
    if not any(_RANGE.match(line) for _, line in extras):
        for form in forms:
            if (start := find_token(text, form, end)) is None:
                return None
            end = start + len(form)
            offsets.append((start, end))
        return tuple(offsets)
    for unit in _units(forms, forms, extras):
        start = find_token(text, unit.surface, end)
        if not unit.words or start is None:
            return None
        offsets.extend(unit.places(start))
        end = start + len(unit.surface)
    return tuple(offsets)


def says_spaces(misc: Sequence[str], extras: Sequence[Extra]) -> bool:
    """True where some word, or range, says that there is no blank after it, or more than one.

    >>> says_spaces(["_", "SpaceAfter=No"], []), says_spaces(["_"], [])
    (True, False)
    """
    ranges = (line for _, line in extras if _RANGE.match(line))
    return any(key in said for said in (*misc, *ranges) for key in _SPACES)


def spelt_text(
    forms: Sequence[str], misc: Sequence[str], extras: Sequence[Extra]
) -> tuple[str, Places] | tuple[None, None]:
    r"""The text that words and ranges make with what MISC says of the spaces after them, and their places in it.

    Nothing where it says that spaces are other than white space, or where a range is one of no words.

    >>> spelt_text(["Yes", "!", "No"], ["SpaceAfter=No", r"SpacesAfter=\s\n", "_"], [])
    ('Yes! \nNo', ((0, 3), (3, 4), (6, 8)))
    """
    text = ""
    between = ""
    offsets: list[tuple[int, int]] = []
    for unit in _units(forms, misc, extras):
        if not unit.words or not is_blank(between):
            return None, None
        text += between
        offsets.extend(unit.places(len(text)))
        text += unit.surface
        between = _after(unit.misc)
    return text, tuple(offsets)


def _after(misc: str | None) -> str:
    """What stands after a word."""
    for item in ("_" if misc is None else misc).split("|"):
        key, _, value = item.partition("=")
        if key == "SpacesAfter":
            return re.sub(r"\\.", lambda found: _ESCAPED.get(found[0], found[0]), value)
        if item == "SpaceAfter=No":
            return ""
    return " "


def with_spaces(misc: str, after: str) -> str:
    r"""MISC that says what stands after a word, in place of what it said of that.

    >>> with_spaces("Gloss=yes|SpaceAfter=No", " \n"), with_spaces("SpaceAfter=No", " "), with_spaces("_", "")
    ('SpacesAfter=\\s\\n|Gloss=yes', '_', 'SpaceAfter=No')
    """
    others = [item for item in misc.split("|") if item != "_" and not item.startswith(_SPACES)]
    said = "SpacesAfter=" + "".join(f"\\{_ESCAPES[sign]}" if sign in _ESCAPES else sign for sign in after)
    items = {"": ["SpaceAfter=No"], " ": []}.get(after, [said])
    return "|".join([*items, *others]) or "_"
