# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The flags of the ISA units fuse nothing, and nothing in their objects is fused or approximate.

Whether a*b+c rounds once or twice is decided by the compiler unless it is told; a probe compiled
with each unit's own flags shows that it was told, and the same probe with contraction allowed
shows that the probe could have told otherwise.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

from commands import find_or_skip, output_of, run
from compile_database import Unit, units_of
from findings import Finding, conclude, relative
from instructions import fused_in, inexact_findings
from objects import names_in

PROBE = """
void probe(float* x, const float* a, const float* b, int n) {
  for (int i = 0; i < n; ++i) x[i] = a[i] * b[i] + x[i];
}
void probe(double* x, const double* a, const double* b, int n) {
  for (int i = 0; i < n; ++i) x[i] = a[i] * b[i] - x[i];
}
"""

UNIT = re.compile(r"isa_(?!scalar)\w+\.cpp")


def probe_findings(unit: Unit, place: str, objdump: str, folder: Path) -> list[Finding]:
    """Whether the flags of a unit fuse, and whether the probe could show it."""
    probe = folder / "probe.cpp"
    probe.write_text(PROBE)
    compiled = folder / "probe.o"
    command = [unit.compiler, *unit.flags]
    output_of([*command, "-c", probe, "-o", compiled])
    found = [Finding(place, 0, "contraction", f"its flags give {mnemonic} in the probe")
             for _, mnemonic in fused_in(objdump, compiled)]
    output_of([*command, "-ffp-contract=fast", "-c", probe, "-o", compiled])
    if not fused_in(objdump, compiled):
        found.append(Finding(place, 0, "probe", "shows nothing even where contraction is allowed"))
    return found


def fast_math_findings(unit: Unit, guard: Path, place: str, folder: Path) -> list[Finding]:
    """Whether the guarded header refuses -ffast-math, and nothing less."""
    source = folder / "guard.cpp"
    source.write_text(f'#include "{guard}"\n')
    command = [unit.compiler, *unit.flags, "-fsyntax-only", source]
    found: list[Finding] = []
    if run(command).returncode != 0:
        found.append(Finding(place, 0, "fast-math", "does not compile with the product's flags"))
    if "#error" not in run([*command, "-ffast-math"]).stderr:
        found.append(Finding(place, 0, "fast-math", "compiles with -ffast-math"))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--guard", type=Path, required=True, help="header that refuses fast math")
    parser.add_argument("--allowed", type=Path, required=True,
                        help="list of functions that may hold fused instructions")
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("objects", type=Path, nargs="+")
    arguments = parser.parse_args()
    objdump = find_or_skip(arguments.objdump)
    root = arguments.root.resolve()
    guard = arguments.guard.resolve()
    units = [unit for unit in units_of(arguments.build) if UNIT.fullmatch(unit.source.name)]
    found: list[Finding] = []
    if not units:
        found.append(Finding(str(arguments.build), 0, "contraction", "compiles no ISA unit"))
    with tempfile.TemporaryDirectory() as name:
        for unit in units:
            place = relative(unit.source, root)
            found += probe_findings(unit, place, objdump, Path(name))
            found += fast_math_findings(unit, guard, relative(guard, root), Path(name))
    allowed = names_in(arguments.allowed)
    for binary in arguments.objects:
        found += inexact_findings(binary.name, objdump, binary, allowed)
    return conclude("arithmetic", found, f"{len(units)} units, {len(arguments.objects)} objects")


if __name__ == "__main__":
    sys.exit(main())
