"""Where sentences and tokens begin and end in a text, found by one library or rule each.

What a library gives is taken as places alone, so that tokens are the text itself whatever it changes inside; `cover`
makes sure that none is lost. A library is imported by the function that makes its splitter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from taggers.errors import MissingExtraError, TaggerError
from taggers.formats.spaces import SOMETHING, WORD

Token = tuple[str, int]  # its text and where it starts
Split = Callable[[str], list[list[Token]]]
_Sentences = Iterable[Iterable[tuple[int, int]]]  # start and end of each token

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # no library can encode one
_STAND_IN = "\ufffd"
_SENTENCE = re.compile(r"""[^。！？｡!?]*(?:[。！？｡!?]+["'”’」』）》】〉)\]]*|$)""")
_LONGEST_WORD = 256  # for spaCy, which takes the square of the time for a word of brackets or quotes


def cover(text: str, sentences: _Sentences) -> list[list[Token]]:
    """The tokens at the places found, cut at spaces; what is left between places becomes tokens too.

    >>> cover("Ada (33) slept", [[(0, 3), (5, 7)], [(9, 14)]])
    [[('Ada', 0), ('(', 4), ('33', 5)], [(')', 7), ('slept', 9)]]
    """
    covered: list[list[Token]] = []
    end = 0
    for sentence in sentences:
        tokens: list[Token] = []
        for start, stop in sentence:
            if start > end:
                tokens += _words(text, end, start)
            tokens += _words(text, max(start, end), stop)
            end = max(end, stop)
        if tokens:
            covered.append(tokens)
    if rest := _words(text, end, len(text)):
        covered[-1:] = [[*(covered[-1] if covered else ()), *rest]]
    return covered


def _words(text: str, start: int, end: int) -> list[Token]:
    return [(found[0], found.start()) for found in WORD.finditer(text, start, end)]


def split_at_blanks() -> Split:
    """White space parts tokens, and nothing ends a sentence.

    >>> split_at_blanks()("Yes. No :-)")
    [[('Yes.', 0), ('No', 5), (':-)', 8)]]
    """
    return lambda text: cover(text, [])


def split_into_characters() -> Split:
    """Each character (code point) is a token; an ideographic full stop, `!` and `?` end a sentence.

    >>> [[token for token, _ in sentence] for sentence in split_into_characters()("他说中文。Ok")]
    [['他', '说', '中', '文', '。'], ['O', 'k']]
    """

    def split(text: str) -> list[list[Token]]:
        sentences = (SOMETHING.finditer(text, *found.span()) for found in _SENTENCE.finditer(text))
        return cover(text, ((token.span() for token in sentence) for sentence in sentences))

    return split


def split_by_syntok() -> Split:
    """English, German and Spanish (github.com/fnl/syntok), told to keep every character as it stands."""
    from syntok import segmenter
    from syntok.tokenizer import Tokenizer

    tokenizer: Any = Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)

    def split(text: str) -> list[list[Token]]:
        sentences = segmenter.split(tokenizer.tokenize(text))
        return cover(text, (((t.offset, t.offset + len(t.value)) for t in sentence) for sentence in sentences))

    return split


def split_by_icu(language: str | None) -> Split:
    """Every script: the borders of Unicode's Standard Annex 29; words of Chinese, Thai and others by dictionary.

    The language says which abbreviations end no sentence, where ICU knows some. Raises MissingExtraError.
    """
    try:
        from icu4py.breakers import SentenceBreaker, WordBreaker
    except ImportError as missing:
        raise MissingExtraError("the tokeniser icu needs icu4py: pip install 'taggers[icu]'") from missing
    locale = f"{language or 'und'}-u-ss-standard"

    def split(text: str) -> list[list[Token]]:
        start = 0

        # Its own offsets count UTF-16 units; the pieces it gives add up to the text.
        def places(sentence: str) -> Iterator[tuple[int, int]]:
            nonlocal start
            for piece in WordBreaker(sentence, locale):
                yield start, start + len(piece)
                start += len(piece)

        return cover(text, map(places, SentenceBreaker(_encodable(text), locale)))

    return split


def split_by_spacy(language: str | None) -> Split:
    """The rules of spaCy for a language (spacy.io/usage/models#languages), by default those for any, `xx`.

    Raises MissingExtraError where spaCy, or what it needs for the language, is missing, and TaggerError for a language
    that it does not know.
    """
    try:
        import spacy
    except ImportError as missing:
        raise MissingExtraError("the tokeniser spacy needs spaCy: pip install 'taggers[spacy]'") from missing
    language = language or "xx"
    try:
        pipeline = spacy.blank(language)
    except ImportError as fault:
        said = " ".join(str(fault).split())
        if "E048" in said:
            raise TaggerError(f"tokeniser spacy:{language}: spaCy has no such language; try spacy:xx or icu") from None
        raise MissingExtraError(f"tokeniser spacy:{language}: {said}") from fault
    pipeline.add_pipe("sentencizer")

    def tokens(text: str) -> Iterator[tuple[bool, int, int]]:
        start = 0
        for piece in _in_pieces(text):
            with pipeline.memory_zone():  # else it remembers every word that it has seen
                for token in pipeline(piece):
                    begins = bool(token.is_sent_start) and (token.i > 0 or start == 0)
                    yield begins, start + token.idx, start + token.idx + len(token)
            start += len(piece)

    def split(text: str) -> list[list[Token]]:
        sentences: list[list[tuple[int, int]]] = []
        for begins, start, end in tokens(_encodable(text)):
            if begins:
                sentences.append([])
            sentences[-1].append((start, end))
        return cover(text, sentences)

    return split


def _in_pieces(text: str) -> Iterator[str]:
    """The text, cut in words of more than some hundred characters alone."""
    start = 0
    for found in re.finditer(rf"\S{{{_LONGEST_WORD}}}(?=\S)", text):
        yield text[start : found.end()]
        start = found.end()
    yield text[start:]


def _encodable(text: str) -> str:
    return _LONE_SURROGATE.sub(_STAND_IN, text)
