# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The NEON unit and the host sources compile for aarch64, without a machine of that kind, and the
unit holds nothing that the checks of the other units refuse.

Highway and oneTBB are headers that fit every CPU; they are seen through a folder of their own, so
that no other header of this machine is.
"""

import argparse
import shlex
import sys
from pathlib import Path

from commands import find_or_skip, run_all
from findings import Finding, conclude, relative
from instructions import inexact_findings
from objects import isa_findings, names_in, symbols_of

WARNINGS = ("-std=c++20", "-Wall", "-Wextra", "-Wconversion", "-Werror")
HEADERS = ("hwy", "oneapi", "tbb")
HOST_FOLDERS = ("src/api", "src/plan", "src/device")


def link_headers(folder: Path, places: list[Path]) -> None:
    """Makes `folder` hold links to the header folders and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in HEADERS:
        link = folder / name
        link.unlink(missing_ok=True)
        for place in places:
            if (place / name).is_dir():
                link.symlink_to((place / name).resolve())
                break


def host_sources(root: Path) -> list[Path]:
    """The units of a build without CUDA."""
    sources = [path for folder in HOST_FOLDERS for path in (root / folder).rglob("*.cpp")]
    return sorted(p for p in sources if p.parent.name != "cuda" or p.name == "no_cuda.cpp")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--compiler", default="aarch64-linux-gnu-g++")
    parser.add_argument("--flags", required=True, help="the flags of the NEON unit, one word")
    parser.add_argument("--headers", type=Path, action="append", required=True,
                        help="a folder that holds hwy or oneapi")
    parser.add_argument("--allowed", type=Path, required=True, help="list of undefined symbols")
    parser.add_argument("--fused", type=Path, required=True,
                        help="list of functions that may hold fused instructions")
    parser.add_argument("--work", type=Path, required=True, help="folder of the objects")
    arguments = parser.parse_args()
    compiler = find_or_skip(arguments.compiler)
    nm = find_or_skip(arguments.compiler.removesuffix("g++") + "nm")
    objdump = find_or_skip(arguments.compiler.removesuffix("g++") + "objdump")
    root = arguments.root.resolve()
    headers = arguments.work / "headers"
    link_headers(headers, arguments.headers)

    unit = root / "kernels/isa/isa_neon.cpp"
    neon = arguments.work / "isa_neon.o"
    calls = [[compiler, *WARNINGS, *shlex.split(arguments.flags), "-isystem", headers, "-c", unit,
              "-o", neon]]
    hosts = host_sources(root)
    calls += [[compiler, *WARNINGS, "-O1", "-ffp-contract=off", "-isystem", headers, "-I",
               root / "include", "-c", source, "-o", arguments.work / f"{number}.o"]
              for number, source in enumerate(hosts)]
    found: list[Finding] = []
    for source, result in zip([unit, *hosts], run_all(calls, jobs=2)):
        if result.returncode != 0:
            found.append(Finding(relative(source, root), 0, "aarch64",
                                 f"does not compile:\n{result.stderr.strip()}"))
        elif source == unit:
            found += isa_findings(relative(unit, root), symbols_of(nm, neon),
                                  names_in(arguments.allowed))
            found += inexact_findings(relative(unit, root), objdump, neon,
                                      names_in(arguments.fused))
    return conclude("neon", found, f"the NEON unit and {len(hosts)} host units")


if __name__ == "__main__":
    sys.exit(main())
