"""Tokens with characters that are damaged, cannot be seen, or look like others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from taggers.data.sentences import TOKEN
from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, shown

# The last two code points of each plane, and 32 others, are no characters and never will be.
_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(f"{chr(end - 2)}{chr(end - 1)}" for end in range(0x10000, 0x110001, 0x10000))
# Control characters, halves of surrogate pairs, the sign for a character that was lost, and what is no character.
_DAMAGED = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd{_NO_CHARACTERS}]")
# Soft hyphen, zero width space and marks of direction, word joiner, byte order mark, and their like.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
# Arabic, the scripts of India and emoji need these between their letters: they are odd at an edge, or beside others.
_JOINER = "[\u200c\u200d]"
_PLAIN_LETTERS = "A-Za-z\u00c0-\u052f"  # Latin, Greek, Cyrillic
_STRAY_JOINER = re.compile(f"^{_JOINER}|{_JOINER}$|(?<=[{_PLAIN_LETTERS}]){_JOINER}|{_JOINER}(?=[{_PLAIN_LETTERS}])")
_ODD_SPACE = re.compile("[\\t\\n\x0b\\f\\r\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")

# Letters that look like each other in two scripts, each pair in one column.
_LOOK_ALIKES = {
    ("LATIN", "CYRILLIC"): ("ABCEHIJKMOPSTXYaceijopsxy", "АВСЕНІЈКМОРЅТХУасеіјорѕху"),
    ("LATIN", "GREEK"): ("ABEHIKMNOPTXYZov", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖον"),
    ("GREEK", "CYRILLIC"): ("ΑΒΓΕΗΙΚΜΟΠΡΤΦΧο", "АВГЕНІКМОПРТФХо"),
}
_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC")


def odd_characters(data: Annotated) -> Iterator[Finding]:
    """A finding for each distinct token and each thing that is odd about it."""
    column = data.sentences.columns[TOKEN]
    odd = {number: kinds for number, token in enumerate(column.values) if (kinds := oddities(token))}
    for number, positions in data.positions_of(column, list(odd)).items():
        places = tuple(map(data.place_of, positions))
        for kind, said in odd[number].items():
            yield Finding(kind, f"'{shown(column.values[number])}'{said}", places, weight=len(places))


def oddities(token: str) -> dict[str, str]:
    r"""The kinds of findings that a token is, each with what is said of it.

    >>> oddities("Ada"), list(oddities("A\u200bda")), list(oddities("\ufffd"))
    ({}, ['invisible-character'], ['damaged-character'])
    >>> oddities("М" + "ada")["mixed-scripts"]
    ': М is CYRILLIC CAPITAL LETTER EM'
    """
    if token.isascii() and token.isprintable():
        return {}
    found: dict[str, str] = {}
    if match := _DAMAGED.search(token):
        found["damaged-character"] = _named(match[0])
    if match := _INVISIBLE.search(token) or _STRAY_JOINER.search(token):
        found["invisible-character"] = _named(match[0])
    if match := _ODD_SPACE.search(token):
        found["odd-space"] = _named(match[0])
    if not unicodedata.is_normalized("NFC", token):
        found["not-composed"] = f", in NFC '{shown(unicodedata.normalize('NFC', token))}'"
    if strangers := _strangers(token):
        named = ", ".join(f"{letter} is {unicodedata.name(letter)}" for letter in dict.fromkeys(strangers))
        found["mixed-scripts"] = f": {named}"
    return found


def _named(character: str) -> str:
    return f": {unicodedata.name(character, f'U+{ord(character):04X}')}"


def _strangers(token: str) -> str:
    """The letters of a word, half of them at most, that look like those of the script of its other letters."""
    for is_word, letters in groupby(token, str.isalpha):
        if not is_word:
            continue
        by_script: dict[str, str] = {}
        for letter in letters:
            script = unicodedata.name(letter, "").partition(" ")[0]
            if script in _SCRIPTS:
                by_script[script] = by_script.get(script, "") + letter
        if len(by_script) == 2:
            (one, ours), (other, theirs) = sorted(by_script.items(), key=lambda item: len(item[1]))
            if _look_like(ours, one, other):
                return ours
            if len(ours) == len(theirs) and _look_like(theirs, other, one):
                return theirs
    return ""


def _look_like(letters: str, script: str, other: str) -> bool:
    """True where all letters of a script have a like in the other one."""
    for pair, columns in _LOOK_ALIKES.items():
        if set(pair) == {script, other}:
            return set(letters) <= set(columns[pair.index(script)])
    return False
