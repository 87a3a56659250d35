"""Partial annotation: gold tags given as sets of what a token may be, and how such sets pass from scheme to scheme."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from taggers.text.schemes import (
    OUTSIDE,
    PLAIN,
    SCHEMES,
    Prefix,
    Scheme,
    belongs,
    join_tag,
    legal,
    parse_tag,
    spell,
    usual,
)

UNKNOWN = "?"
SEPARATOR = "|"

_Options = frozenset[str | None]  # the tags that a token may have; None is the edge of the sentence
_EDGE: _Options = frozenset({None})
_REMEMBERED = 4096  # sets that were looked at: a corpus has few that differ


def is_partial(tags: Sequence[str]) -> bool:
    """True where some tag is unknown (`?`) or a choice (`B-LOC|B-ORG`).

    >>> is_partial(["O", "?"]), is_partial(["O", "B-PER"])
    (True, False)
    """
    return any(tag == UNKNOWN or SEPARATOR in tag for tag in tags)


def is_well_formed(tag: str) -> bool:
    """False for a set with an empty member, and for one that holds `?`, which stands alone.

    >>> [is_well_formed(tag) for tag in ("B-LOC|ORG", "?", "B-?", "B-LOC|", "B-LOC|?", "B-?|LOC")]
    [True, True, True, False, False, False]
    """
    members = tag.split(SEPARATOR)
    return len(members) == 1 or not any(member == "" or spread(member) == UNKNOWN for member in members)


def tag_sets(tags: Sequence[str], every: Sequence[str]) -> list[frozenset[str]]:
    """The set of tags that each token may have; `?` stands for all of `every`.

    >>> [sorted(s) for s in tag_sets(["?", "B-LOC|O"], ["O", "B-LOC"])]
    [['B-LOC', 'O'], ['B-LOC', 'O']]
    """
    return [frozenset(every) if t == UNKNOWN else frozenset(t.split(SEPARATOR)) for t in tags]


def spread(tag: str) -> str:
    """The tag of a span as a set of tags: its label may be a set, or unknown; other tags stay as they are.

    >>> spread("B-LOC|ORG"), spread("B-?"), spread("B-LOC|O"), spread("NOUN|VERB")
    ('B-LOC|B-ORG', '?', 'B-LOC|O', 'NOUN|VERB')
    """
    first, *others = tag.split(SEPARATOR)
    prefix, label = parse_tag(first)
    if not label or not _is_spelt(first):
        return tag
    if label == UNKNOWN:
        return UNKNOWN
    return SEPARATOR.join([first, *(part if _is_spelt(part) else join_tag(prefix, part) for part in others)])


@lru_cache(maxsize=_REMEMBERED)
def _is_spelt(tag: str) -> bool:
    """True for a tag of some scheme of spans."""
    return any(belongs(tag, scheme) for scheme in SCHEMES.values() if scheme is not PLAIN)


def unlabelled_unknown(tags: Sequence[str], every: Sequence[str], scheme: Scheme) -> list[str]:
    """The tags with each `O` unknown, spans staying as long as they are.

    What stands beside a span may be all of `every` but what would make it longer; where that leaves tags out, those
    that are left are written as a set. Sets and tags that are unknown already stay as they are.

    >>> from taggers.text.schemes import IOB2
    >>> unlabelled_unknown(["O", "B-X", "O", "O"], ["O", "B-X", "I-X"], IOB2)
    ['?', 'B-X', 'O|B-X', '?']
    """
    edged = [None, *tags, None]
    return [
        _beside(edged[at - 1], edged[at + 1], tuple(every), scheme.name) if usual(tag, scheme) == OUTSIDE else tag
        for at, tag in enumerate(tags, start=1)
    ]


@lru_cache(maxsize=_REMEMBERED)
def _beside(before: str | None, after: str | None, every: tuple[str, ...], scheme_name: str) -> str:
    scheme = SCHEMES[scheme_name]
    lefts, rights = ((edge or "").split(SEPARATOR) for edge in (before, after))
    left = [t for t in lefts if belongs(t, scheme)]
    right = [t for t in rights if belongs(t, scheme)]
    kept = [
        tag
        for tag in every
        if not any(_goes_on(b, tag, scheme) for b in left) and not any(_goes_on(tag, a, scheme) for a in right)
    ]
    return UNKNOWN if len(kept) == len(every) else SEPARATOR.join(kept)


def _goes_on(before: str, after: str, scheme: Scheme) -> bool:
    return legal(scheme, before, after) and _on(before, after, scheme)


def alive(sets: Sequence[frozenset[str]], scheme: Scheme) -> list[frozenset[str]]:
    """What is left of each set when only tags on some legal path through all sets are kept; all empty if there is none.

    >>> from taggers.text.schemes import IOB2
    >>> [sorted(s) for s in alive([frozenset({"O"}), frozenset({"O", "I-X", "B-X"})], IOB2)]
    [['O'], ['B-X', 'O']]
    """
    forward: list[_Options] = [_EDGE]
    for options in sets:
        forward.append(_reached(forward[-1], options, scheme.name))
    kept: list[frozenset[str]] = []
    after = _EDGE
    for reached in reversed(forward[1:]):
        after = _reaching(reached, after, scheme.name)
        kept.append(frozenset(t for t in after if t is not None))
    return kept[::-1]


@lru_cache(maxsize=_REMEMBERED)
def _reached(before: _Options, options: _Options, scheme_name: str) -> _Options:
    scheme = SCHEMES[scheme_name]
    return frozenset(t for t in options if any(legal(scheme, b, t) for b in before))


@lru_cache(maxsize=_REMEMBERED)
def _reaching(options: _Options, after: _Options, scheme_name: str) -> _Options:
    scheme = SCHEMES[scheme_name]
    return frozenset(t for t in options if any(legal(scheme, t, a) for a in after))


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
    edged: list[_Options] = [_EDGE, *kept, _EDGE]
    return [_images(*edged[at - 1 : at + 2], source.name, target.name) for at in range(1, len(edged) - 1)]


@lru_cache(maxsize=_REMEMBERED)
def _images(before: _Options, options: _Options, after: _Options, source_name: str, target_name: str) -> frozenset[str]:
    """What tags become between their neighbours in the target scheme, all of which lie on legal paths."""
    source, target = SCHEMES[source_name], SCHEMES[target_name]
    images: set[str] = set()
    for tag in options:
        assert tag is not None
        # Many neighbours, few kinds of them: one of each will do.
        lefts = {_kind(b, tag, _on(b, tag, source), source): b for b in before if legal(source, b, tag)}
        rights = {_on(tag, a, source): a for a in after if legal(source, tag, a)}
        images.update(_image(b, tag, a, source, target) for b in lefts.values() for a in rights.values())
    return frozenset(images)


def _on(before: str | None, after: str | None, scheme: Scheme) -> bool:
    """`_continues` for tags in the scheme's own letters."""
    left, right = (tag if tag is None else usual(tag, scheme) for tag in (before, after))
    return _continues(left, right, scheme)


def _kind(before: str | None, tag: str, continued: bool, scheme: Scheme) -> tuple[bool, bool, bool]:
    """All that the spelling of a tag may ask of the one before."""
    left = None if before is None else usual(before, scheme)
    inside = left is not None and left != OUTSIDE
    same = inside and parse_tag(left or "").label == parse_tag(usual(tag, scheme)).label
    return continued, left == OUTSIDE, same


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
