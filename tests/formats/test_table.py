"""The table of formats: complete, and true of the formats in it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from taggers.errors import TaggerError
from taggers.formats import (
    KINDS,
    BratFormat,
    DoccanoFormat,
    InlineFormat,
    Kind,
    TextFormat,
    encode,
    fit,
    kind_of,
    name_of,
    names,
    read,
    table,
)
from taggers.formats.conllu import LAYERS
from taggers.formats.units import as_unit
from taggers.text import Extra, Sentence

ADA = Sentence(("Ada", "slept"), {"upos": ("PROPN", "VERB"), "ner": ("B-PER", "O")})


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_row_is_sound(kind: Kind[Any]) -> None:
    assert kind.read or kind.write
    format = kind.format()
    assert kind_of(format) is kind
    assert format.encoding == "utf-8"
    assert kind.make({"encoding": "latin-1", "nobody": 1, "layer": None}).encoding == "latin-1"
    assert (kind.layers == "none") is (not kind.spans and not kind.plain)
    assert name_of(f"a.{kind.name}.gz") == kind.name
    assert all(name_of(f"a.{ending}", [kind.name]) == kind.name for ending in table.endings_of(kind.name))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_is_known_of_a_row_before_it_is_loaded_is_true(kind: Kind[Any]) -> None:
    alone = [kind.name]
    assert bool(names(read=True, among=alone)) == (kind.read is not None)
    assert bool(names(stream=True, among=alone)) == (kind.write is not None)
    assert bool(names(write=True, among=alone)) == (kind.write is not None or kind.save is not None)
    assert bool(names(tags=True, among=alone)) == (kind.layers != "none")
    assert bool(names(labels=True, among=alone)) == kind.label


@pytest.mark.parametrize("name", names(stream=True, tags=True))
def test_what_holds_spans_writes_some(name: str) -> None:
    format = KINDS[name].make({"layer": "ner", "plain": False})
    fitted = fit([replace(ADA, label="rest")], format, "columns", "ner")
    assert b"PER" in b"".join(encode(fitted.sentences, format))


def test_what_is_only_read_is_not_written_and_the_other_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.KINDS._loaded, "text", replace(KINDS["text"], write=None))
    with pytest.raises(TaggerError, match="text is read, not written: name one of columns, conllu, tokens"):
        encode([], TextFormat())
    with pytest.raises(TaggerError, match="brat is a folder of files, and goes to no stream"):
        encode([], BratFormat())
    with pytest.raises(TaggerError, match="inline is written, not read: name one of columns, conllu, tokens"):
        read(io.BytesIO(), InlineFormat())


def test_all_that_is_lost_is_said() -> None:
    sentence = Sentence(
        ("Go", "!"), {"tag": ("X", "Y"), "ner": ("O", "O")}, "joy", text="Go!", offsets=((0, 2), (2, 3)),
        extras=(Extra(0, "# a"), Extra(0, "")), starts_document=True,
    )  # fmt: skip
    fitted = fit([sentence, sentence], KINDS["tokens"].format(), "columns", "tag")
    assert fitted.lost == (
        "layers tag, ner",
        "2 lines between tokens (comments, ranges, empty nodes, boundaries)",
        "labels of 2 sentences",
        "1 of the places where a document begins",
        "the text of 2 sentences beyond tokens (white space, offsets)",
    )
    assert fitted.sentences[0].layers == {}
    assert fit([ADA], KINDS["columns"].format(), "columns", "ner").lost == ()


def test_lines_and_white_space_that_are_lost_are_said() -> None:
    lines = b" Ada slept.  Obi left. \n\nx\n"
    sentences = list(read(io.BytesIO(lines), TextFormat()))
    shared = "which sentences share a line or record (1 goes on in that of the one before)"
    empty = "1 sentence without tokens"
    around = "white space around 2 sentences"
    texts = "the text of 2 sentences beyond tokens (white space, offsets)"
    said = {
        "conllu": (shared, around, empty), "columns": (shared, texts, empty), "jsonl": (shared, around),
        "tokens": (shared, texts), "csv": (shared, around), "text": (), "doccano": (), "brat": (), "inline": (),
    }  # fmt: skip
    tagged = [replace(s, layers={"tag": ("O",) * len(s)}) for s in sentences]
    for name, lost in said.items():
        format = KINDS[name].make({})
        layers = ("layers tag",) if KINDS[name].layers == "none" else ()
        assert fit(tagged, format, "text", "tag").lost == layers + lost


def test_a_document_says_which_sentences_were_one_record() -> None:
    record = b'{"text": "Yes. No", "label": []}\n'
    sentences = list(read(io.BytesIO(2 * record), DoccanoFormat()))
    assert fit(sentences, KINDS["conllu"].format(), "doccano", "tag").lost == ("white space around 2 sentences",)


def test_lines_within_a_text_are_said_where_a_line_is_a_text() -> None:
    sentences = [as_unit("Yes.\nNo", "a"), as_unit("Yes.", "a")]
    lost = fit(sentences, KINDS["text"].format(), "csv").lost
    assert lost == ("labels of 2 sentences", "which lines are one text (1 has several)")
    assert fit(sentences, KINDS["parquet"].format(), "csv").lost == ()


def test_remarks_are_kept_where_they_have_a_place() -> None:
    sentence = replace(ADA, label="a", extras=(Extra(0, "# id = 7"), Extra(0, "# snips = {}"), Extra(0, "# more")))
    kept = {name: fit([sentence], KINDS[name].format(), "columns", "ner").lost for name in ("parquet", "snips", "csv")}
    assert {name: next(s for s in lost if "line" in s)[:7] for name, lost in kept.items()} == {
        "parquet": "1 line ", "snips": "2 lines", "csv": "3 lines",
    }  # fmt: skip
    format = KINDS["csv"].make({"columns": ("id", "text")})
    assert [s[:7] for s in fit([sentence], format, "columns", "ner").lost if "line" in s] == ["2 lines"]


def test_columns_that_conllu_defines_are_no_tags_of_the_users() -> None:
    sentence = Sentence(("Ada",), {**dict.fromkeys(LAYERS, ("_",)), "mine": ("B-X",)})
    fitted = fit([sentence], KINDS["columns"].format(), "conllu", "upos")
    assert list(fitted.sentences[0].layers) == ["upos", "mine"]
    assert list(fit([sentence], KINDS["conllu"].format(), "conllu", "upos").sentences[0].layers) == [*LAYERS, "mine"]


def test_a_format_of_tags_needs_some() -> None:
    with pytest.raises(TaggerError, match="text has no tags to write"):
        fit([Sentence(("a",))], KINDS["jsonl"].format(), "text")
    with pytest.raises(TaggerError, match="layer 'upos' is plain, and doccano holds spans"):
        fit([ADA], KINDS["doccano"].format(), "columns", "upos", plain=True)


def test_nested_spans_need_several_layers_unless_one_is_chosen() -> None:
    nested = [Sentence(("a", "b"), {"ner": ("B-X", "I-X"), "ner2": ("O", "B-Y")}), Sentence(("c",), {"ner": ("O",)})]
    with pytest.raises(TaggerError, match=r"others \(layers ner2\), and inline holds one layer; name .* --layer ner"):
        fit(nested, KINDS["inline"].format(), "doccano", "ner")
    fitted = fit(nested, KINDS["inline"].format(), "doccano", "ner", chosen=True)
    assert (fitted.lost, fitted.sentences[0].layers) == (("layers ner2",), {"ner": ("B-X", "I-X")})
    plain = [Sentence(("a",), {"ner": ("B-X",), "ner2": ("DET",)})]
    assert fit(plain, KINDS["doccano"].format(), "columns", "ner").lost == ("layers ner2",)
    filled = fit(nested, KINDS["columns"].format(), "doccano", "ner")
    assert filled.sentences[1].layers == {"ner": ("O",), "ner2": ("O",)}
    assert b"".join(encode(filled.sentences, KINDS["columns"].format())) == b"a\tB-X\tO\nb\tI-X\tB-Y\n\nc\tO\tO\n\n"
