"""The kinds of task: what is an example, what its target, how an answer is read back, and how it is scored."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from taggers.tasks.classification import Classification
    from taggers.tasks.labelling import Labelling
    from taggers.tasks.language_model import LanguageModel
    from taggers.tasks.transduction import Transduction

    SentenceTask = Labelling | Classification | Transduction  # each sentence has an answer
    Task = SentenceTask | LanguageModel

# The class of each kind, in the module of its name, which is loaded when it is asked for: a model has one or two.
_CLASSES = {
    "labelling": "Labelling",
    "classification": "Classification",
    "transduction": "Transduction",
    "language_model": "LanguageModel",
}


def is_of_sentences(task: Task) -> TypeGuard[SentenceTask]:
    """True for a task that gives sentences an answer."""
    return task.kind != "language_model"


def of_sentences(tasks: Iterable[Task]) -> list[SentenceTask]:
    """The tasks that give sentences an answer."""
    return list(filter(is_of_sentences, tasks))


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
