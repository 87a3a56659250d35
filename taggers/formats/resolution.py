"""What a format leaves open, settled by the first lines of a file."""

from __future__ import annotations

from taggers.formats.folders import folder_of
from taggers.formats.kind import Format
from taggers.formats.lines import Lines
from taggers.formats.table import kind_of


def resolve(lines: Lines, format: Format) -> Format:
    r"""The format as the lines begin: separator and header of columns, and whose records JSON lines are.

    Of a folder it is as it was.

    >>> import io
    >>> from taggers.formats.jsonl import JsonlFormat
    >>> found = resolve(Lines(io.BytesIO(b'{"text": "Ada", "label": []}')), JsonlFormat("ner"))
    >>> type(found).__name__, found.layer
    ('DoccanoFormat', 'ner')
    """
    settle = kind_of(format).resolve
    return format if settle is None or folder_of(lines) is not None else settle(lines, format)
