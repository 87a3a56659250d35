"""Word pieces against an independent greedy longest match, and folders in Model2Vec's format against its rule."""

from __future__ import annotations

import gzip
import json
import random
import sys
import unicodedata
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from taggers.data.vectors import VectorStore
from taggers.data.vectors.building import build_store
from taggers.errors import CheckpointError, FormatError, MissingExtraError

TABLE = """\
[UNK] 9 9
sea 1 0
##gull 0 1
##s 2 2
. 4 4
東 3 3
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A small table of pieces."""
    path = tmp_path / "pieces.txt"
    path.write_text(TABLE, encoding="utf-8")
    return path


def unscaled(store: VectorStore, *forms: str) -> list[list[float]]:
    """Look words up in the scale of their file, to one decimal."""
    rounded: list[list[float]] = np.round(store.look_up(forms).astype(float) / store.scale, 1).tolist()
    return rounded


def test_a_word_is_the_mean_of_its_pieces(table: Path) -> None:
    store = build_store(table)
    assert (store.words, store.dimensions) == (0, 2)
    assert unscaled(store, "Seagulls", "sea", "gull", "", "sea.sea", "東東", "\ud800") == [
        [1, 1],
        [1, 0],
        [0, 0],  # known as a continuation alone
        [0, 0],
        [2, 1.3],  # a mark is a word of its own
        [3, 3],
        [0, 0],
    ]


def test_a_marker_of_the_table_is_not_needed(table: Path) -> None:
    table.write_text(TABLE.partition("\n")[2], encoding="utf-8")
    assert unscaled(build_store(table), "Seagulls", "gull", "seasea") == [[1, 1], [0, 0], [0, 0]]


def test_case_and_accents_are_kept_where_the_table_has_them(tmp_path: Path) -> None:
    path = tmp_path / "pieces"
    path.write_text("Zoë 1 1\nzoe 2 2\n##s 0 0\n", encoding="utf-8")
    assert unscaled(build_store(path), "Zoë", "Zoe", "zoe") == [[1, 1], [0, 0], [2, 2]]
    path.write_text("zoe 2 2\n##s 0 0\n", encoding="utf-8")
    assert unscaled(build_store(path), "Zoë", "Zoe", "zoe") == [[2, 2]] * 3


def test_pieces_behind_words_share_their_scale(table: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Seagulls 8 0\nsea 0 8\n", encoding="utf-8")
    store = build_store(words, pieces=table)
    assert store.scale == pytest.approx(1 / np.sqrt(32))
    assert unscaled(store, "Seagulls", "SEAGULLS", "Sea", "gull") == [[8, 0], [1, 1], [0, 8], [0, 0]]
    cover = store.coverage(["Seagulls", "SEAGULLS", "Sea", "gull"], [1, 10, 100, 1000])
    assert (cover.exact, cover.composed, cover.lowered, cover.unknown) == (1, 10, 100, 1000)


def cut_greedily(word: str, pieces: set[str]) -> list[str]:
    """Cut a word by longest match first; empty where some part fits no piece."""
    found: list[str] = []
    while word:
        fits = (word[:end] for end in range(len(word), 0, -1) if ("##" * bool(found) + word[:end]) in pieces)
        piece = next(fits, None)
        if piece is None:
            return []
        found.append("##" * bool(found) + piece)
        word = word[len(piece) :]
    return found


def is_mark(character: str) -> bool:
    """Say whether a character is a word of its own in BERT's eyes."""
    ascii_mark = character.isascii() and not character.isalnum() and not character.isspace()
    return ascii_mark or unicodedata.category(character).startswith("P")


def cut_word(word: str, pieces: set[str]) -> list[str]:
    """Cut a word at marks, then each stretch."""
    plain = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
    stretches: list[str] = []
    for mark, characters in groupby(plain, is_mark):
        stretch = "".join(characters)
        stretches.extend(stretch if mark else [stretch])
    return [piece for stretch in stretches for piece in cut_greedily(stretch, pieces)]


@pytest.mark.slow
def test_the_real_pieces_are_cut_by_longest_match(data: Callable[[str], Path]) -> None:
    folder = data("vectors_english")
    rows: dict[str, Any] = {}
    with gzip.open(folder / "pieces.txt.gz", "rt", encoding="utf-8", newline="\n") as file:
        next(file)
        for line in file:
            piece, *numbers = line.rstrip("\n").split(" ")
            rows[piece] = np.array(numbers, np.float32)
    chance = random.Random(0)
    tokens = (data("wnut17") / "test.conll").read_text("utf-8").split()
    odd = ["".join(chance.choices("aeioustrnéß.-'7", k=chance.randint(1, 14))) for _ in range(500)]
    words = chance.sample(sorted(set(tokens)), 1500) + odd
    store = build_store(folder / "pieces.txt.gz")
    expected = np.zeros((len(words), 100), np.float32)
    for row, word in enumerate(words):
        if cut := cut_word(word, set(rows)):
            expected[row] = np.mean([rows[piece] for piece in cut], axis=0)
    assert np.all(expected.any(axis=1) == store.look_up(words).any(axis=1))
    np.testing.assert_allclose(store.look_up(words), expected * store.scale, atol=0.01)


@pytest.fixture
def model2vec(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder as Model2Vec does, with more tensors where some are named."""

    def write(**tensors: Any) -> Path:
        folder = tmp_path / "model2vec"
        folder.mkdir(exist_ok=True)
        tokenizer = Tokenizer(models.WordPiece({"[PAD]": 0, "[UNK]": 1, "sea": 2, "##gull": 3}, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.enable_padding(length=16)
        tokenizer.enable_truncation(1)
        tokenizer.save(str(folder / "tokenizer.json"))
        embeddings = np.array([[9, 9], [9, 9], [1, 2], [3, 4]], np.float16)
        save_file({"embeddings": embeddings} | tensors, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps({"normalize": True}))
        return folder

    return write


def test_a_model2vec_folder_is_read_with_its_own_tokenizer(model2vec: Callable[..., Path]) -> None:
    store = build_store(model2vec())
    assert store.words == 0
    assert unscaled(store, "Seagull", "sea", "gull") == [[2, 3], [1, 2], [0, 0]]


def test_weights_and_mapping_of_a_model2vec_folder_are_applied(model2vec: Callable[..., Path]) -> None:
    folder = model2vec(
        embeddings=np.array([[9, 9], [1, 2], [3, 4]], np.float32),
        mapping=np.array([0, 0, 1, 2], np.int64),
        weights=np.array([1, 1, 2, 1], np.float32),
    )
    assert unscaled(build_store(folder), "seagull") == [[2.5, 4]]  # (2 * (1, 2) + (3, 4)) / 2


def test_a_model2vec_folder_stands_behind_words(model2vec: Callable[..., Path], tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("gull 5 5\n", encoding="utf-8")
    store = build_store(words, pieces=model2vec())
    assert unscaled(store, "gull", "Seagull") == [[5, 5], [2, 3]]


def test_tokenizers_of_other_kinds_know_their_unknown_piece(model2vec: Callable[..., Path]) -> None:
    folder = model2vec()
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("sea", -1.0), ("gull", -1.0)], unk_id=0))
    tokenizer.save(str(folder / "tokenizer.json"))
    assert unscaled(build_store(folder), "seagull", "seax") == [[5, 5.5], [9, 9]]


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_refused(model2vec: Callable[..., Path], name: str) -> None:
    folder = model2vec()
    (folder / name).unlink()
    message = f"{folder / name}: missing; a folder of vectors holds model.safetensors and tokenizer.json"
    with pytest.raises(FormatError) as fault:
        build_store(folder)
    assert str(fault.value) == message


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"mapping": np.array([0, 0, 1, 7])}, "model.safetensors: not as Model2Vec writes it"),
        ({"weights": np.ones(3, np.float32)}, "model.safetensors: not as Model2Vec writes it"),
        ({"embeddings": np.ones(3, np.float32)}, "expected embeddings of two axes, found 1"),
        ({"embeddings": np.ones((3, 2), np.float32)}, "the tokenizer has 4 pieces, of which 3 have vectors"),
        ({"embeddings": np.full((4, 2), np.inf, np.float32)}, "expected finite numbers, found inf for piece 0"),
    ],
)
def test_a_folder_whose_tensors_do_not_fit_is_refused(
    model2vec: Callable[..., Path], tensors: dict[str, Any], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        build_store(model2vec(**tensors))


def test_a_folder_of_something_else_is_refused(model2vec: Callable[..., Path]) -> None:
    folder = model2vec()
    save_file({"weight": np.ones((4, 2), np.float32)}, folder / "model.safetensors")
    with pytest.raises(FormatError, match="expected a tensor named embeddings, found weight"):
        build_store(folder)
    (folder / "model.safetensors").write_bytes(b"short")
    with pytest.raises(FormatError, match="not a safetensors file, or one that is cut short"):
        build_store(folder)
    (model2vec() / "tokenizer.json").write_text("{}")
    with pytest.raises(FormatError, match=r"tokenizer.json: the tokenizer of the word pieces cannot be read"):
        build_store(folder)


def test_pieces_of_other_dimensions_are_refused(table: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("sea 1 2 3\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"expected pieces of 3 dimensions as in .*words.txt, found 2; "):
        build_store(words, pieces=table)


def test_pieces_stand_behind_words_alone(table: Path, model2vec: Callable[..., Path], binary: Path) -> None:
    for path in (table, model2vec()):
        with pytest.raises(FormatError, match="has no words, but pieces itself: leave these out"):
            build_store(path, pieces=table)
    words = table.with_name("words")
    words.write_text("sea 1 2\n")
    with pytest.raises(
        FormatError, match="expected word pieces, as text or a Model2Vec folder, found word2vec vectors"
    ):
        build_store(words, pieces=binary)


def test_a_table_of_pieces_is_never_cut(table: Path) -> None:
    with pytest.raises(FormatError, match="kept whole"):
        build_store(table, most=5)
    assert build_store(table, most=100).encode() == build_store(table).encode()
    assert build_store(table, most=2, kind="pieces").encode() == build_store(table).encode()


def test_pieces_without_tokenizers_name_the_extra(monkeypatch: pytest.MonkeyPatch, table: Path) -> None:
    store = build_store(table)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'taggers\[vectors\]'"):
        build_store(table)
    with pytest.raises(MissingExtraError, match=r"pip install 'taggers\[vectors\]'"):
        VectorStore.parse(store.encode()).look_up(["sea"])


def test_a_damaged_tokenizer_in_a_store_is_one_line(table: Path) -> None:
    content = build_store(table).encode().replace(b'"WordPiece"', b'"WordPeace"')
    with pytest.raises(CheckpointError, match="the tokenizer of the word pieces cannot be read") as fault:
        VectorStore.parse(content).look_up(["sea"])
    assert "\n" not in str(fault.value)
