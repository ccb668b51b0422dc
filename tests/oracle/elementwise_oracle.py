# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""exp, log, log1p, sigmoid, softplus, log_sigmoid against torch in f64; divisions bit by bit."""

from __future__ import annotations

import math
import random
import sys

from cases import REAL, Differences, broadcastable, evaluate, some_shape, start, strided, tree
from library import GT, Refused, same_bits, torch

CASES = 1500
FLOATING = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
INVALID_DTYPE = 2


def sigmoid(x: torch.Tensor) -> torch.Tensor:
    small = torch.exp(-x.abs())
    return torch.where(x < 0, small, torch.ones_like(small)) / (1 + small)


def softplus(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))


# In the order of bw_function, each with the ulp of f16, bf16 and f32 that it may be off, and those
# of f64, of which several are torch's.
FUNCTIONS = [("exp", torch.exp, 0.92), ("log", torch.log, 0.94), ("log1p", torch.log1p, 0.91),
             ("sigmoid", sigmoid, 0.9), ("softplus", softplus, 1.02),
             ("log_sigmoid", lambda x: -softplus(-x), 1.02)]
WIDE_ULPS = 6


def ulps(got: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """How far `got` is from `expected`, which is f64; infinite where one has no number."""
    kind = torch.finfo(got.dtype)
    rounded = expected.to(got.dtype)
    least = math.frexp(kind.tiny)[1]
    exponent = torch.frexp(expected.abs()).exponent.clamp(min=least)
    ulp = torch.ldexp(torch.full_like(expected, kind.eps / 2), exponent)
    error = (got.to(torch.float64) - expected).abs() / ulp
    same = (rounded == got) | (torch.isnan(rounded) & torch.isnan(got))
    error = torch.where(torch.isnan(error), torch.full_like(error, math.inf), error)
    return torch.where(same, torch.zeros_like(error), error)


def compare_function(seen: Differences, number: int, rng: random.Random) -> None:
    name, function, most = FUNCTIONS[number % len(FUNCTIONS)]
    dtype = FLOATING[number % len(FLOATING)]
    shape = some_shape(rng)
    x = strided(shape, dtype, rng)
    under = tree(shape, rng.randrange(1, 4), rng) if rng.random() < 0.5 else None
    everywhere = torch.ones([], dtype=torch.bool)
    allowed, wide = torch.broadcast_tensors(everywhere if under is None else evaluate(under),
                                            x.to(torch.float64))
    expected = torch.where(allowed, function(wide), torch.full_like(wide, -3))
    most = WIDE_ULPS if dtype == torch.float64 else most
    for isa, library in seen.libraries.items():
        got = library.elementwise(number % len(FUNCTIONS), x, under, -3)
        text = f"{name} of {dtype}{tuple(shape)} on {isa}"
        seen.expect(got.shape == expected.shape and got.dtype == dtype, f"shape: {text}")
        seen.expect(bool((ulps(got, expected) <= most).all()), f"differs: {text}")


def compare_division(seen: Differences, rng: random.Random) -> None:
    shape = some_shape(rng)
    x = strided(broadcastable(shape, rng), rng.choice(REAL), rng)
    y = strided(broadcastable(shape, rng), rng.choice(REAL), rng)
    if rng.random() < 0.2:
        y = rng.choice([3, 0.5, 7])
    elif rng.random() < 0.2:
        # Converted to the dtype of a tensor it may become 0.
        y = torch.tensor(rng.choice([0.0, 1e-300, 1e-40, 1e-9, -1e-7]),
                         dtype=rng.choice(FLOATING))
    under = tree(shape, 2, rng) if rng.random() < 0.3 else None
    type_ = torch.result_type(x, y)
    type_ = type_ if type_.is_floating_point else torch.float32
    one, other = (torch.as_tensor(side).to(type_) for side in (x, y))
    chosen = evaluate(under) if under is not None else other != 0
    chosen, one, other = torch.broadcast_tensors(chosen, one, other)
    narrow = type_ in (torch.float16, torch.bfloat16)
    middle = torch.float32 if narrow else type_
    expected = torch.where(chosen, (one.to(middle) / other.to(middle)).to(type_),
                           torch.full_like(one, 2))
    expected = torch.where(torch.isnan(expected), torch.full_like(expected, math.nan), expected)
    for isa, library in seen.libraries.items():
        text = f"{x.dtype}{tuple(x.shape)} / {getattr(y, 'dtype', y)} on {isa}"
        seen.expect(same_bits(library.safe_divide(x, y, under, 2), expected), f"quotient: {text}")


def named_cases(seen: Differences) -> None:
    """Examples that torch cannot write without a second `where`."""
    x = torch.tensor([0.5, 0.0, 1.0])
    for isa, library in seen.libraries.items():
        got = library.elementwise(1, x, (GT, x, 0), -9)
        seen.expect(got.tolist() == [torch.log(x)[0].item(), -9.0, 0.0], f"log on {isa}: {got}")
        try:
            library.elementwise(0, torch.tensor([1]), None, 0)
            seen.expect(False, f"exp of an integer on {isa}")
        except Refused as error:
            seen.expect(error.status == INVALID_DTYPE, f"{error} on {isa}")


def main() -> int:
    rng, seen = start("elementwise", sys.argv[1], 19)
    named_cases(seen)
    for number in range(CASES):
        compare_function(seen, number, rng)
        compare_division(seen, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
