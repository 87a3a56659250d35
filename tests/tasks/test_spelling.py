"""Many sentences spelt at once, against one at a time as `taggers.text.schemes` does it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.tasks.spelling import Spelling
from taggers.text.schemes import PLAIN, SCHEMES, Scheme, decode, encode, scheme_tags

SPELT = [scheme for scheme in SCHEMES.values() if scheme is not PLAIN]
INSIDE = [scheme for scheme in SPELT if scheme.dialect is None]


@pytest.mark.parametrize("outside", SPELT, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("inside", INSIDE, ids=lambda scheme: scheme.name)
@given(st.data())
def test_spans_and_tags_are_those_of_one_sentence_at_a_time(
    inside: Scheme, outside: Scheme, data: st.DataObject
) -> None:
    tags = list(scheme_tags(("LOC", "creative-work"), inside))
    anything = st.lists(st.integers(0, len(tags) - 1), max_size=6)  # sequences that no scheme allows among them
    drawn = data.draw(st.lists(anything, max_size=4))
    ids = np.array([i for own in drawn for i in own], dtype=np.int32)
    spelt = Spelling(tags, outside).spell(ids, [len(own) for own in drawn])
    expected = [decode([tags[i] for i in own]) for own in drawn]
    assert spelt.spans == [tuple(spans) for spans in expected]
    assert spelt.tags == [tuple(encode(spans, len(own), outside)) for spans, own in zip(expected, drawn, strict=True)]
