# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Losses of the logits of published data sets, where the environment says they lie, against an
evaluation of them that was made without this library."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from library import BinaryLossOptions, ClassLossOptions, LossOptions, contexts, numpy, torch

MEAN, SUM = range(2)
CLAMP, WITH_LOGITS = 0, 2
WEIGHTS, VALID, ALL = 1, 2, 3
HOW = {"sum": (SUM, 0), "mean_weighted": (MEAN, WEIGHTS), "mean_valid": (MEAN, VALID),
       "mean_all": (MEAN, ALL)}


def close(got: float, right: float, dtype) -> bool:
    relative = 1e-6 if dtype == torch.float32 else 1e-13
    return abs(got - right) <= max(relative * abs(right), 2**-22 if dtype == torch.float32 else 0)


def class_losses(library, case, x, target, ignore):
    """(name, expected, ours) of each reduction under each weighting."""
    for weighting, right in case["cross_entropy"].items():
        weight = torch.tensor(right["weight"])
        for name, (reduction, normaliser) in HOW.items():
            got, _ = library.class_loss(0, x, target, ClassLossOptions.make(weight, 0.0, 1),
                                        LossOptions.make(None, [ignore], reduction, normaliser))
            yield f"cross_entropy {weighting} {name}", right[name], got.item()


def binary_losses(library, case, kind, field, x, target, ignore, foreground):
    labels = target.reshape(x.shape)
    is_foreground = torch.isin(labels, torch.tensor(foreground))
    t = torch.where(labels == ignore, torch.full_like(labels, 255), is_foreground.to(torch.int64))
    for weighting in ("none", "fg5"):
        right = case[field][weighting]
        w = torch.where(is_foreground, 5.0, 1.0) if weighting == "fg5" else None
        for name, (reduction, normaliser) in HOW.items():
            got = library.binary_loss(kind, x, t, BinaryLossOptions.make(None),
                                      LossOptions.make(w, [255], reduction, normaliser))
            yield f"{field} {weighting} {name}", right[name], got.item()


def main() -> int:
    root = Path(os.environ.get("BITWHERE_TEST_DATA", ""))
    if not (root / "expected.json").is_file():
        print("skipped: BITWHERE_TEST_DATA names no folder with expected.json")
        return 77
    failures = seen = 0
    for set_name, data in json.loads((root / "expected.json").read_text())["datasets"].items():
        described = json.loads((root / set_name / "dataset.json").read_text())
        for case in data.get("logit_cases", []):
            files = root / set_name / "logits" / case["id"]
            x, target, logit, p = (torch.from_numpy(numpy.load(f"{files}{end}.npy"))
                                   for end in ("", "_target", "_fg_logit", "_fg_prob"))
            for isa, library in contexts(sys.argv[1]).items():
                for dtype in (torch.float32, torch.float64):
                    results = [
                        *class_losses(library, case, x.to(dtype), target, data["ignore"]),
                        *binary_losses(library, case, WITH_LOGITS, "bce_with_logits",
                                       logit.to(dtype), target, data["ignore"],
                                       described["foreground"]),
                        *binary_losses(library, case, CLAMP, "bce", p.to(dtype), target,
                                       data["ignore"], described["foreground"])]
                    for name, right, got in results:
                        seen += 1
                        if close(got, right, dtype):
                            continue
                        failures += 1
                        print(f"{case['id']} {dtype} on {isa}: {name}: {got!r}, not {right!r}")
    print(f"real losses: {seen} comparisons: {failures} differences")
    return 1 if failures or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
