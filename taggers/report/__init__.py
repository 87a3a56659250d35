"""A report on a model and some annotated text: its scores and its errors as one page that needs nothing beside it."""

from taggers.report.facts import Corpus, Report, Training
from taggers.report.making import make_report
from taggers.report.page import page

__all__ = ["Corpus", "Report", "Training", "make_report", "page"]
