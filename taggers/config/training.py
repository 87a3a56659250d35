"""The loop: how long, in which batches, by which optimiser."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from taggers.config.section import Rate, Section


class AdamW(Section):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    kind: Literal["adamw"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.002
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class SGD(Section):
    """Stochastic gradient descent."""

    kind: Literal["sgd"] = "sgd"
    learning_rate: Annotated[float, Field(gt=0.0, le=10.0)] = 0.1
    momentum: Rate = 0.9
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class Plateau(Section):
    """The learning rate times `factor` after `patience` epochs without a better dev score."""

    kind: Literal["plateau"] = "plateau"
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    patience: Annotated[int, Field(ge=0)] = 2


class Linear(Section):
    """The learning rate rises over the first `warmup` share of the steps, then falls to `floor` times itself."""

    kind: Literal["linear"] = "linear"
    warmup: Rate = 0.0
    floor: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class Constant(Section):
    """The learning rate as it is."""

    kind: Literal["constant"] = "constant"


class Training(Section):
    """The loop: how long, in which batches, by which optimiser.

    `word_dropout` is every word's chance to pass as unknown in training; a word seen n times has besides that the
    chance `unknown / (unknown + n)` (Kiperwasser and Goldberg 2016), so that rare words train the unknown vector.
    `average` is the decay per step of the running mean of the weights that is kept as the model (0: the last weights).
    `calibration` is the share of dev documents that are kept from early stopping for confidences to be calibrated on;
    where it is not said, a fifth, if dev holds 500 sentences (0: never).
    """

    epochs: Annotated[int, Field(ge=1)] = 40
    patience: Annotated[int, Field(ge=1)] = 8
    batch_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 512
    optimiser: AdamW | SGD = Field(default=AdamW(), discriminator="kind")
    schedule: Plateau | Linear | Constant = Field(default=Plateau(), discriminator="kind")
    clip_norm: Annotated[float, Field(gt=0.0)] = 5.0
    word_dropout: Rate = 0.05
    unknown: Annotated[float, Field(ge=0.0)] = 2.0
    average: Rate = 0.0
    calibration: Rate | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_steps: Annotated[int, Field(ge=1)] = 500
