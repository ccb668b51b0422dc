# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Conventions of scores against the rules of three evaluators, on random label maps."""

from __future__ import annotations

import random
import sys

import score_rules
from library import Library, torch
from score_library import CITYSCAPES, MMSEG, ONE, TORCHMETRICS, ZERO, score

CASES = 1500


def main() -> int:
    rng = random.Random(16)
    library = Library(sys.argv[1])
    failures = comparisons = 0
    for number in range(CASES):
        classes = rng.choice([1, 2, 3, 5, 19])
        ignore = [value for value in rng.sample(range(classes + 2), rng.randrange(3))
                  if value < classes] + rng.choice([[], [255]])
        maps = score_rules.label_maps(rng, classes, ignore)
        counts, _ = library.confusion(*map(torch.from_numpy, maps), classes, ignore)
        every = score_rules.confusion(*maps, classes)
        cases = {
            "torchmetrics": (counts, TORCHMETRICS, {}, score_rules.torchmetrics(*maps, classes,
                                                                               ignore)),
            "mmseg": (counts, MMSEG, {}, score_rules.mmseg(*maps, classes, ignore)),
            "mmseg, 0 for NaN": (counts, MMSEG, {"absent": ZERO, "nothing": ZERO},
                                 score_rules.mmseg(*maps, classes, ignore, 0)),
            "mmseg, 1 for NaN": (counts, MMSEG, {"absent": ONE, "nothing": ONE},
                                 score_rules.mmseg(*maps, classes, ignore, 1)),
            "cityscapes": (every, CITYSCAPES, {}, score_rules.cityscapes(every, ignore)),
        }
        for name, (matrix, convention, fields, expected) in cases.items():
            comparisons += 1
            result = score(library, matrix, convention, ignore, **fields)
            for text in score_rules.differences(result, expected, 1e-13):
                failures += 1
                print(f"case {number}, {name}, ignore {ignore}: {text}\n{matrix}")
    print(f"scores: {comparisons} comparisons with three evaluators' rules: {failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
