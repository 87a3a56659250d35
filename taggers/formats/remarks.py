r"""What stands beside a text and is neither token, tag nor label: kept as comments `# name = value`.

CoNLL-U spells what it knows of a sentence so, and holds them therefore as they are. A name or value that would not
come back in that spelling is a JSON string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from taggers.text import Extra

_REMARK = re.compile(r'# ("(?:[^"\\]|\\.)*"|[^=]*?) = (.*)')
_ODD_NAME = re.compile(r'[="\r\n]|^\s|\s$|^$')
_ODD_VALUE = re.compile(r'^"|[\r\n]')


def remark(name: str, value: str) -> Extra:
    r"""The value of a column, or whatever else has a name, as an extra before the first token.

    >>> remark("id", "a1").line, remark("note", "two\nlines").line
    ('# id = a1', '# note = "two\\nlines"')
    """
    spelt = _spell(name, _ODD_NAME), _spell(value, _ODD_VALUE)
    return Extra(0, "# {} = {}".format(*spelt))


def remarks_of(extras: Iterable[Extra]) -> dict[str, str]:
    """The names and values among the extras of a sentence.

    >>> remarks_of([remark("id", "a1"), Extra(1, "-DOCSTART-")])
    {'id': 'a1'}
    """
    found = (_REMARK.fullmatch(extra.line) for extra in extras)
    return {_read(match[1]): _read(match[2]) for match in found if match is not None}


def name_of_remark(line: str) -> str | None:
    """The name in a line that is a remark; None for any other line.

    >>> name_of_remark("# id = a1"), name_of_remark("# Ada")
    ('id', None)
    """
    match = _REMARK.fullmatch(line)
    return None if match is None else _read(match[1])


def _spell(text: str, odd: re.Pattern[str]) -> str:
    return json.dumps(text) if odd.search(text) else text


def _read(spelt: str) -> str:
    """What was spelt; a string that is not of JSON, from a file of other hands, stands for itself."""
    if not spelt.startswith('"'):
        return spelt
    try:
        value = json.loads(spelt)
    except ValueError:
        return spelt
    return value if isinstance(value, str) else spelt
