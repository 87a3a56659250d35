"""JSON lines with character spans: offsets checked, nothing lost on the way to tokens and back."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError
from taggers.formats import (
    KINDS,
    DoccanoFormat,
    Format,
    HuggingFaceFormat,
    JsonlFormat,
    ProdigyFormat,
    SpacyFormat,
    encode,
    kind_of,
    read,
    resolve,
)
from taggers.formats.joined import join
from taggers.formats.lines import Lines
from taggers.formats.marks import JOINED, NESTED, NO_TOKEN, WIDENED, is_nested
from taggers.formats.records import dump
from taggers.text import Sentence
from taggers.text.schemes import decode

TEXT = "Ada Obi went to New York. She slept."
DOCCANO = {"id": 7, "text": TEXT, "label": [[0, 7, "PER"], [16, 24, "LOC"]], "Comments": ["é"]}
ENTITIES = {
    "id": 6400, "text": TEXT, "Comments": [],
    "entities": [
        {"id": 1662, "label": "PER", "start_offset": 0, "end_offset": 7},
        {"id": 1663, "label": "LOC", "start_offset": 16, "end_offset": 24},
    ],
    "relations": [{"id": 273, "from_id": 1662, "to_id": 1663, "type": "went"}],
}  # fmt: skip
PRODIGY = {
    "text": "Ada slept\n",
    "_input_hash": 1,
    "tokens": [
        {"text": "Ada", "start": 0, "end": 3, "id": 0, "ws": True},
        {"text": "slept", "start": 4, "end": 9, "id": 1, "ws": False},
        {"text": "\n", "start": 9, "end": 10, "id": 2, "ws": False},
    ],
    "spans": [{"start": 0, "end": 3, "token_start": 0, "token_end": 0, "label": "PER"}],
    "meta": {"source": "a"}, "answer": "accept",
}  # fmt: skip
SPACY = [TEXT, {"entities": [[0, 7, "PER"], [16, 24, "LOC"]], "cats": {}}]
HUGGING = {"id": "0", "tokens": ["Ada", "slept"], "pos_tags": [22, 38], "ner_tags": ["B-PER", "O"]}
OWN = {"text": "Ada", "tokens": ["Ada"], "spans": [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}],
       "line": 4, "offset": 9}  # fmt: skip
FORMATS: list[tuple[Any, Format]] = [
    (DOCCANO, DoccanoFormat()),
    (ENTITIES, DoccanoFormat()),
    ({"text": TEXT}, DoccanoFormat()),
    ({"text": TEXT, "labels": None}, DoccanoFormat()),
    (PRODIGY, ProdigyFormat()),
    ({"text": TEXT, "spans": []}, ProdigyFormat()),
    (SPACY, SpacyFormat()),
    ([TEXT, {}], SpacyFormat()),
    (HUGGING, HuggingFaceFormat()),
    (OWN, JsonlFormat()),
    ({"text": "Go!", "tokens": ["Go", "!"], "tags": ["V", "P"], "line": 1, "offset": 0}, JsonlFormat()),
]


def lines_of(records: Iterable[Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def taken(*records: Any, format: Format | None = None) -> list[Sentence]:
    return list(read(io.BytesIO(lines_of(records)), format or JsonlFormat()))


def again(content: bytes, format: Format) -> bytes:
    return b"".join(encode(read(io.BytesIO(content), format), format))


def spans(sentences: Sequence[Sentence], layer: str = "tag") -> list[tuple[int, int, str]]:
    """The spans of a layer and of those nested in it, by characters of their records."""
    return [mark[:3] for joined in join(sentences, layer, documents=False) for mark in joined.spans]


@pytest.mark.parametrize(("record", "format"), FORMATS, ids=lambda value: json.dumps(value)[:9] + "_"
                         if isinstance(value, dict | list) else kind_of(value).name)  # fmt: skip
class TestEachShape:
    def test_the_first_record_tells_whose_it_is(self, record: Any, format: Format) -> None:
        found = resolve(Lines(io.BytesIO(b"\n" + lines_of([record]))), JsonlFormat())
        assert type(found) is type(format)

    @pytest.mark.parametrize("style", [
        {}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"ensure_ascii": False, "separators": (",", ":")},
        {"indent": None, "separators": (" ,  ", " : ")},
    ])  # fmt: skip
    def test_records_come_back_byte_by_byte(self, record: Any, format: Format, style: dict[str, Any]) -> None:
        content = 2 * (json.dumps(record, **style) + "\n").encode()
        assert again(content, format) == content
        assert not content.isspace()

    def test_what_is_no_such_record_is_refused(self, record: Any, format: Format) -> None:
        for other in (b"3", b"[1]", b'{"x": 1}', b"null"):
            with pytest.raises(FormatError, match=r"<stream>:2: expected a (record|list)"):
                list(read(io.BytesIO(lines_of([record]) + other), format))

    def test_what_is_no_json_is_refused(self, record: Any, format: Format) -> None:
        del record
        for other in (b"{", b"{'a': 1}", b'{"text": "a"', b"[" * 100_000):
            with pytest.raises(FormatError, match=r"<stream>:1: expected (one JSON record|a record)"):
                list(read(io.BytesIO(other), format))


def test_spans_become_tags_of_sentences() -> None:
    one, two = taken(DOCCANO)
    assert one.layers == {"tag": ("B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O")}
    assert two.layers == {"tag": ("O", "O", "O")}
    assert (one.text, two.text, one.starts_document, two.starts_document) == (TEXT, TEXT, True, False)
    assert spans([one, two]) == [(0, 7, "PER"), (16, 24, "LOC")]
    assert taken(ENTITIES)[0].layers == one.layers == taken(SPACY)[0].layers
    assert taken(ENTITIES, format=DoccanoFormat("ner"))[0].layers.keys() == {"ner"}


def test_tokens_of_a_record_are_its_sentence() -> None:
    [sentence] = taken(PRODIGY)
    assert (sentence.tokens, sentence.offsets) == (("Ada", "slept"), ((0, 3), (4, 9)))
    assert not sentence.starts_document
    assert [s.tokens for s in taken({**PRODIGY, "tokens": None})] == [("Ada", "slept")]


def test_a_record_that_was_not_accepted_is_told() -> None:
    [sentence] = taken({**PRODIGY, "answer": "reject"})
    assert [note.line for note in sentence.notes] == ['<stream>:1: "reject"']


def test_a_span_that_cuts_a_token_is_widened_or_refused() -> None:
    record = {"text": "Ada slept", "label": [[1, 6, "X"]]}
    [sentence] = taken(record)
    assert sentence.layers["tag"] == ("B-X", "I-X")
    [note] = sentence.notes
    assert note == (WIDENED, "<stream>:1: X 1 to 6 'da sl', now 0 to 9 'Ada slept'")
    with pytest.raises(FormatError, match=r"<stream>:1: span 1 to 6 cuts a token of 'Ada slept'.*--on-cut snap"):
        taken(record, format=DoccanoFormat(on_cut="refuse"))
    assert again(lines_of([record]), DoccanoFormat()) == lines_of([record])


def test_white_space_about_a_span_is_no_cut() -> None:
    [sentence] = taken({"text": "Ada slept", "label": [[3, 9, "X"]]}, format=DoccanoFormat(on_cut="refuse"))
    assert sentence.layers["tag"] == ("O", "B-X")
    assert [note.kind for note in sentence.notes] == [WIDENED]


def test_a_span_of_white_space_stays_in_its_record() -> None:
    record = {"text": "Ada  slept", "label": [[3, 5, "X"]]}
    [sentence] = taken(record)
    assert (sentence.layers["tag"], [note.kind for note in sentence.notes]) == (("O", "O"), [NO_TOKEN])
    assert again(lines_of([record]), DoccanoFormat()) == lines_of([record])


def test_a_span_across_the_border_of_sentences_joins_them() -> None:
    record = {"text": TEXT + " Yes.", "label": [[20, 29, "X"]]}
    one, two = taken(record)
    assert (one.tokens[-4:], two.tokens) == ((".", "She", "slept", "."), ("Yes", "."))
    assert spans([one, two]) == [(20, 29, "X")]
    assert [note.kind for note in one.notes] == [JOINED]


def test_spans_in_spans_have_layers_of_their_own() -> None:
    label = [[0, 3, "A"], [0, 7, "B"], [4, 7, "C"], [4, 12, "D"], [0, 7, "B"]]
    sentences = taken({"text": TEXT, "label": label})
    assert [decode(tags) for tags in sentences[0].layers.values()] == [
        [(0, 2, "B")], [(0, 2, "B")], [(0, 1, "A"), (1, 3, "D")], [(1, 2, "C")],
    ]  # fmt: skip
    assert list(sentences[0].layers) == ["tag", "tag2", "tag3", "tag4"]
    assert {note.kind for note in sentences[0].notes} == {NESTED}
    assert sorted(spans(sentences)) == sorted((a, b, str(c)) for a, b, c in label)


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ([[0, 99, "X"]], "expected a span within the 36 characters of the text, found 0 to 99"),
        ([[-1, 3, "X"]], "expected a span within the 36 characters of the text, found -1 to 3"),
        ([[4, 3, "X"]], "expected a span within the 36 characters of the text, found 4 to 3"),
        ([[3, 3, "X"]], "expected a span of one character or more, found X from 3 to 3"),
        ([[0.0, 3, "X"]], "expected whole numbers as the start and end of a span, found 0.0 and 3"),
        ([[True, 3, "X"]], "expected whole numbers"),
        ([["0", 3, "X"]], "expected whole numbers"),
        ([[0, 3, ""]], "expected the label of span 0 to 3 as a string, found ''"),
        ([[0, 3, 1]], "expected the label of span 0 to 3 as a string, found 1"),
        ([[0, 3]], 'expected a span such as [0, 3, "PER"], found [0, 3]'),
        (["joy"], 'expected a span such as [0, 3, "PER"], found "joy"'),
        ([{"start": 0}], "expected whole numbers as the start and end of a span, found None and None"),
        ({}, "expected a list as 'label', found {}"),
    ],
)
def test_a_wrong_span_is_refused_with_its_line(label: Any, found: str) -> None:
    for record in ({"text": TEXT, "label": label}, [TEXT, {"entities": label}]):
        if isinstance(record, list) and label in ({}, [{"start": 0}]):
            continue
        with pytest.raises(FormatError, match=re.escape(f"<stream>:2: {found}")):
            taken({"text": TEXT} if isinstance(record, dict) else [TEXT, {}], record)


@pytest.mark.parametrize(
    ("text", "start", "hint"),
    [
        ("éa Ada slept", 4, "expected 'da ' .* found 'Ada'; offsets count characters .*and these count bytes of UTF-8"),
        ("\U0001f600 Ada slept", 3, "and these count UTF-16 units: convert them"),
        ("Obi slept", 0, "expected 'Obi' .* found 'Ada'.*were they made for bytes, UTF-16 or another text"),
    ],
)
def test_the_text_of_a_span_must_be_there(text: str, start: int, hint: str) -> None:
    span = {"start": start, "end": start + 3, "label": "X", "text": "Ada"}
    for more in ({}, {"tokens": text.split(), "line": 1, "offset": 0}):
        with pytest.raises(FormatError, match=f"^<stream>:1: .*{hint}"):
            taken({"text": text, "spans": [span], **more})


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"text": "Ada", "tokens": [{"text": "Ad", "start": 0, "end": 3}], "spans": []}, "expected 'Ada' as the text"),
        ({"text": "Ada", "tokens": [{"text": "Ada"}], "spans": []}, "expected whole numbers"),
        ({"text": "aa", "tokens": [{"text": "aa", "start": 0, "end": 2}, {"text": "a", "start": 1, "end": 2}]},
         "expected a token that begins at 2 or after, found one at 1"),
        ({"text": "a", "spans": [[0, 1, "X"]]}, 'expected a span such as {"start": 0'),
        ({"text": 3, "spans": []}, "expected a record with a string 'text', found 3"),
        ({"text": "Ada", "tokens": ["Obi"], "spans": [], "line": 1, "offset": 0}, 'expected the token "Obi" in the'),
        ({"text": "Ada", "tokens": [3], "spans": [], "line": 1, "offset": 0}, "expected the token 3 in the text"),
        ({"text": "a b", "tokens": ["b"], "spans": [], "line": 1, "offset": 0}, 'expected the token "b" in the text'),
        ({"text": "a", "tokens": ["a"], "spans": [3], "line": 1, "offset": 0}, "expected a span as an object, found 3"),
        ({"text": "a", "tokens": ["a"], "tags": [], "line": 1, "offset": 0}, "expected 1 strings as 'tags'"),
        ({"tokens": ["a"], "ner_tags": []}, "expected as many 'ner_tags' as tokens (1), found 0"),
        ({"tokens": ["a"], "ner_tags": "O"}, "expected a list of strings as 'ner_tags', found \"O\""),
        ({"tokens": ["a"], "ner_tags": ["O", 1]}, "expected a list of strings as 'ner_tags'"),
        ({"tokens": [1], "ner_tags": ["O"]}, "expected a list of strings as 'tokens'"),
        ({"tokens": [""], "ner_tags": ["O"]}, "expected strings that are not empty as 'tokens'"),
        ({"tokens": ["a"], "ner_tags": [1]}, "expected the names of tags as 'ner_tags', found the number 1"),
    ],
)  # fmt: skip
def test_wrong_records_are_refused_with_their_line(record: Any, found: str) -> None:
    with pytest.raises(FormatError, match=re.escape(f"<stream>:1: {found}")):
        taken(record)


def test_a_token_that_is_no_object_is_refused() -> None:
    with pytest.raises(FormatError, match="<stream>:1: expected a token with 'text', 'start' and 'end', found \"a\""):
        taken({"text": "a", "tokens": ["a"], "spans": []}, format=ProdigyFormat())


def test_numbers_are_tags_where_they_have_names() -> None:
    format = JsonlFormat("ner", tag_names=("O", "B-PER"))
    content = lines_of([{"tokens": ["Ada", "slept"], "pos_tags": [1, 2], "ner_tags": [1, 0]}])
    [sentence] = read(io.BytesIO(content), format)
    assert sentence.layers == {"pos": ("1", "2"), "ner": ("B-PER", "O")}
    assert again(content, HuggingFaceFormat(tag_names=("O", "B-PER"))) == content
    with pytest.raises(FormatError, match=":1: expected a number below 1, the count of --tag-names, found 1"):
        list(read(io.BytesIO(content), HuggingFaceFormat(tag_names=("O",))))


@pytest.mark.parametrize(
    ("format", "option"), [(JsonlFormat(tag_names=("O",)), "--tag-names"), (JsonlFormat(unspaced=True), "--unspaced")]
)
def test_what_says_nothing_to_the_shape_is_refused(format: JsonlFormat, option: str) -> None:
    with pytest.raises(FormatError, match=f"<stream>:1: {option} says nothing to records of doccano; leave it out"):
        taken(DOCCANO, format=format)


def test_other_tags_are_written_into_the_record_that_was_read() -> None:
    def changed(record: Any, tags: tuple[str, ...], format: Format, layer: str = "tag") -> Any:
        first, *others = taken(record, format=format)
        padded = (*tags, *("O",) * (len(first) - len(tags)))
        return json.loads(b"".join(encode([replace(first, layers={layer: padded}), *others], format)))

    tags = ("O", "B-NEW")
    assert changed(DOCCANO, tags, DoccanoFormat()) == {**DOCCANO, "label": [[4, 7, "NEW"]]}
    new = {"id": 1, "label": "NEW", "start_offset": 4, "end_offset": 7}
    assert changed(ENTITIES, tags, DoccanoFormat()) == {**ENTITIES, "entities": [new], "relations": []}
    assert changed(SPACY, tags, SpacyFormat()) == [TEXT, {"entities": [[4, 7, "NEW"]], "cats": {}}]
    prodigy = {"start": 4, "end": 9, "token_start": 1, "token_end": 1, "label": "NEW"}
    assert changed(PRODIGY, tags, ProdigyFormat()) == {**PRODIGY, "spans": [prodigy]}
    assert changed(HUGGING, tags, HuggingFaceFormat(), "ner") == {**HUGGING, "ner_tags": ["O", "B-NEW"]}
    assert changed(OWN, ("O",), JsonlFormat()) == {**OWN, "spans": []}
    assert changed(OWN, ("X",), JsonlFormat())["tags"] == ["X"]
    named = HuggingFaceFormat(tag_names=("O", "B-NEW"))
    numbers = {"tokens": ["a", "b"], "ner_tags": [0, 0]}
    assert changed(numbers, tags, named, "ner") == {**numbers, "ner_tags": [0, 1]}


def test_a_record_is_spelt_as_it_was() -> None:
    assert dump({"a": ["é"]}, '{"b":["ë",1]}') == '{"a":["é"]}'
    assert dump({"a": ["é"]}, '{"b": "\\u00eb"}') == '{"a": ["\\u00e9"]}'
    assert dump({"a": ["é"]}, '{ "b":1}') == '{"a": ["é"]}'


def test_a_blank_text_keeps_its_record() -> None:
    records = [{"text": " \n", "label": [], "id": 3}, {"text": "", "id": 4}]
    assert [s.tokens for s in taken(*records)] == [(), ()]
    assert again(lines_of(records), DoccanoFormat()) == lines_of(records)


LABELS = st.sampled_from(["PER", "LOC", "a b"])
TEXTS = st.text(st.sampled_from("ab .\n é\U0001f600\u200b\x1c"), min_size=1, max_size=30)


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    text = draw(TEXTS)
    places = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(places, places, LABELS), max_size=5))
    return text, [(min(a, b), max(a, b), label) for a, b, label in pairs if a != b]


@given(st.lists(texts_with_spans(), max_size=3), st.booleans())
def test_any_spans_come_back_as_they_were(given_: list[tuple[str, list[tuple[int, int, str]]]], spacy: bool) -> None:
    records: list[Any] = [
        [text, {"entities": some}] if spacy else {"text": text, "label": some, "id": number}
        for number, (text, some) in enumerate(given_)
    ]
    content = lines_of(records)
    assert again(content, SpacyFormat() if spacy else DoccanoFormat()) == content


@given(texts_with_spans())
def test_every_span_that_touches_a_token_is_in_a_layer_once(given_: tuple[str, list[tuple[int, int, str]]]) -> None:
    """The oracle looks at every token for each span."""
    text, some = given_
    sentences = taken({"text": text, "label": some})
    words = [offset for s in sentences for offset in s.offsets or ()]
    expected = []
    for start, end, label in some:
        if touching := [(a, b) for a, b in words if a < end and b > start]:
            expected.append((touching[0][0], touching[-1][1], label))
    assert sorted(spans(sentences)) == sorted(expected)
    assert all(len(s.layers) == len(sentences[0].layers) for s in sentences)
    for sentence in sentences:
        assert sentence.text == text
        assert all(text[a:b] == token for token, (a, b) in zip(sentence.tokens, sentence.offsets or (), strict=True))


WORDS = st.sampled_from(["Ada", "é", "x.", "\U0001f600"])
TAGGED = st.lists(st.lists(st.tuples(WORDS, st.sampled_from(["O", "B-X", "B-Y"])), min_size=1, max_size=6), max_size=4)


@given(TAGGED, st.sampled_from(["prodigy", "huggingface", "jsonl"]))
def test_tokens_and_tags_come_back_where_records_hold_tokens(rows: list[list[tuple[str, str]]], name: str) -> None:
    sentences = [Sentence(tuple(t for t, _ in row), {"tag": tuple(tag for _, tag in row)}) for row in rows]
    format = KINDS[name].make({"layer": "tag"})
    content = b"".join(encode(sentences, format))
    back = list(read(io.BytesIO(content), format))
    assert [s.tokens for s in back] == [s.tokens for s in sentences]
    assert [decode(s.layers["tag"]) for s in back] == [decode(s.layers["tag"]) for s in sentences]
    assert again(content, format) == content


@pytest.mark.parametrize("name", ["doccano", "spacy", "prodigy", "huggingface", "jsonl"])
@pytest.mark.parametrize(
    ("corpus", "file", "given_format"),
    [
        ("wikigold", "dev.conll", KINDS["columns"].make({})),
        ("uner_danish_ddt", "dev.iob2", KINDS["columns"].make(
            {"columns": ("index", "token", "tag", "inner", "who"), "comments": "#"})),
        ("uner_chinese_gsdsimp", "char_dev.bmes", KINDS["columns"].make({"unspaced": True})),
    ],
)  # fmt: skip
def test_real_spans_come_back(
    data: Callable[[str], Path], name: str, corpus: str, file: str, given_format: Format
) -> None:
    sentences = [s for s in read(data(corpus) / file, given_format) if s.tokens]
    format = KINDS[name].make({"layer": "tag", "unspaced": "bmes" in file})
    only = [Sentence(s.tokens, {"tag": s.layers["tag"]}, text=s.text, offsets=s.offsets,
                     starts_document=s.starts_document) for s in sentences]  # fmt: skip
    content = b"".join(encode(only, format))
    back = list(read(io.BytesIO(content), format))
    assert again(content, format) == content

    def surfaces(some: Sequence[Sentence]) -> list[tuple[str, str]]:
        found = []
        for joined in join(some, "tag", documents=False):
            found += [(joined.text[m.start : m.end], m.label) for m in joined.spans]
        return found

    if "bmes" in file and name in ("doccano", "spacy"):  # characters are no tokens of a text, which is split into words
        records = [json.loads(line) for line in content.splitlines()]
        pairs = [(r["text"], r["label"]) if name == "doccano" else (r[0], r[1]["entities"]) for r in records]
        assert [(text[a:b], label) for text, some in pairs for a, b, label in some] == surfaces(only)
        return
    assert surfaces(back) == surfaces(only)
    assert surfaces(only)
    assert not any(is_nested(layer, "tag") for s in back for layer in s.layers)


def test_json_lines_hold_further_layers() -> None:
    sentence = Sentence(("Ada", "slept"), {"ner": ("B-PER", "O"), "upos": ("PROPN", "VERB")})
    [line] = encode([sentence], JsonlFormat("ner", further=("upos",)))
    assert json.loads(line)["layers"] == {"upos": ["PROPN", "VERB"]}
    [found] = read(io.BytesIO(line), JsonlFormat("ner"))
    assert found.layers == sentence.layers


@pytest.mark.parametrize("layers", ['["upos"]', '{"upos": ["PROPN"]}', '{"upos": "PROPN VERB"}', '{"upos": [1, 2]}'])
def test_further_layers_that_do_not_fit_are_refused_with_their_line(layers: str) -> None:
    start = '{"text": "Ada slept", "tokens": ["Ada", "slept"], "spans": []'
    record = f'{start}, "layers": {layers}, "line": 1, "offset": 0}}'
    with pytest.raises(FormatError, match=r"<stream>:2: expected .* mend it"):
        list(read(io.BytesIO(f"\n{record}\n".encode()), JsonlFormat()))


def test_a_record_of_ours_keeps_what_else_its_spans_say() -> None:
    spans = '[{"start": 0, "end": 3, "label": "PER", "id": 7}, {"start": 4, "end": 9, "label": "X", "id": 8}]'
    line = f'{{"text": "Ada slept", "tokens": ["Ada", "slept"], "spans": {spans}, "line": 1, "offset": 0}}\n'.encode()
    [sentence] = read(io.BytesIO(line), JsonlFormat())
    assert b"".join(encode([sentence], JsonlFormat())) == line
    changed = replace(sentence, layers={"tag": ("B-PER", "O")})
    [record] = map(json.loads, encode([changed], JsonlFormat()))
    assert record["spans"] == [{"start": 0, "end": 3, "label": "PER", "id": 7}]


@pytest.mark.parametrize("between", ["\u200b", "\x1c", "\n", " ", " - "])
def test_what_lies_between_the_tokens_of_a_record_of_ours_is_no_token(between: str) -> None:
    text = f"Ada{between}slept"
    offsets = ((0, 3), (len(text) - 5, len(text)))
    sentence = Sentence(("Ada", "slept"), {"tag": ("B-PER", "O")}, text=text, offsets=offsets)
    [line] = encode([sentence], JsonlFormat())
    [found] = read(io.BytesIO(line), JsonlFormat())
    assert (found.tokens, found.text, found.offsets, found.layers) == (
        sentence.tokens, text, sentence.offsets, sentence.layers,
    )  # fmt: skip


def test_tokens_that_would_be_found_elsewhere_are_not_written() -> None:
    sentence = Sentence(("a", "b"), {"tag": ("O", "O")}, text="a xb b", offsets=((0, 1), (5, 6)))
    with pytest.raises(FormatError, match=r"<memory>:1: the tokens of 'a xb b' would be found in other places"):
        list(encode([sentence], JsonlFormat()))


def test_the_layer_that_is_meant_may_be_a_further_one() -> None:
    start = '{"text": "Ada", "tokens": ["Ada"], "spans": [{"start": 0, "end": 3, "label": "PER"}], "layers": '
    line = start + '{"upos": ["PROPN"]}, "line": 1, "offset": 0}\n'
    [sentence] = read(io.BytesIO(line.encode()), JsonlFormat("upos"))
    assert sentence.layers == {"tag": ("B-PER",), "upos": ("PROPN",)}
    [record] = map(json.loads, encode([sentence], JsonlFormat("upos")))
    assert (record["tags"], record["layers"], "spans" in record) == (["PROPN"], {"tag": ["B-PER"]}, False)
    with pytest.raises(FormatError, match=r"<stream>:1: expected another name than 'tag' under 'layers'"):
        list(read(io.BytesIO(line.replace("upos", "tag").encode()), JsonlFormat()))


@pytest.mark.parametrize("label", ['["b", "a"]', "[]", "3", '"a|b"', "null"])
def test_the_label_of_a_tagged_sentence_comes_back_as_it_was(label: str) -> None:
    record = f'{{"text": "Ada", "tokens": ["Ada"], "spans": [], "label": {label}, "line": 1, "offset": 0}}\n'
    sentences = list(read(io.BytesIO(record.encode()), JsonlFormat()))
    assert b"".join(encode(sentences, JsonlFormat())).decode() == record


def test_new_labels_are_lists_where_texts_have_several() -> None:
    sentences = [Sentence(("Ada",), {"tag": ("O",)}, label=label) for label in ("a|b", "a", "")]
    written = [json.loads(line) for line in encode(sentences, JsonlFormat(many=True))]
    assert [value["label"] for value in written] == [["a", "b"], ["a"], []]
    back = read(io.BytesIO(b"".join(encode(sentences, JsonlFormat(many=True)))), JsonlFormat())
    assert [s.label for s in back] == ["a|b", "a", ""]
