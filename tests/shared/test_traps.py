"""What is odd about the real corpora, one test each; other oddities are tested beside the format that they are about.

Elsewhere: encodings, boundaries after their documents and comments (tests/formats/test_columns.py), violations with
their lines (tests/formats/test_checks.py), two marks of outside in a row (tests/cli/test_grobid.py).
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from taggers.config import Data
from taggers.corpus_card import load_card
from taggers.errors import FormatError
from taggers.formats import ColumnFormat, TokensFormat, check_tags, encode, read
from taggers.formats.columns import ends_sentence
from taggers.reading import file_format
from taggers.settings import fill
from taggers.text import Sentence

CARDS = Path(__file__).parents[2] / "configs" / "corpora"

Open = Callable[[str, str], list[Sentence]]


@pytest.fixture
def sentences(data: Callable[[str], Path]) -> Open:
    """Read a file of a corpus by its card: `sentences("wnut17", "dev")`."""

    def opened(name: str, file: str) -> list[Sentence]:
        card = load_card(CARDS / f"{name}.toml")
        said = dict(card.files)[file]
        folder = data(card.folder.partition("/")[2])
        return [s for s in read(folder / said.file, file_format(fill(Data, card.reading(said), name))) if s.tokens]

    return opened


def test_a_separator_line_may_hold_a_tab(sentences: Open, data: Callable[[str], Path]) -> None:
    lines = (data("wnut17") / "train.conll").read_text("utf-8").split("\n")
    assert sum(line == "\t" for line in lines) > 2000
    assert sum(line != "" and ends_sentence(line) for line in lines) == 2394
    assert len(sentences("wnut17", "train")) == 3394


def test_tokens_may_begin_with_a_hash_sign(sentences: Open) -> None:
    found = [token for s in sentences("wnut17", "train") for token in s.tokens if token.startswith("#")]
    first = [s.tokens[0] for s in sentences("wnut17", "train") if s.tokens[0].startswith("#")]
    assert "#" in found
    assert len(found) > len(first) > 10  # where a comment would stand too


def test_tokens_keep_characters_that_are_not_seen(sentences: Open) -> None:
    tokens = [token for s in sentences("wnut17", "dev") for token in s.tokens]
    odd = [token for token in tokens if {unicodedata.category(c) for c in token} & {"Cc", "Cf"}]
    assert odd
    [written] = encode([Sentence(tuple(odd), {"ner": ("O",) * len(odd)})], ColumnFormat(("token", "ner")))
    assert written.decode().split("\n")[: len(odd)] == [f"{token}\tO" for token in odd]


def test_words_may_hold_blanks(sentences: Open) -> None:
    vietnamese = sentences("ud_vietnamese_vtb", "test")
    spaced = [token for s in vietnamese for token in s.tokens if " " in token]
    assert len(spaced) == 2079
    tabs = ColumnFormat(("token", "upos"), separator="tab")
    first = next(s for s in vietnamese if any(" " in token for token in s.tokens))
    kept = Sentence(first.tokens, {"upos": first.layers["upos"]}, source=first.source)
    assert [s.tokens for s in read_again(kept, tabs)] == [first.tokens]
    with pytest.raises(FormatError, match=rf"^{first.source.path}:\d+: .* would not come back"):
        list(encode([kept], ColumnFormat(("token", "upos"), separator="space")))
    with pytest.raises(FormatError, match="holds a blank, and would not come back; write columns instead"):
        list(encode([kept], TokensFormat()))


def read_again(sentence: Sentence, format: ColumnFormat) -> list[Sentence]:
    """What is read of a sentence that was written."""
    return list(read(io.BytesIO(b"".join(encode([sentence], format))), format))


def test_nested_tags_are_a_layer_of_their_own(sentences: Open) -> None:
    danish = sentences("uner_danish_ddt", "train")
    joined = [(o, i) for s in danish for o, i in zip(s.layers["ner"], s.layers["nested"], strict=True) if "#" in i]
    assert len(joined) > 0
    assert not any("#" in tag for s in danish for tag in s.layers["ner"])
    checked = check_tags(danish, "ner")
    assert [s.layers["nested"] for s in checked.sentences] == [s.layers["nested"] for s in danish]


def test_seven_violations_in_danish(sentences: Open) -> None:
    found = {split: check_tags(sentences("uner_danish_ddt", split), "ner") for split in ("train", "dev", "test")}
    assert {split: checked.violations for split, checked in found.items()} == {"train": 6, "dev": 0, "test": 1}
    lines = [int(shown.split(":")[1]) for shown in found["train"].shown + found["test"].shown]
    assert len(set(lines)) == 7


def test_text_from_right_to_left_stays_in_its_order(sentences: Open) -> None:
    uyghur = sentences("ud_uyghur_udt", "test")
    letters = Counter(unicodedata.bidirectional(c) for s in uyghur for token in s.tokens for c in token)
    assert letters.most_common(1)[0][0] == "AL"
    placed = [s for s in uyghur if s.text is not None and s.offsets is not None]
    assert len(placed) == len(uyghur)
    for s in placed:
        assert s.text is not None
        assert s.offsets is not None
        assert tuple(s.text[start:end] for start, end in s.offsets) == s.tokens


def test_a_lemma_that_is_missing_stays_missing(sentences: Open) -> None:
    for split, missing in (("train", 5153), ("dev", 2865), ("test", 2766)):
        lemmas = [lemma for s in sentences("ud_uyghur_udt", split) for lemma in s.layers["lemma"]]
        assert lemmas.count("_") == missing


def test_ranges_and_empty_nodes_are_no_tokens(sentences: Open) -> None:
    for split, ranges, empty in (("dev", 359, 4), ("test", 354, 2), ("small", 505, 5)):
        extras = [e.line.split("\t")[0] for s in sentences("ud_english_ewt", split) for e in s.extras]
        numbers = [number for number in extras if number[:1].isdigit()]
        assert sum("-" in number for number in numbers) == ranges
        assert sum("." in number for number in numbers) == empty


def test_the_longest_sequence_has_a_thousand_tokens(sentences: Open) -> None:
    addresses = sentences("grobid_affiliation_address", "train")
    longest = max(addresses, key=len)
    assert len(longest) == 1000
    assert len(longest.layers) == 21
    assert check_tags([longest], "field").violations == 0


def test_every_query_keeps_its_intent_in_a_comment(sentences: Open) -> None:
    intents = Counter(
        e.line.removeprefix("# intent = ") for s in sentences("snips", "test") for e in s.extras if "intent" in e.line
    )
    assert set(intents.values()) == {100}
    assert len(intents) == 7


def test_words_and_characters_hold_the_same_names(sentences: Open) -> None:
    words, characters = (sentences(f"uner_chinese_gsdsimp{kind}", "dev") for kind in ("", "_characters"))
    assert ["".join(s.tokens) for s in words] == ["".join(s.tokens) for s in characters]
    starts = [sum(t.startswith("B-") for s in words for t in s.layers["ner"])]
    starts.append(sum(t[:2] in ("B-", "S-") for s in characters for t in s.layers["ner"]))
    assert starts == [753, 753]
