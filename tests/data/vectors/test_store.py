"""The store: what goes in comes out, the same bytes each time, mapped and not read, damage seen when it is opened."""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from taggers.data.vectors import VectorStore
from taggers.data.vectors import words as words_module
from taggers.data.vectors.building import build_store
from taggers.data.vectors.store import METADATA
from taggers.data.vectors.words import WordIndex
from taggers.errors import CheckpointError


@pytest.fixture
def path(text: Path, tmp_path: Path) -> Path:
    """A store of words on disk."""
    place = tmp_path / "store.safetensors"
    place.write_bytes(build_store(text).encode())
    return place


def test_words_come_back_in_float16_with_a_root_mean_square_of_one(path: Path, keyed: Any) -> None:
    store = VectorStore.open(path)
    assert (store.words, store.dimensions) == keyed.vectors.shape
    vectors = store.look_up(keyed.index_to_key)
    assert vectors.dtype == np.float16
    np.testing.assert_allclose(vectors, keyed.vectors * store.scale, rtol=1e-3)
    assert np.sqrt(np.mean(vectors.astype(float) ** 2)) == pytest.approx(1, abs=1e-3)


def test_a_form_is_looked_up_as_it_is_then_lower_cased(path: Path) -> None:
    store = VectorStore.open(path)
    forms = ["Sea", "SEA", "sea", "GULL", "THE", "", "unknown", "\ud800", "Sea"]
    sea, other = store.look_up(["sea"])[0], store.look_up(["Sea"])[0]
    the = store.look_up(["the"])[0]
    nothing = np.zeros(store.dimensions)
    expected = [other, sea, sea, nothing, the, nothing, nothing, nothing, other]
    np.testing.assert_array_equal(store.look_up(forms), expected)
    assert store.knows(forms).tolist() == [True, True, True, False, True, False, False, False, True]
    cover = store.coverage(forms, [1, 2, 4, 8, 16, 32, 64, 128, 256])
    assert (cover.exact, cover.lowered, cover.composed, cover.unknown) == (261, 18, 0, 232)
    assert store.look_up([]).shape == (0, store.dimensions)
    assert store.coverage([], []).report().startswith("0.0 % of 0 words")


@given(words=st.lists(st.text(st.characters(codec="utf-8")), min_size=1, unique=True), others=st.lists(st.text()))
def test_exactly_the_words_of_the_table_are_found(words: list[str], others: list[str]) -> None:
    index = WordIndex.build(words)
    assert index.find(words).tolist() == list(range(len(words)))
    places = {word: row for row, word in enumerate(words)}
    assert index.find(others).tolist() == [places.get(word, -1) for word in others]


def test_words_that_share_a_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def poor(words: list[bytes], salt: int) -> Any:
        return np.array([(sum(word) >> (3 - min(salt, 3))) & 0xFF for word in words], np.uint64)

    monkeypatch.setattr(words_module, "hash_words", poor)
    index = WordIndex.build(["a", "b", "c"])
    assert index.salt > 0  # a and b have one hash by the first
    assert index.find(["c", "b", "a", "\x00a"]).tolist() == [2, 1, 0, -1]  # the last has the hash of a


def test_the_same_vectors_give_the_same_bytes(text: Path, binary: Path, path: Path) -> None:
    assert build_store(text).encode() == build_store(binary).encode() == path.read_bytes()
    program = "import sys; from pathlib import Path; from taggers.data.vectors.building import build_store\n"
    program += "import hashlib; print(hashlib.sha256(build_store(Path(sys.argv[1])).encode()).hexdigest())"
    done = {
        subprocess.run([sys.executable, "-c", program, str(text)], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(done) == 1


def test_an_opened_store_gives_its_bytes_again(path: Path, fasttext: Path) -> None:
    assert VectorStore.open(path).encode() == path.read_bytes()
    content = build_store(fasttext).encode()
    assert VectorStore.parse(content).encode() == content


def test_a_store_is_mapped_and_cannot_be_written(path: Path) -> None:
    store = VectorStore.open(path)
    base: Any = store.vectors
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base, mmap.mmap)
    assert not store.vectors.flags.writeable


def test_looking_up_words_loads_no_library_of_readers(path: Path) -> None:
    program = "import sys; from pathlib import Path; from taggers.data.vectors import VectorStore\n"
    program += "VectorStore.open(Path(sys.argv[1])).look_up(['sea', 'x']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"gensim", "tokenizers", "safetensors", "torch", "scipy"}


def test_a_missing_or_empty_store_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="none: cannot be read: No such file"):
        VectorStore.open(tmp_path / "none")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(CheckpointError, match="empty: cannot be read: it is empty"):
        VectorStore.open(tmp_path / "empty")


def test_a_store_that_is_cut_short_anywhere_is_refused(path: Path) -> None:
    content = path.read_bytes()
    for size in (1, 7, 8, 9, 60, 300, len(content) // 2, len(content) - 1):
        with pytest.raises(CheckpointError, match=r"^vectors: (not a safetensors file|damaged header)"):
            VectorStore.parse(content[:size])


@given(at=st.integers(0, 800), byte=st.integers(0, 255))
def test_a_changed_header_is_refused_or_harmless(text_store: bytes, at: int, byte: int) -> None:
    changed = bytearray(text_store)
    changed[at] = byte
    with suppress(CheckpointError):
        store = VectorStore.parse(bytes(changed))
        assert store.look_up(["sea", "x"]).shape == (2, store.dimensions)


Change = Callable[[dict[str, Any], dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, a: a.update(format_version=2), "vectors of format 2, this version reads 1; build the store anew"),
        (lambda t, a: a.pop("format_version"), "not a store of vectors; build one from word vectors"),
        (lambda t, a: a.pop("scale"), "a damaged store of vectors (no 'scale'); build it anew"),
        (lambda t, a: a.update(salt="x"), "a damaged store of vectors (invalid literal"),
        (lambda t, a: a.update(salt=-1), "a damaged store of vectors (an index that points outside); build it anew"),
        (
            lambda t, a: a.update(salt=1 << 64),
            "a damaged store of vectors (an index that points outside); build it anew",
        ),
        (lambda t, a: a.update(salt=float("inf")), "a damaged store of vectors (cannot convert float infinity"),
        (lambda t, a: t.pop("words.rows"), "a damaged store of vectors (no 'words.rows'); build it anew"),
        (lambda t, a: t.clear(), "a damaged store of vectors (it has neither words nor parts of words); build it anew"),
        (lambda t, a: t.update(more=np.zeros(1)), "a damaged store of vectors (no 'more'); build it anew"),
        (
            lambda t, a: t.update({"words.rows": t["words.rows"].astype(np.int64)}),
            "a damaged store of vectors (words.rows has the type int64 and 1 axes); build it anew",
        ),
        (
            lambda t, a: t.update({"words.rows": t["words.rows"][1:]}),
            "a damaged store of vectors (an index that points outside); build it anew",
        ),
        (
            lambda t, a: t.update({"words.vectors": t["words.vectors"][1:]}),
            "a damaged store of vectors (an index that points outside); build it anew",
        ),
        (
            lambda t, a: t.update({"words.rows": t["words.rows"] + np.uint32(1)}),
            "a damaged store of vectors (an index that points outside); build it anew",
        ),
        (
            lambda t, a: t.update({"words.text": t["words.text"][1:]}),
            "a damaged store of vectors (an index that points outside); build it anew",
        ),
        (
            lambda t, a: t.update({"words.offsets": t["words.offsets"][[0, 2, 1, *range(3, 11)]]}),
            "a damaged store of vectors (an index that points outside); build it anew",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_refused(path: Path, change: Change, message: str) -> None:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    tensors, about = load(content), json.loads(json.loads(content[8 : 8 + length])["__metadata__"][METADATA])
    change(tensors, about)
    with pytest.raises(CheckpointError) as fault:
        VectorStore.parse(save(tensors, {METADATA: json.dumps(about)}), "a")
    assert str(fault.value).startswith(f"a: {message}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, a: t.update({"subwords.numbers": t["subwords.numbers"][1:]}), "499 numbers of buckets for 500 vec"),
        (lambda t, a: a.update(buckets=499), "lengths or buckets of n-grams that cannot be"),
        (lambda t, a: a.update(shortest=0), "lengths or buckets of n-grams that cannot be"),
        (
            lambda t, a: t.update({"subwords.vectors": np.zeros((500, 7), np.float16)}),
            "words of 8 dimensions, parts of 7",
        ),
    ],
)
def test_subwords_that_do_not_fit_are_refused(fasttext: Path, change: Change, message: str) -> None:
    content = build_store(fasttext).encode()
    length = int.from_bytes(content[:8], "little")
    tensors, about = load(content), json.loads(json.loads(content[8 : 8 + length])["__metadata__"][METADATA])
    change(tensors, about)
    with pytest.raises(CheckpointError, match=message):
        VectorStore.parse(save(tensors, {METADATA: json.dumps(about)}))


def test_any_other_safetensors_file_is_no_store() -> None:
    with pytest.raises(CheckpointError, match="not a store of vectors"):
        VectorStore.parse(save({"a": np.zeros(3)}))
