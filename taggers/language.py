"""A trained language model: text that goes on from a prompt, and how well a text is predicted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taggers.checkpoint import ModelFolder, latest_model, load_folder
from taggers.data.sentences import SentenceStore
from taggers.data.vocabulary import PAD, UNK
from taggers.engine import load_stream
from taggers.engine.sampling import sample
from taggers.engine.stream import StreamEngine
from taggers.errors import CheckpointError, TaggerError
from taggers.evaluation import score_text
from taggers.tasks.language_model import BREAK
from taggers.tasks.language_model import LanguageModel as Task
from taggers.text import Sentence

if TYPE_CHECKING:
    from taggers.metrics.language import LanguageScores


class LanguageModel:
    r"""A model folder ready to write and to judge text.

    >>> model = LanguageModel.load("models/sea")  # doctest: +SKIP
    >>> model.generate("The sea ", length=40, temperature=0.5, seed=1)  # doctest: +SKIP
    'The sea was a long time in the water .\n'
    """

    def __init__(self, folder: ModelFolder, engine: StreamEngine) -> None:
        task = folder.tasks[0]
        assert isinstance(task, Task)
        self.folder, self.task, self._engine = folder, task, engine

    @classmethod
    def load(cls, path: str | Path | None = None, device: str = "auto") -> LanguageModel:
        """The model of a folder; without a path, the one trained last here (`models/latest`).

        Raises CheckpointError for a folder that is missing, damaged, of another version or no language model.
        """
        folder = load_folder(latest_model(Path("models")) if path is None else Path(path))
        if not isinstance(folder.tasks[0], Task):
            problem = f"{folder.path}: a model for {folder.kind}, no language model"
            raise CheckpointError(f"{problem}; run it by `tagger tag`")
        return cls(folder, load_stream(folder, device))

    def generate(
        self,
        prompt: str = "",
        length: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        seed: int = 1,
    ) -> str:
        """The prompt and what comes after it, `length` symbols of the model's (see `stream`); or what comes before it,
        and the prompt.
        """
        pieces = list(self.stream(prompt, length, temperature, top_k, seed))
        kept = prompt.strip(" ") if self.task.unit == "word" else prompt
        return kept + "".join(pieces) if self.task.direction == "forward" else "".join(reversed(pieces)) + kept

    def stream(
        self,
        prompt: str = "",
        length: int = 200,
        temperature: float = 1.0,
        top_k: int = 0,
        seed: int = 1,
    ) -> Iterator[str]:
        """What comes after a prompt, piece by piece as it is drawn: characters, or words with what stands before them.

        Words of the prompt are what stands between blanks. A model that reads backward is given the end of a text and
        writes what comes before it, the last piece first. `engine.sampling.sample` says how symbols are drawn; the
        unknown one never is. Raises TaggerError for a temperature, a k or a length below 0 or
        without end.
        """
        for name, value in (("temperature", temperature), ("top_k", top_k), ("length", length)):
            if not 0 <= value < math.inf:  # which nan is not either
                raise TaggerError(f"{name}: expected a number, 0 or more, found {value}")
        read, words = self._read(prompt), self.task.unit == "word"
        symbols = self._engine.indexer.words.vocabulary.symbols  # ids from UNK + 1 on
        first = len(read)
        following = self._engine.follow(SentenceStore.of([Sentence((*read, *symbols))]))
        rng = np.random.default_rng(seed)
        carried = following.skip(np.array([0]), first - 1, following.start(1))
        scores, carried = following.onward(np.array([first - 1]), 1, carried)
        before = read[-1]
        for _ in range(length):
            last = scores[:, -1].copy()  # (1, V)
            last[:, [PAD, UNK]] = -np.inf
            [drawn] = sample(last, rng, temperature, top_k).tolist()
            symbol = symbols[drawn - UNK - 1]
            blank = " " if words and BREAK not in (before, symbol) else ""
            yield blank + symbol if self.task.direction == "forward" else symbol + blank
            before = symbol
            scores, carried = following.onward(np.array([first + drawn - UNK - 1]), 1, carried)

    def _read(self, prompt: str) -> list[str]:
        """The symbols of a prompt as the model reads them, after the break that every sentence comes after."""
        if self.task.unit == "character":
            symbols = list(prompt)
        else:
            symbols = [s for line in prompt.split(BREAK) for s in (*line.split(), BREAK)][:-1]
        return [BREAK, *(symbols if self.task.direction == "forward" else reversed(symbols))]

    def evaluate(self, sentences: Iterable[Sentence]) -> LanguageScores:
        """How well the model predicts some sentences, one after another; TaggerError where they hold no token."""
        kept = [sentence for sentence in sentences if sentence.tokens]
        if not kept:
            raise TaggerError("there is nothing to predict: the sentences hold no token")
        return score_text(self._engine, self.task, kept)
