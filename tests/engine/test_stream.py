"""The surprise at a text, with a stand-in for a network that tells what it was given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from taggers.engine import stream
from taggers.engine.stream import Carried, Following, Starts, surprise

SYMBOLS = 5


def counting(ids: NDArray[np.int32]) -> Following:
    """A model whose chances follow from the sum of all symbols read so far: what it carries."""

    def start(rows: int) -> Carried:
        return np.zeros((1, 1, rows, 1), dtype=np.float32)

    def onward(starts: Starts, steps: int, carried: Carried) -> tuple[NDArray[np.float32], Carried]:
        read = ids[starts[:, None] + np.arange(steps)]  # (B, T)
        sums = carried[0, 0] + np.cumsum(read, axis=1)  # (B, T)
        return scores_of(sums), sums[None, None, :, -1:].astype(np.float32)

    return Following(ids, SYMBOLS, start, onward, onward)


def scores_of(sums: NDArray[np.floating]) -> NDArray[np.float32]:
    raw = np.sin(sums[..., None] * np.arange(1, SYMBOLS + 1))
    return np.asarray(raw - np.log(np.exp(raw).sum(axis=-1, keepdims=True)), dtype=np.float32)


@pytest.mark.parametrize("length", [2, 3, 7, 8, 9, 16, 17, 40, 41])
def test_each_symbol_is_predicted_from_its_piece_and_the_context_before_it(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("PIECE", 8), ("CONTEXT", 3), ("_ROWS", 2), ("_STEPS", 3)):
        monkeypatch.setattr(stream, name, value)
    ids = np.random.default_rng(length).integers(0, SYMBOLS, length).astype(np.int32)
    found = surprise(counting(ids))
    assert len(found) == length - 1
    for place in range(length - 1):
        first = max(0, place // 8 * 8 - 3)
        scores = scores_of(np.array(ids[first : place + 1].sum(), dtype=np.float64))
        assert found[place] == pytest.approx(-scores[ids[place + 1]], rel=1e-5)


@pytest.mark.parametrize("held", [1, 2 * SYMBOLS, 7 * SYMBOLS])
def test_a_large_vocabulary_is_read_in_smaller_steps(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PIECE", 8), ("CONTEXT", 3), ("_ROWS", 4)):
        monkeypatch.setattr(stream, name, value)
    ids = np.random.default_rng(1).integers(0, SYMBOLS, 50).astype(np.int32)
    text = counting(ids)
    expected = surprise(text)
    monkeypatch.setattr(stream, "_HELD", held)
    sizes: list[int] = []

    def onward(starts: Starts, steps: int, carried: Carried) -> tuple[NDArray[np.float32], Carried]:
        sizes.append(len(starts) * steps * SYMBOLS)
        return text.onward(starts, steps, carried)

    np.testing.assert_allclose(surprise(replace(text, onward=onward, states=onward)), expected, rtol=1e-6)
    assert max(sizes) <= max(held, SYMBOLS)


def test_nothing_is_scored_but_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PIECE", 8), ("CONTEXT", 3)):
        monkeypatch.setattr(stream, name, value)
    text = counting(np.random.default_rng(1).integers(0, SYMBOLS, 50).astype(np.int32))
    scored: list[int] = []

    def onward(starts: Starts, steps: int, carried: Carried) -> tuple[NDArray[np.float32], Carried]:
        scored.extend((starts[:, None] + np.arange(steps)).ravel().tolist())
        return text.onward(starts, steps, carried)

    surprise(replace(text, onward=onward))
    assert sorted(scored) == list(range(49))
