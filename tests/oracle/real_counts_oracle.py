# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Ratios of the confusion matrices of published data sets, where the environment says they lie,
against an evaluation of them that was made without this library."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import score_rules
from library import Library, numpy
from score_library import BITWHERE, CITYSCAPES, MMSEG, ZERO, score


def main() -> int:
    path = Path(os.environ.get("BITWHERE_TEST_DATA", ""), "expected.json")
    if not path.is_file():
        print("skipped: BITWHERE_TEST_DATA names no folder with expected.json")
        return 77
    library = Library(sys.argv[1])
    failures = 0
    sets = json.loads(path.read_text())["datasets"]
    for name, data in sets.items():
        total, ignore = data["total"], [data["ignore"]]
        counts = numpy.array(total["confusion"])
        expected = {
            "valid": total["valid"], "correct": total["correct"], "accuracy": total["accuracy"],
            "mean_iou": total["miou"], "mean_class_accuracy": total["class_accuracy_mean"],
            "frequency_weighted_iou": total["fwiou"], "classes_in_mean_iou": total["classes_used"],
            "class_iou": [float("nan") if iou is None else iou for iou in total["iou"]],
        }
        comparisons = [(BITWHERE, {}, expected), (CITYSCAPES, {}, expected), (MMSEG, {}, expected),
                       (BITWHERE, {"absent": ZERO}, {"mean_iou": total["miou_absent_0"]})]
        for convention, fields, right in comparisons:
            result = score(library, counts, convention, ignore, **fields)
            for text in score_rules.differences(result, right, 1e-12):
                failures += 1
                print(f"{name}, convention {convention} {fields}: {text}")
    print(f"real counts: {len(sets)} data sets: {failures} differences")
    return 1 if failures or not sets else 0


if __name__ == "__main__":
    sys.exit(main())
