"""scikit-learn's TF-IDF with logistic regression: the linear model that every classifier is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from taggers.data.vectors import VectorStore

_WORDS = {"words": r"(?u)\b\w\w+\b", "tokens": r"(?u)\w+|[^\w\s]"}  # scikit-learn's own words, and with marks
_STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)  # C, of which more is less regularisation


class Texts(NamedTuple):
    """Texts with their labels."""

    texts: Sequence[str]
    labels: Sequence[str]


class Baseline:
    """A trained classifier over words and pairs of them, all lower-cased; with `vectors` their mean stands beside.

    What is a word, whether counts are logarithms and C are those that are best on dev; with vectors their weight and C
    are chosen after the first two.
    """

    def __init__(self, train: Texts, dev: Texts, vectors: VectorStore | None = None) -> None:
        self._best = -1.0
        for words, logarithms in product(_WORDS, (False, True)):
            said: dict[str, Any] = {"words": words, "logarithms": logarithms}
            self._try(_Features(train.texts, words, logarithms, None, 0.0), train, dev, said)
        if vectors is None:
            return
        self._best = -1.0
        chosen = {key: self.chosen[key] for key in ("words", "logarithms")}
        for weight in (0.5, 1.0, 2.0):
            features = _Features(train.texts, **chosen, vectors=vectors, weight=weight)
            self._try(features, train, dev, {**chosen, "weight of vectors": weight})

    def _try(self, features: _Features, train: Texts, dev: Texts, said: Mapping[str, Any]) -> None:
        """Keep what is better on dev than all before; each fit goes on from the last, which was more regular."""
        from sklearn.linear_model import LogisticRegression

        rows, looked_at = features.of(train.texts), features.of(dev.texts)
        model = LogisticRegression(warm_start=True, max_iter=1000)
        for strength in _STRENGTHS:
            model.set_params(C=strength).fit(rows, train.labels)
            score = float(np.mean(model.predict(looked_at) == np.array(dev.labels)))
            if score > self._best:
                self._best, self._features, self._model = score, features, deepcopy(model)
                self.chosen = {**said, "C": strength}

    def labels(self, texts: Sequence[str]) -> list[str]:
        """The label of each text."""
        return [str(label) for label in self._model.predict(self._features.of(texts))]


class _Features:
    """TF-IDF of the words of training texts, and the mean of their vectors."""

    def __init__(
        self, texts: Sequence[str], words: str, logarithms: bool, vectors: VectorStore | None, weight: float
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._counted = TfidfVectorizer(ngram_range=(1, 2), token_pattern=_WORDS[words], sublinear_tf=logarithms)
        self._counted.fit(texts)
        self._split = TfidfVectorizer(token_pattern=_WORDS[words]).build_analyzer()
        self._vectors, self._weight = vectors, weight

    def of(self, texts: Sequence[str]) -> Any:
        """(S, F), sparse."""
        from scipy.sparse import csr_matrix, hstack

        rows = self._counted.transform(texts)
        if self._vectors is None:
            return rows
        means = np.stack([self._mean(self._split(text)) for text in texts])  # (S, E)
        return hstack([rows, csr_matrix(self._weight * means)]).tocsr()

    def _mean(self, words: Sequence[str]) -> NDArray[np.float64]:
        """(E,) of length 1, as a row of TF-IDF has."""
        assert self._vectors is not None
        mean: NDArray[np.float64] = self._vectors.look_up(words or [""]).mean(axis=0, dtype=np.float64)
        mean /= max(float(np.linalg.norm(mean)), 1e-9)
        return mean
