"""Which scheme a file's tags follow, decided over all of them and reported, never guessed from a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from taggers.text.schemes import GROBID, OUTSIDE, PLAIN, SCHEMES, Scheme, belongs, is_span_tag, legal, parse_tag


@dataclass
class TagCounts:
    """Counts of tags and of neighbouring pairs (None: the edge of a sentence), all that detection needs to know.

    >>> counts = TagCounts()
    >>> counts.add(["B-PER", "O"])
    >>> counts.tags["O"], counts.pairs[None, "B-PER"]
    (1, 1)
    """

    tags: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)

    def add(self, tags: Sequence[str]) -> None:
        """Count one sentence."""
        edged: list[str | None] = [None, *tags, None]
        self.tags.update(tags)
        self.pairs.update(pairwise(edged))


@dataclass(frozen=True)
class Detection:
    """The scheme found, how many tags break it, and those of them that are none of its own, whatever stands beside."""

    scheme: Scheme
    violations: int
    strangers: tuple[str, ...] = ()


def detect_scheme(counts: TagCounts) -> Detection:
    """The scheme that the fewest tags break, by their prefix or by where they stand; ties by the order of SCHEMES.

    Tags are spans where all are `O` or known prefixes, with labels or without; where `O` and a prefix with a label are
    among them; where `O` is, and more of the others are prefixes than not; and where most are `<x>` or `I-<x>`, some of
    each. Else they are plain.

    >>> detect([["I-PER", "I-PER", "O"], ["O", "I-LOC"]]).scheme.name
    'IOB1'
    >>> detect([["DET", "NOUN"]]).scheme.name
    'plain'
    >>> detect([["I-<day>", "<day>", "I-<year>"]]).scheme.name
    'GROBID'
    """
    seen = set(counts.tags)
    span_tags = {tag for tag in seen if is_span_tag(tag)}
    labelled = any(parse_tag(tag).label for tag in span_tags)
    prefixed, others = (sum(counts.tags[tag] for tag in some) for some in (span_tags - {OUTSIDE}, seen - span_tags))
    spans = span_tags == seen or (OUTSIDE in seen and (labelled or prefixed > others)) or _is_bracketed(counts)
    if not seen or not spans:
        return Detection(PLAIN, 0)
    # min takes the first of equals, and IOB2, the usual one, stands first
    return min((judge(counts, s) for s in SCHEMES.values() if s is not PLAIN), key=lambda found: found.violations)


def _is_bracketed(counts: TagCounts) -> bool:
    """True where most tags are those of GROBID, some that begin spans and some that go on or are outside."""
    own = {tag for tag in counts.tags if belongs(tag, GROBID)}
    begun = {tag for tag in own if is_span_tag(tag)}  # I-<x>
    return bool(begun) and begun != own and 2 * sum(counts.tags[tag] for tag in own) > counts.tags.total()


def judge(counts: TagCounts, scheme: Scheme) -> Detection:
    """How well tags fit a scheme, whichever they follow.

    >>> counts = TagCounts()
    >>> counts.add(["O", "I-PER"])
    >>> judge(counts, SCHEMES["IOB2"]).violations, judge(counts, SCHEMES["IOB1"]).violations
    (1, 0)
    """
    # Strangers are counted as tags: those in sets have no neighbours.
    strangers = {tag for tag in counts.tags if not belongs(tag, scheme)}
    misplaced = sum(n for (a, b), n in counts.pairs.items() if b not in strangers and not legal(scheme, a, b))
    return Detection(scheme, misplaced + sum(counts.tags[tag] for tag in strangers), tuple(sorted(strangers)))


def detect(sequences: Iterable[Sequence[str]]) -> Detection:
    """`detect_scheme` over the tags of sentences.

    >>> found = detect([["B-PER", "I-PER"], ["B-LOC", "O", "I-PER"]])
    >>> found.scheme.name, found.violations
    ('IOB2', 1)
    """
    counts = TagCounts()
    for tags in sequences:
        counts.add(tags)
    return detect_scheme(counts)
