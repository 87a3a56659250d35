"""TOML files and overrides, checked against classes such as those of `config`: every fault in one report."""

from __future__ import annotations

import difflib
import os
import reprlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from taggers.config import Config, Section
from taggers.errors import ConfigError

S = TypeVar("S", bound=Section)


def load_config(path: Path, overrides: Iterable[str] = ()) -> Config:
    """The settings of a TOML file with `section.key=value` overrides; raises ConfigError with all faults."""
    values = read_toml(path)
    if "licence" in values and not isinstance(values.get("task"), dict):
        raise ConfigError(f"{path}: looks like the card of a corpus, which is named with --corpus")
    return make_config(values, overrides, str(path))


def read_toml(path: Path) -> dict[str, Any]:
    """The values of a TOML file; ConfigError, with the line where there is one, for all that keeps it from being read.

    >>> read_toml(Path("nowhere.toml"))
    Traceback (most recent call last):
    ...
    taggers.errors.ConfigError: nowhere.toml: cannot be read: No such file or directory
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        found = f"{fault.object[fault.start]:#04x}"
        raise ConfigError(f"{path}:{line}: expected UTF-8, found the byte {found}; save the file as UTF-8") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        hint = "" if path.suffix == ".toml" else "; annotated text is named with --train"
        raise ConfigError(f"{path}: not TOML: {fault}{hint}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not TOML that can be read: nested too deeply") from None


def expand_path(path: str, base: Path) -> Path:
    """A path that a file in the folder `base` names: variables of the environment put in, relative to that folder.

    >>> expand_path("train.conll", Path("corpora")).as_posix()
    'corpora/train.conll'
    """
    expanded = os.path.expandvars(path)
    if "$" in expanded:
        raise ConfigError(f"{path}: this variable of the environment is not set")
    return base / expanded


def make_config(values: Mapping[str, Any], overrides: Iterable[str] = (), name: str = "settings") -> Config:
    """Settings from plain values and overrides, as `load_config`.

    Of sections that come in kinds the default one is meant where none is named; an override that names another kind
    starts that section anew.

    >>> make_config({}, ["training.epochs=3", "model.encoder.kind=gru"]).training.epochs
    3
    >>> make_config({"training": {"epoch": 3}})
    Traceback (most recent call last):
    ...
    taggers.errors.ConfigError: settings: training.epoch: unknown key; did you mean 'epochs'?
    """
    merged = _with_kinds(values)
    # Naming another kind empties its section, so that comes before the overrides of the keys in it.
    given = sorted(map(_parse_override, overrides), key=lambda override: override.path[-1] != "kind")
    for override in given:
        _apply(merged, override)
    return fill(Config, _with_kinds(merged), name, given)


def fill(section: type[S], values: Mapping[str, Any], name: str, given: Sequence[_Override] = ()) -> S:
    """The section that the values of a file are meant for; ConfigError with all faults, `name` that of the file."""
    try:
        return section.model_validate(values)
    except ValidationError as fault:
        lines = dict.fromkeys(_say(_locate(error["loc"], section), values, given, name) for error in fault.errors())
        raise ConfigError("\n".join(lines)) from None


def _with_kinds(values: Mapping[str, Any], section: type[Section] | None = Config) -> dict[str, Any]:
    """A copy in which every section of a union names its kind."""
    copied: dict[str, Any] = {}
    for key, value in values.items():
        field = section.model_fields.get(key) if section else None
        if not isinstance(value, Mapping):
            copied[key] = value
        elif field is not None and _members(field):
            copied[key] = {"kind": field.default.kind, **value}
        else:
            copied[key] = _with_kinds(value, _section(field))
    return copied


class _Override(NamedTuple):
    path: tuple[str, ...]
    value: Any
    text: str


def _parse_override(text: str) -> _Override:
    key, equals, written = text.partition("=")
    path = tuple(key.strip().split("."))
    if not equals or not all(path):
        raise ConfigError(f"--set {text}: expected section.key=value, such as training.epochs=20")
    if "\n" in written or "\r" in written:
        raise ConfigError(f"--set {text!r}: expected one setting on one line; say --set once for each")
    try:
        value = tomllib.loads(f"value = {written}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        value = written.strip()  # a bare word is a string
    return _Override(path, value, text)


def _apply(values: dict[str, Any], override: _Override) -> None:
    *above, key = override.path
    table = values
    for part in above:
        below = table.setdefault(part, {})
        if not isinstance(below, dict):
            raise ConfigError(f"--set {override.text}: {part!r} is a value, not a section")
        table = below
    if key == "kind" and _members(_field(above)) and table.get("kind") != override.value:
        table.clear()  # another kind has other keys
    table[key] = override.value


def _field(path: Sequence[str]) -> FieldInfo | None:
    """The field at a key outside of unions; None where there is none."""
    section: type[Section] | None = Config
    field = None
    for part in path:
        field = section.model_fields.get(part) if section else None
        section = _section(field)
    return field


class _Place(NamedTuple):
    """A key as the user writes it, the section in which it stands, and all that could stand there, by kind."""

    path: tuple[str, ...]
    section: type[Section]
    kinds: Mapping[str, type[Section]]


def _locate(
    loc: tuple[int | str, ...],
    section: type[Section],
    kinds: Mapping[str, type[Section]] | None = None,
    above: tuple[str, ...] = (),
) -> _Place:
    """The place of a fault: pydantic's own, without its marks for members of unions and what lies inside a value."""
    key, *rest = loc
    place = _Place((*above, str(key)), section, kinds or {})
    field = section.model_fields.get(str(key))
    members = _members(field)
    below = _section(field)
    if rest and below is not None:
        return _locate(tuple(rest), below, None, place.path)
    if len(rest) > 1 and (held := _held(field)) is not None:
        return _locate(tuple(rest[1:]), held, None, (*place.path, str(rest[0])))
    if rest and members:
        mark, *inner = rest
        return _locate(tuple(inner), members[str(mark)], members, place.path)
    return place


def _say(place: _Place, values: Mapping[str, Any], overrides: Iterable[_Override], name: str) -> str:
    """One line on a fault: where it comes from, the key, what was expected, what was found."""
    path, field = place.path, place.section.model_fields.get(place.path[-1])
    found: Any = values
    for part in path:
        found = found.get(part, _NOTHING)
    members = _members(field)
    if field is None:
        message = f"unknown key; {_nearest(path[-1], place)}"
    elif members and isinstance(found, Mapping):
        path = (*path, "kind")
        message = f"expected {_choice(members)}, found {_shown(found['kind'])}"
    else:
        message = f"expected {_expected(field)}, found {_shown(found)}"
    overridden = any(override.path[: len(path)] == path for override in overrides)
    return f"{'--set' if overridden else name}: {'.'.join(path)}: {message}"


def _nearest(key: str, place: _Place) -> str:
    elsewhere = [kind for kind, member in place.kinds.items() if key in member.model_fields]
    if elsewhere:
        return f"it belongs to the kind {_choice(elsewhere)}"
    near = difflib.get_close_matches(key, place.section.model_fields, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(place.section.model_fields)}"


_NOUNS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    str | None: "a string",
}
_NOTHING = object()  # where a key has to be given, and is not
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def _expected(field: FieldInfo) -> str:
    """What a field may hold, in words."""
    if field.description is not None:
        return field.description
    if _members(field) or _section(field):
        return "a section"
    if get_origin(field.annotation) is Literal:
        return _choice(get_args(field.annotation))
    bounds = [
        f"{words} {getattr(bound, sign)}"
        for bound in field.metadata
        for sign, words in _BOUNDS.items()
        if hasattr(bound, sign)
    ]
    noun = _NOUNS[field.annotation]
    return f"{noun}, {' and '.join(bounds)}" if bounds else noun


def _choice(values: Iterable[object]) -> str:
    *most, last = map(repr, values)
    return f"{', '.join(most)} or {last}" if most else last


def _shown(value: object) -> str:
    if value is _NOTHING:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else reprlib.repr(value)


def _members(field: FieldInfo | None) -> dict[str, type[Section]]:
    """The members of a union of sections by their kind; empty for anything else."""
    members = get_args(field.annotation) if field is not None else ()
    sections = [member for member in members if _is_section(member) and "kind" in member.model_fields]
    return {member.model_fields["kind"].default: member for member in sections}


def _section(field: FieldInfo | None) -> type[Section] | None:
    """The section that a field is, or may be."""
    annotation: Any = field.annotation if field is not None else None
    sections = [one for one in (annotation, *get_args(annotation)) if _is_section(one)]
    return sections[0] if len(sections) == 1 and get_origin(annotation) is not dict else None


def _held(field: FieldInfo | None) -> type[Section] | None:
    """The section that each value of a table is, whatever its key."""
    annotation: Any = field.annotation if field is not None else None
    values = get_args(annotation)[1:] if get_origin(annotation) is dict else ()
    return values[0] if values and _is_section(values[0]) else None


def _is_section(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)
