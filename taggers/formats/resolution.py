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
    >>> resolve(Lines(io.BytesIO(b'{"text": "Ada", "label": []}')), JsonlFormat("ner"))
    DoccanoFormat(layer='ner', on_cut='snap', encoding='utf-8')
    """
    settle = kind_of(format).resolve
    return format if settle is None or folder_of(lines) is not None else settle(lines, format)
