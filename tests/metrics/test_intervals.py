"""Bootstrap intervals: those of plain counting with the same draws, seeded, as wide as theory says."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taggers.metrics import score_label_sets, score_labels, score_spans, score_tags
from taggers.metrics import intervals as _  # noqa: F401 - the module, which is patched by its name
from taggers.metrics.counts import FEWEST_DOCUMENTS, count_each, count_labels
from taggers.metrics.intervals import Figures, Interval, draws, intervals, share
from taggers.metrics.language import count_surprise, LanguageScores
from taggers.metrics.strings import score_strings
from taggers.text.schemes import GROBID, IOB2, PLAIN

GOLD = [["B-X", "O", "B-Y"]] * 60
PREDICTED = [["B-X", "O", "B-Y"]] * 40 + [["B-X", "B-X", "O"]] * 20
TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=5), min_size=1, max_size=12)
