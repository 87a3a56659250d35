"""JSON lines of texts with labels: what is read, what comes back, what is refused."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.errors import FormatError
from taggers.formats import JsonlFormat, LabelsFormat, read, resolve, write
from taggers.formats.labels import read_labels, write_labels
from taggers.formats.lines import Lines
from taggers.formats.units import as_unit
from taggers.text import Sentence

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(lambda text: text.split() != [])
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="|"), min_size=1, max_size=8)
LABELS = st.one_of(st.none(), NAMES, st.integers(0, 99), st.lists(NAMES, unique=True, max_size=3))


def texts(*records: object, format: LabelsFormat | None = None) -> list[Sentence]:
    content = "".join(json.dumps(record) + "\n" for record in records)
    return list(read_labels(io.BytesIO(content.encode()), format or LabelsFormat()))


def written(sentences: list[Sentence], format: LabelsFormat | None = None) -> list[object]:
    return [json.loads(line) for line in write_labels(sentences, format or LabelsFormat())]


@given(st.lists(st.tuples(TEXTS, LABELS), max_size=4))
def test_what_is_read_comes_back(records: list[tuple[str, object]]) -> None:
    lines = [json.dumps({"id": i, "text": t, "label": label}) + "\n" for i, (t, label) in enumerate(records)]
    try:
        found = list(read_labels(io.BytesIO("".join(lines).encode()), LabelsFormat(tokenised=True)))
    except FormatError as fault:
        assert "expected a text" in str(fault)  # noqa: PT017 - of blanks that are no spaces
        return
    assert [sentence.text for sentence in found] == [text for text, _ in records]
    assert list(write_labels(found, LabelsFormat())) == lines


def test_labels_are_read() -> None:
    found = texts(
        {"text": "Hello, you", "label": "greeting"}, {"text": "a", "label": 3}, {"text": "a", "label": ["y", "x"]},
        {"text": "a", "label": []}, {"text": "a", "label": None}, {"text": "a"},
    )  # fmt: skip
    assert [sentence.label for sentence in found] == ["greeting", "3", "x|y", "", None, None]
    assert found[0].tokens == ("Hello", ",", "you")


@pytest.mark.parametrize(
    ("before", "label", "many", "after"),
    [
        ("a", "b", False, "b"),
        ("a", None, False, None),
        (1, "2", False, 2),
        (1, "02", False, "02"),
        (1, "\u0662", False, "\u0662"),
        (["a"], "b|c", False, ["b", "c"]),
        (["a"], "", False, []),
        ("a", "b", True, ["b"]),
        (None, "b|c", True, ["b", "c"]),
        (None, "b|c", False, "b|c"),
    ],
)
def test_a_new_label_is_spelt_as_the_old_one_was(before: object, label: str | None, many: bool, after: object) -> None:
    [old] = texts({"text": "Hi", "label": before, "more": 1})
    assert written([replace(old, label=label)], LabelsFormat(many)) == [{"text": "Hi", "label": after, "more": 1}]
    expected = {"text": "Hi"} if label is None else {"text": "Hi", "label": [label] if many and label == "b" else after}
    if before is None:
        assert written([as_unit("Hi", label)], LabelsFormat(many)) == [expected]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "a", "label": 1.5}, "expected a string, or a list of strings, as 'label', found 1.5"),
        ({"text": "a", "label": ""}, "expected a string, or a list of strings, as 'label', found \"\""),
        ({"text": "a", "label": True}, "found true"),
        ({"text": "a", "label": [[0, 1, "PER"]]}, "found [[0, 1"),
        ({"text": "a", "label": ["x|y"]}, "'x|y' is empty or holds '|'"),
        ({"label": "a"}, "expected a record with a string 'text', found none"),
        ({"text": " ", "label": "a"}, "expected a text, found only white space"),
        (["a", "b"], "expected a record with 'text' and 'label'"),
    ],
)
def test_what_is_no_label_is_refused_with_its_line(record: object, message: str) -> None:
    with pytest.raises(FormatError, match=r"^<stream>:2: ") as fault:
        texts({"text": "a", "label": "b"}, record)
    assert message in str(fault.value)


@pytest.mark.parametrize("label", ["a", 0, ["a", "b"]])
def test_records_with_labels_are_told_from_those_of_other_tools(label: object) -> None:
    line = json.dumps({"text": "Ada", "label": label}).encode()
    assert type(resolve(Lines(io.BytesIO(line)), JsonlFormat("ner"))) is LabelsFormat
    [ada] = read(io.BytesIO(line), JsonlFormat("ner"))
    assert ada.label is not None


def test_parts_of_a_record_of_another_format_are_records_of_their_own(tmp_path: Path) -> None:
    record = {"text": "Ada slept. Obi left.", "label": [[0, 3, "PER"]]}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n" + json.dumps({"text": "One. Two."}) + "\n")
    found = list(read(tmp_path / "a.jsonl", JsonlFormat("ner")))
    write(found, tmp_path / "b.jsonl", LabelsFormat())
    lines = (tmp_path / "b.jsonl").read_text().splitlines()
    expected = [{"text": text} for text in ("Ada slept.", "Obi left.", "One.", "Two.")]
    assert [json.loads(line) for line in lines] == expected
