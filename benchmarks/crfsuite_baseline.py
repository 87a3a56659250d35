"""sklearn-crfsuite with the features of its own tutorial: the linear model that every tagger is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taggers.text import Sentence

Features = dict[str, str | bool | float]


def template(sentence: Sentence, columns: Sequence[str] = ()) -> list[Features]:
    """For each token its form, suffixes and casing, the values of some columns, and those of its two neighbours."""
    tokens = sentence.tokens
    rows: list[Features] = []
    for i, token in enumerate(tokens):
        row: Features = {"bias": 1.0, "suffix3": token[-3:], "suffix2": token[-2:], "digit": token.isdigit()}
        for offset in (-1, 0, 1):
            if not 0 <= i + offset < len(tokens):
                row["start" if offset < 0 else "end"] = True
                continue
            word = tokens[i + offset]
            row[f"{offset}:lower"] = word.lower()
            row[f"{offset}:title"] = word.istitle()
            row[f"{offset}:upper"] = word.isupper()
            row.update({f"{offset}:{name}": sentence.layers[name][i + offset] for name in columns})
        rows.append(row)
    return rows


class Baseline:
    """A trained linear CRF: L-BFGS, 100 iterations, elastic net as in the tutorial."""

    def __init__(self, sentences: Sequence[Sentence], layer: str, columns: Sequence[str] = ()) -> None:
        import sklearn_crfsuite  # slow, and the template is of use without it

        self.columns = columns
        self.model = sklearn_crfsuite.CRF(
            algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True
        )
        self.model.fit([template(s, columns) for s in sentences], [list(s.layers[layer]) for s in sentences])

    def tag(self, sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
        """One tag per token of each sentence."""
        return [tuple(map(str, tags)) for tags in self.model.predict([template(s, self.columns) for s in sentences])]

    @property
    def size(self) -> int:
        """Bytes of the model's file."""
        return Path(self.model.modelfile.name).stat().st_size
