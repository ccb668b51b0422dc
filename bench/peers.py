#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Times numpy and torch, eager, on the cases of the benchmarks: peers.py <folder of bench_*>.

Runs with the distribution's python3, which is the one that has them. The C++ case runs right before
and right after each peer; the ratio takes the mean of the two. Peers allocate their results, as
eager code does; bitwhere writes into a tensor that is there, but in the cases whose names end in
alloc. numpy uses one thread.
"""
import json
import os
import re
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


def ours(folder, noun, case, n, threads=CORES):
    """ns an element of a C++ case."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run(
            [os.path.join(folder, "bench_" + noun), f"--benchmark_out={out.name}",
             f"--benchmark_filter=^{case}/cpu:[^/]*/threads:{threads}/elements:{n}/"],
            check=True, stdout=subprocess.DEVNULL)
        return json.load(open(out.name, encoding="utf-8"))["benchmarks"][0]["ns_per_element"]


def timed(body, n):
    """ns an element; bodies of few elements are repeated until the clock can tell."""
    calls = max(1, 100_000 // n) if n <= 1000 else 1
    body()
    times = []
    for _ in range(REPETITIONS):
        begin = time.perf_counter_ns()
        for _ in range(calls):
            body()
        times.append(time.perf_counter_ns() - begin)
    return statistics.median(times) / n / calls


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


def score_inputs(n):
    """Scores of 21 classes, NCHW, in images of 512 x 512, and their targets."""
    random = np.random.default_rng(1)
    images = n >> 18
    target = random.integers(0, 21, (images, 512, 512))
    target[random.integers(0, 16, target.shape, dtype=np.uint8) == 0] = 255
    return random.standard_normal((images, 21, 512, 512), dtype=np.float32), target


def where_peers(case, n):
    mask, x, y = where_inputs(n)
    if case.endswith("x_transposed_f32"):
        shape = (n // 8192, 8192)
        mask, x, y = mask.reshape(shape), x.reshape(shape[::-1]).T, y.reshape(shape)
    if case.endswith("mask_f32_i32"):
        y = y.astype(np.int32)
    masked = "x_above_0" not in case
    yield "numpy", (lambda: np.where(mask, x, y)) if masked else (
        lambda: np.where(x > 0, x, np.float32(0.25)))
    if torch is not None:
        m, a, b = map(torch.from_numpy, (mask, x, y))
        small = torch.tensor(0.25)
        yield "torch", (lambda: torch.where(m, a, b)) if masked else (
            lambda: torch.where(a > 0, a, small))


def count_peers(n):
    _, x, _ = where_inputs(n)
    yield "numpy", lambda: np.count_nonzero(x > 0)
    if torch is not None:
        a = torch.from_numpy(x)
        yield "torch", lambda: torch.count_nonzero(a > 0)


def score_peers(case, n):
    scores, target = score_inputs(n)
    kinds = [("numpy", scores, target, np.argmax, np.bincount)]
    if torch is not None:
        kinds.append(("torch", torch.from_numpy(scores), torch.from_numpy(target), torch.argmax,
                      torch.bincount))
    for name, x, t, largest, count in kinds:
        if case.startswith("argmax"):
            yield name, lambda x=x, largest=largest: largest(x, 1)
        else:
            yield name, lambda x=x, t=t, largest=largest, count=count: (
                fast_hist(largest(x, 1), t, count))


def color_peers(case, n):
    """palette[labels], and channels first as images are for a network."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 21, n // 64, dtype=np.uint8).repeat(64).reshape(-1, 8192)
    colors = random.integers(0, 256, (256, 3), dtype=np.uint8)
    first = "_chw_" in case
    yield "numpy", (lambda: np.ascontiguousarray(colors[labels].transpose(2, 0, 1))) if first else (
        lambda: colors[labels])
    if torch is not None:
        # Only indices of 64 bits index as they do in numpy; u8 is a mask there.
        a, b = torch.from_numpy(labels), torch.from_numpy(colors)
        yield "torch", (lambda: b[a.long()].permute(2, 0, 1).contiguous()) if first else (
            lambda: b[a.long()])


def hit_inputs(case, n):
    """A mask and values, of which as many are above 0 as the name of the case says."""
    random = np.random.default_rng(1)
    share = next(part for name, part in (("0.1pct", 0.001), ("1pct", 0.01), ("10pct", 0.1),
                                         ("half", 0.5)) if f"_{name}" in case)
    mask = random.random(n, dtype=np.float32) < share
    return mask, np.where(mask, np.float32(1), np.float32(-1)) * np.arange(1, n + 1, dtype="f4")


def nonzero_peers(case, n):
    """Coordinates as rows: numpy.argwhere is the transpose of numpy.nonzero. And values."""
    mask, x = hit_inputs(case, n)
    if "_2d_" in case:
        mask = mask.reshape(-1, 8192)
    above = "x_above_0" in case
    chosen = case.startswith("masked_select")
    if chosen:
        yield "numpy", lambda: x[mask]
    else:
        yield "numpy", (lambda: np.argwhere(x > 0)) if above else (lambda: np.argwhere(mask))
    if torch is not None:
        m, a = torch.from_numpy(mask), torch.from_numpy(x)
        if chosen:
            yield "torch", lambda: torch.masked_select(a, m)
        else:
            yield "torch", (lambda: torch.nonzero(a > 0)) if above else (lambda: torch.nonzero(m))


def wide_floats(n, spread, dtype):
    """Of either sign, with exponents in spread + 1 neighbouring powers of two."""
    random = np.random.default_rng(1)
    bits, fraction, fields = (np.uint32, 23, 255) if dtype == np.float32 else (np.uint64, 52, 2047)
    out = random.integers(0, spread + 1, n, dtype=bits)
    out += bits((fields - spread) // 2)
    out <<= bits(fraction)
    out |= random.integers(0, 1 << fraction, n, dtype=bits)
    out |= random.integers(0, 2, n, dtype=bits) << bits(fraction + 8 if fraction == 23 else 63)
    return out.view(dtype)


def reduce_inputs(name, n):
    np.seterr(over="ignore", invalid="ignore")  # of the widest, any other order of adding
    if name == "sum_i64":
        return np.random.default_rng(1).integers(-1 << 62, 1 << 62, n)
    spread = int(name.rsplit("_s", 1)[1]) if re.search(r"_s\d+$", name) else 20
    x = wide_floats(n, spread, np.float64 if "f64" in name else np.float32)
    along = re.search(r"_(?:rows|columns)_(\d+)$", name)
    return x.reshape(-1, int(along[1])) if along else x


def reduce_peers(name, n):
    """Sums that depend on the order of the elements, and of bf16 on torch alone."""
    x = reduce_inputs(name, n)
    what = name.split("_")[0]
    dim = 1 if "_rows_" in name else 0 if "_columns_" in name else None
    mask = np.random.default_rng(2).integers(0, 2, n, dtype=np.uint8).view(bool)
    if name.endswith("_mask"):
        yield "numpy", lambda: getattr(np, what)(x, where=mask)
    elif name.endswith("_where_x"):
        yield "numpy", lambda: np.sum(x, where=(x > -1) & (x < 1))
    elif "bf16" not in name:
        yield "numpy", lambda: getattr(np, what)(x, axis=dim)
    if torch is None:
        return
    a, m = torch.from_numpy(x), torch.from_numpy(mask)
    if "bf16" in name:
        a = a.bfloat16()
    none = torch.zeros((), dtype=a.dtype)
    if what == "mean" and name.endswith("_mask"):
        yield "torch", lambda: torch.where(m, a, none).sum() / m.sum()
    elif name.endswith("_mask"):
        yield "torch", lambda: torch.where(m, a, none).sum()
    elif name.endswith("_where_x"):
        yield "torch", lambda: torch.where((a > -1) & (a < 1), a, none).sum()
    elif dim is not None:
        yield "torch", lambda: a.sum(dim)
    else:
        yield "torch", lambda: getattr(torch, what)(a)


def softplus_of(x):
    """numpy has none; this one overflows, as the usual recipe does."""
    return np.log1p(np.exp(x))


def elementwise_peers(name, n):
    """numpy without scipy has no sigmoid; torch's softplus is linear above its threshold."""
    random = np.random.default_rng(1)
    what, kind = name.rsplit("_", 1)
    dtype = np.float64 if kind == "f64" else np.float32
    x = random.uniform(-20, 20, n).astype(dtype)
    y = np.where(random.random(n) < 0.1, 0, x[::-1]).astype(dtype)
    one = dtype(1)
    in_numpy = {"exp": lambda: np.exp(x), "log": lambda: np.log(x), "log1p": lambda: np.log1p(x),
                "sigmoid": lambda: one / (one + np.exp(-x)), "softplus": lambda: softplus_of(x),
                "log_sigmoid": lambda: -softplus_of(-x),
                "safe_log": lambda: np.where(x > 0, np.log(np.where(x > 0, x, one)), -one),
                "safe_div": lambda: np.where(y != 0, x / np.where(y != 0, y, one), 0 * one)}
    np.seterr(all="ignore")
    if kind != "bf16":
        yield "numpy", in_numpy[what]
    if torch is not None:
        a, b = torch.from_numpy(x), torch.from_numpy(y)
        a = a.bfloat16() if kind == "bf16" else a
        ones = torch.ones(1, dtype=a.dtype)
        in_torch = {"softplus": lambda: torch.nn.functional.softplus(a),
                    "log_sigmoid": lambda: torch.nn.functional.logsigmoid(a),
                    "safe_log": lambda: torch.where(
                        a > 0, torch.log(torch.where(a > 0, a, ones)), -ones),
                    "safe_div": lambda: torch.where(
                        b != 0, a / torch.where(b != 0, b, ones), 0 * ones)}
        yield "torch", in_torch.get(what, lambda: getattr(torch, what)(a))


def backward_of(loss, x):
    """Forward and backward, as a training step has them."""
    def step():
        x.grad = None
        loss().backward()
        return x.grad
    x.requires_grad_()
    return step


def loss_peers(name, n, gradient=False):
    """torch alone: its function, and the formula as it is written by hand; with their gradients
    forward and backward. It computes bf16 in bf16."""
    if torch is None:
        return
    torch.manual_seed(1)
    if name.startswith("bce"):
        x, w = torch.rand(n), torch.randint(1, 5, (n,)).float()
        t, mask = torch.randint(0, 2, (n,)).float(), torch.rand(n) < 0.75
        if "logits" in name:
            x = x * 8 - 4
            one = torch.nn.functional.binary_cross_entropy_with_logits
        else:
            one = torch.nn.functional.binary_cross_entropy
        yield "torch", lambda: (one(x, t, w, reduction="none") * mask).sum() / mask.sum()

        def by_hand():
            p = torch.sigmoid(x) if "logits" in name else x
            loss = -(t * torch.log(p + 1e-6) + (1 - t) * torch.log(1 - p + 1e-6))
            return (w * loss * mask).sum() / mask.sum()
        yield "eager", by_hand
        return
    layout, classes, kind = name.split("_")[:3]
    classes = int(classes)
    image = min(n, 1 << 18)
    shape = (n // image, classes, image) if layout == "nchw" else (n, classes)
    x = torch.randn(shape)
    t = torch.randint(0, classes, shape[:1] + shape[2:])
    t[torch.rand(t.shape) < 1 / 16] = 255
    w = torch.full((classes,), 5.0)
    if kind == "bf16":
        x, w = x.bfloat16(), w.bfloat16()
    def one():
        return torch.nn.functional.cross_entropy(x, t, w, ignore_index=255)
    yield "torch", backward_of(one, x) if gradient else one
    if name == "nchw_21_f32" and not gradient:
        def eager():
            """As it is written by hand: softmax, a gather, weights by where."""
            valid = t != 255
            label = torch.where(valid, t, 0)
            loss = -torch.log_softmax(x, 1).gather(1, label[:, None])[:, 0]
            weight = torch.where(valid, w[label], torch.zeros(()))
            return (loss * weight).sum() / (weight.sum() + 1e-6)
        yield "eager", eager


def peers(case, n):
    """(name, body) of each peer of a case."""
    if case.startswith(("cross_entropy", "binary_loss")):
        yield from loss_peers(case.split("/")[1], n, "gradient" in case)
        return
    if case.startswith("elementwise"):
        yield from elementwise_peers(case.split("/")[1], n)
        return
    if case.startswith("reduce"):
        yield from reduce_peers(case.split("/")[1], n)
        return
    if case.startswith("where"):
        yield from where_peers(case, n)
        return
    if case.startswith("count_nonzero"):
        yield from count_peers(n)
        return
    if case.startswith("argmax") or "logits" in case:
        yield from score_peers(case, n)
        return
    if case.startswith("colorize"):
        yield from color_peers(case, n)
        return
    if case.startswith(("nonzero", "masked_select")):
        yield from nonzero_peers(case, n)
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
         ("where", "where/x_transposed_f32", 1 << 26), ("where", "where/mask_f32_i32", 1 << 26),
         ("count", "count_nonzero/x_above_0_f32", 1 << 26),
         ("metrics", "accuracy/i64", 1 << 26), ("metrics", "confusion/i64_21_random", 1 << 26),
         ("argmax", "argmax/nchw_21_f32", 1 << 22),
         ("argmax", "confusion/logits_nchw_21_f32", 1 << 22),
         ("color", "colorize/u8_hwc_blocky", 1 << 26), ("color", "colorize/u8_chw_blocky", 1 << 26),
         *(("nonzero", f"nonzero/{case}", 1 << 26)
           for case in ("mask_1d_half", "mask_2d_half", "mask_1d_1pct", "mask_1d_0.1pct",
                        "mask_1d_10pct", "x_above_0_f32_half", "x_above_0_f32_1pct",
                        "mask_1d_half_alloc", "mask_2d_half_alloc", "mask_1d_1pct_alloc")),
         *(("nonzero", f"masked_select/{case}", 1 << 26)
           for case in ("f32_half", "f32_1pct", "f32_half_alloc", "f32_1pct_alloc")),
         *(("reduce", f"reduce/{case}", 1 << 26)
           for case in ("sum_f32_s0", "sum_f32_s20", "sum_f32_s50", "sum_f32_s254", "sum_f32_mask",
                        "mean_f32_mask", "sum_f32_where_x", "mean_f32", "max_f32", "argmax_f32",
                        "sum_f32_rows_64", "sum_f32_columns_64", "sum_f32_rows_1024",
                        "sum_f32_columns_1024", "sum_f32_rows_8192", "sum_f32_columns_8192")),
         *(("reduce", f"reduce/{case}", 1 << 25)
           for case in ("sum_f64_s5", "sum_f64_s400", "sum_i64")),
         ("reduce", "reduce/sum_bf16", 1 << 27),
         *(("elementwise", f"elementwise/{case}", 1 << 26)
           for case in ("exp_f32", "log_f32", "log1p_f32", "sigmoid_f32", "softplus_f32",
                        "log_sigmoid_f32", "safe_log_f32", "safe_div_f32", "exp_bf16")),
         *(("losses", f"cross_entropy/{layout}_{classes}_{kind}", pixels)
           for classes, pixels in ((2, 1 << 24), (21, 1 << 21), (150, 1 << 18), (1000, 1 << 15),
                                   (32000, 1 << 10))
           for layout in ("nchw", "rows") for kind in ("f32", "bf16")),
         *(("gradients", f"cross_entropy_gradient/{layout}_{classes}_f32", pixels)
           for layout, classes, pixels in (("nchw", 21, 1 << 21), ("rows", 21, 1 << 21),
                                           ("rows", 1000, 1 << 15), ("rows", 32000, 1 << 10))),
         *(("losses", f"binary_loss/{case}", 1 << 25) for case in ("bce_f32", "bce_logits_f32")),
         *(("elementwise", f"elementwise/{case}", 1 << 25)
           for case in ("exp_f64", "log_f64", "log1p_f64", "sigmoid_f64", "softplus_f64"))]

# What a call costs, on one thread.
CALLS = [(noun, case, n) for noun, case in (("where", "where/mask_x_y_f32_call"),
                                            ("nonzero", "nonzero/mask_1d_half_call"),
                                            ("reduce", "reduce/sum_f32_call"))
         for n in (1, 10, 100, 1000)]


def compare(folder, noun, case, n, threads):
    torch_threads(threads)
    for name, body in peers(case, n):
        before = ours(folder, noun, case, n, threads)
        theirs = timed(body, n)
        mine = (before + ours(folder, noun, case, n, threads)) / 2
        version = np.__version__ if name == "numpy" else torch.__version__
        print(f"{case:<29}  {n:>8}  {name + ' ' + version:<14}  {theirs:9.3f}  {mine:9.3f}  "
              f"{theirs / mine:5.1f}", flush=True)


def torch_threads(threads):
    if torch is not None:
        torch.set_num_threads(threads)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    if np is None:
        print("skipped: this python3 has no numpy")
        return 0
    if torch is None:
        print("torch: skipped: this python3 has none")
    print(f"{'case':<29}  {'elements':>8}  {'peer':<14}  {'ns/elem':>9}  {'bitwhere':>9}  times")
    for noun, case, n in CASES:
        compare(arguments[0], noun, case, n, CORES)
    for noun, case, n in CALLS:
        compare(arguments[0], noun, case, n, 1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
