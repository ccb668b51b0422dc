# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Cross-entropy and nll over classes against torch in f64: reductions, dtypes, options, shapes."""

from __future__ import annotations

import math
import random
import sys

from cases import Differences, start, strided
from library import ClassLossOptions, LossOptions, torch

CASES = 700
FLOATING = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
LABELS = [torch.uint8, torch.int16, torch.int32, torch.int64]
CLASSES = [1, 2, 3, 5, 8, 21, 33, 70, 129, 150, 1100]
MEAN, SUM, NONE = range(3)
CROSS_ENTROPY, NLL = range(2)
functional = torch.nn.functional


def close(got, expected, dtype) -> bool:
    """To what the dtype, and that of the computation, can tell."""
    relative = {torch.float16: 2**-10, torch.bfloat16: 2**-7, torch.float32: 4e-6,
                torch.float64: 1e-13}[dtype]
    absolute = 1e-13 if dtype == torch.float64 else 2**-20
    if dtype == torch.float16:
        absolute += 2**-24
        expected = torch.where(expected.abs() >= 65520, expected * math.inf, expected)
    if dtype != torch.float64:
        relative += 4e-6
    return torch.allclose(got.to(torch.float64), expected, rtol=relative, atol=absolute,
                          equal_nan=True)


def some_layout(classes: int, rng: random.Random) -> list[int]:
    """(C), (N, C) or (N, C, d1..dk), not too large."""
    if rng.random() < 0.1:
        return [classes]
    small = [0, 1, 2, 3, 5, 17] if classes < 200 else [1, 2, 5]
    return [rng.choice(small), classes] + [rng.choice(small) for _ in range(rng.randrange(3))]


def compare(seen: Differences, number: int, rng: random.Random) -> None:
    dtype, label_type = rng.choice(FLOATING), rng.choice(LABELS)
    classes = rng.choice(CLASSES)
    shape = some_layout(classes, rng)
    kind = NLL if number % 4 == 3 else CROSS_ENTROPY
    pixels = shape[:1] * (len(shape) > 1) + shape[2:]
    x = strided(shape, dtype, rng)
    x.copy_(torch.tensor([rng.choice([rng.uniform(-9, 9), -math.inf if number % 5 == 0 else 0.0])
                          for _ in range(x.numel())], dtype=torch.float64).reshape(shape))
    ignored = rng.choice([255, 0, 7])
    top = min(classes, 255) if label_type == torch.uint8 else classes
    labels = torch.tensor([ignored if rng.random() < 0.2 else rng.randrange(top)
                           for _ in range(math.prod(pixels))])
    target = strided(pixels, label_type, rng)
    target.copy_(labels.reshape(pixels))
    weight = torch.rand(classes) * 2 if rng.random() < 0.5 else None
    by_pixel = torch.rand(pixels[-1:]) * 2 if rng.random() < 0.5 and pixels else None
    smoothing = rng.choice([0.0, 0.1, 1.0]) if kind == CROSS_ENTROPY and number % 5 else 0.0
    wide = x.to(torch.float64)
    wide_weight = None if weight is None else weight.to(torch.float64)
    whole = target.to(torch.int64)
    valid = whole != ignored
    if kind == NLL:
        each = functional.nll_loss(wide, whole, wide_weight, reduction="none",
                                   ignore_index=ignored)
    else:
        each = functional.cross_entropy(wide, whole, wide_weight, reduction="none",
                                        ignore_index=ignored, label_smoothing=smoothing)
    weights = torch.ones(pixels, dtype=torch.float64)
    if wide_weight is not None:
        weights = wide_weight[torch.where(valid, whole, torch.zeros_like(whole))].reshape(pixels)
    if by_pixel is not None:
        each, weights = each * by_pixel.to(torch.float64), weights * by_pixel.to(torch.float64)
    weights = torch.where(valid, weights, torch.zeros_like(weights))
    each = torch.where(valid, each, torch.zeros_like(each))
    prediction = x.argmax(1 if len(shape) > 1 else 0) if x.numel() else target.to(torch.int64)
    hits = [int((valid & (prediction == whole)).sum()), int(valid.sum())]
    options = ClassLossOptions.make(weight, smoothing, 1 if len(shape) > 1 else 0)
    for isa, library in seen.libraries.items():
        text = f"{kind} of {dtype}{tuple(shape)} smoothed {smoothing} on {isa}"

        def loss(reduction: int, normaliser: int = 0):
            return library.class_loss(kind, x, target, options,
                                      LossOptions.make(by_pixel, [ignored], reduction, normaliser))

        got, agreement = loss(NONE)
        seen.expect(close(got, each, dtype), f"none: {text}")
        seen.expect(agreement == hits, f"agreement: {text}: {agreement} {hits}")
        seen.expect(close(loss(SUM)[0], each.sum(), dtype), f"sum: {text}")
        for normaliser, by in ((0, weights.sum()), (1, weights.sum()), (2, valid.sum()),
                               (3, torch.tensor(valid.numel()))):
            mean = each.sum() / by if by != 0 else torch.tensor(math.nan, dtype=torch.float64)
            seen.expect(close(loss(MEAN, normaliser)[0], mean, dtype), f"mean {normaliser}: {text}")


def probabilities(seen: Differences, number: int, rng: random.Random) -> None:
    dtype, classes = rng.choice(FLOATING), rng.choice(CLASSES)
    shape = some_layout(classes, rng)
    x, p = strided(shape, dtype, rng), strided(shape, rng.choice([dtype, torch.float32]), rng)
    for to, values in ((x, torch.rand(shape) * 18 - 9), (p, torch.rand(shape))):
        to.copy_(values)
    weight = torch.rand(classes) * 2 if rng.random() < 0.5 else None
    smoothing = rng.choice([0.0, 0.2])
    wide_weight = None if weight is None else weight.to(torch.float64)
    options = ClassLossOptions.make(weight, smoothing, 1 if len(shape) > 1 else 0)
    for reduction, name in ((NONE, "none"), (SUM, "sum"), (MEAN, "mean")):
        expected = functional.cross_entropy(x.to(torch.float64), p.to(torch.float64), wide_weight,
                                            reduction=name, label_smoothing=smoothing)
        for isa, library in seen.libraries.items():
            got, _ = library.class_loss(CROSS_ENTROPY, x, p, options,
                                        LossOptions.make(None, [], reduction), False)
            seen.expect(close(got, expected, dtype),
                        f"{name} of probabilities {dtype}{tuple(shape)} on {isa}, case {number}")


def torch_itself(seen: Differences) -> None:
    """The defaults are torch's, all of them, and so are its infinities."""
    x = torch.tensor([[math.inf, 0, 0], [0, -math.inf, 0], [-math.inf] * 3, [0, math.nan, 0],
                      [-math.inf, 0, 0]])
    y = torch.tensor([0, 1, 1, 0, 1])
    expected = functional.cross_entropy(x, y, reduction="none").to(torch.float64)
    for isa, library in seen.libraries.items():
        got, _ = library.class_loss(CROSS_ENTROPY, x, y, None, LossOptions.make(None, [], NONE))
        seen.expect(close(got, expected, torch.float32), f"infinities on {isa}: {got}")
        torch.manual_seed(3)
        for shape in ([50, 21], [2, 21, 9, 11], [21]):
            logits = torch.randn(shape) * 4
            labels = torch.randint(0, 21, shape[:1] * (len(shape) > 1) + shape[2:])
            got, _ = library.class_loss(CROSS_ENTROPY, logits, labels, None, None)
            mean = functional.cross_entropy(logits.double(), labels)
            seen.expect(close(got, mean, torch.float32), f"defaults of {shape} on {isa}")


def main() -> int:
    rng, seen = start("class_loss", sys.argv[1], 41)
    torch_itself(seen)
    for number in range(CASES):
        (probabilities if number % 6 == 5 else compare)(seen, number, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
