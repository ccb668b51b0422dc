# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""Symbols of object files and shared libraries, and which an ISA unit may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from commands import output_of
from findings import Finding


@dataclass(frozen=True)
class Symbol:
    """A row of nm: its one-letter kind and its name."""

    kind: str
    name: str


def symbols_of(nm: str, binary: Path, *options: str) -> list[Symbol]:
    """The symbols that nm lists, without versions."""
    rows = [line.split() for line in output_of([nm, *options, binary]).splitlines()]
    return [Symbol(row[-2], row[-1].split("@")[0]) for row in rows if len(row) >= 2]


def names_in(listing: Path) -> list[str]:
    """The names of a committed list: one a line, # begins a comment."""
    lines = (line.split("#")[0].strip() for line in listing.read_text("ascii").splitlines())
    return [line for line in lines if line]


def isa_findings(unit: str, symbols: Iterable[Symbol], allowed: Iterable[str]) -> list[Finding]:
    """What the linker could mix up between units compiled for different CPUs.

    A weak symbol is merged with its namesake of another unit, so that the code of one instruction
    set could run on a CPU without it; a function of another object is code that was compiled with
    other flags.
    """
    patterns = list(allowed)
    found: list[Finding] = []
    for symbol in symbols:
        if symbol.kind in "WVu":
            found.append(Finding(unit, 0, "weak-symbol", f"defines weak {symbol.name}"))
        elif symbol.kind in "Uwv" and not any(fnmatchcase(symbol.name, p) for p in patterns):
            found.append(Finding(unit, 0, "undefined-symbol", f"needs {symbol.name}"))
    return found
