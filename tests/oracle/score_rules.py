# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""How three evaluators turn label maps into ratios, written anew in NumPy and f64 from what they
do. Each rule gives a dictionary with the names of bw_scores, and of bw_class_scores with "class_"
before them; what an evaluator has no number for is not in it. Also random maps, and comparison."""

from __future__ import annotations

import random
import warnings

from library import numpy as np

warnings.filterwarnings("ignore", message="Mean of empty slice")


def safe(part, whole) -> np.ndarray:
    """A quotient that is 0 where its denominator is."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def bare(part, whole) -> np.ndarray:
    """A quotient that is NaN where its denominator is 0."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0)


def areas(prediction, target, classes: int, ignore: list[int]):
    """Pixels a class: in common, predicted, in the target; of targets that are not ignored."""
    kept = ~np.isin(target, ignore)
    p, t = prediction[kept], target[kept]
    return [np.bincount(labels, minlength=classes) for labels in (p[p == t], p, t)]


def torchmetrics(prediction, target, classes: int, ignore: list[int]) -> dict:
    hits, predicted, labelled = areas(prediction, target, classes, ignore)
    union = predicted + labelled - hits
    iou = safe(hits, union)
    kept = np.array([c not in ignore for c in range(classes)])
    in_iou, occurs = kept & (union > 0), union > 0
    accuracy, precision = safe(hits, labelled), safe(hits, predicted)
    dice = safe(2 * hits, predicted + labelled)

    def mean(ratio) -> float:  # an ignored class is in it where it was predicted
        return float(safe((ratio * occurs).sum(), occurs.sum()))

    return {
        "class_iou": iou, "class_accuracy": accuracy, "class_precision": precision,
        "class_dice": dice,
        "mean_iou": float(bare((iou * in_iou).sum(), in_iou.sum())),
        "micro_iou": float(safe(hits.sum(), union[kept].sum())),
        "frequency_weighted_iou": float(bare((labelled * iou).sum(), labelled.sum())),
        "accuracy": float(safe(hits.sum(), labelled.sum())),
        "mean_class_accuracy": mean(accuracy), "mean_precision": mean(precision),
        "mean_dice": mean(dice),
        "micro_dice": float(safe(2 * hits.sum(), (predicted + labelled).sum())),
    }


def mmseg(prediction, target, classes: int, ignore: list[int], nan_to_num=None) -> dict:
    hits, predicted, labelled = areas(prediction, target, classes, ignore)
    ratios = {
        "class_iou": bare(hits, predicted + labelled - hits),
        "class_accuracy": bare(hits, labelled),
        "class_dice": bare(2 * hits, predicted + labelled),
        "class_precision": bare(hits, predicted),
        "accuracy": bare(hits.sum(), labelled.sum()),
    }
    if nan_to_num is not None:
        ratios = {name: np.nan_to_num(ratio, nan=nan_to_num) for name, ratio in ratios.items()}
    means = {"class_iou": "mean_iou", "class_accuracy": "mean_class_accuracy",
             "class_dice": "mean_dice", "class_precision": "mean_precision"}
    ratios |= {mean: float(np.nanmean(ratios[name])) for name, mean in means.items()}
    return ratios | {"accuracy": float(ratios["accuracy"])}


def cityscapes(counts, ignore: list[int]) -> dict:
    """From the counts of all pixels: its matrix has the rows of ignored labels, too."""
    classes = range(len(counts))
    iou = np.full(len(counts), np.nan)
    for label in classes:
        if label in ignore:
            continue
        hits = int(counts[label, label])
        missed = int(counts[label].sum()) - hits
        others = [c for c in classes if c != label and c not in ignore]
        false_alarms = int(counts[others, label].sum())
        if hits + missed + false_alarms:
            iou[label] = hits / (hits + missed + false_alarms)
    return {"class_iou": iou, "mean_iou": float(np.nanmean(iou))}


def confusion(prediction, target, classes: int) -> np.ndarray:
    """Counts of all pixels whose target is a class."""
    kept = target < classes
    cells = target[kept] * classes + prediction[kept]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def label_maps(rng: random.Random, classes: int, ignore: list[int]):
    """A prediction and a target of few enough pixels that classes are absent, unseen and
    unpredicted; ignored values are in the target, and all of it at times."""
    pixels = rng.choice([1, 2, 3, 10, 100, 1000])
    in_target, in_prediction = (rng.sample(range(classes), rng.randrange(1, classes + 1))
                                for _ in range(2))
    target = np.array(rng.choices(in_target, k=pixels))
    prediction = np.where([rng.random() < 0.6 for _ in range(pixels)], target,
                          rng.choices(in_prediction, k=pixels))
    share = rng.choice([0, 0.2, 1 if rng.random() < 0.3 else 0])
    if ignore:
        target = np.where([rng.random() < share for _ in range(pixels)], rng.choice(ignore), target)
    return prediction, target


def differences(result, expected: dict, tolerance: float) -> list[str]:
    """What of a result is not as expected, in words; NaN equals NaN."""
    found = []
    for name, right in expected.items():
        got = result.classes[name[6:]] if name.startswith("class_") else result.totals[name]
        if not np.allclose(got, right, rtol=tolerance, atol=tolerance, equal_nan=True):
            found.append(f"{name} is {got}, not {right}")
    return found
