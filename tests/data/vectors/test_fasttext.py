"""fastText's binary models, as gensim writes them, against gensim's vectors of known and unknown words."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.vectors import VectorStore
from taggers.data.vectors.building import build_store
from taggers.data.vectors.fasttext_file import read_fasttext
from taggers.data.vectors.subwords import Subwords, ngram_buckets
from taggers.errors import FormatError

UNKNOWN = ["unknown", "東京都", "naïf", "Übermäßig", "🐟fish", "e\u0301", "a", "жaж"]


@given(word=st.text(min_size=1), shortest=st.integers(1, 4), more=st.integers(0, 3), buckets=st.integers(1, 10**7))
def test_ngrams_fall_into_the_buckets_of_fasttext(word: str, shortest: int, more: int, buckets: int) -> None:
    word = word.encode("utf-8", "replace").decode("utf-8")
    ngrams = compute_ngrams_bytes(word, shortest, shortest + more)
    assert ngram_buckets(word, shortest, shortest + more, buckets) == [ft_hash_bytes(n) % buckets for n in ngrams]


@pytest.mark.parametrize("packed", [False, True])
def test_words_and_ngrams_are_those_of_gensim(fasttext: Path, packed: bool, tmp_path: Path) -> None:
    path = fasttext
    if packed:
        path = tmp_path / "model.bin.gz"
        path.write_bytes(gzip.compress(fasttext.read_bytes()))
    oracle = load_facebook_vectors(str(fasttext))
    table, ngrams = read_fasttext(path, None, print)
    assert table.words == oracle.index_to_key
    inside = [row for row, word in enumerate(table.words) if word != "</s>"]  # gensim gives it n-grams, fastText none
    assert len(inside) == len(table.words) - 1
    np.testing.assert_allclose(table.vectors[inside], oracle.vectors[inside], atol=1e-6)
    np.testing.assert_array_equal(
        table.vectors[table.words.index("</s>")], oracle.vectors_vocab[oracle.key_to_index["</s>"]]
    )
    assert ngrams is not None
    np.testing.assert_array_equal(ngrams.vectors, oracle.vectors_ngrams)


def test_unknown_words_have_the_vectors_of_gensim(fasttext: Path, tmp_path: Path) -> None:
    oracle = load_facebook_vectors(str(fasttext))
    built = build_store(fasttext)
    path = tmp_path / "store"
    path.write_bytes(built.encode())
    store = VectorStore.open(path)
    expected = np.array([oracle[word] for word in UNKNOWN]) * store.scale
    assert not store.knows(UNKNOWN).any()
    np.testing.assert_allclose(store.look_up(UNKNOWN), expected, atol=4e-3)
    assert store.coverage([*UNKNOWN, "sea"], [1] * 8 + [5]).composed == 8


def test_buckets_of_zeros_are_left_out(fasttext_model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    save_facebook_model(fasttext_model, str(path))
    full = build_store(path)
    zero = 17
    content = bytearray(path.read_bytes())
    row = fasttext_model.wv.vectors_ngrams[zero].tobytes()
    at = content.index(row)
    content[at : at + len(row)] = bytes(len(row))
    path.write_bytes(content)
    store = build_store(path)
    assert isinstance(full.parts, Subwords)
    assert isinstance(store.parts, Subwords)
    assert full.parts.numbers.tolist() == list(range(500))
    assert store.parts.numbers.tolist() == [number for number in range(500) if number != zero]
    oracle = load_facebook_vectors(str(path))
    expected = np.array([oracle[word] for word in UNKNOWN]) * store.scale
    np.testing.assert_allclose(store.look_up(UNKNOWN), expected, atol=4e-3)


@pytest.mark.parametrize("settings", [{"max_n": 0}, {"bucket": 500, "min_n": 3, "max_n": 2}])
def test_a_model_without_subwords_is_a_word_table_and_says_so(
    tmp_path: Path, train_fasttext: Callable[..., Any], settings: dict[str, int]
) -> None:
    path, notes = tmp_path / "model.bin", list[str]()
    save_facebook_model(train_fasttext(**settings), str(path))
    store = build_store(path, note=notes.append)
    assert store.parts is None
    assert notes == [f"{path}: holds no subwords; words that are not in it have zeros"]
    assert not store.look_up(UNKNOWN).any()
    with pytest.raises(FormatError, match="without subwords"):
        build_store(path, kind="fasttext")


def test_the_most_frequent_words_are_kept_with_all_buckets(fasttext: Path) -> None:
    whole, part = build_store(fasttext), build_store(fasttext, most=3)
    assert (whole.words, part.words) == (51, 3)
    np.testing.assert_allclose(
        part.look_up(UNKNOWN) / part.scale, whole.look_up(UNKNOWN) / whole.scale, rtol=0.01, atol=1e-4
    )


def test_a_word_that_is_not_utf8_is_left_out_and_reported(fasttext: Path, tmp_path: Path) -> None:
    path, notes = tmp_path / "model.bin", list[str]()
    path.write_bytes(fasttext.read_bytes().replace("naïve\0".encode(), b"na\xc3\xc3ve\0"))
    table, _ = read_fasttext(path, None, notes.append)
    assert notes == [f"{path}: 1 words that are not UTF-8 are left out"]
    assert len(table.words) == 50
    np.testing.assert_array_equal(
        table.vectors[table.words.index("sea")],
        (whole := read_fasttext(fasttext, None, print).table).vectors[whole.words.index("sea")],
    )


DAMAGED = "a fastText model that is cut short or damaged; fetch it again"


def test_a_model_that_is_cut_short_anywhere_is_refused(fasttext: Path, fasttext_model: Any, tmp_path: Path) -> None:
    content = fasttext.read_bytes()
    path = tmp_path / "model.bin"
    last = fasttext_model.wv.vectors_ngrams[-1].tobytes()
    end = content.index(last) + len(last)  # what comes behind is for training on
    path.write_bytes(content[:end])
    assert build_store(path).encode() == build_store(fasttext).encode()
    matrix = content.index(fasttext_model.wv.vectors_vocab[0].tobytes())
    for size in [*range(4, matrix, 37), matrix - 1, matrix, end // 2, end - 1]:
        path.write_bytes(content[:size])
        with pytest.raises(FormatError, match=DAMAGED):
            build_store(path)


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (4, "<i:10", "expected a fastText model of version 11 or 12, found 10; save it by a newer fastText"),
        (8, "<i:0", DAMAGED),
        (8, "<i:9", DAMAGED),
        (40, "<i:-1", DAMAGED),
        (72, "<i:9", "a supervised fastText model (it has labels); train it as skipgram or cbow"),
        (64, "<i:0", DAMAGED),
        (84, "<q:7", "a quantised fastText model (.ftz); name the .bin file that it was made from"),
    ],
)
def test_a_header_that_is_not_that_of_word_vectors_is_refused(
    fasttext: Path, tmp_path: Path, at: int, value: str, message: str
) -> None:
    path = tmp_path / "model.bin"
    content = bytearray(fasttext.read_bytes())
    kind, _, number = value.partition(":")
    struct.pack_into(kind, content, at, int(number))
    path.write_bytes(content)
    with pytest.raises(FormatError) as fault:
        build_store(path)
    assert str(fault.value) == f"{path}: {message}"


def test_a_word_twice_in_the_dictionary_is_damage(fasttext: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(fasttext.read_bytes().replace(b"Sea\0", b"sea\0"))
    with pytest.raises(FormatError, match=DAMAGED):
        build_store(path)


def test_buckets_of_zeros_alone_are_no_subwords(fasttext: Path, fasttext_model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    rows = fasttext_model.wv.vectors_ngrams.tobytes()
    assert rows in fasttext.read_bytes()
    path.write_bytes(fasttext.read_bytes().replace(rows, bytes(len(rows))))
    store = build_store(path)
    assert store.parts is None
    assert not store.look_up(UNKNOWN).any()
    assert store.look_up(["sea"]).any()


def test_pieces_do_not_stand_behind_subwords(fasttext: Path, tmp_path: Path) -> None:
    (tmp_path / "pieces").write_text("sea " + "1 " * 8 + "\n##s " + "1 " * 8 + "\n")
    with pytest.raises(FormatError, match="has subwords for unknown words itself: leave these out"):
        build_store(fasttext, pieces=tmp_path / "pieces")


def test_no_model_holds_a_number_that_is_not_finite(fasttext: Path, fasttext_model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    row = fasttext_model.wv.vectors_ngrams[3].tobytes()
    path.write_bytes(fasttext.read_bytes().replace(row, b"\xff" * len(row)))
    with pytest.raises(FormatError, match=r"expected finite numbers, found nan for row 55 of 551; take the row out"):
        build_store(path)
