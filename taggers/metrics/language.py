"""How well a language model predicts a text: perplexity of a symbol, bits of a character."""

from __future__ import annotations

import math
import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taggers.metrics.counts import Counts, Name, count_each
from taggers.metrics.intervals import Figure, Interval, Ratio, intervals, nested, share
from taggers.metrics.table import heading

# What names one of the code points of Unicode; a symbol that training has not seen is spelt out in them.
_SPELLING = math.log2(0x110000)
_MOST = math.log(sys.float_info.max)  # nats
_COUNTED = ("nats", "symbols", "characters", "unknown", "unknown_characters")


@dataclass(frozen=True, slots=True)
class LanguageScores:
    """The surprise at a text, in `nats`, over all its `symbols`, and the `characters` that these stand for.

    An end of sentence is a symbol and a character, as is the blank between two words. Of the symbols `unknown` were not
    known to the model, of `unknown_characters` in all: its surprise at them is that at the unknown symbol. `counts` say
    what each sentence adds, where that is known.

    >>> scores = LanguageScores(nats=20 * math.log(8), symbols=20, characters=60)
    >>> round(scores.perplexity, 6), round(scores.bits_per_character, 6)
    (8.0, 1.0)
    """

    nats: float
    symbols: int
    characters: int
    unknown: int = 0
    unknown_characters: int = 0
    counts: Counts | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, counts: Counts) -> LanguageScores:
        """The scores of what `count_surprise` counted."""
        nats = float(counts.column(("nats",)).sum())
        return cls(nats, *(counts.total((name,)) for name in _COUNTED[1:]), counts=counts)

    def figures(self) -> dict[Name, Figure]:
        """How what scores are made of follows from the counts: bits of a character, and nats of a symbol."""
        nats, characters = ("nats",), ("characters",)
        bits = ((nats, 1 / math.log(2.0)), (("unknown_characters",), _SPELLING))
        return {
            ("bits_per_character",): (Ratio(bits, ((characters, 1.0),)),),
            ("nats_per_symbol",): share(nats, ("symbols",)),
        }

    def intervals(self) -> dict[Name, Interval]:
        """The intervals of perplexity and bits per character, sentences being drawn; none without counts.

        What a sentence adds depends on the text before it as well: an interval takes that as it stood.
        """
        if self.counts is None:
            return {}
        found = intervals(self.counts, self.figures())
        nats = found.pop(("nats_per_symbol",))
        return {("perplexity",): Interval(*map(_perplexity, nats)), **found}

    @property
    def perplexity(self) -> float:
        """To how many symbols of like chances the model's doubt comes down, by geometric mean; inf beyond a float."""
        return _perplexity(self.nats / self.symbols)

    @property
    def bits_per_character(self) -> float:
        """What the text would take, coded by the model, unknown symbols spelt out in code points of 20.09 bits each.

        So that models of characters and of words compare with each other and with compressors.
        """
        return (self.nats / math.log(2.0) + _SPELLING * self.unknown_characters) / self.characters

    @property
    def headline(self) -> float:
        """The score that models are chosen by, from 0 to 1: the geometric mean of the probabilities of the symbols."""
        return math.exp(-self.nats / self.symbols)

    @property
    def headline_name(self) -> str:
        """What the headline is."""
        return "mean probability of a symbol"

    def to_json(self) -> dict[str, Any]:
        """The scores as plain values and their intervals; None for what JSON has no number for, beyond a float."""
        values = {
            "perplexity": self.perplexity if math.isfinite(self.perplexity) else None,
            "bits_per_character": self.bits_per_character,
            "mean_probability": self.headline,
            "nats": self.nats,
            "symbols": self.symbols,
            "characters": self.characters,
            "unknown": self.unknown,
            "unknown_characters": self.unknown_characters,
        }
        return values if self.counts is None else values | {"intervals": nested(self.intervals(), self.counts)}

    def to_table(self) -> str:
        """The scores as lines of text.

        >>> print(LanguageScores(nats=20 * math.log(8), symbols=20, characters=60, unknown=1).to_table())
        perplexity of a symbol    8.000
        bits per character        1.000
        symbols                      20  (unknown 5.00 %)
        characters                   60
        """
        unknown = f"  (unknown {100 * self.unknown / self.symbols:.2f} %)" if self.unknown else ""
        found = {name: f"  {low:,.3f} to {high:,.3f}" for (name,), (low, high) in self.intervals().items()}
        return "\n".join(
            [
                f"perplexity of a symbol {self.perplexity:>8,.3f}{found.get('perplexity', '')}",
                f"bits per character     {self.bits_per_character:>8.3f}{found.get('bits_per_character', '')}",
                f"symbols            {self.symbols:>12,}{unknown}",
                f"characters         {self.characters:>12,}",
                *([] if self.counts is None else [heading(self.counts)]),
            ]
        )


def count_surprise(
    nats: NDArray[np.float64],
    characters: NDArray[np.int64],
    unknown: NDArray[np.bool_],
    sentences: NDArray[np.int64],
    documents: Sequence[Hashable] | None = None,
) -> Counts:
    """Count what each sentence of a text adds: of each symbol the surprise, the characters, whether it is unknown (N,).

    `sentences` number those that the symbols stand in, from 0; `documents` say of each which one it stands in.
    """
    counted = {
        "nats": nats,
        "symbols": np.ones(len(nats)),
        "characters": characters,
        "unknown": unknown,
        "unknown_characters": characters * unknown,
    }
    first, *others = (count_each((name,), np.bincount(sentences, own)) for name, own in counted.items())
    return first.by(documents).beside(*others)


def _perplexity(nats: float) -> float:
    return math.exp(nats) if nats <= _MOST else math.inf
