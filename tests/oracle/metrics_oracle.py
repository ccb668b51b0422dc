# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Label metrics against torch's bincount recipe: random label maps, dtypes, layouts."""

from __future__ import annotations

import random
import sys

from library import contexts, torch

CASES = 800
DTYPES = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


def label_map(shape: list[int], classes: int, dtype: torch.dtype) -> torch.Tensor:
    labels = torch.randint(0, classes, shape)
    odd = torch.rand(shape)
    low = 0 if dtype == torch.uint8 else -2
    labels[odd < 0.05] = classes  # outside
    labels[(odd > 0.05) & (odd < 0.1)] = low
    labels[(odd > 0.1) & (odd < 0.2)] = 100  # ignored below
    labels = labels.to(dtype)
    return labels.transpose(0, -1).contiguous().transpose(0, -1) if len(shape) > 1 else labels


def expected(prediction: torch.Tensor, target: torch.Tensor, classes: int, ignore: list[int]):
    p, t = prediction.reshape(-1).long(), target.reshape(-1).long()
    counted = torch.ones_like(t, dtype=torch.bool)
    for value in ignore:
        counted &= t != value
    accuracy = [int(((p == t) & counted).sum()), int(counted.sum())]
    good = (t >= 0) & (t < classes) & (p >= 0) & (p < classes)
    bad = torch.nonzero(counted & ~good).reshape(-1)
    kept = counted & good
    counts = torch.bincount(t[kept] * classes + p[kept], minlength=classes * classes)
    report = [len(bad), int(bad[0]) if len(bad) else -1]
    return counts.reshape(classes, classes), report, accuracy


def main() -> int:
    rng = random.Random(11)
    torch.manual_seed(11)
    found = contexts(sys.argv[1])
    failures = 0
    for number in range(CASES):
        shape = [rng.choice([1, 3, 17, 64, 130]) for _ in range(rng.randrange(1, 4))]
        classes = rng.choice([1, 2, 5, 21, 60])
        ignore = rng.sample([100, 0, -2, 255, 7], rng.randrange(0, 4))
        prediction = label_map(shape, classes, rng.choice(DTYPES))
        target = label_map(shape, classes, rng.choice(DTYPES))
        counts, report, accuracy = expected(prediction, target, classes, ignore)
        for isa, library in found.items():
            got_counts, got_report = library.confusion(prediction, target, classes, ignore)
            got_accuracy = library.accuracy(prediction, target, ignore)
            if (not torch.equal(got_counts, counts) or got_report != report
                    or got_accuracy != accuracy):
                failures += 1
                print(f"case {number} on {isa}: differs, shape {shape}, classes {classes}")
    print(f"metrics: {CASES} cases on {', '.join(found)} against torch {torch.__version__}: "
          f"{failures} differences")
    return 1 if failures or not found else 0


if __name__ == "__main__":
    sys.exit(main())
