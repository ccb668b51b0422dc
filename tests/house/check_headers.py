# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Every public header compiles alone and twice, and the C header as the C it promises."""

import argparse
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from commands import run, run_all
from findings import Finding, conclude, relative, skip

CXX_STANDARDS = ("c++20",)
C_STANDARDS = ("c99", "c11")
WARNINGS = ("-Wall", "-Wextra", "-pedantic", "-Werror")
ERROR = re.compile(r"(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?:fatal )?error: (?P<text>.*)")

# Headers of the interface that need a header of another project.
NEEDS = {"dlpack.hpp": "dlpack/dlpack.h"}


@dataclass(frozen=True)
class Probe:
    """A header, as one compiler is to read it."""

    header: Path
    compiler: str
    standard: str

    def source(self) -> Path:
        return Path(self.header.name + (".c" if self.standard in C_STANDARDS else ".cpp"))


def probes_of(headers: list[Path], cxx: list[str], cc: list[str]) -> list[Probe]:
    probes = [Probe(h, c, s) for h in headers for c in cxx for s in CXX_STANDARDS]
    return probes + [Probe(h, c, s) for h in headers if h.suffix == ".h"
                     for c in cc for s in C_STANDARDS]


def has_header(compiler: str, header: str, folder: Path) -> bool:
    source = folder / "has_header.cpp"
    source.write_text(f"#include <{header}>\n")
    return run([compiler, "-E", source]).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--include", type=Path, required=True, help="the include folder")
    parser.add_argument("--cxx", action="append", default=[], help="C++ compiler, may be absent")
    parser.add_argument("--cc", action="append", default=[], help="C compiler, may be absent")
    arguments = parser.parse_args()
    include = arguments.include.resolve()
    cxx = [path for name in arguments.cxx if (path := shutil.which(name))]
    cc = [path for name in arguments.cc if (path := shutil.which(name))]
    if not cxx:
        skip("no C++ compiler was found")
    headers = sorted(h for h in include.rglob("*") if h.suffix in (".h", ".hpp"))
    found: list[Finding] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for header in [h for h in headers if h.name in NEEDS]:
            if not has_header(cxx[0], NEEDS[header.name], folder):
                print(f"not checked: {header.name} needs <{NEEDS[header.name]}>, absent here")
                headers.remove(header)
        probes = probes_of(headers, cxx, cc)
        for probe in probes:
            line = f"#include <{probe.header.relative_to(include)}>\n"
            (folder / probe.source()).write_text(line + line + "int is_not_empty;\n")
        calls = [[p.compiler, f"-std={p.standard}", *WARNINGS, "-fsyntax-only", "-I", include,
                  folder / p.source()] for p in probes]
        for probe, result in zip(probes, run_all(calls, jobs=2)):
            if result.returncode == 0:
                continue
            as_what = f"as {probe.standard} by {Path(probe.compiler).name}"
            error = ERROR.search(result.stderr)
            text = f"{error['text']} ({relative(error['file'], include.parent)})" if error else (
                result.stderr.strip())
            found.append(Finding(relative(probe.header, include.parent),
                                 int(error["line"]) if error else 0, "header-alone",
                                 f"does not compile alone {as_what}: {text}"))
    if not headers:
        found.append(Finding(str(include), 0, "header-alone", "no headers here"))
    return conclude("headers", found, f"{len(headers)} headers, {len(probes)} ways")


if __name__ == "__main__":
    sys.exit(main())
