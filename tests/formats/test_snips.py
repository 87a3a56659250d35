"""The source format of the Snips corpora: queries, slots and intents both ways, and faults with their line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError
from taggers.formats import ColumnFormat, Lines, json_text, read, split_text
from taggers.formats.json_text import JsonText
from taggers.formats.lines import Block
from taggers.formats.snips import SnipsFormat, read_snips, write_snips
from taggers.text import Extra, Sentence, Source
from taggers.text.schemes import decode


def queries(content: str) -> list[Sentence]:
    return list(read_snips(io.BytesIO(content.encode()), SnipsFormat()))


def spelt(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def written(sentences: list[Sentence]) -> str:
    return "".join(write_snips(sentences, SnipsFormat()))


words = st.text(st.sampled_from("ab .'é-\n\u2028\"😀") | st.characters(exclude_categories=["Cs"]), max_size=6)
chunk = st.fixed_dictionaries({"text": words}, optional={"entity": st.sampled_from(["city", "B-x", "a b"])})
intents = st.dictionaries(
    st.text(min_size=1, max_size=3).filter(str.isprintable),
    st.lists(st.lists(chunk, min_size=1, max_size=4).map(lambda data: {"data": data}), min_size=1, max_size=3),
    max_size=3,
)


@given(intents)
def test_whatever_the_chunks_the_file_comes_back(value: dict[str, Any]) -> None:
    content = spelt(value)
    texts = ["".join(c["text"] for c in query["data"]) for some in value.values() for query in some]
    if any(not list(split_text(text)) for text in texts):
        with pytest.raises(FormatError, match="expected a text"):
            queries(content)
        return
    found = queries(content)
    assert [sentence.text for sentence in found] == texts
    assert [sentence.label for sentence in found] == [intent for intent, some in value.items() for _ in some]
    assert written(found) == content


def test_slots_are_spans() -> None:
    york, rome = {"text": "New York", "entity": "city"}, {"text": "Rome", "entity": "to"}
    data = [{"text": "from "}, york, {"text": " to "}, rome]
    [sentence] = queries(spelt({"Travel": [{"data": data}]}))
    assert sentence.tokens == ("from", "New", "York", "to", "Rome")
    assert sentence.layers == {"tag": ("O", "B-city", "I-city", "O", "B-to")}
    assert sentence.source == Source("<stream>", 3)
    assert sentence.extras == ()


@pytest.mark.parametrize(
    ("chunks", "tags", "note"),
    [
        ([("one pm", "t"), ("near", "r")], ["B-t", "I-t"], "'near' shares its token with the slot before it"),
        ([("one p", "t"), ("mnear Rome", "r")], ["B-t", "I-t", "B-r"], "slot r 'mnear Rome', now 'Rome'"),
        ([("a bc", None), ("d", "x")], ["O", "B-x"], "slot x 'd', now 'bcd'"),
        ([("a", None), (" ", "x")], ["O"], "slot x ' ' holds no token"),
    ],
)
def test_slots_that_cut_tokens_are_widened_and_told(
    chunks: list[tuple[str, str | None]], tags: list[str], note: str
) -> None:
    data = [{"text": text} if slot is None else {"text": text, "entity": slot} for text, slot in chunks]
    content = spelt({"A": [{"data": data}]})
    [sentence] = queries(content)
    assert list(sentence.layers["tag"]) == tags
    assert note in sentence.notes[-1].line
    assert sentence.notes[-1].line.startswith("<stream>:3: slot")
    assert written([sentence]) == content
    changed = replace(sentence, layers={"tag": ("B-new",) + ("O",) * (len(tags) - 1)})
    assert json.loads(written([changed]))["A"][0]["data"][0]["entity"] == "new"


def test_other_keys_come_back() -> None:
    content = spelt({"A": [{"id": 7, "data": [{"text": "a", "entity": "x", "slot_name": "y"}]}]})
    assert written(queries(content)) == content


@pytest.mark.parametrize("step", [1, 7, 1 << 14])
def test_json_is_read_in_steps_of_any_size(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_STEP", step)
    value = {"A": [{"data": [{"text": f"query {i}\n"}]} for i in range(20)], "B": [{"data": [{"text": "b"}]}]}
    assert written(queries(spelt(value))) == spelt(value)


def test_queries_come_one_by_one() -> None:
    def endless() -> Any:
        yield '{"A": [\n'
        while True:
            yield '{"data": [{"text": "a"}]},\n'

    lines = Lines(io.BytesIO())
    lines._blocks = (Block([line], "", False) for line in endless())
    found = read_snips(lines, SnipsFormat())
    assert [next(found).source.line for _ in range(3)] == [2, 3, 4]


GOOD = '{"A": [\n{"data": [{"text": "a"}]}'


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("", 1, "expected {, found the end of the file"),
        ("[]", 1, "expected {, found '[]'"),
        ('{"A": [', 1, "expected JSON, found"),
        (GOOD, 2, "expected , or ], found the end of the file; is the file cut short?"),
        (GOOD + "]", 2, "expected , or }, found the end of the file"),
        (GOOD + "\n\n{}", 4, "expected , or ], found '{}'"),
        (GOOD + ",\n\n{'data'", 4, "expected JSON, found"),
        (GOOD + "]}\n{}", 3, "expected the end of the file, found more"),
        ("{7: []}", 1, "expected the name of an intent, found 7"),
        ('{"": []}', 1, "expected the name of an intent"),
        ('{"A"\n {}', 2, "expected :, found '{}'"),
        ('{"A": {}}', 1, "expected [, found '{}}'"),
        ('{"A": []}', 1, "expected queries of intent 'A', found none"),
        (GOOD + ",\n7]}", 3, 'expected {"data": [chunks]}, found 7'),
        (GOOD + ',\n{"text": "a"}]}', 3, 'expected {"data": [chunks]}'),
        ('{"A": [{"data": [{"entity": "x"}]}]}', 1, 'expected a chunk with a "text"'),
        ('{"A": [{"data": [{"text": "a", "entity": 3}]}]}', 1, 'expected a slot\'s name as "entity", found 3'),
        ('{"A": [{"data": [{"text": "a", "entity": ""}]}]}', 1, 'expected a slot\'s name as "entity", found ""'),
        ('{"A": [{"data": []}]}', 1, "expected a text, found none"),
        ('{"A": [' + "[" * 100_000, 1, "nested too deeply"),
        ('{"A": [' + "7" * 5000 + "]}", 1, "expected JSON, found what is none"),
    ],
)
def test_faults_have_their_line(content: str, line: int, problem: str) -> None:
    with pytest.raises(FormatError) as fault:
        queries(content)
    assert str(fault.value).startswith(f"<stream>:{line}: ")
    assert problem in str(fault.value)
    assert "\n" not in str(fault.value)


def test_no_query_is_an_empty_object() -> None:
    assert queries("{}\n") == []
    assert written([]) == "{}"


def test_sentences_of_other_formats_are_written() -> None:
    parts = [replace(s, layers={"tag": ("B-x",) + ("O",) * (len(s) - 1)}, label="A") for s in split_text("Yes. No.")]
    ada = Sentence(("Ada", "slept"), {"tag": ("B-x", "O")}, label="B")
    assert json.loads(written([*parts, ada])) == {
        "A": [
            {"data": [{"text": "Yes", "entity": "x"}, {"text": "."}]},
            {"data": [{"text": "No", "entity": "x"}, {"text": "."}]},
        ],
        "B": [{"data": [{"text": "Ada", "entity": "x"}, {"text": " slept"}]}],
    }


def test_a_lone_surrogate_has_its_escape() -> None:
    content = spelt({"A": [{"data": [{"text": "?"}]}]}).replace("?", "\\ud83d")
    assert written(queries(content)) == content


@pytest.mark.parametrize("line", ["# snips = no JSON", "# snips = 7", '# snips = {"data": [{"text": "b"}]}'])
def test_a_remark_that_says_something_else_is_not_believed(line: str) -> None:
    [sentence] = queries(spelt({"A": [{"data": [{"text": "a"}]}]}))
    assert written([replace(sentence, extras=(Extra(0, line),))]) == written([sentence])


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        (Sentence(("a",), {"tag": ("O",)}), "with a label"),
        (Sentence((), {"tag": ()}, label="A"), "with tokens"),
        (Sentence(("a",), label="A"), "no layer 'tag'"),
    ],
)
def test_what_would_not_come_back_is_not_written(sentence: Sentence, problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        written([sentence])


def test_an_intent_that_comes_again_is_refused() -> None:
    some = [Sentence(("a",), {"tag": ("O",)}, label=label, source=Source("x", 9)) for label in "ABA"]
    with pytest.raises(FormatError, match="x:9: intent 'A' comes again after 'B'; sort"):
        written(some)


def test_real_files_come_back_byte_by_byte(data: Callable[[str], Path]) -> None:
    notes: list[str] = []
    labels: list[str | None] = []
    for path in sorted((data("snips") / "native").glob("*.json")):
        found = list(read_snips(path, SnipsFormat()))
        assert written(found).encode() == path.read_bytes()
        kept = [e for s in found for e in s.extras]
        assert len(kept) == {"GetWeather": 1, "PlayMusic": 1, "SearchScreeningEvent": 1}.get(found[0].label or "", 0)
        labels += [s.label for s in found]
        notes += [note.line for s in found for note in s.notes]
    assert len(labels) == 700
    assert [note.partition(": slot ")[2] for note in notes] == [
        "timeRange 'one pm', now 'one pmnear'",
        "spatial_relation 'near' shares its token with the slot before it",
        "movie_name 'Sexy Dance 2', now 'Sexy Dance 2times'",
        "object_type 'times' shares its token with the slot before it",
    ]


def test_real_slots_are_those_of_the_column_files(data: Callable[[str], Path]) -> None:
    slots: dict[str, int] = {}
    for path in sorted((data("snips") / "native").glob("*.json")):
        for sentence in read_snips(path, SnipsFormat()):
            for span in decode(sentence.layers["tag"]):
                slots[span.label] = slots.get(span.label, 0) + 1
    expected: dict[str, int] = {}
    for sentence in read(data("snips") / "test.conll", ColumnFormat(comments="#")):
        for span in decode(sentence.layers["tag"]):
            expected[span.label] = expected.get(span.label, 0) + 1
    expected["spatial_relation"] -= 1
    expected["object_type"] -= 1
    assert slots == expected


def test_a_value_may_follow_another() -> None:
    text = JsonText(Lines(io.BytesIO(b' "a"\n: 7 ')))
    assert (text.value(), text.take(":"), text.value(), text.peek(), text.line) == ("a", ":", 7, "", 2)
