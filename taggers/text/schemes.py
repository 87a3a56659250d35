"""Tag schemes as tables: how spans are spelt as one tag per token, and read back.

A tag is a prefix, a hyphen and a label (`B-PER`), or `O`. What a prefix says is two facts: whether the token starts a
span and whether it ends one; where a scheme leaves a fact open (None), the neighbours settle it. Everything here,
encoding, decoding, legality, conversion, is a loop over that table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from taggers.text import grobid
from taggers.text.types import Span

OUTSIDE = "O"


class Prefix(NamedTuple):
    """What a prefix says of its token: it starts a span, it ends one (None: the neighbours decide)."""

    starts: bool | None
    ends: bool | None


class Dialect(NamedTuple):
    """The tags of a scheme in other letters: `read` and `spell` pass between them and the usual ones.

    `read` gives None for a tag that is not the dialect's. `spell` is told whether the tag before is outside.
    `outsides` are all that it reads as outside, and `expected` says in a message what its tags look like.
    """

    read: Callable[[str], str | None]
    spell: Callable[[str, bool], str]
    outsides: tuple[str, ...]
    expected: str


@dataclass(frozen=True)
class Scheme:
    """A way of spelling spans as tags.

    `begin`, `inside`, `end` and `single` spell a token by its place in the span; `prefixes` is the reading table;
    `between` is True where `B` may stand only directly after a span of the same label (IOB1). All this is said of the
    usual letters; a scheme with a `dialect` is written in its own.

    Sources: Ramshaw and Marcus 1995 (IOB1), Tjong Kim Sang and Veenstra 1999 (IOB2, IOE),
    Ratinov and Roth 2009 (BILOU); `taggers.text.grobid` (GROBID).
    """

    name: str
    begin: str
    inside: str
    end: str
    single: str
    prefixes: dict[str, Prefix]
    between: bool = False
    dialect: Dialect | None = None

    @property
    def expected(self) -> str:
        """What a tag of the scheme looks like, for a message.

        >>> IOB2.expected, GROBID.expected
        ('O or B- I- with a label', 'I-<x> or <x> for a label x')
        """
        if self.dialect is not None:
            return self.dialect.expected
        return f"O or {' '.join(f'{prefix}-' for prefix in self.prefixes)} with a label"

    def __reduce__(self) -> tuple[Callable[[str], Scheme], tuple[str]]:
        """Copies and pickles stay the one object of their name, by which schemes are told apart."""
        return _named, (self.name,)


def _named(name: str) -> Scheme:
    return SCHEMES[name]


IOB1 = Scheme("IOB1", "I", "I", "I", "I", {"B": Prefix(True, None), "I": Prefix(None, None)}, between=True)
IOB2 = Scheme("IOB2", "B", "I", "I", "B", {"B": Prefix(True, None), "I": Prefix(False, None)})
IOE = Scheme("IOE", "I", "I", "E", "E", {"I": Prefix(None, False), "E": Prefix(None, True)})


def _four(name: str, begin: str, inside: str, end: str, single: str) -> Scheme:
    facts = (Prefix(True, False), Prefix(False, False), Prefix(False, True), Prefix(True, True))
    table = dict(zip((begin, inside, end, single), facts, strict=True))
    return Scheme(name, begin, inside, end, single, table)


IOBES = _four("IOBES", "B", "I", "E", "S")
BMES = _four("BMES", "B", "M", "E", "S")
BILOU = _four("BILOU", "B", "I", "L", "U")
_GROBID = Dialect(grobid.read_tag, grobid.spell_tag, grobid.OUTSIDES, grobid.EXPECTED)
GROBID = Scheme("GROBID", "B", "I", "I", "B", IOB2.prefixes, dialect=_GROBID)
PLAIN = Scheme("plain", "", "", "", "", {})

SCHEMES: dict[str, Scheme] = {s.name: s for s in (IOB2, IOB1, IOBES, BMES, BILOU, IOE, GROBID, PLAIN)}

# What each prefix of any scheme says to a reader that trusts nothing: the CoNLL scorer's reading.
_LENIENT: dict[str, Prefix] = {
    "B": Prefix(True, None),
    "I": Prefix(None, None),
    "M": Prefix(None, None),
    "E": Prefix(None, True),
    "L": Prefix(None, True),
    "S": Prefix(True, True),
    "U": Prefix(True, True),
}


class Tag(NamedTuple):
    """A tag in its parts; the prefix of `O` is empty."""

    prefix: str
    label: str


_NO_TAG = Tag("", "")


@lru_cache(maxsize=4096)
def parse_tag(tag: str) -> Tag:
    """A tag split at its first hyphen; a bare prefix (`B`) has the empty label.

    >>> parse_tag("B-creative-work"), parse_tag("O")
    (Tag(prefix='B', label='creative-work'), Tag(prefix='', label=''))
    """
    if tag == OUTSIDE:
        return _NO_TAG
    prefix, _, label = tag.partition("-")
    return Tag(prefix, label)


@lru_cache(maxsize=4096)
def join_tag(prefix: str, label: str) -> str:
    """The inverse of `parse_tag`.

    >>> join_tag("B", "PER"), join_tag("B", "")
    ('B-PER', 'B')
    """
    return f"{prefix}-{label}" if label else prefix


def facts_of(tag: str) -> Prefix | None:
    """What the prefix of a tag in the usual letters says to the CoNLL scorer; None outside.

    >>> facts_of("E-PER"), facts_of("O")
    (Prefix(starts=None, ends=True), None)
    """
    return _LENIENT.get(parse_tag(tag).prefix)


def is_span_tag(tag: str) -> bool:
    """True for `O`, a known prefix with a label, and a bare known prefix, in the usual letters.

    >>> is_span_tag("B-PER"), is_span_tag("NOUN")
    (True, False)
    """
    return tag == OUTSIDE or (parse_tag(tag).prefix in _LENIENT and not tag.endswith("-"))


def usual(tag: str, scheme: Scheme) -> str:
    """The tag in the usual letters; one that is not the dialect's stays as it is.

    >>> usual("I-<day>", GROBID), usual("B-day", IOB2)
    ('B-day', 'B-day')
    """
    return tag if scheme.dialect is None else scheme.dialect.read(tag) or tag


def spell(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Tags of the usual letters as the scheme writes them; ValueError for a label that its dialect has no room for.

    >>> spell(["O", "O", "B-day"], GROBID)
    ['I-<other>', '<other>', 'I-<day>']
    """
    if scheme.dialect is None:
        return list(tags)
    before = [None, *tags]
    return [scheme.dialect.spell(tag, left == OUTSIDE) for left, tag in zip(before, tags, strict=False)]


def belongs(tag: str, scheme: Scheme) -> bool:
    """True for a tag that the scheme knows: any where tags are plain, else `O` and its own prefixes.

    >>> belongs("B-PER", IOB2), belongs("S-PER", IOB2), belongs("<day>", GROBID), belongs("O", GROBID)
    (True, False, True, False)
    """
    if scheme.dialect is not None:
        return scheme.dialect.read(tag) is not None
    return scheme is PLAIN or tag == OUTSIDE or (is_span_tag(tag) and parse_tag(tag).prefix in scheme.prefixes)


def legal(scheme: Scheme, before: str | None, after: str | None) -> bool:
    """True where tag `after` may directly follow tag `before`; None stands for the edge of the sentence.

    >>> legal(IOB2, "O", "I-PER"), legal(IOB2, "B-PER", "I-PER"), legal(IOBES, "B-PER", None)
    (False, True, False)
    """
    if scheme is PLAIN:
        return True
    if scheme.dialect is not None:
        if after is not None and not belongs(after, scheme):
            return False
        before = None if before is None else usual(before, scheme)
        after = None if after is None else usual(after, scheme)
    left_tag, left_facts = _read(scheme, before)
    right_tag, right_facts = _read(scheme, after)
    if right_tag.prefix and right_tag.prefix not in scheme.prefixes:  # a tag that is none of the scheme's own
        return False
    inside_left, inside_right = bool(left_tag.prefix), bool(right_tag.prefix)
    same = inside_left and inside_right and left_tag.label == right_tag.label
    if scheme.between and right_tag.prefix == "B" and not same:
        return False
    if same and left_facts.ends is not True and right_facts.starts is not True:
        return True  # the span goes on
    return (not inside_left or left_facts.ends is not False) and (not inside_right or right_facts.starts is not False)


_OUTSIDE_FACTS = Prefix(None, None)


def _read(scheme: Scheme, tag: str | None) -> tuple[Tag, Prefix]:
    """The tag in its parts and what its prefix says: in the scheme, or to the CoNLL scorer where it is a stranger."""
    if tag is None or tag == OUTSIDE:
        return _NO_TAG, _OUTSIDE_FACTS
    parsed = parse_tag(tag)
    return parsed, scheme.prefixes.get(parsed.prefix) or _LENIENT.get(parsed.prefix, _OUTSIDE_FACTS)


def decode(tags: Sequence[str], scheme: Scheme | None = None) -> list[Span]:
    """Spans as the CoNLL scorer reads them: a tag that cannot continue a span begins one.

    The reading is the same for all schemes but those with a dialect, which have to be named.

    Source: conlleval (Tjong Kim Sang 2000), its tables extended to S, U, L and M.

    >>> decode(["I-PER", "I-PER", "B-PER", "O", "I-LOC"])
    [Span(start=0, end=2, label='PER'), Span(start=2, end=3, label='PER'), Span(start=4, end=5, label='LOC')]
    >>> decode(["I-<day>", "<day>", "I-<other>", "I-<year>"], GROBID)
    [Span(start=0, end=2, label='day'), Span(start=3, end=4, label='year')]
    """
    if scheme is not None and scheme.dialect is not None:
        tags = [usual(tag, scheme) for tag in tags]
    if tags.count(OUTSIDE) == len(tags):  # many sentences of most corpora
        return []
    spans: list[Span] = []
    start, label, closed = -1, "", True  # start: of the open span, -1 where none is open
    for position, tag in enumerate(tags):
        if tag == OUTSIDE and start < 0:  # most tokens of most corpora: nothing to look up
            continue
        prefix, this = parse_tag(tag)
        facts = _LENIENT.get(prefix)
        if start >= 0 and (facts is None or closed or facts.starts or this != label):
            spans.append(Span(start, position, label))
            start = -1
        if facts is None:
            continue
        if start < 0:
            start, label = position, this
        closed = bool(facts.ends)
    if start >= 0:
        spans.append(Span(start, len(tags), label))
    return spans


def encode(spans: Iterable[Span], length: int, scheme: Scheme) -> list[str]:
    """Spans (none overlapping) as `length` tags of a scheme; ValueError where they overlap, or cannot be written.

    >>> encode([Span(0, 2, "PER"), Span(3, 4, "LOC")], 4, IOBES)
    ['B-PER', 'E-PER', 'O', 'S-LOC']
    """
    tags = [OUTSIDE] * length
    before: Span | None = None
    for span in sorted(spans):
        start, end, label = span
        if not (before.end if before else 0) <= start < end <= length:
            raise ValueError(f"{span} overlaps {before} or leaves the {length} tokens")
        touches = before is not None and before.end == start and before.label == label
        begin = "B" if scheme.between and touches else scheme.begin
        single = "B" if scheme.between and touches else scheme.single
        if span.length == 1:
            tags[start] = join_tag(single, label)
        else:
            tags[start] = join_tag(begin, label)
            for position in range(start + 1, end - 1):
                tags[position] = join_tag(scheme.inside, label)
            tags[end - 1] = join_tag(scheme.end, label)
        before = span
    return tags if scheme.dialect is None else spell(tags, scheme)


def decode_strict(tags: Sequence[str], scheme: Scheme) -> list[Span]:
    """Only the spans that the scheme spells exactly so; malformed ones are no spans at all.

    >>> decode_strict(["I-PER", "O", "B-PER", "I-LOC"], IOB2)
    [Span(start=2, end=3, label='PER')]
    """
    return well_spelt(decode(tags, scheme), tags, scheme)


def well_spelt(spans: Sequence[Span], tags: Sequence[str], scheme: Scheme) -> list[Span]:
    """Those of the spans read from the tags that the scheme spells exactly so.

    >>> well_spelt([Span(0, 1, "PER"), Span(2, 3, "PER")], ["I-PER", "O", "B-PER"], IOB2)
    [Span(start=2, end=3, label='PER')]
    """
    spelt = encode(spans, len(tags), scheme)
    if spelt == list(tags):  # most sentences
        return list(spans)
    return [s for s in spans if list(tags[s.start : s.end]) == spelt[s.start : s.end]]


def violations(tags: Sequence[str], scheme: Scheme) -> list[int]:
    """Positions of the tags that may not stand where they stand (the number of tags: an unfinished last span).

    >>> violations(["O", "I-PER", "B-LOC"], IOB2)
    [1]
    """
    edged: list[str | None] = [None, *tags, None]
    return [i for i in range(len(tags) + 1) if not legal(scheme, edged[i], edged[i + 1])]


def repair(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """The tags of the scheme that spell what the CoNLL scorer reads; legal tags stay as they are.

    >>> repair(["O", "I-PER", "I-PER", "I-LOC"], IOB2)
    ['O', 'B-PER', 'I-PER', 'B-LOC']
    """
    if scheme is PLAIN or (scheme.dialect is not None and not violations(tags, scheme)):
        return list(tags)  # a dialect may have several spellings of one thing
    return encode(decode(tags, scheme), len(tags), scheme)


def convert(tags: Sequence[str], target: Scheme, source: Scheme | None = None) -> list[str]:
    """Tags of any scheme (legal, or repaired in passing) as tags of the target scheme: same spans.

    A `source` with a dialect has to be named. Raises ValueError for a label that the target's dialect has no room for.

    >>> convert(["I-PER", "I-PER", "B-PER"], IOBES)
    ['B-PER', 'E-PER', 'S-PER']
    >>> convert(["I-<day>", "I-<other>"], IOBES, GROBID)
    ['S-day', 'O']
    """
    if target is PLAIN or target is source:
        return repair(tags, target)
    return encode(decode(tags, source), len(tags), target)


def labels_of(tags: Iterable[str], scheme: Scheme) -> set[str]:
    """The labels that tags of a scheme carry; plain tags are labels themselves.

    >>> sorted(labels_of(["B-PER", "O", "I-LOC"], IOB2))
    ['LOC', 'PER']
    """
    if scheme is PLAIN:
        return set(tags)
    return {parse_tag(tag).label for tag in (usual(tag, scheme) for tag in tags) if tag != OUTSIDE}


def scheme_tags(labels: Iterable[str], scheme: Scheme) -> list[str]:
    """All tags of a scheme over some labels, `O` first, in sorted order of labels.

    >>> scheme_tags(["PER"], IOBES)
    ['O', 'B-PER', 'I-PER', 'E-PER', 'S-PER']
    """
    if scheme is PLAIN:
        return sorted(labels)
    tags = [join_tag(p, label) for label in sorted(set(labels)) for p in scheme.prefixes]
    return [OUTSIDE, *tags] if scheme.dialect is None else [*scheme.dialect.outsides, *spell(tags, scheme)]
