"""How well tokenisers agree with the gold tokens and sentences of real corpora: the table of docs/tokenisers.md.

To renew the table: TAGGERS_DATA=FOLDER python tests/formats/test_agreement.py
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

from taggers.formats import ColumnFormat, Tokeniser, parse_tokeniser, read, split_text
from taggers.formats.conllu_text import align

Places = set[tuple[int, int]]


class Gold(NamedTuple):
    """A file of gold tokens, what stands between its sentences in running text, and its language for spaCy."""

    name: str
    path: str
    between: str
    spacy: str


GOLD = [
    Gold("English", "ud_english_ewt/dev.conllu", " ", "spacy:en"),
    Gold("Danish", "uner_danish_ddt/dev.iob2", " ", "spacy:da"),
    Gold("Armenian", "ud_armenian_bsut/dev.conllu", " ", "spacy:hy"),
    Gold("Uyghur", "ud_uyghur_udt/dev.conllu", " ", "spacy"),
    Gold("Vietnamese", "ud_vietnamese_vtb/dev.conllu", " ", "spacy"),
    Gold("Chinese, words", "uner_chinese_gsdsimp/dev.iob2", "", "spacy:zh"),
    Gold("Chinese, characters", "uner_chinese_gsdsimp/char_dev.bmes", "", "spacy:zh"),
]
KINDS = ["syntok", "icu", "characters", "blanks"]
_TOGETHER = 10  # sentences that stand in one text, so that there are borders to find
_UNER = ColumnFormat({"token": 1}, separator="tab", comments="#")


class Text(NamedTuple):
    """Some sentences as one text, with the places of tokens and sentences in it."""

    text: str
    tokens: Places
    sentences: Places


def texts(gold: Gold, root: Path) -> Iterator[Text]:
    """The file as running text, some sentences at a time; those whose tokens are not in their text are left out."""
    every = _sentences(root / gold.path)
    while some := list(islice(every, _TOGETHER)):
        text = ""
        tokens: Places = set()
        sentences: Places = set()
        for own, offsets in some:
            first = len(text)
            tokens |= {(first + start, first + end) for start, end in offsets}
            sentences.add((first + offsets[0][0], first + offsets[-1][1]))
            text += own + gold.between
        yield Text(text, tokens, sentences)


def _sentences(path: Path) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    format = {".iob2": _UNER, ".bmes": ColumnFormat(("token", "tag"))}.get(path.suffix)
    for sentence in read(path, format):
        said = [extra.line.removeprefix("# text = ") for extra in sentence.extras if extra.line.startswith("# text = ")]
        text = said[0] if said else "".join(sentence.tokens)
        offsets = sentence.offsets or align(text, sentence.tokens, [])
        if offsets:
            yield text, offsets


def agreement(tokeniser: Tokeniser, gold: list[Text]) -> tuple[float, float]:
    """F1 of the tokens' places and of the sentences', in percent."""
    right = [0, 0]
    both = [0, 0]
    for text in gold:
        found = [sentence.offsets or () for sentence in split_text(text.text, tokeniser=tokeniser)]
        tokens = {place for offsets in found for place in offsets}
        sentences = {(offsets[0][0], offsets[-1][1]) for offsets in found}
        for i, (ours, theirs) in enumerate([(tokens, text.tokens), (sentences, text.sentences)]):
            right[i] += len(ours & theirs)
            both[i] += len(ours) + len(theirs)
    return 200 * right[0] / both[0], 200 * right[1] / both[1]


def row(gold: Gold, root: Path) -> str:
    """A line of the table, with that of the best in each measure in bold."""
    places = list(texts(gold, root))
    scores = [agreement(parse_tokeniser(kind), places) for kind in (*KINDS, gold.spacy)]
    best = [max(values) for values in zip(*scores, strict=True)]
    cells = [" / ".join(_cell(*pair) for pair in zip(score, best, strict=True)) for score in scores]
    return f"| {gold.name} | {' | '.join(cells)} (`{gold.spacy}`) |"


def _cell(value: float, best: float) -> str:
    return f"**{value:.1f}**" if value == best else f"{value:.1f}"


@pytest.mark.slow
@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.name)
def test_the_table_of_the_docs_is_this_one(data: Callable[[str], Path], gold: Gold) -> None:
    page = Path(__file__).parents[2] / "docs" / "tokenisers.md"
    assert row(gold, data(Path(gold.path).parent.name).parent) in page.read_text("utf-8").splitlines()


def test_agreement_is_that_of_places() -> None:
    text = Text("Ja. Nej", {(0, 2), (2, 3), (4, 7)}, {(0, 3), (4, 7)})
    assert agreement(Tokeniser(), [text]) == (100.0, 100.0)
    assert agreement(Tokeniser("blanks"), [text, text]) == (40.0, 0.0)


if __name__ == "__main__":
    for gold in GOLD:
        print(row(gold, Path(os.environ["TAGGERS_DATA"])))  # noqa: T201
