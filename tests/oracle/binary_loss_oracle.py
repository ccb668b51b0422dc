# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Binary cross-entropy of probabilities and of logits, and the focal loss, against torch in f64."""

from __future__ import annotations

import math
import random
import sys

from cases import Differences, some_shape, start, strided
from library import BinaryLossOptions, LossOptions, torch

CASES = 800
FLOATING = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
KINDS = ["clamp", "eps", "logits", "focal"]
MEAN, SUM, NONE = range(3)
functional = torch.nn.functional


def expected_losses(kind: str, x, t, q, alpha: float, gamma: float):
    """A loss an element, in f64, by torch where it has the function."""
    if kind == "logits":
        return functional.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=q)
    if kind == "clamp":
        # Without pos_weight this is torch's function; q weighs what it gives for targets of 1.
        positive = functional.binary_cross_entropy(x, torch.ones_like(x), reduction="none")
        negative = functional.binary_cross_entropy(x, torch.zeros_like(x), reduction="none")
        return q * t * positive + (1 - t) * negative
    if kind == "eps":
        return -(q * t * torch.log(x + 1e-6) + (1 - t) * torch.log((1 - x) + 1e-6))
    entropy = functional.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=q)
    p = torch.sigmoid(x)
    missed = t * torch.sigmoid(-x) + (1 - t) * p
    balance = alpha * t + (1 - alpha) * (1 - t) if alpha >= 0 else torch.ones_like(x)
    return balance * entropy * missed ** gamma


def close(got, expected, dtype, computed) -> bool:
    """To what the dtype, and that of the computation, can tell."""
    relative = {torch.float16: 2**-10, torch.bfloat16: 2**-7, torch.float32: 2e-6,
                torch.float64: 1e-13}[dtype]
    relative += 0 if computed == torch.float64 else 2e-6
    absolute = 1e-13 if computed == torch.float64 else 2**-20
    if dtype == torch.float16:
        absolute += 2**-24
        # Above, everything is infinite.
        expected = torch.where(expected.abs() >= 65520, expected * math.inf, expected)
    return torch.allclose(got.to(torch.float64), expected, rtol=relative, atol=absolute,
                          equal_nan=True)


def compare(seen: Differences, number: int, rng: random.Random) -> None:
    kind = number % len(KINDS)
    name = KINDS[kind]
    dtype = rng.choice(FLOATING)
    shape = some_shape(rng)
    x = strided(shape, dtype, rng)
    count = x.numel()
    if name in ("clamp", "eps"):
        low = 0.0 if name == "clamp" else 2**-9
        values = [rng.choice([low, 1.0 - low, rng.random()]) for _ in range(count)]
    else:
        values = [rng.uniform(-20, 20) for _ in range(count)]
    x.copy_(torch.tensor(values, dtype=torch.float64).reshape(shape).to(dtype))
    hard = rng.random() < 0.5
    targets = [float(rng.randrange(2)) if hard else rng.random() for _ in range(count)]
    kept = [rng.random() < 0.8 for _ in range(count)]
    target = torch.tensor([t if k else 255.0 for t, k in zip(targets, kept)],
                          dtype=torch.int32 if hard and number % 3 == 0 else torch.float32)
    target = target.reshape(shape)
    weight = torch.rand(shape[-1:]) * 2 if rng.random() < 0.5 else None
    q = torch.rand(shape[-1:]) * 3 if rng.random() < 0.5 else None
    alpha, gamma = rng.choice([-1, 0.25, 0.5]), rng.choice([0, 1, 2, 1.5])

    wide_q = torch.ones([], dtype=torch.float64) if q is None else q.to(torch.float64)
    wide_w = torch.ones([], dtype=torch.float64) if weight is None else weight.to(torch.float64)
    valid = target != 255
    wide_t = torch.where(valid, target.to(torch.float64), torch.zeros(shape, dtype=torch.float64))
    losses = expected_losses(name, x.to(torch.float64), wide_t, wide_q.expand(shape), alpha, gamma)
    losses = torch.where(valid, losses * wide_w, torch.zeros_like(losses))
    weights = torch.where(valid, wide_w.expand(shape), torch.zeros(shape, dtype=torch.float64))
    # What is rounded once before the sum of many is off by as much again.
    computed = torch.float64 if dtype == torch.float64 else torch.float32
    binary = BinaryLossOptions.make(q, alpha=alpha, gamma=gamma)
    for isa, library in seen.libraries.items():
        text = f"{name} of {dtype}{tuple(shape)} on {isa}"
        got = library.binary_loss(kind, x, target, binary, LossOptions.make(weight, [255], NONE))
        seen.expect(close(got, losses, dtype, computed), f"none: {text}")
        got = library.binary_loss(kind, x, target, binary, LossOptions.make(weight, [255], SUM))
        seen.expect(close(got, losses.sum(), dtype, computed), f"sum: {text}")
        for normaliser, by in ((0, valid.sum()), (1, weights.sum()), (2, valid.sum()),
                               (3, torch.tensor(count))):
            got = library.binary_loss(kind, x, target, binary,
                                      LossOptions.make(weight, [255], MEAN, normaliser))
            mean = losses.sum() / by if by != 0 else torch.tensor(math.nan, dtype=torch.float64)
            seen.expect(close(got, mean, dtype, computed), f"mean {normaliser}: {text}")


def soft_dice(seen: Differences, rng: random.Random) -> None:
    """Dice by its formula in f64."""
    for number in range(60):
        dtype = rng.choice(FLOATING)
        shape = some_shape(rng)
        p = torch.rand(shape, dtype=torch.float64).to(dtype)
        t = (torch.rand(shape) < 0.5).to(torch.uint8)
        t = torch.where(torch.rand(shape) < 0.2, torch.full_like(t, 255), t)
        weight = torch.rand(shape[-1:]) if number % 2 else None
        w = torch.where(t != 255, 1.0, 0.0).to(torch.float64)
        if weight is not None:
            w = w * weight.to(torch.float64)
        wide_p, wide_t = p.to(torch.float64), torch.where(t == 1, 1.0, 0.0).to(torch.float64)
        for kind, sizes in ((4, wide_p + wide_t), (5, wide_p ** 2 + wide_t ** 2)):
            size = (w * sizes).sum()
            expected = 1 - 2 * (w * wide_p * wide_t).sum() / size
            for isa, library in seen.libraries.items():
                got = library.binary_loss(kind, p, t, None, LossOptions.make(weight, [255], MEAN))
                seen.expect(close(got, expected, dtype, dtype),
                            f"dice {kind} of {dtype}{tuple(shape)} on {isa}")


def torch_itself(seen: Differences) -> None:
    """Without a mask the defaults are torch's, all of them."""
    for dtype in (torch.float32, torch.float64):
        torch.manual_seed(5)
        p, x, t = torch.rand(300, dtype=dtype), torch.randn(300, dtype=dtype) * 9, None
        t = (torch.rand(300) < 0.5).to(dtype)
        for isa, library in seen.libraries.items():
            for kind, function, values in (
                    (0, functional.binary_cross_entropy, p),
                    (2, functional.binary_cross_entropy_with_logits, x)):
                got = library.binary_loss(kind, values, t, None, None)
                expected = function(values.double(), t.double())
                seen.expect(close(got, expected, dtype, dtype), f"torch {kind} {dtype} on {isa}")


def main() -> int:
    rng, seen = start("binary_loss", sys.argv[1], 37)
    torch_itself(seen)
    soft_dice(seen, rng)
    for number in range(CASES):
        compare(seen, number, rng)
    return seen.exit_code()


if __name__ == "__main__":
    sys.exit(main())
