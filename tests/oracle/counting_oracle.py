# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""count_nonzero against torch.count_nonzero and numpy: dtypes, strides, dimensions, trees."""

from __future__ import annotations

import random
import sys

from cases import ALL, Differences, evaluate, some_shape, start, strided, tree
from library import INVALID_ARGUMENT, NONZERO, Refused, numpy, same_bits, torch

CASES = 2000


def some_dimensions(rank: int, rng: random.Random) -> list[int]:
    named = rng.sample(range(rank), rng.randrange(rank + 1))
    return [d - rank if rng.random() < 0.5 else d for d in named]


def compare(seen: Differences, made, of: torch.Tensor, dims: list[int], keepdim: bool) -> None:
    expected = torch.count_nonzero(of, dim=dims) if dims else torch.count_nonzero(of)
    if keepdim:
        kept = [1 if not dims or d in dims or d - of.dim() in dims else size
                for d, size in enumerate(of.shape)]
        expected = expected.reshape(kept)
        if of.dtype == torch.bool:
            counted = numpy.count_nonzero(of.numpy(), axis=tuple(dims) or None, keepdims=True)
            seen.expect(numpy.array_equal(counted, expected.numpy()), "torch and numpy differ")
    for isa, library in seen.libraries.items():
        got = library.count_nonzero(made, dims, keepdim)
        seen.expect(same_bits(got, expected.contiguous()),
                    f"differs on {isa}: {of.dtype}{tuple(of.shape)} over {dims}, keepdim {keepdim}")


def named_differences(seen: Differences) -> None:
    """Rank 0 has no dimension here; torch takes 0 and -1 for one."""
    one = torch.tensor(3)
    for d in (0, -1):
        seen.expect(int(torch.count_nonzero(one, dim=d)) == 1, f"torch changed: dimension {d}")
        for isa, library in seen.libraries.items():
            try:
                library.count_nonzero((NONZERO, one), [d])
                seen.expect(False, f"dimension {d} of rank 0 is taken on {isa}")
            except Refused as error:
                seen.expect(error.status == INVALID_ARGUMENT, f"{error} on {isa}")


def main() -> int:
    rng, seen = start("counting", sys.argv[1], 13)
    named_differences(seen)
    for number in range(CASES):
        if number % 3 == 0:
            made = tree(some_shape(rng), 1 + number % 8, rng)
            of = evaluate(made)
        else:
            of = strided(some_shape(rng), ALL[number % len(ALL)], rng)
            made = (NONZERO, of)
        compare(seen, made, of, some_dimensions(of.dim(), rng), rng.random() < 0.5)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
