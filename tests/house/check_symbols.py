# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The shared library exports the committed list of functions, for what it exports is its ABI, and
calls no function of libm, whose last bits are another matter on every system."""

import argparse
import sys
from pathlib import Path

from commands import find_or_skip, output_of
from findings import Finding, conclude
from objects import names_in, symbols_of

# Of libm, what has one right answer in every bit.
EXACT = frozenset({"fma", "fmaf"})


def libm_findings(nm: str, library: Path, compiler: str) -> list[Finding]:
    """Functions that the library takes from libm."""
    libm = Path(output_of([compiler, "-print-file-name=libm.so.6"]).strip())
    offered = {s.name for s in symbols_of(nm, libm, "-D", "--defined-only")}
    used = {s.name for s in symbols_of(nm, library, "-D", "--undefined-only")}
    return [Finding(library.name, 0, "libm", f"calls {name}")
            for name in offered.intersection(used).difference(EXACT)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--expected", type=Path, required=True)
    parser.add_argument("--compiler", default="g++", help="knows where libm is")
    parser.add_argument("--nm", default="nm")
    arguments = parser.parse_args()
    nm = find_or_skip(arguments.nm)
    expected = names_in(arguments.expected)
    exported = {s.name for s in symbols_of(nm, arguments.library, "-D", "--defined-only")}
    found = [Finding(arguments.library.name, 0, "extra-symbol", f"exports {name}, not in the list")
             for name in exported.difference(expected)]
    for number, line in enumerate(arguments.expected.read_text("ascii").splitlines(), 1):
        name = line.split("#")[0].strip()
        if name and name not in exported:
            found.append(Finding(arguments.expected.name, number, "missing-symbol",
                                 f"{name} is not exported"))
        if name and not name.startswith("bw_"):
            found.append(Finding(arguments.expected.name, number, "symbol-name",
                                 f"{name} does not begin with bw_"))
    found += libm_findings(nm, arguments.library, find_or_skip(arguments.compiler))
    return conclude("symbols", found, f"{len(exported)} symbols")


if __name__ == "__main__":
    sys.exit(main())
