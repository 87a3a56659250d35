"""The graph in whole numbers: near float32, the same to the bit whatever stands beside, and safe on every processor."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from taggers.engine.onnx_engine import OnnxEngine
from taggers.export import export_network, export_quantised
from taggers.export.quantisation import MOST, STATE_STEP, STATE_ZERO, matrix_name, quantised, scales_name
from taggers.text import Sentence
from tests.export.test_network import KINDS, drawn, engines, scores

LAYERS = ["as it is", "gru", "two layers", "three layers of gru", "columns", "softmax"]


@cache
def both(kind: str, number: int = 0) -> tuple[OnnxEngine, OnnxEngine]:
    """The same network in float32 and in whole numbers; those of another number have met other words."""
    del number
    network, float32 = engines(KINDS[kind])
    graph, tensors = export_quantised(network.model, network.indexer.beside)
    weights = {name: weight.detach().numpy() for name, weight in network.model.named_parameters()}
    graphs = {**export_network(network.model, network.indexer.beside), "emissions": graph}
    return float32, OnnxEngine(network.indexer, float32.chains, graphs, {**weights, **tensors})


@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=15)
@given(st.data())
def test_emissions_are_near_those_of_float32(kind: str, data: st.DataObject) -> None:
    float32, int8 = both(kind)
    sentences = drawn(data)
    for expected, found in zip(scores(float32, sentences), scores(int8, sentences), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.1)


def test_it_is_not_float32_under_another_name() -> None:
    float32, int8 = both("as it is")
    sentences = [Sentence(("Ada", "saw", "the", "sea", "."))]
    assert not np.array_equal(scores(float32, sentences)[0], scores(int8, sentences)[0])


@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=15)
@given(st.data())
def test_emissions_are_the_same_to_the_bit_alone_and_beside_others(kind: str, data: st.DataObject) -> None:
    _, int8 = both(kind)
    sentences = drawn(data)
    ends = np.cumsum([len(s) for s in sentences])
    together = scores(int8, sentences)
    _, other = both(kind, number=1)  # whose words are met sentence by sentence
    for sentence, end in zip(sentences, ends, strict=True):
        for beside, alone in zip(together, scores(other, [sentence]), strict=True):
            assert np.array_equal(beside[end - len(sentence) : end], alone)


matrices = st.integers(1, 6).flatmap(
    lambda rows: st.lists(
        st.lists(st.floats(-1e3, 1e3, width=32), min_size=rows, max_size=rows), min_size=1, max_size=5
    )
)


@given(matrices)
@example([[1e-45]])
def test_weights_are_within_half_a_step_and_no_product_leaves_sixteen_bits(rows: list[list[float]]) -> None:
    weight: NDArray[np.float32] = np.array(rows, dtype=np.float32)
    tensors = quantised("w", weight)
    matrix, scales = tensors[matrix_name("w")], np.asarray(tensors[scales_name("w")], dtype=np.float64)
    assert matrix.dtype == np.int8
    assert matrix.shape == weight.T.shape
    assert np.all(np.abs(matrix.astype(np.float64).T * scales[:, None] - weight) <= 0.501 * scales[:, None])
    assert np.abs(matrix.astype(np.int32)).max() <= MOST
    largest_state = STATE_ZERO + round(1 / STATE_STEP)
    assert largest_state <= 255
    assert 2 * largest_state * MOST < 2**15  # two products in 16 bits, as processors without VNNI add them
