"""Sentences as CoNLL-U."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from taggers.errors import FormatError
from taggers.formats.columns import BLANKS, BOUNDARY
from taggers.formats.conllu import LAYERS, NEW_DOCUMENT, TEXT, ConlluFormat, read_conllu
from taggers.formats.conllu_misc import BAR, item_values, with_item
from taggers.formats.conllu_text import says_spaces, spelt_text, with_spaces
from taggers.formats.kind import Kind
from taggers.formats.remarks import with_label
from taggers.text import Extra, Sentence

_EXTRA = re.compile(r"#|[0-9]+[-.][0-9]+\t")  # a comment, a multiword range, an empty node


def write_conllu(sentences: Iterable[Sentence], format: ConlluFormat) -> Iterator[str]:
    r"""Each sentence as lines: its extras in their places, its layers as columns, `_` for those that it has not.

    A layer that is no column goes to MISC as `name=tag`. Text and document boundaries that no extra tells are written
    as comments, but for a text of several lines: what stands between its words goes to MISC, as SpacesAfter. Raises
    FormatError at a value that would not come back.

    >>> ada = Sentence(("Ada",), {"upos": ("PROPN",), "ner": ("B-PER",)})
    >>> list(write_conllu([ada], ConlluFormat()))
    ['1\tAda\t_\tPROPN\t_\t_\t_\t_\t_\tner=B-PER\n\n']
    """
    for sentence in sentences:
        if format.label is not None and sentence.tokens:
            sentence = with_label(sentence, format.label)
        extras = _kept_extras(sentence)
        text = _unsaid_text(sentence, extras)
        on_one_line = text is not None and "\n" not in text and "\r" not in text  # what a comment can hold
        lines = _new_comments(sentence, extras, text if on_one_line else None)
        misc = _misc(sentence) if text is None or on_one_line else _misc_with_text(sentence, extras, text)
        pending = iter([*extras, None])
        extra = next(pending)
        for position, row in enumerate(_rows(sentence, misc)):
            while extra is not None and extra.position <= position:
                lines.append(extra.line)
                extra = next(pending)
            lines.append(row)
        while extra is not None:
            lines.append(extra.line)
            extra = next(pending)
        ended = bool(lines) and not lines[-1].strip(BLANKS)
        if (sentence.tokens and not ended) or not lines:
            lines.append("")
        yield "".join(f"{line}\n" for line in lines)


def _kept_extras(sentence: Sentence) -> list[Extra]:
    """The extras that CoNLL-U may hold; the blank lines about a -DOCSTART- line go with it."""
    extras = [e for e in sentence.extras if is_conllu_extra(e.line)]
    bounded = any(e.line.startswith(BOUNDARY) for e in sentence.extras)
    return [e for e in extras if e.line.strip(BLANKS)] if bounded else extras


def is_conllu_extra(line: str, format: ConlluFormat | None = None) -> bool:
    """True for a line without a word that CoNLL-U may hold.

    >>> is_conllu_extra("# text = Ada"), is_conllu_extra("-DOCSTART- O")
    (True, False)
    """
    del format  # all files may hold the same
    return not line.strip(BLANKS) or _EXTRA.match(line) is not None


def _unsaid_text(sentence: Sentence, extras: list[Extra]) -> str | None:
    """The sentence's own part of its text, None where it has none, or where a comment or its MISC tell it."""
    text, offsets = sentence.text, sentence.offsets
    if text is None or not offsets or any(TEXT.match(e.line) for e in extras):
        return None
    own = text[offsets[0][0] : offsets[-1][1]]
    misc = sentence.layers.get("misc", ("_",) * len(sentence))
    told = says_spaces(misc, extras) and spelt_text(sentence.tokens, misc, extras)[0] == own
    return None if told else own


def _new_comments(sentence: Sentence, extras: list[Extra], text: str | None) -> list[str]:
    """What the sentence knows and no comment says."""
    lines: list[str] = []
    if sentence.tokens and sentence.starts_document and not any(e.line.startswith(NEW_DOCUMENT) for e in extras):
        lines.append(NEW_DOCUMENT)
    if text is not None:
        lines.append("# text = " + text)
    return lines


def _rows(sentence: Sentence, misc: tuple[str, ...]) -> Iterator[str]:
    blank = ("_",) * len(sentence)
    columns = [sentence.layers.get(name, blank) for name in LAYERS[:-1]]
    columns.append(misc)
    for number, (form, *values) in enumerate(zip(sentence.tokens, *columns, strict=True), start=1):
        row = "\t".join((str(number), form, *values))
        if row.count("\t") != 9 or "\n" in row or row.endswith("\r") or not (form and all(values)):
            shown = ", ".join(map(repr, (form, *values)))
            problem = f"{shown} would not come back as columns: one is empty or holds a tab or a line feed"
            raise FormatError(sentence.source.path, sentence.line_of(number - 1), f"{problem}; write JSONL instead")
        yield row


def _check_item(sentence: Sentence, name: str) -> None:
    """Raise FormatError where a layer would not come back as an item of MISC."""
    for position, tag in enumerate(sentence.layers[name]):
        if "=" in name or "|" in name or BAR in tag:
            problem = f"{name}={tag} would not come back as an item of MISC, whose signs are =, | and {BAR}"
            problem += "; write columns"
            raise FormatError(sentence.source.path, sentence.line_of(position), problem)


def _misc(sentence: Sentence) -> tuple[str, ...]:
    """MISC with SpaceAfter where only offsets tell it, and with the layers that have no column."""
    misc = sentence.layers.get("misc") or _spaces(sentence)
    was_read = "misc" in sentence.layers  # and then no tag is there where MISC has no item
    for name in [name for name in sentence.layers if name not in LAYERS]:
        _check_item(sentence, name)
        tags = sentence.layers[name]
        asked = [bool(tag or item_values(m, name)) or not was_read for m, tag in zip(misc, tags, strict=True)]
        misc = tuple(with_item(m, name, tag) if ask else m for m, tag, ask in zip(misc, tags, asked, strict=True))
    return misc


def _misc_with_text(sentence: Sentence, extras: list[Extra], text: str) -> tuple[str, ...]:
    """MISC with all that stands between the words: a text of several lines has no place in a comment."""
    offsets = sentence.offsets or ()
    first = offsets[0][0]
    after = [text[one[1] - first : other[0] - first] for one, other in pairwise(offsets)]
    misc = tuple(map(with_spaces, _misc(sentence), [*after, " "]))
    if spelt_text(sentence.tokens, misc, extras)[0] != text and not any("\n" in token for token in sentence.tokens):
        problem = f"the text {text[:60]!r} has several lines and words that are not all of it, and would not come back"
        raise FormatError(*sentence.source, f"{problem}; write JSONL instead")
    return misc


def _spaces(sentence: Sentence) -> tuple[str, ...]:
    if sentence.offsets is None:
        return ("_",) * len(sentence)
    touches = [a[1] == b[0] for a, b in pairwise(sentence.offsets)]
    return tuple("SpaceAfter=No" if touch else "_" for touch in [*touches, False][: len(sentence)])


CONLLU = Kind(
    name="conllu",
    format=ConlluFormat,
    read=read_conllu,
    write=write_conllu,
    layers="many",
    layer="upos",
    spans=True,
    plain=True,
    label=True,
    text=True,
    tokens=True,
    empty=False,
    documents=True,
    keeps_line=is_conllu_extra,
    own_layers=LAYERS,
)
