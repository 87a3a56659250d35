"""Plain text, split into sentences and tokens with exact offsets, and tokens one sentence a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from taggers.errors import FormatError
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.spaces import LAST_SPACE, SOMETHING
from taggers.formats.splitters import Split, Token
from taggers.formats.tokenisers import SYNTOK, Tokeniser, make_splitter
from taggers.text import Sentence, Source
from taggers.text.types import NOWHERE

_WINDOW = 4096  # characters that a splitter sees at once; not all are linear in the length of a line


@dataclass(frozen=True)
class TextFormat:
    """Raw text: a line is a paragraph, which the tokeniser splits into sentences, or with `whole` is one."""

    encoding: str = "utf-8"
    tokeniser: Tokeniser = SYNTOK
    whole: bool = False


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
        tokens = line.replace("\t", " ").split(" ")
        if "" in tokens:
            tokens = [token for token in tokens if token]
        yield Sentence(tuple(tokens), source=Source(lines.name, number), on_one_line=True)


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
        if SOMETHING.search(line) is None:
            yield Sentence((), source=place, text=line, offsets=(), on_one_line=True)
        elif format.whole:
            from taggers.formats.units import as_unit  # which stands upon this module

            yield as_unit(line, source=place, tokeniser=format.tokeniser)
        else:
            yield from split_text(line, place, format.tokeniser)


def split_text(text: str, source: Source = NOWHERE, tokeniser: Tokeniser = SYNTOK) -> Iterator[Sentence]:
    """A text as sentences of tokens; none where it is blank.

    All of them hold the whole text, the same source, and offsets into that text; every character that is no space lies
    in one token, and no space lies in any. A line feed ends a sentence. Sentences and words longer than some thousand
    characters are cut. Raises MissingExtraError and TaggerError as `make_splitter`.

    >>> [(s.tokens, s.offsets) for s in split_text("Yes. No")]
    [(('Yes', '.'), ((0, 3), (3, 4))), (('No',), ((5, 7),))]
    """
    for tokens in _sentences(text, make_splitter(tokeniser)):
        offsets = tuple((start, start + len(token)) for token, start in tokens)
        words = tuple(token for token, _ in tokens)
        yield Sentence(words, source=source, text=text, offsets=offsets, on_one_line=True)


def ends_text(sentence: Sentence) -> bool:
    """True where nothing but space follows the sentence in its text: it is the last of its line.

    >>> [ends_text(s) for s in split_text("Yes. No ")]
    [False, True]
    """
    if sentence.text is None or not sentence.offsets:
        return True
    return SOMETHING.search(sentence.text, sentence.offsets[-1][1]) is None


def _sentences(text: str, split: Split) -> Iterator[list[Token]]:
    """Sentences as tokens, from windows that each begin where the last whole sentence of the one before ended."""
    start = 0
    while (something := SOMETHING.search(text, start)) is not None:
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
    space = LAST_SPACE.match(text, start, most)
    return (space.end() if space else most), False


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


TOKENS = Kind(name="tokens", format=TokensFormat, read=read_tokens, write=write_tokens, tokens=True)
