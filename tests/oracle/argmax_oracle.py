# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""argmax against torch and numpy, and confusion matrices of logits against argmax and bincount."""

from __future__ import annotations

import random
import sys
from ctypes import byref, c_int32, c_int64, pointer, sizeof

from cases import Differences, elements, evaluate, start, strided, tree
from library import LabelOptions, Library, borrow, condition, numpy, same_bits, torch

ARGMAX_CASES = 4000
LOGITS_CASES = 1500
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
LABELS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
# Beside small ones: what people have, every width of a vector and one more, and the last index
# that fits i8 and u8.
SHAPES = [[2, 21, 9, 31], [1, 19, 33, 64], [3, 1000], [40, 150], [2, 128, 17], [2, 256, 17],
          [2, 257, 5], [70, 2, 70], [1, 1, 65], [5, 4097]]


def some_scores(shape: list[int], rng: random.Random) -> torch.Tensor:
    dtype = rng.choice(FLOATS)
    kind = rng.random()
    if kind < 0.1:  # nothing but ties
        value = rng.choice([0.0, -0.0, float("nan"), -float("inf"), 3.0])
        return torch.full(shape, value).to(dtype)
    if kind < 0.2:  # zeros of both signs
        return torch.where(torch.rand(shape) < 0.5, torch.tensor(0.0), torch.tensor(-0.0)).to(dtype)
    if kind < 0.4:
        return elements(shape, dtype, rng)
    if kind < 0.5:
        return torch.randn(shape).to(dtype)
    return strided(shape, dtype, rng)


def some_shape(rng: random.Random, number: int) -> list[int]:
    if number % 8 == 0:
        return list(rng.choice(SHAPES))
    return [rng.choice([0, 1, 2, 3, 5, 7, 16, 33, 70]) if rng.random() < 0.9 else 1
            for _ in range(rng.randrange(1, 5))]


def by_numpy(x: torch.Tensor, dim: int) -> torch.Tensor:
    """f64 holds every value of every dtype, so nothing is rounded."""
    return torch.from_numpy(numpy.asarray(numpy.argmax(x.double().numpy(), axis=dim)))


def by_torch(x: torch.Tensor, dim: int) -> torch.Tensor:
    """This torch has no argmax of f16 on the cpu: f32 holds every value of it."""
    return torch.argmax(x.float() if x.dtype == torch.float16 else x, dim)


def argmax(library: Library, x: torch.Tensor, dim: int, out: torch.Tensor) -> torch.Tensor:
    library.check(library.c.bw_argmax(library.context, byref(borrow(x)), c_int32(dim),
                                      byref(borrow(out))), library.context)
    return out


def some_output(shape: list[int], dtype: torch.dtype, rng: random.Random) -> torch.Tensor:
    """Contiguous, or every second element of a transposed tensor."""
    if rng.random() < 0.6 or not shape:
        return torch.empty(shape, dtype=dtype)
    base = torch.empty([*shape[1:], 2 * shape[0]], dtype=dtype)
    return base[..., ::2].permute([len(shape) - 1, *range(len(shape) - 1)])


def compare_argmax(seen: Differences, rng: random.Random, number: int) -> None:
    shape = some_shape(rng, number)
    dim = rng.randrange(-len(shape), len(shape))
    shape[dim] = max(shape[dim], 1)
    x = some_scores(shape, rng)
    expected = by_numpy(x, dim)
    text = f"{x.dtype}{tuple(shape)} strides {x.stride()} over {dim}"
    if x.numel() > 0:
        seen.expect(torch.equal(by_torch(x, dim), expected), f"torch and numpy differ: {text}")
    fitting = [t for t in LABELS if torch.iinfo(t).max >= shape[dim] - 1]
    dtype = rng.choice(fitting)
    for isa, library in seen.libraries.items():
        got = argmax(library, x, dim, some_output(list(expected.shape), dtype, rng))
        seen.expect(same_bits(got.contiguous(), expected.to(dtype).contiguous()),
                    f"differs on {isa}: {text} as {dtype}")


def some_targets(shape: list[int], classes: int, ignore: list[int],
                 rng: random.Random) -> torch.Tensor:
    """Labels with ignored ones and some that are no class."""
    dtype = rng.choice([t for t in LABELS if torch.iinfo(t).max >= classes])
    out = strided(shape, torch.uint8, rng).long() * 7919 % classes
    odd = torch.rand(shape)
    out[odd < 0.03] = classes
    if dtype != torch.uint8:
        out[(odd >= 0.03) & (odd < 0.05)] = -3
    for n, value in enumerate(v for v in ignore if torch.iinfo(dtype).min <= v
                              <= torch.iinfo(dtype).max):
        out[(odd > 0.1 + n / 10) & (odd < 0.2 + n / 10)] = value
    return out.to(dtype)


def expected_counts(x: torch.Tensor, target: torch.Tensor, dim: int, ignore: list[int],
                    kept: torch.Tensor | None) -> tuple[torch.Tensor, list[int]]:
    classes = x.shape[dim]
    p, t = by_numpy(x, dim).reshape(-1), target.reshape(-1).long()
    counted = torch.ones_like(t, dtype=torch.bool)
    if kept is not None:
        counted &= kept.expand(target.shape).reshape(-1)
    for value in ignore:
        counted &= t != value
    good = (t >= 0) & (t < classes)
    bad = torch.nonzero(counted & ~good).reshape(-1)
    cells = torch.bincount((classes * t + p)[counted & good], minlength=classes * classes)
    return cells.reshape(classes, classes), [len(bad), int(bad[0]) if len(bad) else -1]


def compare_logits(seen: Differences, rng: random.Random, number: int) -> None:
    shape = [max(n, 1) for n in some_shape(rng, number)]
    dim = rng.randrange(-len(shape), len(shape))
    if shape[dim] > 300 and rng.random() < 0.8:
        shape[dim] = 21
    x = some_scores(shape, rng)
    classes = shape[dim]
    places = list(x.select(dim, 0).shape)
    ignore = rng.sample([100, 255, 0, -1, classes], rng.randrange(0, 4))
    target = some_targets(places, classes, ignore, rng)
    made = tree(places, rng.randrange(1, 4), rng) if rng.random() < 0.4 else None
    kept = None if made is None else evaluate(made)
    right, report = expected_counts(x, target, dim, ignore, kept)
    weight = rng.choice([0, 1, 5])
    for isa, library in seen.libraries.items():
        counts = torch.empty(classes, classes, dtype=torch.int64)
        got = (c_int64 * 2)()
        options = LabelOptions(sizeof(LabelOptions), classes, (c_int64 * len(ignore))(*ignore),
                               len(ignore), 0, 0, dim,
                               None if made is None else pointer(condition(made)), weight)
        library.check(library.c.bw_confusion_matrix(
            library.context, byref(borrow(x)), byref(borrow(target)), byref(options),
            byref(borrow(counts)), byref(got)), library.context)
        seen.expect(torch.equal(counts, right * max(weight, 1)) and list(got) == report,
                    f"differs on {isa}: logits {x.dtype}{tuple(shape)} strides {x.stride()}, "
                    f"classes {dim}, target {target.dtype}, ignore {ignore}, report {list(got)} "
                    f"instead of {report}")


def main() -> int:
    rng, seen = start("argmax", sys.argv[1], 19)
    for number in range(ARGMAX_CASES):
        compare_argmax(seen, rng, number)
    for number in range(LOGITS_CASES):
        compare_logits(seen, rng, number)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
