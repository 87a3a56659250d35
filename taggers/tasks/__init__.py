"""The kinds of task: what is an example, what its target, how an answer is read back, and how it is scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling
from taggers.tasks.language_model import LanguageModel

SentenceTask = Labelling | Classification  # each sentence has an answer
Task = SentenceTask | LanguageModel

def of_sentences(tasks: Iterable[Task]) -> list[SentenceTask]:
    """The same tasks, each of which gives sentences an answer."""
    found = [task for task in tasks if not isinstance(task, LanguageModel)]
    assert found
    return found


_KINDS: dict[str, type[Task]] = {kind.kind: kind for kind in (Labelling, Classification, LanguageModel)}


def task_from_json(values: Mapping[str, Any]) -> Task:
    """The task that a model folder keeps; LookupError where there is no such kind.

    >>> task_from_json(Classification(("bye", "hello")).to_json())
    Classification(labels=('bye', 'hello'))
    """
    return _KINDS[values["kind"]].from_json(values)


__all__ = ["Classification", "Labelling", "LanguageModel", "SentenceTask", "Task", "of_sentences", "task_from_json"]
