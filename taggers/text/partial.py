"""Partial annotation: gold tags given as sets of what a token may be, and how such sets pass from scheme to scheme."""

from __future__ import annotations

from collections.abc import Sequence

from taggers.text.schemes import (
    OUTSIDE,
    PLAIN,
    Prefix,
    Scheme,
    join_tag,
    legal,
    parse_tag,
    spell,
    usual,
)

UNKNOWN = "?"
SEPARATOR = "|"


def is_partial(tags: Sequence[str]) -> bool:
    """True where some tag is unknown (`?`) or a choice (`B-LOC|B-ORG`).

    >>> is_partial(["O", "?"]), is_partial(["O", "B-PER"])
    (True, False)
    """
    return any(tag == UNKNOWN or SEPARATOR in tag for tag in tags)


def tag_sets(tags: Sequence[str], every: Sequence[str]) -> list[frozenset[str]]:
    """The set of tags that each token may have; `?` stands for all of `every`.

    >>> [sorted(s) for s in tag_sets(["?", "B-LOC|O"], ["O", "B-LOC"])]
    [['B-LOC', 'O'], ['B-LOC', 'O']]
    """
    return [frozenset(every) if t == UNKNOWN else frozenset(t.split(SEPARATOR)) for t in tags]


def alive(sets: Sequence[frozenset[str]], scheme: Scheme) -> list[frozenset[str]]:
    """What is left of each set when only tags on some legal path through all sets are kept; all empty if there is none.

    >>> from taggers.text.schemes import IOB2
    >>> [sorted(s) for s in alive([frozenset({"O"}), frozenset({"O", "I-X", "B-X"})], IOB2)]
    [['O'], ['B-X', 'O']]
    """
    forward: list[frozenset[str | None]] = [frozenset({None})]
    for options in sets:
        forward.append(frozenset(t for t in options if any(legal(scheme, before, t) for before in forward[-1])))
    kept: list[frozenset[str]] = []
    after: frozenset[str | None] = frozenset({None})
    for reached in reversed(forward[1:]):
        after = frozenset(t for t in reached if any(legal(scheme, t, a) for a in after))
        kept.append(frozenset(t for t in after if t is not None))
    return kept[::-1]


def convert_sets(sets: Sequence[frozenset[str]], source: Scheme, target: Scheme) -> list[frozenset[str]]:
    """Sets of one scheme's tags as sets of another's: every legal path keeps its image, so sets may widen.

    >>> from taggers.text.schemes import IOB2, IOBES
    >>> first, _ = convert_sets([frozenset({"B-X"}), frozenset({"O", "I-X"})], IOB2, IOBES)
    >>> sorted(first)
    ['B-X', 'S-X']
    """
    kept = alive(sets, source)
    if source is target or source is PLAIN:
        return kept
    edge: frozenset[str | None] = frozenset({None})
    edged = [edge, *kept, edge]
    converted: list[frozenset[str]] = []
    for position, options in enumerate(kept, start=1):
        images: set[str] = set()
        for tag in options:
            befores = [b for b in edged[position - 1] if legal(source, b, tag)]
            afters = [a for a in edged[position + 1] if legal(source, tag, a)]
            for before in befores:
                for after in afters:
                    images.add(_image(before, tag, after, source, target))
        converted.append(frozenset(images))
    return converted


def _image(before: str | None, tag: str, after: str | None, source: Scheme, target: Scheme) -> str:
    """The target's spelling of a tag between two neighbours."""
    left, right = (other if other is None else usual(other, source) for other in (before, after))
    image = _usual_image(left, usual(tag, source), right, source, target)
    context = [OUTSIDE] if left == OUTSIDE else []  # all that a spelling may depend on
    return spell([*context, image], target)[-1]


def _usual_image(before: str | None, tag: str, after: str | None, source: Scheme, target: Scheme) -> str:
    """The same in the usual letters, on both sides."""
    if tag == OUTSIDE:
        return OUTSIDE
    label = parse_tag(tag).label
    starts, ends = not _continues(before, tag, source), not _continues(tag, after, source)
    touches = starts and before is not None and before != OUTSIDE and parse_tag(before).label == label
    if target.between and touches:
        return join_tag("B", label)
    spelling = {
        Prefix(True, True): target.single,
        Prefix(True, False): target.begin,
        Prefix(False, True): target.end,
        Prefix(False, False): target.inside,
    }
    return join_tag(spelling[Prefix(starts, ends)], label)


def _continues(before: str | None, tag: str | None, scheme: Scheme) -> bool:
    """True where `tag` goes on with the span of `before`, both legal neighbours in the scheme."""
    if before is None or tag is None or OUTSIDE in (before, tag):
        return False
    left, right = parse_tag(before), parse_tag(tag)
    ends, starts = scheme.prefixes[left.prefix].ends, scheme.prefixes[right.prefix].starts
    return left.label == right.label and ends is not True and starts is not True
