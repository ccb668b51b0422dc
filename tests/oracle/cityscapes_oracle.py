# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The convention of cityscapesScripts against the package itself, where it is installed."""

from __future__ import annotations

import random
import sys
from types import SimpleNamespace

import score_rules
from library import Library, numpy
from score_library import CITYSCAPES, score

try:
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluator
except ImportError as absent:
    print(f"skipped: {absent}")
    sys.exit(77)

CASES = 400


def expected(counts: numpy.ndarray, ignore: list[int]) -> dict:
    """Its scores of labels that are ignored as told instead of as in Cityscapes."""
    labels = range(len(counts))
    evaluator.id2label = {c: SimpleNamespace(ignoreInEval=c in ignore) for c in labels}
    args = SimpleNamespace(evalLabels=list(labels))
    matrix = counts.astype(numpy.ulonglong)
    iou = {c: evaluator.getIouScoreForLabel(c, matrix, args) for c in labels}
    return {"class_iou": numpy.array(list(iou.values())),
            "mean_iou": evaluator.getScoreAverage(iou, args)}


def main() -> int:
    rng = random.Random(18)
    library = Library(sys.argv[1])
    failures = 0
    for number in range(CASES):
        classes = rng.choice([1, 2, 3, 5, 34])
        ignore = rng.sample(range(classes), rng.randrange(min(classes, 4)))
        counts = score_rules.confusion(*score_rules.label_maps(rng, classes, ignore), classes)
        result = score(library, counts, CITYSCAPES, ignore)
        for text in score_rules.differences(result, expected(counts, ignore), 1e-14):
            failures += 1
            print(f"case {number}, ignore {ignore}: {text}\n{counts}")
    print(f"cityscapesScripts: {CASES} matrices: {failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
