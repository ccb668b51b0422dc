# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Where published label maps are ignored, wrong and not background, where the environment says
they lie: the coordinates by their hash, which was made without this library."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from label_png import read_labels
from library import AND, EQ, FLAT, NE, NONZERO, contexts, torch


def main() -> int:
    root = Path(os.environ.get("BITWHERE_TEST_DATA", ""))
    if not (root / "expected.json").is_file():
        print("skipped: BITWHERE_TEST_DATA names no folder with expected.json")
        return 77
    libraries = contexts(sys.argv[1])
    compared = failures = 0
    for name, data in json.loads((root / "expected.json").read_text())["datasets"].items():
        pairs = {pair["id"]: pair
                 for pair in json.loads((root / name / "dataset.json").read_text())["pairs"]}
        for image in data["per_image"]:
            target, prediction = (
                torch.from_numpy(read_labels(root / name / pairs[image["id"]][part]))
                for part in ("target", "prediction"))
            conditions = {
                "void": (EQ, target, data["ignore"]),
                "wrong": (AND, (NE, target, prediction), (NE, target, data["ignore"])),
                "target_nonzero": (NONZERO, target),
            }
            for part, made in conditions.items():
                for isa, library in libraries.items():
                    rows = library.nonzero(made, 2)
                    digest = hashlib.sha256(rows.numpy().tobytes()).hexdigest()
                    flat = library.nonzero(made, 2, FLAT, torch.int32)
                    same = (rows.shape[0] == image[part]["count"]
                            and digest == image[part]["indices_sha256_i64"]
                            and torch.equal(rows[:, 0] * target.shape[1] + rows[:, 1], flat.long()))
                    compared += 1
                    if not same:
                        failures += 1
                        print(f"{name} {image['id']}, {part}: {rows.shape[0]} indices differ "
                              f"on {isa}")
    print(f"real indices: {compared} comparisons: {failures} differences")
    return 1 if failures or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
