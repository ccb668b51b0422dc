# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The kernels' PTX has one meaning: rounded as IEEE 754 says, nothing fused, flushed or raced.

PTX without a rounding mode may be fused by what compiles it, and atomics on floats add in another
order each time. The flags are proved on a probe first.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from commands import find_or_skip
from cuda_units import add_arguments, compile_units, output_path, short_names
from findings import Finding, conclude, relative

ARCHITECTURES = ("compute_75", "compute_100")

PROBE = """
__global__ void probe(float* f, double* d) {
  f[0] = f[1] * f[2] + f[3];
  f[4] = f[5] / f[6];
  f[7] = sqrtf(f[8]);
  d[0] = d[1] * d[2] + d[3];
}
"""

FLOATS = frozenset({"f16", "f16x2", "bf16", "bf16x2", "f32", "f32x2", "f64"})
ROUNDED = frozenset({"add", "sub", "mul", "mad", "fma", "div", "rcp", "sqrt"})
ROUNDINGS = frozenset({"rn", "rz", "rm", "rp", "rna", "rs"})
MODES = ("ftz", "approx", "full")
FUSED = frozenset({"mad", "fma"})
EXTREMES = frozenset({"max", "min"})

# What CUDA's headers offer without a library behind it: intrinsics (__fmaf_rn), and these. What is
# approximate among the intrinsics shows as such.
EXACT_FUNCTIONS = re.compile(r"_|(?:fmaf?|l{0,2}abs|memcpy|memset)$")

FILE = re.compile(r'\s*\.file\s+(\d+)\s+"([^"]+)"')
PLACE = re.compile(r"\s*\.loc\s+(\d+)\s+(\d+)\s")
FUNCTION = re.compile(r"\s*(?:\.\w+\s+)*\.(?:entry|func)\b(?:\s*\([^)]*\))?\s*([\w$]+)")
CALLED = re.compile(r"\s*([A-Za-z]\w*),\s*$")
INSTRUCTION = re.compile(r"\s*(?:@!?%\w+\s+)?(?P<name>[a-z]\w*(?:\.[\w:]+)*)\s")
LIBRARY = re.compile(r"\b(?:__nv_\w+|__internal_\w+|__cudart_\w+|vprintf|__assertfail|malloc)\b")


def faults(instruction: str, line: str) -> Iterator[tuple[str, str]]:
    """Rule and reason for each thing that is wrong with an instruction."""
    operation, *parts = instruction.replace("::", ".").split(".")
    of_floats = bool(parts) and parts[-1] in FLOATS
    for mode in MODES:
        if mode in parts:
            yield f"ptx-{mode}", f"{instruction} is not what IEEE 754 says"
    if operation in ROUNDED and of_floats and not ROUNDINGS.intersection(parts):
        yield "ptx-unrounded", f"{instruction} names no rounding, so that it may be fused"
    if operation in ("atom", "red") and FLOATS.intersection(parts):
        yield "ptx-float-atomic", f"{instruction} adds in any order"
    if operation in EXTREMES and of_floats:
        yield "ptx-min-max", f"{instruction} has its own idea of NaN and of zeros"
    if library := LIBRARY.search(line):
        yield "ptx-library", f"{library[0]} has other bits on a CPU"


def calls_in(ptx: str, root: Path, source: Path) -> Iterator[Finding]:
    """Calls of functions of C in PTX without inlining, at the source lines that make them."""
    lines = ptx.splitlines()
    files = {m[1]: m[2] for line in lines if (m := FILE.match(line))}
    functions = {name for name in FUNCTION.findall(ptx) if not EXACT_FUNCTIONS.match(name)}
    place, number = relative(source, root), 0
    for line in lines:
        if at := PLACE.match(line):
            number = int(at[2])
            place = relative(files.get(at[1], source), root)
        elif (call := CALLED.match(line)) and call[1] in functions:
            yield Finding(place, number, "ptx-library", f"{call[1]} has other bits on a CPU")


def findings_in(ptx: str, root: Path, source: Path, architecture: str) -> Iterator[Finding]:
    """Findings of one PTX text, at the source lines that its line table names."""
    lines = ptx.splitlines()
    files = {m[1]: m[2] for line in lines if (m := FILE.match(line))}
    names = short_names(FUNCTION.findall(ptx))
    place, number, function = relative(source, root), 0, ""
    for line in lines:
        if at := PLACE.match(line):
            number = int(at[2])
            place = relative(files.get(at[1], source), root)
        elif entered := FUNCTION.match(line):
            function = names[entered[1]]
        elif at := INSTRUCTION.match(line):
            for rule, reason in faults(at["name"], line):
                yield Finding(place, number, rule, f"{architecture}, {function}: {reason}")


def probe_faults(ptx: str) -> Iterator[str]:
    """What the flags do to the probe that they must not."""
    names = [m["name"] for line in ptx.splitlines() if (m := INSTRUCTION.match(line))]
    yield from (f"{name} in the probe" for name in names if name.split(".")[0] in FUSED)
    yield from (reason for name in names for _, reason in faults(name, name))
    for expected in ("mul.rn.f32", "add.rn.f32", "div.rn.f32", "sqrt.rn.f32", "mul.rn.f64"):
        if expected not in names:
            yield f"no {expected} in the probe"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    arguments = parser.parse_args()
    nvcc = find_or_skip(arguments.nvcc)
    root = arguments.root.resolve()
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        probe = folder / "probe.cu"
        probe.write_text(PROBE)
        results = compile_units(nvcc, arguments.flags + " -lineinfo", "-ptx", ARCHITECTURES,
                                [probe, *arguments.sources], folder)
        for (source, architecture), result in results.items():
            place = source.name if source == probe else relative(source, root)
            if result.returncode != 0:
                found.append(Finding(place, 0, "compile", f"{architecture}: {result.stderr}"))
                continue
            ptx = output_path(folder, source, architecture).read_text()
            if source == probe:
                found += [Finding("flags", 0, "ptx-flags", f"{architecture}: {fault}")
                          for fault in probe_faults(ptx)]
            else:
                found += findings_in(ptx, root, source, architecture)
        whole = folder / "not_inlined"
        whole.mkdir()
        plain = compile_units(nvcc, arguments.flags + " -G", "-ptx", ARCHITECTURES[:1],
                              arguments.sources, whole)
        for (source, architecture), result in plain.items():
            if result.returncode == 0:
                ptx = output_path(whole, source, architecture).read_text()
                found += calls_in(ptx, root, source)
            else:
                found.append(Finding(relative(source, root), 0, "compile", result.stderr))
    return conclude("ptx", found, f"{len(results)} units")


if __name__ == "__main__":
    sys.exit(main())
