"""Where the text is and how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from taggers.config.section import Section
from taggers.formats import names
from taggers.formats.tokenisers import LANGUAGE

if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[names(read=True)]  # whatever the table of formats has a reader for
Language = Annotated[str | None, Field(pattern=f"^{LANGUAGE}$", description='a language code such as "da"')]
Separator = Literal["auto", "tab", "space", "comma", "semicolon"]


class Syntok(Section):
    """Sentences and tokens of English, German and Spanish."""

    kind: Literal["syntok"] = "syntok"


class ICU(Section):
    """Sentences and words of any script as Unicode has them."""

    kind: Literal["icu"] = "icu"
    language: Language = None


class Spacy(Section):
    """The rules of spaCy for a language; those for any where none is named."""

    kind: Literal["spacy"] = "spacy"
    language: Language = None


class Characters(Section):
    """Each character a token, as in corpora of Chinese characters."""

    kind: Literal["characters"] = "characters"


class Blanks(Section):
    """What stands between blanks is a token, a line a sentence."""

    kind: Literal["blanks"] = "blanks"


class Data(Section):
    """Where the text is and how its columns are read; paths are relative to the file that names them.

    `corpus` is a folder with a card.toml, or a card, which says all that is not said here. `dev` may be "none"; where
    it is not given, a tenth of train is held out. `scheme` is that of the tags, found by looking at all of train where
    it is "auto". With `partial` the tags `?` and `A|B` of train are sets of tags, and where `unlabelled` is "unknown"
    its tokens outside any span may be anything. `tokeniser` splits the raw text that the model will tag, and should do
    so as the corpus is split; where the corpus itself is text it splits that too. `on_cut` is for spans of characters
    that cut tokens, `tag_names` are the tags that numbers stand for, and `unspaced` says that no blanks stand between
    tokens in the text. `label` names the comment that is a sentence's label, such as intent in `# intent = PlayMusic`.
    """

    corpus: str | None = None
    train: str | None = None
    dev: str | None = None
    test: str | None = None
    format: FormatName = "columns"
    columns: list[str] | dict[str, int | str] = Field(
        default=dict[str, int | str](token=0, tag=-1),
        description='a list of names such as ["token", "tag"], or places such as { token = 0, tag = -1 }',
    )
    separator: Separator = "auto"
    comments: str | None = None
    header: bool = False
    encoding: str = "utf-8"
    scheme: Literal["auto", "IOB1", "IOB2", "IOE", "IOBES", "BMES", "BILOU", "GROBID", "plain"] = "auto"
    on_invalid: Literal["repair", "refuse"] = "repair"
    partial: bool = False
    unlabelled: Literal["outside", "unknown"] = "outside"
    tokeniser: Syntok | ICU | Spacy | Characters | Blanks = Field(default=Syntok(), discriminator="kind")
    on_cut: Literal["snap", "refuse"] = "snap"
    tag_names: list[str] = Field(default=[], description='a list of tags such as ["O", "B-PER"]')
    unspaced: bool = False
    label: str | None = None

    @property
    def partly(self) -> bool:
        """True where train may be partly annotated."""
        return self.partial or self.unlabelled == "unknown"
