"""Records of token classification as the Hugging Face hub has them: tokens, and lists of tags beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from taggers.errors import FormatError
from taggers.formats.kind import Kind
from taggers.formats.lines import Lines, PathOrStream, open_lines
from taggers.formats.records import dump, load_lines, other_keys, record_of, shown
from taggers.text import Extra, Sentence, Source, join_tokens

_ENDING = "_tags"


@dataclass(frozen=True)
class HuggingFaceFormat:
    """One record a line: `{"id": "0", "tokens": ["Ada"], "ner_tags": ["B-PER"]}`, whose layer is `ner`.

    `tag_names` are the names of the numbers that stand for the tags of `layer`, from 0. With `unspaced` no blanks stand
    between tokens in the text.
    """

    layer: str = "ner"
    tag_names: tuple[str, ...] = ()
    unspaced: bool = False
    encoding: str = "utf-8"


def is_tokens_record(value: Any) -> bool:
    """True for a record with tokens and tags.

    >>> is_tokens_record({"tokens": ["Ada"], "ner_tags": [1]}), is_tokens_record({"tokens": ["Ada"], "text": "Ada"})
    (True, False)
    """
    if not isinstance(value, dict) or not isinstance(value.get("tokens"), list):
        return False
    return any(map(_is_tag_key, value)) and not any(isinstance(token, dict) for token in value["tokens"])


def _is_tag_key(key: str) -> bool:
    return key == "tags" or key.endswith(_ENDING)


def _layer_of(key: str) -> str:
    return "tag" if key == "tags" else key.removesuffix(_ENDING)


def _key_of(layer: str) -> str:
    return "tags" if layer == "tag" else layer + _ENDING


def resolve_huggingface(lines: Lines, format: HuggingFaceFormat) -> HuggingFaceFormat:
    """The format with the layer meant: that of the format, if the first record has it, else `ner` or the first.

    >>> import io
    >>> resolve_huggingface(Lines(io.BytesIO(b'{"tokens": [], "pos_tags": []}')), HuggingFaceFormat()).layer
    'pos'
    """
    value = next((record_of(line) for line in lines.peek(1)), None)
    keys = [key for key in value if _is_tag_key(key)] if isinstance(value, dict) else []
    if not keys or format.layer in map(_layer_of, keys):
        return format
    return replace(format, layer=_layer_of("ner_tags" if "ner_tags" in keys else keys[0]))


def read_huggingface(source: PathOrStream | Lines, format: HuggingFaceFormat) -> Iterator[Sentence]:
    r"""One sentence a record; every list under `tags` or a key that ends in `_tags` is a layer.

    Its tags are strings; numbers are those of `tag_names` in the `layer` of the format, and their digits in another.

    >>> import io
    >>> line = b'{"tokens": ["Ada", "slept"], "ner_tags": [1, 0]}\n'
    >>> [s.layers for s in read_huggingface(io.BytesIO(line), HuggingFaceFormat(tag_names=("O", "B-PER")))]
    [{'ner': ('B-PER', 'O')}]
    """
    for place, line, value in load_lines(open_lines(source, format.encoding)):
        if not isinstance(value, dict):
            raise FormatError(*place, f"expected a record with 'tokens' and 'ner_tags', found {shown(value)}")
        tokens = _strings(value.get("tokens"), "tokens", place)
        if {"tags", "tag_tags"} <= value.keys():
            raise FormatError(*place, "two layers would be called 'tag', those of 'tags' and 'tag_tags'; rename one")
        layers = {_layer_of(key): _tags(value, key, tokens, format, place) for key in value if _is_tag_key(key)}
        text, offsets = join_tokens(tokens, "") if format.unspaced else (None, None)
        raw = (Extra(0, line),)
        yield Sentence(tokens, layers, source=place, text=text, offsets=offsets, extras=raw, on_one_line=True)


def _strings(value: Any, key: str, place: Source) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FormatError(*place, f"expected a list of strings as {key!r}, found {shown(value)}; mend it")
    if "" in value:
        raise FormatError(*place, f"expected strings that are not empty as {key!r}, found one that is; mend it")
    return tuple(value)


def _tags(
    value: Mapping[str, Any], key: str, tokens: tuple[str, ...], format: HuggingFaceFormat, place: Source
) -> tuple[str, ...]:
    """The tags under a key; numbers have names in the layer of the format, and are their digits in another."""
    found = value[key]
    if not isinstance(found, list):
        raise FormatError(*place, f"expected a list of strings as {key!r}, found {shown(found)}; mend it")
    if found and _layer_of(key) != format.layer:
        found = _digits(found) or found
    elif found and all(type(item) is int for item in found):
        found = [_named(number, key, format, place) for number in found]
    tags = _strings(found, key, place)
    if len(tags) != len(tokens):
        problem = f"expected as many {key!r} as tokens ({len(tokens)}), found {len(tags)}; mend the record"
        raise FormatError(*place, problem)
    return tags


def _digits(values: list[Any]) -> list[str] | None:
    """Numbers as they are written; None where there are other values among them."""
    return [json.dumps(value) for value in values] if all(type(v) in (int, float) for v in values) else None


def _named(number: int, key: str, format: HuggingFaceFormat, place: Source) -> str:
    if not format.tag_names:
        problem = f"expected the names of tags as {key!r}, found the number {number}"
        raise FormatError(*place, f"{problem}; say what the numbers mean with --tag-names O,B-PER,... in order")
    if not 0 <= number < len(format.tag_names):
        problem = f"expected a number below {len(format.tag_names)}, the count of --tag-names, found {number}"
        raise FormatError(*place, f"{problem}; name all tags")
    return format.tag_names[number]


def write_huggingface(sentences: Iterable[Sentence], format: HuggingFaceFormat) -> Iterator[str]:
    r"""One record a sentence, its layers as lists of strings; as it was where nothing in it changed.

    >>> list(write_huggingface([Sentence(("Ada",), {"ner": ("B-PER",)})], HuggingFaceFormat()))
    ['{"tokens": ["Ada"], "ner_tags": ["B-PER"]}\n']
    """
    for sentence in sentences:
        raw = next((extra.line for extra in sentence.extras if keeps_record(extra.line, format)), None)
        old = {} if raw is None else json.loads(raw)
        new = {**old, "tokens": list(sentence.tokens)}
        for layer, tags in sentence.layers.items():
            key = "tag_tags" if layer == "tag" and "tag_tags" in old else _key_of(layer)
            numbers = bool(old.get(key)) and all(type(item) is int for item in old[key])
            known = numbers and set(tags) <= set(format.tag_names)
            if layer == format.layer and known:
                new[key] = [format.tag_names.index(tag) for tag in tags]
            elif not old.get(key) or _digits(old[key]) != list(tags):
                new[key] = list(tags)
        yield (raw if raw is not None and new == old else dump(new, raw)) + "\n"


def keeps_record(line: str, format: HuggingFaceFormat) -> bool:
    """True for a raw line that is a record of tokens and tags."""
    del format
    return is_tokens_record(record_of(line))


def _beyond(line: str) -> tuple[str, ...]:
    return tuple(key for key in other_keys(line, frozenset({"tokens"})) if not _is_tag_key(key))


HUGGINGFACE = Kind(
    name="huggingface",
    format=HuggingFaceFormat,
    read=read_huggingface,
    write=write_huggingface,
    resolve=resolve_huggingface,
    layers="many",
    layer="ner",
    spans=True,
    plain=True,
    tokens=True,
    keeps_line=keeps_record,
    beyond=_beyond,
    shape=is_tokens_record,
)
