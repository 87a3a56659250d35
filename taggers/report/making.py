"""From a model, sentences and what it says of them to the facts of a report."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

from taggers.checkpoint import ModelFolder
from taggers.errors import TaggerError
from taggers.metrics import AnyScores
from taggers.metrics.errors import MISSED, SPURIOUS
from taggers.report.facts import Corpus, Form, Layer, Report, Training
from taggers.report.mistakes import label_cases, span_cases, tag_cases
from taggers.text import Prediction, Sentence

if TYPE_CHECKING:
    from taggers.tasks import SentenceTask
    from taggers.tasks.classification import Classification

_LOG = "log.jsonl"


def check_tasks(folder: ModelFolder) -> None:
    """Raise TaggerError where a model gives neither tags nor labels."""
    for task in folder.expect_answers():
        if task.search is not None:
            problem = f"{folder.path}: a model for {task.kind}: a report is of tags and of labels of texts"
            raise TaggerError(f"{problem}; score it by `tagger evaluate`")


def make_report(
    folder: ModelFolder,
    sentences: Sequence[Sentence],
    predictions: Sequence[Prediction],
    scores: AnyScores,
    corpus: Corpus,
    training: Training,
) -> Report:
    """The report on predictions of annotated sentences, with their scores, in detail where they are of spans.

    Raises TaggerError for a model that gives neither tags nor labels.
    """
    check_tasks(folder)
    values = _without_folders(scores.to_json())
    layers = []
    for place, task in enumerate(folder.expect_answers()):
        own = [one.every[place] for one in predictions]
        said = (
            {name: v for name, v in values.items() if name != "further"}
            if place == 0
            else values["further"][task.layer]
        )
        layers.append(layer_report(task, sentences, own, said))
    return Report(
        model=folder.path.resolve().name,
        digest=folder.digest,
        noun=folder.tasks[0].noun,
        corpus=corpus,
        training=training,
        scores=values,
        layers=tuple(layers),
        history=_history(folder.path / _LOG),
    )


def _without_folders(scores: dict[str, Any]) -> dict[str, Any]:
    """The JSON of scores, whose documents are named without the folder that all of them are in."""
    named = dict(scores)
    if "further" in scores:
        named["further"] = {layer: _without_folders(others) for layer, others in scores["further"].items()}
    documents = scores.get("detail", {}).get("breakdown", {}).get("document")
    if documents:
        common = os.path.commonpath([PurePath(document).parent for document in documents])
        shown = {PurePath(name).relative_to(common).as_posix(): scored for name, scored in documents.items()}
        detail = scores["detail"]
        named["detail"] = {**detail, "breakdown": {**detail["breakdown"], "document": shown}}
    return named


def layer_report(
    task: SentenceTask, sentences: Sequence[Sentence], predictions: Sequence[Prediction], scores: Mapping[str, Any]
) -> Layer:
    """What there is to say of one layer; the `scores` are their JSON, with the detail where they are of spans."""
    form: Form
    if task.outside is None:
        form, confusions = "labels", scores["confusions"]
        cases = label_cases(sentences, predictions, cast("Classification", task).many)
    elif not task.has_spans:
        form, cases = "tags", tag_cases(sentences, predictions, task.layer)
        confusions = _tags_taken(sentences, predictions, task.layer)
    else:
        form, cases = "spans", span_cases(sentences, predictions, task.layer, task.outside)
        confusions = _spans_taken(scores["detail"]["errors"]["confusions"])
    return Layer(task.layer, form, scores, confusions, tuple(cases))


def _tags_taken(
    sentences: Sequence[Sentence], predictions: Sequence[Prediction], layer: str
) -> dict[str, dict[str, int]]:
    """How often tokens of a gold tag were given each tag."""
    found: dict[str, dict[str, int]] = {}
    gold = chain.from_iterable(sentence.layers[layer] for sentence in sentences)
    pairs = Counter(zip(gold, chain.from_iterable(one.tags for one in predictions), strict=True))
    for (wanted, given), number in sorted(pairs.items()):
        found.setdefault(wanted, {})[given] = number
    return found


def _spans_taken(confusions: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """The confusions of spans in one table, what has no partner among them."""
    found = {label: dict(row) for label, row in confusions["pairs"].items()}
    for label, number in confusions["missed"].items():
        found.setdefault(label, {})[MISSED] = number
    return {**found, SPURIOUS: dict(confusions["spurious"])} if confusions["spurious"] else found


def _history(log: Path) -> tuple[Mapping[str, Any], ...]:
    """The epochs of a training, as its log has them; none where there is no log that can be read."""
    try:
        epochs = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return ()
    return tuple(epochs) if all(_is_epoch(epoch) for epoch in epochs) else ()


def _is_epoch(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    numbers = [value.get("epoch"), value.get("loss"), value.get("score") or 0.0]
    return all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
