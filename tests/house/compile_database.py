# SPDX-License-Identifier: Apache-2.0
# Copyright the bitwhere authors
"""The commands a build directory compiles its units with."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

LAUNCHERS = frozenset({"ccache", "sccache", "distcc"})


@dataclass(frozen=True)
class Unit:
    """A source file, its compiler and the flags without source and output."""

    source: Path
    compiler: str
    flags: tuple[str, ...]


def _unit(entry: dict[str, str]) -> Unit:
    source = entry["file"]
    words = shlex.split(entry["command"])
    if Path(words[0]).name in LAUNCHERS:
        words = words[1:]
    flags: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word == "-o":
            next(rest)
        elif word not in ("-c", source):
            flags.append(word)
    return Unit(Path(entry["directory"], source).resolve(), words[0], tuple(flags))


def units_of(build: Path) -> list[Unit]:
    """The units of build/compile_commands.json."""
    return [_unit(entry) for entry in json.loads((build / "compile_commands.json").read_text())]
