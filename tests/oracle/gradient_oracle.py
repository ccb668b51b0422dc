# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Gradients of losses against torch's autograd in f64, and exact zeros where nothing counts."""

from __future__ import annotations

import math
import random
import sys

from binary_loss_oracle import expected_losses
from cases import Differences, some_shape, start, strided
from class_loss_oracle import some_layout
from library import BinaryLossOptions, ClassLossOptions, LossOptions, torch

CASES = 600
FLOATING = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
LABELS = [torch.uint8, torch.int16, torch.int32, torch.int64]
CLASSES = [1, 2, 3, 5, 8, 21, 33, 129, 150, 1100]
KINDS = ["clamp", "eps", "logits", "focal"]
MEAN, SUM, NONE = range(3)
NORMALISERS = {MEAN: (0, 1, 2, 3, 4, 5), SUM: (0,), NONE: (0,)}
GIVEN = 3.25
CROSS_ENTROPY, NLL = range(2)
functional = torch.nn.functional


def close(got, expected, dtype) -> bool:
    """To what the dtype, and that of the computation, can tell."""
    relative = {torch.float16: 2**-10, torch.bfloat16: 2**-7, torch.float32: 0,
                torch.float64: 1e-12}[dtype]
    largest = expected.abs().max() if expected.numel() else 0
    absolute = 1e-14 * max(1.0, float(largest))
    if dtype != torch.float64:
        relative += 1e-5
        absolute = 2e-7 * max(1.0, float(largest) if math.isfinite(largest) else 1.0)
    if dtype == torch.float16:
        absolute += 2**-24
        expected = torch.where(expected.abs() >= 65520, expected * math.inf, expected)
    return torch.allclose(got.to(torch.float64), expected, rtol=relative, atol=absolute,
                          equal_nan=True)


def is_zero(values) -> bool:
    """+0 all over, and not -0."""
    return bool((values == 0).all()) and not bool(torch.signbit(values).any())


class Scaled:
    """A result of losses, their weights and what counts; its own gradient, and how it is asked."""

    def __init__(self, reduction: int, normaliser: int, each, weights, valid, rng: random.Random,
                 mask=None):
        self.reduction, self.normaliser, self.mask = reduction, normaliser, mask
        self.eps = rng.choice([0, 0, 0.5]) if reduction == MEAN else 0
        shape = list(each.shape) if reduction == NONE else []
        self.upstream = None
        if rng.random() < 0.5:
            self.upstream = torch.rand(shape[-1:] if reduction == NONE else [],
                                       dtype=rng.choice([torch.float32, torch.float64])) - 0.25
        self.divisor = torch.tensor(2.75) if normaliser == 5 else None
        by = {0: None, 1: weights.sum(), 2: valid.sum(), 3: torch.tensor(valid.numel()),
              4: torch.tensor(GIVEN), 5: self.divisor}[normaliser]
        self.result = each if reduction == NONE else each.sum()
        self.by = by
        self.weights, self.valid = weights, valid

    def gradient(self, x, default):
        """What autograd says; where the divisor is 0, nothing is expected."""
        result = self.result
        if self.reduction == MEAN:
            by = default if self.by is None else self.by
            result = result / (by.to(torch.float64) + self.eps)
        own = torch.ones_like(result)
        if self.upstream is not None:
            own = own * self.upstream.to(torch.float64)
        if not result.requires_grad:
            return torch.zeros_like(x)
        return torch.autograd.grad(result, x, own, retain_graph=True)[0]


def check(seen: Differences, text: str, run, x, scaled: Scaled, default, counts, dtype,
          rng: random.Random, weight, ignored: list[int], moved=None) -> None:
    """`moved` brings the dimension of the classes to where the call expects it."""
    expected = scaled.gradient(x, default)
    gradient = strided(list(expected.shape), dtype, rng)
    options = LossOptions.make(weight, ignored, scaled.reduction, scaled.normaliser,
                               gradient if moved is None else moved(gradient), scaled.upstream,
                               scaled.divisor, scaled.mask,
                               GIVEN if scaled.normaliser == 4 else 0, scaled.eps)
    run(options)
    seen.expect(is_zero(gradient[~counts]), f"zeros: {text}")
    kept = torch.where(counts, expected, torch.zeros_like(expected))
    seen.expect(close(gradient, kept, dtype), f"gradient: {text}")


def classes_of(seen: Differences, number: int, rng: random.Random) -> None:
    dtype, classes = rng.choice(FLOATING), rng.choice(CLASSES)
    shape = some_layout(classes, rng)
    dim = 1 if len(shape) > 1 else 0
    kind = NLL if number % 5 == 4 else CROSS_ENTROPY
    by_labels = kind == NLL or number % 3 != 2
    pixels = shape[:1] * (len(shape) > 1) + shape[2:]
    x = strided(shape, dtype, rng)
    x.copy_(torch.tensor([rng.uniform(-9, 9) for _ in range(x.numel())]).reshape(shape))
    wide = x.to(torch.float64).clone(memory_format=torch.contiguous_format).requires_grad_()
    weight = torch.rand(classes) * 2 if rng.random() < 0.5 else None
    by_pixel = torch.rand(pixels[-1:]) * 2 if rng.random() < 0.5 and pixels else None
    if by_pixel is not None and by_pixel.numel() and number % 2:
        by_pixel[0] = 0
    smoothing = rng.choice([0.0, 0.1, 1.0]) if kind == CROSS_ENTROPY else 0.0
    wide_weight = None if weight is None else weight.to(torch.float64)
    ignored = rng.choice([255, 0, 7])
    if by_labels:
        labels = torch.tensor([ignored if rng.random() < 0.3 else rng.randrange(min(classes, 255))
                               for _ in range(math.prod(pixels))])
        target = strided(pixels, rng.choice(LABELS), rng)
        target.copy_(labels.reshape(pixels))
        whole = target.to(torch.int64)
        valid = whole != ignored
        safe = torch.where(valid, whole, torch.zeros_like(whole))
        weights = torch.ones(pixels, dtype=torch.float64)
        if weight is not None:
            weights = wide_weight[safe].reshape(pixels)
        if kind == NLL:
            each = functional.nll_loss(wide, whole, wide_weight, reduction="none",
                                       ignore_index=ignored)
        else:
            each = functional.cross_entropy(wide, whole, wide_weight, reduction="none",
                                            ignore_index=ignored, label_smoothing=smoothing)
    else:
        target = torch.rand(shape)
        valid = torch.ones(pixels, dtype=torch.bool)
        weights = torch.ones(pixels, dtype=torch.float64)
        each = functional.cross_entropy(wide, target.to(torch.float64), wide_weight,
                                        reduction="none", label_smoothing=smoothing)
    if by_pixel is not None:
        each, weights = each * by_pixel.to(torch.float64), weights * by_pixel.to(torch.float64)
    mask = torch.rand(pixels) < 0.8 if rng.random() < 0.5 else None
    valid = valid if mask is None else valid & mask
    weights = torch.where(valid, weights, torch.zeros_like(weights))
    each = torch.where(valid, each, torch.zeros_like(each))
    pixel_counts = valid if by_pixel is None else valid & (by_pixel != 0).expand(pixels)
    counts = pixel_counts.unsqueeze(dim).expand(shape)
    x[~counts] = rng.choice([math.nan, math.inf, -math.inf])
    reduction = number % 3 if number % 2 else MEAN
    last = len(shape) > 2 and number % 4 == 1
    options = ClassLossOptions.make(weight, smoothing, len(shape) - 1 if last else dim)

    def moved(values):
        return values.movedim(dim, -1) if last else values
    for normaliser in NORMALISERS[reduction]:
        scaled = Scaled(reduction, normaliser, each, weights, valid, rng, mask)
        default = weights.sum() if by_labels else valid.sum()
        for isa, library in seen.libraries.items():
            text = (f"{kind} of {dtype}{tuple(shape)}, labels {by_labels}, smoothed {smoothing}, "
                    f"reduced {reduction} by {normaliser} on {isa}, case {number}")
            check(seen, text,
                  lambda o: library.class_loss(kind, moved(x), target if by_labels else
                                               moved(target), options, o, False), wide, scaled,
                  default, counts, dtype, rng, by_pixel, [ignored] if by_labels else [], moved)


def elements_of(seen: Differences, number: int, rng: random.Random) -> None:
    kind = number // 8 % len(KINDS)
    name = KINDS[kind]
    dtype = rng.choice(FLOATING)
    shape = some_shape(rng)
    x = strided(shape, dtype, rng)
    count = x.numel()
    span = (0.01, 0.99) if kind < 2 else (-12, 12)
    x.copy_(torch.tensor([rng.uniform(*span) for _ in range(count)]).reshape(shape))
    hard = rng.random() < 0.5
    target = torch.tensor([255.0 if rng.random() < 0.2 else
                           float(rng.randrange(2)) if hard else rng.random()
                           for _ in range(count)]).reshape(shape)
    weight = torch.rand(shape[-1:]) * 2 if rng.random() < 0.5 else None
    if weight is not None and weight.numel():
        weight.view(-1)[0] = 0
    q = torch.rand(shape[-1:]) * 3 if rng.random() < 0.5 else None
    alpha, gamma = rng.choice([-1, 0.25, 0.5]), rng.choice([0, 1, 2, 1.5])
    wide = x.to(torch.float64).clone(memory_format=torch.contiguous_format).requires_grad_()
    wide_q = torch.ones([], dtype=torch.float64) if q is None else q.to(torch.float64)
    wide_w = torch.ones([], dtype=torch.float64) if weight is None else weight.to(torch.float64)
    mask = torch.rand(shape[-1:]) < 0.8 if rng.random() < 0.5 else None
    valid = target != 255
    valid = valid if mask is None else valid & mask
    wide_t = torch.where(valid, target.to(torch.float64), torch.zeros(shape, dtype=torch.float64))
    each = expected_losses(name, wide, wide_t, wide_q.expand(shape), alpha, gamma)
    each = torch.where(valid, each * wide_w, torch.zeros_like(each))
    weights = torch.where(valid, wide_w.expand(shape), torch.zeros(shape, dtype=torch.float64))
    counts = valid & (wide_w != 0).expand(shape)
    # Probabilities that are none are bad, which is another matter than not to count.
    x[~valid] = 0.5 if kind < 2 else rng.choice([math.nan, math.inf, -math.inf])
    binary = BinaryLossOptions.make(q, alpha=alpha, gamma=gamma)
    reduction = rng.randrange(3)
    for normaliser in NORMALISERS[reduction]:
        scaled = Scaled(reduction, normaliser, each, weights, valid, rng, mask)
        for isa, library in seen.libraries.items():
            text = f"{name} of {dtype}{tuple(shape)}, reduced {reduction} by {normaliser} on {isa}"
            check(seen, text, lambda o: library.binary_loss(kind, x, target, binary, o), wide,
                  scaled, valid.sum(), counts, dtype, rng, weight, [255])


def soft_dice(seen: Differences, number: int, rng: random.Random) -> None:
    dtype = rng.choice(FLOATING)
    shape = some_shape(rng)
    p = torch.rand(shape, dtype=torch.float64).to(dtype)
    t = (torch.rand(shape) < 0.5).to(torch.uint8)
    t = torch.where(torch.rand(shape) < 0.2, torch.full_like(t, 255), t)
    weight = torch.rand(shape[-1:]) if number % 2 else None
    w = torch.where(t != 255, 1.0, 0.0).to(torch.float64)
    if weight is not None:
        w = w * weight.to(torch.float64)
    wide, wide_t = p.to(torch.float64).requires_grad_(), (t == 1).to(torch.float64)
    for kind, sizes in ((4, wide + wide_t), (5, wide ** 2 + wide_t ** 2)):
        size = (w * sizes).sum()
        if size == 0:
            continue
        loss = 1 - 2 * (w * wide * wide_t).sum() / size
        expected = torch.autograd.grad(loss, wide)[0]
        for isa, library in seen.libraries.items():
            text = f"dice {kind} of {dtype}{tuple(shape)} on {isa}"
            gradient = strided(shape, dtype, rng)
            library.binary_loss(kind, p, t, None,
                                LossOptions.make(weight, [255], MEAN, gradient=gradient))
            seen.expect(close(gradient, expected, dtype), f"gradient: {text}")
            seen.expect(is_zero(gradient[(w == 0)]), f"zeros: {text}")


def main() -> int:
    rng, seen = start("gradient", sys.argv[1], 53)
    for number in range(CASES):
        (soft_dice, elements_of, elements_of, classes_of)[min(number % 8, 3)](seen, number, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
