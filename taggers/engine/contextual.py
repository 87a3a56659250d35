"""What two language models of characters say of each token in its sentence: their states at its borders.

Source: contextual string embeddings, Akbik and others 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taggers.checkpoint import ModelFolder, contextual_folder, load_folder
from taggers.data.batch import by_length
from taggers.data.sentences import TOKEN, SentenceStore, as_store
from taggers.data.stream import in_one_row, spell
from taggers.engine import load_stream
from taggers.engine.stream import Following, StreamEngine
from taggers.errors import CheckpointError
from taggers.tasks.language_model import Direction, LanguageModel
from taggers.text import Sentence

_BUDGET, _MOST, _STEPS = 4096, 64, 256  # characters and sentences that are read together, and steps at once


@dataclass(frozen=True)
class CharacterModels:
    """The folders of two language models of characters, one for each direction."""

    forward: ModelFolder
    backward: ModelFolder

    @classmethod
    def load(cls, forward: Path, backward: Path) -> CharacterModels:
        """Those at two places; CheckpointError where one is missing, damaged or no such model."""
        return cls(_load(forward, "forward"), _load(backward, "backward"))

    @property
    def folders(self) -> dict[Direction, ModelFolder]:
        """Both by their directions."""
        return {"forward": self.forward, "backward": self.backward}

    @property
    def dimensions(self) -> int:
        """How many numbers the two say of a token: D."""
        return sum(f.settings["model"]["encoder"]["hidden_size"] for f in self.folders.values())

    def open(self, device: str = "cpu", remember: Sequence[Sentence] | None = None) -> ContextualStates:
        """What reads sentences by them, and remembers what it has read of some."""
        return ContextualStates(load_stream(self.forward, device), load_stream(self.backward, device), remember)


def _load(path: Path, direction: Direction) -> ModelFolder:
    folder = load_folder(path)
    if folder.tasks != (LanguageModel("character", direction),):
        found = ", ".join(f"{name} {value}" for name, value in folder.tasks[0].facts.items())
        problem = f"{path}: expected a language model of the next character, {direction}, found {found}"
        raise CheckpointError(f"{problem}; name another in model.contextual")
    return folder


def open_contextual(folder: ModelFolder, device: str = "cpu") -> dict[str, ContextualStates]:
    """What the embeddings of a tagger read beside its sentences, by their names."""
    opened: dict[str, ContextualStates] = {}
    for number, name in enumerate(folder.indexer.contextual):
        places = [folder.path / contextual_folder(number, way) for way in ("forward", "backward")]
        opened[name] = CharacterModels.load(*places).open(device)
    return opened


class ContextualStates:
    """A model that has read a sentence up to a token's end, and one that has read it back to the token's beginning.

    Each sentence is read for itself, after a line break. With sentences to `remember`, such as those that are scored
    after each epoch, each distinct one that is asked for is read once, and these for good: 2 D bytes a token.
    """

    def __init__(
        self, forward: StreamEngine, backward: StreamEngine, remember: Sequence[Sentence] | None = None
    ) -> None:
        self._engines: tuple[tuple[StreamEngine, Direction], ...] = ((forward, "forward"), (backward, "backward"))
        self._remembered = None if remember is None else {sentence.tokens for sentence in remember}
        self._known: dict[tuple[str, ...], NDArray[np.float16]] = {}

    def look_at(self, sentences: Sequence[Sentence]) -> NDArray[np.float16]:
        """The states of both models side by side (N, D) for the N tokens of some sentences."""
        if self._remembered is None:
            return self._read(sentences)
        keys = [sentence.tokens for sentence in sentences if sentence.tokens]
        here = {key: self._known[key] for key in keys if key in self._known}
        if new := [Sentence(key) for key in dict.fromkeys(keys) if key not in here]:
            ends = np.cumsum([len(sentence) for sentence in new])
            read = dict(zip((s.tokens for s in new), np.split(self._read(new), ends[:-1]), strict=True))
            self._known |= {key: states.copy() for key, states in read.items() if key in self._remembered}
            here |= read
        return np.concatenate([here[key] for key in keys]) if keys else self._read(sentences)

    def _read(self, sentences: Sequence[Sentence]) -> NDArray[np.float16]:
        store = as_store(sentences)
        return np.concatenate([border_states(engine, store, way) for engine, way in self._engines], axis=1)


def border_states(engine: StreamEngine, sentences: SentenceStore, direction: Direction) -> NDArray[np.float16]:
    """The states (N, H) of a model of characters when it has read each of N tokens in its sentence."""
    read = _borders(sentences, direction)  # (N,)
    text = engine.follow(in_one_row(spell(sentences, "character", direction)) if len(sentences) else sentences)
    lengths = np.maximum.reduceat(read, sentences.offsets[:-1]) + 1 if len(sentences) else read  # (S,)
    # Backward the sentences stand in reverse order: what is read of each is its characters, and the break before them.
    order = np.arange(len(sentences)) if direction == "forward" else np.arange(len(sentences))[::-1]
    starts = np.empty(len(sentences), dtype=np.int64)
    starts[order] = np.cumsum(lengths[order]) - lengths[order]
    states = np.empty((len(read), text.start(1).shape[3]), dtype=np.float16)
    for rows in by_length(lengths.astype(np.int32), _BUDGET, _MOST):
        _fill(states, text, rows, starts[rows], lengths[rows], sentences.offsets, read)
    return states


def _borders(sentences: SentenceStore, direction: Direction) -> NDArray[np.int64]:
    """How many characters are read, the break not counted, when each token (N,) of a sentence has been."""
    column = sentences.columns[TOKEN]
    sizes = np.fromiter(map(len, column.values), np.int64, len(column.values))[column.places] + 1  # with a blank
    ends = np.concatenate(([0], np.cumsum(sizes)))  # (N + 1,)
    borders = ends[sentences.offsets]  # (S + 1,)
    before, after = (np.repeat(some, sentences.lengths) for some in (borders[:-1], borders[1:]))
    read: NDArray[np.int64] = (ends[1:] - before if direction == "forward" else after - ends[:-1]) - 1
    return read


def _fill(
    states: NDArray[np.float16],
    text: Following,
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    offsets: NDArray[np.int64],
    read: NDArray[np.int64],
) -> None:
    """The states of the tokens of some sentences, which start at some places of the text and are so long."""
    tokens = np.concatenate([np.arange(offsets[row], offsets[row + 1]) for row in rows.tolist()])
    of_row = np.repeat(np.arange(len(rows)), offsets[rows + 1] - offsets[rows])
    carried = text.start(len(rows))
    for step in range(0, int(lengths.max()), _STEPS):
        steps = min(_STEPS, int(lengths.max()) - step)
        found, carried = text.states(starts + step, steps, carried)  # (B, T, H)
        here = (read[tokens] >= step) & (read[tokens] < step + steps)
        states[tokens[here]] = found[of_row[here], read[tokens[here]] - step]
