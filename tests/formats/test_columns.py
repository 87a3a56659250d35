"""CoNLL columns: the traps of real files, the rows that do not fit, and the way back to the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError, TaggerError
from taggers.formats import ColumnFormat, Lines, encode, read, resolve_columns
from taggers.text import Extra, Sentence
from taggers.text.detection import detect
from taggers.text.schemes import decode

DANISH = ColumnFormat(("index", "token", "ner", "nested", "annotator"), comments="#")


def sentences(content: str | bytes, format: ColumnFormat | None = None) -> list[Sentence]:
    data = content.encode() if isinstance(content, str) else content
    return list(read(io.BytesIO(data), format or ColumnFormat()))


def again(content: str, format: ColumnFormat | None = None) -> str:
    """What was read, written again."""
    format = format or ColumnFormat()
    lines = Lines(io.BytesIO(content.encode()))
    format = resolve_columns(lines, format)
    return b"".join(encode(read(lines, format), format)).decode()


def fault(content: str | bytes, format: ColumnFormat | None = None) -> str:
    with pytest.raises(FormatError) as caught:
        sentences(content, format)
    return str(caught.value)


def test_token_first_and_tag_last_is_the_default() -> None:
    [one] = sentences("Ada NNP x B-PER\nslept VBD y O\n")
    assert one.tokens == ("Ada", "slept")
    assert one.layers == {"column1": ("NNP", "VBD"), "column2": ("x", "y"), "tag": ("B-PER", "O")}


def test_a_blank_line_that_holds_a_tab_ends_a_sentence() -> None:
    assert [s.tokens for s in sentences("a\tO\n\t\nb\tO\n \t \nc\tO\n")] == [("a",), ("b",), ("c",)]


def test_a_token_that_is_a_hash_is_no_comment() -> None:
    [one] = sentences("#\tO\n#Beyonce\tB-person\n")
    assert one.tokens == ("#", "#Beyonce")


def test_comments_stand_before_the_first_token_only() -> None:
    [one] = sentences("# a comment\n# another\nyes\tO\n#\tO\n", ColumnFormat(comments="#"))
    assert one.tokens == ("yes", "#")
    assert one.extras == (Extra(0, "# a comment"), Extra(0, "# another"))
    assert [one.line_of(0), one.line_of(1)] == [3, 4]


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2028", "\x0b", "\x1c", "\u0085"])
@pytest.mark.parametrize("separator", ["\t", " "])
def test_a_character_that_only_looks_blank_is_no_separator(space: str, separator: str) -> None:
    [one] = sentences(f"{space}{separator}O\na{space}b{separator}B-X\n")
    assert one.tokens == (space, f"a{space}b")
    assert one.layers["tag"] == ("O", "B-X")


def test_tokens_may_hold_blanks_where_tabs_separate() -> None:
    [one] = sentences("xin chào\tO\n")
    assert one.tokens == ("xin chào",)


def test_runs_of_blanks_are_one_separator() -> None:
    [one] = sentences("Ada   B-PER\nslept O \n")
    assert one.layers["tag"] == ("B-PER", "O")


def test_a_said_separator_is_not_guessed() -> None:
    [one] = sentences("a\tb O\n", ColumnFormat(separator="space"))
    assert one.layers == {"column1": ("b",), "tag": ("O",)}
    [one] = sentences("a b\tO\n", ColumnFormat(separator="tab"))
    assert one.tokens == ("a b",)


@pytest.mark.parametrize(
    ("content", "starts"),
    [
        ("-DOCSTART- O\n\na O\n\nb O\n\n-DOCSTART- O\n\nc O\n", [True, False, True]),  # before its document
        ("a O\n\n-DOCSTART- O\n\nb O\n\n-DOCSTART- O\n", [False, True, False]),  # after it
        ("a O\n-DOCSTART- O\nb O\n", [False, True]),  # with no blank line about it
        ("-DOCSTART-\na O\n", [True]),
        ("-DOCSTART- -X- -X- O\n\n# c\na O\n", [True]),
    ],
)
def test_document_boundaries_are_kept(content: str, starts: list[bool]) -> None:
    format = ColumnFormat(comments="#")
    assert [s.starts_document for s in sentences(content, format)] == starts
    assert again(content, format).rstrip("\n") == content.rstrip("\n")


def test_lines_after_the_last_sentence_come_without_tokens() -> None:
    one, last = sentences("a O\n\n\n-DOCSTART- O\n")
    assert one.extras == ()
    assert (last.tokens, last.layers, [e.line for e in last.extras]) == ((), {"tag": ()}, ["", "-DOCSTART- O"])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "\n\n\n",
        "a O\n\n",
        "\n\na O\n\n\n\nb O\n\n",
        "a\tO\n\t\nb\tO\n\n",
        "-DOCSTART- O\n\na O\n\n-DOCSTART- O\n",
        "a\tX\tO\n\nb\tY\tO\n\n",
        "a\t\tO\n\n",  # an empty column that nobody named
    ],
)
def test_what_is_read_is_written_byte_for_byte(content: str) -> None:
    assert again(content) == content


def test_only_line_ends_and_runs_of_blanks_are_written_otherwise() -> None:
    assert again("\ufeffa   O\r\n b\tB-X \r\n\r\nc O") == "a O\nb B-X\n\nc O\n\n"


characters = st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"], exclude_characters="\ufeff")
words = st.text(characters, min_size=1).filter(lambda word: not word.startswith("-DOCSTART-"))


@given(
    st.lists(st.lists(st.tuples(words, words, words), min_size=1, max_size=4), max_size=4),
    st.sampled_from(["tab", "space"]),
    st.sampled_from([("token", "upos", "ner"), ("upos", "token", "ner"), {"token": -1, "ner": 0}]),
)
def test_any_words_come_back(
    rows: list[list[tuple[str, str, str]]], separator: str, columns: tuple[str, ...] | dict[str, int]
) -> None:
    format = ColumnFormat(columns, separator="tab" if separator == "tab" else "space")
    blank = "\t" if separator == "tab" else " "
    content = "".join("".join(f"{blank.join(row)}\n" for row in sentence) + "\n" for sentence in rows)
    assert again(content, format) == content
    assert [len(s) for s in sentences(content, format)] == [len(sentence) for sentence in rows]


def test_sentences_without_tokens_are_blank_lines() -> None:
    assert b"".join(encode([Sentence(()), Sentence(("a",), {"tag": ("O",)}), Sentence(())], ColumnFormat())) == (
        b"\na\tO\n\n\n"
    )


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({"token": 0, "tag": -1}, ("token", "column1", "column2", "tag")),
        ({"tag": 0, "token": -1}, ("tag", "column1", "column2", "token")),
        (("index", "token"), ("index", "token", "column2", "column3")),
        ({"token": 2}, ("column0", "column1", "token", "column3")),
    ],
)
def test_columns_are_named(columns: dict[str, int] | tuple[str, ...], names: tuple[str, ...]) -> None:
    assert ColumnFormat(columns).names(4) == names


@pytest.mark.parametrize("columns", [("upos", "ner"), {"tag": -1}, ("token", "ner", "ner"), ()])
def test_columns_without_a_token_or_with_a_name_twice_are_refused(columns: tuple[str, ...] | dict[str, int]) -> None:
    with pytest.raises(TaggerError, match="expected"):
        ColumnFormat(columns)


@pytest.mark.parametrize(
    ("content", "format", "expected"),
    [
        ("a O\nb c O\n", ColumnFormat(), ":2: expected 2 columns as in line 1, found 3 in 'b c O'; give every token"),
        ("a\tO\nb O\n", ColumnFormat(), ":2: expected 2 columns as in line 1, found 1 in 'b O'; if blanks separate"),
        ("a O\nb x\tO\n", ColumnFormat(), ":2: expected 2 columns as in line 1, found 3 in 'b x\\tO'; if tabs"),
        ("a\tO\n\n# b\nc\tO\n", ColumnFormat(), ":3: expected 2 columns as in line 1, found 1 in '# b'; if it is"),
        ("a\n", ColumnFormat(), ":1: expected 2 columns or more for token=0,tag=-1, found 1 in 'a'; name the columns"),
        ("a\tO\n", ColumnFormat(("token", "x", "ner")), ":1: expected 3 columns or more for token,x,ner, found 2"),
        ("a O\nb O\nO\n", ColumnFormat(), ":3: expected 2 columns as in line 1, found 1 in 'O'; give every token"),
        ("a\tO\n\tO\n", ColumnFormat(), ":2: expected a token in column 0, found none; fill it"),
        ("a\tO\n\nb\tO\nc\t\n", ColumnFormat(), ":4: expected a tag in column 1, found none; fill it"),
        ("a t t\nx y O\n", ColumnFormat({"token": 0}, header=True), ":1: expected a header with a name for each"),
        ("a\t\nx\ty\n", ColumnFormat({"token": 0}, header=True), ":1: expected a header with a name for each"),
        ("form ner\nx y\n", ColumnFormat({"token": 5}, header=True), ":1: expected 6 columns or more for token=5"),
        ("1\tAda" + "\t_" * 8 + "\n", ColumnFormat(), ":1: looks like CoNLL-U, whose words stand in the second column"),
        ("1-2\tdu" + "\t_" * 8 + "\n", ColumnFormat(), ":1: looks like CoNLL-U"),
        ("-DOCSTART- O\n\nw ner\na O\n", ColumnFormat(header=True), ":1: expected a header that names the columns in"),
        ("# w ner\na O\n", ColumnFormat(header=True, comments="#"), ":1: expected a header that names the columns in"),
        ("ner token\nO a\n", ColumnFormat(header=True), "say where the tokens are: --columns token=1"),
        ("Ada\tO\rslept\tO\r\rObi\tO\r", ColumnFormat(), ":1: expected lines that end in LF or CRLF, found them"),
        ("form ner\nx\n", ColumnFormat(header=True), ":2: expected 2 columns as in line 1, found 1"),
    ],
)
def test_a_row_that_does_not_fit_is_one_line_that_says_what_to_do(
    content: str, format: ColumnFormat, expected: str
) -> None:
    assert expected in fault(content, format)


def test_a_bare_token_column_is_enough_where_only_tokens_are_asked_for() -> None:
    [one] = sentences("a\nb\n", ColumnFormat(("token",)))
    assert (one.tokens, one.layers) == (("a", "b"), {})


def test_the_first_line_names_the_columns_where_it_is_a_header() -> None:
    content = "form\tpos\tner\nAda\tNNP\tB-PER\n\n"
    format = ColumnFormat(header=True)
    [one] = sentences(content, format)
    assert one.layers == {"pos": ("NNP",), "ner": ("B-PER",)}
    assert one.source.line == 2
    assert again(content, format) == content
    assert b"".join(encode([one], format)).decode() == content.replace("form", "token")  # a header was not read
    resolved = resolve_columns(Lines(io.BytesIO(content.encode())), format)
    assert resolve_columns(Lines(io.BytesIO(content.encode())), resolved) == resolved


@pytest.mark.parametrize("middle", ["\n\n", "\n" * 1500, "-DOCSTART-\tO\n" + "\n" * 1500, "\n-DOCSTART-\tO\n\n"])
def test_the_header_stands_first_and_boundaries_once_whatever_comes_between(middle: str) -> None:
    for after in ("", "Ada\tO\n\n"):
        content = f"form\tner\n{middle}{after}"
        assert again(content, ColumnFormat(header=True)) == content
        assert again(middle + after) == middle + after


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("1996\ta\tb\tc\td\te\tf\tg\th\tB-YEAR\n\n", ColumnFormat()),
        ("1\tAda" + "\t_" * 8 + "\n\n", ColumnFormat(("token", *"abcdefghi"))),
        ("1\tAda" + "\t_" * 8 + "\n\n", ColumnFormat({"token": 0})),
    ],
)
def test_ten_columns_may_be_no_conllu(content: str, columns: ColumnFormat) -> None:
    assert again(content, columns) == content


def test_a_header_that_would_not_come_back_is_not_written() -> None:
    sentence = Sentence(("Ada",), {"ner tag": ("O",)})
    with pytest.raises(FormatError, match="the header 'token ner tag' would not come back as 2 names"):
        list(encode([sentence], ColumnFormat({"token": 0}, separator="space", header=True)))


def test_two_columns_at_one_place_are_refused() -> None:
    with pytest.raises(TaggerError, match="columns token=0,tag=0: expected each at a place of its own"):
        ColumnFormat({"token": 0, "tag": 0})


def test_the_empty_prefix_begins_no_comment() -> None:
    assert ColumnFormat(comments="").comments is None


@pytest.mark.parametrize("columns", [{"token": 0}, {"token": -2, "tag": -1}, ("token", "tag")])
def test_a_file_of_a_header_alone_comes_back(columns: tuple[str, ...] | dict[str, int]) -> None:
    lines = Lines(io.BytesIO(b"form\tner\n"))
    format = resolve_columns(lines, ColumnFormat(columns, header=True))
    assert b"".join(encode(read(lines, format), format)) == b"form\tner\n"
    assert resolve_columns(Lines(io.BytesIO(b"")), ColumnFormat(header=True)).header_names == ()


def test_predicted_tags_are_written_as_the_last_column() -> None:
    indexed, tag_first = ColumnFormat(("i", "token")), ColumnFormat({"token": -1})
    for content, format in (("1 Ada B-PER\n", indexed), ("B-PER Ada\n", tag_first)):
        [one] = sentences(content, format)
        more = Sentence(one.tokens, {**one.layers, "predicted": ("O",)})
        assert b"".join(encode([more], format)).decode().replace("\t", " ") == content.replace("\n", " O\n\n")


@pytest.mark.parametrize(
    ("sentence", "format"),
    [
        (Sentence(("xin chào",), {"tag": ("O",)}), ColumnFormat(separator="space")),
        (Sentence(("a\tb",), {"tag": ("O",)}), ColumnFormat(separator="space")),
        (Sentence(("a\tb",), {"tag": ("O",)}), ColumnFormat()),
        (Sentence(("a\nb",), {"tag": ("O",)}), ColumnFormat()),
        (Sentence(("a",), {"tag": ("O\r",)}), ColumnFormat()),
        (Sentence(("",), {"tag": ("O",)}), ColumnFormat()),
        (Sentence(("a",), {"tag": ("",)}), ColumnFormat()),
        (Sentence(("a", "b"), {"x": ("", "y")}), ColumnFormat({"token": 0}, separator="space")),
        (Sentence((" ",)), ColumnFormat(("token",))),
        (Sentence(("-DOCSTART-",), {"tag": ("O",)}), ColumnFormat()),
        (Sentence(("#",), {"tag": ("O",)}), ColumnFormat(comments="#")),
    ],
)
def test_what_would_not_come_back_is_not_written(sentence: Sentence, format: ColumnFormat) -> None:
    with pytest.raises(FormatError, match=r"<memory>:1: .* would not come back"):
        list(encode([sentence], format))


def test_a_hash_within_a_sentence_comes_back_beside_comments() -> None:
    sentence = Sentence(("a", "#"), {"tag": ("O", "O")})
    assert list(encode([sentence], ColumnFormat(comments="#"))) == [b"a\tO\n#\tO\n\n"]


def test_sentences_of_other_layers_than_the_first_are_refused() -> None:
    with pytest.raises(FormatError, match="<memory>:1: expected the layers x as in those before, found y; give"):
        list(encode([Sentence(("a",), {"x": ("O",)}), Sentence(("a",), {"y": ("O",)})], ColumnFormat()))


def test_a_document_that_no_line_marks_is_marked() -> None:
    first = Sentence(("a",), {"tag": ("O",)}, starts_document=True)
    [written, second] = encode([first, first], ColumnFormat())
    assert written == second == b"-DOCSTART-\tO\n\na\tO\n\n"
    assert [s.starts_document for s in sentences(written + second)] == [True, True]


def test_a_character_that_the_encoding_has_not_is_refused() -> None:
    sentence = Sentence(("日",), {"tag": ("O",)})
    with pytest.raises(FormatError, match="'日' in sentence 1 has no place in latin-1"):
        list(encode([sentence], ColumnFormat(encoding="latin-1")))
    with pytest.raises(FormatError, match=r"'\\ud800' in sentence 1 has no place in utf-8"):
        list(encode([Sentence(("\ud800",), {"tag": ("O",)})], ColumnFormat()))


def test_the_separator_is_found_behind_comments_and_boundaries() -> None:
    found = [("# a b\n-DOCSTART- O\n\na\tO\n", "tab"), ("#\tc\n\na O\n", "space"), ("", "auto"), ("\n" * 2000, "auto")]
    for content, expected in found:
        lines = Lines(io.BytesIO(content.encode()))
        assert resolve_columns(lines, ColumnFormat(comments="#")).separator == expected


def test_a_million_blank_lines_do_not_pile_up() -> None:
    longest = 0
    number = 0
    for sentence in read(io.BytesIO(b"\n" * 100_000 + b"a O\n"), ColumnFormat()):
        longest = max(longest, len(sentence.extras))
        number += len(sentence.extras)
    assert number == 100_000
    assert longest <= 1000


def test_reading_does_not_wait_for_the_end_of_the_file() -> None:
    rows = iter([b"a O\n", b"\n"])

    class Pipe(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            piece = next(rows)  # a third read would raise StopIteration
            buffer[: len(piece)] = piece
            return len(piece)

    assert next(read(io.BufferedReader(Pipe()), ColumnFormat())).tokens == ("a",)


# The counts of the corpora's cards: sentences, tokens, entities, violations, scheme.
CARDS = [
    ("wnut17", "train.conll", ColumnFormat(), "tag", (3394, 62730, 1975, 0, "IOB2")),
    ("wnut17", "dev.conll", ColumnFormat(), "tag", (1009, 15733, 836, 0, "IOB2")),
    ("wnut17", "test.conll", ColumnFormat(), "tag", (1287, 23394, 1079, 0, "IOB2")),
    ("wikigold", "train.conll", ColumnFormat(), "tag", (1315, 30957, 2723, 0, "IOB1")),
    ("wikigold", "dev.conll", ColumnFormat(), "tag", (229, 5094, 541, 0, "IOB1")),
    ("wikigold", "test.conll", ColumnFormat(), "tag", (152, 2956, 294, 0, "IOB1")),
    ("uner_danish_ddt", "train.iob2", DANISH, "ner", (4383, 80378, 3028, 6, "IOB2")),
    ("uner_danish_ddt", "dev.iob2", DANISH, "ner", (564, 10332, 379, 0, "IOB2")),
    ("uner_danish_ddt", "test.iob2", DANISH, "ner", (565, 10023, 447, 1, "IOB2")),
    ("uner_chinese_gsdsimp", "char_test.bmes", ColumnFormat(), "tag", (500, 19206, 763, 0, "BMES")),
    ("snips", "test.conll", ColumnFormat(comments="#"), "tag", (700, 6815, 1794, 0, "IOB2")),
]


@pytest.mark.parametrize(("corpus", "file", "format", "layer", "card"), CARDS, ids=[f"{c[0]}-{c[1]}" for c in CARDS])
def test_a_real_file_has_the_counts_of_its_card_and_comes_back(
    data: Callable[[str], Path], corpus: str, file: str, format: ColumnFormat, layer: str, card: tuple[int | str, ...]
) -> None:
    path = data(corpus) / file
    lines = Lines(path)
    format = resolve_columns(lines, format)
    read_all = list(read(lines, format))
    found = [s for s in read_all if s.tokens]
    tags = [s.layers[layer] for s in found]
    detected = detect(tags)
    entities = sum(len(decode(t)) for t in tags)
    assert (len(found), sum(map(len, found)), entities, detected.violations, detected.scheme.name) == card
    assert b"".join(encode(read_all, format)) == path.read_bytes()


def test_a_copy_in_another_encoding_holds_the_same(data: Callable[[str], Path]) -> None:
    folder = data("uner_danish_ddt")
    latin = ColumnFormat(DANISH.columns, comments="#", encoding="latin-1")
    ours = [s.tokens for s in read(folder / "latin1" / "test.iob2", latin)]
    assert ours == [s.tokens for s in read(folder / "test.iob2", DANISH)]
    with pytest.raises(FormatError, match=r"test\.iob2:2: expected utf-8, found byte 0xe6 at byte offset 143"):
        list(read(folder / "latin1" / "test.iob2", DANISH))


def test_every_document_of_a_real_file_is_found(data: Callable[[str], Path]) -> None:
    starts = [s.starts_document for s in read(data("wikigold") / "train.conll", ColumnFormat())]
    assert sum(starts) == 115  # 116 boundaries, the last of them after the last sentence


def test_comments_that_nobody_named_are_an_error_not_tokens(data: Callable[[str], Path]) -> None:
    with pytest.raises(FormatError, match="if it is a comment, say so with --comments"):
        list(read(data("uner_danish_ddt") / "test.iob2", ColumnFormat()))
