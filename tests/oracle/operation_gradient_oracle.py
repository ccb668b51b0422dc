# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Gradients of where, sums, means, functions and the division against torch's autograd in f64."""

from __future__ import annotations

import math
import random
import sys

from cases import Differences, broadcastable, some_shape, start, strided
from library import torch

CASES = 800
FLOATING = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
FUNCTIONS = [torch.exp, torch.log, torch.log1p, torch.sigmoid, torch.nn.functional.softplus,
             torch.nn.functional.logsigmoid]
ZERO = torch.zeros((), dtype=torch.float64)
WIDE = torch.float64


def close(got, expected, dtype, computed) -> bool:
    """To what the gradient's dtype, and that of the computation, can tell."""
    relative = {torch.float16: 2**-10, torch.bfloat16: 2**-7, torch.float32: 1e-7, WIDE: 0}[dtype]
    relative += 1e-12 if computed == WIDE else 2e-6
    largest = float(expected.abs().max()) if expected.numel() else 0
    absolute = (1e-13 if computed == WIDE else 1e-6) * max(1.0, largest)
    if dtype == torch.float16:
        expected = torch.where(expected.abs() >= 65520, expected * math.inf, expected)
    return torch.allclose(got.to(WIDE), expected, rtol=relative, atol=absolute, equal_nan=True)


def numbers(shape: list[int], rng: random.Random, low: float = -2, high: float = 2):
    """A strided tensor of a random float dtype."""
    out = strided(shape, rng.choice(FLOATING), rng)
    return out.copy_(torch.rand(shape) * (high - low) + low)


def leaf(of: torch.Tensor):
    return of.to(WIDE).clone(memory_format=torch.contiguous_format).requires_grad_()


def shape_of(*tensors) -> list[int]:
    return list(torch.broadcast_shapes(*[t.shape for t in tensors]))


def of_where(seen: Differences, mask, shape, rng: random.Random) -> None:
    x, y = numbers(broadcastable(shape, rng), rng), numbers(broadcastable(shape, rng), rng)
    upstream = numbers(shape_of(mask, x, y), rng)
    wide_x, wide_y = leaf(x), leaf(y)
    torch.where(mask, wide_x, wide_y).backward(upstream.to(WIDE))
    for isa, library in seen.libraries.items():
        library.where_gradient(mask, upstream, x, y)
        text = f"where of {x.dtype}{tuple(x.shape)}, {y.dtype}{tuple(y.shape)} on {isa}"
        seen.expect(close(x, wide_x.grad, x.dtype, WIDE), f"x: {text}")
        seen.expect(close(y, wide_y.grad, y.dtype, WIDE), f"y: {text}")


def of_reductions(seen: Differences, mask, shape, rng: random.Random) -> None:
    x = numbers(broadcastable(shape, rng), rng)
    conditional = rng.random() < 0.7
    whole = shape_of(mask, x) if conditional else list(x.shape)
    dims = sorted(rng.sample(range(len(whole)), rng.randrange(len(whole) + 1)))
    all_dims, keepdim, by = dims or list(range(len(whole))), rng.random() < 0.5, rng.randrange(2)
    eps = rng.choice([0, 0.5]) if by == 1 else 0
    holds = mask.expand(whole) if conditional else torch.ones(whole, dtype=torch.bool)
    wide = leaf(x)
    result = torch.where(holds, wide.expand(whole), ZERO)
    counts = holds.to(WIDE)
    if whole:
        result, counts = result.sum(all_dims, keepdim), counts.sum(all_dims, keepdim)
    upstream = numbers(list(result.shape), rng)
    (result / (counts + eps) if by == 1 else result).backward(upstream.to(WIDE))
    expected = torch.where(torch.isnan(wide.grad), ZERO, wide.grad)  # of the mean of nothing
    for isa, library in seen.libraries.items():
        library.reduce_gradient(by, upstream, mask if conditional else None, dims, keepdim, eps, x)
        text = f"reducer {by} of {x.dtype}{tuple(x.shape)} over {dims} on {isa}"
        seen.expect(close(x, expected, x.dtype, torch.float32 if by == 1 else WIDE), text)


def of_functions(seen: Differences, mask, shape, rng: random.Random) -> None:
    x, function = numbers(broadcastable(shape, rng), rng, 0.1, 3), rng.randrange(len(FUNCTIONS))
    upstream = numbers(shape_of(mask, x), rng)
    wide = leaf(x)
    torch.where(mask, FUNCTIONS[function](wide), ZERO).backward(upstream.to(WIDE))
    for isa, library in seen.libraries.items():
        into = strided(list(x.shape), x.dtype, rng)
        library.elementwise_gradient(function, x, mask, upstream, into)
        text = f"function {function} of {x.dtype}{tuple(x.shape)} on {isa}"
        seen.expect(close(into, wide.grad, x.dtype, x.dtype), text)


def of_divisions(seen: Differences, mask, shape, rng: random.Random) -> None:
    x, y = numbers(broadcastable(shape, rng), rng), numbers(broadcastable(shape, rng), rng, 0.5, 2)
    y[torch.rand(y.shape) < 0.3] = 0
    upstream = numbers(shape_of(x, y), rng)
    wide_x, wide_y = leaf(x), leaf(y)
    divides = y != 0
    divisor = torch.where(divides, wide_y, torch.ones((), dtype=WIDE))
    torch.where(divides, wide_x / divisor, ZERO).backward(upstream.to(WIDE))
    computed = WIDE if torch.result_type(x, y) == WIDE else torch.float32
    for isa, library in seen.libraries.items():
        into_x, into_y = (strided(list(t.shape), t.dtype, rng) for t in (x, y))
        library.safe_divide_gradient(x, y, upstream, into_x, into_y)
        text = f"{x.dtype}{tuple(x.shape)} / {y.dtype}{tuple(y.shape)} on {isa}"
        seen.expect(close(into_x, wide_x.grad, x.dtype, computed), f"x: {text}")
        seen.expect(close(into_y, wide_y.grad, y.dtype, computed), f"y: {text}")


def main() -> int:
    rng, seen = start("operation gradient", sys.argv[1], 59)
    for number in range(CASES):
        shape = some_shape(rng)
        mask = torch.rand(broadcastable(shape, rng)) < 0.5
        (of_where, of_reductions, of_functions, of_divisions)[number % 4](seen, mask, shape, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
