"""The family of faults: each goes from one process to another as it is."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from taggers import errors
from taggers.errors import FormatError, TaggerError

FAMILY = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TaggerError)]


def made(kind: type[TaggerError]) -> list[TaggerError]:
    """Faults of a class, as the package makes them."""
    if issubclass(kind, FormatError):
        return [kind("in.conll", 17, "found 2"), kind(Path("in.conll"), None, "empty")]
    return [kind("no model: train one")]


@pytest.mark.parametrize("kind", FAMILY)
def test_every_fault_survives_pickle(kind: type[TaggerError]) -> None:
    for fault in made(kind):
        again = pickle.loads(pickle.dumps(fault))
        assert type(again) is kind
        assert str(again) == str(fault)
        assert vars(again) == vars(fault)
