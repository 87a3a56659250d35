"""One step of a network that writes sequences, under onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from taggers.chain.search import Rows, State, Step
from taggers.data.features import Ints
from taggers.engine.onnx_sessions import Feeds, run_graph


class OnnxStep:
    """The graph of a step as a session."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._carried = sorted(value.name for value in session.get_inputs() if value.name.startswith("carried"))
        self._outputs = ["found", *(f"left {part}" for part in range(len(self._carried)))]

    def begin(self, memory: Mapping[str, NDArray[np.float32]], state: NDArray[np.float32]) -> tuple[Step, State]:
        """How sequences go on, and what they start from, given what is read of their sources, by name, and the first
        state (B, D).
        """
        here = memory

        def step(rows: Rows, before: Ints, carried: State, place: int) -> tuple[NDArray[np.floating], State]:
            nonlocal here
            if len(rows) < len(here["states"]):  # some are done since the step before
                here = {name: value[rows] for name, value in memory.items()}
            feeds: Feeds = {**here, **dict(zip(self._carried, carried, strict=True)), "before": before}
            feeds["place"] = np.array(place)
            found, *left = run_graph(self._session, self._outputs, feeds)
            return found, tuple(left)

        zeros = [np.zeros_like(state)[:, None]] * (len(self._carried) - 1)
        return step, (state[:, None], *zeros)
