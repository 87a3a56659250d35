"""The kinds of task: what is an example, what its target, how an answer is read back, and how it is scored."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from taggers.tasks.classification import Classification
    from taggers.tasks.interface import AnyTask
    from taggers.tasks.labelling import Labelling
    from taggers.tasks.language_model import LanguageModel
    from taggers.tasks.transduction import Transduction

    SentenceTask = Labelling | Classification | Transduction  # each sentence has an answer
    Task = SentenceTask | LanguageModel
    _HELD: tuple[type[AnyTask], ...] = (Labelling, Classification, Transduction, LanguageModel)  # to the interface

LANGUAGE_MODEL = "language_model"  # the kind that gives sentences no answer

# The class of each kind, in the module of its name, which is loaded when it is asked for: a model has one or two.
_CLASSES = {
    "labelling": "Labelling",
    "classification": "Classification",
    "transduction": "Transduction",
    LANGUAGE_MODEL: "LanguageModel",
}


def of_sentences(tasks: Iterable[Task]) -> list[SentenceTask]:
    """The same tasks, each of which gives sentences an answer; TypeError where one does not."""
    found: list[SentenceTask] = []
    for task in tasks:
        if task.kind == LANGUAGE_MODEL:
            raise TypeError("a language model answers no sentence")
        found.append(cast("SentenceTask", task))
    return found


def task_kind(name: str) -> type[Task]:
    """The class of a kind of task; LookupError where there is no such kind.

    >>> task_kind("classification").layer
    'label'
    """
    found = _CLASSES[name]
    kind: type[Task] = getattr(importlib.import_module(f"taggers.tasks.{name}"), found)
    return kind


def task_from_json(values: Mapping[str, Any]) -> Task:
    """The task that a model folder keeps; LookupError where there is no such kind.

    >>> task_from_json({"kind": "classification", "labels": ["bye", "hello"], "many": False})
    Classification(labels=('bye', 'hello'), many=False)
    """
    return task_kind(values["kind"]).from_json(values)
