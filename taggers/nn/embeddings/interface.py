"""What an embedding is: its vectors stand beside those of the others, token by token."""

from __future__ import annotations

from torch import nn


class Embedding(nn.Module):
    """Makes a batch's features to (B, T, `output_size`); no token's vector depends on another's."""

    output_size: int


class FormNetwork(nn.Module):
    """Makes the characters (W, C) of distinct forms and their lengths (W,) to (W, `output_size`).

    What stands past a form's own length does not reach its vector; a form of no character has zeros.
    """

    output_size: int
