"""Transduction: one sequence of symbols for another, of whatever length, such as a lemma for a word in its context."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from taggers.chain.search import END, Search
from taggers.errors import FormatError, TaggerError
from taggers.text import Prediction, Sentence
from taggers.text.types import LABEL

if TYPE_CHECKING:
    from taggers.metrics.strings import StringScores

Key = tuple[str, ...]  # all that an example is answered by; equal ones have one answer

UNKNOWN = 1  # the id of a symbol that is not known; END is that of the end of an answer
_FIRST = 2  # the id of the first symbol
_BEFORE, _AFTER = "<before>", "<after>"  # what stands there begins
_MOST_KNOWN = 200_000  # whole sources that a model remembers to have learnt from
_DIGEST, _IN_A_ROW = 8, 1000  # characters of a source's digest, and how many stand together
_BETWEEN = "\0"  # symbols of a training example's target; no file holds it
MISSING = "_"  # no value, as CoNLL-U spells it


@dataclass(frozen=True)
class Transduction:
    """The task of the values of a `layer`, one for each token, or (LABEL) of a label for each sentence.

    A token's source are its characters, the values of the columns `beside`, part by part where `|` joins them, and
    `around` characters of the sentence on either side; its target are the characters of the layer's value. A sentence's
    source are its tokens, its target the symbols of its label, which blanks separate. `symbols` are those of targets
    that are known, `without` are characters that no target has, whatever was annotated; `known` are the tokens of
    training, or of whole sources digests, many in a row, where there are at most 200,000 (1.6 MB). Of answers the best
    is searched with `beam` beginnings kept (1: greedy), their log probability divided by their length to the
    `length_power`.

    >>> task = Transduction("lemma", ("e", "s"), ("upos",))
    >>> [key] = task.keys([Sentence(("saw",), {"upos": ("VERB",)})])
    >>> task.source(key).tokens
    ('s', 'a', 'w', 'upos=VERB')
    >>> task.read(key, [3, 2, 2, 0])
    'see'
    """

    kind: ClassVar[str] = "transduction"
    noun: ClassVar[str] = "writer"  # what such a model is called
    graphs: ClassVar[tuple[str, ...]] = ("forms", "emissions", "step")
    constraints: ClassVar[None] = None
    outside: ClassVar[None] = None
    has_confidences: ClassVar[bool] = False
    has_spans: ClassVar[bool] = False
    json_shape: ClassVar[Any] = {
        "layer": str,
        "symbols": [str],
        "beside": [str],
        "around": int,
        "without": str,
        "beam": int,
        "length_power": float,
        "known": [str],
    }  # as `checkpoint` reads them, of the task and of its scores
    scores_shape: ClassVar[Any] = {
        "accuracy": float, "unknown_accuracy": (None, float), "error_rate": float, "distance": float,
    }  # fmt: skip
    layer: str
    symbols: tuple[str, ...]
    beside: tuple[str, ...] = ()
    around: int = 0
    without: str = ""
    beam: int = 1
    length_power: float = 0.0
    known: tuple[str, ...] = ()

    @classmethod
    def build(
        cls,
        sentences: Iterable[Sentence],
        layer: str,
        beside: Sequence[str] = (),
        around: int = 0,
        without: str = "",
        beam: int = 1,
        length_power: float = 0.0,
        minimum: int = 2,
    ) -> Transduction:
        """The task with the symbols that at least `minimum` targets of training hold, most frequent first.

        Rarer ones are learnt as unknown. Raises TaggerError where training holds no target.
        """
        task = cls(layer, (), tuple(beside), around, without)
        sentences = list(sentences)
        targets = {pair: number for pair, number in task.pairs(sentences).items() if pair[1]}
        if not targets:
            where = "no label" if layer == LABEL else f"no value in the layer {layer!r}"
            raise TaggerError(f"the training data has {where}; name a format, or a column, that holds what is learnt")
        holding = Counter(symbol for _, target in targets for symbol in set(target))
        kept = sorted((s for s, n in holding.items() if n >= minimum), key=lambda s: (-holding[s], s))
        forms = _digests(sentences) if layer == LABEL else sorted({token for s in sentences for token in s.tokens})
        return replace(
            task, symbols=tuple(kept or sorted(holding)), beam=beam, length_power=length_power, known=tuple(forms)
        )

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        return {
            "kind": self.kind,
            "layer": self.layer,
            "symbols": self.symbols,
            "beside": self.beside,
            "around": self.around,
            "without": self.without,
            "beam": self.beam,
            "length_power": self.length_power,
            "known": self.known,
        }

    @classmethod
    def from_json(cls, values: Any) -> Transduction:
        """The task that a model folder keeps.

        >>> task = Transduction("lemma", ("e", "s"), ("upos",), around=5, known=("saw",))
        >>> Transduction.from_json(task.to_json()) == task
        True
        """
        return cls(
            layer=values["layer"],
            symbols=tuple(values["symbols"]),
            beside=tuple(values["beside"]),
            around=values["around"],
            without=values["without"],
            beam=values["beam"],
            length_power=values["length_power"],
            known=tuple(values["known"]),
        )

    @property
    def search(self) -> Search:
        """How answers are looked for."""
        return Search(self.beam, self.length_power)

    @property
    def facts(self) -> dict[str, object]:
        """What people are told of the task."""
        return {
            "layer": self.layer,
            "symbols": list(self.symbols),
            "read beside": list(self.beside),
            "characters around": self.around,
        }

    @property
    def about(self) -> str:
        """What the task is, in a line."""
        beside = f" beside {', '.join(f'`{column}`' for column in self.beside)}" if self.beside else ""
        around = f" and {self.around} characters on either side" if self.around else ""
        read = "tokens" if self.layer == LABEL else "characters"
        return f"It reads {read}{beside}{around}, and writes {len(self.symbols)} symbols."

    def unseen(self, sentences: Iterable[Sentence]) -> list[str]:
        """The symbols of targets that are not known, and that no source lends them: whoever holds one is missed."""
        sentences = list(sentences)
        return sorted(
            {
                symbol
                for key, target in zip(self.keys(sentences), self._targets(sentences), strict=True)
                for symbol in target
                if symbol not in self._ids and symbol not in self._lent(key)
            }
        )

    def _lent(self, key: Key) -> Sequence[str]:
        """The symbols of a source that may stand where an unknown one is answered."""
        return key if self.layer == LABEL else key[0]

    @property
    def size(self) -> int:
        """How many ids there are: those of the symbols, of the end and of the unknown."""
        return _FIRST + len(self.symbols)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {symbol: i for i, symbol in enumerate(self.symbols, start=_FIRST)}

    @cached_property
    def _known(self) -> frozenset[str]:
        """Tokens, or digests of sources."""
        if self.layer != LABEL:
            return frozenset(self.known)
        return frozenset(row[at : at + _DIGEST] for row in self.known for at in range(0, len(row), _DIGEST))

    def keys(self, sentences: Iterable[Sentence]) -> Iterator[Key]:
        """The examples of some sentences: one for each token, or for each sentence, in order.

        Raises FormatError where a sentence lacks a column that is read.
        """
        for sentence in sentences:
            if self.layer == LABEL:
                yield sentence.tokens
            else:
                columns = [_column(sentence, name) for name in self.beside]
                context = _context(sentence.tokens, self.around) if self.around else ()
                yield from zip(sentence.tokens, *columns, *context, strict=True)

    def source(self, key: Key) -> Sentence:
        """What the encoder reads of an example: its symbols as tokens."""
        if self.layer == LABEL:
            return Sentence(key)
        form, *beside = key
        parts = [
            f"{name}={part}" for name, value in zip(self.beside, beside, strict=False) for part in value.split("|")
        ]
        if not self.around:
            return Sentence((*form, *parts))
        before, after = key[-2:]
        return Sentence((*form, *parts, _BEFORE, *before, _AFTER, *after))

    def pairs(self, sentences: Iterable[Sentence]) -> Counter[tuple[Key, Key]]:
        """How often each example occurs with each target; those whose value is missing are left out."""
        sentences = list(sentences)
        return Counter(
            (key, target) for key, target in zip(self.keys(sentences), self._targets(sentences), strict=True) if target
        )

    def longer(
        self, sentences: Iterable[Sentence], limits: Callable[[NDArray[np.int64]], NDArray[np.integer]]
    ) -> tuple[int, int]:
        """How many targets of some sentences, of how many, hold more symbols than the answer to their source may.

        `limits` gives how many that are for sources of some lengths (N,).

        >>> sentence = Sentence(("saw", "be"), {"lemma": ("see", "be")})
        >>> Transduction("lemma", ("e", "s")).longer([sentence], lambda lengths: lengths - 1)
        (2, 2)
        """
        pairs = self.pairs(sentences)
        read = np.fromiter((len(self.source(key)) for key, _ in pairs), np.int64, len(pairs))
        written = np.fromiter((len(target) for _, target in pairs), np.int64, len(pairs))
        numbers = np.fromiter(pairs.values(), np.int64, len(pairs))
        return int(numbers[written > limits(read)].sum()), int(numbers.sum())

    def _targets(self, sentences: Iterable[Sentence]) -> Iterator[Key]:
        """The symbols of each example's target, none where the value is missing."""
        for sentence in sentences:
            if self.layer == LABEL:
                yield tuple(self._bare(sentence.label or "").split())
            else:
                for form, value in zip(sentence.tokens, _column(sentence, self.layer), strict=True):
                    yield () if value == MISSING != form else tuple(self._bare(value))

    def _bare(self, value: str) -> str:
        """A target without what is left out of it."""
        return value.translate(dict.fromkeys(map(ord, self.without))) if self.without else value

    def training_examples(self, sentences: Iterable[Sentence]) -> list[Sentence]:
        """What training reads: distinct sources, each labelled with the target that it has most often (see `targets`).

        One that occurs n times is read as often as n has binary digits: what all words teach is what unseen ones are
        answered by, and yet the frequent ones, which are irregular, are learnt by heart. Of several targets that are
        as frequent each is an example of its own.
        """
        most: dict[Key, int] = {}
        pairs = self.pairs(sentences)
        for (key, _), number in pairs.items():
            most[key] = max(number, most.get(key, 0))
        return [
            example
            for (key, target), number in pairs.items()
            if number == most[key]
            for example in repeat(replace(self.source(key), label=_BETWEEN.join(target)), number.bit_length())
        ]

    def targets(self, examples: Iterable[Sentence]) -> list[list[int]]:
        """The ids of what is to be answered."""
        get = self._ids.get
        return [[get(symbol, UNKNOWN) for symbol in (example.label or "").split(_BETWEEN)] for example in examples]

    def read(self, key: Key, ids: Iterable[int]) -> str:
        """An answer from its ids, up to the end: as a value of the layer, or symbols that blanks separate.

        Unknown symbols stand for those of the source that no target has, in their order.
        """
        unknown = (symbol for symbol in self._lent(key) if symbol not in self._ids)
        symbols: list[str] = []
        for i in ids:
            if i == END:
                break
            symbols.append(self.symbols[i - _FIRST] if i >= _FIRST else next(unknown, ""))
        between = " " if self.layer == LABEL else ""
        return between.join(filter(None, symbols)) or MISSING

    def predictions(self, sentences: Sequence[Sentence], answers: NDArray[np.object_]) -> Iterator[Prediction]:
        """The answers for some sentences from those (N,) of their examples."""
        rest: Iterator[str] = iter(answers.tolist())
        for sentence in sentences:
            if self.layer != LABEL:
                yield Prediction(sentence, self.layer, tuple(islice(rest, len(sentence))))
            elif sentence.tokens:
                yield Prediction(sentence, LABEL, label=next(rest))
            else:
                next(rest)
                yield Prediction(sentence, LABEL)

    def score(
        self, sentences: Sequence[Sentence], predictions: Sequence[Prediction], known: Sequence[Sequence[bool]]
    ) -> StringScores:
        """Scores of the predictions: of all tokens with a value, or of all sources, which may have several labels."""
        from taggers.metrics.documents import documents_of
        from taggers.metrics.strings import score_strings

        del known  # which is about symbols
        keys, targets = list(self.keys(sentences)), self._targets(sentences)
        if self.layer == LABEL:
            gold: dict[Key, list[Key]] = {}
            for key, target in zip(keys, targets, strict=True):
                if target:
                    gold.setdefault(key, []).append(target)
            answers = {s.tokens: tuple((p.label or "").split()) for s, p in zip(sentences, predictions, strict=True)}
            seen = [_digest(key) in self._known for key in gold] if self.known else None
            return score_strings(gold.values(), [answers[key] for key in gold], seen)
        written = ((number, answer) for number, prediction in enumerate(predictions) for answer in prediction.tags)
        rows = [
            (target, tuple(answer), key[0] in self._known, number)
            for key, target, (number, answer) in zip(keys, targets, written, strict=True)
            if target
        ]
        return score_strings(
            [[gold] for gold, *_ in rows],
            [own for _, own, *_ in rows],
            [known for _, _, known, _ in rows],
            [number for *_, number in rows],
            documents_of(sentences),
        )


def _digest(source: Key) -> str:
    """A few characters that tell one source from others; of 200,000, one in 20,000 new ones would pass for known."""
    joined = _BETWEEN.join(source).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=_DIGEST // 2).hexdigest()


def _digests(sentences: Sequence[Sentence]) -> list[str]:
    """Those of all sources, many in a row; none where there are too many to keep."""
    sources = {sentence.tokens for sentence in sentences}
    if len(sources) > _MOST_KNOWN:
        return []
    every = sorted(map(_digest, sources))
    return ["".join(every[at : at + _IN_A_ROW]) for at in range(0, len(every), _IN_A_ROW)]


def _column(sentence: Sentence, name: str) -> Sequence[str]:
    """The values of a column; FormatError where there is none."""
    values: Mapping[str, tuple[str, ...]] = sentence.layers
    if name not in values:
        there = f"there are {', '.join(values)}" if values else "there are tokens only"
        raise FormatError(*sentence.source, f"no column {name!r}; {there}")
    return values[name]


def _context(tokens: Sequence[str], around: int) -> tuple[list[str], list[str]]:
    """The characters before each token and those after it, at most `around` of either."""
    text, before, after = " ".join(tokens), [], []
    start = 0
    for token in tokens:
        end = start + len(token)
        before.append(text[max(0, start - around) : start])
        after.append(text[end : end + around])
        start = end + 1
    return before, after
