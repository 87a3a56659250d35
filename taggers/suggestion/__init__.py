"""Which sentences to annotate next: those where a model expects most mistakes of its own, no two alike."""

from taggers.suggestion.choosing import Budget, Item, Suggestion, choose
from taggers.suggestion.doubts import doubts
from taggers.suggestion.pool import Pool
from taggers.suggestion.suggesting import Suggested, suggest

__all__ = ["Budget", "Item", "Pool", "Suggested", "Suggestion", "choose", "doubts", "suggest"]
