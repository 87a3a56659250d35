"""What a model reads of a token: numbers for the values of one column, each distinct value looked at once.

Number 0 is padding and 1 the unknown value in every feature.
"""

from __future__ import annotations

import reprlib
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar, Literal, assert_never

import numpy as np
from numpy.typing import NDArray

from taggers.data.sentences import TOKEN
from taggers.data.vocabulary import UNK, Vocabulary
from taggers.errors import ConfigError

Ints = NDArray[np.int32]

CASINGS = ("pad", "lower", "upper", "title", "mixed", "number", "digits", "caseless", "symbol")
_LOWER, _TITLE = CASINGS.index("lower"), CASINGS.index("title")
_OTHER = CASINGS.index("mixed"), CASINGS.index("upper")
_FIRST = 2  # numbers before it are padding and the unknown value
_LOOKED_AT = 24, 8  # characters of a monstrous token, from its start and its end, that its casing and shape follow from


@dataclass(frozen=True)
class Values:
    """The values of a column that training saw, each with a number of its own; `lowercase` folds their case.

    >>> Values.build("pos", {"NOUN": 2, "X": 1}, minimum=2).index(["NOUN", "X"]).tolist()
    [2, 1]
    """

    column: str
    vocabulary: Vocabulary
    lowercase: bool = False
    learns_unknown: ClassVar[bool] = True  # rare values pass as unknown in training, so that the unknown is trained

    @classmethod
    def build(cls, column: str, counts: Mapping[str, int], minimum: int = 1, lowercase: bool = False) -> Values:
        """The values that occur `minimum` times or more, most frequent first, ties in alphabetical order."""
        folded: Counter[str] = Counter()
        for value, count in counts.items():
            folded[value.lower() if lowercase else value] += count
        kept = sorted((v for v, n in folded.items() if n >= minimum), key=lambda v: (-folded[v], v))
        return cls(column, Vocabulary(kept), lowercase)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(self.vocabulary)

    def index(self, values: Sequence[str]) -> Ints:
        """Their numbers (V,)."""
        folded = (v.lower() for v in values) if self.lowercase else values
        return np.array(self.vocabulary.index_all(folded), dtype=np.int32)

    def knows(self, value: str) -> bool:
        """True for a value that training saw often enough."""
        return (value.lower() if self.lowercase else value) in self.vocabulary


@dataclass(frozen=True)
class Casings:
    """The casing class of a token.

    >>> [CASINGS[i] for i in Casings().index(["sea", "NATO", "Ada"])]
    ['lower', 'upper', 'title']
    """

    column: str = TOKEN
    learns_unknown: ClassVar[bool] = False

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(CASINGS)

    def index(self, values: Sequence[str]) -> Ints:
        """Their numbers (V,)."""
        return np.array([casing(cut(v, *_LOOKED_AT)) for v in values], dtype=np.int32)


@dataclass(frozen=True)
class Buckets:
    """A column of numbers in buckets, each from one of the `bounds` on; what is no finite number is unknown.

    >>> buckets = Buckets.build("place", {"1": 2, "2": 1, "8": 1}, number=2)
    >>> buckets.index(["0", "1.5", "9", "-"]).tolist()
    [2, 2, 3, 1]
    """

    column: str
    bounds: tuple[float, ...]
    learns_unknown: ClassVar[bool] = False

    @classmethod
    def build(cls, column: str, counts: Mapping[str, int], number: int) -> Buckets:
        """Bounds that cut the tokens of training into at most `number` like parts, or between all of so few values.

        A value belongs to the part where the middle of its tokens falls, so that a frequent one leaves others theirs.
        """
        seen: Counter[float] = Counter()
        for value, count in counts.items():
            if (x := _number(value)) is not None:
                seen[x] += count
        if not seen:
            found = reprlib.repr(next(iter(counts), ""))
            problem = f"model.features: column {column!r} is read as numbers, and training holds none ({found}, say)"
            raise ConfigError(f'{problem}; leave out kind = "number"')
        values = sorted(seen)
        each = np.array([seen[x] for x in values], dtype=np.int64)
        parts = np.arange(len(each))
        if len(each) > number:
            parts = (2 * np.cumsum(each) - each) * number // (2 * each.sum())
        return cls(column, tuple(values[i + 1] for i in np.flatnonzero(np.diff(parts)).tolist()))

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return _FIRST + len(self.bounds) + 1

    def index(self, values: Sequence[str]) -> Ints:
        """Their numbers (V,)."""
        numbers = np.full(len(values), UNK, dtype=np.int32)
        for i, value in enumerate(values):
            if (x := _number(value)) is not None:
                numbers[i] = _FIRST + np.searchsorted(self.bounds, x, side="right")
        return numbers


@dataclass(frozen=True)
class Hashed:
    """The first or last `length` characters of a value, or its shape, hashed into `buckets`: none is unknown.

    The hash is CRC-32 of UTF-8, the same on every machine. Source: the hashing trick, Weinberger and others 2009.

    >>> suffix = Hashed("token", "suffix", length=3, buckets=1000)
    >>> running, wing, ran = suffix.index(["running", "wing", "ran"]).tolist()
    >>> running == wing, running == ran
    (True, False)
    """

    column: str
    what: Literal["prefix", "suffix", "shape"]
    length: int
    buckets: int
    learns_unknown: ClassVar[bool] = False

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return _FIRST + self.buckets

    def index(self, values: Sequence[str]) -> Ints:
        """Their numbers (V,)."""
        hashes = [zlib.crc32(self._part(v).encode("utf-8", "surrogatepass")) for v in values]
        return (_FIRST + np.array(hashes, dtype=np.int64) % self.buckets).astype(np.int32)

    def _part(self, value: str) -> str:
        match self.what:
            case "prefix":
                return value[: self.length]
            case "suffix":
                return value[-self.length :]
            case "shape":
                return shape(cut(value, *_LOOKED_AT), self.length)
            case never:
                assert_never(never)


Feature = Values | Casings | Buckets | Hashed


def casing(form: str) -> int:
    """The casing class of a word, an index into CASINGS.

    >>> [CASINGS[casing(w)] for w in ("sea", "NATO", "Ada", "iPhone", "1,200", "B2B", "東京", "--", "A")]
    ['lower', 'upper', 'title', 'mixed', 'number', 'digits', 'caseless', 'symbol', 'title']
    """
    if form.isascii() and form.isalpha():  # most words: nothing to look for in them
        if form.islower():
            return _LOWER
        return _TITLE if form[0].isupper() and (len(form) == 1 or form[1:].islower()) else _OTHER[form.isupper()]
    if form.islower():
        name = "digits" if any(c.isdigit() for c in form) else "lower"
    elif not any(c.isalpha() for c in form):
        name = "number" if any(c.isdigit() for c in form) else "symbol"
    elif any(c.isdigit() for c in form):
        name = "digits"
    elif form.lower() == form.upper():
        name = "caseless"
    elif form[0].isupper() and not any(c.isupper() for c in form[1:]):
        name = "title"
    else:
        name = "upper" if form.isupper() else "mixed"
    return CASINGS.index(name)


def cut(form: str, first: int, last: int) -> str:
    """The characters of a word that are read: all, or its `first` and its `last` where there are more.

    >>> cut("sea", 2, 2), cut("seagull", 2, 2)
    ('sea', 'sell')
    """
    return form if len(form) <= first + last else form[:first] + form[len(form) - last :]


def shape(form: str, most: int) -> str:
    """Letters as X, x or (where they have no case) c, digits as d, all else as it is; runs of `most` at the longest.

    >>> shape("McDonald's", 4), shape("2005", 2), shape("東京", 4)
    ("XxXxxxx'x", 'dd', 'cc')
    """
    return "".join(sign for sign, run in groupby(map(_sign, form)) for _, sign in zip(range(most), run, strict=False))


def _sign(character: str) -> str:
    if character.isupper():
        return "X"
    if character.islower():
        return "x"
    if character.isdigit():
        return "d"
    return "c" if character.isalpha() else character


def _number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def feature_to_json(feature: Feature) -> dict[str, Any]:
    """A feature as a JSON object, the inverse of `feature_from_json`."""
    match feature:
        case Values(column, vocabulary, lowercase):
            return {"kind": "values", "column": column, "lowercase": lowercase, "symbols": [*vocabulary.symbols]}
        case Casings(column):
            return {"kind": "casings", "column": column}
        case Buckets(column, bounds):
            return {"kind": "buckets", "column": column, "bounds": [*bounds]}
        case Hashed(column, what, length, buckets):
            return {"kind": what, "column": column, "length": length, "buckets": buckets}
        case never:
            assert_never(never)


def feature_from_json(value: Mapping[str, Any]) -> Feature:
    """The feature of a JSON object; KeyError, TypeError or ValueError where it is none.

    >>> feature_from_json(feature_to_json(Hashed("token", "shape", 4, 100)))
    Hashed(column='token', what='shape', length=4, buckets=100)
    """
    column = _checked(value["column"], str)
    match value["kind"]:
        case "values":
            symbols = _checked(value["symbols"], list)
            if strange := set(map(type, symbols)) - {str}:
                raise TypeError(f"expected str, found {strange.pop().__name__}")
            return Values(column, Vocabulary(symbols), _checked(value["lowercase"], bool))
        case "casings":
            return Casings(column)
        case "buckets":
            return Buckets(column, tuple(_checked(b, float) for b in _checked(value["bounds"], list)))
        case "prefix" | "suffix" | "shape" as what:
            return Hashed(column, what, _positive(value["length"]), _positive(value["buckets"]))
        case kind:
            raise ValueError(f"unknown kind of feature: {kind!r}")


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {value!r}")
    return value


def _positive(value: Any) -> int:
    if not (type(value) is int and value > 0):
        raise TypeError(f"expected a whole number above 0, found {value!r}")
    return value
