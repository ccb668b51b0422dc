# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""where against torch: random shapes, strides, dtypes, scalars and comparisons, bit for bit."""

from __future__ import annotations

import operator
import random
import sys

from library import EQ, GE, GT, LE, LT, NE, contexts, same_bits, torch

CASES = 3000
# Exact in every float dtype, inexact in each, and next to ties of bf16 and f16.
FLOATS = [0.0, -0.0, 0.5, -1.5, 2.0, 0.1, 1 / 3, 1 + 2.0**-8 + 2.0**-40, 1 + 2.0**-11 + 2.0**-40]
REAL = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16,
        torch.bfloat16, torch.float32, torch.float64]
ALL = REAL + [torch.bool, torch.complex64, torch.complex128]
COMPARE = {LT: operator.lt, LE: operator.le, GT: operator.gt, GE: operator.ge, EQ: operator.eq,
           NE: operator.ne}


def strided(shape: list[int], dtype: torch.dtype, rng: random.Random) -> torch.Tensor:
    """A tensor of this shape whose strides come from slicing, transposing and expanding."""
    order = list(range(len(shape)))
    rng.shuffle(order)
    steps = [rng.choice([1, 1, 2, 3]) for _ in shape]
    begin = [rng.choice([0, 1]) for _ in shape]
    size = [shape[d] * steps[d] + begin[d] for d in order]
    if dtype == torch.bool:
        base = torch.randint(0, 2, size).to(torch.bool)
    elif dtype.is_floating_point:
        base = torch.randn(size, dtype=torch.float64).mul(3).round().div(2).to(dtype)
        special = torch.rand(size)
        base[special < 0.1] = float("nan")
        base[(special > 0.1) & (special < 0.15)] = float("inf")
        base[(special > 0.15) & (special < 0.2)] = -0.0
    elif dtype.is_complex:
        base = torch.randn(size, dtype=torch.complex128).to(dtype)
    else:
        base = torch.randint(0 if dtype == torch.uint8 else -4, 5, size).to(dtype)
    back = [order.index(d) for d in range(len(shape))]
    view = base.permute(back)
    for d in range(len(shape)):
        view = view.narrow(d, begin[d], shape[d] * steps[d])[(slice(None),) * d
                                                             + (slice(None, None, steps[d]),)]
    return view


def broadcastable(shape: list[int], rng: random.Random) -> list[int]:
    """A shape that broadcasts to `shape`."""
    cut = rng.randrange(len(shape) + 1)
    return [1 if rng.random() < 0.25 else s for s in shape[cut:]]


def operand_for(shape: list[int], dtype: torch.dtype, rng: random.Random):
    if rng.random() < 0.3 and dtype != torch.bool:
        return rng.choice(FLOATS) if dtype.is_floating_point else rng.randrange(0, 5)
    return strided(broadcastable(shape, rng), dtype, rng)


def case(rng: random.Random):
    shape = [rng.choice([0, 1, 2, 3, 5, 7, 70]) if rng.random() < 0.9 else 1
             for _ in range(rng.randrange(0, 5))]
    dtype = rng.choice(ALL)
    x, y = operand_for(shape, dtype, rng), operand_for(shape, dtype, rng)
    if not isinstance(x, torch.Tensor) and not isinstance(y, torch.Tensor):
        x = strided(shape, dtype, rng)
    tensor = strided(broadcastable(shape, rng), rng.choice(REAL + [torch.bool]), rng)
    if tensor.dtype == torch.bool:
        return tensor, tensor, x, y
    comparison = rng.choice(list(COMPARE))
    # In the range of every dtype: torch wraps others, which this library does not.
    right = rng.choice(FLOATS) if tensor.dtype.is_floating_point else rng.randrange(0, 4)
    return (tensor, comparison, right), COMPARE[comparison](tensor, right), x, y


def main() -> int:
    rng = random.Random(7)
    torch.manual_seed(7)
    found = contexts(sys.argv[1])
    failures = 0
    for number in range(CASES):
        condition, mask, x, y = case(rng)
        expected = torch.where(mask, x, y).contiguous()
        for isa, library in found.items():
            out = torch.empty(expected.shape, dtype=expected.dtype)
            library.where(condition, x, y, out)
            if not same_bits(out, expected):
                failures += 1
                print(f"case {number} on {isa}: differs from torch, shape {tuple(out.shape)}, "
                      f"{out.dtype}")
    print(f"where: {CASES} cases on {', '.join(found)} against torch {torch.__version__}: "
          f"{failures} differences")
    return 1 if failures or not found else 0


if __name__ == "__main__":
    sys.exit(main())
