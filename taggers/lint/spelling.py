"""Labels that may be misspelt: that occur once, or look like one that is much more frequent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, shown
from taggers.text.wording import counted

MOST_LABELS = 1000  # of a closed set; a layer of lemmas, say, is none
SLIPS = 5  # a label that one edit makes another is taken for a slip where it occurs this often at most,
SHARE = 20  # and the other this many times as often
SHORTEST = 3  # characters of a label that is looked at for edits: NN is no misspelt NP


def rare_labels(data: Annotated) -> Iterator[Finding]:
    """The labels that occur once."""
    for name, labels in _closed(data):
        for label, places in data.places_with([label for label, n in labels.items() if n == 1], name).items():
            yield Finding("rare-label", f"'{shown(label)}' occurs once", tuple(places))


def similar_labels(data: Annotated) -> Iterator[Finding]:
    """The labels that another case, or one edit, would make a more frequent one."""
    for name, labels in _closed(data):
        meant: dict[str, str] = {}
        for pair in combinations(sorted(labels), 2):
            rare, frequent = sorted(pair, key=lambda label: (labels[label], label))
            same = rare.casefold() == frequent.casefold()
            slip = labels[rare] <= SLIPS and labels[rare] * SHARE <= labels[frequent]
            if same or (slip and alike(rare, frequent)):
                meant.setdefault(rare, frequent)
        for label, places in data.places_with(meant, name).items():
            often, rarely = labels[meant[label]], counted(len(places), "time")
            said = f"'{shown(label)}' occurs {rarely}, '{shown(meant[label])}' {often:,}"
            yield Finding("similar-label", said, tuple(places), weight=often / len(places))


def _closed(data: Annotated) -> Iterator[tuple[str, Counter[str]]]:
    """The labels of spans and of sentences, where they are so few that each has a meaning."""
    return ((name, labels) for name, labels in data.labels.items() if len(labels) <= MOST_LABELS)


def alike(one: str, other: str) -> bool:
    """True where two labels differ by case alone or, if they are long enough, by one letter.

    Numbered labels differ by purpose.

    >>> alike("Loc", "LOC"), alike("PERS", "PER"), alike("NN", "NP"), alike("arg1", "arg2")
    (True, True, False, False)
    """
    if one.casefold() == other.casefold():
        return True
    if min(len(one), len(other)) < SHORTEST or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    rest = shorter[start + (len(one) == len(other)) :]
    changed = longer[start] + (shorter[start] if len(one) == len(other) else "")
    return longer[start + 1 :] == rest and not any(map(str.isdigit, changed))
