# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Objects of one instruction set define nothing weak and need nothing but the C runtime."""

import argparse
import sys
from pathlib import Path

from commands import find_or_skip
from findings import Finding, conclude
from objects import isa_findings, names_in, symbols_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allowed", type=Path, required=True, help="list of undefined symbols")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("objects", type=Path, nargs="+")
    arguments = parser.parse_args()
    nm = find_or_skip(arguments.nm)
    allowed = names_in(arguments.allowed)
    found: list[Finding] = []
    for unit in arguments.objects:
        found += isa_findings(unit.name, symbols_of(nm, unit), allowed)
    return conclude("isa_objects", found, f"{len(arguments.objects)} objects")


if __name__ == "__main__":
    sys.exit(main())
