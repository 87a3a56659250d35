"""CoNLL-U: what is no word keeps its place, text and words are aligned, files come back byte for byte."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError
from taggers.formats import ConlluFormat, Tokeniser, as_sentence, encode, read
from taggers.formats.conllu import LAYERS
from taggers.formats.conllu_text import align
from taggers.formats.spaces import is_blank
from taggers.formats.units import as_unit, own_text
from taggers.text import Extra, Prediction, Sentence, Source

FRENCH = """\
# newdoc id = d1
# sent_id = 1
# text = Il va au lit.
1\tIl\til\tPRON\t_\t_\t2\tnsubj\t_\t_
2\tva\taller\tVERB\t_\t_\t0\troot\t_\t_
2.1\tvite\tvite\tADV\t_\t_\t_\t_\t2:advmod\t_
3-4\tau\t_\t_\t_\t_\t_\t_\t_\t_
3\tà\tà\tADP\t_\t_\t5\tcase\t_\t_
4\tle\tle\tDET\t_\t_\t5\tdet\t_\t_
5\tlit\tlit\tNOUN\t_\tGender=Masc|Number=Sing\t2\tobl\t_\tSpaceAfter=No|Gloss=bed
6\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

# sent_id = 2
1\tOui\toui\tINTJ\t_\t_\t0\troot\t_\t_

# the end
"""


def sentences(content: str) -> list[Sentence]:
    return list(read(io.BytesIO(content.encode()), ConlluFormat()))


def written(*given_sentences: Sentence) -> str:
    return b"".join(encode(given_sentences, ConlluFormat())).decode()


def test_words_are_tokens_and_all_else_keeps_its_place() -> None:
    one, two, rest = sentences(FRENCH)
    assert one.tokens == ("Il", "va", "à", "le", "lit", ".")
    assert one.layers["feats"][4] == "Gender=Masc|Number=Sing"
    assert [(e.position, e.line.split("\t")[0]) for e in one.extras[3:]] == [(2, "2.1"), (2, "3-4")]
    assert (one.starts_document, two.starts_document, rest.tokens) == (True, False, ())
    assert [one.line_of(i) for i in range(6)] == [4, 5, 8, 9, 10, 11]
    assert written(one, two, rest) == FRENCH


def test_words_have_their_place_in_the_text() -> None:
    one, two, _ = sentences(FRENCH)
    assert one.text == "Il va au lit."
    assert one.offsets == ((0, 2), (3, 5), (6, 8), (6, 8), (9, 12), (12, 13))  # à, le: both the whole of "au"
    assert (two.text, two.offsets) == (None, None)


@pytest.mark.parametrize(
    ("text", "forms", "extras", "offsets"),
    [
        ("dont go", ["do", "nt", "go"], [Extra(0, "1-2\tdont")], ((0, 2), (2, 4), (5, 7))),
        ("xin chào bạn", ["xin chào", "bạn"], [], ((0, 8), (9, 12))),
        ("a\u00a0 b", ["a", "b"], [], ((0, 1), (3, 4))),
        ("  a", ["a"], [], ((2, 3),)),
        ("a b", ["a", "c"], [], None),
        ("a", ["a", "b"], [], None),
        ("a b", ["a", "b"], [Extra(0, "# 1-2\tzz"), Extra(1, "1.1\tzz")], ((0, 1), (2, 3))),
        ("a b", ["a", "b"], [Extra(1, "2-1\tb")], None),  # a range of no words
        ("a", ["a"], [Extra(0, "1-9\ta")], ((0, 1),)),  # one that goes beyond the sentence
        ("", [], [], ()),
        ("a\u200bb c", ["a", "b", "c"], [], ((0, 1), (2, 3), (4, 5))),  # which our tokenisers take for white space
        ("\x1c a", ["\x1c", "a"], [], ((0, 1), (2, 3))),  # and which they take for a word
    ],
)
def test_alignment_is_exact_or_none(
    text: str, forms: list[str], extras: list[Extra], offsets: tuple[tuple[int, int], ...] | None
) -> None:
    assert align(text, forms, extras) == offsets


def test_a_text_that_does_not_fit_is_kept_as_a_comment_only() -> None:
    content = "# text = Non\n1\tOui\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
    [one] = sentences(content)
    assert (one.text, one.offsets) == (None, None)
    assert written(one) == content


def test_a_text_without_a_comment_is_spelt_by_misc() -> None:
    content = (
        "1\tx\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n2\ty\t_\t_\t_\t_\t_\t_\t_\tSpacesAfter=\\s\\t\n"
        "3-4\tau\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n3\tà\t_\t_\t_\t_\t_\t_\t_\t_\n4\tle\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "5\t.\t_\t_\t_\t_\t_\t_\t_\tSpacesAfter=\\n\n\n"
    )
    [one] = sentences(content)
    assert (one.text, one.offsets) == ("xy \tau.", ((0, 1), (1, 2), (4, 6), (4, 6), (6, 7)))
    assert written(one) == content
    [odd] = sentences(content.replace("\\s\\t", "x"))
    assert (odd.text, odd.offsets) == (None, None)


@pytest.mark.parametrize("between", ["\n", "\n# you = 1 ", "\r", " \r\n", "\n\u200b\n"])
def test_lines_within_a_text_stay_within_it(between: str) -> None:
    text = f"Hello{between}you!"
    [unit] = [as_unit(text, source=Source("a.csv", 2))]
    content = written(unit, unit)
    assert "# text" not in content
    for again in sentences(content):
        assert (again.tokens, again.text, again.offsets) == (unit.tokens, text, unit.offsets)
        assert again.extras == ()
    assert written(*sentences(content)) == content


def test_lines_and_what_is_no_word_between_words_are_refused() -> None:
    sentence = Sentence(("a", "b"), text="a\n-b", offsets=((0, 1), (3, 4)))
    with pytest.raises(FormatError, match=r"<memory>:1: the text .* has several lines .* write JSONL"):
        written(sentence)


WORD = "1\ta" + "\t_" * 8 + "\n"
EMPTY_NODE = "1.1\tb" + "\t_" * 8 + "\n"


@pytest.mark.parametrize(
    "content",
    ["", "\n", "# a\n\n# b\n\n", f"\n\n{WORD}\n", f"{WORD}{EMPTY_NODE} \n", f"{WORD}# late\n\n"],
)
def test_odd_files_come_back(content: str) -> None:
    assert written(*sentences(content)) == content


def test_the_last_sentence_needs_no_blank_line() -> None:
    assert written(*sentences(WORD)) == f"{WORD}\n"


def test_predicted_tags_take_the_place_of_their_column() -> None:
    one = sentences(FRENCH)[0]
    predicted = as_sentence(Prediction(one, "upos", ("X",) * 6), {"upos": "upos"})
    assert written(predicted) == "\n".join(
        [
            "\t".join([*f[:3], "X", *f[4:]]) if len(f := line.split("\t")) == 10 and f[0].isdecimal() else line
            for line in FRENCH.split("\n\n")[0].split("\n")
        ]
        + ["", ""]
    )
    assert one.layers["upos"][0] == "PRON"


def test_a_layer_without_a_column_goes_to_misc_and_replaces_what_was_there() -> None:
    one = sentences(FRENCH)[0]
    tags = ("O", "O", "O", "O", "B-LOC", "O")
    first = written(as_sentence(Prediction(one, "ner", tags), {"ner": "ner"}))
    assert "\tSpaceAfter=No|Gloss=bed|ner=B-LOC\n" in first
    assert "\tobl\t_\tSpaceAfter=No" in first
    second = written(as_sentence(Prediction(sentences(first)[0], "ner", ("O",) * 6), {"ner": "ner"}))
    assert second == first.replace("ner=B-LOC", "ner=O")


def in_misc(*items: str) -> str:
    """A sentence whose words have nothing but MISC."""
    return "".join(f"{number}\tw" + "\t_" * 7 + f"\t{item}\n" for number, item in enumerate(items, 1)) + "\n"


def test_items_that_all_words_of_the_first_sentence_have_are_layers() -> None:
    content = "# the start\n\n" + in_misc("Gloss=a|ner=B-A|x=1|n=2|n=3", "Gloss=b|ner=O|n=4|n=5") + in_misc("_", "ner=")
    found = sentences(content + "# the end\n")
    assert [{name: tags for name, tags in s.layers.items() if name not in LAYERS} for s in found] == [
        {"ner": ("B-A", "O")}, {"ner": ("", "")}, {"ner": ()},
    ]  # fmt: skip
    assert written(*found) == content + "# the end\n"
    changed = replace(found[0], layers={**found[0].layers, "ner": ("B-B", "O")})
    assert "\tGloss=a|ner=B-B|x=1|n=2|n=3\n" in written(changed)


@pytest.mark.parametrize("key", ["SpaceAfter", "Translit", "CorrectForm", "token", "upos", ""])
def test_items_that_others_define_are_no_layers(key: str) -> None:
    assert list(sentences(in_misc(f"{key}=No"))[0].layers) == list(LAYERS)


def test_a_layer_that_is_meant_stands_once() -> None:
    content = in_misc("_", "ner=B-A|ner=B-B")
    assert written(*sentences(content)) == content
    with pytest.raises(FormatError, match=r"<stream>:2: expected one item ner= in MISC, found 2 \(B-A, B-B\)"):
        list(read(io.BytesIO(content.encode()), ConlluFormat(layer="ner")))


@given(st.dictionaries(st.sampled_from(["pos", "ner", "ner2", "num"]), st.sampled_from(["B-A", "", "_", "O"])))
def test_further_layers_come_back(tags: dict[str, str]) -> None:
    sentence = Sentence(("a", "b"), {name: (tag, "O") for name, tag in tags.items()})
    [found, _] = sentences(written(sentence, sentence))
    assert {name: layer for name, layer in found.layers.items() if name not in LAYERS} == sentence.layers


def test_text_and_documents_that_no_comment_tells_are_told() -> None:
    sentence = Sentence(("Oui", "."), text="Bon. Oui. ", offsets=((5, 8), (8, 9)), starts_document=True)
    expected = "# newdoc\n# text = Oui.\n1\tOui\t" + "_\t" * 7 + "SpaceAfter=No\n2\t.\t" + "_\t" * 7 + "_\n\n"
    assert written(sentence) == expected
    [again] = sentences(expected)
    assert (again.starts_document, again.text, again.offsets) == (True, "Oui.", ((0, 3), (3, 4)))


def test_lines_that_conllu_has_not_are_not_written() -> None:
    sentence = Sentence(("a",), extras=(Extra(0, "-DOCSTART- O"), Extra(0, ""), Extra(0, "# c"), Extra(1, "\t")))
    assert written(sentence) == f"# c\n{WORD}\n"  # a blank line within a block would end it
    assert written(Sentence(("a",), extras=(Extra(0, "; c"), Extra(1, "\t")))) == f"{WORD}\t\n"


def test_sentences_without_tokens_are_blank_lines() -> None:
    assert written(Sentence(()), Sentence(())) == "\n\n"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1\ta\n", "expected 10 filled columns, found 2 in '1\\ta'"),
        ("1 a _ _ _ _ _ _ _ _\n", "expected 10 filled columns, found 1"),
        ("1\ta\t_\t_\t_\t\t_\t_\t_\t_\n", "found column 6 empty; write _"),
        ("2\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "expected word 1, found '2'"),
        ("x\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "expected a word's number such as 3, 3-4 or 3.1, found 'x'"),
        ("-1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "expected a word's number"),
        ("٣\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", "expected a word's number"),
    ],
)
def test_a_line_that_does_not_fit_is_named(line: str, problem: str) -> None:
    with pytest.raises(FormatError) as caught:
        sentences("# c\n\n" + line)
    assert caught.value.line == 3
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "sentence",
    [
        Sentence(("a\tb",)),
        Sentence(("a\nb",)),
        Sentence(("",)),
        Sentence(("a",), {"upos": ("",)}),
        Sentence(("a",), {"misc": ("x\r",)}),
    ],
)
def test_what_would_not_come_back_is_not_written(sentence: Sentence) -> None:
    with pytest.raises(FormatError, match=r"<memory>:1: .* would not come back"):
        written(sentence)


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\ufeff"), min_size=1)


@given(st.lists(st.lists(words, min_size=1, max_size=4), max_size=4))
def test_any_forms_come_back(forms: list[list[str]]) -> None:
    content = written(*(Sentence(tuple(tokens)) for tokens in forms))
    assert [list(s.tokens) for s in sentences(content)] == forms


@given(st.text(st.one_of(st.sampled_from(" \n\r\t\u200b\x1c\x85\\|#="), st.characters(exclude_categories=["Cs"]))))
def test_any_text_comes_back(text: str) -> None:
    text = text.replace("\ufeff", "")
    if not is_blank(text):
        unit = as_unit(text, tokeniser=Tokeniser("blanks"))
        first, last = (unit.offsets or ())[0][0], (unit.offsets or ())[-1][1]
        [again] = sentences(written(unit))
        assert again.tokens == unit.tokens
        read_text, read_offsets = own_text(again)
        assert (read_text, len(read_offsets)) == (text[first:last], len(unit))


def test_many_lines_without_words_do_not_pile_up() -> None:
    read_all = sentences("# c\n" * 5000)
    assert max(len(s.extras) for s in read_all) == 1000
    assert written(*read_all) == "# c\n" * 5000


# sentences, tokens, and how many sentences are aligned with their text
CARDS = [
    ("ud_english_ewt", "dev.conllu", (2001, 25147, 2001)),
    ("ud_english_ewt", "test.conllu", (2077, 25094, 2077)),
    ("ud_english_ewt", "train.conllu.gz", (12544, 204577, 12544)),
    ("ud_armenian_bsut", "train.conllu", (1226, 21246, 1226)),
    ("ud_armenian_bsut", "dev.conllu", (479, 10312, 479)),
    ("ud_uyghur_udt", "train.conllu", (1656, 19262, 1656)),
    ("ud_uyghur_udt", "test.conllu", (900, 10330, 900)),
    ("ud_vietnamese_vtb", "dev.conllu", (1123, 26162, 1123)),
    ("ud_vietnamese_vtb", "train.conllu", (1400, 20215, 1400)),
]


@pytest.mark.parametrize(("corpus", "file", "card"), CARDS, ids=[f"{c[0]}-{c[1]}" for c in CARDS])
def test_a_real_file_has_the_counts_of_its_card_and_comes_back(
    data: Callable[[str], Path], corpus: str, file: str, card: tuple[int, int, int]
) -> None:
    path = data(corpus) / file
    found = list(read(path, ConlluFormat()))
    content = path.read_bytes()
    assert b"".join(encode(found, ConlluFormat())) == (gzip.decompress(content) if path.suffix == ".gz" else content)
    assert (len(found), sum(map(len, found)), sum(s.offsets is not None for s in found)) == card
    for sentence in found[:200]:
        assert sentence.text is not None
        assert sentence.offsets is not None
        for token, (start, end) in zip(sentence.tokens, sentence.offsets, strict=True):
            assert sentence.text[start:end] == token or any("-" in e.line.split("\t")[0] for e in sentence.extras)
