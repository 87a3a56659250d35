"""What a check says: a finding of some kind, with the places it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Kind(NamedTuple):
    """How grave findings of a kind are, and what they are, in words for a person."""

    severity: Severity
    meaning: str


# In the order in which they are shown: the gravest first.
KINDS: dict[str, Kind] = {
    "unreadable": Kind("error", "lines that the reader refuses; what comes after them in the file was not looked at"),
    "mixed-schemes": Kind("error", "splits whose tags follow another scheme than the rest"),
    "foreign-tag": Kind("error", "tags that are none of the scheme's"),
    "violation": Kind("error", "tags that may not stand where they stand"),
    "damaged-character": Kind("error", "tokens with replacement or control characters, or halves of surrogate pairs"),
    "contradiction": Kind("error", "the same sentence annotated in more than one way"),
    "changed": Kind("warning", "what the reader could not take as it stood"),
    "similar-label": Kind("warning", "labels that look like another one misspelt"),
    "leak": Kind("warning", "sentences that stand in more than one split"),
    "near-leak": Kind("warning", "sentences of which another split holds a near copy"),
    "unlabelled-mention": Kind("warning", "names that are mostly annotated, where they are not"),
    "suspect": Kind("warning", "annotation that models trained on the rest of the data find improbable"),
    "invisible-character": Kind("warning", "tokens with characters that cannot be seen"),
    "odd-space": Kind("warning", "tokens that hold white space other than the plain blank"),
    "mixed-scripts": Kind("warning", "words with letters of another script that look like their own"),
    "not-composed": Kind("warning", "tokens that are not in Unicode's normal form NFC"),
    "ambiguous": Kind("note", "the same words under different labels, where the rarer ones stand"),
    "rare-label": Kind("note", "labels that occur once"),
    "duplicate": Kind("note", "sentences that stand in a split more than once"),
    "near-duplicate": Kind("note", "sentences that are a near copy of one in the same split"),
}


class Place(NamedTuple):
    """A line of a file in a split, and the number of its sentence, counted over all splits."""

    split: str
    path: str
    line: int
    sentence: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Finding:
    """One thing that a check has found, of a kind in KINDS.

    The message is one line without invisible characters. Of two findings of a kind the one of more `weight` is worse.
    `facts` are what programs are told of it besides, as plain values.
    """

    kind: str
    message: str
    places: tuple[Place, ...]
    weight: float = 1.0
    facts: Mapping[str, Any] = field(default_factory=dict)


_COMBINING = "\u0300-\u036f"
_SEEN_BADLY = re.compile(f"[{_COMBINING}]")


def spelt(text: str) -> str:
    r"""A text in which whatever does not print, or combines with what is before it, is named by its number.

    >>> spelt("soft\u00adly"), spelt("cafe\u0301"), spelt("caf\u00e9 au lait")
    ('soft<U+00AD>ly', 'cafe<U+0301>', 'café au lait')
    """
    if text.isprintable() and not _SEEN_BADLY.search(text):
        return text
    return "".join(c if c.isprintable() and not _SEEN_BADLY.match(c) else f"<U+{ord(c):04X}>" for c in text)


_WIDEST = 80  # characters of a text that are shown


def shown(text: str) -> str:
    """A text of the data as `spelt` has it, cut where it is long: a token or a label may hold a whole file by mistake.

    >>> shown("Ada"), len(shown("A" * 300_000))
    ('Ada', 80)
    """
    whole = spelt(text[: _WIDEST + 1])  # no more of it can be shown
    return whole if len(whole) <= _WIDEST else f"{whole[: _WIDEST - 4]} ..."


def quoted(tokens: Sequence[str]) -> str:
    """Tokens as a text in quotation marks, cut where it is long.

    >>> quoted(["Ada", "slept"])
    '"Ada slept"'
    """
    return f'"{shown(" ".join(tokens))}"'


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by the order of KINDS, and in each kind by weight; equals stay in the order in which they came."""
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(findings, key=lambda finding: (order[finding.kind], -finding.weight))
