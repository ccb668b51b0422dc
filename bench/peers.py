#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Times numpy and torch, eager, on the cases of the benchmarks: peers.py <folder of bench_*>.

Runs with the distribution's python3, which is the one that has them. The C++ case runs right before
and right after each peer; the ratio takes the mean of the two. Peers allocate their results, as
eager code does; bitwhere writes into a tensor that is there. numpy uses one thread.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
except ImportError:
    np = None
try:
    import torch
except ImportError:
    torch = None

CORES = os.cpu_count()
REPETITIONS = 7


def ours(folder, noun, case, n):
    """ns an element of a C++ case on all cores."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run(
            [os.path.join(folder, "bench_" + noun), f"--benchmark_out={out.name}",
             f"--benchmark_filter=^{case}/cpu:[^/]*/threads:{CORES}/elements:{n}/"],
            check=True, stdout=subprocess.DEVNULL)
        return json.load(open(out.name, encoding="utf-8"))["benchmarks"][0]["ns_per_element"]


def timed(body, n):
    body()
    times = []
    for _ in range(REPETITIONS):
        begin = time.perf_counter_ns()
        body()
        times.append(time.perf_counter_ns() - begin)
    return statistics.median(times) / n


def where_inputs(n):
    random = np.random.default_rng(1)
    return (random.integers(0, 2, n, dtype=np.uint8).view(bool),
            random.standard_normal(n, dtype=np.float32),
            random.standard_normal(n, dtype=np.float32))


def label_inputs(n):
    random = np.random.default_rng(1)
    target = random.integers(0, 21, n)
    target[random.integers(0, 16, n, dtype=np.uint8) == 0] = 255
    return random.integers(0, 21, n), target


def fast_hist(prediction, target, count):
    """The usual recipe for a confusion matrix."""
    keep = target != 255
    return count(21 * target[keep] + prediction[keep], minlength=21 * 21)


def peers(case, n):
    """(name, body) of each peer of a case."""
    if case.startswith("where"):
        mask, x, y = where_inputs(n)
        masked = case.endswith("mask_x_y_f32")
        yield "numpy", (lambda: np.where(mask, x, y)) if masked else (
            lambda: np.where(x > 0, x, np.float32(0.25)))
        if torch is not None:
            m, a, b = map(torch.from_numpy, (mask, x, y))
            small = torch.tensor(0.25)
            yield "torch", (lambda: torch.where(m, a, b)) if masked else (
                lambda: torch.where(a > 0, a, small))
        return
    p, t = label_inputs(n)
    kinds = [("numpy", p, t, np.bincount)]
    if torch is not None:
        kinds.append(("torch", torch.from_numpy(p), torch.from_numpy(t), torch.bincount))
    for name, prediction, target, count in kinds:
        if case.startswith("accuracy"):
            yield name, lambda p=prediction, t=target: (
                ((p == t) & (t != 255)).sum() / (t != 255).sum())
        else:
            yield name, lambda p=prediction, t=target, c=count: fast_hist(p, t, c)


CASES = [("where", "where/mask_x_y_f32", 1 << 26), ("where", "where/x_above_0_f32", 1 << 26),
         ("metrics", "accuracy/i64", 1 << 26), ("metrics", "confusion/i64_21_random", 1 << 26)]


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if np is None:
        print("skipped: this python3 has no numpy")
        return 0
    if torch is None:
        print("torch: skipped: this python3 has none")
    else:
        torch.set_num_threads(CORES)
    print(f"{'case':<26}  {'peer':<14}  {'ns/elem':>8}  {'bitwhere':>8}  times")
    for noun, case, n in CASES:
        for name, body in peers(case, n):
            before = ours(arguments[0], noun, case, n)
            theirs = timed(body, n)
            mine = (before + ours(arguments[0], noun, case, n)) / 2
            version = np.__version__ if name == "numpy" else torch.__version__
            print(f"{case:<26}  {name + ' ' + version:<14}  {theirs:8.3f}  {mine:8.3f}  "
                  f"{theirs / mine:5.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
