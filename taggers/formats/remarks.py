r"""What stands beside a text and is neither token, tag nor label: kept as comments `# name = value`.

CoNLL-U spells what it knows of a sentence so, and holds them therefore as they are. A name or value that would not
come back in that spelling is a JSON string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from taggers.errors import FormatError
from taggers.text import Extra, Sentence

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


def single_remarks(sentence: Sentence, taken: Collection[str] = ()) -> dict[str, str]:
    """The remarks of a sentence, each of which can be a column; FormatError where two have one name, or one is taken.

    >>> single_remarks(Sentence(("Ada",), extras=(remark("id", "a1"), remark("id", "a2"))))
    Traceback (most recent call last):
    ...
    taggers.errors.FormatError: <memory>:1: the comments '# id = ...' would be two columns of one name; rename one
    """
    names = [name for e in sentence.extras if (name := name_of_remark(e.line)) is not None]
    for name in names:
        if names.count(name) > 1 or name in taken:
            problem = f"the comments '# {name} = ...' would be two columns of one name; rename one"
            raise FormatError(*sentence.source, problem)
    return remarks_of(sentence.extras)


def label_in(extras: Iterable[Extra], name: str | None) -> str | None:
    """The value of the remark that is the label of a sentence; None where there is none, or it has no name.

    >>> label_in([remark("intent", "PlayMusic")], "intent")
    'PlayMusic'
    """
    return None if name is None else remarks_of(extras).get(name)


def with_label(sentence: Sentence, name: str | None) -> Sentence:
    """The sentence with its label as the remark of a name: in place of that which is there, else before all others.

    >>> with_label(Sentence(("Play", "it"), label="PlayMusic"), "intent").extras
    (Extra(position=0, line='# intent = PlayMusic'),)
    """
    if name is None or label_in(sentence.extras, name) == sentence.label:
        return sentence
    new = () if sentence.label is None else (remark(name, sentence.label),)
    place = next((i for i, e in enumerate(sentence.extras) if name_of_remark(e.line) == name), None)
    before, after = (0, 0) if place is None else (place, place + 1)
    return replace(sentence, extras=(*sentence.extras[:before], *new, *sentence.extras[after:]))


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
