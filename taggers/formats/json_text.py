"""One large JSON value read piece by piece, with the line of each piece."""

from __future__ import annotations

import json
import re

from taggers.errors import FormatError
from taggers.formats.lines import Lines

_DECODER = json.JSONDecoder()
_SOMETHING = re.compile(r"[^ \t\r\n]")
_STEP = 1 << 14  # characters that are read at least, where more are needed


class JsonText:
    """The text of some lines as JSON, gone through from value to value.

    >>> import io
    >>> text = JsonText(Lines(io.BytesIO(b'[{"a":\\n 1}, 2]')))
    >>> text.take("["), text.value(), text.take(",]"), text.value(), text.take(",]"), text.peek(), text.line
    ('[', {'a': 1}, ',', 2, ']', '', 2)
    """

    def __init__(self, lines: Lines) -> None:
        self.path = lines.name
        self.line = 1  # of what comes next
        self._lines = lines.whole()
        self._text = ""
        self._place = 0

    def peek(self) -> str:
        """The next character that is no white space; an empty string at the end."""
        while (found := _SOMETHING.search(self._text, self._place)) is None:
            self._pass(len(self._text))
            if not self._read(1):
                return ""
        self._pass(found.start())
        return found[0]

    def take(self, expected: str) -> str:
        """Go past the next character, which is one of those expected; else FormatError."""
        found = self.peek()
        if not found or found not in expected:
            rest = self._text[self._place : self._place + 40].partition("\n")[0]
            named = " or ".join(expected)
            shown = repr(rest) if found else "the end of the file"
            raise FormatError(self.path, self.line, f"expected {named}, found {shown}; is the file cut short?")
        self._place += 1
        return found

    def value(self) -> object:
        """The next value, whole; FormatError with its line where it is none."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._place)
            except RecursionError as fault:
                raise FormatError(self.path, self.line, "JSON nested too deeply; give it fewer levels") from fault
            except ValueError as fault:
                if self._read(max(_STEP, len(self._text) - self._place)):
                    continue
                raise self._bad(fault) from fault
            self._pass(end)
            return value

    def _pass(self, place: int) -> None:
        self.line += self._text.count("\n", self._place, place)
        self._place = place

    def _read(self, characters: int) -> bool:
        """Have so many more characters ready, or all there are; False where there are none."""
        pieces = [self._text[self._place :]]
        number = 0
        while number < characters and (line := next(self._lines, "")):
            pieces.append(line)
            number += len(line)
        if number:
            self._text, self._place = "".join(pieces), 0
        return number > 0

    def _bad(self, fault: ValueError) -> FormatError:
        if not isinstance(fault, json.JSONDecodeError):
            return FormatError(self.path, self.line, f"expected JSON, found what is none: {fault}; mend it")
        line = self.line + self._text.count("\n", self._place, fault.pos)
        rest = self._text[fault.pos : fault.pos + 40].partition("\n")[0]
        shown = repr(rest) if rest else "the end"
        return FormatError(self.path, line, f"expected JSON, found {shown} ({fault.msg}); mend it")
