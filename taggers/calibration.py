"""What a model keeps of its confidences: by which temperatures they are told, and what thresholds on them give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taggers.chain.calibration import Fit
from taggers.chain.temperatures import Temperatures
from taggers.metrics.thresholds import Thresholds
from taggers.text.wording import counted


@dataclass(frozen=True)
class LayerCalibration:
    """Of a layer the fit of its temperatures, None where none was fitted, and for spans the table of thresholds."""

    fit: Fit | None = None
    thresholds: Thresholds | None = None

    @property
    def temperatures(self) -> Temperatures:
        """Those fitted, or 1.

        >>> LayerCalibration().temperatures
        Temperatures(emissions=1.0, transitions=1.0)
        """
        return Temperatures() if self.fit is None else self.fit.temperatures

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        fit = self.fit
        fitted = None if fit is None else {**vars(fit), "temperatures": dict(vars(fit.temperatures))}
        return {"fit": fitted, "thresholds": None if self.thresholds is None else self.thresholds.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LayerCalibration:
        """What a model folder has kept."""
        fit, table = values["fit"], values["thresholds"]
        return cls(
            None if fit is None else Fit(**{**fit, "temperatures": Temperatures(**fit["temperatures"])}),
            None if table is None else Thresholds.from_json(table),
        )


@dataclass(frozen=True)
class Calibration:
    """What was found on some sentences of dev, by layer; `set_aside` where early stopping has not seen them.

    >>> fit = Fit(Temperatures(1.2, 0.9), sentences=140, before=-90.0, after=-80.0)
    >>> calibration = Calibration(140, True, {"ner": LayerCalibration(fit)})
    >>> Calibration.from_json(calibration.to_json()) == calibration
    True
    """

    sentences: int = 0
    set_aside: bool = False
    layers: Mapping[str, LayerCalibration] = field(default_factory=dict)

    def of(self, layer: str) -> LayerCalibration:
        """That of a layer, which has none where nothing was found."""
        return self.layers.get(layer, LayerCalibration())

    @property
    def has_temperatures(self) -> bool:
        """True where some layer has temperatures other than 1."""
        return any(layer.temperatures != Temperatures() for layer in self.layers.values())

    @property
    def temperatures(self) -> dict[str, Temperatures]:
        """Those of each layer."""
        return {name: layer.temperatures for name, layer in self.layers.items()}

    @property
    def where(self) -> str:
        """The sentences, in words."""
        seen = "that training has not seen" if self.set_aside else "that early stopping has seen"
        return f"{counted(self.sentences, 'sentence')} of dev {seen}"

    def to_json(self) -> dict[str, Any]:
        """What a model folder keeps."""
        layers = {name: layer.to_json() for name, layer in self.layers.items()}
        return {"sentences": self.sentences, "set_aside": self.set_aside, "layers": layers}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Calibration:
        """What a model folder has kept; LookupError, TypeError or ValueError where it is something else."""
        layers = {name: LayerCalibration.from_json(layer) for name, layer in values["layers"].items()}
        return cls(values["sentences"], values["set_aside"], layers)

    @property
    def facts(self) -> dict[str, str]:
        """What people are told of each layer: its temperatures, and on what they were fitted.

        >>> Calibration(40, False, {"ner": LayerCalibration()}).facts
        {'ner': 'temperature 1: none was fitted (see training.calibration)'}
        """
        return {name: _told(layer.fit) for name, layer in self.layers.items()}


def _told(fit: Fit | None) -> str:
    if fit is None:
        return "temperature 1: none was fitted (see training.calibration)"
    t, number = fit.temperatures, max(1, fit.sentences)
    if t == Temperatures():
        of = f"{counted(fit.sentences, 'sentence')} of dev (log likelihood of one {fit.before / number:.3f})"
        return f"temperature 1: no other makes {of} clearly likelier"
    of = "" if t.transitions == 1.0 else f" of emissions, {t.transitions:.3f} of transitions"
    likelihoods = f"{fit.before / number:.3f} before, {fit.after / number:.3f} after"
    fitted_on = f"fitted on {counted(fit.sentences, 'sentence')} of dev"
    return f"temperature {t.emissions:.3f}{of}, {fitted_on} (log likelihood of one {likelihoods})"
