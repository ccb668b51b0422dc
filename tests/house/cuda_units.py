# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Compiling kernels on their own with the flags of the product, and naming what is in them."""

import argparse
import shlex
from collections.abc import Iterable
from pathlib import Path

from commands import Result, output_of, run_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of a check that compiles kernels."""
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--nvcc", default="nvcc")
    parser.add_argument("--flags", required=True, help="the flags of the product, one word")
    parser.add_argument("sources", type=Path, nargs="+")


def compile_units(nvcc: str, flags: str, action: str, architectures: Iterable[str],
                  sources: Iterable[Path], folder: Path) -> dict[tuple[Path, str], Result]:
    """Compiles each source for each architecture into folder/<stem>.<architecture>."""
    return compile_for(nvcc, flags, action, {a: [f"-arch={a}"] for a in architectures}, sources,
                       folder)


def compile_for(nvcc: str, flags: str, action: str, targets: dict[str, list[str]],
                sources: Iterable[Path], folder: Path) -> dict[tuple[Path, str], Result]:
    """The same for named targets and the arguments that ask for them."""
    pairs = [(source, target) for source in sources for target in targets]
    calls = [[nvcc, "-std=c++20", *shlex.split(flags), action, *targets[target], source, "-o",
              output_path(folder, source, target)] for source, target in pairs]
    return dict(zip(pairs, run_all(calls, jobs=2)))


def output_path(folder: Path, source: Path, architecture: str) -> Path:
    return folder / f"{source.stem}.{architecture}"


def short_name(demangled: str) -> str:
    """A kernel as the sources name it: no namespaces of the product, no parameters."""
    for scope in ("bitwhere::kernels::", "(anonymous namespace)::"):
        demangled = demangled.replace(scope, "")
    depth = 0
    for at, letter in enumerate(demangled):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "(" and depth == 0:
            demangled = demangled[:at]
            break
    return demangled.removeprefix("void ").strip()


def short_names(mangled: Iterable[str]) -> dict[str, str]:
    """Short names of mangled ones."""
    names = sorted(set(mangled))
    if not names:
        return {}
    lines = output_of(["c++filt", *names]).splitlines()
    return {name: short_name(line) for name, line in zip(names, lines)}
