"""Two things of one name are refused in one line, so that none takes the other's place."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from taggers.errors import FormatError
from taggers.formats import ColumnFormat, HuggingFaceFormat, JsonlFormat, Lines, encode, read, resolve
from taggers.text import Sentence

SPANS = '"spans": [{"start": 0, "end": 3, "label": "PER"}]'


def test_two_lists_of_one_layer_are_refused_and_one_comes_back_under_its_key() -> None:
    with pytest.raises(FormatError, match="two layers would be called 'tag', those of 'tags' and 'tag_tags'; rename"):
        list(read(io.BytesIO(b'{"tokens": ["Ada"], "tags": ["B-A"], "tag_tags": ["B-B"]}'), HuggingFaceFormat("tag")))
    line = b'{"tokens": ["Ada"], "tag_tags": ["B-B"]}\n'
    format = resolve(Lines(io.BytesIO(line)), HuggingFaceFormat())
    assert format == HuggingFaceFormat("tag")
    assert b"".join(encode(read(io.BytesIO(line), format), format)) == line


def test_further_layers_take_no_place_of_the_spans() -> None:
    record = f'"text": "Ada", "tokens": ["Ada"], {SPANS}, "layers": {{"upos": ["X"]}}, "line": 1, "offset": 0'
    line = f"{{{record}}}".encode()
    [sentence] = read(io.BytesIO(line), JsonlFormat("upos"))
    assert sentence.layers == {"tag": ("B-PER",), "upos": ("X",)}
    with pytest.raises(FormatError, match="expected another name than 'tag' under 'layers', for it is that of 'spans'"):
        list(read(io.BytesIO(line.replace(b"upos", b"tag")), JsonlFormat()))


def test_a_layer_called_as_the_tokens_is_no_column() -> None:
    with pytest.raises(FormatError, match="two columns would be called 'token'"):
        list(encode([Sentence(("Ada",), {"token": ("B-X",), "ner": ("O",)})], ColumnFormat()))


def test_numbers_without_names_are_digits_in_layers_that_are_not_meant() -> None:
    line = b'{"tokens": ["Ada", "O"], "ner_tags": [1, 0], "num_tags": [3, -1], "size_tags": [0.5, 2]}\n'
    format = HuggingFaceFormat("ner", ("O", "B-PER"))
    [sentence] = read(io.BytesIO(line), format)
    assert sentence.layers == {"ner": ("B-PER", "O"), "num": ("3", "-1"), "size": ("0.5", "2")}
    assert b"".join(encode([sentence], format)) == line
    changed = replace(sentence, layers={**sentence.layers, "num": ("4", "x")})
    assert b'"num_tags": ["4", "x"], "size_tags": [0.5, 2]' in b"".join(encode([changed], format))
