"""The items of CoNLL-U's MISC, `key=value` between bars: which of them are layers, read and written."""

from __future__ import annotations

from collections.abc import Collection, Sequence

# What Universal Dependencies and its tools define (universaldependencies.org/misc.html): no tags of the user's.
_DEFINED = frozenset({
    "SpaceAfter", "SpacesAfter", "SpacesBefore", "SpacesInToken", "TokenRange", "NewPar", "Translit", "LTranslit",
    "MTranslit", "Gloss", "LGloss", "MGloss", "MSeg", "Morf", "Lang", "OrigLang", "Cxn", "CxnElt", "Entity", "Bridge",
    "SplitAnte", "LId", "LDeriv", "Ref", "Alt", "Root", "Sense", "WordNet", "Promoted", "CheckReln", "CheckAttachment",
})  # fmt: skip
BAR = r"\p"  # a bar within a value, as UDPipe spells it in SpacesAfter
_DEFINED_START = "Correct"  # CorrectForm, CorrectSpaceAfter, CorrectNumber, ...


def layer_names(misc: Sequence[str], taken: Collection[str]) -> tuple[str, ...]:
    """The keys that every word of a sentence has once, in the order of the first, but for those defined or taken.

    >>> layer_names(["SpaceAfter=No|ner=B-PER|Foot=1", "SpaceAfter=No|ner=O"], [])
    ('ner',)
    """
    if not misc or "=" not in misc[0]:
        return ()
    keys = [_keys(items) for items in misc]
    return tuple(
        key
        for key in dict.fromkeys(keys[0])
        if key not in _DEFINED
        and not key.startswith(_DEFINED_START)
        and key not in taken
        and all(of_word.count(key) == 1 for of_word in keys)
    )


def _keys(misc: str) -> list[str]:
    pairs = (item.partition("=") for item in misc.split("|"))
    return [key for key, equals, _ in pairs if key and equals]


def item_values(misc: str, name: str) -> list[str]:
    r"""The values of the items of a key, a bar in them spelt `\p`.

    >>> item_values("ner=B-PER|Gloss=Ada", "ner"), item_values("_", "ner"), item_values(r"ner=B-LOC\pB-ORG", "ner")
    (['B-PER'], [], ['B-LOC|B-ORG'])
    """
    start = f"{name}="
    if start not in misc:
        return []
    return [item.removeprefix(start).replace(BAR, "|") for item in misc.split("|") if item.startswith(start)]


def with_item(misc: str, name: str, value: str) -> str:
    """MISC with a value, which does not hold `BAR` itself, in the place of the first item of its key, or last.

    >>> with_item("ner=O|Gloss=Ada", "ner", "B-PER"), with_item("_", "ner", "O")
    ('ner=B-PER|Gloss=Ada', 'ner=O')
    """
    items = [item for item in misc.split("|") if item != "_"]
    place = next((place for place, item in enumerate(items) if item.startswith(f"{name}=")), len(items))
    return "|".join([*items[:place], f"{name}={value.replace('|', BAR)}", *items[place + 1 :]])
