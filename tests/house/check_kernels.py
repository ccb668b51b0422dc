# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Registers, spills and stack of every kernel on every architecture stay below what is committed.

A spill or a local array moved to memory costs more than most changes win, and shows in no test.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from commands import find_or_skip
from cuda_units import add_arguments, compile_for, short_names
from findings import Finding, conclude, relative

MOST_REGISTERS = 128
REGISTERS_STEP = 8  # what the hardware allots at a time

ENTRY = re.compile(r"Compiling entry function '(\S+)' for '(\S+)'")
PROPERTIES = re.compile(r"Function properties for (\S+)")
FRAME = re.compile(
    r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
REGISTERS = re.compile(r"Used (\d+) registers")
CONDITION = re.compile(r"__CUDA_ARCH__\s*([<>=!]+)\s*(\d+)0\b")


@dataclass
class Usage:
    """What ptxas reports of a function on one architecture."""

    mangled: str
    architecture: str
    entry: bool
    stack_bytes: int = 0
    spill_bytes: int = 0
    registers: int = 0


def usages_in(log: str) -> Iterator[Usage]:
    """The functions of one ptxas log, kernels and device functions that were not inlined."""
    entries = {name for name, _ in ENTRY.findall(log)}
    architecture = ""
    current: Usage | None = None
    for line in log.splitlines():
        if entered := ENTRY.search(line):
            architecture = entered[2]
        elif properties := PROPERTIES.search(line):
            if current is not None:
                yield current
            current = Usage(properties[1], architecture, properties[1] in entries)
        elif current is not None and (frame := FRAME.search(line)):
            current.stack_bytes = int(frame[1])
            current.spill_bytes = max(int(frame[2]), int(frame[3]))
        elif current is not None and (registers := REGISTERS.search(line)):
            current.registers = int(registers[1])
    if current is not None:
        yield current


def rounded_up(registers: int) -> int:
    return -(-registers // REGISTERS_STEP) * REGISTERS_STEP


def targets_of(architectures: list[int], kernels: Path) -> dict[str, list[str]]:
    """Architectures between which no kernel asks for another: the front end runs once for each."""
    steps: set[int] = set()
    for path in kernels.rglob("*"):
        if path.is_file():
            for comparison, named in CONDITION.findall(path.read_text("ascii")):
                # Others than these two tell the next architecture apart from the named one, too.
                steps.update({int(named), int(named) + (comparison not in (">=", "<"))})
    groups: dict[int, list[int]] = {}
    for architecture in sorted(architectures):
        reached = max((step for step in steps if step <= architecture), default=0)
        groups.setdefault(reached, []).append(architecture)
    return {" ".join(f"sm_{a}" for a in group):
            ["-gencode", f"arch=compute_{group[0]},code=[{','.join(f'sm_{a}' for a in group)}]"]
            for group in groups.values()}


def judge(usage: Usage, name: str, place: str,
          ceilings: dict[str, dict[str, int]]) -> Iterator[Finding]:
    """Findings of one function on one architecture."""
    patterns = [pattern for pattern in ceilings if fnmatchcase(name, pattern)]
    if usage.entry and not patterns:
        yield Finding(place, 0, "no-ceiling",
                      f"{name} has no ceiling; it needs {rounded_up(usage.registers)} registers")
    if len(patterns) > 1:
        yield Finding(place, 0, "two-ceilings", f"{name} is matched by {' and '.join(patterns)}")
    ceiling = ceilings[patterns[0]] if patterns else {}
    for quantity in ("registers", "spill_bytes", "stack_bytes"):
        used = getattr(usage, quantity)
        most = ceiling.get(quantity, 0)
        if quantity == "registers" and not patterns:
            continue
        if used > most:
            yield Finding(place, 0, quantity.replace("_", "-"),
                          f"{name} on {usage.architecture}: {used}, at most {most} allowed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("--architectures", required=True, help="75,80,...")
    parser.add_argument("--ceilings", type=Path, required=True)
    arguments = parser.parse_args()
    nvcc = find_or_skip(arguments.nvcc)
    root = arguments.root.resolve()
    ceilings: dict[str, dict[str, int]] = json.loads(arguments.ceilings.read_text("ascii"))
    found = [Finding(arguments.ceilings.name, 0, "ceiling-too-high",
                     f"{pattern}: {values.get('registers')} registers, at most {MOST_REGISTERS}")
             for pattern, values in ceilings.items()
             if not 0 < values.get("registers", 0) <= MOST_REGISTERS]
    begin = time.monotonic()
    most: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        targets = targets_of([int(a) for a in arguments.architectures.split(",")],
                             root / "kernels")
        results = compile_for(nvcc, arguments.flags + " -Xptxas=-v", "-fatbin", targets,
                              arguments.sources, Path(folder))
    for (source, target), result in results.items():
        place = relative(source, root)
        if result.returncode != 0:
            found.append(Finding(place, 0, "compile", f"{target}: {result.stderr.strip()}"))
            continue
        usages = list(usages_in(result.stderr))
        names = short_names(usage.mangled for usage in usages)
        for usage in usages:
            name = names[usage.mangled]
            found += judge(usage, name, place, ceilings)
            if usage.entry:
                most[name] = max(most.get(name, 0), usage.registers)
    for pattern in ceilings:
        if not any(fnmatchcase(name, pattern) for name in most):
            found.append(Finding(arguments.ceilings.name, 0, "no-kernel",
                                 f"{pattern} matches no kernel"))
    for name in sorted(most):
        print(f"{name}: {most[name]} registers at most, ceiling {rounded_up(most[name])} fits")
    seconds = time.monotonic() - begin
    return conclude("kernels", found, f"{len(most)} kernels, {len(results)} units, {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
