# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The convention of torchmetrics against the package itself, where it is installed."""

from __future__ import annotations

import random
import sys

import score_rules
from library import Library, torch
from score_library import TORCHMETRICS, score

try:
    import torchmetrics
    from torchmetrics.functional.classification import (multiclass_accuracy, multiclass_f1_score,
                                                        multiclass_jaccard_index,
                                                        multiclass_precision)
except ImportError as absent:
    print(f"skipped: {absent}")
    sys.exit(77)

CASES = 400
# The name here -> the function and its average.
METRICS = {
    "mean_iou": (multiclass_jaccard_index, "macro"),
    "micro_iou": (multiclass_jaccard_index, "micro"),
    "frequency_weighted_iou": (multiclass_jaccard_index, "weighted"),
    "class_iou": (multiclass_jaccard_index, "none"),
    "accuracy": (multiclass_accuracy, "micro"),
    "mean_class_accuracy": (multiclass_accuracy, "macro"),
    "class_accuracy": (multiclass_accuracy, "none"),
    "mean_precision": (multiclass_precision, "macro"),
    "class_precision": (multiclass_precision, "none"),
    "mean_dice": (multiclass_f1_score, "macro"),
    "micro_dice": (multiclass_f1_score, "micro"),
    "class_dice": (multiclass_f1_score, "none"),
}


def main() -> int:
    rng = random.Random(17)
    library = Library(sys.argv[1])
    failures = 0
    for number in range(CASES):
        classes = rng.choice([2, 3, 5, 19])
        ignore = rng.choice([[], [255], [rng.randrange(classes)]])
        prediction, target = map(torch.from_numpy, score_rules.label_maps(rng, classes, ignore))
        counts, _ = library.confusion(prediction, target, classes, ignore)
        value = ignore[0] if ignore else None
        expected = {name: metric(prediction, target, num_classes=classes, average=average,
                                 ignore_index=value).double().numpy()
                    for name, (metric, average) in METRICS.items()}
        result = score(library, counts.numpy(), TORCHMETRICS, ignore)
        for text in score_rules.differences(result, expected, 1e-6):  # it divides in f32
            failures += 1
            print(f"case {number}, ignore {ignore}: {text}\n{counts}")
    print(f"torchmetrics {torchmetrics.__version__}: {CASES} label maps, {len(METRICS)} metrics: "
          f"{failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
