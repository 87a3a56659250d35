"""The scores of a chain, their constraints, and which implementation runs."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from taggers.chain import Chain, accelerate, backend, log_partition, vectorised


def test_restricted_forbids_where_a_table_says_false_and_nowhere_else() -> None:
    chain = Chain([1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]], [7.0, 8.0])
    restricted = chain.restricted([True, False], [[False, True], [True, True]], [False, True])
    assert restricted.start.tolist() == [1.0, -np.inf]
    assert restricted.transitions.tolist() == [[-np.inf, 4.0], [5.0, 6.0]]
    assert restricted.end.tolist() == [-np.inf, 8.0]
    assert chain.restricted().transitions.tolist() == chain.transitions.tolist()


def test_arcs_are_the_allowed_transitions_by_target() -> None:
    arcs = Chain([0.0, 0.0], [[-np.inf, 4.0], [5.0, 6.0]], [0.0, 0.0]).arcs
    assert arcs.first.tolist() == [0, 1, 3]
    assert arcs.source.tolist() == [1, 0, 1]
    assert arcs.target.tolist() == [0, 1, 1]
    assert arcs.score.tolist() == [5.0, 4.0, 6.0]


def test_float32_scores_are_worked_on_in_float64() -> None:
    chain = Chain(np.zeros(2, np.float32), np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    assert {chain.start.dtype, chain.transitions.dtype, chain.end.dtype} == {np.dtype(np.float64)}
    assert log_partition(chain, np.zeros((1, 2), np.float32), [0, 1]).dtype == np.float64


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_score_that_is_no_number_does_not_pass_in_silence(bad: float) -> None:
    with pytest.raises(ValueError, match="end scores hold NaN or plus infinity"):
        Chain([0.0], [[0.0]], [bad])


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"transitions scores: expected shape \(2, 2\)"):
        Chain([0.0, 0.0], [0.0, 0.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="at least one tag"):
        Chain([], np.zeros((0, 0)), [])
    with pytest.raises(ValueError, match=r"start_allowed: expected shape \(1,\), got \(2,\)"):
        Chain([0.0], [[0.0]], [0.0]).restricted(start_allowed=[True, True])


def test_decoding_a_sentence_does_not_import_numba_or_torch() -> None:
    program = (
        "import sys; from taggers.chain import Chain, viterbi, marginals, k_best;"
        "chain = Chain([0, 0], [[0, 0], [0, 0]], [0, 0]);"
        "viterbi(chain, [[1, 2]], [0, 1]); marginals(chain, [[1, 2]], [0, 1]); k_best(chain, [[1, 2]], 2);"
        "sys.exit(any(name in sys.modules for name in ('numba', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_accelerate_switches_to_the_compiled_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    monkeypatch.setattr(backend, "_active", vectorised)
    assert accelerate()
    from taggers.chain.compiled import LOOPS

    assert backend.active() is LOOPS


def test_without_numba_the_numpy_implementation_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "_active", vectorised)
    monkeypatch.setattr("taggers.compiling.can_compile", lambda: False)
    assert not accelerate()
    assert backend.active() is vectorised


def test_kernels_compile_where_no_folder_can_be_written_for_their_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    from taggers.chain import log_kernels
    from taggers.compiling import compiled

    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    numbers = np.array([-1.0, 0.0])
    compiled(log_kernels.exponentials)(numbers, np.empty(2))
    assert numbers == pytest.approx([np.exp(-1.0), 1.0])
