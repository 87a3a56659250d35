"""What can go wrong through the user's input, as one family of exceptions: the command line shows each as one line."""

from __future__ import annotations

from pathlib import Path


class TaggerError(Exception):
    """A fault in what the user gave; its text is one line that says what to do.

    >>> str(TaggerError("no model: train one with `tagger train`"))
    'no model: train one with `tagger train`'
    """


class FormatError(TaggerError):
    """A file that does not hold what its format promises, with the place.

    >>> str(FormatError("train.conll", 17, "expected 3 columns, found 2; name them with --columns"))
    'train.conll:17: expected 3 columns, found 2; name them with --columns'
    """

    def __init__(self, path: str | Path, line: int | None, message: str) -> None:
        super().__init__(path, line, message)  # as they came: pickle makes a fault anew from what it was made of
        self.path = str(path)
        self.line = line
        self._message = message

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self._message}"


class TagSchemeError(FormatError):
    """Tags that break their scheme, with the place; raised where violations are refused."""


class ConfigError(TaggerError):
    """One or more faults in a configuration: file, key, what is allowed, all in one report."""


class CheckpointError(TaggerError):
    """A model folder or checkpoint that is missing, damaged or of another version."""


class MissingExtraError(TaggerError):
    """A command that needs a part of the package that is not installed."""
