# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""nonzero and masked_select against torch and numpy: dtypes, strides, forms, capacities, trees."""

from __future__ import annotations

import random
import sys

from cases import (ALL, WHOLE, Differences, broadcastable, evaluate, some_shape, start, strided,
                   tree)
from library import COLUMNS, FLAT, NONZERO, ROWS, numpy, same_bits, torch

CASES = 3000
FORMS = {ROWS: "rows", COLUMNS: "columns", FLAT: "flat"}


def indices(mask: torch.Tensor, form: int) -> torch.Tensor:
    """What torch gives; flat ones it has not."""
    if form == FLAT:
        return torch.nonzero(mask.reshape(-1)).reshape(-1)
    rows = torch.nonzero(mask)
    return rows if form == ROWS else rows.T


def laid_out(shape: list[int], dtype: torch.dtype, value: int, rng: random.Random) -> torch.Tensor:
    """An output of this shape whose strides come from slicing and transposing."""
    out = strided(shape, dtype, rng)
    out.fill_(value)
    return out


def some_capacity(count: int, rng: random.Random) -> int:
    return rng.choice([0, count // 2, max(count - 1, 0), count, count + 1, count + 70])


def bounded(expected: torch.Tensor, out: torch.Tensor, dimension: int, fill,
            keep_rest: bool) -> torch.Tensor:
    """`out` after what there is room for of `expected` was stored along a dimension."""
    want = out.clone() if keep_rest else torch.full_like(out, fill)
    n = min(expected.shape[dimension], out.shape[dimension])
    want.narrow(dimension, 0, n).copy_(expected.narrow(dimension, 0, n))
    return want


def compare_indices(seen: Differences, made, mask: torch.Tensor, rng: random.Random) -> None:
    form = rng.choice(list(FORMS))
    index = rng.choice([torch.int64, torch.int64, torch.int32])
    expected = indices(mask, form).to(index).contiguous()
    count = int(mask.sum())
    where = f"{FORMS[form]} of {tuple(mask.shape)}"
    if mask.dim() > 0:
        found = numpy.array(numpy.nonzero(mask.numpy())) if form != FLAT else \
            numpy.flatnonzero(mask.numpy())
        found = numpy.transpose(found) if form == ROWS else found
        seen.expect(numpy.array_equal(found, expected.numpy()), "torch and numpy differ")
    dimension = 1 if form == COLUMNS else 0
    shape = list(expected.shape)
    shape[dimension] = some_capacity(count, rng)
    fill = rng.choice([-1, 0, 7, -(2**31), 2**31 - 1])
    keep_rest = rng.random() < 0.3
    out = laid_out(shape, index, 77, rng)
    want = bounded(expected, out, dimension, fill, keep_rest)
    for isa, library in seen.libraries.items():
        got = library.nonzero(made, mask.dim(), form, index)
        seen.expect(same_bits(got, expected), f"nonzero differs on {isa}: {where}")
        out.fill_(77)
        tally = library.nonzero_into(made, out, form, fill, keep_rest)
        seen.expect(same_bits(out, want), f"nonzero_into differs on {isa}: {where} into {shape}")
        seen.expect(tally == [count, int(count > shape[dimension])], f"found {tally} on {isa}")


def compare_values(seen: Differences, made, mask: torch.Tensor, rng: random.Random) -> None:
    shape = broadcastable(list(mask.shape), rng)
    if len(shape) == mask.dim() and rng.random() < 0.3:
        shape = [2, *shape]  # of which the mask repeats
    x = strided(shape, rng.choice(ALL), rng)
    moved = x.view(torch.uint8) if x.dtype == torch.bool else x  # torch makes bools 0 or 1
    expected = torch.masked_select(moved, mask)
    count = expected.shape[0]
    capacity = some_capacity(count, rng)
    keep_rest = rng.random() < 0.3
    fill = True if x.dtype == torch.bool else rng.choice([0, 1, 3] if x.dtype in WHOLE
                                                         else [0, 1.5, float("inf")])
    out = laid_out([capacity], x.dtype, 1, rng)
    room = out.view(torch.uint8) if x.dtype == torch.bool else out
    want = bounded(expected, room, 0, fill, keep_rest)
    where = f"{x.dtype}{tuple(x.shape)} by {tuple(mask.shape)}"
    for isa, library in seen.libraries.items():
        got = library.masked_select(x, made)
        got = got.view(torch.uint8) if x.dtype == torch.bool else got
        seen.expect(same_bits(got, expected), f"masked_select differs on {isa}: {where}")
        out.fill_(1)
        tally = library.masked_select_into(x, made, out, fill, keep_rest)
        seen.expect(same_bits(room, want),
                    f"masked_select_into differs on {isa}: {where} into {capacity}")
        seen.expect(tally == [count, int(count > capacity)], f"found {tally} on {isa}")


def main() -> int:
    rng, seen = start("nonzero", sys.argv[1], 17)
    for number in range(CASES):
        if number % 3 == 0:
            made = tree(some_shape(rng), 1 + number % 8, rng)
            mask = evaluate(made)
        else:
            of = strided(some_shape(rng), ALL[number % len(ALL)], rng)
            made, mask = (NONZERO, of), of != 0
        compare_indices(seen, made, mask, rng)
        if number % 2 == 0:
            compare_values(seen, made, mask, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
