# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""What every check reports, and how it ends: 0 clean, 1 with findings, 77 skipped."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

SKIPPED = 77


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that does not hold at a place; line 0 names a whole file."""

    where: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        return f"{place}: [{self.rule}] {self.text}"


def relative(path: str | Path, root: Path) -> str:
    """The path as it is named inside the repository, or as it is outside."""
    absolute = Path(path).resolve()
    return str(absolute.relative_to(root)) if absolute.is_relative_to(root) else str(absolute)


def conclude(check: str, findings: Iterable[Finding], checked: str) -> int:
    """Prints the findings and returns the exit status; `checked` says what was looked at."""
    found = sorted(set(findings))
    for finding in found:
        print(finding)
    print(f"{check}: {checked}: {len(found)} finding(s)")
    return 1 if found else 0


def skip(reason: str) -> NoReturn:
    """Ends the check as skipped, which CTest shows."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)
