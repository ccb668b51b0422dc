# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""where against torch: random shapes, strides, two dtypes, numbers and conditions, bit for bit."""

from __future__ import annotations

import random
import sys

from cases import (ALL, COMPLEX, FLOATS, Differences, broadcastable, evaluate, some_shape,
                   start, strided, tree)
from library import INVALID_DTYPE, OUT_OF_RANGE, Refused, same_bits, torch

CASES = 3000


def operand(shape: list[int], rng: random.Random):
    choice = rng.random()
    if choice < 0.2:
        return rng.choice([True, False, 0, 1, 100, rng.choice(FLOATS), complex(0.1, -2)])
    dtype = rng.choice(ALL)
    return strided([] if choice < 0.35 else broadcastable(shape, rng), dtype, rng)


def canonical(converted: torch.Tensor) -> torch.Tensor:
    """Every NaN made the one quiet NaN, part by part."""
    if converted.dtype in COMPLEX:
        return torch.view_as_complex(canonical(torch.view_as_real(converted)).contiguous())
    if not converted.dtype.is_floating_point:
        return converted
    bits = {torch.float16: (torch.int16, 0x7e00), torch.bfloat16: (torch.int16, 0x7fc0),
            torch.float32: (torch.int32, 0x7fc00000),
            torch.float64: (torch.int64, 0x7ff8000000000000)}
    whole, nan = bits[converted.dtype]
    out = converted.clone(memory_format=torch.contiguous_format)
    out.view(whole)[torch.isnan(out)] = nan
    return out


def brought(value, dtype: torch.dtype) -> torch.Tensor:
    """An operand in the result's dtype: what has it moves its bits."""
    if not isinstance(value, torch.Tensor):
        return torch.tensor(value, dtype=dtype)
    return value if value.dtype == dtype else canonical(value.to(dtype))


def same_values(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Of one dtype and shape, and of the same bits where they are not NaN."""
    return a.dtype == b.dtype and same_bits(canonical(a), canonical(b))


def compare(seen: Differences, made, x, y) -> None:
    mask = evaluate(made)
    dtype = torch.result_type(x, y)
    text = f"{tuple(mask.shape)} of {described(x)} and {described(y)}"
    if dtype == torch.complex32:
        for library in seen.libraries.values():
            seen.expect(refusal(library, made, x, y) == INVALID_DTYPE, f"complex32: {text}")
        return
    there = torch.where(mask, x, y).contiguous()
    expected = torch.where(mask, brought(x, dtype), brought(y, dtype)).contiguous()
    seen.expect(same_values(there, expected), f"torch.where is not what it converts to: {text}")
    for isa, library in seen.libraries.items():
        seen.expect(same_bits(library.where(made, x, y), expected), f"differs on {isa}: {text}")


def described(value) -> str:
    return (f"{value.dtype}{tuple(value.shape)}" if isinstance(value, torch.Tensor)
            else repr(value))


def refusal(library, made, x, y) -> int:
    try:
        library.where(made, x, y)
    except Refused as error:
        return error.status
    return 0


def named_differences(seen: Differences) -> None:
    """What does not fit is an error here. Torch wraps what is below an unsigned dtype."""
    mask = torch.tensor([False])
    byte = torch.tensor([7], dtype=torch.uint8)
    seen.expect(int(torch.where(mask, byte, -1)) == 255, "torch changed: -1 into uint8")
    half = torch.tensor([1], dtype=torch.float16)
    seen.expect(torch.result_type(half, 1j) == torch.complex32, "torch changed: f16 with 1j")
    outside = [(byte, -1), (byte, 300), (byte.to(torch.int8), 2**40), (half, 1e6), (half, 70000),
               (torch.tensor([1.0]), 1e300), (byte.to(torch.int32), 2**31)]
    for library in seen.libraries.values():
        for tensor, number in outside:
            text = f"{number} into {tensor.dtype}"
            seen.expect(refusal(library, mask, tensor, number) == OUT_OF_RANGE, text)
            seen.expect(refusal(library, mask, number, tensor) == OUT_OF_RANGE, text)
        seen.expect(refusal(library, mask, half, 1j) == INVALID_DTYPE, "f16 with 1j")


def main() -> int:
    rng, seen = start("where", sys.argv[1], 7)
    named_differences(seen)
    for number in range(CASES):
        shape = some_shape(rng)
        x, y = operand(shape, rng), operand(shape, rng)
        made = strided(broadcastable(shape, rng), torch.bool, rng)
        compare(seen, made if number % 3 else tree(shape, 1 + number % 8, rng), x, y)
    # Every two dtypes, for a random case need not have met them all.
    for a in ALL:
        for b in ALL:
            for standing in ([3, 70], []):
                compare(seen, strided([3, 70], torch.bool, rng), strided([3, 70], a, rng),
                        strided(standing, b, rng))
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
