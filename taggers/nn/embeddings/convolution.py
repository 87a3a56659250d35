"""A convolution over characters and its maximum, for training on the CPU, as sums of what each symbol adds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from taggers.compiling import compiled

Floats: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.int64]


class HighestSums(torch.autograd.Function):
    """The highest activations (W, F) of words with characters (W, C), zeros for words of length 0.

    `products` (symbols, width, F) are what a symbol adds at each place of the kernel; symbol 0 adds nothing, has no
    gradient, and stands for all that is past a word's end.
    """

    @staticmethod
    def forward(ctx: Any, products: Tensor, characters: Tensor, lengths: Tensor) -> Tensor:
        highest = products.new_zeros(len(characters), products.shape[2])
        places = np.zeros(highest.shape, np.int32)
        _kernels().highest_sums(products.numpy(), characters.numpy(), lengths.numpy(), highest.numpy(), places)
        ctx.characters, ctx.places, ctx.shape = characters, places, products.shape
        return highest

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_highest: Tensor) -> tuple[Tensor, None, None]:
        of_products = of_highest.new_zeros(ctx.shape)
        given = of_highest.contiguous().numpy()
        _kernels().spread_gradient(given, ctx.characters.numpy(), ctx.places, of_products.numpy())
        return of_products, None, None


def highest_sums(
    products: Floats,  # (S, width, F)
    characters: Integers,  # (W, C)
    lengths: Integers,  # (W,)
    highest: Floats,  # (W, F) out
    places: npt.NDArray[np.int32],  # (W, F) out: at which character the highest stands, the first of equals
) -> None:
    """The forward pass: a loop that `taggers.compiling` compiles."""
    width, filters = products.shape[1:]
    sums = np.empty(filters, np.float32)
    for word in range(characters.shape[0]):
        best, place = highest[word], places[word]
        for centre in range(lengths[word]):
            sums[:] = np.float32(0.0)
            first = centre - width // 2
            for at in range(max(first, 0), min(first + width, characters.shape[1])):
                added = products[characters[word, at], at - first]
                for k in range(filters):
                    sums[k] += added[k]
            for k in range(filters):
                # what is not a number is kept, wherever it stands
                higher = centre == 0 or sums[k] > best[k] or sums[k] != sums[k]
                best[k] = sums[k] if higher else best[k]
                place[k] = centre if higher else place[k]


def spread_gradient(
    of_highest: Floats,  # (W, F)
    characters: Integers,  # (W, C)
    places: npt.NDArray[np.int32],  # (W, F)
    of_products: Floats,  # (S, width, F) out, zeros before
) -> None:
    """The backward pass: only the highest sum has a gradient."""
    width = of_products.shape[1]
    for word in range(characters.shape[0]):
        for k in range(of_highest.shape[1]):
            first = places[word, k] - width // 2
            for at in range(max(first, 0), min(first + width, characters.shape[1])):
                symbol = characters[word, at]
                if symbol > 0:
                    of_products[symbol, at - first, k] += of_highest[word, k]


class _Kernels(NamedTuple):
    highest_sums: Callable[..., None]
    spread_gradient: Callable[..., None]


@cache
def _kernels() -> _Kernels:
    return _Kernels(compiled(highest_sums), compiled(spread_gradient))
