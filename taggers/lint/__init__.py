"""What is wrong with annotated data, found before a model is trained on it: numpy only."""

from taggers.lint.annotated import Annotated
from taggers.lint.findings import Finding, Place
from taggers.lint.page import page
from taggers.lint.report import Leakage, Report, find_leaks, lint

__all__ = ["Annotated", "Finding", "Leakage", "Place", "Report", "find_leaks", "lint", "page"]
