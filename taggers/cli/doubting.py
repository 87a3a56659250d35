"""`tagger lint --folds`: the models that say which annotation is suspicious."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from taggers.cli.progress import Progress
from taggers.config import Classification, Config, Labelling, Training
from taggers.errors import ConfigError, MissingExtraError
from taggers.lint import Annotated, Finding
from taggers.reading import feature_columns, located
from taggers.settings import make_config, read_toml

_TOKENS = 500_000  # that a training reads, so that
_EPOCHS = 5, 40  # there are at least and at most so many epochs,
_STEPS = 20  # of so many steps where there are few tokens


@dataclass(frozen=True)
class Doubting:
    """How many models are trained, where, and their settings as plain values with overrides; `config` names them."""

    folds: int
    device: str
    values: Mapping[str, Any]
    overrides: tuple[str, ...]
    config: Path | None

    @classmethod
    def of(cls, config: Path | None, overrides: Iterable[str], folds: int, device: str) -> Self:
        """Models as the config, if any, describes them; how long they are trained follows from the data."""
        if folds < 2:
            raise ConfigError(f"--folds {folds}: expected 2 or more")
        given = tuple(overrides)
        if strange := [one for one in given if one.partition(".")[0].strip() not in ("model", "training")]:
            raise ConfigError(
                f"--set {strange[0]}: expected a key of model or training, all else follows from the data"
            )
        said = {} if config is None else read_toml(config)
        data = {"dev": "none", **({"format": said["data"]["format"]} if "format" in said.get("data", {}) else {})}
        doubting = cls(folds, device, {**said, "data": data}, given, config)
        task = doubting._settings(doubting.values).task
        if not isinstance(task, Labelling | Classification):
            raise ConfigError(f"{config}: --folds is for tags and labels of texts, found task.kind {task.kind!r}")
        return doubting

    @property
    def columns(self) -> list[str]:
        """What the models read beside the tokens."""
        return feature_columns(self._settings(self.values).model)

    def suspects(self, data: Annotated) -> list[Finding]:
        """What the models find suspicious, the most suspicious first."""
        training = {**self.values.get("training", {}), **short_training(int(data.sentences.offsets[-1]))}
        settings = self._settings({**self.values, "task": self._task(data), "training": training})
        try:
            from taggers.runs import check_run
            from taggers.suspects import find_suspects
        except ModuleNotFoundError as missing:
            raise MissingExtraError(
                f"--folds trains, which needs {missing.name}: pip install 'taggers[train]'"
            ) from None
        check_run(settings, self.device)
        with Progress() as progress:
            return find_suspects(settings, data, self.folds, self.device, progress)

    def _task(self, data: Annotated) -> dict[str, Any]:
        """The tags of the layer that is looked at, or the labels of texts, alone."""
        said = self.values.get("task", {})
        if data.layer is not None:
            return {"kind": "labelling", "layer": data.layer, **{key: said[key] for key in ("scheme",) if key in said}}
        many = said.get("many", any(len(labels) > 1 for labels in data.text_labels))
        return {"kind": "classification", "many": many}

    def _settings(self, values: Mapping[str, Any]) -> Config:
        settings = make_config(values, self.overrides, str(self.config or "--set"))
        return located(settings, Path() if self.config is None else self.config.parent)


def short_training(tokens: int) -> dict[str, Any]:
    """How models are trained on so many tokens to judge others: briefly, so that faults are not learnt by heart.

    There is no dev: what is judged is left out, all else is learnt from.

    >>> short_training(16_000)["epochs"], short_training(1_000_000)["epochs"], short_training(300)["batch_tokens"]
    (31, 5, 15)
    """
    least, most = _EPOCHS
    epochs = min(max(_TOKENS // max(tokens, 1), least), most)
    batch = {"batch_tokens": max(tokens // _STEPS, 1)} if tokens < _STEPS * Training().batch_tokens else {}
    return {"epochs": epochs, "patience": epochs, "schedule": {"kind": "linear"}, **batch}
