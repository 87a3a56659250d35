"""TOML files and overrides, checked against classes such as those of `config`: every fault in one report."""

from __future__ import annotations

import csv
import difflib
import os
import reprlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

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
    config = fill(Config, _with_kinds(merged), name, given)
    if config.problems:
        raise ConfigError("\n".join(f"{name}: {problem}" for problem in config.problems))
    return config


def fill(section: type[S], values: Mapping[str, Any], name: str, given: Sequence[_Override] = ()) -> S:
    """The section that the values of a file are meant for; ConfigError with all faults, `name` that of the file."""
    try:
        return section.model_validate(values)
    except ValidationError as fault:
        root = FieldInfo.from_annotation(section)
        lines = dict.fromkeys(_say(_locate(error["loc"], root), values, given, name) for error in fault.errors())
        raise ConfigError("\n".join(lines)) from None


def _with_kinds(values: Mapping[str, Any], field: FieldInfo | None = None) -> dict[str, Any]:
    """A copy in which every section of a union names its kind; `field` is the section or table that it is of."""
    copied: dict[str, Any] = {}
    for key, value in values.items():
        inner = _below(field or _ROOT, key)
        if not isinstance(value, Mapping):
            copied[key] = value
        elif inner is not None and _members(inner):
            copied[key] = {"kind": _default_kind(inner), **value}
        else:
            copied[key] = _with_kinds(value, inner or _UNKNOWN)
    return copied


_ROOT = FieldInfo.from_annotation(Config)
_UNKNOWN = FieldInfo.from_annotation(dict)  # what stands under a key that nobody knows


def _default_kind(field: FieldInfo) -> Any:
    """The kind that is meant where none is said: that of the default, else the first."""
    return getattr(field.default, "kind", None) or next(iter(_members(field)))


def _below(field: FieldInfo, key: str) -> FieldInfo | None:
    """The field of a key in a section, or of any key in a table of sections by name."""
    section = _section(field)
    if section is not None:
        return section.model_fields.get(key)
    arguments = get_args(field.annotation) if get_origin(field.annotation) is dict else ()
    return FieldInfo.from_annotation(arguments[1]) if arguments else None


class _Override(NamedTuple):
    path: tuple[str, ...]
    value: Any
    text: str


def _parse_override(text: str) -> _Override:
    if "\n" in text or "\r" in text:
        raise ConfigError(f"--set {text!r}: expected one setting on one line; say --set once for each")
    key, equals, written = text.partition("=")
    path = _split(key.strip())
    if not equals or not path or not all(path):
        raise ConfigError(f"--set {text}: expected section.key=value, such as training.epochs=20")
    try:
        value = tomllib.loads(f"value = {written}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        value = written.strip()  # a bare word is a string
    return _Override(path, value, text)


def _split(key: str) -> tuple[str, ...]:
    """The parts of a dotted key; a part that holds a dot itself stands in double quotes, as in TOML.

    >>> _split('model.features."a.b".size')
    ('model', 'features', 'a.b', 'size')
    """
    try:
        return tuple(next(csv.reader([key], delimiter="."), ()))
    except csv.Error:  # a monstrous key
        return ()


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
    field: FieldInfo | None = _ROOT
    for part in path:
        field = None if field is None else _below(field, part)
    return field


class _Place(NamedTuple):
    """A key as the user writes it, its field, the section in which it stands, and all that could, by kind."""

    path: tuple[str, ...]
    field: FieldInfo | None
    section: type[Section] | None
    kinds: Mapping[str, type[Section]]


def _locate(
    loc: tuple[int | str, ...],
    field: FieldInfo,
    kinds: Mapping[str, type[Section]] | None = None,
    above: tuple[str, ...] = (),
) -> _Place:
    """The place of a fault: pydantic's own, without its marks for members of unions and what lies inside a value."""
    key, *rest = loc
    inner = _below(field, str(key))
    place = _Place((*above, str(key)), inner, _section(field), kinds or {})
    if not rest or inner is None:
        return place
    members = _members(inner)
    if members:
        mark, *rest = rest
        member = FieldInfo.from_annotation(members[str(mark)])
        return _locate(tuple(rest), member, members, place.path) if rest else place
    return _locate(tuple(rest), inner, None, place.path) if _section(inner) or _below(inner, "") else place


def _say(place: _Place, values: Mapping[str, Any], overrides: Iterable[_Override], name: str) -> str:
    """One line on a fault: where it comes from, the key, what was expected, what was found."""
    path, field = place.path, place.field
    found: Any = values
    for part in path:
        found = found.get(part)
    members = _members(field)
    if field is None:
        message = f"unknown key; {_nearest(path[-1], place)}"
    elif members and isinstance(found, Mapping):
        path = (*path, "kind")
        message = f"expected {_choice(members)}, found {_shown(found['kind'])}"
    else:
        message = f"expected {_expected(field)}, found {_shown(found)}"
    overridden = any(override.path[: len(path)] == path for override in overrides)
    key = ".".join(f'"{part}"' if "." in part else part for part in path)
    return f"{'--set' if overridden else name}: {key}: {message}"


def _nearest(key: str, place: _Place) -> str:
    elsewhere = [kind for kind, member in place.kinds.items() if key in member.model_fields]
    if elsewhere:
        return f"it belongs to the kind {_choice(elsewhere)}"
    known = place.section.model_fields if place.section is not None else {}
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"


_NOUNS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
}
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def _expected(field: FieldInfo) -> str:
    """What a field may hold, in words."""
    if field.description is not None:
        return field.description
    if _members(field) or _section(field):
        return "a section"
    if _below(field, ""):
        return "sections by name"
    if given := _without_none(field):
        return _expected(given)
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


def _without_none(field: FieldInfo) -> FieldInfo | None:
    """What a field holds that may be left out; None for any other."""
    kinds = get_args(field.annotation) if get_origin(field.annotation) in (Union, UnionType) else ()
    given = [kind for kind in kinds if kind is not NoneType]
    return FieldInfo.from_annotation(given[0]) if len(given) == 1 else None


def _choice(values: Iterable[object]) -> str:
    *most, last = map(repr, values)
    return f"{', '.join(most)} or {last}" if most else last


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else reprlib.repr(value)


def _members(field: FieldInfo | None) -> dict[str, type[Section]]:
    """The members of a union of sections by their kind; empty for anything else."""
    union = field is not None and get_origin(field.annotation) in (Union, UnionType)
    members = get_args(field.annotation) if field is not None and union else ()
    sections = [member for member in members if _is_section(member) and "kind" in member.model_fields]
    return {member.model_fields["kind"].default: member for member in sections}


def _section(field: FieldInfo | None) -> type[Section] | None:
    """The section that a field is, or may be."""
    annotation: Any = field.annotation if field is not None else None
    union = get_origin(annotation) in (Union, UnionType)
    sections = [one for one in (get_args(annotation) if union else [annotation]) if _is_section(one)]
    return sections[0] if len(sections) == 1 else None


def _is_section(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)
