#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Times `bitwhere eval` beside Python: eval_peers.py [--pairs N] [--rounds N] <folder of bitwhere>.

The pairs of label maps are drawn from a seed: 1024 x 2048 pixels of 19 classes with 255 ignored, as
PNGs in a temporary folder. Held against it, where they can be imported:

  numpy            decode with Pillow, mask, bincount; in one process and in a pool of all cores
  torchmetrics     MulticlassConfusionMatrix over the same decoded maps
  cityscapes       evaluatePair of cityscapesScripts, with its compiled counting where it is built

All must count the same before anything is timed. A round times each once, in turn; torchmetrics and
cityscapesScripts, which take long, count every tenth pair only. bitwhere's times hold the start of
its process and its report; those of Python hold neither interpreter nor imports.
Rows "decode" read and decode the files and do nothing else: what they take is in the other rows,
too. CPU seconds are those of all threads and processes, so a busy machine disturbs them less.

Needs the folder bin/ of preset bench: bitwhere, and decode_label_maps for bitwhere's decode rows.
"""
import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

try:
    import numpy as np
    from PIL import Image
except ImportError as absent:
    print(f"skipped: {absent}")
    sys.exit(0)
try:
    import torch
    from torchmetrics.classification import MulticlassConfusionMatrix
except ImportError as absent:
    print(f"torchmetrics: skipped: {absent}")
    MulticlassConfusionMatrix = None
try:
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as cityscapes
except ImportError as absent:
    print(f"cityscapes: skipped: {absent}")
    cityscapes = None

HEIGHT, WIDTH = 1024, 2048
CLASSES, IGNORED = 19, 255
CORES = len(os.sched_getaffinity(0))
NUMPY = "numpy + Pillow, 1 process"


# --- maps ---

def wave(random, n, waves):
    """A smooth line of n points, about -1 to 1."""
    x = np.arange(n) / n * 2 * np.pi
    return sum(random.uniform(-1, 1) / k * np.sin(k * x + random.uniform(0, 7)) for k in waves)


def draw_target(random):
    """Sky, buildings and road with wavy borders, and things in front of them."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    target = np.full((HEIGHT, WIDTH), random.integers(0, CLASSES), np.uint8)
    for level in np.sort(random.uniform(0.1, 0.9, 5)):
        border = HEIGHT * level + 40 * wave(random, WIDTH, (1, 3, 8, 40)) + 60 * wave(
            random, WIDTH, range(100, 900, 23))
        target = np.where(y > border, np.uint8(random.integers(0, CLASSES)), target)
    for _ in range(220):
        tall, wide = (int(s) for s in random.integers(6, 150, 2) // random.integers(1, 4))
        top = int(random.integers(0, HEIGHT - tall))
        left = int(random.integers(0, WIDTH - wide))
        part = target[top:top + tall, left:left + wide]
        edge = 1 + 0.3 * wave(random, tall, (2, 5, 19, 41))[:, None]
        round_one = ((y[:tall] - tall / 2) / tall * 2) ** 2 + (
            (x[:, :wide] - wide / 2) / wide * 2) ** 2
        inside = round_one < edge if random.random() < 0.7 else np.ones_like(part, bool)
        part[inside] = random.integers(0, CLASSES) if random.random() < 0.9 else IGNORED
    target[-60:] = IGNORED  # the bonnet of the car that the camera is in
    return target


def draw_prediction(random, target):
    """The target with moved borders and speckle, nothing ignored."""
    rows = np.arange(HEIGHT) + np.rint(5 * wave(random, HEIGHT, (2, 7, 31, 90)))
    columns = np.arange(WIDTH) + np.rint(5 * wave(random, WIDTH, (2, 7, 31, 90)))
    moved = target[np.clip(rows, 0, HEIGHT - 1).astype(int)]
    moved = moved[:, np.clip(columns, 0, WIDTH - 1).astype(int)]
    jitter = random.integers(-1, 2, (HEIGHT, WIDTH // 8)).repeat(8, axis=1)
    at = np.clip(np.arange(WIDTH) + jitter, 0, WIDTH - 1)
    moved = np.take_along_axis(moved, at, axis=1)
    for _ in range(900):
        top, left = int(random.integers(0, HEIGHT)), int(random.integers(0, WIDTH))
        tall, wide = random.integers(1, 9, 2)
        moved[top:top + tall, left:left + wide] = random.integers(0, CLASSES)
    moved[moved == IGNORED] = random.integers(0, CLASSES)
    return moved


def draw_pair(job):
    folder, number = job
    random = np.random.default_rng(number)
    target = draw_target(random)
    prediction = draw_prediction(random, target)
    for name, labels in (("target", target), ("prediction", prediction)):
        Image.fromarray(labels).save(folder / name / f"{number:04}.png")


def draw_pairs(folder, count):
    """(prediction, target) files, in order."""
    for name in ("prediction", "target"):
        (folder / name).mkdir(exist_ok=True)
    with multiprocessing.Pool(CORES) as pool:
        pool.map(draw_pair, [(folder, number) for number in range(count)])
    return [tuple(str(folder / name / f"{number:04}.png") for name in ("prediction", "target"))
            for number in range(count)]


# --- peers: each gives the counts of all pairs ---

def decoded(file):
    return np.asarray(Image.open(file))


def count_pair(pair):
    """The usual recipe for a confusion matrix."""
    prediction, target = map(decoded, pair)
    keep = target != IGNORED
    cells = CLASSES * target[keep].astype(np.int64) + prediction[keep]
    return np.bincount(cells, minlength=CLASSES * CLASSES).reshape(CLASSES, CLASSES)


def iou(counts):
    hits = np.diagonal(counts)
    with np.errstate(invalid="ignore"):
        return np.nanmean(hits / (counts.sum(0) + counts.sum(1) - hits))


def in_pool(body, pairs):
    with multiprocessing.Pool(CORES) as pool:
        out = pool.map(body, pairs)
        pool.close()
        pool.join()  # so that their CPU seconds are known here
    return out


def numpy_alone(pairs):
    counts = sum(map(count_pair, pairs))
    iou(counts)
    return counts


def numpy_pool(pairs):
    counts = sum(in_pool(count_pair, pairs))
    iou(counts)
    return counts


def decode_pair(pair):
    for file in pair:
        decoded(file)


def pillow_alone(pairs):
    for pair in pairs:
        decode_pair(pair)


def pillow_pool(pairs):
    in_pool(decode_pair, pairs)


def torchmetrics_alone(pairs):
    metric = MulticlassConfusionMatrix(CLASSES, ignore_index=IGNORED, validate_args=False)
    for pair in pairs:
        metric.update(*(torch.from_numpy(np.array(Image.open(file))) for file in pair))
    return metric.compute().numpy()


def cityscapes_alone(pairs):
    args = SimpleNamespace(evalLabels=[*range(CLASSES), IGNORED], evalInstLevelScore=False,
                           evalPixelAccuracy=False)
    counts = np.zeros((IGNORED + 1, IGNORED + 1), np.ulonglong)  # as its own, for these labels
    for prediction, target in pairs:
        cityscapes.evaluatePair(prediction, target, counts, {}, {}, args)
    return counts[:CLASSES, :CLASSES].astype(np.int64)


class Tool:
    """The programs of a build."""

    def __init__(self, folder, maps):
        self.folder, self.maps = folder, maps

    def evaluate(self, threads, *more):
        return subprocess.run(
            [self.folder / "bitwhere", "eval", "--prediction", self.maps / "prediction",
             "--target", self.maps / "target", "--classes", str(CLASSES), "--ignore", str(IGNORED),
             "--device", "cpu", "--threads", str(threads), *more],
            check=True, stdout=subprocess.PIPE).stdout

    def counts(self, threads):
        return np.array(json.loads(self.evaluate(threads, "--json", "-"))["confusion"])

    def decode(self, threads, pairs):
        subprocess.run([self.folder / "decode_label_maps", str(threads), *sum(pairs, ())],
                       check=True)


def rows_of(tool, pairs):
    """(name, body, pairs) of each row that can run here, those that count first."""
    some = pairs[::10]
    yield f"bitwhere, threads {CORES}", lambda _: tool.evaluate(CORES), pairs
    yield "bitwhere, threads 1", lambda _: tool.evaluate(1), pairs
    yield NUMPY, numpy_alone, pairs
    yield f"numpy + Pillow, pool of {CORES}", numpy_pool, pairs
    if MulticlassConfusionMatrix is not None:
        yield "torchmetrics", torchmetrics_alone, some
    if cityscapes is not None:
        kind = "compiled" if cityscapes.CSUPPORT else "not compiled"
        yield f"cityscapes, {kind}", cityscapes_alone, some
    if (tool.folder / "decode_label_maps").exists():
        yield f"decode: bitwhere, threads {CORES}", lambda p: tool.decode(CORES, p), pairs
        yield "decode: bitwhere, threads 1", lambda p: tool.decode(1, p), pairs
    yield "decode: Pillow, 1 process", pillow_alone, pairs
    yield f"decode: Pillow, pool of {CORES}", pillow_pool, pairs


def require_same_counts(tool, rows):
    """Ends the program where two count otherwise."""
    expected = {}
    for name, body, pairs in rows:
        if name.startswith("decode"):
            continue
        if len(pairs) not in expected:
            expected[len(pairs)] = numpy_alone(pairs)
        if name.startswith("bitwhere"):
            found = tool.counts(1 if name.endswith(" 1") else CORES)
        elif name != NUMPY:
            found = body(pairs)
        else:
            continue
        if not np.array_equal(found, expected[len(pairs)]):
            raise SystemExit(f"{name} counts otherwise:\n{found}\n{expected[len(pairs)]}")


# --- times ---

def cpu_seconds():
    return sum(os.times()[:4])


def timed(body, pairs):
    """Milliseconds a pair, of the clock and of all CPUs."""
    begin, cpu = time.perf_counter(), cpu_seconds()
    body(pairs)
    spent = time.perf_counter() - begin, cpu_seconds() - cpu
    return tuple(seconds / len(pairs) * 1e3 for seconds in spent)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    if MulticlassConfusionMatrix is not None:
        torch.set_num_threads(CORES)
    with tempfile.TemporaryDirectory() as place:
        maps = Path(place)
        pairs = draw_pairs(maps, given.pairs)
        size = sum(os.path.getsize(file) for pair in pairs for file in pair) / 2 / len(pairs)
        print(f"{len(pairs)} pairs of {HEIGHT} x {WIDTH}, {size / 1000:.0f} KB a map; {CORES} "
              f"cores, load {os.getloadavg()[0]:.1f}; numpy {np.__version__}, Pillow "
              f"{Image.__version__}", flush=True)
        tool = Tool(given.folder, maps)
        rows = list(rows_of(tool, pairs))
        require_same_counts(tool, rows)
        print(f"all count the same; {given.rounds} rounds", flush=True)
        times = {name: [] for name, _, _ in rows}
        for _ in range(given.rounds):
            for name, body, these in rows:
                times[name].append(timed(body, these))
        report(times)
    return 0


def report(times):
    """Ratios are held against the first row: of the fastest, of each round, of CPU seconds."""
    first_wall, first_cpu = zip(*next(iter(times.values())))
    print(f"load {os.getloadavg()[0]:.1f}\n{'':<34}  ms a pair: min   median  CPU min    "
          "times bitwhere: min  median     CPU")
    for name, seen in times.items():
        wall, cpu = zip(*seen)
        rounds = statistics.median(w / f for w, f in zip(wall, first_wall))
        print(f"{name:<34}  {min(wall):14.2f}  {statistics.median(wall):7.2f}  {min(cpu):7.2f}  "
              f"{min(wall) / min(first_wall):19.2f}  {rounds:6.2f}  "
              f"{min(cpu) / min(first_cpu):6.2f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
