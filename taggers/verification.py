"""Files held against the card of their corpus: their bytes, encoding, layers, tag schemes and counts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from taggers.config import Data
from taggers.corpus_card import Card, File, folder_of, load_card
from taggers.errors import TaggerError
from taggers.formats import Lines, layer_of, names, read
from taggers.reading import file_format
from taggers.settings import fill
from taggers.text.detection import TagCounts, detect_scheme, judge
from taggers.text.schemes import PLAIN, SCHEMES, decode

_BLOCK = 1 << 20  # bytes read at once


@dataclass(frozen=True)
class Verified:
    """What came of one file: the counts found in it, and a line for each difference from its card.

    `format` is None where nothing reads the file yet, so that only its bytes and its encoding were looked at.
    """

    path: Path
    name: str
    format: str | None
    counts: dict[str, int]
    differences: tuple[str, ...]


def verify_corpus(place: Path) -> Iterator[Verified]:
    """Every file that the card in a folder, or the card itself, names; ConfigError where the card has faults.

    >>> [file.differences for file in verify_corpus(Path("corpora/greek"))]
    [(), (), ()]
    """
    card = load_card(place)
    folder = folder_of(card, place)
    for name, file in card.files:
        yield _verify(card, folder / file.file, name, file)


def _verify(card: Card, path: Path, name: str, file: File) -> Verified:
    reading = card.reading(file)
    format = reading["format"] if reading["format"] in _READERS else None
    if not path.is_file():  # a device may have no end
        reason = "it is no file" if path.exists() else "No such file or directory"
        return Verified(path, name, format, {}, (f"cannot be read: {reason}",))
    try:
        differences = list(_differences({"bytes": file.bytes, "sha256": file.sha256}, _measure(path)))
        found = _READERS.get(format or "", _read_lines)(card, reading, path)
    except OSError as fault:
        return Verified(path, name, format, {}, (f"cannot be read: {fault.strerror}",))
    except TaggerError as fault:
        return Verified(path, name, format, {}, (*differences, str(fault)))
    if format is None:
        return Verified(path, name, format, {}, tuple(differences))
    differences += _differences({key: getattr(file, key) for key in _COUNTED}, found.counts)
    if isinstance(file.entities, dict):
        labels = dict.fromkeys(sorted(found.labels), 0) | file.entities
        differences += [f"entities {line}" for line in _differences(labels, found.labels)]
    for layer, tags in found.tags.items():
        differences += _of_scheme(tags, layer, card.layers[layer], file.violations if layer == card.layer else 0)
    return Verified(path, name, format, found.counts, tuple(differences))


def _measure(path: Path) -> dict[str, object]:
    """The size and the hash of a file, read in blocks."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


class _Found(NamedTuple):
    """What a reader met: counts, spans by label, and the tags of each layer."""

    counts: dict[str, int]
    labels: dict[str, int]
    tags: dict[str, TagCounts]


def _read_sentences(card: Card, reading: dict[str, Any], path: Path) -> _Found:
    """Sentences with their layers; FormatError where one is not there, ConfigError where nothing can be read so."""
    counts, labels = Counter(dict.fromkeys(_COUNTED, 0)), Counter[str]()
    tags = {layer: TagCounts() for layer in card.layers}
    scheme = SCHEMES[card.layers[card.layer]] if card.layer is not None else PLAIN
    for sentence in read(path, file_format(fill(Data, reading, str(path)), card.layer)):
        if not sentence.tokens:
            continue
        for layer, counted in tags.items():
            counted.add(layer_of(sentence, layer))
        counts.update(documents=sentence.starts_document, sentences=1, tokens=len(sentence))
        if card.layer is not None and scheme is not PLAIN:
            labels.update(span.label for span in decode(sentence.layers[card.layer], scheme))
    return _Found({**counts, "entities": labels.total()}, labels, tags)


def _read_lines(card: Card, reading: dict[str, Any], path: Path) -> _Found:
    """Lines of text, each a sentence, and what blanks separate in them."""
    del card
    counts = Counter(sentences=0, tokens=0)
    for line in Lines(path, reading["encoding"]):
        counts.update(sentences=1, tokens=len(line.split()))
    return _Found(dict(counts), {}, {})


def _read_texts(card: Card, reading: dict[str, Any], path: Path) -> _Found:
    """Texts with a label each, and what blanks separate in them."""
    del card
    counts = Counter(sentences=0, tokens=0)
    for sentence in read(path, file_format(fill(Data, reading, str(path)))):
        counts.update(sentences=1, tokens=len((sentence.text or "").split()))
    return _Found(dict(counts), {}, {})


_READERS = {
    **dict.fromkeys(names(read=True, tags=True), _read_sentences),
    **dict.fromkeys(("text", "tokens"), _read_lines),
    **dict.fromkeys(("csv", "folders"), _read_texts),
}
_COUNTED = ("documents", "sentences", "tokens", "entities")


def _differences(said: Mapping[str, object], found: Mapping[str, object]) -> Iterator[str]:
    """A line for each number that the card gives and that is another in the file."""
    for key, value in said.items():
        if isinstance(value, int | str) and value != found.get(key, 0):
            yield f"{key}: the card says {value}, the file has {found.get(key, 0)}"


def _of_scheme(tags: TagCounts, layer: str, said: str, violations: int) -> Iterator[str]:
    """Lines where the tags of a layer follow another scheme than the card says, or break it more or less often."""
    found, expected = detect_scheme(tags), judge(tags, SCHEMES[said])
    if expected.scheme is PLAIN:
        if found.scheme is not PLAIN and not found.violations:
            yield f"{layer}: the card says plain tags, the file has {found.scheme.name}"
    elif found.violations < expected.violations or found.scheme is PLAIN:
        yield f"{layer}: the card says {said}, which {expected.violations} tags break; the file has {found.scheme.name}"
    elif expected.violations != violations:
        yield f"{layer}: the card says that {violations} tags break {said}, in the file {expected.violations} do"
