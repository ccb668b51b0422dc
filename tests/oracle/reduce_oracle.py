# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Reductions against Python's fractions (sums, means), numpy (extremes) and math.fsum."""

from __future__ import annotations

import math
import random
import struct
import sys
from fractions import Fraction

from cases import (REAL, WHOLE, Differences, broadcastable, evaluate, some_shape, start, strided,
                   tree)
from library import Refused, numpy, raw, same_bits, torch

CASES = 3000
SUM, MEAN, COUNT, MIN, MAX, ARGMIN, ARGMAX = range(7)
NAMES = ["sum", "mean", "count", "min", "max", "argmin", "argmax"]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]

# Digits of a significand, exponents of the smallest subnormal and of the first power beyond.
FORMATS = {torch.float16: (11, -24, 16), torch.bfloat16: (8, -133, 128),
           torch.float32: (24, -149, 128), torch.float64: (53, -1074, 1024)}
CANONICAL_NAN = {torch.float16: 0x7e00, torch.bfloat16: 0x7fc0, torch.float32: 0x7fc00000,
                 torch.float64: 0x7ff8000000000000}
BITS = {torch.float16: torch.int16, torch.bfloat16: torch.int16, torch.float32: torch.int32,
        torch.float64: torch.int64}


def rounded(exact: Fraction, dtype: torch.dtype) -> float:
    """The nearest number of a dtype, ties to even; it fits a Python float."""
    digits, smallest, beyond = FORMATS[dtype]
    if exact == 0:
        return 0.0
    size = abs(exact)
    # The power of two below: of the quotient's lengths, or one less.
    top = size.numerator.bit_length() - size.denominator.bit_length()
    if Fraction(2) ** top > size:
        top -= 1
    unit = Fraction(2) ** max(top - digits + 1, smallest)
    size = round(size / unit) * unit  # ties to even
    if size >= Fraction(2) ** beyond:
        return math.copysign(math.inf, exact)
    return math.copysign(float(size), exact)


def as_tensor(value: float, dtype: torch.dtype) -> torch.Tensor:
    if math.isnan(value):
        bits = CANONICAL_NAN[dtype]
        return torch.tensor(bits, dtype=BITS[dtype]).view(dtype)
    return torch.tensor(value, dtype=torch.float64).to(dtype)


def exact_sum(values: list) -> Fraction | float:
    """Of floats, what is no number first."""
    if any(isinstance(v, float) and math.isnan(v) for v in values):
        return math.nan
    infinities = {v for v in values if isinstance(v, float) and math.isinf(v)}
    if infinities:
        return math.nan if len(infinities) == 2 else infinities.pop()
    total, units = 0, 1074
    for value in values:
        numerator, denominator = Fraction(value).as_integer_ratio()
        total += numerator << units - (denominator.bit_length() - 1)
    return Fraction(total, 1 << units)


def finished(value: Fraction | float, dtype: torch.dtype) -> float:
    return rounded(value, dtype) if isinstance(value, Fraction) else value


def divided(numerator: float, denominator: float) -> float:
    return float(numpy.float64(numerator) / numpy.float64(denominator))


def reduce_list(by: int, values: list, places: list[int], dtype: torch.dtype, out: torch.dtype,
                eps: float, empty_zero: bool) -> torch.Tensor:
    """One result, of the elements selected and their places among all."""
    whole = dtype not in FLOATS
    if by == COUNT:
        return torch.tensor(len(values))
    if by == SUM:
        total = exact_sum(values)
        if whole:
            return torch.tensor((int(total) + 2**63) % 2**64 - 2**63)
        return as_tensor(finished(total, out), out)
    if by == MEAN:
        denominator = float(len(values)) + eps
        if denominator == 0:
            return as_tensor(0.0 if empty_zero else math.nan, out)
        quotient = divided(finished(exact_sum(values), torch.float64), denominator)
        if math.isfinite(quotient):
            sign = math.copysign(1, quotient)
            quotient = math.copysign(rounded(Fraction(quotient), out), sign)
        return as_tensor(quotient, out)
    if not values:
        if by in (ARGMIN, ARGMAX):
            return torch.tensor(-1)
        return torch.tensor(0, dtype=dtype) if whole else as_tensor(math.nan, dtype)
    array = numpy.array(values, dtype=numpy.int64 if whole else numpy.float64)
    index = int(numpy.argmin(array) if by in (MIN, ARGMIN) else numpy.argmax(array))
    if by in (ARGMIN, ARGMAX):
        return torch.tensor(places[index])
    if whole:
        return torch.tensor(values[index]).to(dtype)
    value = float(numpy.min(array) if by == MIN else numpy.max(array))
    if value == 0:  # numpy gives either zero
        signs = {math.copysign(1, v) for v in values if v == 0}
        value = math.copysign(0.0, min(signs) if by == MIN else max(signs))
    return as_tensor(value, dtype)


def reduced(by: int, x: torch.Tensor, where: torch.Tensor | None, dims: list[int], keepdim: bool,
            out: torch.dtype, eps: float, empty_zero: bool) -> tuple[torch.Tensor, list[int]]:
    truth = torch.ones(x.shape, dtype=torch.bool) if where is None else where
    x, truth = torch.broadcast_tensors(x, truth)
    rank = x.dim()
    gone = [d % rank for d in dims] if dims else list(range(rank))
    gone.sort()
    kept = [d for d in range(rank) if d not in gone]
    outputs = math.prod(x.shape[d] for d in kept)
    elements = math.prod(x.shape[d] for d in gone)
    rows = x.permute(kept + gone).reshape(outputs, elements)
    truths = truth.permute(kept + gone).reshape(outputs, elements).tolist()
    read = rows.to(torch.int64) if x.dtype not in FLOATS else rows.to(torch.float64)
    values = read.tolist()
    results, report = [], [0, -1]
    for k in range(outputs):
        places = [i for i in range(elements) if truths[k][i]]
        if not places:
            report = [report[0] + 1, k if report[0] == 0 else report[1]]
        results.append(reduce_list(by, [values[k][i] for i in places], places, x.dtype, out, eps,
                                   empty_zero))
    shape = [1 if d in gone else x.shape[d] for d in range(rank) if keepdim or d not in gone]
    if not results:
        return torch.empty(shape, dtype=out), report
    return torch.stack(results).to(out).reshape(shape), report


def default_dtype(by: int, dtype: torch.dtype) -> torch.dtype:
    if by == SUM:
        return dtype if dtype in FLOATS else torch.int64
    if by == MEAN:
        return dtype if dtype in FLOATS else torch.float32
    return dtype if by in (MIN, MAX) else torch.int64


def some_x(shape: list[int], dtype: torch.dtype, rng: random.Random) -> torch.Tensor:
    """Often numbers alone, of a narrow or a wide spread: one NaN hides what a sum does."""
    x = strided(shape, dtype, rng)
    if dtype not in FLOATS or rng.random() < 0.4:
        return x
    reach = rng.choice([1, 8, 30, 120, 1000])
    numbers = torch.randn(x.shape, dtype=torch.float64)
    numbers = torch.ldexp(numbers, torch.randint(-reach, reach + 1, x.shape))
    if rng.random() < 0.3 and x.dim():  # much of it cancels
        numbers = torch.cat([numbers, -numbers.flip(-1)], -1).narrow(-1, 0, x.shape[-1])
    return numbers.to(dtype)


def compare(seen: Differences, number: int, rng: random.Random) -> None:
    shape, by = some_shape(rng), number % 7
    x = some_x(shape, rng.choice(REAL + [torch.bool]), rng)
    made = tree(broadcastable(shape, rng), 1 + number % 4, rng) if rng.random() < 0.6 else None
    where = None if made is None else evaluate(made)
    rank = max(x.dim(), 0 if where is None else where.dim())
    named = rng.sample(range(rank), rng.randrange(rank + 1))
    dims = [d - rank if rng.random() < 0.5 else d for d in named]
    keepdim = rng.random() < 0.5
    eps = rng.choice([0.0, 0.0, 1e-6, 2.0, 0.5]) if by == MEAN else 0.0
    out = default_dtype(by, x.dtype)
    if by == MEAN or (by == SUM and x.dtype in FLOATS):
        out = rng.choice([out] + FLOATS)
    empty_zero = rng.random() < 0.5
    expected, report = reduced(by, x, where, dims, keepdim, out, eps, empty_zero)
    for isa, library in seen.libraries.items():
        got, reported = library.reduce(by, x, made, dims, keepdim, out, eps, empty_zero)
        text = (f"{NAMES[by]} of {x.dtype}{tuple(x.shape)} over {dims} into {out} on {isa}")
        seen.expect(same_bits(got, expected), f"differs: {text}: {got} instead of {expected}")
        seen.expect(reported == report, f"reports {reported} instead of {report}: {text}")
        # Two shards of the same, one after the other.
        if by in (SUM, MEAN) and dims == [] and made is None and x.dim() and x.shape[0] > 1:
            cut = rng.randrange(x.shape[0])
            parts = [library.reduce_partial(by, x[:cut]), library.reduce_partial(by, x[cut:])]
            merged = library.merge_partials(parts[0], parts[1])
            seen.expect(raw(merged) == raw(library.reduce_partial(by, x)), f"merges: {text}")
            both = library.finish_partials(by, merged, x.dtype, out, eps, empty_zero)
            seen.expect(raw(both) == raw(expected), f"finishes: {text}")


def with_fsum(seen: Differences, rng: random.Random) -> None:
    """math.fsum is right where it does not raise: on intermediate overflow, and on inf - inf."""
    for _ in range(200):
        reach = rng.choice([3, 100, 1000])
        values = [math.ldexp(rng.uniform(-1, 1), rng.randrange(-reach, reach)) for _ in range(2000)]
        x = torch.tensor(values, dtype=torch.float64)
        for isa, library in seen.libraries.items():
            got = library.reduce(SUM, x, None, [], False, torch.float64, 0.0, False)[0]
            seen.expect(struct.pack("d", float(got)) == struct.pack("d", math.fsum(values)),
                        f"fsum differs on {isa}: {values[:3]}...")


def named_differences(seen: Differences) -> None:
    """What torch gives otherwise: sums that are not exact, and zeros that depend on their order."""
    lost = torch.tensor([1e8, 1.0, -1e8], dtype=torch.float32)
    zeros = torch.tensor([0.0, -0.0])
    for isa, library in seen.libraries.items():
        got = library.reduce(SUM, lost, None, [], False, torch.float32, 0.0, False)[0]
        seen.expect(float(got) == 1.0, f"1e8 + 1 - 1e8 is {float(got)} on {isa}")
        for order in ([0, 1], [1, 0]):
            top = library.reduce(MAX, zeros[order], None, [], False, torch.float32, 0.0, False)[0]
            seen.expect(math.copysign(1, float(top)) == 1, f"max of zeros on {isa}")
        try:
            library.reduce(SUM, torch.zeros(2, dtype=torch.complex64), None, [], False,
                           torch.complex64, 0.0, False)
            seen.expect(False, f"complex numbers are taken on {isa}")
        except Refused:
            seen.expect(True, "")


def main() -> int:
    rng, seen = start("reductions", sys.argv[1], 29)
    numpy.seterr(all="ignore")
    named_differences(seen)
    with_fsum(seen, rng)
    for number in range(CASES):
        compare(seen, number, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
