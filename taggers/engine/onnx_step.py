"""One step of a network that writes sequences, under onnxruntime."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from taggers.data.features import Ints
from taggers.engine.search import Rows, State, Step

_FAR = np.float32(-1e9)  # added to the scores of padding

Feeds = dict[str, NDArray[np.generic]]
Run = Callable[[onnxruntime.InferenceSession, Sequence[str], Feeds], list[NDArray[np.float32]]]


class OnnxStep:
    """The graph of a step as a session."""

    def __init__(self, session: onnxruntime.InferenceSession, run: Run) -> None:
        self._session, self._run = session, run
        self._carried = sorted(value.name for value in session.get_inputs() if value.name.startswith("carried"))
        self._outputs = ["found", *(f"left {part}" for part in range(len(self._carried)))]

    def begin(
        self,
        states: NDArray[np.float32],  # (B, S, H)
        keys: NDArray[np.float32],  # (B, S, D)
        state: NDArray[np.float32],  # (B, D)
        there: NDArray[np.bool_],  # (B, S)
    ) -> tuple[Step, State]:
        """How sequences go on, and what they start from, given what the encoder made of their sources."""
        outside = np.where(there, np.float32(0.0), _FAR)[:, None]
        memory = here = {"states": states, "keys": keys, "outside": outside}

        def step(rows: Rows, before: Ints, carried: State, place: int) -> tuple[NDArray[np.floating], State]:
            nonlocal here
            if len(rows) < len(here["states"]):  # some are done since the step before
                here = {name: value[rows] for name, value in memory.items()}
            feeds: Feeds = {**here, **dict(zip(self._carried, carried, strict=True)), "before": before}
            feeds["place"] = np.array(place)
            found, *left = self._run(self._session, self._outputs, feeds)
            return found, tuple(left)

        zeros = [np.zeros_like(state)[:, None]] * (len(self._carried) - 1)
        return step, (state[:, None], *zeros)
