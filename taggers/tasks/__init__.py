"""The kinds of task: what is an example, what its target, how an answer is read back, and how it is scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taggers.tasks.classification import Classification
from taggers.tasks.labelling import Labelling

Task = Labelling | Classification

_KINDS: dict[str, type[Task]] = {kind.kind: kind for kind in (Labelling, Classification)}


def task_from_json(values: Mapping[str, Any]) -> Task:
    """The task that a model folder keeps; LookupError where there is no such kind.

    >>> task_from_json(Classification(("bye", "hello")).to_json())
    Classification(labels=('bye', 'hello'))
    """
    return _KINDS[values["kind"]].from_json(values)


__all__ = ["Classification", "Labelling", "Task", "task_from_json"]
