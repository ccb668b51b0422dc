# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Conditions against torch: tests, comparisons with numbers and tensors, and trees of them."""

from __future__ import annotations

import random
import sys

from cases import (ALL, COMPARE, REAL, TESTS, Differences, broadcastable, evaluate, some_shape,
                   start, strided, tree)
from library import EQ, GE, GT, LT, NE, same_bits, torch

TREES = 2000
BIG = 2**53 + 1
# Integers compare with numbers as mathematics does. Torch wraps a number into the dtype, or rounds
# the integers to f32: (tensor, comparison, number, here, in torch).
NAMED = [
    (torch.tensor([44], dtype=torch.uint8), EQ, 300, False, True),
    (torch.tensor([255], dtype=torch.uint8), EQ, -1, False, True),
    (torch.tensor([255], dtype=torch.uint8), GT, -1, True, False),
    (torch.tensor([1], dtype=torch.int8), LT, 128, True, False),
    (torch.tensor([0], dtype=torch.int16), NE, 65536, True, False),
    (torch.tensor([2**24 + 1]), EQ, float(2**24), False, True),
    (torch.tensor([BIG]), GT, float(BIG - 1), True, False),
    (torch.tensor([2**31 - 1], dtype=torch.int32), GE, 2.0**31, False, True),
]


def single_leaves(seen: Differences, rng: random.Random) -> None:
    for dtype in ALL:
        for test in TESTS:
            for _ in range(4):
                check(seen, (test, strided(some_shape(rng), dtype, rng)))
    for left in REAL + [torch.bool]:
        for right in REAL + [torch.bool]:
            for comparison in COMPARE:
                for _ in range(2):
                    shape = some_shape(rng)
                    check(seen, (comparison, strided(broadcastable(shape, rng), left, rng),
                                 strided(broadcastable(shape, rng), right, rng)))


def described(made) -> str:
    if isinstance(made, torch.Tensor):
        return f"{made.dtype}{tuple(made.shape)}"
    if isinstance(made, tuple):
        return "(" + ", ".join(map(described, made)) + ")"
    return repr(made)


def check(seen: Differences, made) -> None:
    expected = evaluate(made)
    for isa, library in seen.libraries.items():
        seen.expect(same_bits(library.mask(made, expected.shape), expected.contiguous()),
                    f"differs on {isa}: {described(made)}")


def named_differences(seen: Differences) -> None:
    for tensor, comparison, right, here, there in NAMED:
        text = f"{tensor.dtype} {int(tensor)} comparison {comparison} with {right}"
        seen.expect(bool(COMPARE[comparison](tensor, right)) == there, f"torch changed: {text}")
        for isa, library in seen.libraries.items():
            got = library.mask((comparison, tensor, right), [1])
            seen.expect(bool(got) == here, f"not exact on {isa}: {text}")


def main() -> int:
    rng, seen = start("condition", sys.argv[1], 5)
    named_differences(seen)
    single_leaves(seen, rng)
    for number in range(TREES):
        check(seen, tree(some_shape(rng), 1 + number % 8, rng))
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
