# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Random tensors, numbers and conditions, and what torch makes of the conditions."""

from __future__ import annotations

import operator
import random

from library import (AND, EQ, GE, GT, ISFINITE, ISINF, ISNAN, LE, LT, NE, NONZERO, NOT, OR, Library,
                     contexts, torch)

# Exact in every float dtype, inexact in each, and next to ties of bf16 and f16.
FLOATS = [0.0, -0.0, 0.5, -1.5, 2.0, 0.1, 1 / 3, 1 + 2.0**-8 + 2.0**-40, 1 + 2.0**-11 + 2.0**-40]
WHOLE = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
REAL = WHOLE + [torch.float16, torch.bfloat16, torch.float32, torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
ALL = REAL + [torch.bool] + COMPLEX
COMPARE = {LT: operator.lt, LE: operator.le, GT: operator.gt, GE: operator.ge, EQ: operator.eq,
           NE: operator.ne}
TESTS = {ISNAN: torch.isnan, ISINF: torch.isinf, ISFINITE: torch.isfinite,
         NONZERO: lambda x: x != 0}


def elements(size: list[int], dtype: torch.dtype, rng: random.Random) -> torch.Tensor:
    """Small numbers with NaN, infinities and zeros among them, or any bits at all."""
    if dtype == torch.bool:
        return torch.randint(0, 2, size).to(torch.bool)
    if rng.random() < 0.3 and 0 not in size:
        width = torch.empty(0, dtype=dtype).element_size()
        return torch.randint(0, 256, [*size[:-1], size[-1] * width] if size else [width],
                             dtype=torch.uint8).view(dtype).reshape(size)
    if dtype in WHOLE:
        return torch.randint(0 if dtype == torch.uint8 else -4, 5, size).to(dtype)
    if dtype in COMPLEX:
        return torch.complex(elements(size, torch.float64, rng),
                             elements(size, torch.float64, rng)).to(dtype)
    base = torch.randn(size, dtype=torch.float64).mul(3).round().div(2).to(dtype)
    special = torch.rand(size)
    for n, value in enumerate([float("nan"), float("inf"), -float("inf"), -0.0]):
        base[(special >= n / 20) & (special < (n + 1) / 20)] = value
    return base


def strided(shape: list[int], dtype: torch.dtype, rng: random.Random) -> torch.Tensor:
    """A tensor of this shape whose strides come from slicing, transposing and expanding."""
    order = list(range(len(shape)))
    rng.shuffle(order)
    steps = [rng.choice([1, 1, 2, 3]) for _ in shape]
    begin = [rng.choice([0, 1]) for _ in shape]
    base = elements([shape[d] * steps[d] + begin[d] for d in order], dtype, rng)
    view = base.permute([order.index(d) for d in range(len(shape))])
    for d in range(len(shape)):
        every = (slice(None),) * d + (slice(None, None, steps[d]),)
        view = view.narrow(d, begin[d], shape[d] * steps[d])[every]
    return view


def some_shape(rng: random.Random) -> list[int]:
    return [rng.choice([0, 1, 2, 3, 5, 7, 70]) if rng.random() < 0.9 else 1
            for _ in range(rng.randrange(0, 5))]


def broadcastable(shape: list[int], rng: random.Random) -> list[int]:
    """A shape that broadcasts to `shape`."""
    cut = rng.randrange(len(shape) + 1) if rng.random() < 0.6 else 0
    return [1 if rng.random() < 0.25 else s for s in shape[cut:]]


def some_number(dtype: torch.dtype, rng: random.Random) -> bool | int | float:
    """A number that a tensor of this dtype compares with as torch does: one in its range."""
    if dtype == torch.bool:
        return rng.choice([False, True, 0, 1, 2, 0.5])
    return rng.choice(FLOATS) if dtype not in WHOLE else rng.randrange(0, 4)


def leaf(shape: list[int], rng: random.Random):
    tensor = strided(broadcastable(shape, rng), rng.choice(ALL), rng)
    if tensor.dtype in COMPLEX or rng.random() < 0.25:
        return (rng.choice(list(TESTS)), tensor)
    if tensor.dtype == torch.bool and rng.random() < 0.5:
        return tensor
    comparison = rng.choice(list(COMPARE))
    if rng.random() < 0.5:
        right = strided(broadcastable(shape, rng), rng.choice(REAL + [torch.bool]), rng)
        return (comparison, tensor, right)
    return (comparison, tensor, some_number(tensor.dtype, rng))


def tree(shape: list[int], leaves: int, rng: random.Random):
    if leaves == 1:
        made = leaf(shape, rng)
    else:
        left = rng.choice([1, leaves // 2, leaves - 1])
        made = (rng.choice([AND, OR]), tree(shape, left, rng), tree(shape, leaves - left, rng))
    return (NOT, made) if rng.random() < 0.2 else made


def evaluate(made) -> torch.Tensor:
    """What torch makes of a condition."""
    if isinstance(made, torch.Tensor):
        return made
    predicate, first, *more = made
    if predicate in TESTS:
        return TESTS[predicate](first)
    if predicate in COMPARE:
        return COMPARE[predicate](first, more[0])
    if predicate == NOT:
        return ~evaluate(first)
    left, right = evaluate(first), evaluate(more[0])
    return left & right if predicate == AND else left | right


class Differences:
    """Counts cases and what differs, and says so in the end."""

    def __init__(self, subject: str, libraries: dict[str, Library]) -> None:
        self.subject, self.libraries = subject, libraries
        self.cases = self.found = 0

    def expect(self, right: bool, text: str) -> None:
        self.cases += 1
        if not right:
            self.found += 1
            print(f"{self.subject}: {text}")

    def exit_code(self) -> int:
        print(f"{self.subject}: {self.cases} comparisons on {', '.join(self.libraries)} against "
              f"torch {torch.__version__}: {self.found} differences")
        return 1 if self.found or not self.libraries else 0


def start(subject: str, path: str, seed: int) -> tuple[random.Random, Differences]:
    torch.manual_seed(seed)
    return random.Random(seed), Differences(subject, contexts(path))
