"""docs/corpora.md: its example is a card, and its table names the cards there are."""

from __future__ import annotations

import re
from pathlib import Path

from taggers.corpus_card import Card, load_card

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "corpora.md").read_text("utf-8")


def test_the_example_is_a_card_that_says_all_that_a_card_can(tmp_path: Path) -> None:
    [example] = re.findall("```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "card.toml").write_text(example, "utf-8")
    card = load_card(tmp_path)
    assert card.model_fields_set == set(Card.model_fields)
    assert [name for name, _ in card.files] == ["train", "latin"]


_ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|", re.MULTILINE)


def test_the_table_names_each_card_with_its_layer_size_and_licence() -> None:
    rows = {name: [cell.strip() for cell in cells] for name, *cells in _ROW.findall(PAGE)}
    cards = {path.stem: load_card(path) for path in (ROOT / "configs" / "corpora").glob("*.toml")}
    assert set(rows) == set(cards)
    for name, (layer, sentences, licence) in rows.items():
        card = cards[name]
        assert layer == ("" if card.layer is None else f"{card.layer}, {card.layers[card.layer]}")
        splits = [file for _, file in card.splits if file is not None] or list(card.others.values())
        number = sum(file.sentences or 0 for file in splits)
        assert sentences == (f"{number:,}" if number else "")
        assert licence[:4] == card.licence[:4]
