# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""bw_score_convention and bw_confusion_scores over ctypes."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_double, c_int32, c_int64, c_size_t, sizeof
from dataclasses import dataclass, field

from library import Library, numpy

SKIP, NAN, ZERO, ONE = range(4)
BITWHERE, TORCHMETRICS, MMSEG, CITYSCAPES = range(4)


class ScoreOptions(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("ignore", POINTER(c_int64)),
                ("ignore_count", c_size_t), ("selected", POINTER(c_int64)),
                ("selected_count", c_size_t), ("absent", c_int32), ("skipped", c_int32),
                ("ignored_in_mean", c_int32), ("unseen_accuracy", c_int32),
                ("iou_without_ignored", c_int32), ("unpredicted_absent", c_int32),
                ("nothing", c_int32), ("reserved", c_int32)]


class Scores(Structure):
    _fields_ = [("struct_bytes", c_size_t), ("valid", c_int64), ("correct", c_int64),
                ("accuracy", c_double), ("mean_class_accuracy", c_double),
                ("mean_iou", c_double), ("frequency_weighted_iou", c_double),
                ("classes_in_mean_iou", c_int64), ("mean_dice", c_double),
                ("mean_precision", c_double), ("micro_iou", c_double), ("micro_dice", c_double),
                ("classes_in_mean_accuracy", c_int64), ("classes_in_mean_dice", c_int64),
                ("classes_in_mean_precision", c_int64)]


RATIOS = ("accuracy", "precision", "iou", "dice")


class ClassScores(Structure):
    _fields_ = [("struct_bytes", c_size_t), *[(name, POINTER(c_double)) for name in RATIOS]]


@dataclass
class Result:
    """Totals by the names of bw_scores; ratios class by class by those of bw_class_scores."""

    totals: dict[str, float]
    classes: dict[str, numpy.ndarray] = field(default_factory=dict)


def score(library: Library, counts: numpy.ndarray, convention: int, ignore: list[int],
          selected: list[int] | None = None, **fields: int) -> Result:
    """The ratios of int64 counts by a convention; `fields` are set after it."""
    counts = numpy.ascontiguousarray(counts, dtype=numpy.int64)
    classes = len(counts)
    chosen = selected or []
    options = ScoreOptions(sizeof(ScoreOptions), (c_int64 * len(ignore))(*ignore), len(ignore),
                           (c_int64 * len(chosen))(*chosen), len(chosen))
    library.check(library.c.bw_score_convention(convention, byref(options)), None)
    for name, value in fields.items():
        setattr(options, name, value)
    scores = Scores(sizeof(Scores))
    shown = {name: (c_double * classes)() for name in RATIOS}
    per_class = ClassScores(sizeof(ClassScores), *[ctypes.cast(shown[name], POINTER(c_double))
                                                   for name in RATIOS])
    cells = ctypes.cast(counts.ctypes.data, POINTER(c_int64))
    library.check(library.c.bw_confusion_scores(cells, c_int64(classes), byref(options),
                                                byref(scores), byref(per_class)), None)
    totals = {name: getattr(scores, name) for name, _ in Scores._fields_[1:]}
    return Result(totals, {name: numpy.array(list(shown[name])) for name in RATIOS})
