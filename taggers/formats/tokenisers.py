"""Which tokeniser splits raw text: a value that settings, formats and the command line pass on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, assert_never, cast, get_args

from taggers.errors import TaggerError
from taggers.formats import splitters
from taggers.formats.splitters import Split

Kind = Literal["syntok", "icu", "spacy", "characters", "blanks"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WITH_LANGUAGE: tuple[Kind, ...] = ("icu", "spacy")
LANGUAGE = "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"  # as ISO 639 and BCP 47 have it


@dataclass(frozen=True)
class Tokeniser:
    """How raw text becomes sentences and tokens: by what, and the language for those kinds that ask for one.

    Raises TaggerError where the kind is none, or the language does not fit it.

    >>> Tokeniser("spacy", "da")
    Tokeniser(kind='spacy', language='da')
    """

    kind: Kind = "syntok"
    language: str | None = None

    def __post_init__(self) -> None:
        """Refuse what there is not."""
        if self.kind not in KINDS:
            raise TaggerError(f"tokeniser {self.kind!r}: expected one of {', '.join(KINDS)}")
        if self.language is None:
            return
        if self.kind not in WITH_LANGUAGE:
            raise TaggerError(f"tokeniser {self.kind} takes no language: leave out {self.language!r}")
        if re.fullmatch(LANGUAGE, self.language) is None:
            raise TaggerError(f"tokeniser {self.kind}: expected a language code such as da, found {self.language!r}")

    def __str__(self) -> str:
        """As `parse_tokeniser` reads it."""
        return self.kind if self.language is None else f"{self.kind}:{self.language}"


SYNTOK = Tokeniser()


def parse_tokeniser(text: str) -> Tokeniser:
    """The tokeniser that the user names as KIND or KIND:LANGUAGE; raises TaggerError where there is none.

    >>> parse_tokeniser("icu:th"), parse_tokeniser("characters")
    (Tokeniser(kind='icu', language='th'), Tokeniser(kind='characters', language=None))
    """
    kind, colon, language = text.partition(":")
    return Tokeniser(cast(Kind, kind), language if colon else None)  # it checks both


@cache
def make_splitter(tokeniser: Tokeniser) -> Split:
    """What turns a text of some thousand characters into sentences of tokens, each with its start; libraries load here.

    Every character that is no space lies in exactly one token. Raises MissingExtraError where the library is not
    installed, TaggerError for a language that it does not know.

    >>> make_splitter(Tokeniser())("Yes. No")
    [[('Yes', 0), ('.', 3)], [('No', 5)]]
    """
    match tokeniser.kind:
        case "syntok":
            return splitters.split_by_syntok()
        case "icu":
            return splitters.split_by_icu(tokeniser.language)
        case "spacy":
            return splitters.split_by_spacy(tokeniser.language)
        case "characters":
            return splitters.split_into_characters()
        case "blanks":
            return splitters.split_at_blanks()
        case never:
            assert_never(never)
