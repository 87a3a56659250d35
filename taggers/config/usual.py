"""What is usual for a kind of task where it is not so for tags: settings that are not said are these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taggers.config.section import Section

_NO_DROPOUT = {"input_dropout": 0.0, "output_dropout": 0.0, "recurrent_dropout": 0.0}
_USUAL: dict[str, dict[str, Any]] = {
    "language_model": {
        "data": {"format": "text"},
        "model": {
            "words": {"size": 64, "minimum": 3, "lowercase": False},
            "characters": {"kind": "none"},
            "casing": {"size": 0},
            "encoder": {"directions": "forward", "hidden_size": 512, **_NO_DROPOUT},
        },
        "training": {
            "epochs": 1,
            "batch_tokens": 2048,
            "optimiser": {"kind": "adamw", "learning_rate": 0.008},
            "schedule": {"kind": "linear", "warmup": 0.02, "floor": 0.02},
            "clip_norm": 16.0,
            "word_dropout": 0.0,
            "unknown": 0.0,
        },
    },
}


def with_usual(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was said of a run, plain values or sections, over what is usual for the task that it names."""
    kind = _values(said.get("task")).get("kind")
    usual = _USUAL.get(kind, {}) if isinstance(kind, str) else {}
    if _values(said.get("data")).get("corpus") is not None:  # whose card says what its files are
        usual = {name: values for name, values in usual.items() if name != "data"}
    return over(usual, said) if usual else said


def over(usual: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is usual, and over it what was said; a section of another kind than the usual one stands alone.

    >>> over({"a": {"kind": "x", "b": 1}, "c": {"d": 2}}, {"a": {"kind": "y"}, "c": {"e": 3}})
    {'a': {'kind': 'y'}, 'c': {'d': 2, 'e': 3}}
    """
    together = {**usual, **said}
    for key, value in usual.items():
        given = said.get(key)
        if isinstance(value, Mapping) and isinstance(given, Mapping | Section):
            values = _values(given)
            kind = values.get("kind")
            together[key] = over(value, values) if value.get("kind", kind) == kind else given
    return together


def _values(said: Any) -> Mapping[str, Any]:
    """What was said of a section, its kind included; nothing for what is none."""
    if isinstance(said, Section):
        kind = {"kind"} & type(said).model_fields.keys()
        return {name: getattr(said, name) for name in said.model_fields_set | kind}
    return said if isinstance(said, Mapping) else {}
