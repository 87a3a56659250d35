"""`tagger lint --folds`: the models that say which annotation is suspicious."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from taggers.cli.progress import Progress
from taggers.config import Classification, Config, Labelling
from taggers.errors import ConfigError, MissingExtraError
from taggers.lint import Annotated, Finding
from taggers.reading import feature_columns, located
from taggers.settings import make_config, read_toml

# Short, so that faults of the annotation are not learnt by heart, and without dev, so that all else is learnt from.
_SHORT: dict[str, Any] = {"epochs": 10, "patience": 10, "schedule": {"kind": "linear"}}


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
        """Models as the config, if any, describes them, but trained as suspects are best found."""
        if folds < 2:
            raise ConfigError(f"--folds {folds}: expected 2 or more")
        said = {} if config is None else read_toml(config)
        data = {"dev": "none", **({"format": said["data"]["format"]} if "format" in said.get("data", {}) else {})}
        values = {**said, "data": data, "training": {**said.get("training", {}), **_SHORT}}
        doubting = cls(folds, device, values, tuple(overrides), config)
        task = doubting._settings(values).task
        if not isinstance(task, Labelling | Classification):
            raise ConfigError(f"{config}: --folds is for tags and labels of texts, found task.kind {task.kind!r}")
        return doubting

    @property
    def columns(self) -> list[str]:
        """What the models read beside the tokens."""
        return feature_columns(self._settings(self.values).model)

    def suspects(self, data: Annotated) -> list[Finding]:
        """What the models find suspicious, the most suspicious first."""
        settings = self._settings({**self.values, "task": self._task(data)})
        try:
            from taggers.runs import check_run
            from taggers.suspects import find_suspects
        except ModuleNotFoundError as missing:
            raise MissingExtraError(f"--folds trains, which needs {missing.name}: pip install 'taggers[train]'") from None
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
