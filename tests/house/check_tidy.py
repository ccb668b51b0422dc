# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""clang-tidy, with the checks of .clang-tidy, over the units that a build compiles under src/."""

import argparse
import re
import sys
from pathlib import Path

from commands import find_or_skip, run_all
from compile_database import units_of
from findings import Finding, conclude, relative

MESSAGE = re.compile(
    r"(?P<file>/.+?):(?P<line>\d+):\d+: (?:error|warning): (?P<text>.*) \[(?P<rule>[^\]]+)\]")
UNITS_A_CALL = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--under", default="src", help="folder of the units, in the root")
    parser.add_argument("--clang-tidy", default="clang-tidy")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    tool = find_or_skip(arguments.clang_tidy)
    units = sorted({unit.source for unit in units_of(arguments.build)
                    if unit.source.is_relative_to(root / arguments.under)
                    and unit.source.suffix == ".cpp"})
    # The flags of the build are GCC's.
    command = [tool, "--quiet", f"--config-file={root / '.clang-tidy'}", "-p", arguments.build,
               "--extra-arg=-Wno-unknown-warning-option"]
    calls = [[*command, *units[i:i + UNITS_A_CALL]] for i in range(0, len(units), UNITS_A_CALL)]
    found: list[Finding] = []
    for result in run_all(calls, jobs=2):
        messages = [m for line in result.stdout.splitlines() if (m := MESSAGE.fullmatch(line))]
        found += [Finding(relative(m["file"], root), int(m["line"]),
                          m["rule"].removesuffix(",-warnings-as-errors"), m["text"])
                  for m in messages]
        if result.returncode != 0 and not messages:
            found.append(Finding(tool, 0, "tidy", result.stdout + result.stderr))
    if not units:
        found.append(Finding(str(arguments.build), 0, "tidy", "compiles nothing under src"))
    return conclude("tidy", found, f"{len(units)} units")


if __name__ == "__main__":
    sys.exit(main())
