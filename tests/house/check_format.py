# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Sources are formatted as .clang-format says, so that no change carries reformatting."""

import argparse
import re
import sys
from pathlib import Path

from commands import find_or_skip, run_all
from findings import Finding, conclude, relative
from sources import CPP_SUFFIXES, repository_files

MESSAGE = re.compile(r"(?P<file>.+?):(?P<line>\d+):\d+: (?:error|warning): (?P<text>.*)")
FILES_A_CALL = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--clang-format", default="clang-format")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    tool = find_or_skip(arguments.clang_format)
    files = [root / f for f in repository_files(root) if f.suffix in CPP_SUFFIXES]
    calls = [[tool, "--style=file", "--dry-run", "-Werror", *files[i:i + FILES_A_CALL]]
             for i in range(0, len(files), FILES_A_CALL)]
    found: list[Finding] = []
    for result in run_all(calls, jobs=2):
        messages = [m for line in result.stderr.splitlines() if (m := MESSAGE.fullmatch(line))]
        found += [Finding(relative(m["file"], root), int(m["line"]), "format",
                          "clang-format would change this line") for m in messages]
        if result.returncode != 0 and not messages:
            found.append(Finding(tool, 0, "format", result.stderr.strip()))
    if not files:
        found.append(Finding(str(root), 0, "format", "no sources here"))
    return conclude("format", found, f"{len(files)} files")


if __name__ == "__main__":
    sys.exit(main())
