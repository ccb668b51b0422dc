#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Marks what changed beyond noise between two runs: compare.py base.json new.json.

Shares of L are compared where there are any, since they were measured against the machine as it
was; times of calls otherwise. Exits 1 where something became slower.
"""
import json
import sys

LEAST = 0.05  # changes below this are never marked


def runs(path):
    with open(path, encoding="utf-8") as file:
        found = json.load(file)["benchmarks"]
    return {run["name"].split("/iterations:")[0]: run for run in found
            if not run.get("error_occurred")}


def speed(run):
    """A number that grows with speed."""
    return run["of_l"] if "of_l" in run else 1 / run["ns_per_call"]


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    base, new = runs(arguments[0]), runs(arguments[1])
    slower = 0
    print(f"{'change':>8}  {'noise':>6}  {'base':>9}  {'new':>9}")
    for name in base.keys() & new.keys():
        if ("of_l" in base[name]) != ("of_l" in new[name]):
            print(f"{'':>8}  {'':>6}  {'':>9}  {'':>9}  {name}  not comparable")
    for name, after in new.items():
        before = base.get(name)
        if before is None or ("of_l" in before) != ("of_l" in after):
            continue
        change = speed(after) / speed(before) - 1
        # The spread is that of the middle half of the repetitions.
        noise = max(LEAST, (before["spread"] + after["spread"]) / 2)
        mark = ""
        if abs(change) > noise:
            mark = "faster" if change > 0 else "SLOWER"
            slower += change < 0
        column = "of_l" if "of_l" in after else "ns_per_call"
        print(f"{change:+8.1%}  {noise:6.1%}  {before[column]:9.3f}  {after[column]:9.3f}  "
              f"{name}  {mark}")
    for name in base.keys() ^ new.keys():
        print(f"{'':>8}  {'':>6}  {'':>9}  {'':>9}  {name}  only in "
              f"{'base' if name in base else 'new'}")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
