"""A small report made by hand, with whatever may go wrong in a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from taggers.confidence import with_confidence
from taggers.lint import Leakage
from taggers.metrics import score_detail, score_tags
from taggers.report.facts import Corpus, File, Report, Training
from taggers.report.making import layer_report
from taggers.tasks.labelling import Labelling
from taggers.text import Prediction, Sentence, Span
from taggers.text.schemes import IOB2
from taggers.text.types import Source

LABELS = ("LOC", "PER", "</script><b>")


def sentence(number: int, tokens: str, gold: str, predicted: str, *confidences: float) -> Prediction:
    """A sentence of a file with its gold tags, and what was predicted."""
    words, spans = tuple(tokens.split(" ")), []
    own = Sentence(words, {"ner": tuple(gold.split())}, source=Source("/data/te<st.conll", number))
    tags = tuple(predicted.split())
    for place, tag in enumerate(tags):
        if tag.startswith("B-"):
            end = next((n for n in range(place + 1, len(tags)) if not tags[n].startswith("I-")), len(tags))
            spans.append(Span(place, end, tag[2:]))
    return Prediction(own, "ner", tags, tuple(spans), confidences=confidences)


PREDICTIONS = [
    sentence(1, "Ada Obi met Bo", "B-PER I-PER O B-PER", "B-PER O O B-LOC", 0.9, 0.4),
    sentence(6, "all is well", "O O O", "O O O"),
    sentence(10, "</script><script>alert(1)</script> & <b> \"'", "O O O O", "B-</script><b> O O O", 0.25),
    sentence(15, "\u202egnitteg thgir\u202c a\u0000b", "B-PER O O", "O O O"),
    sentence(20, "פגשתי את דוד כהן בלונדון", "O O B-PER I-PER B-LOC", "O O B-PER O O", 0.75),
    sentence(27, " ".join(["x"] * 300 + ["Lima"] + ["y"] * 300), "O " * 300 + "B-LOC " + "O " * 300, "O " * 601),
    sentence(700, "half \ud800 a pair", "O B-LOC O O", "O O O O"),
]


def report_on(predictions: list[Prediction]) -> Report:
    """The report on predictions of one layer."""
    task = Labelling("ner", LABELS, IOB2, IOB2)
    sentences = [one.sentence for one in predictions]
    gold, predicted = [s.layers["ner"] for s in sentences], [one.tags for one in predictions]
    scores = score_tags(gold, predicted, IOB2)
    scores = replace(scores, detail=score_detail(sentences, gold, predicted, IOB2))
    values = with_confidence(scores, [task], sentences, predictions).to_json()
    return Report(
        model="mo&del",
        digest="0123456789abcdef" * 4,
        noun="tagger",
        corpus=Corpus(File("te<st.conll", "f" * 64), len(sentences), sum(map(len, sentences))),
        training=Training(File("train.conll", None), Leakage(len(sentences), 1, 1)),
        scores=values,
        layers=(layer_report(task, sentences, predictions, values),),
        history=({"epoch": 1, "loss": 0.5, "score": None}, {"epoch": 2, "loss": 0.25, "score": 0.75}),
    )


@pytest.fixture(scope="session")
def report() -> Report:
    """A report on seven sentences."""
    return report_on(PREDICTIONS)
