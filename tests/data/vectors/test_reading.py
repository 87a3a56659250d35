"""Files of vectors, as gensim writes them and as people have them, against what gensim reads."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from taggers.data.vectors import build_store
from taggers.data.vectors.kinds import find_kind
from taggers.data.vectors.text_file import read_text
from taggers.data.vectors.word2vec import read_word2vec
from taggers.errors import FormatError, MissingExtraError
from tests.data.vectors.conftest import DIMENSIONS, WORDS
