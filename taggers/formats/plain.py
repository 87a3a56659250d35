"""Plain text, split into sentences and tokens by syntok with exact offsets, and tokens one sentence a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from taggers.errors import FormatError
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.text import Sentence, Source
from taggers.text.types import NOWHERE

_WINDOW = 4096  # characters that the splitter sees at once; it is not linear in the length of a line
# What the splitter takes for space: zero width space too, which is none to Python; the separators U+001C to U+001F not.
_SPACE = r"(?:[^\S\x1c-\x1f]|\u200b)"
_LAST_SPACE = re.compile(f".*{_SPACE}", re.DOTALL)
_SOMETHING = re.compile(f"(?!{_SPACE}).", re.DOTALL)

_Token = tuple[str, int]  # its text and where it starts


@dataclass(frozen=True)
class TextFormat:
    """Raw text: a line is a paragraph."""

    encoding: str = "utf-8"


@dataclass(frozen=True)
class TokensFormat:
    """One sentence a line, its tokens separated by blanks."""

    encoding: str = "utf-8"


def read_tokens(source: PathOrStream | Lines, format: TokensFormat) -> Iterator[Sentence]:
    r"""One sentence a line, tokens separated by spaces or tabs only; an empty line is an empty sentence.

    >>> import io
    >>> [sentence.tokens for sentence in read_tokens(io.BytesIO(b"Ada slept .\n\nYes\n"), TokensFormat())]
    [('Ada', 'slept', '.'), (), ('Yes',)]
    """
    lines = open_lines(source, format.encoding)
    for number, line in enumerate(lines, start=1):
        tokens = tuple(token for token in line.replace("\t", " ").split(" ") if token)
        yield Sentence(tokens, source=Source(lines.name, number))


def read_text(source: PathOrStream | Lines, format: TextFormat) -> Iterator[Sentence]:
    r"""The sentences of raw text, in order, each holding its whole line as its text (see `split_text`).

    A blank line is one sentence without tokens, so that the lines can be put together again: `ends_text` tells the last
    sentence of a line.

    >>> import io
    >>> [(s.tokens, s.source.line) for s in read_text(io.BytesIO(b"Ada slept. Then she left.\n\n"), TextFormat())]
    [(('Ada', 'slept', '.'), 1), (('Then', 'she', 'left', '.'), 1), ((), 2)]
    """
    lines = open_lines(source, format.encoding)
    for number, line in enumerate(lines, start=1):
        place = Source(lines.name, number)
        if _SOMETHING.search(line) is None:
            yield Sentence((), source=place, text=line, offsets=())
        else:
            yield from split_text(line, place)


def split_text(text: str, source: Source = NOWHERE) -> Iterator[Sentence]:
    """A text as sentences, split and tokenised by syntok; none where it is blank.

    All of them hold the whole text, the same source, and offsets into that text; every character that is no space lies
    in one token. A line feed ends a sentence. Words longer than some thousand characters are cut.

    >>> [(s.tokens, s.offsets) for s in split_text("Yes. No")]
    [(('Yes', '.'), ((0, 3), (3, 4))), (('No',), ((5, 7),))]
    """
    for tokens in _sentences(text):
        offsets = tuple((start, start + len(token)) for token, start in tokens)
        yield Sentence(tuple(token for token, _ in tokens), source=source, text=text, offsets=offsets)


def is_space(character: str) -> bool:
    r"""True for what stands between tokens and in none of them.

    >>> is_space("\u00a0"), is_space("\x1c"), is_space("_")
    (True, False, False)
    """
    return _SOMETHING.match(character) is None


def ends_text(sentence: Sentence) -> bool:
    """True where nothing but space follows the sentence in its text: it is the last of its line.

    >>> [ends_text(s) for s in split_text("Yes. No ")]
    [False, True]
    """
    if sentence.text is None or not sentence.offsets:
        return True
    return _SOMETHING.search(sentence.text, sentence.offsets[-1][1]) is None


def _sentences(text: str) -> Iterator[list[_Token]]:
    """Sentences as tokens, from windows that each begin where the last whole sentence of the one before ended."""
    split = _splitter()
    start = 0
    while (something := _SOMETHING.search(text, start)) is not None:
        start = something.start()
        end, ends_line = _window_end(text, start)
        sentences = split(text[start:end])
        if not ends_line and len(sentences) > 1:
            end = start + sentences.pop()[0][1]  # it may go on beyond the window
        for sentence in sentences:
            yield [(token, start + offset) for token, offset in sentence]
        start = end


def _window_end(text: str, start: int) -> tuple[int, bool]:
    """Where a window ends, after a space if it can, and whether a line (or the text) ends there too."""
    most = min(start + _WINDOW, len(text))
    feed = text.find("\n", start, most)
    if feed >= 0:
        return feed + 1, True
    if most == len(text):
        return most, True
    space = _LAST_SPACE.match(text, start, most)
    return (space.end() if space else most), False


@cache
def _splitter() -> Callable[[str], list[list[_Token]]]:
    """syntok, told to keep every character as it stands; imported at the first use, since it costs 0.1 s."""
    from syntok import segmenter
    from syntok.tokenizer import Tokenizer

    tokenizer: Any = Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)

    def split(text: str) -> list[list[_Token]]:
        sentences = (
            [(token.value, token.offset) for token in sentence if token.value]  # trailing space is an empty token
            for sentence in segmenter.split(tokenizer.tokenize(text))
        )
        return [sentence for sentence in sentences if sentence]

    return split


def write_tokens(sentences: Iterable[Sentence], format: TokensFormat) -> Iterator[str]:
    r"""One line a sentence, tokens separated by blanks; FormatError at a token that would not come back.

    >>> list(write_tokens([Sentence(("Ada", "slept")), Sentence(())], TokensFormat()))
    ['Ada slept\n', '\n']
    """
    del format  # it holds the encoding, which is the stream's
    for sentence in sentences:
        for position, token in enumerate(sentence.tokens):
            if not token or any(blank in token for blank in " \t\n") or token.endswith("\r"):
                problem = f"token {token!r} is empty or holds a blank, and would not come back; write columns instead"
                raise FormatError(sentence.source.path, sentence.line_of(position), problem)
        yield " ".join(sentence.tokens) + "\n"


TEXT = Kind(name="text", format=TextFormat, read=read_text)
TOKENS = Kind(name="tokens", format=TokensFormat, read=read_tokens, write=write_tokens)
